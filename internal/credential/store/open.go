package store

import (
	"context"
	"fmt"
	"iter"
)

// Open opens a place to look records up. That a server cannot be reached is no
// error: its lookups fail until it can be.
func Open(p Place) (Store, error) {
	b, err := open(p)
	if err != nil {
		return nil, fmt.Errorf("open the %v: %w", p, err)
	}
	return &counted{backend: b}, nil
}

func open(p Place) (backend, error) {
	switch p.Kind {
	case Bolt:
		return openBolt(p)
	case Redis:
		return openRedis(p)
	case Postgres:
		return openPostgres(p)
	}
	return nil, errKind(p.Kind)
}

// Fill puts records, which come in blocks, into a place that has none yet. [Clear]
// takes them out of a server. If nobody lives to call it, those in a Redis expire
// after two days, and a table of PostgreSQL stays, named authbench_ and some digits.
func Fill(ctx context.Context, p Place, blocks iter.Seq[[]Record]) error {
	fill := map[Kind]func(context.Context, Place, iter.Seq[[]Record]) error{Bolt: fillBolt, Redis: fillRedis, Postgres: fillPostgres}[p.Kind]
	if fill == nil {
		return errKind(p.Kind)
	}
	if err := fill(ctx, p, blocks); err != nil {
		return fmt.Errorf("fill the %v: %w", p, err)
	}
	return nil
}

// Clear takes the records of a place out of its server again.
func Clear(ctx context.Context, p Place) error {
	drop := map[Kind]func(context.Context, Place) error{Redis: clearRedis, Postgres: clearPostgres}[p.Kind]
	if drop == nil {
		return errKind(p.Kind)
	}
	if err := drop(ctx, p); err != nil {
		return fmt.Errorf("clear the %v: %w", p, err)
	}
	return nil
}

// Ping returns nil if the server of a place answers, with its name and version.
func Ping(ctx context.Context, p Place) (version string, err error) {
	ping := map[Kind]func(context.Context, Place) (string, error){Redis: pingRedis, Postgres: pingPostgres}[p.Kind]
	if ping == nil {
		return "", errKind(p.Kind)
	}
	return ping(ctx, p)
}

func errKind(k Kind) error { return fmt.Errorf("%q is not a kind of store for that", k) }
