package loadtest

import (
	"context"
	"errors"
	"slices"

	"authbench/bench"
	"authbench/internal/measure/reach"
)

// resolve finds the address to connect to. Of several it is the first that accepts a
// connection; a single one is not asked beforehand, since connecting says what is wrong.
// Addresses that are not allowed are left out, unasked; nil allows all that are found.
func resolve(ctx context.Context, s bench.Site, allowRemote bool, allow func(context.Context, bench.Address) error) (bench.Address, error) {
	addrs, err := reach.Addresses(ctx, s, allowRemote)
	if err == nil && allow != nil {
		var refused []error
		addrs = slices.DeleteFunc(addrs, func(a bench.Address) bool {
			why := allow(ctx, a)
			refused = append(refused, why)
			return why != nil
		})
		if len(addrs) == 0 {
			err = errors.Join(refused...)
		}
	}
	if err != nil || len(addrs) == 1 {
		return append(addrs, bench.Address{})[0], err
	}
	return reach.First(ctx, addrs, reach.Listens)
}
