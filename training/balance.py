"""Whether `troops-en` errs alike on the left and the right: `python -m training.balance`.

News passages by the political lean of their outlet, as AllSides rates it (the unlabelled passages
of the collection carry it): how often the label is wrong, and in which direction. The dev split as
the shipped model reads it, and the training passages as models read them that were fitted without
their articles, which are many more. Writes `results/balance.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import DataError, StancekitError, load_model
from stancekit.bootstrap import Draws, Floats
from stancekit.splits import group_codes
from training.fold_models import fold_models
from training.passages import DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.standoff import NEWS_POOL, read_standoff
from training.train import RECIPES, SEED

__all__ = ["LEANS", "RATES", "lean_of_outlets", "main", "rates_by_lean"]

LEANS = ("left", "center", "right")
_PRESENCE, _WITHDRAWAL = "pro-presence", "pro-withdrawal"
_SIDES = (_PRESENCE, _WITHDRAWAL)
_N_BOOTSTRAP = 2000
_TRAINED_ON = ("news_train", "news_train_more")

Marks = np.ndarray
# For each rate the passages that it counts, among those that it is a share of.
RATES: dict[str, tuple[Callable[[Marks, Marks], Marks], Callable[[Marks], Marks]]] = {
    "wrong": (lambda y, found: y != found, lambda y: np.ones(len(y), dtype=bool)),
    "flipped": (
        lambda y, found: np.isin(found, _SIDES) & (y != found),
        lambda y: np.isin(y, _SIDES),
    ),
    "presence missed": (lambda y, found: y != found, lambda y: y == _PRESENCE),
    "withdrawal missed": (lambda y, found: y != found, lambda y: y == _WITHDRAWAL),
    "neutral taken for presence": (
        lambda y, found: found == _PRESENCE,
        lambda y: ~np.isin(y, _SIDES),
    ),
    "neutral taken for withdrawal": (
        lambda y, found: found == _WITHDRAWAL,
        lambda y: ~np.isin(y, _SIDES),
    ),
}


def lean_of_outlets(data_dir: Path) -> dict[str, str]:
    """The lean of each outlet; of one that was rated twice, the commoner one.

    Raises
    ------
    DataError
        When the file with the ratings is not there.
    """
    path = data_dir / NEWS_POOL
    if not path.is_file():
        raise DataError(f"there is no {path}; the ratings of the outlets are read from it")
    counts: dict[str, Counter[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            counts.setdefault(row["outlet"], Counter())[row["lean"]] += 1
    return {outlet: max(sorted(found), key=found.__getitem__) for outlet, found in counts.items()}


def rates_by_lean(
    y: Sequence[str], found: Sequence[str], leans: Sequence[str], groups: Sequence[str]
) -> dict[str, Any]:
    """Each of `RATES` for each lean, and left less right, with 95 % intervals by article.

    Passages of another lean are left out.

    Parameters
    ----------
    y, found : sequence of str; the right labels and those of the model
    leans, groups : sequence of str; lean of the outlet, and article, of each passage
    """
    truth, guess, lean = (np.array(one, dtype=object) for one in (y, found, leans))
    facts: dict[str, Any] = {}
    drawn: dict[str, dict[str, Floats]] = {}
    for seed, name in enumerate(LEANS, start=SEED):  # the draws of one lean know nothing of another
        rows = np.flatnonzero(lean == name)
        codes = group_codes([groups[row] for row in rows.tolist()], len(rows))
        draws = Draws(codes, _N_BOOTSTRAP, 0.95, seed)
        drawn[name] = {rate: _share(draws, truth[rows], guess[rows], rate) for rate in RATES}
        facts[name] = {
            "n_passages": len(rows),
            "n_articles": draws.n_groups,
            "counts": dict(sorted(Counter(truth[rows].tolist()).items())),
            **{rate: asdict(draws.interval(values)) for rate, values in drawn[name].items()},
        }
    facts["left less right"] = {
        rate: asdict(draws.interval(drawn["left"][rate] - drawn["right"][rate])) for rate in RATES
    }
    return facts


def _share(draws: Draws, y: Marks, found: Marks, rate: str) -> Floats:
    counts, among = RATES[rate]
    kept = among(y)
    columns = [np.array(marks, dtype=float)[:, None] for marks in (counts(y, found) & kept, kept)]
    hits, total = draws.totals(columns).T
    with np.errstate(invalid="ignore"):
        return np.asarray(hits / total)


def held_out_labels(passages: Passages) -> np.ndarray:
    """The label of each passage by a model of the recipe that has not seen its article."""
    found = np.empty(len(passages), dtype=object)
    for model, held_out in fold_models(passages):
        wanted = [row for row in held_out if passages.splits[row] in _TRAINED_ON]
        found[wanted] = model.predict([passages.texts[row] for row in wanted])
        click.echo(f"a fold of {len(wanted):,} news passages is done", err=True)
    return found


def _by_lean(passages: Passages, found: np.ndarray, lean: Mapping[str, str]) -> dict[str, Any]:
    rows = (row for split in set(passages.splits) for row in read_standoff(split))
    outlets = {row["article"]: row["outlet"] for row in rows}
    leans = [lean.get(outlets[article], "unrated") for article in passages.groups]
    return rates_by_lean(passages.stances, found.tolist(), leans, passages.groups)


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Compare the errors on outlets of the left, the centre and the right, some minutes."""
    try:
        lean = lean_of_outlets(data_dir)
        dev = load_passages(["news_dev"], data_dir)
        found = {"dev": _by_lean(dev, load_model("troops-en").predict(dev.texts), lean)}
        passages = load_passages(RECIPES["troops-en"], data_dir)
        labels = held_out_labels(passages)
        rows = [row for row, split in enumerate(passages.splits) if split in _TRAINED_ON]
        found["training, held out"] = _by_lean(passages.take(rows), labels[rows], lean)
        write_result("balance", found, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
