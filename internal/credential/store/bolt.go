package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.etcd.io/bbolt"
)

// boltBucket is the bucket of the records, by their ids in eight bytes.
var boltBucket = []byte("api-keys")

var errBucket = errors.New("the file has no bucket of API keys")

// bolt looks records up in a file that nobody writes any more.
type bolt struct{ db *bbolt.DB }

var _ backend = bolt{}

// openBolt opens the file to read. Several processes may.
func openBolt(p Place) (backend, error) {
	// The file is complete before its path is known: a lock on it is a mistake.
	db, err := bbolt.Open(p.Path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: LookupTime})
	if err != nil {
		return nil, err
	}
	return bolt{db}, nil
}

func (b bolt) lookup(_ context.Context, id uint64) (r Record, known bool, err error) {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], id)
	err = b.db.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(boltBucket)
		if bucket == nil {
			return errBucket
		}
		value := bucket.Get(key[:])
		if value == nil {
			return nil
		}
		known = true
		r, err = readRecord(id, value)
		return err
	})
	return r, known, err
}

// revoke fails: the file is open for reading alone, by every process that asks it.
func (bolt) revoke(context.Context, uint64) error { return ErrReadOnly }

func (bolt) waits() (int64, time.Duration)   { return 0, 0 }
func (bolt) Delayed() (int64, time.Duration) { return 0, 0 }

func (b bolt) close() error { return b.db.Close() }

// fillBolt writes the file.
func fillBolt(ctx context.Context, p Place, blocks iter.Seq[[]Record]) (err error) {
	// Nothing outlives the run: no need to wait for the disk.
	db, err := bbolt.Open(p.Path, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true, Timeout: LookupTime})
	if err != nil {
		return fmt.Errorf("%w; is there space in the directory of temporary files?", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for block := range blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := db.Update(func(tx *bbolt.Tx) error { return putBlock(tx, block) }); err != nil {
			return err
		}
	}
	return nil
}

func putBlock(tx *bbolt.Tx, block []Record) error {
	bucket, err := tx.CreateBucketIfNotExists(boltBucket)
	if err != nil {
		return err
	}
	for _, r := range block {
		value, err := appendRecord(nil, r)
		if err != nil {
			return err
		}
		if err := bucket.Put(binary.BigEndian.AppendUint64(nil, r.ID), value); err != nil {
			return err
		}
	}
	return nil
}
