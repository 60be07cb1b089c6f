# Everything starts here, from a bare Python 3.11 or 3.12 with pip: make quickstart, make test.
PYTHON ?= $(shell for python in python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
	2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

.PHONY: help quickstart environment dev-environment test unit lint format bench fuzz zoo-check lock clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

environment:  ## .venv with what sizewise needs to run
	@test -n "$(PYTHON)" || { echo "sizewise: needs Python 3.11 or 3.12 and finds neither:" \
		"install one, or name it with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) tools/environment.py requirements.lock

dev-environment: environment
	@$(PYTHON) tools/environment.py requirements-dev.lock

quickstart: environment  ## set up, then run configs/quickstart.yaml: 48 jobs, one table a model
	@$(BIN)/sizewise run configs/quickstart.yaml

test: dev-environment  ## the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile

unit: dev-environment  ## the tests that need no TensorFlow
	@$(BIN)/python -m pytest tests/unit -n 2

lint: dev-environment  ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: dev-environment  ## rewrite the code as lint wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: dev-environment  ## the benchmarks, three times, and their ratios: results/benchmarks
	@$(BIN)/python -m benchmarks

fuzz: dev-environment  ## hostile input for every reader, some minutes of it
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest tests/fuzz -n 2 -q
	@$(BIN)/python -m tools.fuzz records 60
	@$(BIN)/python -m tools.fuzz tfjs 60

zoo-check: dev-environment  ## what converts, checked anew: docs/what-converts.md (half an hour)
	@$(BIN)/python -m tools.zoo_check

UV_COMPILE = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-header --output-file
lock:  ## compute the locks anew (needs uv)
	@$(UV_COMPILE) requirements.lock
	@$(UV_COMPILE) requirements-dev.lock --extra dev --constraint requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements-build.lock --group build

clean:  ## remove .venv and what tools left behind; caches of the user stay
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist build
