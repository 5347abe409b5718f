//go:build !linux

package proc

// affinity does not exist here: CPUs are ignored.
type affinity struct{}

func ownAffinity() (affinity, error) { return affinity{}, nil }
func (affinity) restore()            {}
func pin([]int) error                { return nil }
