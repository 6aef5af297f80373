# The command and the plugin are static binaries: no cgo, no paths of the build
# machine.
export CGO_ENABLED ?= 0
COMMIT = $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
BUILD = go build -trimpath -buildvcs=false -ldflags '-s -w -X main.commit=$(COMMIT)'

INSTALL_DIR = $(or $(STEAMPIPE_INSTALL_DIR),$(HOME)/.steampipe)
LINT_VERSION = v2.15.0
POWERPIPE_VERSION := $(shell sed -n 's,^require github.com/turbot/powerpipe ,,p' tools/powerpipe/go.mod)
POWERPIPE = bin/powerpipe-$(POWERPIPE_VERSION)
VERSITYGW_VERSION := $(shell sed -n 's,^require github.com/versity/versitygw ,,p' tools/versitygw/go.mod)
VERSITYGW = bin/versitygw-$(VERSITYGW_VERSION)
AWSCLI_VERSION := $(shell sed -n 's,^awscli==,,p' tools/awscli/requirements.txt)
AWSCLI = bin/awscli-$(AWSCLI_VERSION)

.DEFAULT_GOAL = build
.PHONY: help build install demo query test test-all test-long test-race programs fuzz fuzz-smoke giants soak \
	powerpipe versitygw readers awscli bench lint check checks vulnerabilities licences deadcode workflows reproducible budget \
	completions snapshot release commit clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "%-16s %s\n", $$1, $$2 }'


build: ## Build the plugin and the command into bin/
	$(BUILD) -o bin/steampipe-plugin-ssmassoc.plugin .
	$(BUILD) -o bin/ssmassoc ./cmd/ssmassoc

install: build ## Install the plugin into Steampipe, with a configuration unless there is one
	mkdir -p '$(INSTALL_DIR)/plugins/local/ssmassoc' '$(INSTALL_DIR)/config'
	install -m 755 bin/steampipe-plugin-ssmassoc.plugin '$(INSTALL_DIR)/plugins/local/ssmassoc/ssmassoc.plugin'
	test -e '$(INSTALL_DIR)/config/ssmassoc.spc' || install -m 600 config/ssmassoc.spc '$(INSTALL_DIR)/config/ssmassoc.spc'

demo: build ## Query a simulated fleet: no AWS account needed
	@sh cmd/ssmassoc/demo.sh

query: build ## Query AWS: make query SQL='select ...'
	@bin/ssmassoc query $(if $(value SQL),"$$SQL",$(error set SQL, as in: make query SQL='select count(*) from ssm_instance_association_status'))
query: export SQL := $(value SQL)

test: ## Run the tests; those that need a program that is not installed are skipped, and named
	go test -timeout 20m $(if $(COVERAGE),-coverpkg=./... -coverprofile=bin/coverage) ./...
	@test -z '$(COVERAGE)' || go tool cover -func bin/coverage | sed -n 's/^total:.*statements)/coverage of statements:/p'
	cd tools/deploycheck && go test ./...
	@go test -v -run '^TestServes' ./internal/test/pgtest | sed -n 's/^.*\(PostgreSQL.*not installed\)/tests on PostgreSQL were skipped: \1/p'
	@test -x $(VERSITYGW) || echo 'tests of exports to S3 were skipped: the server is not built; run make test-all'
	@test -d internal/test/readers/node_modules || echo 'tests of what engines read were skipped: the readers are not installed; run make test-all'
	@test -x $(AWSCLI)/bin/aws || python3 -c 'import botocore' 2>/dev/null || echo 'tests against the AWS CLI were skipped: it is not installed; run make test-all'
	@test -x $(POWERPIPE) || echo 'tests of the mod were skipped: Powerpipe is not built; run make test-all'

test-all: programs test ## Install the programs that tests run, then run all tests

programs: powerpipe versitygw readers awscli ## Install the programs that tests run (needs a C++ compiler, Node.js and Python)

test-long: export SSMASSOC_TEST_LONG = 1
test-long: test ## Run the tests, with every repetition and every size in full

# SQLite is one thread's code, translated to Go; watching it would take most of the time.
test-race: ## Run the tests of code that shares memory under the race detector, repetitions shortened
	CGO_ENABLED=1 go test -race -short -vet=off -gcflags='github.com/ncruces/go-sqlite3-wasm/...=-race=false' -timeout 30m \
	  $$(go list ./... | grep -vE '/($(WITHOUT_RACE))$$')

# Packages that run programs, or compare files: make test has their tests.
WITHOUT_RACE = packaging|internal/files/engines|internal/test/(compliance|deploy|docs|examples|bench|pgtest|pptest|s3test)

# A number of inputs rather than a time: at the end of a time, Go 1.26 sometimes reports
# "context deadline exceeded" (go.dev/issue/75804).
fuzz-smoke: ## Run each fuzz test for a few seconds
	$(MAKE) --no-print-directory fuzz FUZZTIME=1000x SEQUENCES=50

