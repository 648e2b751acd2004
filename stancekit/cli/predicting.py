"""`stancekit predict`: articles and tables in, labelled passages out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from stancekit.cli.hedging import asked_for, hedge, hedge_options
from stancekit.cli.options import model_option
from stancekit.cli.progress import counted, note
from stancekit.cli.reading import reading_options
from stancekit.cli.reporting import Drawn, by_options
from stancekit.cli.running import RunOptions, plan_run, report_lost, run, run_options
from stancekit.cli.targets import check_target

if TYPE_CHECKING:
    from stancekit.analysis import Analysis
    from stancekit.inputs import Reading
    from stancekit.model import Model
    from stancekit.speakers import Speaker

__all__ = ["predict"]

_ABSTAINED = (
    "their label is less sure than asked for (shares of the others are not those of the debate)"
)
_FORM_OF = {
    **{".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"},
    **{".html": "html", ".htm": "html"},
}


@click.command()
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@model_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv", "parquet", "html"]),
    help="Default: by the suffix of -o, else 'table' on a terminal and 'jsonl' in a pipe.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file; html of several articles: to this folder.",
)
@reading_options
@by_options
@click.option(
    "--merge-names",
    is_flag=True,
    help="With --by: people of one name are one person in all articles.",
)
@hedge_options
@run_options
def predict(
    inputs: tuple[str, ...],
    reading: Reading,
    model: str,
    form: str | None,
    output: Path | None,
    drawn: Drawn,
    merge_names: bool,
    min_confidence: float | None,
    target_error: float | None,
    coverage: float | None,
    options: RunOptions,
) -> None:
    """Label the passages of articles and tables.

    INPUT is an article (.txt, .md, .html), a table (.csv, .tsv, .jsonl, all three also as .gz or
    .zst, .parquet, or a saved `datasets` directory), a folder or a pattern such as "posts/*.jsonl",
    or - for standard input. Tables need --text; with it, folders stand for the tables in them,
    without it for the articles.

    \b
    stancekit predict article.txt
    stancekit predict articles/ -o passages.csv
    stancekit predict posts.csv --text body --id url -o labels.jsonl
    stancekit predict stories.parquet --text story --split | jq .stance
    stancekit predict posts.csv --text body --target topic --model my-model
    stancekit predict posts/ --text body --keep outlet --jobs 4 -o labels.parquet
    stancekit predict articles/ --by speaker -o speakers.csv
    stancekit predict article.txt -o report.html
    stancekit predict articles/ --format html -o report/
    stancekit predict posts.csv --text body --by outlet --by-month date -o r.html
    stancekit predict articles/ --data sources.csv --id file --by outlet \\
        --format html -o report/
    stancekit predict article.txt --target-error 0.2 --coverage 0.9
    stancekit predict article.txt --explain

    On a terminal each passage stands beside its label, the label's probability, its frames and
    its speakers; the article's speakers and a summary follow. Elsewhere each passage is a line of
    JSON with article, passage (its place, from 0), start and end (of its text in the article),
    text, kind (paragraph, heading, furniture), status (ok, or why it has no label), stance,
    probabilities, frames and frame_probabilities; of a table's row also id. Where voices are
    looked for: own_share (of its words, those that no voice says), own_stance (of the sentences
    that report no voice) and voices, each with speaker, role, kind (direct, indirect, mixed),
    start, end, content (the spans said), stance and probabilities. CSV and Parquet have a column
    a label (p_LABEL) and a frame (f_FRAME). A passage that cannot be labelled keeps its line,
    with stance null.

    With --min-confidence or --target-error a passage whose label is less sure has status abstained
    and stance null; its probabilities stay. The errors behind --target-error are those of held-out
    passages when the model was trained, for each domain (news, speeches) by itself. What is left
    is mostly the commonest label: measure shares without these two. With --coverage 0.9 labels is
    a list that, of the passages of each label, holds the right one in 90 %; it may hold several.

    With --explain each passage tells why it has its label: on a terminal and in HTML the words that
    moved it most are marked with the side that they speak for; in JSON, explanation holds the score
    of each label (the log probability that decides, less the mean), and terms (single words and
    pairs) and words with their spans and what each adds to each score. Words, constant, mixing and
    encoder add up to the scores; frames has the terms of the frames given. A voice with a stance
    has an explanation of its own, and own_explanation is that of the author's sentences.

    Every row of a table comes out, in order, whatever it holds; a broken one says so in its status
    (bad_encoding, bad_json, bad_csv, truncated, too_long, null, ...). With -o, finished parts are
    kept in a folder beside the output that ends in .parts until all are there; after an
    interruption --resume goes on with them. --jobs, --scheduler and --shard do not change a byte.

    With --target the column says what each row takes a stance on, for a model that was trained with
    `train --target`. A target that it never saw, or an empty cell, is no error: the row is read by
    what all targets have in common. The column comes out with --keep.

    HTML is for reading in a browser, offline: a page an article, each passage tinted by its label;
    in a folder with an index of the articles before the pages. --by and --by-month draw the stance
    there: of a table by its columns; of articles by what their files say (lines of front matter in
    Markdown; date, outlet, author and title of web pages), or by the columns of a table --data,
    whose --id has the names of the files. --keep carries the same through to the other formats.

    With --by speaker each line is someone who speaks in an article, or its author: articles,
    speaker (null for what is attributed to no one), role, is_author, statements, unjudged (too
    short), counts by label, and the strongest statement that takes a side.
    """
    from stancekit.inputs import check_tables, find_sources
    from stancekit.saving import load_model
    from stancekit.shards import analyze_sources

    if not inputs and sys.stdin.isatty():
        raise click.UsageError("got no INPUT; name an article, a folder or a table, or - for stdin")
    how = asked_for(min_confidence, target_error, coverage)
    form = _output_format(form, output)
    by_speaker = drawn.speaker_of(form)
    if reading.explain:
        _check_explained(form, by_speaker)
    is_run = output is not None and form != "html" and not by_speaker
    options.check(is_run=is_run)
    if output is not None:
        _check_output(output, form, options)
    # The column --id is one of the table --data, where that is given.
    id, reading = reading.id, replace(reading, id=None) if drawn.data else reading
    sources = find_sources(inputs or ("-",), reading, besides=output)
    _check_speakers(sources, reading, by_speaker, merge_names)
    carried = None
    if form == "html":
        reading, carried = drawn.look_up(sources, reading, id)
    kept = check_tables(sources, reading, note)
    if output is not None and is_run:
        run(plan_run(sources, reading, model, form, kept, how, options), output, options)
        return
    loaded = hedge(load_model(model), how)
    check_target(loaded, reading.target)
    lost = _Lost()
    found = lost.watch(analyze_sources(loaded, sources, reading, tell=note))
    if form == "table":
        _show(found, loaded, by_speaker, merge_names)
    elif carried is not None and output is not None:
        drawn.write(carried(found), output, loaded, force=options.force)
    elif by_speaker:
        _write_speakers(found, loaded, output, form, options.force, merge_names)
    else:
        _write_passages(found, loaded, form, kept)
    if lost.n_abstained:
        note(f"{lost.n_abstained} of {lost.n_passages} passages abstained: {_ABSTAINED}")
    report_lost(lost.by_status, lost.n_passages)


def _check_output(output: Path, form: str, options: RunOptions) -> None:
    """Refuse an output that cannot be written, before any work."""
    from stancekit.report import check_report
    from stancekit.writers import check_output

    if form != "html":
        check_output(output, force=options.may_replace(output))
    else:
        check_report(output, force=options.force)


def _check_explained(form: str, by_speaker: bool) -> None:
    if form in ("csv", "parquet"):
        raise click.UsageError(
            "--explain has no place in a table; write .jsonl or .html, or leave --explain out"
        )
    if by_speaker:
        raise click.UsageError("--explain is for passages; leave out --by, or --explain")


def _check_speakers(
    sources: Sequence[str], reading: Reading, by_speaker: bool, merge_names: bool
) -> None:
    from stancekit.inputs import holds_rows

    if merge_names and not by_speaker:
        raise click.UsageError("--merge-names is for speakers; add --by speaker")
    if not by_speaker:
        return
    if reading.voices is False:
        raise click.UsageError("--by speaker needs the voices; leave out --no-voices")
    tables = [one for one in sources if holds_rows(one, reading)]
    if tables and not reading.is_article:
        raise click.UsageError(
            f"--by speaker reads articles and {tables[0]} is a table; add --split if each row of "
            "it is an article"
        )


class _Lost:
    """Counts passages that could not be labelled, as they go by."""

    def __init__(self) -> None:
        self.n_passages = 0
        self.n_abstained = 0
        self.by_status: Counter[str] = Counter()

    def watch(self, analyses: Iterable[Analysis]) -> Iterator[Analysis]:
        for analysis in analyses:
            self.n_passages += len(analysis.passages)
            self.n_abstained += sum(one.status == "abstained" for one in analysis.passages)
            self.by_status.update(one.status for one in analysis.passages if one.is_lost)
            yield analysis


def _show(analyses: Iterable[Analysis], model: Model, by_speaker: bool, merge_names: bool) -> None:
    from stancekit.cli import terminal

    console = terminal.make_console()
    if by_speaker:
        for title, author, speakers in _casts(analyses, model, merge_names):
            terminal.show_title(console, title)
            terminal.show_speakers(console, author, speakers)
        console.print(model.caution, style="dim")
        return
    shown = []
    for analysis in analyses:
        terminal.show_analysis(console, analysis)
        shown.append(analysis)
    terminal.show_summary(console, shown, model.caution)


def _write_passages(
    analyses: Iterable[Analysis], model: Model, form: str, kept: dict[str, Any]
) -> None:
    from stancekit.writers import check_kept, write_analyses

    labels, frames = model.labels, model.frame_names
    check_kept(kept, labels=labels, frames=frames)
    write_analyses(analyses, sys.stdout.buffer, form, labels=labels, frames=frames, kept=kept)


def _write_speakers(
    analyses: Iterable[Analysis],
    model: Model,
    output: Path | None,
    form: str,
    force: bool,
    merge_names: bool,
) -> None:
    from stancekit.writers import open_output, write_speakers

    def write(found: Iterable[Analysis], file: BinaryIO) -> None:
        casts = _casts(found, model, merge_names)
        speakers = (one for _, author, others in casts for one in (author, *others))
        write_speakers(speakers, file, form, labels=model.labels)

    if output is None:
        write(analyses, sys.stdout.buffer)
        return
    with open_output(output, force=force) as file:
        write(counted(analyses), file)
    note(f"wrote {output}")


def _casts(
    analyses: Iterable[Analysis], model: Model, merge_names: bool
) -> Iterator[tuple[str, Speaker, Sequence[Speaker]]]:
    """Title, author and speakers of each article, or of all of them together."""
    from stancekit.speakers import author_of, speakers_of

    if not merge_names:
        for analysis in analyses:
            yield analysis.article, analysis.author, analysis.speakers
        return
    passages = [passage for analysis in analyses for passage in analysis.passages]
    articles = len({passage.article for passage in passages})
    speakers = speakers_of(passages, model.labels)
    yield f"{articles} articles", author_of(passages, model.labels), speakers


def _output_format(form: str | None, output: Path | None) -> str:
    if output is not None and form == "table":
        raise click.UsageError("--format table is for reading; choose another one for -o")
    if form is None and output is not None:
        form = _FORM_OF.get(output.suffix.lower())
        if form is None:
            raise click.UsageError(
                f"cannot tell the format from {output.name!r}; end it in .jsonl, .csv, .parquet or "
                ".html, or name --format"
            )
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet is not for a pipe or screen; name a file with -o")
    if form == "html" and output is None:
        raise click.UsageError("HTML is for a browser; name a file or folder with -o")
    return form or ("table" if sys.stdout.isatty() else "jsonl")
