package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// removeSegments removes the segments of shared memory (System V) that processes
// made since a time and did not live to remove: PostgreSQL makes one, which
// outlasts it when it is killed. Those that somebody still uses stay.
func removeSegments(makers []int, since time.Time) error {
	table, err := os.Open("/proc/sysvipc/shm")
	if errors.Is(err, fs.ErrNotExist) { // a kernel without them
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for segments of shared memory: %w", err)
	}
	defer table.Close()
	lines := bufio.NewScanner(table)
	lines.Scan() // the names of the columns
	for lines.Scan() {
		var key, perms, size, lpid, uid, gid, cuid, cgid, atime, dtime, ctime int64
		var id, maker, users int
		if _, err := fmt.Fscan(strings.NewReader(lines.Text()), &key, &id, &perms, &size, &maker, &lpid, &users,
			&uid, &gid, &cuid, &cgid, &atime, &dtime, &ctime); err != nil {
			return fmt.Errorf("read the table of segments of shared memory: %w", err)
		}
		// A process of the same number may have made it long ago.
		if users > 0 || ctime < since.Unix() || !slices.Contains(makers, maker) {
			continue
		}
		if _, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil); err != nil {
			return fmt.Errorf("remove segment %d of shared memory: %w; 'ipcrm -m %d' removes it", id, err, id)
		}
	}
	return lines.Err()
}
