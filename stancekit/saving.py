"""Model directories for users: save a model, load one, verify one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from stancekit import storage
from stancekit.card import render_card
from stancekit.cascade import Cascade
from stancekit.describing import INSIDE, describe
from stancekit.encoders import Encoder, TextEncoder
from stancekit.errors import InputError, ModelError
from stancekit.features import check_texts
from stancekit.joint import encoder_of
from stancekit.model import Model
from stancekit.onnx_encoder import encoder_about, encoder_hash, is_onnx_encoder
from stancekit.readings import StanceReading
from stancekit.restoring import FAULTS, build, told

if TYPE_CHECKING:
    from stancekit.stance import StanceClassifier

__all__ = ["load_model", "save_cascade_beside", "save_model", "verify_model"]

# The parts of a cascade, as its manifest names them.
_MEMBERS = ("first", "second")

# A golden probability may differ by this much: other builds of NumPy add in another order.
_GOLDEN_TOLERANCE = 1e-9
# The same with a sentence encoder: float32, in batches and on hardware of all kinds.
_GOLDEN_TOLERANCE_ENCODED = 1e-3


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
        longer in its place or was an object. A name that is given here may be downloaded. Of a
        cascade it is the second model's.

    Raises
    ------
    ModelError
        For a model that is missing, damaged, changed, of a newer format, or no model; for an
        encoder other than that of the training, or none where the model needs an object.
    InputError, MissingExtraError
        For an ``encoder`` that cannot be loaded, or for a model that has none.
    """
    directory = storage.find_model(model)
    manifest = storage.read_manifest(directory)
    if manifest["kind"] == storage.CASCADE:
        return _load_cascade(directory, manifest, encoder)
    files = storage.read_model_files(directory)
    given = None if encoder is None else Encoder.open(encoder)
    if given is not None:
        given.probe()  # What is wrong with it is told before the model is blamed.
    try:
        loaded = build(files, given, directory)
    except FAULTS as error:
        raise ModelError(
            f"{directory} does not hold together ({told(error)}); train it anew with "
            "`stancekit train`"
        ) from None
    if encoder is not None:
        loaded.stance_reading.encoder = encoder
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
        A classifier alone is saved as a model without frames, a cascade with its two models.
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
    if isinstance(model, StanceReading):
        model = Model(model.as_estimator())
    if isinstance(model, Cascade):
        _save_cascade(model, directory, golden, with_encoder=with_encoder, force=force)
        return
    model = replace(model, hedge=None)  # a way of asking, no part of the model
    encoder = _encoder_to_copy(model) if with_encoder else None
    manifest, vocabulary, tensors = describe(model)
    if encoder is not None:
        manifest["parts"]["stance"]["encoder"] |= {
            "kind": INSIDE,
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


def save_cascade_beside(
    cascade: Cascade,
    directory: str | os.PathLike[str],
    members: Mapping[str, Path],
    *,
    golden: Sequence[str] = (),
    force: bool = False,
) -> None:
    """Write a cascade without its models, which lie in directories beside its own already.

    Parameters
    ----------
    cascade, directory, golden, force
        As in `save_model`.
    members : mapping of "first" and "second" to the directory of each

    Raises
    ------
    ModelError
        As `save_model`, and for models that are elsewhere.
    """
    parent = Path(directory).resolve().parent
    for place in members.values():
        if place.resolve().parent != parent:
            raise ModelError(f"{place} is not beside {directory}; save the cascade with its models")
    places = {part: f"../{place.resolve().name}" for part, place in members.items()}
    digests = {part: storage.model_digest(place) for part, place in members.items()}
    _write_cascade(cascade, directory, golden, places, digests, {}, force)


def _save_cascade(
    cascade: Cascade,
    directory: str | os.PathLike[str],
    golden: Sequence[str],
    *,
    with_encoder: bool,
    force: bool,
) -> None:
    storage.check_writable(directory, force=force)
    with tempfile.TemporaryDirectory() as folder:
        folders = {part: Path(folder) / part for part in _MEMBERS}
        save_model(cascade.first, folders["first"])
        save_model(cascade.second, folders["second"], with_encoder=with_encoder)
        digests = {part: storage.model_digest(place) for part, place in folders.items()}
        places = {part: part for part in _MEMBERS}
        _write_cascade(cascade, directory, golden, places, digests, folders, force)


def _write_cascade(
    cascade: Cascade,
    directory: str | os.PathLike[str],
    golden: Sequence[str],
    places: Mapping[str, str],
    digests: Mapping[str, str],
    folders: Mapping[str, Path],
    force: bool,
) -> None:
    manifest: dict[str, Any] = {
        "name": cascade.name,
        "about": dict(cascade.about),
        "threshold": cascade.threshold,
        "members": {
            part: {
                "name": getattr(cascade, part).name,
                "path": places[part],
                "manifest_sha256": digests[part],
            }
            for part in _MEMBERS
        },
    }
    storage.write_cascade_files(
        directory,
        manifest,
        golden=_golden_rows(cascade, golden),
        card=render_card(manifest),
        folders=folders,
        force=force,
    )


def _load_cascade(
    directory: Path,
    manifest: Mapping[str, Any],
    encoder: TextEncoder | str | os.PathLike[str] | None,
) -> Cascade:
    try:
        places = _members_of(directory, manifest)
        first = load_model(places["first"])
        second = load_model(places["second"], encoder=encoder)
        threshold, about = float(manifest["threshold"]), manifest["about"]
        if not isinstance(about, dict):
            raise ValueError("what is known about it is no mapping")
        return Cascade(first, second, threshold, name=str(manifest["name"]), about=about)
    except (*FAULTS, InputError) as error:
        raise ModelError(
            f"{directory} does not hold together ({told(error)}); save the cascade anew"
        ) from None


def _members_of(directory: Path, manifest: Mapping[str, Any]) -> dict[str, Path]:
    """Where the two models of a cascade are, each with the hash that the cascade states."""
    found = {}
    for part in _MEMBERS:
        stated = manifest["members"][part]
        steps = PurePosixPath(stated["path"]).parts
        # In the directory or beside it, and nowhere else.
        if len(steps) not in (1, 2) or steps[-1] == ".." or steps[:-1] not in ((), ("..",)):
            raise ValueError(f"the {part} model is said to be in {stated['path']!r}")
        place = directory.resolve().joinpath(*steps)
        if storage.model_digest(place) != stated["manifest_sha256"]:
            raise ModelError(
                f"{place} is not the model that the cascade {directory} was made of; save the "
                "cascade anew"
            )
        found[part] = place
    return found


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
    manifest = storage.read_manifest(directory)
    if manifest["kind"] == storage.CASCADE:
        members = _members_of(directory, manifest).values()
        files += [file for place in members for file in storage.verify_files(place)]
    golden = storage.read_golden(directory)
    loaded = load_model(directory, encoder=encoder)
    try:
        now = _golden_rows(loaded, [row["text"] for row in golden])
        gaps = [_largest_gap(then, row) for then, row in zip(golden, now, strict=True)]
    except FAULTS as error:
        raise ModelError(
            f"the golden passages of {directory} are of another layout ({told(error)})"
        ) from None
    is_encoded = encoder_of(loaded.stance_reading.features_) is not None
    tolerance = _GOLDEN_TOLERANCE_ENCODED if is_encoded else _GOLDEN_TOLERANCE
    for place, gap in enumerate(gaps):
        if not gap <= tolerance:
            raise ModelError(
                f"golden passage {place} of {directory} is off by {gap:.1e}; this build of "
                "NumPy or scikit-learn reads text differently: report it with `pip freeze`"
            )
    return len(files), len(golden)


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
