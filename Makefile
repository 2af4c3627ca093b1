# `make run` publishes the samples, `make check` takes under a minute while you work, `make test` runs every test.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run check test coverage lint docs docs-site pictures fix dist bench-check bench-update clean

run: .venv/installed
	@$(BIN)/aggregate run --verbose

# The linter, the type checker and the tests that are fast and need no processes.
check: .venv/developed
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow and not e2e"

test: .venv/developed
	$(BIN)/pytest

# Every test with branch coverage, that of processes included: half as much processor time again, so CI runs `test`.
coverage: .venv/developed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: .venv/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cog --check README.md docs/*.md

docs: .venv/developed
	$(BIN)/cog -r README.md docs/*.md
	$(BIN)/python docs/json_schemas.py

# The documentation as a site of static pages, in site/. A link or heading that does not exist is an error.
docs-site: .venv/developed
	rm -rf site
	$(BIN)/sphinx-build -q -W --keep-going -j auto -c docs -b html -d build/docs-site . site

# The pictures of docs/pictures.md, taken of the sample edition in Chromium.
pictures: .venv/developed
	$(BIN)/python docs/make_pictures.py

fix: .venv/developed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The source distribution and the wheel of the last commit in dist/, the same bytes each time.
dist: .venv/developed
	$(BIN)/python release/build_release.py

# Counts the processor instructions of fixed jobs with valgrind: none may need 5 % more than benchmarks/instructions.json.
bench-check: .venv/developed
	$(BIN)/python benchmarks/instructions.py

# Puts the counts on record, after a change that is meant to make a job faster, or has to make it slower.
bench-update: .venv/developed
	$(BIN)/python benchmarks/instructions.py --update

clean:
	rm -rf .venv build dist site *.egg-info .coverage .coverage.*

# Installed anew only when what is installed changes, so that repeated calls start at once.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@$(BIN)/python -m compileall -q aggregator plugins # or each run compiles them, where Python may not write bytecode
	@touch $@

# Also what development needs: twice as many packages.
.venv/developed: .venv/installed
	$(PIP) --editable ".[dev,docs,postgresql]"
	@touch $@
