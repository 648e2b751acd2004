"""What commands that score have found: tables for a person, Markdown for a paper, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.progress import note

if TYPE_CHECKING:
    from stancekit.cli.labelled import LabelledPassages
    from stancekit.cli.scoreboard import Part

__all__ = ["Findings", "note_left_out", "output_format"]


class Findings:
    """Results in the order in which they are shown."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._parts: list[Part] = []

    def add(self, key: str, found: Any, parts: Iterable[Part]) -> None:
        """A result by its key in JSON and as tables."""
        self._found[key] = found
        self._parts.extend(parts)

    def print(self, form: str) -> None:
        """Print all as `output_format` says."""
        if form == "json":
            click.echo(json.dumps(self._found))
            return
        from stancekit.cli.showing import markdown, show
        from stancekit.cli.terminal import make_console

        if form == "markdown":
            click.echo(markdown(self._parts))
        else:
            show(make_console(), self._parts)


def output_format(form: str | None) -> str:
    """The format asked for, or the one that whoever reads standard output can use."""
    return form or ("table" if sys.stdout.isatty() else "json")


def note_left_out(rows: LabelledPassages) -> bool:
    """Tell of rows that had no text, and whether there were any."""
    total = len(rows.texts) + rows.n_left_out
    if rows.n_left_out:
        note(f"left out {rows.n_left_out} of {total} rows, which have no text")
    return rows.n_left_out > 0
