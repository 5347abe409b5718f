package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// A record in a store that keeps bytes under a key: a checksum of the id and all
// that follows, then digest, expiry, scopes, status, the lengths of the subject and of
// the hash, both of these, and the tenant to the end. The id is part of the checksum
// alone: a record under another's key is corrupt.
const (
	digestAt  = 4
	expiresAt = digestAt + len(Digest{})
	scopesAt  = expiresAt + 8
	statusAt  = scopesAt + 2
	lengthsAt = statusAt + 1
	textsAt   = lengthsAt + 2
)

// castagnoli is the CRC that CPUs compute by themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errLong = errors.New("the record has a subject or a hash of more than 255 bytes")

// appendRecord appends a record's bytes.
func appendRecord(dst []byte, r Record) ([]byte, error) {
	if len(r.Subject) > math.MaxUint8 || len(r.Hash) > math.MaxUint8 {
		return dst, errLong
	}
	start := len(dst)
	dst = append(dst, make([]byte, digestAt)...)
	dst = append(dst, r.Digest[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.Expires))
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.Scopes))
	dst = append(dst, byte(r.Status), byte(len(r.Subject)), byte(len(r.Hash)))
	dst = append(append(append(dst, r.Subject...), r.Hash...), r.Tenant...)
	binary.BigEndian.PutUint32(dst[start:], checksum(r.ID, dst[start+digestAt:]))
	return dst, nil
}

func checksum(id uint64, body []byte) uint32 {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], id)
	return crc32.Update(crc32.Checksum(key[:], castagnoli), castagnoli, body)
}

// readRecord reads the record of an id. Its texts are copies.
func readRecord(id uint64, value []byte) (Record, error) {
	if len(value) < textsAt || binary.BigEndian.Uint32(value) != checksum(id, value[digestAt:]) {
		return Record{}, ErrCorrupt
	}
	status, subject, hash := Status(value[statusAt]), int(value[lengthsAt]), int(value[lengthsAt+1])
	if status > Active || len(value) < textsAt+subject+hash {
		return Record{}, ErrCorrupt
	}
	texts := string(value[textsAt:])
	return Record{
		ID: id, Digest: Digest(value[digestAt:expiresAt]), Expires: int64(binary.BigEndian.Uint64(value[expiresAt:])),
		Scopes: Scopes(binary.BigEndian.Uint16(value[scopesAt:])), Status: status,
		Subject: texts[:subject], Hash: texts[subject:][:hash], Tenant: texts[subject+hash:],
	}, nil
}
