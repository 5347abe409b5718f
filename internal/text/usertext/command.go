package usertext

import "strings"

// CommandLine quotes arguments for a POSIX shell, so that the command can be copied.
func CommandLine(args []string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	quoted := make([]string, len(args))
	for i, a := range args {
		if a != "" && strings.Trim(a, plain) == "" {
			quoted[i] = a
		} else {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return Clean(strings.Join(quoted, " "))
}
