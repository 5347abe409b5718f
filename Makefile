# authbench: the commands that a person types. Everything else is Go.

BIN     := bin/authbench
# A module of its own: the JWT libraries that the program does without.
ENGINES := internal/credential/jose/engines
# Another one: the messaging server of a fleet, which would make every target larger.
FLEET   := internal/fleet
GO      ?= go
# cgo is of no use to the program; without it the build needs no C compiler.
FLAGS   := -buildvcs=auto -trimpath
BUILD   := CGO_ENABLED=0 $(GO) build $(FLAGS)
INSTALL := CGO_ENABLED=0 $(GO) install $(FLAGS)
# The modules within this one, which "go test ./..." leaves out: other people's test
# vectors are a module of their own for their size, and for the engines that they test.
STILL   := internal/conform/vectors $(ENGINES)
NESTED  := $(STILL) $(FLEET)
LINT    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GORELEASER := github.com/goreleaser/goreleaser/v2@v2.15.1
# tool is a program from the PATH, or from its module.
tool    = $(or $(shell command -v $(1)),$(GO) run $(2))
# The version of govulncheck.
VULN    := v1.9.0

.DEFAULT_GOAL := help
.PHONY: help build engines fleet install release release-check image test check lint bench report publish micro peers gate faults calibrate clean

help: ## shows this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## builds bin/authbench
	@mkdir -p bin
	$(BUILD) -o $(BIN) ./cmd/authbench

engines: ## builds bin/authbench-engines, for arms with the JWT engines jwx and go-jose
	@mkdir -p bin
	cd $(ENGINES) && $(BUILD) -o $(CURDIR)/bin/authbench-engines ./cmd/authbench-engines

fleet: build ## builds bin/authbench-fleet, for load tests from several machines
	cd $(FLEET) && $(BUILD) -o $(CURDIR)/bin/authbench-fleet ./cmd/authbench-fleet

install: ## builds authbench, authbench-engines and authbench-fleet into GOBIN
	$(INSTALL) ./cmd/authbench
	cd $(ENGINES) && $(INSTALL) ./cmd/authbench-engines
	cd $(FLEET) && $(INSTALL) ./cmd/authbench-fleet

release: ## makes the archives of a release in dist/: programs, completions, man pages, licences, SBOMs, checksums
	$(call tool,goreleaser,$(GORELEASER)) release --snapshot --clean

release-check: ## checks the release's configuration, and that two builds of the last commit are the same
	.ci/release-check $(GORELEASER)

image: build engines fleet ## builds the container image authbench from bin/, with docker, podman or buildah
	.ci/image bin

# An invalid run (exit code 3) is left for the pool to name.
RUNS ?= 1
bench: build ## compares no auth, API key and JWTs on this machine (two to four minutes); RUNS=6 pools six runs
ifeq ($(RUNS),1)
	$(BIN) run quick
else
	@set -e; start=$$(date -u +%Y%m%dT%H%M%SZ); dirs=; for n in $$(seq $(RUNS)); do \
		dir=results/$$start-quick-run$$n; dirs="$$dirs $$dir"; \
		$(BIN) run quick --out $$dir || [ $$? -eq 3 ]; \
	done; $(BIN) pool $$dirs
endif

report: build ## renders the newest result's report again
	$(BIN) report "$$(ls -dt results/*/result.jsonl | head -n 1 | xargs dirname)"

NAMES ?=
publish: build ## runs the scenarios of the README's answer, and puts them into results/published (half an hour)
	$(GO) run ./internal/experiment/publish $(NAMES)
	$(GO) test ./cmd/authbench -run '^TestPublished' -update

micro: ## times one verification with every engine, beside the bare cryptography (5 minutes)
	@mkdir -p results/micro
	@set -e; $(GO) test -c -o results/micro/ ./internal/experiment/micro; (cd $(ENGINES) && $(GO) test -c -o $(CURDIR)/results/micro/ .); \
	cd results/micro; for round in 1 2 3; do for own in micro engines; do \
		./$$own.test -test.run '^$$' -test.bench 'Primitive|Verify/method=jwt' -test.benchtime 100ms -test.count 2; \
	done; done > micro.txt
	$(GO) run ./internal/experiment/micro/table < results/micro/micro.txt

