"""The `stancekit` command: each command parses, calls and prints; heavy imports wait inside."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit import __version__
from stancekit.errors import ColumnError, StancekitError

if TYPE_CHECKING:
    from rich.console import Console

    from stancekit.analysis import Analysis
    from stancekit.evaluation import FrameEvaluation
    from stancekit.model import Model

__all__ = ["main"]

FAULT, USAGE, INCOMPLETE = 1, 2, 3


class _Commands(click.Group):
    """Turns what the library raises into one line on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ColumnError as error:
            raise click.UsageError(str(error)) from None
        except StancekitError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stancekit")
def main() -> None:
    """Say, passage by passage, which side of a debate a text argues for.

    \b
    stancekit predict article.txt          read an article
    stancekit train data.csv -o my-model   train on your own labels
    stancekit evaluate held-out.csv        score a model, with intervals
    stancekit models                       what is installed

    The shipped model reads the debate over keeping or withdrawing foreign troops (Iraq and Syria
    first): pro-withdrawal, pro-presence or neutral, with 13 frames of argument. Exit codes: 0 all
    well, 1 a fault, 2 wrong usage, 3 finished but some passages could not be labelled.
    """


@main.command()
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("-m", "--model", default="troops-en", show_default=True, help="Name or directory.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv", "parquet"]),
    help="Default: by the suffix of -o, else 'table' on a terminal and 'jsonl' in a pipe.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--force", is_flag=True, help="Replace the output file if it is there.")
@click.option("--text", "text_column", metavar="COL", help="Tables: the column that holds the text.")
@click.option("--id", "id_column", metavar="COL", help="Tables: the column that names the row.")
@click.option("--split", is_flag=True, help="Tables: a row is an article, not one passage.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of text, CSV and JSON lines.")
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
    .parquet; needs --text), or - for an article on standard input.

    \b
    stancekit predict article.txt
    stancekit predict articles/ -o passages.csv
    stancekit predict posts.csv --text body --id url -o labels.jsonl
    """
    from stancekit.inputs import RowColumns, analyze_sources, find_sources
    from stancekit.saving import load_model

    if not inputs and sys.stdin.isatty():
        raise click.UsageError("got no INPUT; name an article, a folder or a table, or - for stdin")
    form = _output_format(form, output)
    _check_output(output, force)
    columns = RowColumns(text_column, id_column, split)
    sources = find_sources(inputs or ("-",), columns)
    loaded = load_model(model)
    lost = _Lost()
    analyses = lost.watch(analyze_sources(loaded, sources, columns, encoding=encoding))
    if form == "table":
        _show(analyses, loaded, output, force)
    else:
        _write(analyses, loaded, output, form, force)
    lost.report_and_exit()


@main.command()
@click.argument("data", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--text", default="text", show_default=True, metavar="COL", help="The passage.")
@click.option("--label", default="label", show_default=True, metavar="COL", help="Its label.")
@click.option("--group", metavar="COL", help="Its article: never on both sides of a split.")
@click.option("--frames", metavar="COL", help="Its frames: a list, or names with ; between.")
@click.option("--name", help="Name of the model.  [default: that of DIR]")
@click.option(
    "--definitions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON with what labels mean: {"stance": {"LABEL": "..."}, "frames": {...}}.',
)
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 20))
@click.option("--seed", default=0, show_default=True)
@click.option("--jobs", default=1, show_default=True, help="Folds fitted at once; -1 for all cores.")
@click.option("--force", is_flag=True, help="Replace the model in DIR if there is one.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of CSV and JSON lines.")
def train(
    data: tuple[str, ...],
    output: Path,
    text: str,
    label: str,
    group: str | None,
    frames: str | None,
    name: str | None,
    definitions: Path | None,
    folds: int,
    seed: int,
    jobs: int,
    force: bool,
    encoding: str,
) -> None:
    """Train a model on labelled passages and print its cross-validated scores.

    DATA is CSV, TSV, JSON lines or Parquet, a directory that `datasets` saved, or a name that it
    knows (NAME:SPLIT for another split than train). Any labels will do.

    \b
    stancekit train letters.csv -o my-model --text text --label label --group article
    stancekit predict new-letter.txt --model my-model
    """
    from stancekit.recipe import train_model
    from stancekit.saving import save_model
    from stancekit.storage import check_writable
    from stancekit.terminal import show_evaluation, show_frame_evaluation

    check_writable(output, force=force)
    about = _read_definitions(definitions)
    rows = _labelled_rows(data, text, label, group, frames, encoding)
    if group is None:
        _note("no --group: if rows come from the same articles, scores come out too high")
    with _progress() as tell:
        trained = train_model(
            rows["text"],
            rows["label"],
            groups=rows.get("group"),
            frames=rows.get("frames"),
            name=name or output.resolve().name,
            about=about,
            n_folds=folds,
            random_state=seed,
            n_jobs=jobs,
            progress=tell,
        )
    for frame, count in trained.rare_frames.items():
        _note(f"frame {frame!r} ({count} passages) is too rare to be learnt and was left out")
    save_model(trained.model, output, force=force)
    console = _console()
    show_evaluation(console, trained.scores, "Scores of held-out passages")
    if trained.frame_scores is not None:
        show_frame_evaluation(console, trained.frame_scores, "Frames of held-out passages")
    _note(f"wrote {output}; use it with `stancekit predict ARTICLE --model {output}`")


@main.command()
@click.argument("data", nargs=-1, required=True)
@click.option("-m", "--model", default="troops-en", show_default=True, help="Name or directory.")
@click.option("--text", default="text", show_default=True, metavar="COL", help="The passage.")
@click.option("--label", default="label", show_default=True, metavar="COL", help="Its gold label.")
@click.option("--group", metavar="COL", help="Its article: intervals are by whole articles.")
@click.option("--frames", metavar="COL", help="Its frames: a list, or names with ; between.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="Default: by terminal.")
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of CSV and JSON lines.")
def evaluate(
    data: tuple[str, ...],
    model: str,
    text: str,
    label: str,
    group: str | None,
    frames: str | None,
    form: str | None,
    seed: int,
    encoding: str,
) -> None:
    """Score a model on labelled passages that it has not seen, with 95 % intervals.

    \b
    stancekit evaluate held-out.csv --label label --group article --model my-model
    """
    from stancekit.evaluation import evaluate as evaluate_model
    from stancekit.saving import load_model

    loaded = load_model(model)
    rows = _labelled_rows(data, text, label, group, frames, encoding)
    groups = rows.get("group")
    scores = evaluate_model(loaded, rows["text"], rows["label"], groups=groups, random_state=seed)
    found: dict[str, Any] = {"stance": scores}
    if frames:
        found["frames"] = _score_frames(loaded, rows, seed)
    _print_scores(found, form, f"{loaded.name} on {', '.join(data)}")


@main.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the installed models; show and verify any model."""
    if ctx.invoked_subcommand is not None:
        return
    from stancekit.storage import read_manifest, shipped_models

    for name, directory in shipped_models().items():
        summary = read_manifest(directory)["about"].get("summary", "")
        click.echo(f"{name}\t{summary}")


