"""Options by which `stancekit predict` says less where the model is unsure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stancekit.cli.options import Command
from stancekit.cli.progress import note

if TYPE_CHECKING:
    from stancekit.model import Model

__all__ = ["asked_for", "hedge", "hedge_options"]

_SHARE = click.FloatRange(0, 1)


def hedge_options(command: Command) -> Command:
    """The options that `asked_for` takes."""
    options = [
        click.option(
            "--min-confidence",
            type=_SHARE,
            metavar="P",
            help="Give no label of less probability: status 'abstained'.",
        ),
        click.option(
            "--target-error",
            type=_SHARE,
            metavar="E",
            help="The same, where no more than this share was wrong on held-out passages.",
        ),
        click.option(
            "--coverage",
            type=click.FloatRange(0.01, 0.99),
            metavar="C",
            help="Give a set of labels too, which holds the right one with this share.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def asked_for(
    min_confidence: float | None, target_error: float | None, coverage: float | None
) -> dict[str, float]:
    """What `Model.hedged` is to be given, which is nothing where nothing was asked for."""
    if min_confidence is not None and target_error is not None:
        raise click.UsageError("--min-confidence and --target-error both set a threshold; give one")
    named = {
        "min_confidence": min_confidence,
        "target_error": target_error,
        "coverage": coverage,
    }
    return {name: value for name, value in named.items() if value is not None}


def hedge(model: Model, how: dict[str, float]) -> Model:
    """The model as `Model.hedged` makes it, where anything of it is asked for."""
    if not how:
        return model
    hedged = model.hedged(**how)
    for domain, lowest in hedged.hedge.silent.items() if hedged.hedge else ():
        note(
            f"no threshold has an error of {how['target_error']:g} or less on {domain} (the lowest "
            f"is {lowest:.3f}): what reads like {domain} gets no label"
        )
    return hedged