peers: build ## compares the load generator with those on the PATH: wrk, hey, k6 and others (15 minutes)
	@mkdir -p results/peers
	$(GO) run ./internal/experiment/peers -o json > results/peers/peers.json
	$(GO) run ./internal/experiment/peers -from results/peers/peers.json

BASE ?= main
gate: build ## fails if this tree makes authentication slower or less safe than BASE (3 to 15 minutes): make gate BASE=main
	$(BIN) gate --base "$(BASE)"

# Ten times each, in a fleet of several network namespaces: as root.
faults: ## kills, stops and cuts off workers and coordinators, fills disks and lets strangers in, ten times each (15 minutes)
	cd $(FLEET) && $(GO) test -count 10 -run '^TestFault' -v -timeout 1h ./cmd/authbench-fleet

calibrate: ## measures by simulation how often the gate is wrong, and writes results/published/calibration
	$(GO) run ./internal/experiment/calibrate

# Where the race detector is left out, which makes tests four to ten times slower: what runs
# at the same time is in the other packages. The tests of cmd/authbench run the whole program
# as child processes; they come first, as they take longest. Those of conform are run with
# the detector as well, which leaves out what only computes. The others do nothing but compute.
# Those of ALONE and of the modules STILL start no goroutine at all, which a test in internal insists on.
ALONE   := ./bench ./internal ./internal/credential ./internal/credential/document ./internal/credential/jose/strictjson \
	./internal/experiment/micro ./internal/experiment/micro/table ./internal/experiment/publish ./internal/experiment/replay \
	./internal/golden ./internal/judge/advice ./internal/judge/analysis ./internal/judge/gate \
	./internal/method/all ./internal/method/apikey ./internal/method/basic ./internal/method/carry ./internal/method/exchange \
	./internal/method/none ./internal/method/parse ./internal/method/paseto ./internal/method/session \
	./internal/result ./internal/result/hist ./internal/result/limit ./internal/result/validity ./internal/scenario \
	./internal/show/axis ./internal/show/export ./internal/show/figure ./internal/show/report ./internal/show/svg \
	./internal/stat ./internal/text/unit ./internal/text/usertext ./scenarios
UNRACED := ./cmd/authbench ./internal/experiment/calibrate $(ALONE)
# Packages are tested several at a time: many wait for servers and for timeouts, and leave
# the CPUs to others. What 'go test' vets is part of 'go vet'.
JOBS    ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
TEST    := $(GO) test -p $(JOBS) -timeout 20m -vet=off

# LONGEST puts the packages first whose tests take minutes, or one of them would be left alone
# at the end.
LONGEST := awk '/\/(conform|load|jose|loadtest)$$/ {print; next} {rest = rest $$0 "\n"} END {printf "%s", rest}'

# One kind of tests runs after the other: at the same time, they hold each other up so long
# that tests which wait for a timeout fail.
test: ## runs every test, with the race detector where there is a C compiler
	@.ci/prepare
	@for module in . $(NESTED); do (cd $$module && $(GO) vet ./...) || exit; done
	@if command -v $${CC:-gcc} >/dev/null; then race=-race; else echo "no C compiler: running without the race detector"; fi; \
	set -ex; unraced=$$($(GO) list $(UNRACED)); for module in . $(FLEET); do \
		(cd $$module && $(TEST) $$race $$($(GO) list ./... | grep -Fxv "$$unraced" | $(LONGEST))); \
	done; \
	for module in $(STILL); do (cd $$module && $(TEST) ./...); done; \
	$(TEST) ./internal/conform $(UNRACED)

check: ## builds for macOS and Windows, and checks go.mod and for known vulnerabilities
	@.ci/check $(VULN) . $(NESTED)

lint: ## runs golangci-lint, from the PATH or from its module
	@set -ex; for module in . $(NESTED); do (cd $$module && $(call tool,golangci-lint,$(LINT)) run ./...); done

clean: ## removes what was built, and the results that are not published
	rm -rf bin dist
	find results -mindepth 1 -maxdepth 1 -type d ! -name published -exec rm -rf {} +
