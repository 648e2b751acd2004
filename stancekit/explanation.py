"""Why a passage has its label: the words that moved the decision, in sums that come out exactly.

What decides is the logarithm of the probability of each label, after the lean, less the mean over
the labels: the label is the one for which this score is highest. With ``P[d]`` the probability of
domain ``d``, ``z[d, c] = scale[d] * (x @ coef[d, c] + intercept[d, c]) + bias[d, c]
- lean * ln(share[d, c])`` and all of it less its mean over the labels ``c``:

- a term ``j`` contributes ``sum_d P[d] * scale[d] * coef[d, c, j] * x[j]``, where ``x[j]`` is its
  TF-IDF in the row of length one;
- the constant is ``sum_d P[d] * (z[d, c] at x = 0)``: what the model would say of no words;
- the encoder contributes what the terms do, summed over its axes;
- mixing is the rest: probabilities of the domains are averaged, not their logarithms. It is 0 for
  a model of one domain, and small where a passage is plainly of one.

To which domain a passage belongs is held fixed. A term that stands in several places contributes
alike in each, and what a place contributes is shared alike by its words: so words sum up to what
terms do.

References
----------
Ribeiro, Singh, Guestrin (2016), KDD, section 3: a linear model's own weights as its explanation.
Zeiler, Fergus (2014), ECCV, section 4.2: occlusion, here of sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax, logit, logsumexp

from stancekit.errors import InputError
from stancekit.features import TextFeatures, check_texts
from stancekit.joint import JointFeatures, encoder_of, inputs_of
from stancekit.linear import Head
from stancekit.neighbours import Neighbour
from stancekit.readings import FrameReading, StanceReading
from stancekit.sentences import split_sentences
from stancekit.tracing import Span, Word, trace_words

if TYPE_CHECKING:
    from stancekit.model import Model

__all__ = ["Contribution", "Explanation", "FrameExplanation", "explain", "explain_stance"]

# Words with at least this part of the strength of the strongest one are shown to a reader.
_LEADING = 0.5

_Places = dict[int, list[Span]]


@dataclass(frozen=True)
class Contribution:
    """What a part of the text adds to the score of each label.

    Attributes
    ----------
    form : str; a term or word as it is counted, or a sentence
    spans : tuple of (start, end); offsets of characters, a span a place
    weights : mapping of label to float, sums to 0; of a frame's terms, of the frame to float
    """

    form: str
    spans: tuple[Span, ...]
    weights: Mapping[str, float]

    @property
    def side(self) -> str:
        """The label for which it speaks most."""
        return max(self.weights, key=lambda label: self.weights[label])

    @property
    def strength(self) -> float:
        """What it adds to the score of that label."""
        return self.weights[self.side]

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them."""
        spans = [list(span) for span in self.spans]
        return {"form": self.form, "spans": spans, "weights": dict(self.weights)}


