package loadtest

import (
	"context"

	"authbench/bench"
	"authbench/internal/measure/reach"
)

// resolve finds the address to connect to. Of several it is the first that accepts a
// connection; a single one is not asked beforehand, since connecting says what is wrong.
func resolve(ctx context.Context, s bench.Site, allowRemote bool) (bench.Address, error) {
	addrs, err := reach.Addresses(ctx, s, allowRemote)
	if err != nil || len(addrs) == 1 {
		return append(addrs, bench.Address{})[0], err
	}
	return reach.First(ctx, addrs, reach.Listens)
}
