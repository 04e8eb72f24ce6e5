# `make verify` and `make test` need Python 3.11 or newer, gcc and make; all else is set up in .venv.
# `make test` also needs what ci/scripts/install_debian_packages installs.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/installed
TRITON := .venv-triton/installed
PEERS := .venv-litellm/installed .venv-vllm-router/installed
AXE := build/node_modules/axe-core/package.json
AXE_VERSION := 4.10.3
ASC := build/asc/node_modules/assemblyscript/package.json
ASC_VERSION := 0.28.20
# The tests on all cores: each begins with its part of them, and who is done takes over from the others.
SPREAD := -n auto --dist worksteal
ARGS ?=

.PHONY: help verify test static setup triton peers generate lint types imports drift links unit sim chaos long others deep shuffled features mutants bench coverage inventory clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

verify: $(INSTALLED) drift ## say for every requirement whether the reference server holds it
	$(BIN)/pytest -q $(SPREAD) --checks-file build/checks.jsonl --checks-only
	$(BIN)/orchqueue mutate --check || [ $$? -eq 1 ] # what is missing is the verdict of OC-TEST-7012
	$(BIN)/orchqueue verify $(ARGS)

test: ## everything that has to hold before a change lands
	@$(MAKE) --no-print-directory --jobs 2 --output-sync static
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory features

# Sets up what unit tests need, too: the installers mostly wait for a network, and what reads code does not.
static: $(TRITON) $(AXE) $(ASC) lint types imports drift links ## what has to hold of the text alone

setup: $(INSTALLED) ## set up .venv

$(INSTALLED): pyproject.toml setup.py ci/constraints.txt $(wildcard reference_impl/orchestratord/core/_queue/_c/*)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint ci/constraints.txt --editable '.[server,engines,dev]'
	@touch $@

triton: $(TRITON) ## set up .venv-triton, with a real Triton

# The extra's packages alone: they need an older numpy than ours, and nothing else of this project.
$(TRITON): pyproject.toml ci/constraints-triton.txt ci/scripts/list_extra
	$(PYTHON) -m venv .venv-triton
	$(PYTHON) ci/scripts/list_extra engine-triton > .venv-triton/requirements.txt
	.venv-triton/bin/pip install --quiet --constraint ci/constraints-triton.txt --requirement .venv-triton/requirements.txt
	@touch $@

peers: $(PEERS) ## set up what the data plane is measured against, each in an environment of its own

.venv-litellm/installed: PEER := litellm[proxy]
.venv-vllm-router/installed: PEER := vllm-router
.venv-%/installed: ci/constraints-%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --constraint $< '$(PEER)'
	@touch $@

generate: $(INSTALLED) ## write requirements/, contracts/ and generated/ from .specs/, and pages from tables
	$(BIN)/orchqueue spec extract
	$(BIN)/orchqueue gen
	$(BIN)/python ci/scripts/draw_states
	$(BIN)/python ci/scripts/build_modules

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/orchqueue spec lint

types: $(INSTALLED)
	$(BIN)/mypy

imports: $(INSTALLED)
	$(BIN)/lint-imports --no-cache

drift: $(INSTALLED)
	$(BIN)/orchqueue spec extract --check
	$(BIN)/orchqueue gen --check
	$(BIN)/python ci/scripts/draw_states --check
	$(BIN)/python ci/scripts/build_modules --check
	$(BIN)/python ci/scripts/check_abi

links: $(INSTALLED)
	$(BIN)/python ci/scripts/check_links

# Judges whether pages are accessible; a script for browsers, so it comes from where those come from.
$(AXE):
	npm install --silent --no-audit --no-fund --no-save --no-package-lock --prefix build axe-core@$(AXE_VERSION)
	@touch $@

# Builds the policies of the SDK that are in AssemblyScript.
$(ASC):
	npm install --silent --no-audit --no-fund --no-save --no-package-lock --prefix build/asc assemblyscript@$(ASC_VERSION)
	@touch $@

unit: $(INSTALLED) $(TRITON) $(AXE) $(ASC)
	$(BIN)/pytest $(SPREAD) --checks-file build/checks.jsonl $(ARGS)

long: ## everything that takes minutes, one after the other
	@$(MAKE) --no-print-directory others
	@$(MAKE) --no-print-directory chaos
	@$(MAKE) --no-print-directory sim
	@$(MAKE) --no-print-directory deep
	@$(MAKE) --no-print-directory mutants
	@$(MAKE) --no-print-directory shuffled

others: $(INSTALLED) ## judge servers of another make in whole runs
	$(BIN)/pytest -m long $(ARGS)

shuffled: ## make verify fifty times, each time in another order, up to the first run in which something fails
	@$(MAKE) --no-print-directory verify ARGS="--times 50 --report-dir build/shuffled $(ARGS)"

deep: $(INSTALLED) ## explore every operation with many requests made from the contract
	$(BIN)/orchqueue verify --deep --report-dir build/explored $(ARGS)

sim: $(INSTALLED) ## decide on a million simulated tasks in two hundred worlds, and run the whole service in as many
	$(BIN)/python reference_impl/tests/sim/run.py --seeds 0-199 --tasks 5600 $(ARGS)
	$(BIN)/python reference_impl/tests/sim/run.py --seeds 0-199 --tasks 1000 --world service $(ARGS)
	$(BIN)/python reference_impl/tests/sim/run.py --seeds 0-199 --tasks 600 --world shaken $(ARGS)

chaos: $(INSTALLED) ## two minutes of killed workers, lost devices, drains and reloads under load; ARGS="--seed N --seconds N"
	$(BIN)/python reference_impl/tests/chaos/run.py --real $(ARGS)

features: $(INSTALLED)
	$(BIN)/orchqueue verify --explore --report-dir build/explored
	$(BIN)/orchqueue mutate --check || [ $$? -eq 1 ] # what is missing is the verdict of OC-TEST-7012
	$(BIN)/orchqueue verify
	$(BIN)/orchqueue mutate --sample 3
	$(BIN)/orchqueue trace --strict

mutants: $(INSTALLED) ## try every server that is wrong on purpose, and write bdd/KILL-MATRIX.md
	$(BIN)/orchqueue mutate $(ARGS)

bench: $(INSTALLED) $(PEERS) ## measure; prints tables, never fails on a time
	@set -e; for bench in tools/benchmarks/*.py reference_impl/benchmarks/*.py; do [ -e "$$bench" ] || continue; $(BIN)/python "$$bench"; done

coverage: $(INSTALLED) $(TRITON) $(AXE) $(ASC) ## which lines the unit tests run
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --skip-covered --sort=cover

inventory: coverage ## which public behaviours have unit tests, and why the others have none
	$(BIN)/orchqueue trace --inventory

clean: ## remove what was built
	rm -rf build .venv .venv-triton .venv-litellm .venv-vllm-router
