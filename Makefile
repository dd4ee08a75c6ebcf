# What a person runs. Each target does its own set-up, once: what is up to date
# is skipped. `make help` lists the targets.

PYTHON ?= python3
NOTEBOOK := examples/quickstart.ipynb
STAMPS := build/stamps
EXTENSION_SOURCES := $(shell find labextension -type f -not -path '*/node_modules/*' \
	-not -path '*/lib/*' -not -path '*/test/*' -not -name '*.tsbuildinfo' -not -name '.*cache')

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo lab examples pictures test lint docs build release-check bench bench-check bench-hosts check-service check-dask check-ray check-ranks check-prometheus records matrix lowest first collaboration places hub clean

# The environment's own programs come first, Node among them where the machine has none.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
MAKEFLAGS += --no-print-directory

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: export JUPYTER_GREEN_LEDGER := $(CURDIR)/build/demo/ledger
demo: $(STAMPS)/lab $(STAMPS)/extension ## run the example notebook, every cell metered, print the joules and state them
	@rm -rf build/demo/ledger
	@jupyter green execute $(NOTEBOOK) --output-dir build/demo
	@echo && jupyter green statement --all

lab: $(STAMPS)/lab $(STAMPS)/extension ## open a copy of the example notebook in JupyterLab
	@scripts/lab.sh $(NOTEBOOK) build/lab

examples: $(STAMPS)/torch $(STAMPS)/extension ## run the example notebooks and keep their outputs: about 15 minutes
	@python scripts/examples.py
	@python -m scripts.pictures $$(cd docs/images && ls example-*.png)

pictures: $(STAMPS)/torch $(STAMPS)/extension ## make all pictures of the documentation anew: about 10 minutes
	@scripts/chromium.sh
	@python -m scripts.pictures

test: .venv/pyvenv.cfg ## run every check and every test, the browser's included
	@scripts/node.sh
	@scripts/beside.sh 'make $(STAMPS)/dev' 'make $(STAMPS)/node_modules' scripts/chromium.sh
	@scripts/beside.sh 'make $(STAMPS)/torch' 'make $(STAMPS)/extension' scripts/compiled_tests.sh
	@python scripts/test.py

lint: $(STAMPS)/dev $(STAMPS)/node_modules ## check style and types, Python and TypeScript
	@scripts/lint.sh

docs: $(STAMPS)/dev $(STAMPS)/node_modules ## build the documentation's site into build/site/
	@python -m scripts.reference
	@scripts/docs.sh
	@echo 'Read it: python -m http.server --directory build/site'

build: $(STAMPS)/dev $(STAMPS)/extension ## build the sdist and the wheel into dist/
	@python -m build --outdir dist

release-check: $(STAMPS)/dev ## build twice, look into it, install it everywhere, and follow the site there: about half an hour
	@scripts/chromium.sh
	@python -m scripts.release
	@scripts/first_figure.sh build/release/dist/*.whl

bench: $(STAMPS)/bench $(STAMPS)/extension ## measure beside CodeCarbon, Zeus and others, on the same stand-ins
	@python -m benchmarks --out build/benchmarks.md

bench-check: $(STAMPS)/dev $(STAMPS)/extension ## see within three minutes if a promised figure is lost
	@scripts/chromium.sh
	@python -m benchmarks.check

check-service: $(STAMPS)/dev ## send a host's service nonsense for ten minutes, while others measure
	@python -m benchmarks.service_fuzz

bench-hosts: $(STAMPS)/dev $(STAMPS)/extension ## what a host's service, a cluster and many hosts cost: some four minutes
	@python -m benchmarks.service
	@python -m benchmarks.cluster
	@python -m benchmarks.many_hosts

records: $(STAMPS)/dev ## read 250 000 mutated reports, and use those that are accepted
	@python -m benchmarks.records

matrix: $(STAMPS)/dev $(STAMPS)/extension ## run the kernel's tests on many versions of ipykernel, IPython and Python
	@python -m tests.kernel.matrix

lowest: $(STAMPS)/dev $(STAMPS)/extension ## try the panel in the lowest JupyterLab that is supported
	@scripts/chromium.sh
	@scripts/lowest.sh

first: $(STAMPS)/dev $(STAMPS)/extension ## install as a new user does, meter a cell by the leaf, and print the seconds
	@scripts/chromium.sh
	@scripts/first_figure.sh

collaboration: $(STAMPS)/dev $(STAMPS)/extension ## try the panel in notebooks that several people have open
	@scripts/chromium.sh
	@scripts/collaboration.sh

places: $(STAMPS)/dev $(STAMPS)/extension ## try consoles, voila, marimo and other places that show notebooks
	@scripts/chromium.sh
	@scripts/places.sh

hub: $(STAMPS)/dev $(STAMPS)/extension ## meter two users of a JupyterHub by the host's service: needs root
	@scripts/hub.sh

check-dask: $(STAMPS)/dev ## meter a real Dask cluster on stand-in hosts, and break what can break: three minutes
	@pip install --quiet cryptography  # for a cluster with certificates
	@python -m pytest -q -s tests/cluster/check_dask.py tests/cluster/check_dask_tasks.py

check-ranks: $(STAMPS)/torch ## try ranks of a job on a real Slurm of two nodes, Open MPI, MPICH and torchrun
	@scripts/ranks.sh

check-ray: $(STAMPS)/dev ## meter a real Ray cluster of four nodes on stand-in hosts: two minutes
	@scripts/check_ray.sh

check-prometheus: $(STAMPS)/dev ## let the real Prometheus read a host's page, and read the real node_exporter
	@scripts/prometheus.sh

clean: ## take away all that was made, the environment included
	rm -rf .venv build dist .hypothesis labextension/lib labextension/node_modules labextension/*.tsbuildinfo \
		jupyter_green/labextension jupyter_green/notebook/static/live.js

.venv/pyvenv.cfg:
	@scripts/venv.sh "$(PYTHON)"

$(STAMPS)/lab: pyproject.toml .venv/pyvenv.cfg
	@scripts/install.sh lab
	@mkdir -p $(STAMPS) && touch $@

# It holds what lab holds, and more.
$(STAMPS)/dev: pyproject.toml .venv/pyvenv.cfg
	@scripts/install.sh dev
	@mkdir -p $(STAMPS) && touch $(STAMPS)/lab $@

$(STAMPS)/torch: scripts/torch_cpu.sh $(STAMPS)/dev
	@scripts/torch_cpu.sh
	@touch $@

$(STAMPS)/bench: $(STAMPS)/dev
	@scripts/install.sh dev,bench
	@touch $@

$(STAMPS)/node_modules: labextension/package-lock.json | .venv/pyvenv.cfg
	@scripts/node.sh
	@npm ci --prefix labextension --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/extension: $(EXTENSION_SOURCES) $(STAMPS)/node_modules $(STAMPS)/lab
	@npm run --silent --prefix labextension build:prod
	@scripts/link.sh
	@touch $@
