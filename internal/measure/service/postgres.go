package service

import (
	"fmt"
	"path/filepath"

	"authbench/internal/measure/proc"
)

// postgresScript makes a database and becomes its server, as one process. Its
// arguments are the folder of the programs, the private directory and the port.
//
// Scram is asked at each connection, as it is by default; connections are kept. No
// socket in the file system: loopback alone.
const postgresScript = `set -e
cd "$2"
"$1/initdb" --pgdata="$2/data" --username=authbench --pwfile="$2/password" --auth=scram-sha-256 \
	--encoding=UTF8 --no-locale --no-sync --no-instructions >/dev/null
rm "$2/password"
exec "$1/postgres" -D "$2/data" -p "$3" -c config_file="$2/postgres.conf"`

// postgresConfig gives up what protects data over a crash, which a lookup never
// waits for, and leaves the rest as it comes. There may be as many connections as
// the pools of a scenario's arms have together. Autovacuum has nothing to do, and
// would look for it in mid-slice.
const postgresConfig = `listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 1000
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
log_min_messages = fatal
`

func postgresProgram() program {
	return program{
		names: []string{"postgres", "/usr/lib/postgresql/*/bin/postgres"}, users: []string{"postgres", "nobody"}, debian: "postgresql",
		spec: func(path string, port int, password string) (proc.Spec, error) {
			// initdb lies beside it, where the path leads to: in PATH is but a link.
			real, err := filepath.EvalSymlinks(path)
			if err != nil {
				return proc.Spec{}, fmt.Errorf("find the folder of PostgreSQL's programs: %w", err)
			}
			return proc.Spec{
				Path: "sh", Args: []string{"-c", postgresScript, "postgres", filepath.Dir(real), "{tmp}", fmt.Sprint(port)},
				Files: map[string][]byte{"password": []byte(password + "\n"), "postgres.conf": []byte(postgresConfig)},
			}, nil
		},
		url: func(port int, password string) string {
			return fmt.Sprintf("postgres://authbench:%s@127.0.0.1:%d/postgres", password, port)
		},
	}
}
