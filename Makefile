# Everything works from a bare Python 3.11 and make: the first target that needs it builds .venv from the lock.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test lint format lock screenshots samples bench-latency bench-throughput bench-gamification bench-astrology bench-horoscopes bench-migration bench-partitions

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{printf "  %-20s %s\n", $$1, $$2}'

setup: $(READY)  ## .venv, from requirements.lock

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing from requirements.lock (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@echo "Indexing the world's cities (once) ..."
	@$(BIN)/python -m astra_pipeline.places.gazetteer
	@rm -f .venv/.ready-*; touch $@

demo: setup  ## the main job on the embedded stack, once, to the end
	@$(BIN)/astra demo

dev: setup  ## the same with the Dagster UI, until Ctrl-C
	@$(BIN)/astra dev

test: setup  ## the test suite
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: setup  ## ruff and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: setup  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup  ## requirements.lock anew, from pyproject.toml
	$(BIN)/uv pip compile --quiet --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

screenshots: setup  ## docs/*.png, taken by headless Chromium from the real UI
	$(BIN)/python -m bench.screenshots

samples: setup  ## docs/samples.md, written by the offline composers
	$(BIN)/python -m bench.samples

bench-latency: setup  ## insert -> updated overview, 30 conversations, one every 3 s
	$(BIN)/python -m bench.latency

bench-throughput: setup  ## 2,000 waiting conversations in one run; 20 done one run each
	$(BIN)/python -m bench.throughput

bench-gamification: setup  ## 100,000 users, 1,000,000 conversations, beside mongod's own time
	$(BIN)/python -m bench.gamification

bench-astrology: setup  ## 100,000 births through `astra chart --batch`, positions beside skyfield's
	$(BIN)/python -m bench.astrology

bench-partitions: setup  ## the grid at 3 years by 100 cohorts: the asset page's queries, a tick of sensor and schedule
	$(BIN)/python -m bench.partitions

bench-migration: setup  ## 10,000 people of the old system: plan, sync killed twice, live conversations beside the backfill
	$(BIN)/python -m bench.migration

bench-horoscopes: setup  ## 1,000 horoscopes of one cell: rate, again, killed half-way; 10 done one run each
	$(BIN)/python -m bench.horoscopes
