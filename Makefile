# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SEEDS  ?= 0,1,2
PROFILE ?= full

# What Python has compiled is kept, whatever the caller wishes elsewhere: tests start hundreds of
# processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup verify experiments report test lint bench clean

help: ## what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv and install what constraints.txt pins

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'gradproof needs Python 3.11 or newer; install it, or name one: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo 'gradproof needs the Python module venv; on Debian or Ubuntu: sudo apt install python3-venv' >&2; exit 2; }
	@rm -f $@
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing into $(VENV) (a minute or two, once)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

verify: $(READY) ## derive, prove, check and attack every formula
	@$(BIN)/python -m verify.all --json outputs/verify.json

experiments: $(READY) ## run every experiment (SEEDS=0,1,2 PROFILE=full|quick)
	@$(BIN)/python -m experiments all --seeds $(SEEDS) --profile $(PROFILE)

report: $(READY) ## proofs, experiments, then report, handout and rubric as PDFs (PROFILE=full|quick)
	@$(BIN)/python -m report --handout --rubric --profile $(PROFILE) --seeds $(SEEDS)

test: $(READY) ## the test suite
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(READY) ## format, rules and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## mytorch against PyTorch and JAX, and against the bare matrix products
	@$(BIN)/python -m experiments run speed

clean: ## remove the environment, TeX and everything that was made
	rm -rf $(VENV) .tex outputs report/build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
