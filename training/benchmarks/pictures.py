"""Pictures from `results/`, written beside them: `python -m training.benchmarks.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit import StancekitError
from stancekit.bootstrap import Interval
from stancekit.plots.canvas import GREY, drawing, plain, styles_of
from stancekit.plots.scores import draw_reliability
from stancekit.prevalence import METHODS
from stancekit.reliability import ReliabilityBin
from training.cascade import MEMBERS
from training.scoring import RESULTS, read_result
from training.trials import SCORED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PICTURES", "draw_learning_curve", "main"]

_REACH = 0.023
_SPOKEN = {
    **{"news_dev": "news", "speeches_dev": "speeches"},
    **{"news_train": "news", "speeches_train": "speeches"},
}


def draw_prevalence(facts: dict[str, Any], path: Path) -> None:
    """How often the intervals of each method hold the true share."""
    styles = styles_of(METHODS)
    settings = facts["settings"]
    with drawing(path, 8, 3.8, force=True) as figure:
        panels = figure.subplots(1, len(facts["confusion_of"]), sharey=True, squeeze=False)[0]
        for axes, (split, by_share) in zip(panels, facts["confusion_of"].items(), strict=True):
            axes.axhspan(0.93, 0.97, color="#DDDDDD", linewidth=0)
            for method, style in styles.items():
                axes.plot(
                    [float(share) for share in by_share],
                    [found[method]["coverage"] for found in by_share.values()],
                    color=style.colour,
                    marker=style.marker,
                    linestyle=style.line,
                    label=method,
                )
            plain(axes)
            axes.set(ylim=(-0.03, 1.03), xlabel="true share", title=f"misread as {_SPOKEN[split]}")
        panels[0].set_ylabel("95% intervals that hold it")
        figure.suptitle(
            f"Intervals of measure; n = {settings['n_runs']:,} made-up corpora a point; "
            "grey: 93 to 97%"
        )
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)


def draw_conformal(facts: dict[str, Any], path: Path) -> None:
    """How often the set of labels holds the right one, label by label."""
    settings = facts["settings"]
    with drawing(path, 11, 4.2, force=True) as figure:
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        _draw_made_up(facts, panels[0])
        for axes, (split, found) in zip(panels[1:], facts["dev"].items(), strict=True):
            _draw_dev(found["stored"]["sets"], facts["labels"], axes)
            axes.set_title(f"{_SPOKEN[split]}, dev articles")
        for axes in panels:
            for level in map(float, facts["made_up"]):
                reach = (level - _REACH, level + _REACH)
                axes.hlines(level, *reach, color=GREY, linestyle=":", linewidth=1.4)
            plain(axes)
            axes.set(xlabel="coverage asked for, dotted", xticks=(0.8, 0.9, 0.95))
            axes.legend(loc="lower right", frameon=False)
        panels[0].set(xlim=(0.77, 0.98), ylim=(0.5, 1.02))
        panels[0].set_ylabel("passages whose set holds their label")
        figure.suptitle(
            f"Conformal sets of labels; n = {settings['n_runs']:,} made-up corpora, and the dev "
            "articles with 95% intervals"
        )


def _draw_made_up(facts: dict[str, Any], axes: Axes) -> None:
    labels = [f"{share:.0%} of passages" for share in facts["settings"]["shares"]]
    styles = list(styles_of(labels).values())
    for k, (label, style) in enumerate(zip(labels, styles, strict=True)):
        for name, fill, left in (
            ("same shares", style.colour, -0.015),
            ("other shares", "none", 0.009),
        ):
            axes.plot(
                [float(level) + left + 0.006 * k for level in facts["made_up"]],
                [found[name][k] for found in facts["made_up"].values()],
                color=style.colour,
                marker=style.marker,
                markerfacecolor=fill,
                linestyle="none",
                label=label if name == "same shares" else None,
            )
    axes.set_title("made up; hollow: other shares than calibrated")


def _draw_dev(sets: dict[str, Any], labels: list[str], axes: Axes) -> None:
    for k, (label, style) in enumerate(styles_of(labels).items()):
        found = [one["by_label"][label] for one in sets.values()]
        axes.errorbar(
            [float(level) + 0.008 * (k - 1) for level in sets],
            [one["value"] for one in found],
            yerr=[
                [one["value"] - one["low"] for one in found],
                [one["high"] - one["value"] for one in found],
            ],
            fmt=style.marker,
            color=style.colour,
            capsize=2,
            linewidth=1,
            label=label,
        )


def draw_calibration(facts: dict[str, Any], path: Path) -> None:
    """How often the likeliest label is right by its probability, before and after."""
    with drawing(path, 8, 4.2, force=True) as figure:
        panels = figure.subplots(1, len(facts["dev"]), sharey=True, squeeze=False)[0]
        for axes, (split, found) in zip(panels, facts["dev"].items(), strict=True):
            axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1)
            for name, style in styles_of(["after", "before"]).items():
                bins = [_bin(one) for one in found[name]["reliability"]]
                draw_reliability(bins, axes, label=name, colour=style.colour, marker=style.marker)
            n = sum(one["n_passages"] for one in found["after"]["reliability"])
            errors = ", ".join(f"{one['ece']['value']:.2f} {name}" for name, one in found.items())
            axes.set(xlabel="probability of the likeliest label")
            axes.set_title(f"{_SPOKEN[split]}, dev articles: n = {n}\ncalibration error {errors}")
        panels[-1].set_ylabel("")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
        figure.suptitle("troops-en before and after calibration, with 95% intervals")


def draw_learning_curve(facts: dict[str, Any], path: Path) -> None:
    """Macro F1 by how much there is of each kind of training text."""
    splits = list(next(iter(next(iter(facts.values())).values())))
    with drawing(path, 8, 3.8, force=True) as figure:
        panels = figure.subplots(1, len(splits), sharey=True, squeeze=False)[0]
        for axes, split in zip(panels, splits, strict=True):
            for k, (kind, style) in enumerate(styles_of(list(facts)).items()):
                found = [one[split]["macro_f1"] for one in facts[kind].values()]
                axes.errorbar(
                    [float(share) + 0.012 * (k - 1) for share in facts[kind]],
                    [one["value"] for one in found],
                    yerr=[
                        [one["value"] - one["low"] for one in found],
                        [one["high"] - one["value"] for one in found],
                    ],
                    color=style.colour,
                    marker=style.marker,
                    linestyle=style.line,
                    capsize=2,
                    label=f"part of the {kind}",
                )
            plain(axes)
            n = next(iter(facts.values()))["1"][split]["n_passages"]
            axes.set_title(f"held-out {_SPOKEN[split]}: n = {n}")
            axes.set(xlabel="part of the articles", xticks=(0.25, 0.5, 1))
        panels[0].set_ylabel("macro F1")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
        figure.suptitle("Less of one kind of training text, all of the others; 95% intervals")


def draw_cascade(facts: dict[str, Any], path: Path) -> None:
    """Macro F1 of the cascade by the passages a second that it reads, as the threshold rises."""
    rows, speeds = facts["held_out"], facts["articles"]
    quick, slow = (speeds[name]["passages_per_second"] for name in MEMBERS.values())
    with drawing(path, 8, 3.8, force=True) as figure:
        panels = figure.subplots(1, len(SCORED), sharey=True, squeeze=False)[0]
        for axes, split in zip(panels, SCORED, strict=True):
            found = [row[split] for row in rows]
            # Each passage is read by the first, and those that are asked about by the second too.
            rates = [1 / (1 / quick + one["asked"] / slow) for one in found]
            values = [one["macro_f1"]["value"] for one in found]
            axes.plot(rates, values, color=GREY, marker="o")
            for row, rate, value in zip(rows, rates, values, strict=True):
                if row["threshold"] == facts["threshold"]:
                    axes.plot([rate], [value], color="#D55E00", marker="D", markersize=9)
                    where = {"textcoords": "offset points", "xytext": (-30, -20)}
                    axes.annotate(f"threshold {row['threshold']:g}", (rate, value), **where)
            plain(axes)
            axes.set_xscale("log")
            axes.set(xlabel="passages a second, one core", title=f"held-out {_SPOKEN[split]}")
        panels[0].set_ylabel("macro F1")
        figure.suptitle("troops-en-auto, from the second model alone (left) to the first (right)")


def _bin(facts: dict[str, Any]) -> ReliabilityBin:
    known = {name: value for name, value in facts["accuracy"].items() if value is not None}
    nothing = {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    return ReliabilityBin(**{**facts, "accuracy": Interval(**{**nothing, **known})})


PICTURES: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "prevalence": draw_prevalence,
    "conformal": draw_conformal,
    "calibration": draw_calibration,
    "learning_curve": draw_learning_curve,
    "cascade": draw_cascade,
}


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(results: Path) -> None:
    """Draw what the benchmarks found, beside their results."""
    try:
        for name, draw in PICTURES.items():
            draw(read_result(name, results), results / f"{name}.svg")
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
