package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// A record in a store that keeps bytes under a key: a checksum of the id and all
// that follows, then digest, expiry, scopes, status, the length of the subject, the
// subject, and the tenant to the end. The id is part of the checksum alone: a record
// under another's key is corrupt.
const (
	digestAt  = 4
	expiresAt = digestAt + len(Digest{})
	scopesAt  = expiresAt + 8
	statusAt  = scopesAt + 2
	lengthAt  = statusAt + 1
	subjectAt = lengthAt + 1
)

// castagnoli is the CRC that CPUs compute by themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errLongSubject = errors.New("the record has a subject of more than 255 bytes")

// appendRecord appends a record's bytes.
func appendRecord(dst []byte, r Record) ([]byte, error) {
	if len(r.Subject) > math.MaxUint8 {
		return dst, errLongSubject
	}
	start := len(dst)
	dst = append(dst, make([]byte, digestAt)...)
	dst = append(dst, r.Digest[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.Expires))
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.Scopes))
	dst = append(dst, byte(r.Status), byte(len(r.Subject)))
	dst = append(append(dst, r.Subject...), r.Tenant...)
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
	if len(value) < subjectAt || binary.BigEndian.Uint32(value) != checksum(id, value[digestAt:]) {
		return Record{}, ErrCorrupt
	}
	status, length := Status(value[statusAt]), int(value[lengthAt])
	if status > Active || len(value) < subjectAt+length {
		return Record{}, ErrCorrupt
	}
	texts := string(value[subjectAt:])
	return Record{
		ID: id, Digest: Digest(value[digestAt:expiresAt]), Expires: int64(binary.BigEndian.Uint64(value[expiresAt:])),
		Scopes: Scopes(binary.BigEndian.Uint16(value[scopesAt:])), Status: status,
		Subject: texts[:length], Tenant: texts[length:],
	}, nil
}
