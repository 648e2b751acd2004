"""What stderr shows while a command works: bars on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from stancekit.analysis import Analysis

__all__ = ["counted", "note", "stages"]


def note(sentence: str) -> None:
    """Print a line to stderr."""
    click.echo(f"stancekit: {sentence}", err=True)


def counted(analyses: Iterable[Analysis]) -> Iterator[Analysis]:
    """Pass analyses on, with a count of their passages on a terminal."""
    if not sys.stderr.isatty():
        yield from analyses
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from stancekit.cli.terminal import make_console

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} passages"), TimeElapsedColumn())
    with Progress(*columns, console=make_console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        for analysis in analyses:
            yield analysis
            progress.advance(task, len(analysis.passages))


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """A function of (stage, done, total) that shows how far each stage is."""
    from rich.progress import Progress

    from stancekit.cli.terminal import make_console

    console = make_console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
                if not console.is_terminal:
                    note(stage)
            progress.update(tasks[stage], completed=done, total=total)

        yield tell
