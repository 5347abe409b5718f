//go:build !unix

package load

import "time"

// processCPU is not known here: the generator's own cost is left out.
func processCPU() time.Duration { return 0 }
