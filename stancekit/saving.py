"""Between a model and its directory: estimators to data, and back from an allow-list."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from stancekit import storage
from stancekit.card import render_card
from stancekit.conformal import N_LEVELS
from stancekit.domains import Calibration
from stancekit.encoders import N_PROBES, Encoder, Source, TextEncoder
from stancekit.errors import InputError, ModelError
from stancekit.features import TextFeatures, check_texts
from stancekit.frames import FrameClassifier
from stancekit.hedging import Assurance
from stancekit.joint import CROSSED, JointFeatures, blocks_of, encoder_of
from stancekit.linear import Head, check_settings
from stancekit.model import Model
from stancekit.neighbours import KeptPassages
from stancekit.onnx_encoder import encoder_about, encoder_hash, is_onnx_encoder
from stancekit.stance import StanceClassifier
from stancekit.thresholds import RiskTable
from stancekit.topic import TopicGuard

__all__ = ["load_model", "save_model", "verify_model"]

# A golden probability may differ by this much: other builds of NumPy add in another order.
_GOLDEN_TOLERANCE = 1e-9
# The same with a sentence encoder: float32, in batches and on hardware of all kinds.
_GOLDEN_TOLERANCE_ENCODED = 1e-3

# The only classes that loading a model may make: one for each part that a model may have.
_CLASSES: dict[str, type[StanceClassifier] | type[FrameClassifier]] = {
    "stance": StanceClassifier,
    "frames": FrameClassifier,
}
# Beside them the guard, which has no terms of its own.
_GUARD = "topic"

# What data that do not hold together raise while a model is made of them.
_FAULTS = (KeyError, TypeError, ValueError, AttributeError, OverflowError)

# Says in the manifest that the encoder is part of the model.
_INSIDE = "inside"

_CALIBRATION = tuple(field.name for field in fields(Calibration))


def load_model(
    model: str | os.PathLike[str] = "troops-en",
    *,
    encoder: TextEncoder | str | os.PathLike[str] | None = None,
) -> Model:
    """Load a shipped model by name, or a directory that `save_model` or `stancekit train` wrote.

    Only data are read, hashed first; nothing in a model directory is ever executed. A model that
    was trained with a sentence encoder opens it when it first reads a passage, from the directory
    that it was trained with or from what was downloaded before; it downloads nothing.

    Parameters
    ----------
    model : str or path
    encoder : object, str, path or None
        The encoder that the model was trained with, as in `StanceClassifier`, where it is no
        longer in its place or was an object. A name that is given here may be downloaded.

    Raises
    ------
    ModelError
        For a model that is missing, damaged, changed, of a newer format, or no model; for an
        encoder other than that of the training, or none where the model needs an object.
    InputError, MissingExtraError
        For an ``encoder`` that cannot be loaded, or for a model that has none.
    """
    directory = storage.find_model(model)
    files = storage.read_model_files(directory)
    given = None if encoder is None else Encoder.open(encoder)
    if given is not None:
        given.probe()  # What is wrong with it is told before the model is blamed.
    try:
        loaded = _build(files, given, directory)
    except _FAULTS as error:
        raise ModelError(
            f"{directory} does not hold together ({_told(error)}); train it anew with "
            "`stancekit train`"
        ) from None
    if encoder is not None:
        loaded.stance.encoder = encoder
    return loaded


def save_model(
    model: Model | StanceClassifier,
    directory: str | os.PathLike[str],
    *,
    golden: Sequence[str] = (),
    with_encoder: bool = False,
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
    with_encoder : bool
        Copy the sentence encoder into the model, where it is a directory with an ONNX graph;
        otherwise the model only says where its encoder is.
    force : bool
        Replace a model that is there already.

    Raises
    ------
    ModelError
        When the directory exists (and holds no model, or ``force`` is not given), or for an
        ``about`` that is no plain JSON.
    InputError
        For ``golden`` texts that are no sequence of strings, or an encoder that cannot be copied.
    """
    if isinstance(model, StanceClassifier):
        model = Model(model)
    model = replace(model, hedge=None)  # a way of asking, no part of the model
    encoder = _encoder_to_copy(model) if with_encoder else None
    manifest, vocabulary, tensors = _describe(model)
    if encoder is not None:
        manifest["parts"]["stance"]["encoder"] |= {
            "kind": _INSIDE,
            "name": storage.ENCODER_FOLDER,
            "sha256": encoder_hash(encoder),
            "about": encoder_about(encoder),
        }
    storage.write_model_files(
        directory,
        storage.ModelFiles(manifest, vocabulary, tensors),
        golden=_golden_rows(model, golden),
        card=render_card(manifest),
        encoder=encoder,
        force=force,
    )


def _encoder_to_copy(model: Model) -> Path:
    held = encoder_of(model.stance.features_)
    source = None if held is None else held.source
    if source is None or source.kind != "directory" or not is_onnx_encoder(Path(source.name)):
        what = "no encoder" if source is None else f"the encoder {source.name!r}"
        raise InputError(
            f"got with_encoder=True and {what}; expected a directory with an ONNX graph, the only "
            "encoder that a model can hold"
        )
    return Path(source.name)


