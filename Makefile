# Gatehouse. `make run` starts everything, `make test` checks everything; both install what they need.
SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: help run test test-coding-tools test-resilience demo bench lint format requirements clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

run: ## Set up what is missing and run everything in the foreground
	@sh scripts/install.sh requirements.txt
	@exec $(PYTHON) manage.py up

test: ## Lint, types, contracts, unit, integration, browser
	@sh scripts/install.sh requirements-dev.txt
	@$(PYTHON) scripts/check.py

test-resilience: ## The audit log's failure matrix, long: kills, replays, full disks, lost databases (docs/resilience.md)
	@sh scripts/install.sh requirements-dev.txt
	@GATEHOUSE_TEST_LONG=1 $(VENV)/bin/pytest -q tests/resilience tests/audit/test_full_disk.py tests/audit/test_watched_tables.py tests/audit/test_tampering.py tests/e2e/test_killed_processes.py tests/e2e/test_streams.py

torture-budgets: ## Five minutes of the proof that no budget is overspent (docs/budgets.md)
	@sh scripts/install.sh requirements-dev.txt
	@GATEHOUSE_TEST_TORTURE_SECONDS=300 $(PYTHON) -m pytest -q -s -p no:cacheprovider tests/e2e/test_budget_torture.py

test-coding-tools: ## Claude Code and Codex themselves against the gateway (downloads 250 MB; needs npm)
	@sh scripts/install.sh requirements-dev.txt
	@GATEHOUSE_TEST_CODING_TOOLS=1 $(VENV)/bin/pytest -q -m processes tests/e2e/test_coding_tools.py

demo: ## Fill a demonstration data set by real calls through the running gateway
	@sh scripts/install.sh requirements.txt
	@$(PYTHON) manage.py demo

bench: ## Measure throughput, latency, streams and memory (bench/README.md)
	@sh scripts/install.sh requirements-dev.txt
	@$(PYTHON) bench/run.py

lint: ## Only the static checks
	@sh scripts/install.sh requirements-dev.txt
	@$(PYTHON) scripts/check.py --static

format: ## Format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

requirements: ## Compile the pinned requirements anew (needs uv)
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header requirements.in -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## Remove the virtual environment and caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
