"""What the commands say of targets: which ones a model knows, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from stancekit.cli.progress import note

if TYPE_CHECKING:
    from stancekit.model import Model

__all__ = ["check_target", "note_targets"]

# Names in a note; the card has them all.
_SHOWN = 6
_OTHERS = "are read by what all targets have in common"


def check_target(model: Model, column: str | None) -> None:
    """Refuse --target for a model without targets, and say what a model with them does.

    Raises
    ------
    click.UsageError
    """
    known = model.stance_reading.targets_
    if known is None and column is not None:
        raise click.UsageError(
            f"{model.name} was trained without targets; leave out --target, or train a model with "
            "`stancekit train --target`"
        )
    if known is not None and column is None:
        note(
            f"{model.name} was trained with targets and is told none: passages {_OTHERS}; name "
            "their column with --target"
        )
    elif known is not None:
        note(f"{_own(known)}; others, and rows without one, {_OTHERS}")


def note_targets(model: Model, targets: Sequence[str | None]) -> None:
    """Say which targets a training set has, and which of them got a calibration of their own."""
    from stancekit.targets import spelt_alike

    names = sorted({name.strip() for name in targets if name} - {""})
    known = model.stance_reading.targets_ or []
    others = len(names) - len(known)
    note(f"{len(names)} targets. {_own(known)}" + (f"; {others} others {_OTHERS}" * bool(others)))
    for group in spelt_alike(names)[:_SHOWN]:
        told = " and ".join(map(repr, group))
        note(f"targets {told} are spelt alike and taken for {len(group)} different ones")


def _own(names: Sequence[str]) -> str:
    if not names:
        return "No target has enough passages for a calibration of its own"
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"Own calibration: {shown}{more}"
