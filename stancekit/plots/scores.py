"""How good a classifier is, as a picture: reliability, risk by coverage, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stancekit.plots.canvas import GREY, drawing, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec

    from stancekit.abstention import RiskCoverage
    from stancekit.bootstrap import Interval
    from stancekit.evaluation import Evaluation
    from stancekit.reliability import ReliabilityBin

__all__ = ["draw_reliability", "plot_evaluation"]

_BLUE = "#0072B2"
_DARK = 0.55


def plot_evaluation(
    found: Evaluation,
    curve: RiskCoverage | None,
    path: str | Path,
    *,
    title: str = "",
    force: bool = False,
) -> None:
    """Draw scores as `stancekit.score` and `stancekit.risk_coverage` give them.

    Parameters
    ----------
    found : Evaluation
    curve : RiskCoverage or None
    path : str or Path
        A file that ends in .png, .svg or .pdf.
    title : str
    force : bool
        Replace the file if it is there.

    Raises
    ------
    InputError, DataError, MissingExtraError
        For another suffix, a file that is there, or matplotlib that is not.
    """
    n_panels = 1 + (found.reliability is not None) + (curve is not None)
    with drawing(Path(path), 4.2 * n_panels, 4.2, force=force) as figure:
        figure.suptitle(f"{title}: {_size(found)}" if title else _size(found))
        grid = figure.add_gridspec(1, n_panels)
        places = iter(range(n_panels))
        if found.reliability is not None:
            _draw_reliability_with_counts(found, figure, grid[0, next(places)])
        if curve is not None:
            _draw_risk(curve, figure.add_subplot(grid[0, next(places)]))
        _draw_confusion(found, figure.add_subplot(grid[0, next(places)]))


def draw_reliability(
    bins: Sequence[ReliabilityBin], axes: Axes, *, label: str, colour: str, marker: str
) -> None:
    """How often the likeliest label is right, by its probability, with intervals."""
    x = [one.confidence for one in bins]
    y = [one.accuracy.value for one in bins]
    axes.errorbar(
        x,
        y,
        yerr=_arms([one.accuracy for one in bins]),
        fmt=marker,
        color=colour,
        markersize=5,
        capsize=2,
        linewidth=1,
        clip_on=False,
        label=label,
    )
    plain(axes)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share that is right")


def _draw_reliability_with_counts(found: Evaluation, figure: Figure, place: SubplotSpec) -> None:
    halves = place.subgridspec(2, 1, height_ratios=(5, 1), hspace=0.05)
    axes = figure.add_subplot(halves[0, 0])
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1)
    draw_reliability(found.reliability or (), axes, label="", colour=_BLUE, marker="o")
    axes.set_title(f"Reliability: calibration error {_shown(found.ece)}")
    axes.tick_params(labelbottom=False)
    counts = figure.add_subplot(halves[1, 0], sharex=axes)
    for one in found.reliability or ():
        counts.bar(
            one.low,
            one.n_passages,
            one.high - one.low,
            align="edge",
            color="#BBBBBB",
            edgecolor="white",
        )
    plain(counts)
    counts.set(xlabel="probability of the likeliest label", ylabel="passages")


def _draw_risk(curve: RiskCoverage, axes: Axes) -> None:
    x = [one.coverage.value for one in curve.points]
    axes.fill_between(
        x,
        [one.risk.low for one in curve.points],
        [one.risk.high for one in curve.points],
        color=_BLUE,
        alpha=0.18,
        linewidth=0,
    )
    axes.plot(x, [one.risk.value for one in curve.points], "o-", color=_BLUE, markersize=3.5)
    plain(axes)
    axes.set(xlim=(0, 1.02), xlabel="share of passages that get a label", ylabel="wrong of these")
    axes.set_ylim(bottom=0)
    axes.set_title(f"Risk by coverage: area {_shown(curve.area)}")


def _draw_confusion(found: Evaluation, axes: Axes) -> None:
    counts = np.array(found.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        axes.text(
            column,
            row,
            f"{count}\n{share:.0%}",
            ha="center",
            va="center",
            color="white" if share > _DARK else "black",
        )
    places = range(len(found.labels))
    axes.set_xticks(places, found.labels, rotation=30, ha="right")
    axes.set_yticks(places, found.labels)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel="label of the model", ylabel="right label")
    axes.set_title(f"Confusion: macro F1 {_shown(found.macro_f1)}")


def _size(found: Evaluation) -> str:
    """How many passages, and articles where there are any."""
    text = f"n = {found.n_passages:,} passages"
    is_grouped = found.n_groups != found.n_passages
    return f"{text} in {found.n_groups:,} articles" if is_grouped else text


def _arms(values: list[Interval]) -> np.ndarray:
    """Lengths of error bars; none where there is no interval."""
    arms = [[one.value - one.low, one.high - one.value] for one in values]
    lengths: np.ndarray = np.nan_to_num(np.array(arms).reshape(-1, 2).T.clip(min=0))
    return lengths


def _shown(found: Interval | None) -> str:
    if found is None or found.value != found.value:
        return "–"
    interval = f" [{found.low:.2f}, {found.high:.2f}]" if found.low == found.low else ""
    return f"{found.value:.2f}{interval}"
