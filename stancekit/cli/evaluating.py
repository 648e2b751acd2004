"""`stancekit evaluate`: a model and labelled passages in, scores with intervals out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.options import INCOMPLETE, label_options, model_option, plot_option
from stancekit.cli.progress import note
from stancekit.cli.report import Report, note_left_out, output_format
from stancekit.cli.scoreboard import (
    MOST_SLICES,
    agreement_part,
    comparison_part,
    frame_parts,
    reliability_part,
    risk_part,
    slice_parts,
    stance_parts,
)
from stancekit.cli.targets import check_target
from stancekit.errors import DataError, InputError

if TYPE_CHECKING:
    import numpy as np

    from stancekit.abstention import RiskCoverage
    from stancekit.cli.labelled import LabelledPassages
    from stancekit.evaluation import Evaluation, FrameEvaluation
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
@click.option(
    "--against",
    metavar="MODEL",
    help="Another model, or a table that `stancekit predict` wrote: which one is better?",
)
@click.option("--id", "id_column", metavar="COL", help="What names a row, in a table --against.")
@plot_option
@click.option("--force", is_flag=True, help="Replace the plot if it is there.")
def evaluate(
    data: tuple[str, ...],
    model: str,
    text: str,
    label: str,
    group: str | None,
    target: str | None,
    frames: str | None,
    form: str | None,
    seed: int,
    encoding: str,
    by: tuple[str, ...],
    labellers: tuple[str, ...],
    against: str | None,
    id_column: str | None,
    plot: Path | None,
    force: bool,
) -> None:
    """Score a model on labelled passages it has not seen.

    DATA is what `stancekit train` takes.

    \b
    stancekit evaluate held-out.csv --group article
    stancekit evaluate held-out.csv --group article --by outlet --by date
    stancekit evaluate held-out.csv --labeller ann --labeller ben --labeller eve
    stancekit evaluate held-out.csv --frames arguments --model my-model
    stancekit evaluate held-out.csv --model my-model --target topic --by topic
    stancekit evaluate held-out.csv --group article --against my-model
    stancekit evaluate held-out.csv --against labels.jsonl --id url
    stancekit evaluate held-out.csv --group article --format markdown > scores.md
    stancekit evaluate held-out.csv --group article --plot scores.png
    stancekit evaluate held-out.jsonl | jq .stance.macro_f1.value

    What comes out, with 95 % intervals: F1, precision and recall of each label, accuracy, MCC and
    Krippendorff's alpha of the model with the labels; the confusion table; how often the likeliest
    label is right by its probability, in 15 bins of equal width, with the calibration error and
    the Brier score; the risk-coverage curve, which says how many labels are wrong when passages
    whose label has a low probability get none; and, with --frames, the scores of each frame. With
    --group the intervals are by whole articles.

    With --labeller, which names columns: the alpha of the labellers and the macro F1 of each
    against what most of the others say, which is what people reach on the same passages. A cell
    may be empty.

    With --by: the scores of each outlet, year or whatever the column holds. More than 20 different
    numbers are cut at their quartiles, as many dates by year.

    With --plot: reliability, risk by coverage and the confusion table, as a picture.

    With --against: macro F1 and accuracy of both on the same passages, their difference with a
    paired bootstrap interval, McNemar's exact test and, where the interval covers 0, about how
    many passages would be needed to tell the two apart.
    """
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.plots import check_plot, plot_evaluation
    from stancekit.saving import load_model

    if plot is not None:
        check_plot(plot, force=force)
    if len(set(labellers)) == 1:
        raise click.UsageError("got one --labeller; name at least two, whose labels are compared")
    id_columns = _id_columns(against, id_column)
    form, report, loaded = output_format(form), Report(), load_model(model)
    check_target(loaded, target)
    columns = LabelColumns(text, label, group, frames, (*by, *labellers, *id_columns), target)
    rows = read_labelled(data, columns, encoding=encoding)
    if group is None:
        note("no --group: if rows come from the same articles, the intervals are too narrow")
    scored = _Scored(
        rows,
        loaded.labels,
        loaded.predict(rows.texts, rows.targets),
        loaded.predict_proba(rows.texts, rows.targets),
        {"labels": loaded.labels, "random_state": seed},
        f"{loaded.name} on {', '.join(data)}",
    )
    drawn = _add_scores(report, scored)
    if labellers:
        _add_agreement(report, scored, labellers)
    n_unlabelled = 0
    if against:
        second, name = _second(against, scored, id_columns, encoding)
        n_unlabelled = second.count(None)
        _add_comparison(report, scored, second, (loaded.name, name))
    if by:
        _add_slices(report, scored, by, most=None if form == "markdown" else MOST_SLICES)
    if frames:
        scores = _score_frames(loaded, rows, seed)
        report.add("frames", scores.to_dict(), frame_parts(scores, f"Frames of {scored.of}"))
    report.print(form)
    if plot is not None:
        plot_evaluation(*drawn, plot, title=scored.of, force=force)
        note(f"drew {plot}")
    if note_left_out(rows) or n_unlabelled:
        raise click.exceptions.Exit(INCOMPLETE)


@dataclass(frozen=True)
class _Scored:
    """Labelled passages, what the model says of them, and how they are scored."""

    rows: LabelledPassages
    labels: tuple[str, ...]
    predicted: np.ndarray
    proba: np.ndarray
    options: dict[str, Any]
    of: str


def _id_columns(against: str | None, id_column: str | None) -> tuple[str, ...]:
    from stancekit.tables import is_table

    is_file = against is not None and is_table(against)
    if id_column and not is_file:
        raise click.UsageError("--id is for a table of predictions as --against; leave it out")
    if is_file and id_column is None:
        raise click.UsageError(
            f"got a table as --against; name with --id the column of DATA that {against} has as id"
        )
    return (id_column,) if is_file and id_column else ()


def _second(
    against: str, scored: _Scored, id_columns: tuple[str, ...], encoding: str
) -> tuple[list[str | None], str]:
    """What another model says, or said, of the passages, and what it is called."""
    from stancekit.predictions import read_predictions
    from stancekit.saving import load_model

    if not id_columns:
        other = load_model(against)
        unknown = sorted(set(other.labels) - set(scored.labels))
        if unknown:
            raise InputError(
                f"{other.name} gives labels that the model does not know: {', '.join(unknown)}; "
                "compare models that have the same labels"
            )
        # One model may be told the targets, where the other never had any.
        told = None if other.stance.targets_ is None else scored.rows.targets
        return [str(label) for label in other.predict(scored.rows.texts, told)], other.name
    ids = scored.rows.others[id_columns[0]]
    return read_predictions(against, ids, labels=scored.labels, encoding=encoding), against


def _add_scores(report: Report, scored: _Scored) -> tuple[Evaluation, RiskCoverage]:
    from stancekit.abstention import risk_coverage
    from stancekit.evaluation import score

    rows = scored.rows
    found = score(
        rows.labels, scored.predicted, groups=rows.groups, proba=scored.proba, **scored.options
    )
    parts = [*stance_parts(found, f"Scores of {scored.of}"), reliability_part(found)]
    report.add("stance", found.to_dict(), parts)
    place = {label: k for k, label in enumerate(scored.labels)}
    columns = [place[str(label)] for label in scored.predicted]
    curve = risk_coverage(
        rows.labels,
        scored.predicted,
        scored.proba[range(len(columns)), columns],
        groups=rows.groups,
        random_state=scored.options["random_state"],
    )
    report.add("risk_coverage", curve.to_dict(), [risk_part(curve)])
    return found, curve


def _add_agreement(report: Report, scored: _Scored, labellers: tuple[str, ...]) -> None:
    from stancekit.agreement import score_agreement

    columns = {who: scored.rows.others[who] for who in labellers}
    found = score_agreement(columns, groups=scored.rows.groups, **scored.options)
    report.add("agreement", found.to_dict(), [agreement_part(found)])


def _add_comparison(
    report: Report, scored: _Scored, second: list[str | None], names: tuple[str, str]
) -> None:
    from stancekit.comparison import compare

    kept = [row for row, label in enumerate(second) if label is not None]
    if not kept:
        raise DataError(f"{names[1]} labels none of the passages; predict them anew")
    if len(kept) < len(second):
        note(
            f"{names[1]} does not label {len(second) - len(kept)} of {len(second)} passages; "
            f"compared on the other {len(kept)}"
        )
    rows = scored.rows
    found = compare(
        [rows.labels[row] for row in kept],
        scored.predicted[kept],
        [second[row] for row in kept],
        groups=None if rows.groups is None else [rows.groups[row] for row in kept],
        **scored.options,
    )
    plain = {"first": names[0], "second": names[1], **found.to_dict()}
    report.add("comparison", plain, [comparison_part(found, *names)])


def _add_slices(report: Report, scored: _Scored, by: tuple[str, ...], *, most: int | None) -> None:
    from stancekit.slices import score_slices

    rows = scored.rows
    found = score_slices(
        rows.labels,
        scored.predicted,
        by={column: rows.others[column] for column in by},
        groups=rows.groups,
        proba=scored.proba,
        **scored.options,
    )
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
