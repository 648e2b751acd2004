"""`stancekit measure`: predictions in, shares of the stances with intervals out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.options import (
    FORMATS,
    INCOMPLETE,
    encoding_option,
    form_option,
    plot_option,
)
from stancekit.cli.progress import note
from stancekit.errors import DataError

if TYPE_CHECKING:
    from stancekit.corpus_table import MeasuredPassages
    from stancekit.prevalence import Share

__all__ = ["measure", "output_format"]


# With fewer labelled passages behind a corrected share, its interval is not to be trusted.
_FEW_GOLD = 30


@click.command()
@click.argument("predictions")
@click.option("--by", multiple=True, metavar="COL", help="Shares of each value of this column.")
@click.option("--by-month", "date", metavar="COL", help="Shares of each month of these dates.")
@click.option("--data", metavar="TABLE", help="Further columns of PREDICTIONS, by --id.")
@click.option("--group", metavar="COL", help="The article of a passage; articles are kept whole.")
@click.option("--gold", metavar="TABLE", help="Passages labelled by hand.")
@click.option(
    "--gold-label", default="label", show_default=True, metavar="COL", help="Their right label."
)
@click.option(
    "--id",
    "ids",
    multiple=True,
    metavar="COL",
    help="What names a passage in all tables; may be several columns.  [default: id]",
)
@click.option(
    "--inclusion",
    metavar="COL",
    help="With what probability a labelled passage was drawn.  [default: probability, if there]",
)
@click.option("--frames", is_flag=True, help="Shares of the frames, too.")
@click.option(
    "--gold-frames",
    metavar="COL",
    help="Right frames of labelled passages: lists, or names with ; between.",
)
@click.option(
    "--gold-predictions",
    metavar="TABLE",
    help="The same model's predictions for --gold, if that is not from PREDICTIONS.",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    type=click.Choice(["naive", "acc", "pacc", "ppi"]),
    help="May be several.  [default: all that can be had]",
)
@form_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@plot_option
@click.option("--force", is_flag=True, help="Replace the output and the plot if they are there.")
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@encoding_option
def measure(
    predictions: str,
    by: tuple[str, ...],
    date: str | None,
    data: str | None,
    group: str | None,
    gold: str | None,
    gold_label: str,
    ids: tuple[str, ...],
    inclusion: str | None,
    frames: bool,
    gold_frames: str | None,
    gold_predictions: str | None,
    methods: tuple[str, ...],
    form: str | None,
    output: Path | None,
    plot: Path | None,
    force: bool,
    seed: int,
    encoding: str,
) -> None:
    """Measure the share of each stance in a corpus, and of each frame.

    Labelled passages correct it for what the classifier gets wrong.

    PREDICTIONS is a table that `stancekit predict` wrote, with more columns if you like.

    \b
    stancekit measure labels.jsonl --group article
    stancekit measure labels.csv --group article --by-month date --gold coded.csv
    stancekit measure labels.jsonl --data posts.csv --by outlet -o shares.csv
    stancekit measure labels.csv --gold coded.csv --id article --id passage
    stancekit measure new.jsonl --gold old-coded.csv --gold-predictions old.jsonl
    stancekit measure labels.csv --gold coded.csv --gold-frames arguments
    stancekit measure labels.csv --by-month date --plot shares.svg

    What comes out is a table for reading or for a regression: a row for each part of the corpus,
    stance and method, with share, low and high (a 95 % interval, by a bootstrap over articles and
    their labelled passages), n_passages, n_articles and n_gold. With --frames rows of the frames
    follow, with frame in place of stance; an empty cell of --gold-frames beside a label says that
    a passage has none.

    \b
    naive  counts labels. Errors do not cancel out: the interval is too narrow.
    ppi    corrects by the labelled passages of the part. Right whatever the
           classifier does, if they were drawn from PREDICTIONS by chance; with
           unequal chances name their column with --inclusion; that of a sheet
           by `stancekit sample` is found.
    acc    corrects by the confusion table of all labelled passages. For parts
           with few of them, or with --gold-predictions from elsewhere. Right if
           passages of one stance are misread alike everywhere.
    pacc   the same, by probabilities.
    """
    from stancekit.corpus_table import Columns, read_corpus
    from stancekit.plots import check_plot, plot_shares
    from stancekit.writers import check_output

    if gold is None and (inclusion or gold_predictions or gold_frames):
        raise click.UsageError(
            "--inclusion, --gold-frames and --gold-predictions are for labelled passages; "
            "name their table with --gold"
        )
    if date and "month" in by:
        raise click.UsageError("--by month and --by-month give two columns 'month'; rename yours")
    form = output_format(form, output)
    if output is not None:
        check_output(output, force=force)
    if plot is not None:
        check_plot(plot, force=force)
    if gold is not None and inclusion is None:
        inclusion = _inclusion_of(gold, encoding)
    has_frames = "frames" if frames or gold_frames else None
    columns = Columns(
        ids or ("id",), group, by, date, gold_label, inclusion, has_frames, gold_frames
    )
    rows = read_corpus(
        predictions, columns, data=data, gold=gold, elsewhere=gold_predictions, encoding=encoding
    )
    if group is None:
        note("no --group: if passages come from the same articles, the intervals are too narrow")
    _tell(rows, predictions)
    found = _measure(rows, predictions, methods, seed)
    _tell_of_few(found)
    _write(found, rows, form, output, force)
    if plot is not None:
        plot_shares(found, plot, title=Path(predictions).name, force=force)
        note(f"drew {plot}")
    if rows.n_lost:
        raise click.exceptions.Exit(INCOMPLETE)


def _measure(
    rows: MeasuredPassages, source: str, methods: tuple[str, ...], seed: int
) -> tuple[Share, ...]:
    """Shares of the stances, then of the frames where they were asked for."""
    from stancekit.prevalence import measure as measure_shares

    options: dict[str, Any] = {
        "inclusion": rows.inclusion,
        "in_corpus": rows.in_corpus,
        "by": rows.by,
        "groups": rows.groups,
        "methods": methods or None,
        "random_state": seed,
    }
    found = measure_shares(
        rows.stances, gold=rows.gold, proba=rows.proba, labels=rows.labels, **options
    )
    return found if rows.frames is None else found + _frame_shares(rows, source, options)


def _tell_of_few(found: tuple[Share, ...]) -> None:
    few = {one.n_gold for one in found if one.method != "naive" and one.n_gold < _FEW_GOLD}
    if few:
        note(
            f"some shares are corrected by as few as {min(few)} labelled passages; with fewer than "
            f"{_FEW_GOLD} the intervals come out too narrow, and with none there is no share"
        )


def _frame_shares(
    rows: MeasuredPassages, source: str, options: dict[str, Any]
) -> tuple[Share, ...]:
    from stancekit.frame_prevalence import measure_frames

    if not rows.frame_names:
        raise DataError(
            f"{source} knows no frames; predict with a model that has them, or leave out --frames"
        )
    gold = rows.gold_frames
    if gold is None and rows.gold is not None:
        note("no --gold-frames: the frames are counted as predicted")
    if gold is None and options["methods"]:
        options = {**options, "methods": ("naive",)}
    found = measure_frames(
        rows.frames or [], frames=rows.frame_names, gold=gold, proba=rows.frame_proba, **options
    )
    for frame, reason in found.left_out.items():
        note(f"frame {frame!r} without acc and pacc: {reason}")
    return found.shares


def _inclusion_of(gold: str, encoding: str) -> str | None:
    """The column of probabilities that `stancekit sample` gives a sheet, if there is one."""
    from stancekit.candidates import PROBABILITY
    from stancekit.tables import column_names, read_table

    read_table([gold], [], encoding=encoding)  # says what is wrong with the file
    if PROBABILITY not in column_names(gold, encoding=encoding):
        return None
    note(f"labelled passages count 1 over their {PROBABILITY!r}, a column of {gold}")
    return PROBABILITY


def _tell(rows: MeasuredPassages, source: str) -> None:
    """Say which rows are left out."""
    if rows.n_lost:
        note(
            f"left out {rows.n_lost} of {rows.n_rows} rows of {source}, which have no stance; the "
            "shares are of the others"
        )
    if rows.n_abstained:
        note(
            f"{rows.n_abstained} of these abstained, and passages that abstain are seldom like the "
            "others: predict anew without a threshold to measure shares of all"
        )
    if rows.n_unlabelled:
        note(f"gold rows left out, which have no label or no stance: {rows.n_unlabelled}")


def _write(
    found: tuple[Share, ...],
    rows: MeasuredPassages,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    from stancekit.writers import open_output, write_shares

    if form == "table":
        from stancekit.cli.scoreboard import share_part
        from stancekit.cli.showing import show
        from stancekit.cli.terminal import make_console

        kinds = ([one for one in found if (one.frame is None) == is_stance] for is_stance in (1, 0))
        show(make_console(), [share_part(some, list(rows.by)) for some in kinds if some])
    elif output is None:
        write_shares(found, sys.stdout.buffer, form, by=list(rows.by))
    else:
        with open_output(output, force=force) as file:
            write_shares(found, file, form, by=list(rows.by))
        note(f"wrote {output}")


def output_format(form: str | None, output: Path | None) -> str:
    """The format of a table: the one asked for, that of the suffix, or what the reader can use."""
    if output is not None and form is None:
        form = {".ndjson": "jsonl"}.get(output.suffix.lower(), output.suffix.lower()[1:])
    if output is not None and form not in FORMATS:
        raise click.UsageError(
            f"cannot write {output.name!r} as {form or 'a table'}; end it in .jsonl, .csv or "
            ".parquet, or name one of these with --format"
        )
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet is not for a pipe or screen; name a file with -o")
    return form or ("table" if sys.stdout.isatty() else "jsonl")
