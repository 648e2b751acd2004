"""From a model to data: the facts of its manifest, its vocabularies and its arrays."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.domains import Calibration
from stancekit.joint import blocks_of, encoder_of
from stancekit.linear import Head
from stancekit.model import Model

if TYPE_CHECKING:
    from stancekit.frames import FrameClassifier
    from stancekit.stance import StanceClassifier

__all__ = ["GUARD", "INSIDE", "describe"]

# Beside the classifiers the guard, which has no terms of its own.
GUARD = "topic"
# Says in the manifest that the encoder is part of the model.
INSIDE = "inside"

_CALIBRATION = tuple(field.name for field in fields(Calibration))


def describe(model: Model) -> tuple[dict[str, Any], dict[str, list[str]], dict[str, np.ndarray]]:
    """The manifest's facts, the vocabularies and the arrays of a model."""
    parts: dict[str, Any] = {}
    vocabulary: dict[str, list[str]] = {}
    tensors: dict[str, np.ndarray] = {}
    for part, classifier in (("stance", model.stance), ("frames", model.frames)):
        if classifier is None:
            continue
        words = classifier.terms_
        shares = part == "frames" and words is model.stance.terms_
        features = "stance" if shares else part
        if not shares:
            vocabulary[part] = list(words.vocabulary_)
            tensors[f"{part}.idf"] = words.idf_
            if words.ignore_names:
                tensors[f"{part}.names"] = words.is_name_.astype(np.float64)
        tensors |= _head_arrays(part, classifier.head_)
        parts[part] = {
            "kind": type(classifier).__name__,
            "features": features,
            "known_share": words.known_share_,
            "classes": [str(name) for name in classifier.classes_],
            "parameters": _plain(_parameters(classifier)),
            "C": float(classifier.C_),
            "log_loss": {str(float(C)): loss for C, loss in classifier.log_loss_.items()},
        }
    stance, calibration = model.stance, model.stance.calibration_
    parts["stance"] |= {
        "domains": stance.domains_,
        "lean": stance.lean_,
        "macro_f1": {str(lean): found for lean, found in stance.macro_f1_.items()},
    }
    for name in _CALIBRATION:
        tensors[f"stance.{name}"] = getattr(calibration, name)
    for block, terms in blocks_of(stance.features_).items():
        vocabulary[f"stance.{block}"] = list(terms.vocabulary_)
        tensors[f"stance.{block}.idf"] = terms.idf_
    if stance.targets_ is not None:
        parts["stance"]["targets"] = stance.targets_
    encoder = encoder_of(stance.features_)
    if encoder is not None:
        tensors["stance.probes"] = encoder.probe()
        parts["stance"]["encoder"] = {**asdict(encoder.source), "n_axes": encoder.n_axes}
    if stance.detector_ is not None:
        tensors |= _head_arrays("detector", stance.detector_)
    if stance.assurance_ is not None:
        parts["stance"]["risks"] = [table.to_dict() for table in stance.assurance_.risks]
        tensors["stance.least"] = stance.assurance_.least
    if model.frames is not None:
        tensors["frames.thresholds"] = model.frames.thresholds_
    n_terms = sum(map(len, vocabulary.values()))
    if model.passages is not None:
        vocabulary["passages"] = list(model.passages.ids)
        kept = model.passages.arrays(parts["stance"]["classes"])
        tensors |= {f"passages.{name}": values for name, values in kept.items()}
    if model.topic is not None:
        parts[GUARD] = model.topic.to_facts()
        tensors |= _head_arrays(GUARD, model.topic.head_)
    manifest = {
        "name": model.name,
        "n_terms": n_terms,
        **({} if model.passages is None else {"n_passages": len(model.passages.ids)}),
        "parts": parts,
        "versions": _versions(),
        "about": dict(model.about),
    }
    return manifest, vocabulary, tensors


def _head_arrays(part: str, head: Head) -> dict[str, np.ndarray]:
    return {f"{part}.coef": head.coef, f"{part}.intercept": head.intercept}


def _parameters(classifier: StanceClassifier | FrameClassifier) -> dict[str, Any]:
    """Constructor arguments that a model stores.

    How many jobs fitted it is no part of it; where the encoder is stands by itself. Settings of
    what a model does not have are left out.
    """
    unstored = {"n_jobs", "encoder"}
    if encoder_of(classifier.features_) is None:
        unstored.add("encoder_weight")
    if getattr(classifier, "char_ngram_range", None) is None:
        unstored.add("char_ngram_range")
    if not classifier.ignore_names:
        unstored.add("ignore_names")
    if getattr(classifier, "targets_", None) is None:
        unstored |= {"min_per_target", "cross_targets"}
    params = classifier.get_params(deep=False)
    return {name: value for name, value in params.items() if name not in unstored}


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments as JSON has them."""
    return {name: _bare(value) for name, value in parameters.items()}


def _bare(value: Any) -> Any:
    """Lists and plain numbers in place of tuples, arrays and NumPy's numbers."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_bare(cell) for cell in value]
    if isinstance(value, dict):
        return {str(name): _bare(cell) for name, cell in value.items()}
    return value


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
