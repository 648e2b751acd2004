"""Whether a passage is about the debate at all: a guard beside the stance, over its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

from stancekit.calibration import fit_platt
from stancekit.errors import InputError
from stancekit.features import check_texts
from stancekit.labels import is_missing, takes_side
from stancekit.linear import Head, check_settings, one_thread
from stancekit.parameters import Parameters, check_fitted
from stancekit.splits import grouped_folds

if TYPE_CHECKING:
    from stancekit.stance import StanceClassifier

__all__ = ["MIN_OFF_TOPIC", "TopicGuard", "check_off_topic"]

# Fewer passages than this say nothing of all that a debate is not about.
MIN_OFF_TOPIC = 50


class TopicGuard(Parameters):
    """Tells passages about a debate from others, which a stance classifier must not read.

    A stance classifier has seen the debate alone: that a word of football or of an election takes
    a side is chance. The guard is one more linear model over the words that the classifier has
    counted, so that a passage is read once. Words may speak for the debate and not against it:
    what is off topic is whatever holds too little that speaks for it, also on subjects that no
    training passage has, and the name of a president makes no debate on his troops off topic.

    Parameters
    ----------
    max_turned_away : float, default=0.01
        The share of the passages that take a side which may be turned away, on the held-out folds,
        in [0, 1). To lose one that matters is a worse error than to read one that does not, so
        the threshold is chosen by these passages and not by those that are off topic.
    Cs : sequence of float, default=(3, 10, 30)
        Inverse strengths of regularisation to choose from, by log loss on the held-out folds.
    n_folds : int, default=5
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    C_ : float; the chosen one
    log_loss_ : dict of float to float; mean held-out log loss of each C, after calibration
    head_ : Head; one output, the log odds of being off topic, with the calibration folded in; no
        weight is above 0, and there is one for each term of the classifier: a sentence encoder
        beside the words is not asked
    threshold_ : float in (0, 1]; from this probability on a passage is off topic
    rates_ : dict of str to float
        Held-out shares that are turned away: of the ``off topic`` passages, of those ``with a
        side``, and of those ``without a side``.
    n_passages_ : dict of str to int; passages about the debate (``on topic``) and ``off topic``
    """

    def __init__(
        self,
        *,
        max_turned_away: float = 0.01,
        Cs: Sequence[float] = (3.0, 10.0, 30.0),
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.max_turned_away = max_turned_away
        self.Cs = Cs
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(
        self,
        stance: StanceClassifier,
        texts: Sequence[str],
        y: Sequence[str],
        off_topic: Sequence[str],
        *,
        groups: Sequence[Any] | None = None,
        off_topic_groups: Sequence[Any] | None = None,
    ) -> TopicGuard:
        """Learn what the debate sounds like, and what does not sound like it.

        Parameters
        ----------
        stance : StanceClassifier, fitted; its features are used, and nothing of it is changed
        texts : sequence of str
            Passages about the debate, those that ``stance`` learnt from: also such as take no
            side, or they are taken for off topic.
        y : sequence of str, the label of each
        off_topic : sequence of str
            Passages of the same kinds of text about other subjects, 50 or more.
        groups, off_topic_groups : sequences or None
            The article of each passage: passages of one article are held out together.

        Raises
        ------
        InputError
            For bare strings, lengths that differ, fewer than 50 passages off topic, a passage that
            is on and off topic, or constructor arguments that make no sense.
        """
        check_fitted(stance, "head_")
        self.check_settings()
        on, off = check_texts(texts), check_texts(off_topic)
        has_side = _sides(y, len(on))
        check_off_topic(on, off)
        # What the debate is about is told by names above all.
        X = stance.terms_.weigh(stance.terms_.count([*on, *off]), with_names=True)
        is_off = np.repeat([0, 1], [len(on), len(off)])
        units = [
            *_units(groups, len(on), "on topic"),
            *_units(off_topic_groups, len(off), "off topic"),
        ]
        with one_thread():
            scores, scale, bias = self._calibrate(X, is_off, units)
            (head,) = _fit_path(X, is_off, [self.C_])
        self.head_ = head.scaled(np.array([scale]), np.array([bias]))
        self.n_passages_ = {"on topic": len(on), "off topic": len(off)}
        self._choose_threshold(expit(scale * scores + bias), is_off == 1, has_side)
        return self

    def log_odds(self, X: csr_matrix) -> np.ndarray:
        """Of being off topic, from the stance classifier's terms, names as well: (n_passages,)."""
        check_fitted(self, "head_")
        n_terms = self.head_.coef.shape[1]
        return self.head_.scores(X if X.shape[1] == n_terms else X[:, :n_terms])[:, 0]

    def proba(self, X: csr_matrix) -> np.ndarray:
        """Calibrated probability of being off topic: shape (n_passages,), in [0, 1].

        As frequent as off-topic passages were in training.
        """
        return np.asarray(expit(self.log_odds(X)))

    def turns_away(self, X: csr_matrix, *, of_one_article: bool = False) -> np.ndarray:
        """Which passages are off topic: shape (n_passages,), bool.

        Parameters
        ----------
        X : csr_matrix of shape (n_passages, n_features)
        of_one_article : bool
            Whether the passages are those of an article. Then none is off topic unless the article
            is, by the mean of the log odds: an article about the debate keeps the passages between,
            that speak of a vote or a campaign. In another article a passage is judged by itself
            and the article in equal parts.
        """
        odds = self.log_odds(X)
        if of_one_article and len(odds):
            odds = np.minimum(odds.mean(), (odds + odds.mean()) / 2)
        return np.asarray(expit(odds) >= self.threshold_)

    def to_facts(self) -> dict[str, Any]:
        """Settings and what `fit` has learnt, but for ``head_``, as JSON has them."""
        check_fitted(self, "head_")
        return {
            "kind": type(self).__name__,
            "parameters": {**self.get_params(), "Cs": [float(C) for C in self.Cs]},
            "C": float(self.C_),
            "log_loss": {str(float(C)): loss for C, loss in self.log_loss_.items()},
            "threshold": self.threshold_,
            "rates": dict(self.rates_),
            "n_passages": dict(self.n_passages_),
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], head: Head) -> TopicGuard:
        """The inverse of `to_facts`, which trusts nothing: ValueError, TypeError or KeyError."""
        if facts["kind"] != cls.__name__:
            raise ValueError(f"the guard is of the kind {facts['kind']!r}, which is not made here")
        guard = cls(**{**facts["parameters"], "Cs": tuple(facts["parameters"]["Cs"])})
        guard.check_settings()
        guard.C_, guard.threshold_ = float(facts["C"]), float(facts["threshold"])
        if not 0 < guard.threshold_ <= 1:
            raise ValueError(f"the guard has the threshold {guard.threshold_}")
        guard.log_loss_ = {float(C): float(loss) for C, loss in facts["log_loss"].items()}
        guard.rates_ = {str(name): float(rate) for name, rate in facts["rates"].items()}
        guard.n_passages_ = {str(name): int(n) for name, n in facts["n_passages"].items()}
        guard.head_ = head
        return guard

    def _calibrate(
        self, X: csr_matrix, is_off: np.ndarray, units: list[Any]
    ) -> tuple[np.ndarray, float, float]:
        """Choose C on held-out folds; its held-out scores, and the scale and bias for them."""
        held_out = np.zeros((len(list(self.Cs)), len(is_off)))
        folds = grouped_folds(is_off, units, n_folds=self.n_folds, random_state=self.random_state)
        for train, test in folds:
            heads = _fit_path(X[train], is_off[train], list(self.Cs))
            held_out[:, test] = [head.scores(X[test])[:, 0] for head in heads]
        fitted = [fit_platt(scores, is_off, np.ones(len(is_off))) for scores in held_out]
        self.log_loss_ = {C: loss for C, (*_, loss) in zip(self.Cs, fitted, strict=True)}
        best = min(range(len(fitted)), key=lambda place: (fitted[place][2], list(self.Cs)[place]))
        self.C_ = list(self.Cs)[best]
        return held_out[best], *fitted[best][:2]

    def _choose_threshold(
        self, proba: np.ndarray, is_off: np.ndarray, has_side: np.ndarray
    ) -> None:
        """The best threshold of those that turn away no more than may be, and what it does."""
        on, off = proba[~is_off], np.sort(proba[is_off])
        sided = np.sort(on[has_side])[::-1]
        # Just above the first one that must be kept; equal ones are kept with it.
        least = np.nextafter(sided[int(self.max_turned_away * len(sided))], 2.0)
        # Where more of it is of no use the threshold is higher: it maximises the share of off-topic
        # passages turned away less that of the others, whatever their numbers.
        tried = np.append(off[off > least], least)
        gain = [np.mean(off >= one) - np.mean(on >= one) for one in tried]
        best = tried[int(np.argmax(gain))]
        below = max([least, *proba[(proba < best) & (proba > least)]])
        self.threshold_ = float(min((best + below) / 2, 1.0))
        parts = {"off topic": off, "with a side": sided, "without a side": on[~has_side]}
        self.rates_ = {
            name: float(np.mean(part >= self.threshold_))
            for name, part in parts.items()
            if len(part)
        }

    def check_settings(self) -> None:
        """Refuse constructor arguments that no fit can work with, by an InputError."""
        check_settings(self)
        share = self.max_turned_away
        if not isinstance(share, Real) or not 0 <= float(share) < 1:
            raise InputError(f"got max_turned_away={share!r}; expected a share from 0 to below 1")


