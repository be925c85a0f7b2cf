# hevesy: the commands that set up, check and run the project. Each one sets up what it needs, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help system setup demo demo-raw test check bench validate docs format clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hevesy needs Python 3.11 or later; set PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "python3-venv is missing; install it (Debian: apt-get install python3-venv)"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable '.[dev]'
	@sh scripts/ensure-pango.sh
	@touch $@

setup: $(SETUP)  ## make .venv with the pinned packages

system:  ## install the Debian packages: dicom3tools (dciodvfy), pango, poppler-utils, PostgreSQL
	sh scripts/install-system-packages.sh

demo: $(SETUP)  ## the main job on a virtual patient; results in out/demo
	$(BIN)/hevesy demo --out out/demo

demo-raw: $(SETUP)  ## the same from raw projections and a calibration; results in out/demo-raw
	$(BIN)/hevesy demo --raw --out out/demo-raw

test: $(SETUP)  ## run the tests
	$(BIN)/python -m pytest -q -n $(JOBS)

check: $(SETUP)  ## lint, types, layers, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/architecture
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site

bench: $(SETUP)  ## measure speed, as ratios
	$(BIN)/python -m benchmarks

validate: $(SETUP)  ## the long comparisons; results are stored in docs/validation
	$(BIN)/python -m benchmarks.validate

docs: $(SETUP)  ## build the documentation into site/
	$(BIN)/mkdocs build --strict --site-dir site

format: $(SETUP)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove what can be made again
	rm -rf $(VENV) site out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
