"""`stancekit evaluate`: a model and labelled passages in, scores with intervals out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.options import INCOMPLETE, label_options, model_option
from stancekit.cli.progress import note
from stancekit.cli.report import Report, note_left_out, output_format
from stancekit.cli.scoreboard import (
    MOST_SLICES,
    agreement_part,
    frame_parts,
    reliability_part,
    slice_parts,
    stance_parts,
)

if TYPE_CHECKING:
    import numpy as np

    from stancekit.cli.labelled import LabelledPassages
    from stancekit.evaluation import FrameEvaluation
    from stancekit.model import Model

__all__ = ["evaluate"]


@click.command()
@click.argument("data", nargs=-1, required=True)
@model_option
@label_options
@click.option(
    "--by",
    multiple=True,
    metavar="COL",
    help="Also score the passages of each value of this column. May be given several times.",
)
@click.option(
    "--labeller",
    "labellers",
    multiple=True,
    metavar="COL",
    help="One labeller's own labels; give two or more for their agreement.",
)
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
    by: tuple[str, ...],
    labellers: tuple[str, ...],
) -> None:
    """Score a model on labelled passages it has not seen.

    DATA is what `stancekit train` takes.

    \b
    stancekit evaluate held-out.csv --group article
    stancekit evaluate held-out.csv --group article --by outlet --by date
    stancekit evaluate held-out.csv --labeller ann --labeller ben --labeller eve
    stancekit evaluate held-out.csv --frames arguments --model my-model
    stancekit evaluate held-out.csv --group article --format markdown > scores.md
    stancekit evaluate held-out.jsonl | jq .stance.macro_f1.value

    What comes out, with 95 % intervals: F1, precision and recall of each label, accuracy, MCC and
    Krippendorff's alpha of the model with the labels; the confusion table; how often the likeliest
    label is right by its probability, in 15 bins of equal width, with the calibration error and
    the Brier score; and, with --frames, the scores of each frame. With --group the intervals are
    by whole articles.

    With --labeller, which names columns: the alpha of the labellers and the macro F1 of each
    against what most of the others say. A model cannot be shown to do better than that. A cell
    may be empty.

    With --by: the scores of each outlet, year or whatever the column holds. More than 20 different
    numbers are cut at their quartiles, as many dates by year.
    """
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.saving import load_model

    if len(labellers) == 1:
        raise click.UsageError("got one --labeller; name at least two, whose labels are compared")
    form, report, loaded = output_format(form), Report(), load_model(model)
    columns = LabelColumns(text, label, group, frames, (*by, *labellers))
    rows = read_labelled(data, columns, encoding=encoding)
    of = f"{loaded.name} on {', '.join(data)}"
    options = {"groups": rows.groups, "labels": loaded.labels, "random_state": seed}
    predicted, proba = loaded.predict(rows.texts), loaded.predict_proba(rows.texts)
    _add_scores(report, rows, predicted, proba, options, of)
    if labellers:
        _add_agreement(report, rows, labellers, options)
    if by:
        parts_shown = None if form == "markdown" else MOST_SLICES
        _add_slices(report, rows, predicted, proba, by, options, parts_shown)
    if frames:
        scores = _score_frames(loaded, rows, seed)
        report.add("frames", scores.to_dict(), frame_parts(scores, f"Frames of {of}"))
    report.print(form)
    if note_left_out(rows):
        raise click.exceptions.Exit(INCOMPLETE)


def _add_scores(
    report: Report,
    rows: LabelledPassages,
    predicted: np.ndarray,
    proba: np.ndarray,
    options: dict[str, Any],
    of: str,
) -> None:
    from stancekit.evaluation import score

    scores = score(rows.labels, predicted, proba=proba, **options)
    parts = [*stance_parts(scores, f"Scores of {of}"), reliability_part(scores)]
    report.add("stance", scores.to_dict(), parts)


def _add_agreement(
    report: Report, rows: LabelledPassages, labellers: tuple[str, ...], options: dict[str, Any]
) -> None:
    from stancekit.agreement import score_agreement

    found = score_agreement({who: rows.others[who] for who in labellers}, **options)
    report.add("agreement", found.to_dict(), [agreement_part(found)])


def _add_slices(
    report: Report,
    rows: LabelledPassages,
    predicted: np.ndarray,
    proba: np.ndarray,
    by: tuple[str, ...],
    options: dict[str, Any],
    most: int | None,
) -> None:
    from stancekit.slices import score_slices

    columns = {column: rows.others[column] for column in by}
    found = score_slices(rows.labels, predicted, by=columns, proba=proba, **options)
    report.add("slices", [one.to_dict() for one in found], slice_parts(found, most=most))


def _score_frames(model: Model, rows: LabelledPassages, seed: int) -> FrameEvaluation:
    from stancekit.evaluation import score_frames

    if model.frames is None:
        raise click.UsageError(f"{model.name} knows no frames; leave out --frames")
    known, marked = set(model.frame_names), rows.frames or []
    unknown = sorted({name for marks in marked for name in marks} - known)
    if unknown:
        note(f"{model.name} does not know these frames, which are left out: {', '.join(unknown)}")
    return score_frames(
        model.frames.indicator([[name for name in marks if name in known] for marks in marked]),
        model.frames.predict(rows.texts),
        frames=model.frame_names,
        groups=rows.groups,
        random_state=seed,
    )
