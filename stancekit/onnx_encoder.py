"""A sentence encoder as data: an ONNX graph and a tokenizer in a directory, for a plain CPU."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import MissingExtraError, ModelError

__all__ = [
    "ENCODER",
    "OnnxEncoder",
    "encoder_about",
    "encoder_hash",
    "is_onnx_encoder",
    "write_encoder_facts",
]

# Says what the other files of the directory are, with their hashes.
ENCODER = "encoder.json"
FORMAT_VERSION = 1
GRAPH, TOKENIZER = "encoder.onnx", "tokenizer.json"
_AGAIN = "copy the encoder again"


def is_onnx_encoder(directory: Path) -> bool:
    """Whether a directory says that it holds such an encoder."""
    return (directory / ENCODER).is_file()


def encoder_hash(directory: Path) -> str:
    """The sha256 of the list of the encoder's files and their hashes.

    Raises
    ------
    ModelError
        When there is none.
    """
    try:
        return _sha256(directory / ENCODER)
    except OSError:
        raise ModelError(f"{directory} holds no {ENCODER}; {_AGAIN}") from None


def encoder_about(directory: Path) -> dict[str, Any]:
    """Name, source and licence of an encoder, as `write_encoder_facts` was given them."""
    return dict(_checked_facts(directory)["about"])


def write_encoder_facts(directory: Path, *, max_tokens: int, about: dict[str, Any]) -> None:
    """Write `encoder.json` for the files that are in a directory.

    Parameters
    ----------
    directory : Path
        With the graph, which takes the token numbers of one text, shape (1, n_tokens), int64, and
        gives its vector, shape (1, n_axes); with the files of weights that the graph names; and
        with the tokenizer.
    max_tokens : int
        Longer texts are cut.
    about : dict
        Name, source and licence, for people.
    """
    files = sorted(path for path in directory.iterdir() if path.name != ENCODER)
    facts = {
        "format_version": FORMAT_VERSION,
        "about": about,
        "max_tokens": max_tokens,
        "files": {path.name: _sha256(path) for path in files},
    }
    text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    (directory / ENCODER).write_text(text, encoding="utf-8")


class OnnxEncoder:
    """A sentence encoder that needs neither PyTorch nor a network.

    Each text is encoded by itself, on one thread of several, so that its vector depends neither on
    the texts beside it nor on how many cores there are.

    Parameters
    ----------
    directory : path
        With `encoder.json` and the files that it names, each of which is hashed.

    Raises
    ------
    ModelError
        For files that are missing, changed, or not what they should be.
    MissingExtraError
        When onnxruntime or tokenizers is not installed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        facts = _checked_facts(self.directory)
        runtime, tokenizers = _packages()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(self.directory / TOKENIZER))
            self._session = runtime.InferenceSession(
                str(self.directory / GRAPH), options, providers=["CPUExecutionProvider"]
            )
        except Exception as fault:  # whatever the two libraries raise for files of another layout
            reason = " ".join(str(fault).split())[:200]
            raise ModelError(
                f"{self.directory} holds no encoder that can be read ({reason}); {_AGAIN}"
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(facts["max_tokens"]))
        self._input = self._session.get_inputs()[0].name

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_axes), float32."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        with ThreadPoolExecutor(max_workers=_n_cores()) as pool:
            return np.vstack(list(pool.map(self._vector, tokens)))

    def _vector(self, tokens: list[int]) -> np.ndarray:
        found = self._session.run(None, {self._input: np.array([tokens], dtype=np.int64)})
        return np.asarray(found[0])


def _checked_facts(directory: Path) -> dict[str, Any]:
    path = directory / ENCODER
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, files = facts["format_version"], dict(facts["files"])
        is_whole = {GRAPH, TOKENIZER} <= files.keys() and int(facts["max_tokens"]) > 0
        is_whole = is_whole and isinstance(facts["about"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(f"{path} does not describe an encoder; {_AGAIN}") from None
    if version != FORMAT_VERSION:
        raise ModelError(
            f"{path} has the encoder format {version!r} and this stancekit reads "
            f"{FORMAT_VERSION}; upgrade with `pip install -U stancekit`"
        )
    # A name with a folder in it would lead out of the directory.
    if not is_whole or any(Path(name).name != name for name in files):
        raise ModelError(f"{path} does not list the files of an encoder; {_AGAIN}")
    for name, expected in files.items():
        _check_file(directory / name, expected)
    return facts


def _check_file(path: Path, expected: str) -> None:
    try:
        found = _sha256(path)
    except OSError:
        raise ModelError(f"{path} is missing from the encoder; {_AGAIN}") from None
    if found != expected:
        raise ModelError(f"{path} is damaged (its sha256 is not the stated one); {_AGAIN}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _packages() -> tuple[Any, Any]:
    try:
        import onnxruntime
        import tokenizers
    except ImportError:
        raise MissingExtraError(
            "this encoder needs onnxruntime and tokenizers: pip install 'stancekit[accurate]'"
        ) from None
    return onnxruntime, tokenizers
