"""What `predict -o FILE` does: a run in parts, which goes on where it was interrupted."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.hedging import hedge
from stancekit.cli.options import INCOMPLETE, Command
from stancekit.cli.progress import note, run_progress
from stancekit.cli.targets import check_target
from stancekit.errors import DataError, StancekitError

if TYPE_CHECKING:
    from stancekit.inputs import Reading
    from stancekit.joining import Totals
    from stancekit.parts import Parts
    from stancekit.runs import Done, Plan, Step
    from stancekit.stretches import Turn

__all__ = ["RunOptions", "plan_run", "report_lost", "report_totals", "run", "run_options"]

# Sentences about rows that cannot be read; the counts at the end have them all.
_MOST_NOTES = 20


@dataclass(frozen=True)
class RunOptions:
    """The options of a run.

    Attributes
    ----------
    force, resume : bool
    jobs : int
    scheduler : str or None; "local", or the address of a Dask scheduler
    shard : (I, N) or None
    rows_per_part : int
    """

    force: bool = False
    resume: bool = False
    jobs: int = 1
    scheduler: str | None = None
    shard: tuple[int, int] | None = None
    rows_per_part: int = 5000

    def check(self, *, is_run: bool) -> None:
        """Refuse options that contradict each other, and those of runs where there is none."""
        if not is_run and self != RunOptions(force=self.force):
            raise click.UsageError(
                "--resume, --jobs, --scheduler, --shard and --rows-per-part are for passages that "
                "are written with -o as .jsonl, .csv or .parquet"
            )
        if self.force and self.resume:
            raise click.UsageError("--force begins anew and --resume goes on; choose one of them")
        if self.force and self.shard:
            raise click.UsageError(
                "--force with --shard would remove what other shards have finished; remove the "
                "folder that ends in .parts first"
            )

    def may_replace(self, output: Path) -> bool:
        """Whether the output may be there: it is when a run was killed at its very end."""
        from stancekit.parts import parts_of

        return self.force or (self.goes_on and parts_of(output).exists())

    @property
    def goes_on(self) -> bool:
        """Whether parts that are there belong to this run."""
        return self.resume or self.shard is not None


def _read_shard(
    ctx: click.Context, option: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    if value is None:
        return None
    index, _, of = value.partition("/")
    if not (index.isdigit() and of.isdigit() and 1 <= int(index) <= int(of)):
        raise click.BadParameter(f"{value!r}; expected I/N with I from 1 to N, as in 3/10")
    return int(index), int(of)


def _check_jobs(ctx: click.Context, option: click.Parameter, value: int) -> int:
    if value < -1 or value == 0:
        raise click.BadParameter(f"{value}; expected 1 or more, or -1 for one a core")
    return value


def run_options(command: Command) -> Command:
    """The options of a run in parts."""
    options = [
        click.option("--force", is_flag=True, help="Replace the output if it is there."),
        click.option("--resume", is_flag=True, help="Go on where a run with -o was interrupted."),
        click.option(
            "--jobs",
            default=1,
            show_default=True,
            callback=_check_jobs,
            help="With -o: processes that label at once; -1 for one a core.",
        ),
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="With -o: label on a Dask cluster; 'local' starts one here of --jobs workers.",
        ),
        click.option(
            "--shard",
            metavar="I/N",
            callback=_read_shard,
            help="With -o: label the I-th of N shares, as one of N jobs; see stancekit merge.",
        ),
        click.option(
            "--rows-per-part",
            type=click.IntRange(1),
            default=5000,
            show_default=True,
            help="With -o: rows that are written, and after an interruption done again, together.",
        ),
    ]

    @wraps(command)
    def with_options(
        *,
        force: bool,
        resume: bool,
        jobs: int,
        scheduler: str | None,
        shard: tuple[int, int] | None,
        rows_per_part: int,
        **others: Any,
    ) -> None:
        settings = RunOptions(force, resume, jobs, scheduler, shard, rows_per_part)
        command(options=settings, **others)

    decorated: Command = with_options
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def plan_run(
    sources: Sequence[str],
    reading: Reading,
    model: str,
    form: str,
    kept: dict[str, Any],
    how: dict[str, float],
    options: RunOptions,
) -> Plan:
    """What is to be run, with a model that has been opened and columns that have been checked.

    ``how`` is what `Model.hedged` is to be given.
    """
    from stancekit.labelling import Task, open_model
    from stancekit.runs import Plan
    from stancekit.storage import find_model, model_digest
    from stancekit.writers import check_kept

    directory = find_model(model).resolve()
    task = Task(str(directory), model_digest(directory), form, kept, how)
    opened = hedge(open_model(task.directory, task.digest), how)
    check_target(opened, reading.target)
    check_kept(kept, labels=opened.labels, frames=opened.frame_names)
    return Plan(tuple(sources), reading, task, options.rows_per_part)


def run(plan: Plan, output: Path, options: RunOptions) -> None:
    """Label all shards into parts, join them, and say what came out."""
    from stancekit.joining import join_parts
    from stancekit.stretches import Turn

    turn = Turn() if options.shard is None else Turn(options.shard[0] - 1, options.shard[1])
    parts = _begin(plan, output, options)
    with _resumable(parts), parts.locked(turn):
        done = _label(plan, parts, turn, options)
        if options.shard is not None:
            note(
                f"finished {done.n_mine} part{'s' * (done.n_mine != 1)}; when all {turn.of} jobs "
                f"have: stancekit merge {shlex.quote(str(output))}"
            )
            return
        totals = join_parts(parts, done.end.numbers, output)
    parts.remove()
    report_totals(output, totals)


def report_totals(output: Path, totals: Totals) -> None:
    """Say what was written; exit with `INCOMPLETE` when some passages have no label."""
    counts = ", ".join(f"{count:,} {status}" for status, count in totals.statuses.items())
    note(f"wrote {output}: {totals.n_passages:,} passages" + (f" ({counts})" if counts else ""))
    if totals.n_repeated:
        rows = "row has an id" if totals.n_repeated == 1 else "rows have an id"
        note(f"{totals.n_repeated:,} {rows} that an earlier row has too; all were kept")
    if totals.n_unchecked:
        note(f"whether the ids of the last {totals.n_unchecked:,} rows are new was not looked at")
    report_lost(totals.lost, totals.n_passages)


def report_lost(lost: Mapping[str, int], n_passages: int) -> None:
    """Say what has no label, and exit with `INCOMPLETE`, where that is anything."""
    if not lost:
        return
    kinds = ", ".join(f"{count} {status}" for status, count in sorted(lost.items()))
    note(f"{sum(lost.values())} of {n_passages} passages could not be labelled: {kinds}")
    raise click.exceptions.Exit(INCOMPLETE)


def _begin(plan: Plan, output: Path, options: RunOptions) -> Parts:
    from stancekit.parts import Parts, parts_of

    folder = parts_of(output)
    if options.force and folder.exists():
        Parts.open_any(folder).remove()
    return Parts.begin(folder, plan.facts(), resume=options.goes_on)


def _label(plan: Plan, parts: Parts, turn: Turn, options: RunOptions) -> Done:
    from stancekit.runs import label_to_parts

    n_notes = 0
    with _backend(plan, options) as backend, run_progress(plan.n_bytes_of(turn)) as show:

        def tell(step: Step) -> None:
            nonlocal n_notes
            for sentence in step.notes[: max(0, _MOST_NOTES - n_notes)]:
                note(sentence)
            n_notes += len(step.notes)
            show(step)

        return label_to_parts(plan, parts, turn, tell, jobs=options.jobs, backend=backend)


@contextmanager
def _backend(plan: Plan, options: RunOptions) -> Iterator[Any]:
    """What joblib hands the work to."""
    if options.scheduler is None:
        yield "loky"
        return
    from stancekit.cluster import open_cluster

    with open_cluster(options.scheduler, options.jobs, plan.task) as backend:
        yield backend


@contextmanager
def _resumable(parts: Parts) -> Iterator[None]:
    """Leave finished parts when the work breaks off, and say how to go on."""
    try:
        with _terminable():
            yield
    except (StancekitError, KeyboardInterrupt) as error:
        _say_how_to_go_on(parts)
        if isinstance(error, KeyboardInterrupt):
            raise click.ClickException("interrupted") from None
        raise


def _say_how_to_go_on(parts: Parts) -> None:
    if parts.n_finished:
        note(f"{parts.n_finished} finished parts are in {parts.folder}; go on with: {_again()}")
        return
    with suppress(DataError):  # while another run is writing there
        parts.remove()


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM, as schedulers of clusters send it, break off like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _again() -> str:
    """The command that goes on with this run."""
    given = click.get_current_context().find_root().meta["stancekit.arguments"]
    arguments = [one for one in given if one != "--force"]
    return shlex.join(["stancekit", *arguments, *(["--resume"] * ("--resume" not in arguments))])
