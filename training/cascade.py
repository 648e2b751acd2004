"""The cascade `troops-en-auto`: `python -m training.cascade` chooses its threshold and saves it.

The threshold is chosen by what both models say of held-out training passages; the dev splits are
then scored once, and the time that real articles take is measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import Cascade, Model, StanceClassifier, StancekitError, load_model, score
from stancekit.saving import save_cascade_beside
from stancekit.storage import ENCODER_FOLDER
from training.attention_graph import has_heads
from training.joined import JoinedClassifier
from training.one_core import one_core
from training.passages import DATA, Passages, load_passages
from training.scoring import RESULTS, read_result, score_on_dev, with_interval, write_result
from training.train import (
    APPEAL,
    IGNORED_NAMES,
    LICENCE,
    LIMITS,
    MEANING,
    MODELS,
    USE,
    golden_texts,
    with_vectors,
)
from training.trials import SCORED, SHIPPED, Trial, read_held_out
from training.vectors import read_cache

__all__ = ["MEMBERS", "NAME", "cascade_table", "choose_threshold", "curve", "main"]

NAME = "troops-en-auto"
MEMBERS = {"first": "troops-en", "second": "troops-en-accurate"}
THRESHOLDS = tuple(round(step / 20, 2) for step in range(8, 21))
# What macro F1 may be lost on held-out news, as compared with the second model alone.
TOLERANCE = 0.005
SUMMARY = (
    "`troops-en`, which asks `troops-en-accurate` about the passages of which it is unsure. It "
    "needs `pip install 'stancekit[accurate]'`."
)
# Where the articles of the case study lie, for the time that they take.
_ARTICLES = "articles"
_N_RUNS = 3


def curve(
    parts: Mapping[str, Passages],
    first: Mapping[str, tuple[np.ndarray, np.ndarray]],
    second: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> list[dict[str, Any]]:
    """Macro F1 on each split, and the share that the second model answers, by threshold.

    Parameters
    ----------
    parts : mapping of split to its passages
    first, second : mapping of split to labels and to the highest probability of each passage
    """
    rows = []
    for threshold in THRESHOLDS:
        row: dict[str, Any] = {"threshold": threshold}
        for split, part in parts.items():
            asks = first[split][1] < threshold
            labels = np.where(asks, second[split][0], first[split][0])
            found = score(part.stances, labels, groups=part.groups).to_dict()
            row[split] = {"macro_f1": found["macro_f1"], "asked": float(asks.mean())}
        rows.append(row)
    return rows


def choose_threshold(rows: Sequence[Mapping[str, Any]], split: str = "news_train") -> float:
    """The smallest threshold at which all but `TOLERANCE` of the second model's score is there."""
    whole = rows[-1][split]["macro_f1"]["value"]
    good = (
        row["threshold"] for row in rows if row[split]["macro_f1"]["value"] >= whole - TOLERANCE
    )
    return float(next(good))


def held_out_curve(cache: Path, data_dir: Path, n_jobs: int) -> list[dict[str, Any]]:
    """`curve` of the training passages, each read by fits without its article."""
    passages = load_passages(SHIPPED, data_dir)
    is_joined = has_heads(MODELS / MEMBERS["second"] / ENCODER_FOLDER)
    settings: dict[str, dict[str, Any]] = {
        part: {"ignore_names": IGNORED_NAMES[name]} for part, name in MEMBERS.items()
    }
    settings["second"] |= with_vectors(MEMBERS["second"], read_cache(cache), is_joined)
    kinds = {
        "first": StanceClassifier,
        "second": JoinedClassifier if is_joined else StanceClassifier,
    }
    splits, found = np.array(passages.splits), {}
    for member, how in settings.items():
        click.echo(f"cross-validating {MEMBERS[member]}", err=True)
        trial = Trial("", SHIPPED, classifier=kinds[member], settings=how)
        read = read_held_out(trial, passages, n_jobs)
        assert read.proba is not None  # both have probabilities
        sure = read.proba.max(axis=1)
        found[member] = {
            split: (read.predicted[splits == split], sure[splits == split]) for split in SCORED
        }
    parts = {split: passages.take(np.flatnonzero(splits == split)) for split in SCORED}
    return curve(parts, found["first"], found["second"])


