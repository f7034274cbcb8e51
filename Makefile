# `make demo`, `make test`, `make chaos`, `make fuzz`, `make bench`, `make lint`, `make test-oldest`: each sets up its environment in this
# folder by itself.
# PYTHON= names the interpreter to make it with, such as ComfyUI's own, which is not changed: everything goes into .venv.

PYTHON ?= python3
export PYTHONNOUSERSITE := 1

run := .venv/bin/python
oldest := .venv-oldest/bin/python
# Twice quiet: errors only.
install := -m pip install -qq --disable-pip-version-check

.PHONY: demo test chaos fuzz bench lint test-oldest other-python
.DELETE_ON_ERROR:

demo: .venv/run.stamp
	@$(run) -m tests.demo

test: .venv/dev.stamp
	@failed=0; \
	$(run) -m pytest tests --ignore=tests/comfyui -m "not alone" -n 2 --dist loadfile || failed=1; \
	$(run) -m pytest tests --ignore=tests/comfyui -m alone || failed=1; \
	$(run) -m pytest tests/comfyui || failed=1; \
	exit $$failed

# SEED= replays a run, JOBS= and KILLS= size it. Some minutes at full size.
chaos: .venv/dev.stamp
	@$(run) -m tests.chaos $(SEED:%=--seed %) $(JOBS:%=--jobs %) $(KILLS:%=--kills %)

# SEED= replays a run, FILES= sizes it. Some minutes at full size. What it finds is kept in build/fuzz.
fuzz: .venv/dev.stamp
	@$(run) -m tests.fuzz $(SEED:%=--seed %) $(FILES:%=--files %)

# Beside the newest ComfyUI of COMFYUI_PATH or ~/.cache/comfyui, on a machine that does nothing else. Some minutes.
bench: .venv/run.stamp
	@$(run) -m benchmarks

lint: .venv/dev.stamp
	@$(run) -m ruff check .
	@$(run) -m ruff format --check .
	@$(run) -m mypy

test-oldest: .venv-oldest/stamp
	@$(oldest) -m pytest tests/media

# A PYTHON that was asked for, by the command line or the environment, and is not the one that made .venv.
ifneq ($(origin PYTHON),file)
ifneq ($(shell cat .venv/made-with 2>/dev/null),$(PYTHON))
.venv/pyvenv.cfg: other-python
endif
endif

define make-venv
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "Python 3.10 or newer is needed: make PYTHON=...")'
	@echo "Making $(@D) with $(PYTHON)." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@echo "$(PYTHON)" >$(@D)/made-with
endef

.venv/pyvenv.cfg:
	$(make-venv)

.venv-oldest/pyvenv.cfg:
	$(make-venv)

.venv/run.stamp: requirements-run.txt requirements.txt .venv/pyvenv.cfg
	@echo "Installing $< into .venv: once, and some minutes if torch must be downloaded." >&2
	@$(run) $(install) -r $<
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	@echo "Installing $< into .venv: once." >&2
	@$(run) $(install) -r $<
	@touch $@

.venv-oldest/stamp: requirements-oldest.txt .venv-oldest/pyvenv.cfg
	@echo "Installing $< into .venv-oldest: once." >&2
	@$(oldest) $(install) -r $<
	@touch $@