def verify_model(
    model: str | os.PathLike[str],
    *,
    encoder: TextEncoder | str | os.PathLike[str] | None = None,
) -> tuple[int, int]:
    """Check every hash of a model, and that it still gives its golden probabilities.

    They may be off by 1e-9, with a sentence encoder by 1e-3.

    Parameters
    ----------
    model, encoder
        As in `load_model`.

    Returns
    -------
    n_files, n_golden : int

    Raises
    ------
    ModelError
        For the first file or passage that is not as it should be.
    InputError, MissingExtraError
        For an encoder that cannot be loaded.
    """
    directory = storage.find_model(model)
    files = storage.verify_files(directory)
    golden = storage.read_golden(directory)
    loaded = load_model(directory, encoder=encoder)
    try:
        now = _golden_rows(loaded, [row["text"] for row in golden])
        gaps = [_largest_gap(then, row) for then, row in zip(golden, now, strict=True)]
    except _FAULTS as error:
        raise ModelError(
            f"the golden passages of {directory} are of another layout ({_told(error)})"
        ) from None
    is_encoded = encoder_of(loaded.stance.features_) is not None
    tolerance = _GOLDEN_TOLERANCE_ENCODED if is_encoded else _GOLDEN_TOLERANCE
    for place, gap in enumerate(gaps):
        if not gap <= tolerance:
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
        words = classifier.terms_
        shares = part == "frames" and words is model.stance.terms_
        features = "stance" if shares else part
        if not shares:
            vocabulary[part] = list(words.vocabulary_)
            tensors[f"{part}.idf"] = words.idf_
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
        parts[_GUARD] = model.topic.to_facts()
        tensors |= _head_arrays(_GUARD, model.topic.head_)
    manifest = {
        "name": model.name,
        "n_terms": n_terms,
        **({} if model.passages is None else {"n_passages": len(model.passages.ids)}),
        "parts": parts,
        "versions": _versions(),
        "about": dict(model.about),
    }
    return manifest, vocabulary, tensors


def _build(files: storage.ModelFiles, given: Encoder | None, directory: Path) -> Model:
    """The inverse of `_describe`, which trusts nothing that it is given."""
    parts, about = dict(files.manifest["parts"]), files.manifest["about"]
    guard = parts.pop(_GUARD, None)
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
        topic = TopicGuard.from_facts(guard, _head(files, _GUARD, 1, made["stance"].terms_))
    passages = _restore_passages(files, made["stance"])
    name = str(files.manifest["name"])
    return Model(made["stance"], made.get("frames"), name, about, passages, topic)


def _restore_passages(files: storage.ModelFiles, stance: StanceClassifier) -> KeptPassages | None:
    if "passages" not in files.vocabulary:
        return None
    names = [name for name in files.tensors if name.startswith("passages.")]
    arrays = {name.removeprefix("passages."): files.tensors[name] for name in names}
    ids, classes = _strings(files.vocabulary["passages"]), list(stance.classes_)
    return KeptPassages.restore(ids, arrays, classes, stance.terms_.n_columns)


def _classifier(part: str, facts: Mapping[str, Any]) -> Any:
    """A classifier of the right class and settings, with what it chose among them."""
    if facts["kind"] != _CLASSES[part].__name__:
        raise ValueError(f"{part} is of the kind {facts['kind']!r}, which is not made here")
    classifier = _CLASSES[part](**_from_plain(facts["parameters"]))
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
    return settings.restore(terms, _array(files, f"{name}.idf", len(terms)), known_share)


def _restore_blocks(stance: StanceClassifier, files: storage.ModelFiles) -> None:
    """Put the characters and the crossed words beside the words, where the model has them."""
    settings = stance._features(crossed=f"stance.{CROSSED}" in files.vocabulary)
    blocks = {
        block: _terms(yet_unknown, files, f"stance.{block}")
        for block, yet_unknown in blocks_of(settings).items()
    }
    if blocks:
        stance.features_ = JointFeatures(stance.terms_, **blocks)


def _restore_encoder(
    stance: StanceClassifier,
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
    if stated["kind"] != _INSIDE:
        return Source(stated["kind"], stated["name"])
    place = (directory / storage.ENCODER_FOLDER).resolve()
    if encoder_hash(place) != stated["sha256"]:
        raise ValueError("the encoder in it is another one")
    return Source("directory", str(place))


def _restore_stance(
    stance: StanceClassifier, facts: Mapping[str, Any], files: storage.ModelFiles
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
    if getattr(classifier, "targets_", None) is None:
        unstored |= {"min_per_target", "cross_targets"}
    params = classifier.get_params(deep=False)
    return {name: value for name, value in params.items() if name not in unstored}


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


def _told(error: BaseException) -> str:
    what = " ".join(str(error).split())
    return f"{what} is missing" if isinstance(error, KeyError) else what


def _golden_rows(model: Model, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "text": passage.text,
            "status": passage.status,
            "probabilities": dict(passage.probabilities),
            "frame_probabilities": dict(passage.frame_probabilities),
        }
        for passage in model.analyze_passages(check_texts(texts))
    ]


def _largest_gap(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    gaps = [0.0 if one["status"] == other["status"] else 1.0]
    for key in ("probabilities", "frame_probabilities"):
        names = one[key].keys() | other[key].keys()
        gaps += [abs(one[key].get(n, 2.0) - other[key].get(n, 2.0)) for n in names]
    return max(gaps)


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments as JSON has them."""
    return {name: _bare(value) for name, value in parameters.items()}


def _from_plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `_plain`."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
    }


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