@models.command()
@click.argument("model")
def show(model: str) -> None:
    """Print a model's card."""
    from stancekit.storage import CARD, find_model, read_manifest

    directory = find_model(model)
    read_manifest(directory)
    card = (directory / CARD).read_text(encoding="utf-8")
    if not sys.stdout.isatty():
        click.echo(card, nl=False)
        return
    from rich.markdown import Markdown

    _console().print(Markdown(card))


@models.command()
@click.argument("model")
def verify(model: str) -> None:
    """Check a model's hashes, and that it still gives its golden probabilities."""
    from stancekit.saving import verify_model

    n_files, n_golden = verify_model(model)
    click.echo(f"{model}: {n_files} files and {n_golden} golden passages are as they should be")


class _Lost:
    """Counts passages that could not be labelled, as they go by."""

    def __init__(self) -> None:
        self.n_passages = 0
        self.by_status: dict[str, int] = {}

    def watch(self, analyses: Iterable[Analysis]) -> Iterator[Analysis]:
        for analysis in analyses:
            for passage in analysis.passages:
                self.n_passages += 1
                if passage.is_lost:
                    count = self.by_status.get(passage.status, 0)
                    self.by_status[passage.status] = count + 1
            yield analysis

    def report_and_exit(self) -> None:
        if not self.by_status:
            return
        kinds = ", ".join(f"{count} {status}" for status, count in sorted(self.by_status.items()))
        total = sum(self.by_status.values())
        _note(f"{total} of {self.n_passages} passages could not be labelled: {kinds}")
        raise click.exceptions.Exit(INCOMPLETE)


