package sides

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	"authbench/internal/measure/proc"
)

// buildMemory is what each process of a build may have for itself: the linker of a
// large program takes two gigabytes.
const buildMemory = 4 << 30

// environment is what a build gets, and where it may write beside its source.
type environment struct{ variables, writable []string }

// make runs the build command to its end, or until ctx ends.
func (s *Side) make(ctx context.Context, starter *proc.Starter, words []string) error {
	if s.environment == nil {
		var err error
		if s.environment, err = s.newEnvironment(ctx); err != nil {
			return err
		}
	}
	dir := s.Dir()
	if slices.Equal(s.build, DefaultBuild) {
		dir = s.source // wherever in the repository somebody stands
	}
	p, err := starter.Start(ctx, proc.Spec{
		Path: words[0], Args: words[1:], Foreign: true, Dir: dir, Env: s.environment.variables,
		Cage: &proc.Cage{Writable: append([]string{s.dir, s.source}, s.environment.writable...), Memory: buildMemory},
	})
	if err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.Stop(endTime))
	}
	return p.Err()
}

// passed are the variables of ours that a build gets: where it finds compilers, and how
// it reaches proxies and registries of packages.
var passed = []string{
	"CC", "CXX", "CGO_ENABLED", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"NPM_CONFIG_REGISTRY", "npm_config_registry", "NODE_EXTRA_CA_CERTS",
	"PIP_INDEX_URL", "PIP_CERT", "UV_INDEX_URL", "REQUESTS_CA_BUNDLE",
}

// goVariables are the settings of the go command that a build gets, as its home, where
// they may stand, is not the user's.
var goVariables = []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOFLAGS", "GOTOOLCHAIN", "GOEXPERIMENT"}

// userInfo is a name and a password in a URL. Whoever needs one to download modules
// downloads them before.
var userInfo = regexp.MustCompile(`//[^/@,|\s]*@`)

func (s *Side) newEnvironment(ctx context.Context) (*environment, error) {
	e := &environment{}
	add := func(name, value string) {
		e.variables = append(e.variables, name+"="+userInfo.ReplaceAllString(value, "//"))
	}
	for _, name := range passed {
		if value, set := os.LookupEnv(name); set {
			add(name, value)
		}
	}
	settings, err := goSettings(ctx)
	if err != nil || settings == nil {
		return e, err
	}
	for _, name := range goVariables {
		if settings[name] != "" && name != "GOPROXY" {
			add(name, settings[name])
		}
	}
	cache, modules, proxy := settings["GOCACHE"], settings["GOMODCACHE"], settings["GOPROXY"]
	if s.Untrusted {
		// What is downloaded already is taken from there, where the go command checks it.
		downloaded := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(modules, "cache", "download"))}
		proxy = downloaded.String() + "," + proxy
		cache, modules = filepath.Join(s.dir, "cache"), filepath.Join(s.dir, "modules")
		s.fillCache(settings["GOCACHE"], cache)
	}
	add("GOPROXY", proxy)
	add("GOCACHE", cache)
	add("GOMODCACHE", modules)
	e.writable = []string{cache, modules}
	return e, nil
}

// goSettings asks the go command for its settings; nil: there is none.
func goSettings(ctx context.Context) (map[string]string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, nil //nolint:nilerr // what is built is no Go program then
	}
	c := exec.CommandContext(ctx, path, append([]string{"env", "-json", "GOCACHE", "GOMODCACHE"}, goVariables...)...)
	c.Dir = string(filepath.Separator) // no go.mod of a side has a say there
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("ask the go command for its settings: %w", err)
	}
	var settings map[string]string
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("read the go command's settings: %w", err)
	}
	return settings, nil
}

// mostCache bounds what is copied of a build cache, in bytes. A build that begins with
// none takes a minute or two, once.
const mostCache = 4 << 30

// fillCache copies the user's build cache for a build by the go command. What cannot be
// copied, or only by half because somebody builds meanwhile, is built again.
func (s *Side) fillCache(from, to string) {
	if !slices.Contains(s.build, "go") {
		return
	}
	var size int64
	_ = filepath.WalkDir(from, func(_ string, entry os.DirEntry, err error) error {
		if err == nil {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	if size > 0 && size <= mostCache {
		_ = os.CopyFS(to, os.DirFS(from))
	}
}
