"""Between a model and its directory: estimators to data, and back from an allow-list."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from stancekit import storage
from stancekit.card import render_card
from stancekit.domains import Calibration
from stancekit.errors import ModelError
from stancekit.frames import FrameClassifier
from stancekit.linear import Head
from stancekit.model import Model
from stancekit.stance import StanceClassifier

__all__ = ["load_model", "save_model", "verify_model"]

# A golden probability may differ by this much: other builds of NumPy add in another order.
_GOLDEN_TOLERANCE = 1e-9

# The only classes that loading a model may make.
_CLASSIFIERS: dict[str, type[StanceClassifier] | type[FrameClassifier]] = {
    kind.__name__: kind for kind in (StanceClassifier, FrameClassifier)
}

_CALIBRATION = tuple(field.name for field in fields(Calibration))


def load_model(model: str | os.PathLike[str] = "troops-en") -> Model:
    """Load a shipped model by name, or a directory that `save_model` or `stancekit train` wrote.

    Only data are read, hashed first; nothing in a model directory is ever executed.

    Raises
    ------
    ModelError
        For a model that is missing, damaged, changed, of a newer format, or no model.
    """
    directory = storage.find_model(model)
    files = storage.read_model_files(directory)
    try:
        return _build(files)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{directory} does not hold together ({error}); train it anew with `stancekit train`"
        ) from None


def save_model(
    model: Model | StanceClassifier,
    directory: str | os.PathLike[str],
    *,
    golden: Sequence[str] = (),
    force: bool = False,
) -> None:
    """Write a model directory: data, hashes, golden predictions and the card.

    Parameters
    ----------
    model : Model or StanceClassifier
        A classifier alone is saved as a model without frames.
    directory : path
    golden : sequence of str
        Passages whose probabilities are stored, for `verify_model`. They become part of the model,
        so choose texts that may be passed on.
    force : bool
        Replace a model that is there already.

    Raises
    ------
    ModelError
        When the directory exists (and holds no model, or ``force`` is not given).
    """
    if isinstance(model, StanceClassifier):
        model = Model(model)
    manifest, vocabulary, tensors = _describe(model)
    storage.write_model_files(
        directory,
        storage.ModelFiles(manifest, vocabulary, tensors),
        golden=_golden_rows(model, golden),
        card=render_card(manifest),
        force=force,
    )


def verify_model(model: str | os.PathLike[str]) -> tuple[int, int]:
    """Check every hash of a model, and that it still gives its golden probabilities.

    Returns
    -------
    n_files, n_golden : int

    Raises
    ------
    ModelError
        For the first file or passage that is not as it should be.
    """
    directory = storage.find_model(model)
    files = storage.verify_files(directory)
    golden = storage.read_golden(directory)
    loaded = load_model(directory)
    now = _golden_rows(loaded, [row["text"] for row in golden])
    for place, (then, row) in enumerate(zip(golden, now, strict=True)):
        gap = _largest_gap(then, row)
        if gap > _GOLDEN_TOLERANCE:
            raise ModelError(
                f"golden passage {place} of {directory} is off by {gap:.1e}; this build of "
                "NumPy or scikit-learn reads text differently: report it with `pip freeze`"
            )
    return len(files), len(golden)


def _describe(model: Model) -> tuple[dict[str, Any], dict[str, list[str]], dict[str, np.ndarray]]:
    """The manifest's facts, the vocabularies and the arrays of a model."""
    parts: dict[str, Any] = {}
    vocabulary: dict[str, list[str]] = {}
    tensors: dict[str, np.ndarray] = {}
    for part, classifier in (("stance", model.stance), ("frames", model.frames)):
        if classifier is None:
            continue
        shares = part == "frames" and model.shares_features
        features = "stance" if shares else part
        if not shares:
            vocabulary[part] = list(classifier.features_.vocabulary_)
            tensors[f"{part}.idf"] = classifier.features_.idf_
        tensors[f"{part}.coef"] = classifier.head_.coef
        tensors[f"{part}.intercept"] = classifier.head_.intercept
        parts[part] = {
            "kind": type(classifier).__name__,
            "features": features,
            "classes": [str(name) for name in classifier.classes_],
            "parameters": _plain(classifier.get_params()),
            "C": classifier.C_,
            "log_loss": {str(C): loss for C, loss in classifier.log_loss_.items()},
        }
    stance, calibration = model.stance, model.stance.calibration_
    parts["stance"] |= {
        "domains": stance.domains_,
        "lean": stance.lean_,
        "macro_f1": {str(lean): found for lean, found in stance.macro_f1_.items()},
    }
    for name in _CALIBRATION:
        tensors[f"stance.{name}"] = getattr(calibration, name)
    if stance.detector_ is not None:
        tensors["detector.coef"] = stance.detector_.coef
        tensors["detector.intercept"] = stance.detector_.intercept
    if model.frames is not None:
        tensors["frames.thresholds"] = model.frames.thresholds_
    manifest = {
        "name": model.name,
        "n_terms": sum(map(len, vocabulary.values())),
        "parts": parts,
        "versions": _versions(),
        "about": dict(model.about),
    }
    return manifest, vocabulary, tensors


