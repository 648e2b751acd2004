"""Model directories: data only, every file hashed, read whole or refused.

Layout, format version 1:

    manifest.json        what the model is, and sha256 and size of every other file; written last
    vocabulary.json      {feature set: [terms in column order]}; of a model that keeps its training
                         passages also {"passages": [ids]}
    weights.safetensors  {feature set}.idf, {feature set}.names (1 for terms that weigh nothing,
                         where names are ignored), {part}.coef, {part}.intercept, stance.scale,
                         stance.bias, stance.shares, stance.least, detector.*,
                         frames.thresholds; with an off-topic guard topic.*; with a
                         sentence encoder stance.probes, what it must give for a few fixed
                         sentences; with kept passages passages.*, their labels and their words
    golden.jsonl         passages with the probabilities that the model must give
    README.md            the model card
    encoder/             of some models, the sentence encoder itself; its own list has its hashes

A cascade is a directory as well: manifest, golden passages and card, and two model directories, in
it or beside it. Its manifest has where they are, and the hash of each.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import ModelError
from stancekit.labels import unknown_name

__all__ = [
    "CASCADE",
    "FORMAT_VERSION",
    "MODEL",
    "ModelFiles",
    "check_writable",
    "find_model",
    "model_digest",
    "read_golden",
    "read_manifest",
    "read_model_files",
    "shipped_models",
    "verify_files",
    "write_cascade_files",
    "write_model_files",
]

FORMAT_VERSION = 1
MANIFEST, VOCABULARY, WEIGHTS = "manifest.json", "vocabulary.json", "weights.safetensors"
GOLDEN, CARD = "golden.jsonl", "README.md"
ENCODER_FOLDER = "encoder"
# What a directory may hold, and the files of each beside the manifest.
MODEL, CASCADE = "stancekit model", "stancekit cascade"
_FILES = {MODEL: {VOCABULARY, WEIGHTS, GOLDEN, CARD}, CASCADE: {GOLDEN, CARD}}
_DIGEST = "manifest_sha256"
_FACTS = {"sha256", "size"}
_RETRAIN = "copy the model again, or train it anew with `stancekit train`"


@dataclass(frozen=True)
class ModelFiles:
    """What a model directory holds, as plain data."""

    manifest: dict[str, Any]
    vocabulary: dict[str, list[str]]
    tensors: dict[str, np.ndarray]


def shipped_models() -> dict[str, Path]:
    """Names and directories of the models that are installed with the library, sorted."""
    root = Path(str(resources.files("stancekit.models")))
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{MANIFEST}"))}


def find_model(model: str | os.PathLike[str]) -> Path:
    """The directory of ``model``: the name of a shipped model, or a path.

    Raises
    ------
    ModelError
        When there is neither.
    """
    shipped = shipped_models()
    if str(model) in shipped:
        return shipped[str(model)]
    path = Path(model)
    if path.is_dir():
        return path
    if path.is_file():
        raise ModelError(
            f"{path} is a file; expected a model directory with a {MANIFEST}: pickle, joblib and "
            "other single-file models are never opened, as loading them can run code"
        )
    known = unknown_name("model", str(model), list(shipped)) if shipped else f"no model at {path}"
    raise ModelError(f"{known}; a path must be that of a directory that `stancekit train` wrote")


def write_model_files(
    directory: str | os.PathLike[str],
    files: ModelFiles,
    *,
    golden: list[dict[str, Any]],
    card: str,
    encoder: Path | None = None,
    force: bool = False,
) -> Path:
    """Write a model directory whole or not at all: beside its place first, then renamed.

    What is in the directory ``encoder`` is copied into it.

    Raises
    ------
    ModelError
        When the directory exists and ``force`` is not given, or is no model and would be lost, or
        for facts that JSON does not have.
    """
    from safetensors.numpy import save

    target = Path(directory).resolve()
    check_writable(target, force=force)
    contents = {
        VOCABULARY: _json(files.vocabulary, indent=None),
        WEIGHTS: save({name: np.ascontiguousarray(a) for name, a in files.tensors.items()}),
        **_texts(golden, card),
    }
    _write_whole(
        target,
        _with_manifest(MODEL, files.manifest, contents),
        {} if encoder is None else {ENCODER_FOLDER: encoder},
    )
    return target


def write_cascade_files(
    directory: str | os.PathLike[str],
    manifest: dict[str, Any],
    *,
    golden: list[dict[str, Any]],
    card: str,
    folders: Mapping[str, Path],
    force: bool = False,
) -> None:
    """Write the directory of a cascade, as `write_model_files` writes that of a model.

    The model directories ``folders`` are copied into it, by these names.
    """
    target = Path(directory).resolve()
    check_writable(target, force=force)
    _write_whole(target, _with_manifest(CASCADE, manifest, _texts(golden, card)), folders)


def _texts(golden: list[dict[str, Any]], card: str) -> dict[str, bytes]:
    rows = b"".join(_json(row, indent=None) for row in golden)
    return {GOLDEN: rows, CARD: card.encode()}


def _with_manifest(
    kind: str, facts: dict[str, Any], contents: dict[str, bytes]
) -> dict[str, bytes]:
    manifest = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        **facts,
        "files": {name: _facts(data) for name, data in contents.items()},
    }
    return {**contents, MANIFEST: _json({**manifest, _DIGEST: _sha256(_json(manifest))})}


def _write_whole(target: Path, contents: dict[str, bytes], folders: Mapping[str, Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    staging.chmod(0o755)
    try:
        for name, data in contents.items():
            (staging / name).write_bytes(data)
        for name, folder in folders.items():
            shutil.copytree(folder, staging / name, copy_function=shutil.copyfile)
        _replace(target, staging)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _replace(target: Path, staging: Path) -> None:
    """Put ``staging`` in the place of ``target``, which comes back if that fails."""
    if not target.exists():
        staging.rename(target)
        return
    old = staging.with_name(f"{staging.name}.old")
    target.rename(old)
    try:
        staging.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_writable(directory: str | os.PathLike[str], *, force: bool = False) -> None:
    """Raise ModelError when `write_model_files` would refuse: worth asking before long work."""
    target = Path(directory)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / MANIFEST).is_file():
        raise ModelError(
            f"{target} exists and is no model; choose another place, so that nothing is lost"
        )
    if not force:
        raise ModelError(
            f"{target} holds a model already; choose another place, or replace it with "
            "force=True (on the command line --force)"
        )


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a model directory, checked for kind, format and its own digest.

    Raises
    ------
    ModelError
        When it is missing, damaged, changed, of another kind or of a newer format.
    """
    path = directory / MANIFEST
    try:
        manifest = _parse(path.read_bytes(), path)
    except OSError:
        raise ModelError(
            f"{directory} has no {MANIFEST} that can be read; expected a directory that "
            "`stancekit train` wrote"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("kind") not in _FILES:
        raise ModelError(f"{path} is not the manifest of a {MODEL}; name another directory")
    version = manifest.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise ModelError(f"{path} has the unknown model format {version!r}; {_RETRAIN}")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{directory} has model format {version} and this stancekit reads up to "
            f"{FORMAT_VERSION}; upgrade with `pip install -U stancekit`"
        )
    digest = manifest.pop(_DIGEST, None)
    if digest != _sha256(_json(manifest)):
        raise ModelError(f"{path} was changed or damaged after it was written; {_RETRAIN}")
    if not _is_inventory(manifest.get("files"), _FILES[manifest["kind"]]):
        raise ModelError(f"{path} does not list the files of a {manifest['kind']}; {_RETRAIN}")
    return manifest


