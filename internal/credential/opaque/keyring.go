package opaque

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// maxKeys is what a store in memory is built for: 10^7 keys take 1 GiB.
const maxKeys = 10_000_000

// keyring derives every key and record of a run from its secret: key i is a
// pseudo-random function of the secret and i, so that ten million keys need no
// handover. Only hashes that are slow by intention are handed over.
type keyring struct {
	Secret []byte    `json:"secret"`
	Count  int       `json:"count"` // of valid keys
	Issued time.Time `json:"issued"`
	Hash   string    `json:"hash"`
	// Minted are the keys that exist where the hash is slow: those that were asked
	// for. With other hashes all exist.
	Minted []mintedKey `json:"minted,omitempty"`

	form   Form
	stream credential.Stream
	hash   keyHash
}

// mintedKey is a key and its hash.
type mintedKey struct {
	keyName
	Hash string `json:"hash"`
}

// keyName names a key within a run.
type keyName struct {
	Class bench.Class `json:"class"`
	Index int         `json:"index"`
}

// newKeyring makes a keyring of what is in k.
func newKeyring(k keyring) (*keyring, error) {
	if len(k.Secret) != 32 || k.Count < 1 {
		return nil, fmt.Errorf("%d keys from a secret of %d bytes", k.Count, len(k.Secret))
	}
	if k.Count > maxKeys {
		return nil, fmt.Errorf("%d keys: a store in memory holds %d in 1 GiB, and is not built for more", k.Count, maxKeys)
	}
	secret := [32]byte(k.Secret)
	var err error
	if k.stream, err = credential.NewStream(secret, "apikey"); err != nil {
		return nil, err
	}
	if k.hash, err = newKeyHash(k.Hash, secret); err != nil {
		return nil, err
	}
	k.Issued = k.Issued.UTC().Truncate(time.Second)
	return &k, nil
}

// bad is how many expired and how many revoked records there are.
func (k *keyring) bad() int { return credential.BadCount(k.Count) }

// appendSent appends the text of a key that was issued as one of a class. It
// allocates nothing where dst has room.
func (k *keyring) appendSent(dst []byte, class bench.Class, index int) []byte {
	id, secret, dst := k.draw(dst, class, index)
	return k.form.Append(dst, id, secret)
}

// appendHashed appends what is hashed of such a key, and returns its id.
func (k *keyring) appendHashed(dst []byte, class bench.Class, index int) ([]byte, uint64) {
	id, secret, dst := k.draw(dst, class, index)
	return k.form.AppendHashed(dst, id, secret), id
}

// drawn is how many random bytes make a key.
const drawn = 16 + SecretSize

// draw returns what a key is made of. It draws behind dst, where the key's text is
// to come, and returns dst: bytes of its own would have to be allocated, as they go
// through an interface.
func (k *keyring) draw(dst []byte, class bench.Class, index int) (id uint64, secret [SecretSize]byte, _ []byte) {
	dst = slices.Grow(dst, drawn)
	random := dst[len(dst):][:drawn]
	k.stream.Fill(random, class, index)
	return binary.BigEndian.Uint64(random), [SecretSize]byte(random[16:]), dst
}

// record returns what the store holds of a key, but for its subject, and the text of
// a slow hash.
func (k *keyring) record(class bench.Class, index int, scratch []byte) store.Record {
	hashed, id := k.appendHashed(scratch[:0], class, index)
	r := store.Record{
		ID: id, Scopes: store.ScopeRead, Status: store.Active, Tenant: tenantNames[index%credential.Tenants],
		Expires: k.Issued.Add(credential.Lifetime).Unix(),
	}
	switch class {
	case bench.Expired:
		r.Expires = k.Issued.Add(-credential.Lapsed).Unix()
	case bench.Revoked:
		r.Status = store.Revoked
	}
	if quick, ok := k.hash.(quickHash); ok {
		r.Digest = quick.digest(hashed)
	}
	return r
}

// slow is nil unless the hash is slow by intention.
func (k *keyring) slow() slowHash {
	slow, _ := k.hash.(slowHash)
	return slow
}

// tenantNames are made once: a record keeps no text of its own.
var tenantNames = func() (names [credential.Tenants]string) {
	for i := range names {
		names[i] = "tenant-" + strconv.Itoa(i)
	}
	return names
}()

// appendSubject names the holder of a key.
func appendSubject(dst []byte, index int) []byte {
	return strconv.AppendInt(append(dst, "user-"...), int64(index), 10)
}

// classCount is how many keys of a class have a record.
type classCount struct {
	class bench.Class
	count int
}

// issued is how many keys of each class have a record where all exist.
func (k *keyring) issued() []classCount {
	return []classCount{{bench.Valid, k.Count}, {bench.Expired, k.bad()}, {bench.Revoked, k.bad()}}
}

// size is how many records there are.
func (k *keyring) size() int {
	if k.slow() != nil {
		return len(k.Minted)
	}
	return k.Count + 2*k.bad()
}

// loadBlock is how many records a worker derives between two handovers: enough
// to make the handover cheap, and little memory on the way.
const loadBlock = 1024

// block is some records, and where the texts of their subjects lie.
type block struct {
	records []store.Record
	texts   []byte
}

// records derives all records on all CPUs and yields them in blocks, in any order.
// Blocks are used again: who gets one keeps nothing of it, its texts included.
func (k *keyring) records(yield func([]store.Record) bool) {
	if k.slow() != nil {
		k.minted(yield)
		return
	}
	for _, c := range k.issued() {
		if !k.recordsOf(c, yield) {
			return
		}
	}
}

// minted yields the records of the keys whose hash is known.
func (k *keyring) minted(yield func([]store.Record) bool) {
	for _, m := range k.Minted {
		r := k.record(m.Class, m.Index, nil)
		r.Hash, r.Subject = m.Hash, string(appendSubject(nil, m.Index))
		if !yield([]store.Record{r}) {
			return
		}
	}
}

// recordsOf yields a class's records, and reports whether more are wanted.
func (k *keyring) recordsOf(c classCount, yield func([]store.Record) bool) bool {
	full, empty := make(chan *block), make(chan *block, runtime.GOMAXPROCS(0)+1)
	for range cap(empty) { // one for each worker and one to be read
		empty <- &block{}
	}
	var taken atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				from := int(taken.Add(loadBlock)) - loadBlock
				if from >= c.count {
					return
				}
				b := <-empty
				k.derive(b, c.class, from, min(c.count, from+loadBlock))
				full <- b
			}
		})
	}
	go func() {
		workers.Wait()
		close(full)
	}()
	more := true
	for b := range full { // to its end, or the workers would wait
		if more = more && yield(b.records); !more {
			taken.Store(int64(c.count))
		}
		empty <- b
	}
	return more
}

// derive fills a block with records.
func (k *keyring) derive(b *block, class bench.Class, from, to int) {
	b.records, b.texts = b.records[:0], b.texts[:0]
	var scratch [keySize]byte
	for index := from; index < to; index++ {
		r := k.record(class, index, scratch[:])
		start := len(b.texts)
		b.texts = appendSubject(b.texts, index)
		r.Subject = credential.Borrow(b.texts[start:])
		b.records = append(b.records, r)
	}
}
