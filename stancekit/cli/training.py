"""`stancekit train`: labelled passages in, a model and its held-out scores out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

import click

from stancekit.cli.options import label_options, plot_option
from stancekit.cli.progress import note, stages
from stancekit.cli.report import Report, note_left_out, output_format
from stancekit.cli.scoreboard import frame_parts, stance_parts
from stancekit.cli.targets import note_targets

__all__ = ["train"]


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Write the model here.",
)
@click.option("--force", is_flag=True, help="Replace the model in DIR, and the plot, if there.")
@label_options
@plot_option
@click.option("--name", help="Name of the model.  [default: that of DIR]")
@click.option(
    "--definitions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON with what labels mean: {"stance": {"LABEL": "..."}, "frames": {...}}.',
)
@click.option(
    "--folds",
    default=5,
    show_default=True,
    type=click.IntRange(2, 20),
    help="Parts of the data, each scored by a model that has not seen it.",
)
@click.option(
    "--jobs", default=1, show_default=True, help="Folds fitted at once; -1 for all cores."
)
@click.option(
    "--encoder",
    metavar="NAME_OR_DIR",
    help="A sentence-transformers model to read beside the words: a directory, or a name, which is "
    "downloaded from the hub.",
)
@click.option(
    "--ignore-names",
    "ignored",
    metavar="FILE",
    help="Names that must not count for a label: a text file with words, or 'capitalised' for all "
    "words that the passages write with a capital within sentences.",
)
@click.option(
    "--keep-passages",
    "id_column",
    metavar="COL",
    help="Keep the words of all passages, under the ids in COL: --explain then names the nearest.",
)
@click.option(
    "--off-topic",
    "off_topic",
    metavar="FILE",
    help="Passages that are not about the debate, 50 or more: a table with the same --text column, "
    "or a text file. The model then tells such passages, which take no side.",
)
def train(
    data: tuple[str, ...],
    output: Path,
    force: bool,
    text: str,
    label: str,
    group: str | None,
    target: str | None,
    frames: str | None,
    form: str | None,
    seed: int,
    encoding: str,
    plot: Path | None,
    name: str | None,
    definitions: Path | None,
    folds: int,
    jobs: int,
    encoder: str | None,
    ignored: str | None,
    id_column: str | None,
    off_topic: str | None,
) -> None:
    """Train a model on labelled passages and score it.

    DATA is CSV, TSV, JSON lines or Parquet, a directory that `datasets` saved, or a name that it
    knows (NAME:SPLIT for another split than train). Several are read one below the other. Any
    labels will do; each needs 10 passages or more.

    \b
    stancekit train letters.csv -o my-model --label side --group article
    stancekit train letters.jsonl -o my-model --group article --frames arguments
    stancekit train letters.csv -o my-model --off-topic other-letters.txt
    stancekit train posts.csv -o my-model --target topic
    stancekit train letters.csv -o my-model --group article --plot scores.svg
    stancekit predict new-letter.txt --model my-model

    Name the column with the article of each passage as --group: passages of one article are alike,
    and scores come out too high when some are learnt from and others scored. What comes out: F1,
    precision and recall of each label by cross-validation with 95 % intervals, and the confusion
    table, both also as a picture with --plot; and in DIR the model, which is weights, vocabulary,
    hashes and a card, never code.

    Where rows take a stance on several things, name the column that says on what as --target.
    A target with 100 rows or more, of two labels, gets a calibration of its own; all others, and
    those that `predict --target` meets for the first time, are read by the words of the passage
    crossed with those of the target. For scores that hold for targets yet unseen, name the same
    column as --group: whole targets are then held out.

    An --encoder tells of a stance that is put in words which no training passage has, at the cost
    of speed: `pip install 'stancekit[encoder]'`, and train with and without it to see what it is
    worth on your passages. DIR keeps where the encoder is, not the encoder: `predict` needs it
    there. Frames are learnt from words alone.

    Who argues stands for what they argue, and a model learns that too. With --ignore-names another
    name in the place of one leaves stance and frames as they were; see first what that costs.

    With --keep-passages, `predict --explain` names the three training passages whose words are
    nearest. DIR then holds the words and pairs of words of each passage, from which much of its
    text can be put together: give such a model only to those who may have the passages.
    A model that has seen the debate alone gives a side to what is about something else, too. With
    passages --off-topic it learns to turn such away: `predict` gives them the status off_topic and
    no side. At most 1 in 100 passages that take a side is turned away by mistake, on held-out
    folds. Take them from the same kinds of text, about as many subjects as can be had.
    """
    from stancekit.cli.definitions import read_definitions
    from stancekit.cli.ignored import read_names
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.cli.off_topic import read_off_topic
    from stancekit.plots import check_plot, plot_evaluation
    from stancekit.recipe import train_model
    from stancekit.saving import save_model
    from stancekit.storage import check_writable

    check_writable(output, force=force)
    _check_place(output)
    if plot is not None:
        check_plot(plot, force=force)
    kept = () if id_column is None else (id_column,)
    columns = LabelColumns(text, label, group, frames, kept, target)
    rows = read_labelled(data, columns, encoding=encoding)
    others = read_off_topic(off_topic, columns, encoding=encoding) if off_topic else None
    names = False if ignored is None else read_names(ignored)
    about = read_definitions(definitions, rows) if definitions else {}
    if group is None:
        note("no --group: if rows come from the same articles, scores come out too high")
    with stages() as tell:
        trained = train_model(
            rows.texts,
            rows.labels,
            groups=rows.groups,
            targets=rows.targets,
            frames=rows.frames,
            ids=None if id_column is None else rows.others[id_column],
            name=name or output.resolve().name,
            about=about,
            encoder=encoder,
            ignore_names=names,
            off_topic=others.texts if others else None,
            off_topic_groups=others.groups if others else None,
            n_folds=folds,
            random_state=seed,
            n_jobs=jobs,
            progress=tell,
        )
    save_model(trained.model, output, force=force)
    note_left_out(rows)
    if rows.targets is not None:
        note_targets(trained.model, rows.targets)
    for frame, count in trained.rare_frames.items():
        note(f"frame {frame!r} ({count} passages) is too rare to be learnt and was left out")
    if trained.model.topic is not None:
        note(_guarded(trained.model.topic.rates_))
    report, of = Report(), "held-out passages"
    scores, frame_scores = trained.scores, trained.frame_scores
    report.add("stance", scores.to_dict(), stance_parts(scores, f"Scores of {of}"))
    if frame_scores is not None:
        report.add("frames", frame_scores.to_dict(), frame_parts(frame_scores, f"Frames of {of}"))
    report.print(output_format(form))
    if plot is not None:
        title = f"{trained.model.name}, held-out passages"
        plot_evaluation(scores, None, plot, title=title, force=force)
        note(f"drew {plot}")
    what = "ARTICLE" if target is None else "TABLE --text COL --target COL"
    note(f"wrote {output}; use it with `stancekit predict {what} --model {output}`")


def _guarded(rates: Mapping[str, float]) -> str:
    """What the off-topic guard turned away among held-out passages."""
    found = ", ".join(f"{rate:.1%} of those {name}" for name, rate in rates.items())
    return f"the off-topic guard turned away, of held-out passages, {found}"


def _check_place(output: Path) -> None:
    """Refuse before the work what could not be written after it."""
    folder = next(parent for parent in output.absolute().parents if parent.exists())
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise click.UsageError(
            f"cannot write to {folder} ({error.strerror}); choose another place for -o"
        ) from None