def model_digest(directory: Path) -> str:
    """The sha256 of a model: of its manifest, which has those of all its files."""
    return _sha256(_json(read_manifest(directory)))


def _is_inventory(files: Any, expected: set[str]) -> bool:
    """Whether it has size and hash of the files of the layout, and of nothing elsewhere."""
    return (
        isinstance(files, dict)
        and files.keys() == expected
        and all(isinstance(facts, dict) and facts.keys() == _FACTS for facts in files.values())
    )


def read_model_files(directory: Path) -> ModelFiles:
    """Read what a model needs to predict; each file is hashed before it is looked into.

    Raises
    ------
    ModelError
        For a file that is missing, cut short, changed, or not what the manifest says.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    manifest = read_manifest(directory)
    vocabulary = _parse(_checked(directory, manifest, VOCABULARY), directory / VOCABULARY)
    try:
        tensors = load(_checked(directory, manifest, WEIGHTS))
    except SafetensorError as error:
        raise ModelError(
            f"{directory / WEIGHTS} is no safetensors file ({error}); {_RETRAIN}"
        ) from None
    return ModelFiles(manifest, vocabulary, tensors)


def read_golden(directory: Path) -> list[dict[str, Any]]:
    """The golden passages of a model directory, as `write_model_files` was given them."""
    data = _checked(directory, read_manifest(directory), GOLDEN)
    return [_parse(line, directory / GOLDEN) for line in data.split(b"\n")[:-1]]


def verify_files(directory: Path) -> list[str]:
    """Hash every file that the manifest names; return their names, or raise ModelError."""
    manifest = read_manifest(directory)
    for name in manifest["files"]:
        _checked(directory, manifest, name)
    return [MANIFEST, *manifest["files"]]


def _checked(directory: Path, manifest: dict[str, Any], name: str) -> bytes:
    path = directory / name
    expected = manifest["files"][name]
    try:
        data = path.read_bytes()
    except OSError:
        raise ModelError(f"{path} is missing from the model; {_RETRAIN}") from None
    if len(data) != expected["size"]:
        raise ModelError(
            f"{path} has {len(data)} bytes where the manifest says {expected['size']}; {_RETRAIN}"
        )
    if _sha256(data) != expected["sha256"]:
        raise ModelError(f"{path} is damaged (its sha256 is not the manifest's); {_RETRAIN}")
    return data


def _parse(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ModelError(f"{path} is damaged (no valid JSON); {_RETRAIN}") from None


def _facts(data: bytes) -> dict[str, Any]:
    return {"sha256": _sha256(data), "size": len(data)}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(value: Any, indent: int | None = 1) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{error}; a model holds plain JSON values only: see `about`") from None
    # A lone surrogate in a passage is no character and cannot be written as one.
    return (text + "\n").encode(errors="replace")
