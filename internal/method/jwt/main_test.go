package jwt

import (
	"testing"

	"go.uber.org/goleak"

	"authbench/internal/method"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var methods = method.Catalogue{Method()}
