package host

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// quotaV2 reads cpu.max ("max 100000", "150000 100000"), in CPUs, 0 for none.
func quotaV2(text string) float64 {
	quota, period, _ := strings.Cut(strings.TrimSpace(text), " ")
	return ratio(quota, period)
}

// quotaV1 reads cpu.cfs_quota_us, -1 for none, and cpu.cfs_period_us.
func quotaV1(quota, period string) float64 {
	return ratio(strings.TrimSpace(quota), strings.TrimSpace(period))
}

func ratio(quota, period string) float64 {
	q, errQ := strconv.ParseInt(quota, 10, 64)
	p, errP := strconv.ParseInt(period, 10, 64)
	if errQ != nil || errP != nil || q <= 0 || p <= 0 {
		return 0
	}
	return float64(q) / float64(p)
}

// throttledTime reads how long a group was held back from its cpu.stat:
// throttled_usec (version 2) or throttled_time in ns (version 1); 0 if it never
// was, or cannot be.
func throttledTime(stat string) time.Duration {
	for line := range strings.Lines(stat) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		unit := time.Duration(0)
		switch key {
		case "throttled_usec":
			unit = time.Microsecond
		case "throttled_time":
			unit = time.Nanosecond
		default:
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/int64(unit) {
			return 0
		}
		return time.Duration(n) * unit
	}
	return 0
}
