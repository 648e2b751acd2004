"""Measure the models that are shipped: `python -m training.behaviour`."""

from __future__ import annotations

from pathlib import Path

import click

from stancekit import StancekitError, load_model
from training.behaviour import RESULT, measure_on_dev
from training.passages import DATA
from training.scoring import RESULTS, write_result
from training.train import RECIPES


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Change the dev passages in many ways and count the labels that move."""
    try:
        found = {name: measure_on_dev(load_model(name), data_dir) for name in RECIPES}
        write_result(RESULT, found, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
