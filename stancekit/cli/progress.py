"""What stderr shows while a command works: bars on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from stancekit.analysis import Analysis
    from stancekit.runs import Step

__all__ = ["counted", "note", "run_progress", "stages"]

# Seconds between two lines of a log.
_LOG_SECONDS = 30


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


@contextmanager
def run_progress(n_bytes: int) -> Iterator[Callable[[Step], None]]:
    """A function of a `Step` that shows how far a run is, of ``n_bytes`` of inputs.

    A bar with passages a second and the time left on a terminal; a line now and then elsewhere.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from stancekit.cli.terminal import make_console

    console = make_console(stderr=True)
    pace = _Pace(n_bytes)
    columns = (
        *(TextColumn("{task.fields[passages]}"), BarColumn(), TextColumn("{task.fields[speed]}")),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=n_bytes or None, passages="", speed="")

        def tell(step: Step) -> None:
            pace.add(step)
            if console.is_terminal:
                passages, speed = f"{pace.n_passages:,} passages", pace.speed
                progress.update(task, completed=pace.position, passages=passages, speed=speed)
            else:
                pace.log()

        yield tell


class _Pace:
    """How far a run is and how fast it goes."""

    def __init__(self, n_bytes: int) -> None:
        self._n_bytes = n_bytes
        self._begin = self._logged = time.monotonic()
        self._n_new = 0
        self._found_position = 0
        self.n_passages = self.position = 0

    def add(self, step: Step) -> None:
        self.n_passages += step.n_passages
        self.position = max(self.position, step.position)
        if step.is_new:
            self._n_new += step.n_passages
        else:
            self._found_position = max(self._found_position, step.position)

    @property
    def speed(self) -> str:
        seconds = max(1e-3, time.monotonic() - self._begin)
        return f"{self._n_new / seconds:,.0f} passages/s"

    def log(self) -> None:
        now = time.monotonic()
        if now - self._logged < _LOG_SECONDS:
            return
        self._logged = now
        share = f", {self.position / self._n_bytes:.0%} of the input" if self._n_bytes else ""
        note(f"{self.n_passages:,} passages{share}, {self.speed}{self._left(now)}")

    def _left(self, now: float) -> str:
        read = self.position - self._found_position
        if not self._n_bytes or not read:
            return ""
        seconds = (now - self._begin) * (self._n_bytes - self.position) / read
        return f", about {max(1, round(seconds / 60))} min left"
