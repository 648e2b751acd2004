# `make check` is all that CI runs, in the environment at hand.
.PHONY: check format lint types test models

check: format lint types test

format:
	ruff format --check .

lint:
	ruff check .

types:
	mypy

test:
	pytest

# Train the shipped models anew; needs the real passages (training/README.md).
models:
	python -m training.train troops-en
	python -m training.train troops-en-open
	python -m training.tables
