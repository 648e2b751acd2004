"""`stancekit predict`: articles and tables in, labelled passages out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stancekit.cli.options import INCOMPLETE, encoding_option, model_option
from stancekit.cli.progress import counted, note

if TYPE_CHECKING:
    from stancekit.analysis import Analysis
    from stancekit.model import Model

__all__ = ["predict"]


@click.command()
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@model_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv", "parquet"]),
    help="Default: by the suffix of -o, else 'table' on a terminal and 'jsonl' in a pipe.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--force", is_flag=True, help="Replace the output file if it is there.")
@click.option(
    "--text", "text_column", metavar="COL", help="Tables: the column that holds the text."
)
@click.option("--id", "id_column", metavar="COL", help="Tables: the column that names the row.")
@click.option("--split", is_flag=True, help="Tables: a row is an article, not one passage.")
@encoding_option
def predict(
    inputs: tuple[str, ...],
    model: str,
    form: str | None,
    output: Path | None,
    force: bool,
    text_column: str | None,
    id_column: str | None,
    split: bool,
    encoding: str,
) -> None:
    """Label the passages of articles and tables.

    INPUT is an article (.txt, .md, .html), a folder of articles, a table (.csv, .tsv, .jsonl,
    .parquet or a saved `datasets` directory; needs --text), or - for an article on standard input.

    \b
    stancekit predict article.txt
    stancekit predict articles/ -o passages.csv
    stancekit predict posts.csv --text body --id url -o labels.jsonl
    stancekit predict stories.parquet --text story --split | jq .stance

    On a terminal each passage stands beside its label, the label's probability and its frames, and
    a summary follows. Elsewhere each passage is a line of JSON with article, passage (its place,
    from 0), start and end (of its text in the article), text, kind (paragraph, heading,
    furniture), status (ok, or why it has no label), stance, probabilities, frames and
    frame_probabilities; of a table's row also id. CSV and Parquet have a column a label (p_LABEL)
    and a frame (f_FRAME). A passage that cannot be labelled keeps its line, with stance null.
    """
    from stancekit.inputs import RowColumns, analyze_sources, find_sources
    from stancekit.saving import load_model
    from stancekit.writers import check_output

    if not inputs and sys.stdin.isatty():
        raise click.UsageError("got no INPUT; name an article, a folder or a table, or - for stdin")
    form = _output_format(form, output)
    if output is not None:
        check_output(output, force=force)
    columns = RowColumns(text_column, id_column, split)
    sources = find_sources(inputs or ("-",), columns)
    loaded = load_model(model)
    lost = _Lost()
    found = analyze_sources(loaded, sources, columns, encoding=encoding, tell=note)
    if form == "table":
        _show(lost.watch(found), loaded)
    else:
        _write(lost.watch(found), loaded, output, form, force)
    lost.report_and_exit()


class _Lost:
    """Counts passages that could not be labelled, as they go by."""

    def __init__(self) -> None:
        self.n_passages = 0
        self.by_status: Counter[str] = Counter()

    def watch(self, analyses: Iterable[Analysis]) -> Iterator[Analysis]:
        for analysis in analyses:
            self.n_passages += len(analysis.passages)
            self.by_status.update(one.status for one in analysis.passages if one.is_lost)
            yield analysis

    def report_and_exit(self) -> None:
        if not self.by_status:
            return
        kinds = ", ".join(f"{count} {status}" for status, count in sorted(self.by_status.items()))
        total = self.by_status.total()
        note(f"{total} of {self.n_passages} passages could not be labelled: {kinds}")
        raise click.exceptions.Exit(INCOMPLETE)


def _show(analyses: Iterable[Analysis], model: Model) -> None:
    from stancekit.cli.terminal import make_console, show_analysis, show_summary

    console = make_console()
    shown = []
    for analysis in analyses:
        show_analysis(console, analysis)
        shown.append(analysis)
    show_summary(console, shown, _limits(model))


def _write(
    analyses: Iterable[Analysis], model: Model, output: Path | None, form: str, force: bool
) -> None:
    from stancekit.writers import open_output, write_analyses

    names = {"labels": model.labels, "frames": model.frame_names}
    if output is None:
        write_analyses(analyses, sys.stdout.buffer, form, **names)
        return
    with open_output(output, force=force) as file:
        write_analyses(counted(analyses), file, form, **names)
    note(f"wrote {output}")


def _output_format(form: str | None, output: Path | None) -> str:
    if output is not None and form == "table":
        raise click.UsageError("--format table is for reading; choose jsonl, csv or parquet for -o")
    if form is None and output is not None:
        suffixes = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
        form = suffixes.get(output.suffix.lower())
        if form is None:
            raise click.UsageError(
                f"cannot tell the format from {output.name!r}; end it in .jsonl, .csv or .parquet, "
                "or name --format"
            )
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet is not for a pipe or screen; name a file with -o")
    return form or ("table" if sys.stdout.isatty() else "jsonl")


def _limits(model: Model) -> str:
    scores = model.about.get("scores", {})
    found = ", ".join(f"{one['macro_f1']['value']:.2f} on {name}" for name, one in scores.items())
    known = f" Macro F1 {found}." if found else ""
    return f"{model.name}: labels are a machine's guesses; read before you quote.{known}"
