"""What a fitted classifier gives of a passage, without what fits it and without scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

from stancekit.domains import Calibration
from stancekit.encoders import TextEncoder
from stancekit.errors import InputError
from stancekit.features import TextFeatures, check_texts
from stancekit.hedging import Assurance
from stancekit.joint import JointFeatures, inputs_of
from stancekit.linear import DEFAULT_CS, Head
from stancekit.parameters import check_fitted
from stancekit.sharing import Sharing
from stancekit.targets import is_of_target, target_names

if TYPE_CHECKING:
    from stancekit.frames import FrameClassifier
    from stancekit.stance import StanceClassifier

__all__ = ["EstimatorField", "FrameReading", "StanceReading", "with_others"]


class StanceReading:
    """What a fitted `StanceClassifier` knows and gives; see there for parameters and attributes."""

    classes_: np.ndarray
    domains_: list[str]
    targets_: list[str] | None
    features_: TextFeatures | JointFeatures
    head_: Head
    detector_: Head | None
    calibration_: Calibration
    assurance_: Assurance | None
    lean_: float
    C_: float
    log_loss_: dict[float, float]
    macro_f1_: dict[float, float]

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_features: int | None = None,
        Cs: Sequence[float] = DEFAULT_CS,
        class_weight: dict[str, float] | str | None = None,
        ignore_names: bool | Sequence[str] = False,
        lean: float | None = None,
        sharing: float | dict[str, float] = 1.0,
        char_ngram_range: tuple[int, int] | None = None,
        min_per_target: int | None = 100,
        cross_targets: bool = True,
        encoder: TextEncoder | str | os.PathLike[str] | None = None,
        encoder_weight: float = 0.25,
        n_folds: int = 5,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.Cs = Cs
        self.class_weight = class_weight
        self.ignore_names = ignore_names
        self.lean = lean
        self.sharing = sharing
        self.char_ngram_range = char_ngram_range
        self.min_per_target = min_per_target
        self.cross_targets = cross_targets
        self.encoder = encoder
        self.encoder_weight = encoder_weight
        self.n_folds = n_folds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def as_estimator(self) -> StanceClassifier:
        """The scikit-learn estimator that has learnt the same, sharing all of it."""
        from stancekit.stance import StanceClassifier

        estimator: StanceClassifier = _as(StanceClassifier, self)
        return estimator

    def predict(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after leaning towards rare labels by ``lean_``. Every passage gets one,
        an empty one too: `Model.analyze` tells which passages can be read.

        Parameters
        ----------
        texts : sequence of str
        targets : sequence of str or None
            The target of each passage, where `fit` was given targets. One that it did not see,
            None, and leaving ``targets`` out: read by what all targets have in common.

        Raises
        ------
        InputError
            For a bare string, another number of targets, or targets where `fit` had none.
        """
        return self.look(texts, targets)[0]

    def predict_proba(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1.

        ``targets`` are as in `predict`.
        """
        return self.look(texts, targets)[1]

    def read(self, X: csr_matrix, targets: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` and `predict_proba` give, of features that ``features_`` has made.

        ``targets`` has a name a row, or none at all.
        """
        scores = self._sharing.by_domain(self.head_.scores(X))
        in_domain = self.in_domain(X, targets)
        leaning = self.calibration_.proba(scores, in_domain, self.lean_)
        labels = np.asarray(self.classes_[leaning.argmax(axis=1)])
        return labels, self.calibration_.proba(scores, in_domain)

    def in_domain(self, X: csr_matrix, targets: Sequence[str] = ()) -> np.ndarray:
        """Probability of each domain or target: (n_passages, n_domains), rows sum to 1."""
        if self.detector_ is not None:
            return self.detector_.proba(X)
        is_own = np.zeros((X.shape[0], len(self.domains_) - 1))
        if self.targets_ and targets:
            is_own = is_of_target(targets, self.targets_)
        return with_others(is_own)

    def domains_of(self, X: csr_matrix, targets: Sequence[str] = ()) -> np.ndarray:
        """The likeliest domain of each passage, its place in ``domains_``: shape (n_passages,)."""
        return np.asarray(self.in_domain(X, targets).argmax(axis=1))

    def names_of(self, targets: Sequence[str | None] | None, n_passages: int) -> list[str]:
        """``targets`` as `read` takes them: a name a passage, or none at all for None.

        Raises InputError as `predict` does.
        """
        if targets is None:
            return []
        if self.targets_ is None:
            raise InputError("got targets, and `fit` had none; leave them out, or fit with targets")
        return target_names(targets, n_passages)

    @property
    def terms_(self) -> TextFeatures:
        """The words of ``features_``, without what may stand beside them."""
        features = self.features_
        return features.words if isinstance(features, JointFeatures) else features

    @property
    def n_sets_(self) -> int:
        """How many sets of weights there are: one, or one a domain or target."""
        return self._sharing.n_sets

    @property
    def _sharing(self) -> Sharing:
        kind = "domain" if self.targets_ is None else "target"
        return Sharing(kind, self.domains_, self.sharing)

    def look(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` and `predict_proba` give, for the time of one of them."""
        check_fitted(self, "head_")
        passages = check_texts(texts)
        names = self.names_of(targets, len(passages))
        X = self.features_.transform(*inputs_of(self.features_, passages, names))
        return self.read(X, names)

    @property
    def _words(self) -> TextFeatures:
        """Words and word pairs yet to be learnt."""
        return TextFeatures(
            ngram_range=self.ngram_range,
            min_df=self.min_df,
            max_features=self.max_features,
            ignore_names=self.ignore_names,
        )

    def _features(self, *, crossed: bool = False) -> TextFeatures | JointFeatures:
        """All terms yet to be learnt."""
        lengths = self.char_ngram_range
        if lengths is None and not crossed:
            return self._words
        more: dict[str, Any] = {"min_df": self.min_df, "max_features": self.max_features}
        return JointFeatures(
            self._words,
            None if lengths is None else TextFeatures(ngram_range=lengths, analyzer="char", **more),
            TextFeatures(ngram_range=(1, 1), **more) if crossed else None,
        )


class FrameReading:
    """What a fitted `FrameClassifier` knows and gives; see there for parameters and attributes."""

    classes_: np.ndarray
    thresholds_: np.ndarray
    features_: TextFeatures
    head_: Head

    def __init__(
        self,
        *,
        frames: Sequence[str] | None = None,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_features: int | None = None,
        Cs: Sequence[float] = DEFAULT_CS,
        class_weight: str | None = None,
        ignore_names: bool | Sequence[str] = False,
        n_folds: int = 5,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.frames = frames
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.Cs = Cs
        self.class_weight = class_weight
        self.ignore_names = ignore_names
        self.n_folds = n_folds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def as_estimator(self) -> FrameClassifier:
        """The scikit-learn estimator that has learnt the same, sharing all of it."""
        from stancekit.frames import FrameClassifier

        estimator: FrameClassifier = _as(FrameClassifier, self)
        return estimator

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Which frames each passage has: ndarray of shape (n_passages, n_frames), 0 or 1."""
        return self.marked(self.predict_proba(texts))

    def predict_frames(self, texts: Sequence[str]) -> list[list[str]]:
        """The names of the frames that each passage has, in column order."""
        return [list(self.classes_[row == 1]) for row in self.predict(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probability of each frame: shape (n_passages, n_frames), in [0, 1]."""
        check_fitted(self, "head_")
        return self.proba_of(self.features_.transform(texts))

    def proba_of(self, X: csr_matrix) -> np.ndarray:
        """`predict_proba` for features that ``features_`` has made already."""
        return np.asarray(expit(self.head_.scores(X)))

    def marked(self, proba: np.ndarray) -> np.ndarray:
        """0 or 1 for probabilities of shape (n_passages, n_frames), by the thresholds."""
        return (proba >= self.thresholds_).astype(int)

    @property
    def terms_(self) -> TextFeatures:
        """``features_``, by the name that it has beside an encoder in `StanceClassifier`."""
        return self.features_

    @property
    def _words(self) -> TextFeatures:
        return TextFeatures(
            ngram_range=self.ngram_range,
            min_df=self.min_df,
            max_features=self.max_features,
            ignore_names=self.ignore_names,
        )


class EstimatorField:
    """A field of a dataclass that holds a reading, and gives the estimator to who asks for it.

    To read needs no scikit-learn, which takes longer to import than an article to read.
    """

    def __init__(self, *, is_optional: bool = False) -> None:
        self.is_optional = is_optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.place = f"_{name}"

    def __get__(self, holder: object, owner: type) -> Any:
        if holder is None and self.is_optional:
            return None  # the field's default
        if holder is None:
            raise AttributeError(self.place)  # it has none
        held = vars(holder)[self.place]
        if held is not None:
            held = vars(holder)[self.place] = held.as_estimator()
        return held

    def __set__(self, holder: object, value: Any) -> None:
        vars(holder)[self.place] = value


def _as(kind: type[Any], reading: StanceReading | FrameReading) -> Any:
    if isinstance(reading, kind):
        return reading
    estimator = kind()
    vars(estimator).update(vars(reading))
    return estimator


def with_others(is_own: np.ndarray) -> np.ndarray:
    """Which target each passage is read by, with a last column for all others."""
    return np.column_stack([is_own, 1.0 - is_own.sum(axis=1)])
