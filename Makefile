# virtio-net-rtl: run `make help` for the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Options (SEED, DATA_W, ...) reach the programs without more ado: make hands on what is set in its environment or on its command line. An
# `export` of those that are not set would give the programs, and the tools behind them, empty values.

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what all targets need, and the git hooks
	@scripts/setup.sh check
	@git config core.hooksPath .githooks 2>/dev/null || true

.PHONY: setup-sim
setup-sim:
	@scripts/setup.sh sim

.PHONY: setup-check
setup-check:
	@scripts/setup.sh check

.PHONY: sim
sim: setup-sim ## Replay recorded traffic through the device, once per header layout (SEED DATA_W LATENCY FRAMES PCAP LAYOUT WAVES)
	@node --import=tsx tb/apps/sim.ts

.PHONY: test
test: setup-sim ## Run the normal test set (about 8 minutes on 2 cores)
	@npm test --silent

.PHONY: test-full
test-full: setup-sim ## Run all tests: every width, every parameter set
	@npm run --silent test:full

.PHONY: cosim
cosim: setup-sim ## Drivers that others wrote (Linux, DPDK, firmware) against the simulated card (ROWS; needs root)
	@node --import=tsx cosim/main.ts

.PHONY: cosim-linux cosim-dpdk cosim-uml cosim-firmware cosim-failure
cosim-linux cosim-dpdk cosim-uml cosim-firmware cosim-failure: setup-sim
	@GROUP=$(@:cosim-%=%) node --import=tsx cosim/main.ts

.PHONY: serve-vfio serve-vhost
serve-vfio: setup-sim ## Serve the card as a PCI function to your own VM (SOCKET TAP KEEP CAPTURE DATA_W MAC)
	@scripts/serve.sh vfio
serve-vhost: setup-sim ## Serve the card to your own vhost-user front-end (SOCKET TAP KEEP CAPTURE DATA_W MAC FEATURES)
	@scripts/serve.sh vhost

.PHONY: fuzz-cosim
fuzz-cosim: ## Fuzz the decoders of vhost-user and vfio-user with libFuzzer (RUNS each, default 3 million; TARGETS SEED)
	@scripts/setup.sh fuzz
	@cosim/fuzz/run.sh

.PHONY: waves
waves: setup-sim ## Open the last waveform in GTKWave, grouped by stage (WAVES=fst make sim makes one)
	@scripts/setup.sh waves
	@node --import=tsx tb/apps/waves.ts

.PHONY: timeline
timeline: setup-sim ## Print and draw the life of each packet, read from a VCD
	@node --import=tsx tb/apps/timeline.ts

.PHONY: check
check: setup-check ## Lint and format check of all languages, types, file lists, generated docs
	@scripts/check.sh

.PHONY: mutants
mutants: setup-sim ## Break the RTL in the documented ways and see a test fail for each
	@node --import=tsx tb/apps/mutants.ts

.PHONY: mutation
mutation: setup-check ## Break every RTL module in many small ways, count what its tests notice (MODULES MUTANTS QUICK JOBS SEED)
	@node --import=tsx verify/mutation/main.ts

.PHONY: coverage
coverage: setup-sim ## Run the normal test set, measure what of RTL and library it reaches (SPECS REPORT_ONLY)
	@node --import=tsx verify/coverage/main.ts

.PHONY: sanitize
sanitize: setup-sim ## Run the normal test set with the C++ under AddressSanitizer and UndefinedBehaviorSanitizer (SPECS)
	@sim/test/run.sh
	@SANITIZE=1 npx --no-install mocha --forbid-only --parallel --jobs 2 "$${SPECS:-tb/test/**/*.spec.ts}"

.PHONY: fuzz-bridge
fuzz-bridge: ## Fuzz the message decoder of the bridge with libFuzzer (RUNS, default 10 million; SEED)
	@scripts/setup.sh fuzz
	@sim/fuzz/run.sh

.PHONY: fuzz
fuzz: setup-sim ## A hostile driver against the device, 200 000 cases (SEED CASES SHARD JOBS CASE; QUICK=1: 6000)
	@node --import=tsx tb/apps/fuzz.ts

.PHONY: fuzz-faults
fuzz-faults: setup-sim ## Break the RTL in known ways and tell after how many cases `make fuzz` finds it (SEED CASES ONLY)
	@node --import=tsx tb/apps/fuzz-faults.ts

.PHONY: conformance
conformance: setup-sim ## Check that tests, proofs or documents show every requirement of docs/conformance.tsv
	@node --import=tsx tb/apps/conformance.ts

.PHONY: conformance-update
conformance-update: setup-sim ## Write the titles of the tests into docs/conformance.tsv, and docs/conformance.md
	@node --import=tsx tb/apps/conformance.ts --update

.PHONY: soak
soak: setup-sim ## Random traffic with everything on for CYCLES cycles (SEED CYCLES SHARD JOBS CHUNK)
	@node --import=tsx tb/apps/soak.ts

.PHONY: soak-merge
soak-merge: setup-sim ## Join the reports of all shards of a soak into one, and say whether any is missing (REPORTS)
	@node --import=tsx tb/apps/soak-merge.ts

.PHONY: synth
synth: setup-check ## Size, logic levels and clock of the device (TARGETS WIDTHS CONFIGS QUICK PNR MODULES JOBS FRESH)
	@node --import=tsx bench/synth/main.ts

.PHONY: bench
bench: setup-sim ## Cycles per packet against the bus limit, latencies, the thread's questions, speed of the simulation (JOBS COCOTB)
	@node --import=tsx bench/main.ts

.PHONY: bench-guard
bench-guard: setup-sim ## Short form of the bench; fails when a row has dropped
	@node --import=tsx bench/main.ts --guard
.PHONY: formal
formal: ## Prove the properties in formal/ (PROOF QUICK SOLVER JOBS LIMIT)
	@scripts/setup.sh formal
	@node --import=tsx formal/main.ts

.PHONY: formal-faults
formal-faults: ## Break the RTL in ways that a proof must notice (PROOF SOLVER JOBS LIMIT)
	@scripts/setup.sh formal
	@node --import=tsx formal/faults.ts

.PHONY: docs
docs: ## Regenerate rtl/README.md from the file heads
	@node scripts/gen-modules.mjs

.PHONY: docker
docker: ## Build the Docker image and run `make test` in it (needs Docker or Podman)
	@engine=$$(command -v docker || command -v podman) || { echo "make docker: neither docker nor podman found" >&2; exit 1; }; \
	$$engine build -t virtio-net-rtl . && $$engine run --rm virtio-net-rtl make test

.PHONY: clean
clean: ## Remove everything that was built
	@rm -rf build coverage
