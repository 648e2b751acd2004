"""From data back to a model: rebuilt from an allow-list, trusting nothing that was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stancekit import storage
from stancekit.conformal import N_LEVELS
from stancekit.describing import GUARD, INSIDE
from stancekit.domains import Calibration
from stancekit.encoders import N_PROBES, Encoder, Source
from stancekit.errors import ModelError
from stancekit.features import TextFeatures
from stancekit.hedging import Assurance
from stancekit.joint import CROSSED, JointFeatures, blocks_of
from stancekit.linear import Head, check_settings
from stancekit.model import Model
from stancekit.neighbours import KeptPassages
from stancekit.onnx_encoder import encoder_hash
from stancekit.readings import FrameReading, StanceReading
from stancekit.thresholds import RiskTable
from stancekit.topic import TopicGuard

__all__ = ["FAULTS", "build", "told"]

# The only classes that loading a model may make: for each part that a model may have the name of
# the classifier that was fitted, and what reads as it does.
_CLASSES: dict[str, tuple[str, type[StanceReading] | type[FrameReading]]] = {
    "stance": ("StanceClassifier", StanceReading),
    "frames": ("FrameClassifier", FrameReading),
}

# What data that do not hold together raise while a model is made of them.
FAULTS = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def build(files: storage.ModelFiles, given: Encoder | None, directory: Path) -> Model:
    """The inverse of `describe`, which trusts nothing that it is given."""
    parts, about = dict(files.manifest["parts"]), files.manifest["about"]
    guard = parts.pop(GUARD, None)
    if not {"stance"} <= parts.keys() <= _CLASSES.keys() or not isinstance(about, dict):
        raise ValueError(f"it has the parts {', '.join(parts)}")
    made: dict[str, Any] = {part: _classifier(part, parts[part]) for part in parts}
    words: dict[str, TextFeatures] = {}
    for part, facts in parts.items():
        source = facts["features"]
        if source not in (part, "stance"):
            raise ValueError(f"{part} reads the terms of {source}")
        if source == part:
            words[part] = _terms(made[part]._words, files, part, float(facts["known_share"]))
    for part, classifier in made.items():
        classifier.features_ = words[parts[part]["features"]]
        if part == "stance":
            _restore_blocks(classifier, files)
            _restore_encoder(classifier, parts[part], files, given, directory)
            _restore_stance(classifier, parts[part], files)
        n_sets = classifier.n_sets_ if part == "stance" else 1
        n_outputs = n_sets * len(classifier.classes_)
        classifier.head_ = _head(files, part, n_outputs, classifier.features_)
    if "frames" in made:
        frames = made["frames"]
        frames.thresholds_ = _array(files, "frames.thresholds", len(frames.classes_))
    topic = None
    if guard is not None:
        topic = TopicGuard.from_facts(guard, _head(files, GUARD, 1, made["stance"].terms_))
    passages = _restore_passages(files, made["stance"])
    name = str(files.manifest["name"])
    return Model(made["stance"], made.get("frames"), name, about, passages, topic)


def _restore_passages(files: storage.ModelFiles, stance: StanceReading) -> KeptPassages | None:
    if "passages" not in files.vocabulary:
        return None
    names = [name for name in files.tensors if name.startswith("passages.")]
    arrays = {name.removeprefix("passages."): files.tensors[name] for name in names}
    ids, classes = _strings(files.vocabulary["passages"]), list(stance.classes_)
    return KeptPassages.restore(ids, arrays, classes, stance.terms_.n_columns)


def _classifier(part: str, facts: Mapping[str, Any]) -> Any:
    """A classifier of the right class and settings, with what it chose among them."""
    kind, reading = _CLASSES[part]
    if facts["kind"] != kind:
        raise ValueError(f"{part} is of the kind {facts['kind']!r}, which is not made here")
    classifier: Any = reading(**_from_plain(facts["parameters"]))
    check_settings(classifier)
    classifier.classes_ = np.array(_strings(facts["classes"]), dtype=object)
    classifier.C_ = float(facts["C"])
    classifier.log_loss_ = {float(C): float(loss) for C, loss in facts["log_loss"].items()}
    return classifier


def _terms(
    settings: TextFeatures, files: storage.ModelFiles, name: str, known_share: float = 0.0
) -> TextFeatures:
    """The terms of one block of features, with what was learnt of them."""
    terms = _strings(files.vocabulary[name])
    if not 0 <= known_share < np.inf:
        raise ValueError(f"{name} knows {known_share} of the words of a passage")
    is_name = None
    if settings.ignore_names:
        is_name = _array(files, f"{name}.names", len(terms)) != 0
    return settings.restore(terms, _array(files, f"{name}.idf", len(terms)), known_share, is_name)


def _restore_blocks(stance: StanceReading, files: storage.ModelFiles) -> None:
    """Put the characters and the crossed words beside the words, where the model has them."""
    settings = stance._features(crossed=f"stance.{CROSSED}" in files.vocabulary)
    blocks: dict[str, Any] = {
        block: _terms(yet_unknown, files, f"stance.{block}")
        for block, yet_unknown in blocks_of(settings).items()
    }
    if blocks:
        stance.features_ = JointFeatures(stance.terms_, **blocks)


def _restore_encoder(
    stance: StanceReading,
    facts: Mapping[str, Any],
    files: storage.ModelFiles,
    given: Encoder | None,
    directory: Path,
) -> None:
    """Put the encoder that a user gave, or the one of the training, beside the words."""
    if "encoder" not in facts:
        if given is not None:
            raise ModelError("the model was trained without an encoder; leave `encoder` out")
        return
    stated = facts["encoder"]
    source = _source_of(stated, directory)
    probes = _array(files, "stance.probes", N_PROBES, int(stated["n_axes"]))
    if given is not None:
        encoder = given.expecting(probes)
    else:
        source.check_stored()
        encoder = Encoder(source, probes=probes)
    weight = float(stance.encoder_weight)
    if not 0 < weight < np.inf:
        raise ValueError(f"the weight of the encoder is {weight}")
    stance.encoder = source.name
    blocks = blocks_of(stance.features_)
    stance.features_ = JointFeatures(stance.terms_, **blocks, encoder=encoder, weight=weight)


def _source_of(stated: Mapping[str, Any], directory: Path) -> Source:
    if stated["kind"] != INSIDE:
        return Source(stated["kind"], stated["name"])
    place = (directory / storage.ENCODER_FOLDER).resolve()
    if encoder_hash(place) != stated["sha256"]:
        raise ValueError("the encoder in it is another one")
    return Source("directory", str(place))


def _restore_stance(
    stance: StanceReading, facts: Mapping[str, Any], files: storage.ModelFiles
) -> None:
    """What a stance classifier has beyond its weights: domains, calibration, lean."""
    stance.domains_, stance.lean_ = _strings(facts["domains"]), float(facts["lean"])
    stance.macro_f1_ = {float(lean): float(found) for lean, found in facts["macro_f1"].items()}
    stance.targets_ = _targets(facts, stance.domains_)
    n_domains, n_classes = len(stance.domains_), len(stance.classes_)
    stance.calibration_ = Calibration(
        scale=_array(files, "stance.scale", n_domains),
        bias=_array(files, "stance.bias", n_domains, n_classes),
        shares=_array(files, "stance.shares", n_domains, n_classes),
    )
    if n_classes < 2 or not 0 <= stance.lean_ <= 1 or (stance.calibration_.shares <= 0).any():
        raise ValueError("labels, lean or shares of stance are out of range")
    stance.assurance_ = None
    if "risks" in facts:
        risks = tuple(map(RiskTable.from_dict, facts["risks"]))
        if len(risks) != n_domains:
            raise ValueError("a table of held-out errors of some domain is missing")
        least = _array(files, "stance.least", n_domains, n_classes, N_LEVELS)
        stance.assurance_ = Assurance(risks, least)
    stance.detector_ = None
    if n_domains > 1 and stance.targets_ is None:
        stance.detector_ = _head(files, "detector", n_domains, stance.features_)


def _targets(facts: Mapping[str, Any], domains: list[str]) -> list[str] | None:
    """The targets with weights or a calibration of their own; None for a model without targets."""
    if "targets" not in facts:
        return None
    targets = facts["targets"]
    if not isinstance(targets, list) or [*targets, ""] != domains:
        raise ValueError("the targets are not those that have a calibration")
    return targets


def _head(
    files: storage.ModelFiles,
    part: str,
    n_outputs: int,
    features: TextFeatures | JointFeatures,
) -> Head:
    return Head(
        _array(files, f"{part}.coef", n_outputs, features.n_columns),
        _array(files, f"{part}.intercept", n_outputs),
    )


def _array(files: storage.ModelFiles, name: str, *shape: int) -> np.ndarray:
    found = files.tensors[name]
    if found.shape != shape or found.dtype != np.float64 or not np.isfinite(found).all():
        raise ValueError(f"{name} is not of shape {shape} with finite numbers")
    return found


def _strings(values: Any) -> list[str]:
    """Names or terms: at least one, all strings, each once."""
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise ValueError("a list of names or terms is missing")
    if len(set(values)) < len(values):
        raise ValueError("a name or term stands twice in one list")
    return values


def _from_plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `_plain`."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
    }


def told(error: BaseException) -> str:
    what = " ".join(str(error).split())
    return f"{what} is missing" if isinstance(error, KeyError) else what
