# Needs make and Python 3.11 or newer; all else is set up under .venv, once.
# A Python of your choice: make run PYTHON=/usr/bin/python3.12. More for a command: make run ARGS="…".

.PHONY: help run test bench answers crash flood fuzz desk-fuzz duplicates power chaos soak grounding fmt lint lock clean browser tools
.DELETE_ON_ERROR:

BIN := .venv/bin
# Three at once, also on two cores: most of the time a story waits for a process to start, to die or to be missed.
AT_ONCE := --numprocesses 3 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
COMPILE := .venv/tools/bin/uv --quiet pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header

new_enough := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(new_enough)' 2>/dev/null && echo $$python && break; done)

# A .venv whose Python has gone (moved, upgraded) counts as not there.
$(shell test ! -d .venv || $(BIN)/python -c '' 2>/dev/null || rm -f .venv/.made .venv/.ready .venv/.dev-ready)

help:
	@echo "make run     start the bot (or, with no platform set up, the sandbox)"
	@echo "make test    every check and every test"
	@echo "make bench   the benchmarks"
	@echo "make answers how good the answers are, beside other search engines"
	@echo "make crash   end the process at random points, again and again; count what was lost"
	@echo "make flood   five times what the bot can do, for minutes; what became of it, and how it is afterwards"
	@echo "make fuzz    signed nonsense by the million; what was understood, kept or set aside"
	@echo "make desk-fuzz  ten thousand histories at the desk; what got out of it, and what went astray"
	@echo "make duplicates  everything told many times, in any company, over restarts; what happened twice"
	@echo "make power   cut the power at random points, again and again; count what the disk forgot"
	@echo "make chaos   two hours of all that platforms do, on a virtual clock"
	@echo "make soak    memory, descriptors, tasks and the log under load for minutes"
	@echo "make grounding  a language model that lies ten thousand times; what of it reaches a customer"
	@echo "make fmt     put the code into its form"
	@echo "make lint    what reads the code: ruff and mypy"
	@echo "make lock    lock the dependencies again (UPGRADE=--upgrade for the newest)"
	@echo "make clean   remove what make has made; never your data"

run: .venv/.ready
	@exec $(BIN)/python -m bot run $(ARGS)

test: lint browser tools
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(AT_ONCE))

lint: .venv/.dev-ready
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

fmt: .venv/.dev-ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev-ready
	@exec $(BIN)/python -m benchmarks $(ARGS)

answers: .venv/.dev-ready
	@exec $(BIN)/python -m benchmarks.answers $(ARGS)

crash: .venv/.dev-ready tools
	@exec $(BIN)/python -m tests.crash $(ARGS)

flood: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.flood $(ARGS)

fuzz: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.fuzz $(ARGS)

desk-fuzz: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.desk_fuzz $(ARGS)

duplicates: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.duplicates $(ARGS)

power: .venv/.dev-ready tools
	@exec $(BIN)/python -m tests.proofs.power $(ARGS)

chaos: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.chaos $(ARGS)

soak: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.soak $(ARGS)

grounding: .venv/.dev-ready
	@exec $(BIN)/python -m tests.proofs.grounding $(ARGS)

# The browser tests need Chromium; without it they are skipped, and say so.
browser:
	@command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing chromium for the browser tests …" && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium >/dev/null; \
	} || echo "There is no chromium here: the browser tests will be skipped."

# What some of the proofs watch the bot with; without one of these they leave that part out, and say so.
tools:
	@(for tool in strace cc mkfs.xfs; do command -v $$tool >/dev/null || exit 1; done) || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing strace, gcc and xfsprogs for the proofs …" && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends \
	    strace gcc libc6-dev xfsprogs >/dev/null; \
	} || echo "Not all of strace, cc and mkfs.xfs are here: what needs them is left out."

lock: .venv/.made
	@test -x .venv/tools/bin/uv || $(PIP) install --target .venv/tools uv
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --extra postgres --constraints requirements.lock --output-file requirements-postgres.lock
	$(COMPILE) $(UPGRADE) --group dev --extra postgres --constraints requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@"$(PYTHON)" -c '$(new_enough)' 2>/dev/null || { \
	  echo "Svar needs Python 3.11 or newer, and $(if $(PYTHON),$(PYTHON) is not,there is none here)." \
	    "Install it, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv
	@touch $@

.venv/.ready: requirements.lock | .venv/.made
	@echo "Setting up .venv; this happens once and takes about a minute …"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

.venv/.dev-ready: requirements-dev.lock | .venv/.made
	@echo "Setting up .venv for development; this happens once and takes a minute or two …"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
