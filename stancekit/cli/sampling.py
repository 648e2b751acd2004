"""`stancekit sample`: predictions in, a sheet of passages to label by hand out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from stancekit.cli.options import encoding_option
from stancekit.cli.progress import note

__all__ = ["sample"]


@click.command()
@click.argument("predictions")
@click.option(
    "-n", "size", type=click.IntRange(1), default=200, show_default=True, help="Passages to draw."
)
@click.option(
    "--strategy",
    type=click.Choice(["random", "stratified", "disagree"]),
    help="What they are drawn among.  [default: random; stratified with --by]",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COL",
    help="Stratified by this column in place of the stance. May be several.",
)
@click.option(
    "--against", metavar="TABLE", help="Disagree: what another model predicted for the same rows."
)
@click.option(
    "--id",
    "ids",
    multiple=True,
    metavar="COL",
    help="What names a passage.  [default: id, or article and passage]",
)
@click.option("--frames", is_flag=True, help="An empty column for frames, too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this CSV file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--seed", default=0, show_default=True, help="Same number, same passages.")
@encoding_option
def sample(
    predictions: str,
    size: int,
    strategy: str | None,
    by: tuple[str, ...],
    against: str | None,
    ids: tuple[str, ...],
    frames: bool,
    output: Path | None,
    force: bool,
    seed: int,
    encoding: str,
) -> None:
    """Draw passages to label by hand.

    PREDICTIONS is a table that `stancekit predict` wrote. What comes out is a CSV sheet in an order
    by chance: what names a passage, its text, an empty column label to fill, and probability, with
    which it was drawn. What the model said is left out, so that it leads nobody.

    \b
    stancekit sample labels.jsonl -n 200 -o sheet.csv
    stancekit sample labels.jsonl -n 300 --strategy stratified -o sheet.csv
    stancekit sample labels.csv --by outlet -o sheet.csv
    stancekit sample labels.csv --strategy disagree --against other.csv
    stancekit measure labels.jsonl --group article --gold sheet.csv

    \b
    random      each passage with the same chance: the plain choice.
    stratified  as many of each predicted stance, or of each value of --by: a
                rare stance needs passages, too.
    disagree    half of them where two models differ, which says most about
                which one is right.

    `measure` reads the probabilities, so that no strategy distorts the shares. Label all rows of
    the sheet: rows left empty are left out, and if they are the hard ones, shares go wrong.
    """
    from stancekit.candidates import PROBABILITY, read_candidates
    from stancekit.sampling import draw_sample
    from stancekit.writers import check_output, write_rows

    strategy = _check(strategy, by, against)
    if output is not None:
        if output.suffix.lower() != ".csv":
            raise click.UsageError(f"a sheet is CSV; end {output.name!r} in .csv")
        check_output(output, force=force)
    found = read_candidates(predictions, ids=ids, by=by, against=against, encoding=encoding)
    drawn = draw_sample(size, found.strata(strategy), random_state=seed)
    empty = ["label", *(["frames"] if frames else [])]
    columns = {
        **dict.fromkeys((*found.ids, "text", *empty), str),
        PROBABILITY: float,
    }
    with _opened(output, force) as file:
        write_rows(found.sheet(drawn, empty), file, "csv", columns)
    if output is not None:
        step = _next_step(predictions, output, found.ids)
        note(f"wrote {output}; fill its column 'label', then {step}")


def _check(strategy: str | None, by: tuple[str, ...], against: str | None) -> str:
    """The strategy, where the options fit it."""
    strategy = strategy or ("stratified" if by else "random")
    if by and strategy != "stratified":
        raise click.UsageError(f"--by is for --strategy stratified, not {strategy}; leave it out")
    if (strategy == "disagree") != (against is not None):
        raise click.UsageError(
            "--strategy disagree and --against TABLE go together; give both or neither"
        )
    return strategy


@contextmanager
def _opened(output: Path | None, force: bool) -> Iterator[BinaryIO]:
    from stancekit.writers import open_output

    if output is None:
        yield sys.stdout.buffer
        return
    with open_output(output, force=force) as file:
        yield file


def _next_step(predictions: str, output: Path, ids: Sequence[str]) -> str:
    """The command that reads the sheet."""
    names = [] if tuple(ids) == ("id",) else [part for one in ids for part in ("--id", one)]
    names += ["--group", "article"] if "article" in ids else []
    return f"`{shlex.join(['stancekit', 'measure', predictions, '--gold', str(output), *names])}`"
