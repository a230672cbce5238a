# kpi_exporter. "make" says what there is; every target works on a machine with
# Go, git, make and Debian's apt, and needs nothing prepared.

VERSION ?= $(patsubst v%,%,$(shell git describe --tags --always --dirty 2>/dev/null || echo unknown))
LDFLAGS := -s -w -X main.version=$(VERSION)
# Builds Prometheus 3 into Go's build cache, which takes minutes the first time, and prints its path. Tests run the same command.
PROMETHEUS3 := GOFLAGS='-trimpath -tags=remove_all_sd' go tool -modfile=tools/prometheus/go.mod -n prometheus
LINT    := go tool -modfile=tools/go.mod golangci-lint

# SQLite is C turned into Go; watching its memory for races, which it has not, takes most of the time of all tests.
RACEFLAGS := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

# For example: make test TESTFLAGS=-count=1, make fuzz FUZZTIME=1m, make soak SOAKTIME=1h.
TESTFLAGS ?=
FUZZTIME  ?= 10s
SOAKTIME  ?= 5m
# What the faults of the soak follow from; 0 is another one each time. make soak prints it.
SOAKSEED  ?= 0

.DEFAULT_GOAL := help
.PHONY: help demo build test bench bench-scale screenshots fuzz soak lint fmt deps

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## show KPIs of a fictional product, on the terminal and on /metrics
	go run ./cmd/kpi_exporter demo

build: ## build the static program ./kpi_exporter
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o kpi_exporter ./cmd/kpi_exporter

test: deps ## run all tests, with a real PostgreSQL and Prometheus, Helm and Kubernetes' types
	go test -race -timeout=40m $(RACEFLAGS) $(TESTFLAGS) ./...
	cd tools/kubernetes && GOFLAGS=-trimpath go test $(TESTFLAGS) ./...

bench: deps ## run all benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# BASE may name another kpi_exporter, for example an older one, to measure beside this one.
bench-scale: deps ## measure 5,000 KPIs of one PostgreSQL, and their alerts, for minutes; prints a table
	go test ./cmd/kpi_exporter -run '^$$' -bench '^BenchmarkScale$$' -benchtime=1x -timeout=0 -scalebase=$(BASE)
	PROMETHEUS=$$($(PROMETHEUS3)) go test ./internal/rules -run '^$$' -bench '^BenchmarkAlerts$$' -benchtime=1x -timeout=0 -rulesbase=$(BASE)

screenshots: ## draw the scoreboard and the dashboards of the README; needs chromium and node
	go test ./internal/web ./internal/grafanatest -tags screenshots -run TestScreenshots -count=1

fuzz: ## run each fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file" | while read -r name; do \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done || exit 1; \
	done

soak: deps ## run the exporter under random faults for SOAKTIME, and check every scrape
	go test ./cmd/kpi_exporter -run '^TestSoak$$' -v -count=1 -timeout=0 -soaktime=$(SOAKTIME) -soakseed=$(SOAKSEED)

lint: ## vet, lint and check the layout of all code
	$(LINT) run --allow-parallel-runners

fmt: ## repair the layout of all code
	$(LINT) fmt

deps: ## install what the tests use: PostgreSQL, PgBouncer, Prometheus 2 and 3, Alertmanager, npm
	@.ci/deps
	@$(PROMETHEUS3) >/dev/null