fuzz: ## Run random sequences of queries and the fuzz tests for a long time: make fuzz FUZZTIME=10m
	go test ./internal/test/steampipe -run '^TestSequences$$' -rapid.checks=$(or $(SEQUENCES),5000) -timeout 60m
	for package in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for fuzz in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$package/*_test.go | cut -c6-); do \
	    go test $$package -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime $(or $(FUZZTIME),1m) -fuzzminimizetime 100x || exit 1; \
	  done; \
	done

powerpipe: $(POWERPIPE) ## Build Powerpipe, which runs the tests of compliance/ (needs a C++ compiler)

$(POWERPIPE): tools/powerpipe/go.mod tools/powerpipe/go.sum
	cd tools/powerpipe && CGO_ENABLED=1 go build -mod=mod -trimpath -ldflags '-s -w -X main.version=$(POWERPIPE_VERSION:v%=%)' -o '$(CURDIR)/$@' github.com/turbot/powerpipe

versitygw: $(VERSITYGW) ## Build the S3 server that tests export to

$(VERSITYGW): tools/versitygw/go.mod tools/versitygw/go.sum
	cd tools/versitygw && go build -mod=mod -trimpath -ldflags '-s -w' -o '$(CURDIR)/$@' github.com/versity/versitygw/cmd/versitygw

readers: internal/test/readers/node_modules ## Install the readers that check exported files (needs Node.js and npm)

internal/test/readers/node_modules: internal/test/readers/package.json internal/test/readers/package-lock.json
	npm ci --prefix internal/test/readers --no-audit --no-fund
	touch $@

awscli: $(AWSCLI)/bin/aws ## Install the AWS CLI that tests compare with (needs Python)

$(AWSCLI)/bin/aws: tools/awscli/requirements.txt
	python3 -m venv $(AWSCLI)
	$(AWSCLI)/bin/python -m pip install --quiet --disable-pip-version-check -r tools/awscli/requirements.txt
	touch $@

bench: build ## Compare with the AWS SDK alone, then run the Go benchmarks
	go run ./internal/test/bench
	go test -run '^$$' -bench . ./...

soak: ## Run scans, cancels, changed configurations and faults for 10 minutes: make soak SOAK=10m
	SOAK=$(or $(SOAK),10m) go test ./internal/test/soak -v -count=1 -timeout 0

giants: ## Read a million rows of each table, and 10,000 connections, in bounded memory: make giants ROWS=1000000
	SSMASSOC_GIANT_ROWS=$(or $(ROWS),1000000) go test ./internal/test/giants -v -timeout 6h

lint: bin/golangci-lint-$(LINT_VERSION) ## Check the code
	go vet ./...
	bin/golangci-lint-$(LINT_VERSION) run ./...

bin/golangci-lint-$(LINT_VERSION):
	GOBIN='$(CURDIR)/bin' go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $@

check: ## Run every check, as CI does: tests, race detector, linter, licences ...
	.ci/run

checks: bin/checks/stamp ## Build the tools that the checks below use

bin/checks/stamp: tools/checks/go.mod tools/checks/go.sum
	cd tools/checks && GOBIN='$(CURDIR)/bin/checks' go install tool
	touch $@

vulnerabilities: checks ## Look for known vulnerabilities in the programs
	.ci/vulnerabilities

licences: checks ## Check that the dependencies' licences are allowed
	.ci/licences

deadcode: checks ## Look for unreachable functions
	@unused=$$(bin/checks/deadcode -test -filter '^steampipe-plugin-ssmassoc' ./...) && \
	  test -z "$$unused" || { echo "$$unused"; exit 1; }

workflows: checks ## Check the workflows in .github
	bin/checks/actionlint -shellcheck= -pyflakes= .github/workflows/*.yml

reproducible: ## Build twice, in two folders, and compare the binaries
	.ci/reproducible

budget: build ## Check the programs' size and start-up time
	.ci/budget

completions: build ## Write the completion scripts to packaging/build/completions
	mkdir -p packaging/build/completions
	for shell in bash zsh fish powershell; do \
	  bin/ssmassoc completion $$shell >packaging/build/completions/ssmassoc.$$shell || exit 1; \
	done

GORELEASER_VERSION = v2.12.0
GORELEASER = bin/goreleaser-$(GORELEASER_VERSION)

$(GORELEASER):
	GOBIN='$(CURDIR)/bin' CGO_ENABLED=0 go install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	mv bin/goreleaser $@

# SINGLE=1 builds only for this platform.
snapshot: checks $(GORELEASER) ## Build the archives of a release into dist/, without publishing
	sed $(if $(SINGLE),-e "s/goos: \[.*/goos: [$$(go env GOOS)]/" -e "s/goarch: \[.*/goarch: [$$(go env GOARCH)]/") \
	  .goreleaser.yml >bin/goreleaser.yml
	GOTOOLCHAIN=$$(.ci/toolchain) $(GORELEASER) release --config bin/goreleaser.yml --snapshot --clean --skip=publish

release: checks $(GORELEASER) ## Build and publish the release of the checked-out tag
	.ci/toolchain --newest
	.ci/vulnerabilities
	GOTOOLCHAIN=$$(sed -n 's/^toolchain //p' go.mod) $(GORELEASER) release --clean

commit: # prints the commit that make build records in the command
	@echo $(COMMIT)

clean: ## Remove build outputs
	rm -rf bin dist packaging/build