def article_seconds(model: Model, data_dir: Path) -> dict[str, float]:
    """What reading the real articles takes, without their voices, best of three."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((data_dir / _ARTICLES).iterdir())]
    model.analyze(texts[0], voices=False)  # what is opened at first use
    seconds = []
    for _ in range(_N_RUNS):
        start = time.perf_counter()
        n_passages = sum(len(model.analyze(text, voices=False).scored) for text in texts)
        seconds.append(time.perf_counter() - start)
    return {
        "n_articles": len(texts),
        "n_passages": n_passages,
        "seconds": min(seconds),
        "passages_per_second": n_passages / min(seconds),
    }


def cascade_table(results: Path = RESULTS) -> str:
    """Dev scores and speed on real articles of the two models and of the cascade."""
    facts = read_result("cascade", results)
    lines = [
        "| model | macro F1: news | speeches | passages of articles a second, one core |",
        "|---|---|---|---:|",
    ]
    for name, speed in facts["articles"].items():
        stance = facts["dev"]["stance"] if name == NAME else read_result(name, results)["stance"]
        cells = [with_interval(found["macro_f1"]) for found in stance.values()]
        lines.append(f"| {name} | {' | '.join(cells)} | {speed['passages_per_second']:,.0f} |")
    chosen = next(row for row in facts["held_out"] if row["threshold"] == facts["threshold"])
    asked = ", ".join(f"{chosen[split]['asked']:.0%} of {split}" for split in SCORED)
    n = facts["articles"][NAME]
    note = (
        f"Threshold {facts['threshold']:g}: the second model is asked about {asked}, held out. "
        f"Speed over {n['n_passages']:,} passages of {n['n_articles']} real articles, without "
        "voices."
    )
    return "\n".join(lines) + f"\n\n{note}"


def _facts(scores: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    asked = ", ".join(f"{chosen[split]['asked']:.0%} of {split}" for split in SCORED)
    return {
        "summary": SUMMARY,
        "meaning": MEANING,
        "use": USE,
        "limits": LIMITS,
        "measured": [
            f"Of held-out passages of the training the second is asked about {asked}: the "
            f"threshold is the smallest at which no more than {TOLERANCE:g} of the second model's "
            "macro F1 on news is lost."
        ],
        "scores": scores["stance"],
        "frame_scores": scores["frames"],
        "appeal": APPEAL,
        "licence": LICENCE,
        "rebuild": "`python -m training.cascade`, when its two models are there",
    }


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--cache", type=click.Path(path_type=Path), metavar="STEM")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=MODELS, help="Of models.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="Of scores.")
@click.option("--jobs", default=2, show_default=True, help="Folds fitted at once.")
@click.option("--card", "is_card_only", is_flag=True, help="Save it anew; measure nothing.")
def main(
    data_dir: Path,
    cache: Path | None,
    output: Path,
    results: Path,
    jobs: int,
    is_card_only: bool,
) -> None:
    """Choose the threshold, score the cascade on the dev splits, time it, and save it.

    --cache has the vectors that `python -m training.train troops-en-accurate` kept. Without it, the
    results say what was read of held-out passages the last time. A cascade is of two models as
    they are, cards included: where a card is renewed, renew the cascade with --card.
    """
    try:
        if cache is None:
            rows = read_result("cascade", results)["held_out"]
        else:
            rows = held_out_curve(cache, data_dir, jobs)
        threshold = choose_threshold(rows)
        chosen = next(row for row in rows if row["threshold"] == threshold)
        places = {part: output / name for part, name in MEMBERS.items()}
        first, second = (load_model(places[part]) for part in ("first", "second"))
        if is_card_only:
            scores = read_result("cascade", results)["dev"]
        else:
            click.echo(f"threshold {threshold:g}; scoring on the dev splits", err=True)
            cascade = Cascade(first, second, threshold, name=NAME)
            scores = score_on_dev(cascade, data_dir)
            with one_core():
                models = (first, second, cascade)
                seconds = {model.name: article_seconds(model, data_dir) for model in models}
            facts: dict[str, Any] = {
                "threshold": threshold,
                "tolerance": TOLERANCE,
                "held_out": rows,
                "dev": scores,
                "articles": seconds,
                "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            }
            write_result("cascade", facts, results)
        whole = Cascade(first, second, threshold, name=NAME, about=_facts(scores, chosen))
        save_cascade_beside(whole, output / NAME, places, golden=golden_texts(), force=True)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {output / NAME}", err=True)


if __name__ == "__main__":
    main()
