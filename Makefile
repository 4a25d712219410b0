# Two commands do everything: `make run` and `make test`.
# TORCH      PyTorch build to install, any pip requirement (default: the pin in requirements.txt)
# PIP_ARGS   more options for pip, such as an index of CPU-only PyTorch builds
# TEST_PROCESSES   how many files of tests run side by side; much of their time is waiting
# PORT, HOME_DIR   where the dashboard listens and keeps its data
PYTHON ?= python3
PORT ?= 8000
HOME_DIR ?= $(CURDIR)/home
OUT ?= demo
TEST_PROCESSES ?= 3
TORCH ?=
PIP_ARGS ?=
VENV := .venv/bin
SETUP = $(PYTHON) scripts/setup.py --torch "$(TORCH)" --pip-args "$(PIP_ARGS)"

.PHONY: run setup setup-dev test test-slow check demo bench

run: setup
	@exec $(VENV)/python manage.py up --port $(PORT) --home "$(HOME_DIR)"

setup:
	@$(SETUP)

setup-dev:
	@$(SETUP) --dev

test: setup-dev
	$(VENV)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

test-slow: setup-dev
	$(VENV)/python -m pytest -m slow

check: setup-dev
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy training webapp manage.py scripts
	$(VENV)/python -m pytest -q tests/architecture -k "templates or sizes or walls"
	$(VENV)/python manage.py makemigrations --check --dry-run

demo: setup
	@exec $(VENV)/python -m training demo --out "$(OUT)"

bench: setup
	@OMP_NUM_THREADS=1 $(VENV)/python -m benchmarks
