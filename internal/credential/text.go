package credential

import "unsafe"

// Borrow is b as a string, without a copy: b stays as it is for as long as the room
// that it lies in is the request's.
func Borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
