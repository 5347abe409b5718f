package analysis

import "math"

// MostLater is the largest share of credentials that may not be refused at once where all that
// were taken back were: the upper end of the exact one-sided 95 % interval. ok is false if some
// were not.
func (s *Staleness) MostLater() (_ float64, ok bool) {
	return 1 - math.Pow(1-confidence, 1/float64(s.Revocations)), s.Revocations > 0 && s.AtOnce == s.Revocations
}

// LastEnded is the longest time of those that were refused while somebody asked, µs; ok is false
// if none was.
func (s *Staleness) LastEnded() (_ float64, ok bool) {
	ended := len(s.Works) - s.Longer
	if ended <= 0 {
		return 0, false
	}
	return s.Works[ended-1], true
}
