# Everything here works on a fresh Debian 12: what is missing is installed first,
# after it has been announced. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export JOBS

.PHONY: help
help: ## Show this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo "DIR=/some/folder make run    shows the demo with your own files"

.PHONY: run
run: build ## Build, then show a backup, its verification and its restore
	@tools/demo.sh "$(DIR)"

.PHONY: build
build: ## Build the release binary, build/release/src/cli/cofre
	@tools/install-deps.sh --run
	@mkdir -p build
	@cmake --preset release >build/configure-release.log 2>&1 || { cat build/configure-release.log; exit 1; }
	@cmake --build build/release -j $(JOBS)

.PHONY: test
test: ## Run all tests, with sanitizers and real servers
	@tools/install-deps.sh --test --check
	@tools/test.sh

.PHONY: check
check: ## Check formatting, layers, headers, clang-tidy and documents
	@tools/install-deps.sh --check --test
	@tools/check.sh

.PHONY: bench
bench: build ## Compare speed, CPU and memory with rclone, awscli and s3cmd
	@tools/install-deps.sh --bench
	@bench/run.sh objects

.PHONY: bench-stream
bench-stream: build ## The same for one stream from a pipe
	@tools/install-deps.sh --bench
	@bench/run.sh stream

.PHONY: bench-repository
bench-repository: build ## The same for repositories, with restic and borg
	@tools/install-deps.sh --bench
	@bench/run.sh repository

.PHONY: bench-databases
bench-databases: build ## The same for dumps of PostgreSQL, with the usual pipes
	@tools/install-deps.sh --bench
	@bench/run.sh databases

.PHONY: fuzz
fuzz: ## Fuzz every decoder of outside bytes (FUZZ_SECONDS=30 each)
	@tools/install-deps.sh --check
	@tools/fuzz.sh

.PHONY: soak
soak: build ## Repeat the main job with random faults (SOAK_SECONDS=600)
	@tools/install-deps.sh --test
	@tools/soak.sh

.PHONY: install
install: build ## Install the binary below PREFIX (default /usr/local)
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

.PHONY: clean
clean: ## Remove build/
	rm -rf build
