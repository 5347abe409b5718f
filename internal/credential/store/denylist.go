package store

// Denylist holds the ids of tokens that were taken back, in memory. It is filled
// once and then safe for any number of readers.
type Denylist struct {
	ids map[string]struct{}
}

// NewDenylist makes a list of ids.
func NewDenylist(ids []string) *Denylist {
	d := &Denylist{ids: make(map[string]struct{}, len(ids))}
	for _, id := range ids {
		d.ids[id] = struct{}{}
	}
	return d
}

// Holds reports whether an id is on the list. It keeps nothing of id.
func (d *Denylist) Holds(id string) bool {
	_, held := d.ids[id]
	return held
}