def _fit_path(X: csr_matrix, is_off: np.ndarray, Cs: Sequence[float]) -> list[Head]:
    """A logistic regression without weights above 0 for each ``C``, begun where the last ended."""
    from scipy.optimize import minimize

    across, sign = X.T.tocsr(), 2.0 * is_off - 1
    found, heads = np.zeros(X.shape[1] + 1), []

    def loss(at: np.ndarray, C: float) -> tuple[float, np.ndarray]:
        margins = sign * (X @ at[:-1] + at[-1])
        slopes = -C * sign * expit(-margins)
        value = C * np.logaddexp(0, -margins).sum() + at[:-1] @ at[:-1] / 2
        return value, np.append(across @ slopes + at[:-1], slopes.sum())

    bounds = [(None, 0.0)] * X.shape[1] + [(None, None)]
    for C in Cs:
        found = minimize(loss, found, args=(C,), jac=True, bounds=bounds, method="L-BFGS-B").x
        heads.append(Head(found[None, :-1].copy(), found[-1:].copy()))
    return heads


def _sides(labels: Sequence[str], n_passages: int) -> np.ndarray:
    """Which passages take a side; all of them where no label is one."""
    names = list(labels)
    if len(names) != n_passages:
        raise InputError(f"got {len(names)} labels for {n_passages} passages")
    sided = np.array([takes_side(str(name)) for name in names])
    return sided if sided.any() else np.ones(n_passages, dtype=bool)


def check_off_topic(on: Sequence[str], off: Sequence[str]) -> None:
    """Raise InputError when `TopicGuard.fit` would refuse these: worth asking before long work."""
    if len(off) < MIN_OFF_TOPIC:
        raise InputError(
            f"got {len(off)} off-topic passages; expected at least {MIN_OFF_TOPIC}, about many "
            "other subjects"
        )
    twice = {*on} & {*off}
    if twice:
        raise InputError(
            f"{len(twice)} passages are both labelled and off topic, the first "
            f"{min(twice)[:60]!r}; leave them out of one of the two"
        )


def _units(groups: Sequence[Any] | None, n_passages: int, where: str) -> list[str]:
    """Names of the groups; a passage without one is a group by itself."""
    if groups is None:
        return [f"{where} {row}" for row in range(n_passages)]
    names = list(groups)
    if len(names) != n_passages:
        raise InputError(f"got {len(names)} groups for {n_passages} passages")
    units = [
        f"{where} {row}" if is_missing(name) else f"article {name}"
        for row, name in enumerate(names)
    ]
    if len({*units}) < 2:
        raise InputError(
            f"the {n_passages} passages {where} are all from one article; expected several, so "
            "that some can be held out"
        )
    return units
