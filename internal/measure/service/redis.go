package service

import (
	"fmt"

	"authbench/internal/measure/proc"
)

// redisConfig is the file of settings, so that no argument shows the password.
// Nothing is saved: a snapshot in mid-run would be a burst of work that no request
// asked for. With protected mode on, only loopback is let in, whatever else is said.
const redisConfig = `bind 127.0.0.1
port %d
requirepass %s
protected-mode yes
save ""
appendonly no
daemonize no
logfile ""
loglevel warning
`

const redisFile = "redis.conf"

func redisProgram() program {
	return program{
		names: []string{"redis-server"}, users: []string{"redis", "nobody"}, debian: "redis-server",
		spec: func(path string, port int, password string) (proc.Spec, error) {
			return proc.Spec{
				Path: path, Args: []string{"{tmp}/" + redisFile, "--dir", "{tmp}"},
				Files: map[string][]byte{redisFile: fmt.Appendf(nil, redisConfig, port, password)},
			}, nil
		},
		url: func(port int, password string) string {
			return fmt.Sprintf("redis://:%s@127.0.0.1:%d/0", password, port)
		},
	}
}
