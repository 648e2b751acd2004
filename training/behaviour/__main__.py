"""Measure the models that are shipped: `python -m training.behaviour`."""

from __future__ import annotations

from pathlib import Path

import click

from stancekit import StancekitError, load_model
from training.behaviour import RESULT, measure_on_dev
from training.passages import DATA
from training.scoring import RESULTS, read_result, write_result
from training.train import ENCODER_WEIGHTS, RECIPES


@click.command()
@click.argument("models", nargs=-1, type=click.Choice(list(RECIPES)), metavar="[MODEL]...")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--changes", is_flag=True, help="Change passages for a slow model too.")
def main(models: tuple[str, ...], data_dir: Path, results: Path, changes: bool) -> None:
    """Change the dev passages in many ways and count the labels that move.

    Of the models named, or of all. With --changes one with a sentence encoder reads all changed
    passages as well, which takes it half an hour.
    """
    try:
        found = read_result(RESULT, results) if models else {}
        for name in models or RECIPES:
            found[name] = measure_on_dev(
                load_model(name), data_dir, is_quick=changes or name not in ENCODER_WEIGHTS
            )
        write_result(RESULT, {name: found[name] for name in RECIPES if name in found}, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
