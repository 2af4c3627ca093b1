# The two commands a newcomer needs: `make run` and `make test`. Everything else is what CI calls.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint docs fix wheel clean

run: .venv/installed
	@$(BIN)/aggregate run

test: .venv/installed
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cog --check README.md docs/*.md

docs: .venv/installed
	$(BIN)/cog -r README.md docs/*.md

fix: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist *.egg-info

# Installed anew only when what is installed changes, so that repeated calls start at once.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@