def _build(files: storage.ModelFiles) -> Model:
    """The inverse of `_describe`."""
    parts = files.manifest["parts"]
    made: dict[str, Any] = {}
    for part, facts in parts.items():
        classifier = _CLASSIFIERS[facts["kind"]](**facts["parameters"])
        classifier.classes_ = np.array(facts["classes"], dtype=object)
        classifier.C_ = facts["C"]
        classifier.log_loss_ = {float(C): loss for C, loss in facts["log_loss"].items()}
        classifier.head_ = _head(files, part)
        made[part] = classifier
    for part, facts in parts.items():
        source = facts["features"]
        made[part].features_ = (
            made[source].features_
            if source != part
            else made[part]
            ._features()
            .restore(files.vocabulary[part], files.tensors[f"{part}.idf"])
        )
        shape = (len(made[part].classes_), len(made[part].features_.vocabulary_))
        if made[part].head_.coef.shape != shape:
            raise ValueError(f"weights of {part} have shape {made[part].head_.coef.shape}")
    stance, facts = made["stance"], parts["stance"]
    stance.domains_, stance.lean_ = facts["domains"], facts["lean"]
    stance.macro_f1_ = {float(lean): found for lean, found in facts["macro_f1"].items()}
    stance.calibration_ = Calibration(*(files.tensors[f"stance.{name}"] for name in _CALIBRATION))
    stance.detector_ = _head(files, "detector") if len(stance.domains_) > 1 else None
    if "frames" in made:
        made["frames"].thresholds_ = files.tensors["frames.thresholds"]
    return Model(
        made["stance"], made.get("frames"), files.manifest["name"], files.manifest["about"]
    )


def _head(files: storage.ModelFiles, part: str) -> Head:
    return Head(files.tensors[f"{part}.coef"], files.tensors[f"{part}.intercept"])


def _golden_rows(model: Model, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "text": passage.text,
            "status": passage.status,
            "probabilities": dict(passage.probabilities),
            "frame_probabilities": dict(passage.frame_probabilities),
        }
        for passage in model.analyze_passages(texts)
    ]


def _largest_gap(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    gaps = [0.0 if one["status"] == other["status"] else 1.0]
    for key in ("probabilities", "frame_probabilities"):
        names = one[key].keys() | other[key].keys()
        gaps += [abs(one[key].get(n, 2.0) - other[key].get(n, 2.0)) for n in names]
    return max(gaps)


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments as JSON has them, and gets them back."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in parameters.items()
        if name != "n_jobs"
    }


def _versions() -> dict[str, str]:
    import scipy
    import sklearn

    import stancekit

    return {
        "stancekit": stancekit.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }
