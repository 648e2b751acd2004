"""Sentence encoders that users bring: opened when needed, checked, each text encoded once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from stancekit.errors import InputError, MissingExtraError, ModelError
from stancekit.features import check_texts, even_letters
from stancekit.onnx_encoder import ENCODER, OnnxEncoder, is_onnx_encoder

__all__ = [
    "N_PROBES",
    "SAME_VECTORS",
    "CachedEncoder",
    "Encoder",
    "Source",
    "TextEncoder",
    "as_shown",
]

# What an encoder must still give for these texts says whether it is the one of the training.
_PROBES = (
    "The soldiers should come home now.",
    "They must stay until the country can defend itself.",
    "Der Ausschuss trifft sich am Montag.",
    "42",
)
N_PROBES = len(_PROBES)
# Vectors of length one may differ by this much on each axis. Those of all-MiniLM-L6-v2 do by 1e-7
# in other batches, by 1e-3 to 2e-3 in half precision, and by 7e-2 with 8-bit weights.
SAME_VECTORS = 1e-3

_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w.-]+)?")
# Either says that a directory was saved by sentence-transformers or by transformers; the last, that
# it holds a graph for onnxruntime.
_MODEL_FILES = ("modules.json", "config.json", ENCODER)


@runtime_checkable
class TextEncoder(Protocol):
    """What can be given as an encoder."""

    def encode(self, texts: list[str]) -> Any:
        """Vectors: an array of shape (n_texts, n_axes) of finite numbers, a row a text."""


@dataclass(frozen=True)
class Source:
    """Where an encoder is from.

    Attributes
    ----------
    kind : {"directory", "hub", "object"}
    name : str; the absolute path, the name on the hub, or the class of the object
    """

    kind: str
    name: str

    @classmethod
    def of(cls, encoder: Any) -> Source:
        """The source of what a user gave; nothing is opened."""
        while isinstance(encoder, CachedEncoder):
            encoder = encoder.encoder
        if isinstance(encoder, str | os.PathLike):
            return cls._of_place(encoder)
        if isinstance(encoder, type) or not isinstance(encoder, TextEncoder):
            raise InputError(
                f"got {encoder!r} as encoder; expected a directory of a sentence-transformers "
                "model, its name on the hub, or an object with `encode(texts)`"
            )
        return cls("object", type(encoder).__qualname__)

    def check_stored(self) -> None:
        """Raise when a model that names this source cannot find its encoder by itself.

        Raises
        ------
        ModelError
            For an object, which must be given again.
        ValueError
            For what `of` never gives.
        """
        if self.kind == "object":
            raise ModelError(
                f"the model was trained with an encoder object ({self.name}) that is not part of "
                "it; give it again: load_model(..., encoder=...)"
            )
        is_directory = self.kind == "directory" and Path(self.name).is_absolute()
        is_name = self.kind == "hub" and _HUB_NAME.fullmatch(self.name)
        if not is_directory and not is_name:
            raise ValueError(f"the encoder is {self.name!r} of the kind {self.kind!r}")

    @classmethod
    def _of_place(cls, place: str | os.PathLike[str]) -> Source:
        path = Path(place)
        if str(place) and path.is_dir():
            return cls("directory", str(path.resolve()))
        may_be_name = isinstance(place, str) and _HUB_NAME.fullmatch(place)
        if not may_be_name or path.exists() or ("/" in str(place) and path.parent.is_dir()):
            raise InputError(
                f"there is no directory {path} to load an encoder from; check the path, or name "
                "a sentence-transformers model on the hub"
            )
        return cls("hub", str(place))


class Encoder:
    """Vectors of length one, from an encoder that may not be open yet.

    Typography is made even before encoding, as it is for words; case is left. Equal texts of one
    call are encoded once. A text without a letter or sign is not shown to the encoder: its vector
    is all zeros.

    Parameters
    ----------
    source : Source
    model : TextEncoder or None
        None: it is opened on first use, and never downloaded.
    probes : ndarray of shape (n_probes, n_axes) or None
        What `probe` gave when a model was trained with it. By default it may be any encoder.

    Attributes
    ----------
    n_axes : int or None; None before anything is known of the encoder
    """

    def __init__(
        self, source: Source, model: TextEncoder | None = None, probes: np.ndarray | None = None
    ) -> None:
        self.source = source
        self.n_axes = None if probes is None else probes.shape[1]
        self._model = model
        self._probes = probes

    @classmethod
    def open(cls, encoder: Any) -> Encoder:
        """Open what a user gave: an object, a directory or a name, which may be downloaded.

        Raises
        ------
        InputError
            For anything else, and a directory or name that cannot be loaded.
        MissingExtraError
            When sentence-transformers is needed and not installed.
        """
        source = Source.of(encoder)
        is_place = isinstance(encoder, str | os.PathLike)
        return cls(source, _load(source, InputError) if is_place else encoder)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_axes), float64; rows have length one, or are all zeros.

        Raises
        ------
        InputError
            When the encoder gives another shape, or a number that is not finite.
        ModelError, MissingExtraError
            When this is the first use of a model's encoder, and it is not in its place, cannot
            be loaded, or is not the one of the training.
        """
        return _scaled(self.raw(texts))

    def raw(self, texts: Sequence[str]) -> np.ndarray:
        """Like `encode`, with rows of the length that the encoder gave them."""
        shown = [as_shown(text) for text in texts]
        place = {text: row for row, text in enumerate(dict.fromkeys(filter(None, shown)))}
        found = self._vectors(list(place)) if place else np.zeros((0, self._width))
        # After the last vector a row of zeros, for the texts that have none.
        rows = np.vstack([found, np.zeros((1, self._width))])
        return rows[[place.get(text, -1) for text in shown]]

    def probe(self) -> np.ndarray:
        """Vectors of a few fixed sentences, by which the encoder is known again."""
        if self._probes is None:
            self._probes = self.encode(_PROBES)
        return self._probes

    def expecting(self, probes: np.ndarray) -> Encoder:
        """This encoder, if it gives ``probes``.

        Raises
        ------
        ModelError
            When it does not.
        """
        self._check_same(self.probe(), probes)
        return Encoder(self.source, self._model, probes)

    @property
    def _width(self) -> int:
        return self.n_axes or 0

    def _opened(self) -> TextEncoder:
        if self._model is None:
            model = _load(self.source, ModelError)
            if self._probes is not None:
                found = _scaled(_checked_vectors(model, list(_PROBES)))
                self._check_same(found, self._probes)
            self._model = model
        return self._model

    def _check_same(self, found: np.ndarray, probes: np.ndarray) -> None:
        if found.shape != probes.shape or np.abs(found - probes).max() > SAME_VECTORS:
            raise ModelError(
                f"the encoder {self.source.name!r} gives other vectors, of {found.shape[1]} axes, "
                f"than the one that the model was trained with, of {probes.shape[1]}; give that "
                "one as `encoder` of load_model, or train anew"
            )

    def _vectors(self, texts: list[str]) -> np.ndarray:
        found = _checked_vectors(self._opened(), texts)
        self.n_axes = self.n_axes or found.shape[1]
        if found.shape[1] != self.n_axes:
            raise InputError(
                f"the encoder gave {found.shape[1]} numbers a text after {self.n_axes} before; "
                "expected as many for every text"
            )
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Without what can be opened again: another process opens its own."""
        can_reopen = self.source.kind != "object" and not isinstance(self._model, CachedEncoder)
        return {**self.__dict__, **({"_model": None} if can_reopen else {})}


class CachedEncoder:
    """An encoder that keeps the vectors of some texts, for many fits on the same passages.

    Clones share it: a `GridSearchCV` or cross-validation over it encodes each text once, where
    scikit-learn would copy a plain object, and every fit would encode its passages anew.

    Parameters
    ----------
    encoder : object, directory or name
        As in `StanceClassifier`.
    texts : sequence of str
        They are encoded at once; other texts are, each time they are asked for, by ``encoder``.

    Raises
    ------
    InputError, MissingExtraError
        As in `StanceClassifier.fit`, for an encoder that cannot be used.

    Examples
    --------
    >>> from stancekit import CachedEncoder
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count("a"), text.count("e")] for text in texts]
    >>> CachedEncoder(Letters(), ["ade"]).encode(["eee", "ade"]).tolist()
    [[0.0, 3.0], [1.0, 1.0]]
    """

    def __init__(self, encoder: Any, texts: Sequence[str]) -> None:
        self.encoder = encoder
        self._inner = Encoder.open(encoder)
        kept = list(dict.fromkeys(map(as_shown, check_texts(texts))))
        self._place = {text: row for row, text in enumerate(kept)}
        self._kept = self._inner.raw(kept)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_axes), zeros for an empty text."""
        shown = [as_shown(text) for text in texts]
        new = [text for text in dict.fromkeys(shown) if text not in self._place]
        place = self._place | {text: len(self._kept) + row for row, text in enumerate(new)}
        rows = np.vstack([self._kept, self._inner.raw(new)]) if new else self._kept
        return rows[[place[text] for text in shown]]

    def __sklearn_clone__(self) -> CachedEncoder:
        return self


def as_shown(text: str) -> str:
    """The form in which an encoder reads a text: runs of space are one space, case stays."""
    return " ".join(even_letters(text).split())


def _checked_vectors(model: TextEncoder, texts: list[str]) -> np.ndarray:
    """What an encoder gives, as floats of shape (n_texts, n_axes)."""
    found, n_texts = model.encode(texts), len(texts)
    try:
        vectors = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the encoder gave {type(found).__name__} that is no array of numbers ({error}); "
            "expected shape (n_texts, n_axes)"
        ) from None
    if vectors.ndim != 2 or len(vectors) != n_texts or vectors.shape[1] == 0:
        raise InputError(
            f"the encoder gave an array of shape {vectors.shape} for {n_texts} texts; expected "
            f"({n_texts}, n_axes)"
        )
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise InputError(
            f"the encoder gave a number that is missing or infinite for text {row} of {n_texts}; "
            "expected finite numbers"
        )
    return vectors


def _scaled(vectors: np.ndarray) -> np.ndarray:
    """The rows with length one; one of all zeros stays so."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1)[:, None])


def _load(source: Source, error: type[InputError] | type[ModelError]) -> TextEncoder:
    """The encoder of a directory, or the sentence-transformers model of a name.

    ``error`` is InputError for a user's, ModelError for a model's own, which is never downloaded.
    """
    if source.kind == "directory":
        _check_directory(Path(source.name), error)
        if is_onnx_encoder(Path(source.name)):
            return OnnxEncoder(source.name)
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise MissingExtraError(
            f"the encoder {source.name!r} needs sentence-transformers: "
            "pip install 'stancekit[encoder]'"
        ) from None
    is_users = error is InputError
    is_local = source.kind == "directory" or not is_users
    try:
        model: TextEncoder = SentenceTransformer(source.name, local_files_only=is_local)
    except Exception as fault:  # whatever its many readers and the network raise
        reason = " ".join(str(fault).split())[:200]
        raise error(f"{_not_loaded(source, is_users)} ({reason})") from None
    return model


def _check_directory(path: Path, error: type[InputError] | type[ModelError]) -> None:
    if not path.is_dir():
        raise error(
            f"the encoder that the model was trained with is no longer in {path}; put it back, or "
            "give its new place as `encoder` of load_model"
        )
    if not any((path / file).is_file() for file in _MODEL_FILES):
        raise error(
            f"{path} holds no sentence-transformers model ({' or '.join(_MODEL_FILES)} is "
            "missing); name the directory that its `save` wrote"
        )


def _not_loaded(source: Source, is_users: bool) -> str:
    name = source.name
    if source.kind == "directory":
        return f"cannot load the encoder in {name}; save it anew with sentence-transformers"
    if is_users:
        return (
            f"cannot load the encoder {name!r} from the hub; check the name and the network, or "
            "name a directory"
        )
    return (
        f"the encoder {name!r} of this model is not on this machine, and a model never downloads "
        f"one by itself; ask for it by name: load_model(..., encoder={name!r})"
    )
