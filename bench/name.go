package bench

import "regexp"

// nameRule is the form of every name that a user may choose. Names become file
// names, table cells, XML attributes and workflow commands; this form needs no
// escaping in any of them.
var nameRule = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// validName reports whether s may name a scenario, an arm or a load.
func validName(s string) bool { return nameRule.MatchString(s) }
