# `make help` lists the commands; `make test test-cluster lint types` is what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules
.PHONY: help setup demo up test test-faults test-cluster test-containers test-k8s lint types fmt docs bench lock release clean

PYTHON ?= python3
ARGS ?=
# files of tests that run side by side: most of them wait for processes most of the time
JOBS ?= 3
REPEAT ?= 1
VENV := .venv
BIN := $(VENV)/bin
# its time says when the environment last agreed with the lock and the members
STAMP := $(VENV)/.ready
MEMBER_FILES := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml tools/*/pyproject.toml)
MEMBERS := $(MEMBER_FILES:%/pyproject.toml=%)
UV_PIP := $(BIN)/uv pip
INTO := --quiet --python $(BIN)/python

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything in it; does nothing when nothing changed
	@:

$(STAMP): requirements-bootstrap.txt requirements-dev.txt $(MEMBER_FILES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Mailtide needs Python 3.11 or newer: install it, or say which: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make a virtual environment: Debian has that in the package python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/pip || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	@$(UV_PIP) sync $(INTO) --compile-bytecode --require-hashes requirements-bootstrap.txt requirements-dev.txt
	@$(UV_PIP) install $(INTO) --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

demo: setup ## see it work, from connecting mailboxes to the audit; MAILBOX=file.mbox shows your own mail
	@$(BIN)/mailtide-devkit demo $(if $(MAILBOX),--mailbox "$(MAILBOX)") $(ARGS)

up: setup ## run the whole stack in the foreground, until Ctrl-C
	@exec $(BIN)/mailtide-devkit up $(if $(MAILBOX),--mailbox "$(MAILBOX)") $(ARGS)

test: setup ## run every test that needs no Docker, on real Kafka and Postgres; ARGS="-k name" chooses, JOBS=1 goes one by one
	@$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder --durations=10 --durations-min=0.5 $(ARGS) \
		|| { code=$$?; [ $$code != 5 ] || echo 'no test matches, or there is no such path: $(BIN)/pytest --collect-only -q lists all tests' >&2; exit $$code; }

test-faults: setup ## kill, freeze and cut off everything, clusters included; REPEAT=10 runs these tests ten times
	@failed=0; for run in $$(seq $(REPEAT)); do \
		echo "run $$run of $(REPEAT)"; \
		MAILTIDE_CLUSTER=1 $(BIN)/pytest -m fault --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS) \
			|| failed=$$((failed + 1)); \
	done; echo "$$failed of $(REPEAT) runs failed"; [ $$failed = 0 ]

test-cluster: setup ## kill and freeze brokers of a cluster of three, under the whole stack
	@MAILTIDE_CLUSTER=1 $(BIN)/pytest --durations=10 --durations-min=1 tests/cluster $(ARGS)

test-containers: setup ## build every image, and test docker-compose.yml for real; starts a Docker engine if none answers
	@tests/containers/run.sh $(ARGS)

test-k8s: setup ## run deploy/k8s on a Kubernetes of one node, made for it and taken down; needs root, and minutes
	@tests/k8s/offline_node/run.sh $(ARGS)

lint: setup ## check style, formatting and the borders between packages
	@code=0; $(BIN)/ruff check || code=1; $(BIN)/ruff format --check || code=1; $(BIN)/lint-imports || code=1; exit $$code

types: setup ## check the types
	@$(BIN)/mypy $(wildcard libs services tools tests benchmarks)

fmt: setup ## format, and fix what can be fixed
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: setup ## write the pages that come from the code
	@$(BIN)/python -m mailtide_devkit.generate

bench: setup ## measure; results name machine, command and date
	@$(BIN)/python benchmarks/measuring/run.py $(ARGS)

lock: setup ## resolve the dependencies anew and pin them with hashes
	@$(BIN)/uv lock
	@$(BIN)/uv export --quiet --all-packages --all-extras --no-emit-workspace --no-header --no-annotate -o requirements-dev.txt
	@for name in ingress scheduler sync-worker persister notifier console devkit cli; do \
		case $$name in cli) package=mailtide ;; *) package=mailtide-$$name ;; esac; \
		$(BIN)/uv export --quiet --package $$package --no-dev --no-emit-workspace --no-header --no-annotate \
			-o deploy/docker/requirements/$$name.txt; \
	done
	@echo uv-build | $(UV_PIP) compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url -c requirements-dev.txt - -o deploy/docker/requirements/build.txt

release: ## set VERSION=x.y.z in every distribution and in overlay prod, and head the changelog with it
	@[[ "$(VERSION)" =~ ^[0-9]+\.[0-9]+\.[0-9]+$$ ]] || { echo "say which: make release VERSION=1.2.3" >&2; exit 1; }
	@sed -i 's/^version = ".*"/version = "$(VERSION)"/' pyproject.toml $(MEMBER_FILES)
	@sed -i 's/newTag: .*/newTag: $(VERSION)/' deploy/k8s/overlays/prod/kustomization.yaml
	@sed -i "s/^## Unreleased$$/## Unreleased\n\n## $(VERSION) - $$(date -u +%F)/; s/ No version has been released yet\.//" CHANGELOG.md
	@$(MAKE) --no-print-directory setup docs

clean: ## remove what can be made again, the environment included; .env stays
	@[ ! -e .mailtide/lock ] \
		|| $(PYTHON) -c 'import fcntl; fcntl.flock(open(".mailtide/lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null \
		|| { echo "a stack runs in this folder: end process $$(cat .mailtide/lock) first" >&2; exit 1; }
	@rm -rf $(VENV) .mailtide dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name .git -prune -o \( -name __pycache__ -o -name node_modules -o -name '*.egg-info' \) -prune -exec rm -rf {} +
	@echo "removed; programs that all checkouts share stay in $${XDG_CACHE_HOME:-~/.cache}/mailtide"
