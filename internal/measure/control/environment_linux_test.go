package control

import (
	"strconv"
	"syscall"
	"testing"
)

func TestFromEnvironment(t *testing.T) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	t.Setenv(DescriptorVariable, strconv.Itoa(pair[1]))
	conn, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := syscall.Write(pair[0], []byte("x")); err != nil {
		t.Fatal(err)
	}
	var got [1]byte
	if _, err := conn.Read(got[:]); err != nil || got[0] != 'x' {
		t.Errorf("read %q, %v", got, err)
	}
	for _, wrong := range []string{"", "x", "-1", "65535", "99999"} {
		t.Setenv(DescriptorVariable, wrong)
		if conn, err := FromEnvironment(); err == nil {
			conn.Close()
			t.Errorf("%q is a control socket", wrong)
		}
	}
}
