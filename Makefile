# `make` prints this help. Only Python 3.11 and make are needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEERS  := benchmarks/.venv

.DEFAULT_GOAL := help
.PHONY: help setup dashboard demo demo-stop test check python-check dashboard-check causal soak peers bench bench-loop bench-full docs results worth format clean

help:  ## print this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Retinue needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

setup: $(STAMP) dashboard  ## build .venv with the command `retinue` in it, and the dashboard

dashboard: $(STAMP)  ## build the dashboard into the package, where its sources have changed
	$(BIN)/python hatch_build.py

demo: $(STAMP) dashboard  ## a simulated business with a year of campaigns, its dashboard left open (3 minutes)
	$(BIN)/retinue demo --out demo --serve

demo-stop: $(STAMP)  ## end the dashboard that make demo left open
	$(BIN)/retinue demo --stop --out demo

test: $(STAMP) dashboard  ## static checks and all tests (about a quarter of an hour)
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target check
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

check: python-check dashboard-check  ## formatting, lint, types, import contract

python-check: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks hatch_build.py
	$(BIN)/ruff check src tests benchmarks hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

dashboard-check: $(STAMP)  ## types, lint and tests of the dashboard
	$(BIN)/python hatch_build.py npm run check

causal: constraints.txt  ## the causal forest's tests with EconML, in build/causal (700 MB)
	test -x build/causal/bin/python || $(PYTHON) -m venv build/causal
	build/causal/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,causal]'
	build/causal/bin/python -m pytest -n 0 tests/incentives/uplift/test_uplift_forest.py

soak: $(STAMP)  ## the tests that take minutes each (TEST_CONTRACT_CASES=200000: hours)
	$(BIN)/python -m pytest -m slow

$(PEERS)/.installed: benchmarks/requirements.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

peers: $(PEERS)/.installed  ## build benchmarks/.venv with what Retinue is measured beside

bench: $(STAMP) peers  ## measure beside the peers and write docs/results.md (half an hour)
	$(BIN)/python -m benchmarks.run

bench-loop: $(STAMP)  ## a year of campaigns under thirteen policies, docs/loop.md (half an hour)
	$(BIN)/python -m benchmarks.loop

bench-full: $(STAMP) peers  ## the same at 200,000 customers, growing 16-fold (hours, 150 GB of disk)
	$(BIN)/python -m benchmarks.run --full

results: $(STAMP)  ## run on the real data sets and write docs/real-data.md
	$(BIN)/python -m benchmarks.results

worth: $(STAMP)  ## what each feature earns on the data sets: docs/feature-worth.md
	$(BIN)/python -m benchmarks.worth

docs: $(STAMP)  ## write the generated reference pages
	$(BIN)/python docs/generate.py

format: $(STAMP)  ## format the code and mend what can be mended
	$(BIN)/ruff format src tests benchmarks hatch_build.py
	$(BIN)/ruff check --fix src tests benchmarks hatch_build.py

clean:  ## remove what was built, the demo included
	-test ! -x $(BIN)/retinue || test ! -f demo/retinue.toml || $(BIN)/retinue demo --stop --out demo
	rm -rf $(VENV) $(PEERS) dashboard/node_modules src/retinue/static benchmarks/data demo demo.draft .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
