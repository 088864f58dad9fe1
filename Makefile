# Everything works from a bare Python 3.11 and make: the first target that needs it builds .venv from the lock.
PYTHON ?= python3.11
BIN := .venv/bin
# Tests wait for servers half of their time, so there are two workers a core.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
READY := .venv/.ready-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-slow prove-faults campaign campaigns lint format lock audit screenshots samples bench-latency bench-launch bench-machines bench-throughput bench-gamification bench-astrology bench-horoscopes bench-migration bench-partitions bench-ticks bench-recovery bench-storage bench-api bench-context bench-speech bench-metrics bench-words

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{printf "  %-20s %s\n", $$1, $$2}'

setup: $(READY)  ## .venv, from requirements.lock

# The lock is installed a few packages at a time, so that each line says how far it is; a dot comes every five seconds.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up .venv (once; some minutes)"
	@test -x $(BIN)/python || { echo "1 of 4: a virtual environment of $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "2 of 4: the packages of requirements.lock, each checked against its hash"
	@rm -rf .venv/parts && mkdir .venv/parts
	@awk '/^[A-Za-z0-9]/ { part = sprintf(".venv/parts/%03d", n / 6); n += 1 } part { print > part }' requirements.lock
	@( while sleep 5 >/dev/null 2>&1; do printf .; done ) & dots=$$!; trap 'kill $$dots' EXIT; \
	total=$$(cat .venv/parts/* | grep -c '^[A-Za-z0-9]'); done=0; \
	for part in .venv/parts/*; do \
		done=$$((done + $$(grep -c '^[A-Za-z0-9]' $$part))); \
		printf '  %3d of %d: %s' $$done $$total "$$(sed -n 's/^\([A-Za-z0-9][^=]*\)==.*/\1/p' $$part | paste -sd ' ' -) "; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r $$part || exit 1; \
		echo; \
	done
	@echo "3 of 4: this project"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps -e .
	@echo "4 of 4: an index of the world's cities"
	@$(BIN)/python -m astra_pipeline.places.gazetteer
	@rm -rf .venv/parts .venv/.ready-*; touch $@

demo: setup  ## the main job on the embedded stack, once, to the end
	@$(BIN)/astra demo

dev: setup  ## the same with the Dagster UI, until Ctrl-C
	@$(BIN)/astra dev

test: setup  ## the test suite
	$(BIN)/pytest -m 'not slow' --numprocesses $(WORKERS) --dist worksteal

test-slow: setup  ## what takes a minute or more: the demo, the UI in a browser, a power cut, a short campaign
	$(BIN)/pytest -m slow --numprocesses 2 --dist worksteal

FAULT ?=

prove-faults: setup  ## each fault's mend taken away in a copy of the tree: its tests must fail; FAULT=F5 for one
	$(BIN)/python -W ignore -m bench.mutations $(if $(FAULT),--only $(FAULT))

SEED ?= 1
SEEDS ?= 1-10
MINUTES ?= 5

campaign: setup  ## SEED=n MINUTES=m: kills, stops, step-downs and lost replies by seed, then the laws
	$(BIN)/python -W ignore -m bench.campaign --seed $(SEED) --minutes $(MINUTES)

campaigns: MINUTES = 10
campaigns: setup  ## SEEDS=1-10 MINUTES=m: a campaign for each seed, two at a time, and one table of them
	$(BIN)/python -W ignore -m bench.campaign.many --seeds $(SEEDS) --minutes $(MINUTES)

lint: setup  ## ruff, pyright, and the layers of pyproject.toml by import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: setup  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup  ## requirements.lock anew, from pyproject.toml
	$(BIN)/uv pip compile --quiet --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

audit: setup  ## known vulnerabilities of what is locked; needs the internet
	$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		-r requirements.lock -r deploy/requirements.lock

screenshots: setup  ## docs/*.png, taken by headless Chromium from the real UI
	$(BIN)/python -m bench.screenshots
	$(BIN)/python -m bench.admin_shots

samples: setup  ## docs/samples.md, written by the offline composers
	$(BIN)/python -m bench.samples

bench-latency: setup  ## insert -> updated overview, one every 3 s and one a minute, beside Celery with Redis and what was
	$(BIN)/python -m bench.latency

bench-launch: setup  ## the start of a run and its CPU: by the code server, and forked from the preloaded parent
	$(BIN)/python -W ignore -m bench.launch

bench-machines: setup  ## two Celery workers in network namespaces against one, one of them killed; LLM- and CPU-bound
	$(BIN)/python -W ignore -m bench.machines

RUNNER ?= julep

bench-throughput: setup  ## 2,000 waiting conversations in one run; beside the plainest script; RUNNER=model: any model
	$(BIN)/python -m bench.throughput --runner $(RUNNER)

bench-gamification: setup  ## 100,000 users, 1,000,000 conversations, beside mongod's own time
	$(BIN)/python -m bench.gamification

bench-astrology: setup  ## `astra chart --batch` beside itself as it was, and positions beside skyfield's
	$(BIN)/python -W ignore -m bench.astrology

bench-speech: setup  ## births out of spoken words: right, missed and wrong a kind; FILE=x.jsonl for other utterances
	$(BIN)/python -m bench.speech $(if $(FILE),--file $(FILE))

bench-partitions: setup  ## the grid at 3 years by 100 cohorts: the asset page's queries, a tick of sensor and schedule
	$(BIN)/python -m bench.partitions

bench-migration: setup  ## 10,000 people of the old system: plan, sync killed twice, live conversations beside the backfill
	$(BIN)/python -m bench.migration

bench-ticks: setup  ## every sensor and schedule beside 0, 50,000 and 200,000 dead conversations and people
	$(BIN)/python -W ignore -m bench.ticks

bench-recovery: setup  ## a run killed in the middle of 500 conversations: until all are done, lost, paid twice
	$(BIN)/python -W ignore -m bench.recovery

bench-storage: setup  ## a year of Dagster at 1,000 runs a day: what retention leaves, erasing one person in it
	$(BIN)/python -W ignore -m bench.storage

bench-horoscopes: setup  ## 1,000 horoscopes of one cell: rate, again, killed half-way; 10 one run each; RUNNER=model
	$(BIN)/python -m bench.horoscopes --runner $(RUNNER)

bench-metrics: setup  ## a scrape of /metrics at 200,000 people, and every 15 s beside bench-throughput: time and share of CPU
	$(BIN)/python -W ignore -m bench.metrics

bench-api: setup  ## 10,000 GETs over 50 connections and 1,000 webhooks, beside a bare route that reads a person
	$(BIN)/python -m bench.api

bench-context: setup  ## 100,000 people: the context and the tick of persona_due, by the length of their history
	$(BIN)/python -W ignore -m bench.context
bench-words: setup  ## what people receive: each row of the table of words over readers of our own, beside its goal
	$(BIN)/python -W ignore -m bench.words