@dataclass(frozen=True)
class FrameExplanation:
    """Why a passage has a frame.

    Attributes
    ----------
    frame : str
    score : float; log odds of the frame less those of its threshold: the constant and all terms
    constant : float
    terms : tuple of Contribution, strongest first; their weights are of the frame alone
    """

    frame: str
    score: float
    constant: float
    terms: tuple[Contribution, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them."""
        return {**vars(self), "terms": [one.to_dict() for one in self.terms]}


@dataclass(frozen=True)
class Explanation:
    """Why a passage has its label. The module has the formula.

    For each label ``scores`` is the sum of ``constant``, ``mixing``, ``encoder`` and the weights of
    all ``terms``, or of all ``words`` in their place.

    Attributes
    ----------
    label : str; the one with the highest score
    scores : mapping of label to float, sums to 0; log probability after the lean, less the mean
    constant : mapping of label to float, sums to 0; of no words at all
    mixing : mapping of label to float, sums to 0; of averaging over kinds of text
    encoder : mapping of label to float, sums to 0; of the sentence encoder, and of what
        else stands beside the words; 0 without any
    domains : mapping of str to float, sums to 1; the probability of each kind of text
    terms : tuple of Contribution, strongest first; single words and pairs, which overlap
    words : tuple of Contribution of one span each, in the order of the text, without overlap
    sentences : tuple of Contribution; what leaving a sentence out takes from ``encoder``
        (occlusion). These do not sum up to it. Empty without an encoder.
    frames : tuple of FrameExplanation, of the frames that the passage has
    nearest : tuple of Neighbour; the training passages with the words most alike, nearest first,
        of a model that keeps them
    """

    label: str
    scores: Mapping[str, float]
    constant: Mapping[str, float]
    mixing: Mapping[str, float]
    encoder: Mapping[str, float]
    domains: Mapping[str, float]
    terms: tuple[Contribution, ...]
    words: tuple[Contribution, ...]
    sentences: tuple[Contribution, ...] = ()
    frames: tuple[FrameExplanation, ...] = ()
    nearest: tuple[Neighbour, ...] = ()

    @property
    def from_words(self) -> dict[str, float]:
        """What all words together add to the score of each label."""
        return {label: sum(one.weights[label] for one in self.words) for label in self.scores}

    @property
    def leading(self) -> tuple[Contribution, ...]:
        """The words at least half as strong as the strongest, in the order of the text."""
        least = _LEADING * max((one.strength for one in self.words), default=0.0)
        return tuple(one for one in self.words if one.strength >= least > 0)

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them."""
        facts = {name: dict(value) for name, value in vars(self).items() if name in _MAPPINGS}
        parts = {name: [one.to_dict() for one in getattr(self, name)] for name in _PARTS}
        return {"label": self.label, **facts, **parts}


_MAPPINGS = ("scores", "constant", "mixing", "encoder", "domains")
_PARTS = ("terms", "words", "sentences", "frames", "nearest")


def explain(
    model: Model | StanceReading,
    text: str,
    *,
    target: str | None = None,
    reading: str | None = None,
    start: int = 0,
) -> Explanation:
    """Tell which words of a passage moved its label, and by how much.

    Parameters
    ----------
    model : Model or StanceClassifier, fitted
    text : str
        One passage, read as `predict` reads it; `Model.analyze` with ``explain=True`` explains each
        passage of an article.
    target : str or None
        What the passage takes a stance on, for a model that was trained with targets.
    reading : str or None
        The passage without its markup, where that is what the model reads. Offsets are into
        ``text`` all the same.
    start : int
        Where the passage begins in its article, for offsets into that.

    Returns
    -------
    Explanation
        Of a text without a known word it holds no terms.

    Raises
    ------
    InputError
        When ``text`` is not a string, or for a ``target`` where `fit` had none.
    """
    if not isinstance(text, str):
        raise InputError(f"got {type(text).__name__} for `text`; expected one passage as str")
    read = check_texts([text if reading is None else reading])
    words = [
        Word(one.form, one.start + start, one.end + start) for one in trace_words(text, read[0])
    ]
    if not isinstance(model, StanceReading):
        model = model.answering(read[0], target)
    stance = model if isinstance(model, StanceReading) else model.stance_reading
    aims = stance.names_of(None if target is None else [target], 1)
    X = stance.features_.transform(*inputs_of(stance.features_, read, aims))
    found = explain_stance(stance, X, words, aims, lean=stance.lean_)
    if encoder_of(stance.features_) is not None:
        found = replace(found, sentences=_occluded(stance, found, read[0], text, start))
    if isinstance(model, StanceReading):
        return found
    if model.passages is not None:
        found = replace(found, nearest=model.passages.nearest(stance.terms_.transform(read)))
    frames = model.frame_reading
    if frames is None:
        return found
    if frames.features_ is not stance.features_:
        X = frames.features_.transform(read)
    return replace(found, frames=_explain_frames(frames, X, words))


def explain_stance(
    stance: StanceReading, X: csr_matrix, words: list[Word], targets: list[str], *, lean: float
) -> Explanation:
    """The label of one row of ``X``, whose words stand at their places, after a lean."""
    labels = [str(label) for label in stance.classes_]
    in_domain = stance.in_domain(X, targets)[0]
    scores = _scores_of(stance, X, in_domain, lean)
    constant = _centred(in_domain @ _leaning(stance, stance.head_.intercept, lean))
    weights = _weights_of(stance, in_domain, X.indices)
    n_terms = stance.terms_.n_columns
    added = _centred(weights * X.data)
    is_term = X.indices < n_terms
    of_encoder = added[:, ~is_term].sum(axis=1)
    by_column = dict(zip(X.indices[is_term].tolist(), added.T[is_term], strict=True))
    places = _places_of(words, stance.terms_)
    mixing = scores - constant - of_encoder - added[:, is_term].sum(axis=1)
    return Explanation(
        label=labels[int(scores.argmax())],
        scores=_by_name(labels, scores),
        constant=_by_name(labels, constant),
        mixing=_by_name(labels, mixing),
        encoder=_by_name(labels, of_encoder),
        domains=_by_name(stance.domains_, in_domain),
        terms=_terms(labels, by_column, places, words),
        words=_shares(labels, by_column, places, words),
    )


def _explain_frames(
    frames: FrameReading, X: csr_matrix, words: list[Word]
) -> tuple[FrameExplanation, ...]:
    """Log odds of each frame that the passage has, beyond its threshold, term by term."""
    marked = np.flatnonzero(frames.marked(expit(_scores(frames.head_, X))))
    if not len(marked):
        return ()
    places = _places_of(words, frames.terms_)
    added = frames.head_.coef[:, X.indices] * X.data
    needed = logit(frames.thresholds_)
    found = []
    for row in marked:
        name = str(frames.classes_[row])
        constant = float(frames.head_.intercept[row] - needed[row])
        by_column = dict(zip(X.indices.tolist(), added[[row]].T, strict=True))
        terms = _terms([name], by_column, places, words)
        found.append(FrameExplanation(name, constant + float(added[row].sum()), constant, terms))
    return tuple(found)


def _scores_of(
    stance: StanceReading, X: csr_matrix, in_domain: np.ndarray, lean: float
) -> np.ndarray:
    """Log probability of each label after the lean, less the mean: what decides."""
    by_domain = log_softmax(_leaning(stance, _scores(stance.head_, X), lean), axis=1)
    return _centred(logsumexp(by_domain, axis=0, b=in_domain[:, None]))


def _leaning(stance: StanceReading, scores: np.ndarray, lean: float) -> np.ndarray:
    """Calibrated scores of one passage after the lean: shape (n_domains, n_classes)."""
    calibration = stance.calibration_
    own = scores.reshape(stance.n_sets_, -1)
    against = lean * np.log(calibration.shares)
    return np.asarray(calibration.scale[:, None] * own + calibration.bias - against)


def _weights_of(stance: StanceReading, in_domain: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What a unit of each column adds to each label's score: (n_classes, n_columns)."""
    sets = stance.head_.coef[:, columns].reshape(stance.n_sets_, len(stance.classes_), -1)
    counts = in_domain * stance.calibration_.scale
    return np.asarray(np.tensordot(counts if stance.n_sets_ > 1 else [counts.sum()], sets, 1))


def _centred(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - values.mean(axis=0))


def _places_of(words: Sequence[Word], features: TextFeatures) -> _Places:
    """Where the known terms that weigh something stand: for each column, ranges of words."""
    shortest, longest = features.ngram_range
    forms = [word.form for word in words]
    found: _Places = {}
    for length in range(shortest, longest + 1):
        for first in range(len(forms) - length + 1):
            column = features.vocabulary_.get(" ".join(forms[first : first + length]))
            if column is not None and not features.is_name_[column]:
                found.setdefault(column, []).append((first, first + length))
    return found


def _terms(
    labels: Sequence[str],
    added: Mapping[int, np.ndarray],
    places: _Places,
    words: Sequence[Word],
) -> tuple[Contribution, ...]:
    found = []
    for column, ranges in places.items():
        form = " ".join(word.form for word in words[slice(*ranges[0])])
        spans = tuple((words[first].start, words[last - 1].end) for first, last in ranges)
        found.append(Contribution(form, spans, _by_name(labels, added[column])))
    found.sort(key=lambda one: -one.strength)
    return tuple(found)


def _shares(
    labels: Sequence[str],
    added: Mapping[int, np.ndarray],
    places: _Places,
    words: Sequence[Word],
) -> tuple[Contribution, ...]:
    """What the terms add, shared alike by their places and, in each, by its words."""
    sums: dict[int, np.ndarray] = {}
    for column, ranges in places.items():
        share = added[column] / sum(last - first for first, last in ranges)
        for first, last in ranges:
            for at in range(first, last):
                sums[at] = sums.get(at, 0.0) + share
    found: list[tuple[Word, np.ndarray]] = []
    for at, total in sorted(sums.items()):
        word = words[at]
        if found and word.start < found[-1][0].end:  # both come out of one character
            other, sofar = found.pop()
            word = Word(f"{other.form} {word.form}", other.start, max(other.end, word.end))
            total = total + sofar
        found.append((word, total))
    return tuple(
        Contribution(word.form, ((word.start, word.end),), _by_name(labels, total))
        for word, total in found
    )


def _occluded(
    stance: StanceReading, found: Explanation, reading: str, text: str, start: int
) -> tuple[Contribution, ...]:
    """What the encoder's part of the scores loses without each sentence."""
    features, encoder = stance.features_, encoder_of(stance.features_)
    sentences = split_sentences(reading)
    if not sentences or encoder is None or not isinstance(features, JointFeatures):
        return ()
    axes = features.weight * encoder.encode(
        [f"{reading[:first]}{reading[last:]}".strip() for first, last in sentences]
    )
    column = features.n_columns - axes.shape[1]
    in_domain = np.array(list(found.domains.values()))
    weights = _weights_of(stance, in_domain, np.arange(column, column + axes.shape[1]))
    labels = list(found.encoder)
    lost = np.array(list(found.encoder.values()))[:, None] - _centred(weights @ axes.T)
    spans = sentences if reading == text else split_sentences(text)
    if len(spans) != len(sentences):  # markup has sentences of its own: the whole passage then
        spans = [(0, len(text))] * len(sentences)
    return tuple(
        Contribution(
            reading[slice(*sentence)], ((first + start, last + start),), _by_name(labels, weight)
        )
        for sentence, (first, last), weight in zip(sentences, spans, lost.T, strict=True)
    )


def _scores(head: Head, X: csr_matrix) -> np.ndarray:
    """`Head.scores` of one passage, without touching the columns that it has nothing of."""
    return np.asarray(head.coef[:, X.indices] @ X.data + head.intercept)


def _by_name(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
