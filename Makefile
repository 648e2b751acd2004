# `make check` is all that CI runs, in the environment at hand.
.PHONY: check format lint types test docs models

check: format lint types test

format:
	ruff format --check .

lint:
	ruff check .

types:
	mypy

test:
	pytest

# The documentation as pages in docs/_build; needs the extra `docs`.
docs:
	sphinx-build --fail-on-warning --keep-going --quiet --builder html docs docs/_build

# Train the shipped models anew; needs the real passages (training/README.md).
models:
	python -m training.train troops-en
	python -m training.train troops-en-open
	python -m training.train troops-en-accurate --cache data/vectors
	python -m training.cascade --cache data/vectors
	python -m training.balance
	python -m training.train troops-en --card
	python -m training.tables
