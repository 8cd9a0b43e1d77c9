# What people do with this project, by name. `make help` lists it.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON_BIN := $(BIN)/python
STEP = @printf '== %s\n'
# Runs a gate and shows what it printed only when it refused.
QUIETLY = @quietly() { said=$$("$$@" 2>&1) || { printf '%s\n' "$$said"; exit 1; }; }; quietly
TESTS ?= tests/migrations tests
# How many processes test at once: `auto` is as many as there are cores.
JOBS ?= auto

.PHONY: help run test check faults bench figures migrate lock openapi docs sbom clean runtime dev

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime ## Serve on 127.0.0.1:8000 in evaluation mode, with London and demonstration data
	@$(PYTHON_BIN) -m app serve

test: dev ## Check everything, then run every test on SQLite and on PostgreSQL with PostGIS
	@$(MAKE) check
	$(STEP) "migrations up, down, up and drift, then every test, on both databases"
	@scripts/with_postgresql --in-memory $(PYTHON_BIN) -m pytest -q -n $(JOBS) $(TESTS)

check: dev ## The quick gates, without the tests
	$(STEP) "format"
	$(QUIETLY) $(BIN)/ruff format --check .
	$(STEP) "lint"
	$(QUIETLY) $(BIN)/ruff check .
	$(STEP) "import contracts"
	$(QUIETLY) env PYTHONPATH=. $(BIN)/lint-imports --no-logo
	$(STEP) "types: mypy, then ty"
	$(QUIETLY) $(BIN)/mypy
	$(QUIETLY) $(BIN)/ty check --python .venv
	$(STEP) "house rules"
	$(QUIETLY) $(BIN)/ast-grep scan --error
	$(STEP) "spelling"
	$(QUIETLY) $(BIN)/codespell
	$(STEP) "dependencies and their locks"
	$(QUIETLY) $(BIN)/deptry .
	$(QUIETLY) $(PYTHON_BIN) scripts/check_locks.py
	$(STEP) "SQL of the migrations"
	$(QUIETLY) $(PYTHON_BIN) scripts/check_migrations.py
	$(STEP) "openapi.json and the generated pages of docs/"
	$(QUIETLY) $(PYTHON_BIN) scripts/write_openapi.py --check
	$(QUIETLY) $(PYTHON_BIN) scripts/write_reference.py --check

faults: dev ## Kill, cut off and destroy for long, among voters, and print one table (FAULTS=200)
	@$(PYTHON_BIN) -m tests.faults.rigs
	@$(PYTHON_BIN) -m tests.faults.rigs.loads

figures: dev ## Put what the last bench and faults measured into the README
	@$(PYTHON_BIN) scripts/write_figures.py

bench: dev ## Measure speed against the ceilings, as ratios
	@$(PYTHON_BIN) -m benchmarks

migrate: runtime ## Bring the database that DATABASE_URL names to the newest schema
	@$(PYTHON_BIN) -m app migrate

lock: dev ## Resolve the dependencies anew and pin them with hashes
	@$(BIN)/uv pip compile pyproject.toml --quiet --extra import --universal --python-version 3.11 \
		--upgrade --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --quiet --extra import --group test --group lint \
		--group geo-build --constraint requirements.lock --universal --python-version 3.11 \
		--upgrade --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock
	@$(PYTHON_BIN) scripts/check_locks.py

openapi: dev ## Write openapi.json anew after a change of the API
	@$(PYTHON_BIN) scripts/write_openapi.py

docs: dev ## Write the pages that are generated from the code anew
	@$(PYTHON_BIN) scripts/write_reference.py

sbom: dev ## Write the bill of materials of what ships to build/sbom.json (CycloneDX)
	@mkdir -p build
	$(QUIETLY) $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--short-PURLs --of JSON -o build/sbom.json requirements.lock

clean: ## Remove the virtual environment and what tools left; never the data in var/
	@rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis build
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

runtime:
	@scripts/install requirements.lock

dev: runtime
	@scripts/install requirements-dev.lock