def _show(analyses: Iterable[Analysis], model: Model, output: Path | None, force: bool) -> None:
    from stancekit.terminal import show_analysis, show_summary

    if output is not None:
        raise click.UsageError("--format table is for reading; choose jsonl, csv or parquet for -o")
    console = _console()
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
        write_analyses(analyses, click.get_binary_stream("stdout"), form, **names)
        return
    with open_output(output, force=force) as file:
        write_analyses(_counted(analyses), file, form, **names)
    _note(f"wrote {output}")


def _counted(analyses: Iterable[Analysis]) -> Iterator[Analysis]:
    """Pass analyses on, with a count of passages on a terminal's stderr."""
    if not sys.stderr.isatty():
        yield from analyses
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} passages"), TimeElapsedColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        for analysis in analyses:
            yield analysis
            progress.advance(task, len(analysis.passages))


def _progress() -> Any:
    """A context that gives a function of (stage, done, total) and shows a bar on a terminal."""
    from contextlib import contextmanager

    from rich.progress import Progress

    @contextmanager
    def shown() -> Iterator[Any]:
        with Progress(console=_console(stderr=True), transient=True) as progress:
            tasks: dict[str, Any] = {}

            def tell(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    tasks[stage] = progress.add_task(stage, total=total)
                    if not sys.stderr.isatty():
                        _note(stage)
                progress.update(tasks[stage], completed=done, total=total)

            yield tell

    return shown()


def _labelled_rows(
    data: tuple[str, ...],
    text: str,
    label: str,
    group: str | None,
    frames: str | None,
    encoding: str,
) -> dict[str, list[Any]]:
    """The columns by their role; rows without text are left out and told of."""
    from stancekit.labels import label_lists
    from stancekit.tables import read_table

    roles = {"text": text, "label": label, "group": group, "frames": frames}
    wanted = {role: column for role, column in roles.items() if column}
    table = read_table(data, list(dict.fromkeys(wanted.values())), encoding=encoding)
    kept = [row for row, cell in enumerate(table[text]) if isinstance(cell, str) and cell.strip()]
    if len(kept) < len(table):
        _note(f"left out {len(table) - len(kept)} of {len(table)} rows, which have no text")
    rows = {role: [table[column][row] for row in kept] for role, column in wanted.items()}
    if frames:
        rows["frames"] = label_lists(rows["frames"])
    return rows


def _score_frames(model: Model, rows: dict[str, list[Any]], seed: int) -> FrameEvaluation:
    from stancekit.evaluation import score_frames

    if model.frames is None:
        raise click.UsageError(f"{model.name} knows no frames; leave out --frames")
    known = set(model.frame_names)
    unknown = sorted({name for marks in rows["frames"] for name in marks} - known)
    if unknown:
        _note(f"{model.name} does not know these frames, which are left out: {', '.join(unknown)}")
    gold = [[name for name in marks if name in known] for marks in rows["frames"]]
    return score_frames(
        model.frames.indicator(gold),
        model.frames.predict(rows["text"]),
        frames=model.frame_names,
        groups=rows.get("group"),
        random_state=seed,
    )


def _read_definitions(path: Path | None) -> dict[str, Any]:
    import json

    if path is None:
        return {}
    try:
        return {"definitions": json.loads(path.read_text(encoding="utf-8"))}
    except ValueError as error:
        raise click.UsageError(f"{path} is no JSON ({error})") from None


def _print_scores(found: dict[str, Any], form: str | None, title: str) -> None:
    import json

    from stancekit.terminal import show_evaluation, show_frame_evaluation

    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        facts = {part: scores.to_dict() for part, scores in found.items()}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    show_evaluation(_console(), found["stance"], title)
    if "frames" in found:
        show_frame_evaluation(_console(), found["frames"], "Frames")


def _output_format(form: str | None, output: Path | None) -> str:
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


def _check_output(output: Path | None, force: bool) -> None:
    """Refuse before the work what would be refused after it."""
    if output is None:
        return
    if output.is_dir():
        raise click.UsageError(f"{output} is a folder; name a file to write to")
    if not output.parent.is_dir():
        raise click.UsageError(f"there is no folder {output.parent}; make it first")
    if output.exists() and not force:
        raise click.UsageError(f"{output} exists; add --force to replace it, or name another file")


def _limits(model: Model) -> str:
    scores = model.about.get("scores", {})
    found = ", ".join(f"{one['macro_f1']['value']:.2f} on {name}" for name, one in scores.items())
    known = f" Macro F1 {found}." if found else ""
    return f"{model.name}: labels are a machine's guesses; read before you quote.{known}"


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def _note(text: str) -> None:
    click.echo(f"stancekit: {text}", err=True)
