package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/store"
)

const (
	// badShare: there is one expired and one revoked record for so many valid
	// ones, and as many as valid ones up to badLeast. Traffic with bad keys is
	// rare, and ten million records are to stay ten million.
	badShare = 20
	badLeast = 10_000
	// maxKeys is what a store in memory is built for: 10^7 keys take 1 GiB.
	maxKeys = 10_000_000
	// tenants is how many tenants the subjects are spread over.
	tenants = 100
)

// keyring derives every key and record of a run from its secret: key i is a
// pseudo-random function of the secret and i, so that ten million keys need no
// handover.
type keyring struct {
	Secret []byte    `json:"secret"`
	Count  int       `json:"count"` // of valid keys
	Issued time.Time `json:"issued"`
	stream stream
}

func newKeyring(secret [32]byte, count int, issued time.Time) (*keyring, error) {
	s, err := newStream(secret, "apikey")
	return &keyring{secret[:], count, issued.UTC().Truncate(time.Second), s}, err
}

// bad is how many expired and how many revoked records there are.
func (k *keyring) bad() int { return badOf(k.Count) }

// badOf is how many records of each bad class go with count valid ones.
func badOf(count int) int { return max(min(count, badLeast), count/badShare) }

// appendKey appends the text of a key that was issued as one of a class.
func (k *keyring) appendKey(dst []byte, class bench.Class, index int) ([]byte, uint64) {
	id, secret := k.draw(class, index)
	return appendKey(dst, id, &secret), id
}

func (k *keyring) draw(class bench.Class, index int) (id uint64, secret [secretSize]byte) {
	var random [48]byte
	k.stream.fill(random[:], class, index)
	return binary.BigEndian.Uint64(random[:8]), [secretSize]byte(random[16:])
}

// record returns what the store holds of a key.
func (k *keyring) record(class bench.Class, index int) store.Record {
	var text [keySize]byte
	key, id := k.appendKey(text[:0], class, index)
	r := store.Record{
		ID: id, Digest: sha256.Sum256(key), Scopes: store.ScopeRead, Status: store.Active,
		Subject: "user-" + strconv.Itoa(index), Tenant: "tenant-" + strconv.Itoa(index%tenants),
		Expires: k.Issued.Add(lifetime).Unix(),
	}
	switch class {
	case bench.Expired:
		r.Expires = k.Issued.Add(-lapsed).Unix()
	case bench.Revoked:
		r.Status = store.Revoked
	}
	return r
}

// issued is how many keys of each class have a record.
func (k *keyring) issued() []classCount {
	return []classCount{{bench.Valid, k.Count}, {bench.Expired, k.bad()}, {bench.Revoked, k.bad()}}
}

type classCount struct {
	class bench.Class
	count int
}

// loadBlock is how many records a worker derives between two handovers: enough
// to make the handover cheap, and little memory on the way.
const loadBlock = 1024

// records derives all records on all CPUs, and yields them in blocks.
func (k *keyring) records(yield func([]store.Record) bool) {
	for _, c := range k.issued() {
		more := true
		for block := range k.derive(c) { // to its end, or the workers would wait
			more = more && yield(block)
		}
		if !more {
			return
		}
	}
}

// load stores all records.
func (k *keyring) load(keys *store.Memory) error {
	for block := range k.records {
		for _, r := range block {
			if err := keys.Add(r); err != nil {
				return fmt.Errorf("store an API key's record: %w", err)
			}
		}
	}
	return nil
}

// derive returns a class's records, in any order. The channel must be read to
// its end.
func (k *keyring) derive(c classCount) <-chan []store.Record {
	blocks := make(chan []store.Record)
	var taken atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				from := int(taken.Add(loadBlock)) - loadBlock
				if from >= c.count {
					return
				}
				block := make([]store.Record, 0, loadBlock)
				for index := from; index < min(c.count, from+loadBlock); index++ {
					block = append(block, k.record(c.class, index))
				}
				blocks <- block
			}
		})
	}
	go func() {
		workers.Wait()
		close(blocks)
	}()
	return blocks
}
