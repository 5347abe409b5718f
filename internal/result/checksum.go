package result

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
)

// A record's line ends with its checksum: ,"crc32c":"9a3f00e1"} in place of }. It is
// the CRC-32C (RFC 3720 §12.1) of what stands before it in the line, so that the line
// stays one JSON object.
const (
	sealBegins = `,"crc32c":"`
	sealEnds   = `"}`
	sealBytes  = len(sealBegins) + 8 + len(sealEnds)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that a line is not what was written.
var errDamaged = errors.New("the line is damaged: its checksum does not match")

// seal adds its checksum to a record, a JSON object with at least one member.
func seal(record []byte) []byte {
	body := record[:len(record)-1]
	return fmt.Appendf(body, "%s%08x%s", sealBegins, crc32.Checksum(body, castagnoli), sealEnds)
}

// unseal checks a line. sealed reports whether it has a checksum at all, as lines of
// format 1 have not.
func unseal(line []byte) (sealed bool, err error) {
	at := len(line) - sealBytes
	if at < 0 || !bytes.HasPrefix(line[at:], []byte(sealBegins)) || !bytes.HasSuffix(line, []byte(sealEnds)) {
		return false, nil
	}
	if want := fmt.Sprintf("%08x", crc32.Checksum(line[:at], castagnoli)); want != string(line[at+len(sealBegins):len(line)-len(sealEnds)]) {
		return true, errDamaged
	}
	return true, nil
}
