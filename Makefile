# The commands of a working day; see README.md.

export CGO_ENABLED ?= 0
GO      ?= go
TOOL     = $(GO) tool -modfile=tools/go.mod
INIT     = internal/evm/initbin/bin/fallow-init
LDFLAGS  = -s -w

.PHONY: build demo test check bench generate fuzz clean $(INIT) bin/fallow bin/fallow-agent

build: bin/fallow bin/fallow-agent

# PID 1 of a sandbox; the programs below carry it inside.
$(INIT):
	$(GO) build -trimpath -ldflags="$(LDFLAGS)" -o $@ ./cmd/fallow-init

bin/fallow bin/fallow-agent: $(INIT)
	$(GO) build -trimpath -ldflags="$(LDFLAGS)" -o $@ ./cmd/$(@F)

# Runs a real job over a server and three nodes on this machine.
demo:
	scripts/demo.sh

# All tests, the fault and attack tests included. As root more of them can run.
test: build
	$(GO) test -timeout 20m ./...
	@if command -v gcc >/dev/null; then set -x; CGO_ENABLED=1 $(GO) test -race -timeout 20m $(RACE); \
	else echo "SKIPPED: the race detector needs gcc"; fi

# Where goroutines share state.
RACE = ./internal/server/... ./internal/agent/... ./internal/staging/... ./internal/jobs/life/...

# What must hold before the tests are worth running.
check: build
	scripts/check.sh

bench: build
	$(GO) run ./bench/start

# In runs, not seconds: a time that ends in mid-run counts as a failure in Go 1.26.
FUZZTIME ?= 5000x

# Runs every fuzz target for a moment.
fuzz:
	scripts/fuzz.sh $(FUZZTIME)

# Generated code is committed; this makes it anew.
generate:
	$(TOOL) buf lint
	$(TOOL) buf generate

clean:
	rm -rf bin demo-out $(INIT)
