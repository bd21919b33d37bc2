# Two commands on a fresh machine do all the set-up: `make demo` and `make test`. Python 3.11 or newer, and make.

PYTHON ?= python3
VENV   ?= .venv
KOOND   = $(VENV)/bin/koond
PIP     = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test ui lint types proof mutants anonymeter bench bench-peers clean

demo: $(VENV)/ready-run                 ## sample raw data, one night, published files
	$(KOOND) demo

test: $(VENV)/ready-test anonymeter     ## every test
	$(VENV)/bin/python -m pytest

ui: $(VENV)/ready-run                   ## the Dagster UI on loopback, with the demo site
	$(KOOND) ui

lint: $(VENV)/ready-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/ready-test
	$(VENV)/bin/mypy

proof: $(VENV)/ready-test anonymeter    ## every attack at full size on every shipped site, about an hour
	$(KOOND) rehearse --site elektrum --size full
	$(KOOND) rehearse --site snowplow --size full
	$(KOOND) rehearse --site weblog --size full
	KOOND_PROOF=1 $(VENV)/bin/python -m pytest tests/privacy
	$(MAKE) mutants

mutants: $(VENV)/ready-test            ## is the privacy code broken in ninety ways, each seen by a test? about ten minutes
	$(VENV)/bin/python -m tests.mutation

anonymeter: $(VENV)/anonymeter/ready    ## the environment of one attack, whose pins exclude koond's

bench: $(VENV)/ready-run                ## figures of the README, about ten minutes
	$(VENV)/bin/python -m benchmarks.accuracy
	$(VENV)/bin/python -m benchmarks.night

bench-peers: $(VENV)/ready-run          ## the same work by other tools, each in an environment of its own; needs Java
	$(VENV)/bin/python -m benchmarks.peers

clean:
	rm -rf $(VENV) demo-home demo-home-partners

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("koond needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready-run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV); the first time takes a minute or two ..."
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-test: requirements-dev.lock $(VENV)/ready-run
	@echo "Setting up the tools for tests ..."
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/anonymeter/ready: tests/privacy/anonymeter/requirements.lock | $(VENV)/bin/python
	@echo "Setting up the environment of anonymeter ..."
	$(VENV)/bin/python -m venv $(VENV)/anonymeter
	$(VENV)/anonymeter/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r $<
	@touch $@
