package store

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// redisRecords looks records up in a Redis server: one GET of a value that holds
// all of a record. A hash with a field for each member would cost both sides more.
type redisRecords struct {
	client *redis.Client
	space  string
	*Dialer
}

var _ backend = (*redisRecords)(nil)

// redisOptions are those of every connection to the server of a place.
func redisOptions(p Place, d *Dialer) (*redis.Options, error) {
	quietRedis()
	o, err := redis.ParseURL(p.URL)
	if err != nil {
		// The error may quote the URL, and with it the password.
		return nil, errors.New("it has no URL such as redis://127.0.0.1:6379/0")
	}
	o.Dialer = d.Dial
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = LookupTime, LookupTime, LookupTime, LookupTime
	o.ContextTimeoutEnabled = true
	// A second try would hide that the first one failed.
	o.MaxRetries, o.DialerRetries = -1, 1
	// Announcements of a server's maintenance are for clusters in a cloud.
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// The pool is bounded, never exceeded for a moment.
	o.PoolSize, o.MaxActiveConns = max(1, p.Pool), max(1, p.Pool)
	return o, nil
}

// quietRedis keeps the driver from writing to standard error. Its setting is one of
// the whole process.
var quietRedis = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

// silent is a logger that says nothing.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func openRedis(p Place) (backend, error) {
	d := &Dialer{Latency: p.Latency}
	o, err := redisOptions(p, d)
	if err != nil {
		return nil, err
	}
	return &redisRecords{redis.NewClient(o), p.Space, d}, nil
}

// redisKey is the key of a record.
func redisKey(space string, id uint64) string {
	return space + ":" + strconv.FormatUint(id, 16)
}

func (r *redisRecords) lookup(ctx context.Context, id uint64) (Record, bool, error) {
	value, err := r.client.Get(ctx, redisKey(r.space, id)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return Record{}, false, nil
	case err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE"):
		return Record{}, false, ErrCorrupt
	case err != nil:
		return Record{}, false, err
	}
	record, err := readRecord(id, value)
	return record, true, err
}

// revoke writes the record anew, for as long as it was to stay. Nobody else writes it.
func (r *redisRecords) revoke(ctx context.Context, id uint64) error {
	record, known, err := r.lookup(ctx, id)
	if err == nil && !known {
		err = errUnknown
	}
	if err != nil {
		return err
	}
	record.Status = Revoked
	value, err := appendRecord(nil, record)
	if err != nil {
		return err
	}
	return r.client.Set(ctx, redisKey(r.space, id), value, redis.KeepTTL).Err()
}

func (r *redisRecords) waits() (int64, time.Duration) {
	s := r.client.PoolStats()
	return int64(s.WaitCount), time.Duration(s.WaitDurationNs)
}

func (r *redisRecords) close() error { return r.client.Close() }

// redisLife is how long records stay in a server that is not ours, should nobody
// be left to take them out: longer than a key is valid.
const redisLife = 48 * time.Hour

// fillRedis writes a block at a time.
func fillRedis(ctx context.Context, p Place, blocks iter.Seq[[]Record]) error {
	return withRedis(p, func(client *redis.Client) error {
		for block := range blocks {
			pipe := client.Pipeline()
			for _, r := range block {
				value, err := appendRecord(nil, r)
				if err != nil {
					return err
				}
				pipe.Set(ctx, redisKey(p.Space, r.ID), value, redisLife)
			}
			if _, err := pipe.Exec(ctx); err != nil {
				return explainRedis(err)
			}
		}
		return nil
	})
}

// clearRedis removes all keys of the space.
func clearRedis(ctx context.Context, p Place) error {
	const batch = 1000 // keys: short enough to let others in between
	return withRedis(p, func(client *redis.Client) error {
		for at := uint64(0); ; {
			keys, next, err := client.Scan(ctx, at, p.Space+":*", batch).Result()
			if err == nil && len(keys) > 0 {
				err = client.Unlink(ctx, keys...).Err()
			}
			if err != nil || next == 0 {
				return explainRedis(err)
			}
			at = next
		}
	})
}

func pingRedis(ctx context.Context, p Place) (version string, err error) {
	err = withRedis(p, func(client *redis.Client) error {
		info, err := client.InfoMap(ctx, "server").Result()
		version = "Redis " + info["Server"]["redis_version"]
		return explainRedis(err)
	})
	return version, err
}

// withRedis lends a client without added latency.
func withRedis(p Place, use func(*redis.Client) error) (err error) {
	o, err := redisOptions(p, &Dialer{})
	if err != nil {
		return err
	}
	// A block of a thousand records may take its time.
	o.ReadTimeout, o.WriteTimeout = fillTime, fillTime
	client := redis.NewClient(o)
	defer func() { err = errors.Join(err, client.Close()) }()
	return use(client)
}

// fillTime bounds one exchange, or the taking of one block, while a store is filled:
// nobody waits for an answer, but a store that stands still must not hold a run up for
// ever.
const fillTime = 30 * time.Second

// explainRedis adds what to do about an error.
func explainRedis(err error) error {
	if err == nil {
		return nil
	}
	for _, c := range []struct{ sign, remedy string }{
		{"WRONGPASS", "correct user and password in store_url"},
		{"NOAUTH", "write user and password into store_url"},
		{"NOPERM", "give the user the right to read, write and scan keys"},
		{"max number of clients", "raise maxclients of the server"},
		{"connection refused", "start the server, or correct store_url"},
	} {
		if strings.Contains(err.Error(), c.sign) {
			return withRemedy(err, c.remedy)
		}
	}
	return err
}
