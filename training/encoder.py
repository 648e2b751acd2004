"""What a sentence encoder adds: `python -m training.encoder` writes `results/<name>.json`.

The recipe of `troops-en` with words alone and with an encoder's vectors beside them:
cross-validated on the same folds of whole articles and, with the first weight, fitted on all
training passages and scored on the dev splits.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StanceClassifier, StancekitError, compare, score
from training.joined import JoinedClassifier
from training.passages import AUTHORED, DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.standoff import DEV, TRAIN
from training.train import SEED, SHARING
from training.trials import SCORED, SHIPPED, Trial, predict_held_out
from training.vectors import read_cache, write_cache

__all__ = [
    "WEIGHTS",
    "WORDS",
    "compare_on",
    "main",
]

WORDS = "words alone"
WEIGHTS = (0.25, 0.5, 1.0, 2.0)


def compare_on(
    parts: Mapping[str, Passages], predicted: Mapping[str, Mapping[str, np.ndarray]]
) -> dict[str, Any]:
    """Scores of each variant on each split, and by how much it differs from words alone.

    Parameters
    ----------
    parts : mapping of split to its passages
    predicted : mapping of variant to mapping of split to labels
    """
    return {
        variant: {
            "scores": {
                split: score(part.stances, found[split], groups=part.groups).to_dict()
                for split, part in parts.items()
            },
            "gain": {
                split: vars(
                    compare(
                        part.stances,
                        found[split],
                        predicted[WORDS][split],
                        groups=part.groups,
                        random_state=SEED,
                    ).macro_f1.difference
                )
                for split, part in parts.items()
            },
        }
        for variant, found in predicted.items()
    }


def cross_validated(
    encoder: Any, weights: Sequence[float], data_dir: Path, n_jobs: int, is_joined: bool
) -> dict[str, Any]:
    """`compare_on` the real training passages, each by a fit without its article."""
    predicted: dict[str, dict[str, np.ndarray]] = {}
    parts: dict[str, Passages] = {}
    for variant, settings in _variants(encoder, weights, is_joined).items():
        click.echo(f"cross-validating {variant}", err=True)
        trial = Trial("", SHIPPED, classifier=_kind(settings, is_joined), settings=settings)
        passages, found = predict_held_out(trial, data_dir, n_jobs)
        rows = {split: _rows_of(passages, split) for split in SCORED}
        parts = {split: passages.take(places) for split, places in rows.items()}
        predicted[variant] = {split: found[places] for split, places in rows.items()}
    return compare_on(parts, predicted)


def on_dev(
    encoder: Any, weight: float, data_dir: Path, n_jobs: int, is_joined: bool
) -> dict[str, Any]:
    """`compare_on` the dev splits, by fits on all training passages that choose C themselves."""
    train = load_passages(SHIPPED, data_dir)
    parts = {split: load_passages([split], data_dir) for split in DEV}
    predicted: dict[str, dict[str, np.ndarray]] = {}
    chosen = {}
    for variant, settings in _variants(encoder, [weight], is_joined).items():
        click.echo(f"fitting {variant}", err=True)
        kind = _kind(settings, is_joined)
        stance = kind(sharing=SHARING, random_state=SEED, n_jobs=n_jobs, **settings)
        stance.fit(
            train.texts,
            train.stances,
            sample_weight=train.weights,
            groups=train.groups,
            domains=train.domains,
        )
        chosen[variant] = {"C": stance.C_, "lean": stance.lean_}
        predicted[variant] = {split: stance.predict(part.texts) for split, part in parts.items()}
    found = compare_on(parts, predicted)
    return {variant: {**chosen[variant], **found[variant]} for variant in found}


def _variants(encoder: Any, weights: Sequence[float], is_joined: bool) -> dict[str, dict[str, Any]]:
    """Settings of the classifier, by what the ledger calls them."""
    what = "the encoder and heads" if is_joined else "the encoder"
    joined = {
        f"with {what}, weight {weight:.3g}": {"encoder": encoder, "encoder_weight": weight}
        for weight in weights
    }
    return {WORDS: {}, **joined}


def _kind(settings: Mapping[str, Any], is_joined: bool) -> type[StanceClassifier]:
    return JoinedClassifier if is_joined and "encoder" in settings else StanceClassifier


def _rows_of(passages: Passages, split: str) -> np.ndarray:
    return np.flatnonzero(np.array(passages.splits) == split)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _about_encoder(name: str, note: str, encoder: str | None, cache: Path) -> dict[str, Any]:
    """What a reader needs to find the same encoder."""
    place = Path(encoder or "")
    weights = sorted([*place.glob("*.safetensors"), *place.glob("*.bin")]) if encoder else []
    return {
        "name": name,
        "note": note,
        "weights_sha256": {path.name: _sha256(path) for path in weights},
        "vectors_sha256": _sha256(cache.with_suffix(".npy")),
        "n_axes": int(np.load(cache.with_suffix(".npy"), mmap_mode="r").shape[1]),
    }


def _versions() -> dict[str, str]:
    names = ("stancekit", "numpy", "scipy", "scikit-learn")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


@click.command()
@click.option("--encoder", metavar="NAME_OR_DIR", help="A sentence-transformers model.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    required=True,
    metavar="STEM",
    help="Vectors are read from STEM.npy and their texts from STEM.json, if they are there; "
    "otherwise --encoder writes them.",
)
@click.option("--name", required=True, help="Of the encoder, for the record.")
@click.option("--note", default="", help="How the vectors were made, for the record.")
@click.option(
    "--weight",
    "weights",
    multiple=True,
    type=click.FloatRange(0, min_open=True),
    default=WEIGHTS,
    show_default=True,
    help="Of the vectors; may be given again. The first one is fitted for the dev splits.",
)
@click.option("--heads", "is_joined", is_flag=True, help="The vectors end with scores of heads.")
@click.option("--result", default="encoder", show_default=True, help="Name of the file written.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--jobs", default=2, show_default=True, help="Folds fitted at once.")
def main(
    encoder: str | None,
    cache: Path,
    name: str,
    note: str,
    weights: tuple[float, ...],
    is_joined: bool,
    result: str,
    data_dir: Path,
    results: Path,
    jobs: int,
) -> None:
    """Compare words alone with words and an encoder: about half an hour on two cores."""
    try:
        if encoder and not cache.with_suffix(".npy").exists():
            write_cache(cache, encoder, load_passages([AUTHORED, *TRAIN, *DEV], data_dir).texts)
        stored = read_cache(cache)
        facts = {
            "encoder": _about_encoder(name, note, encoder, cache),
            "seed": SEED,
            "versions": _versions(),
            "cross-validation": cross_validated(stored, weights, data_dir, jobs, is_joined),
            "dev": on_dev(stored, weights[0], data_dir, jobs, is_joined),
        }
        write_result(result, facts, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
