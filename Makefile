# Braggscope from a source checkout. `make help` lists the commands.

PYTHON ?= python3
VENV ?= .venv
EXAMPLE := resources/examples/lysozyme.toml
OUTPUT := run-output
# One process of pytest for each processor.
PYTEST_FLAGS ?= -n logical

BIN := $(VENV)/bin
# What an installation depends on; a change of one of these installs again.
INPUTS := pyproject.toml packaging/constraints.txt packaging/build_hook.py \
	packaging/setup_environment.sh app/braggscope/__init__.py \
	$(wildcard engines/braggscope_external/reference/*.[ch])

# A virtual environment does not survive a move of its folder, and what was compiled may be cleaned away
# without it: then installing starts again.
ifneq ($(shell cat $(VENV)/location 2>/dev/null),$(abspath $(VENV)))
AGAIN := again
endif
ifeq ($(wildcard engines/braggscope_external/bin/*),)
AGAIN := again
endif

.PHONY: help run test lint check bench package clean again
.DEFAULT_GOAL := help

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' Makefile

run: $(VENV)/run.stamp  ## open the window on the example; without a display, compare headless
	@if [ "$$(uname -s)" = Linux ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		echo "There is no display: running the example's comparison without a window."; \
		mkdir -p $(OUTPUT) && $(BIN)/braggscope compare $(EXAMPLE) -o $(OUTPUT) && \
		echo "Pictures and summary: $(abspath $(OUTPUT))"; \
	else \
		sh packaging/system_packages.sh window $(BIN)/python && \
		$(BIN)/braggscope window $(EXAMPLE); \
	fi

test: $(VENV)/dev.stamp  ## check style, types and imports, then run all tests
	@sh packaging/system_packages.sh test $(BIN)/python
	@$(MAKE) --no-print-directory check
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(VENV)/dev.stamp  ## check style, types and import rules only
	@$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp  ## measure start-up, run times, their scaling, and the two simulators' agreement
	@sh packaging/system_packages.sh test $(BIN)/python
	$(BIN)/python -m tests.engines.random_agreement 200
	$(BIN)/python packaging/bench.py
	$(BIN)/python packaging/bench_view.py
	$(BIN)/python packaging/bench_trace.py
	@mkdir -p $(OUTPUT)
	$(BIN)/braggscope bench -o $(OUTPUT)/bench.json --plot $(OUTPUT)/bench.svg
	$(BIN)/braggscope bench --scaling -o $(OUTPUT)/scaling.json --plot $(OUTPUT)/bench.svg
	$(BIN)/braggscope bench --full-frame -o $(OUTPUT)/full-frame.json

package:  ## build sdist, wheel and the app in one folder, into dist/
	@PYTHON="$(PYTHON)" sh packaging/package.sh

clean:  ## remove what these commands made
	rm -rf $(VENV) build dist $(OUTPUT) .pytest_cache .ruff_cache .mypy_cache \
		.import_linter_cache .hypothesis engines/braggscope_external/bin
	find app engines plugins tests packaging resources -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/run.stamp: $(INPUTS) $(AGAIN)
	@PYTHON="$(PYTHON)" sh packaging/setup_environment.sh '$(abspath $(VENV))' .
	@touch $@

$(VENV)/dev.stamp: $(INPUTS) $(AGAIN)
	@PYTHON="$(PYTHON)" sh packaging/setup_environment.sh '$(abspath $(VENV))' '.[dev]'
	@touch $@ $(VENV)/run.stamp
