"""What a page keeps of a passage for the panel that opens beneath its label.

Attributes of numbers, which the page's script turns into tables when a reader asks: written out,
the panels of a long article would be many times as long as its text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from stancekit.analysis import PassageAnalysis
from stancekit.explanation import Contribution, Explanation
from stancekit.harmless import harmless
from stancekit.marking import chips_of

__all__ = ["panel_data"]

# Of an explanation, so many terms are named for a label and for a frame.
_N_TERMS = 8
_N_FRAME_TERMS = 5
_N_SAID_TERMS = 5


def panel_data(
    passage: PassageAnalysis, labels: Sequence[str], frames: Sequence[str]
) -> dict[str, str | None]:
    """Attributes of a passage, by their names: numbers in hundredths, labels and frames by place.

    The only words among them are terms of the model, which have no marks but apostrophes, and the
    ids of training passages, as JSON. Speakers are named by the numbers of their chips.
    """
    own = passage.own_share
    judged = passage.own_stance if passage.voices else None
    found = passage.explanation
    return {
        "data-label": _places([passage.stance or ""], labels),
        "data-stance": _numbers(passage.probabilities.get(label, 0.0) for label in labels),
        "data-frames": _numbers(passage.frame_probabilities.get(one, 0.0) for one in frames)
        or None,
        "data-given": _places(passage.frames, frames) or None,
        "data-own": None if own is None else _numbers([own]),
        "data-own-stance": f"{_places([judged], labels)} "
        f"{_numbers([passage.own_probabilities[judged]])}"
        if judged
        else None,
        "data-sums": None if found is None else _sums(found, labels),
        "data-terms": None if found is None else _terms(found.terms, labels, _N_TERMS),
        "data-frame-terms": ";".join(
            _terms(one.terms, frames, _N_FRAME_TERMS) for one in (found.frames if found else ())
        )
        or None,
        "data-voices": _voices(passage, labels),
        "data-own-why": None
        if passage.own_explanation is None
        else _why(passage.own_explanation, labels),
        "data-nearest": _nearest(found, labels) if found and found.nearest else None,
    }


def _voices(passage: PassageAnalysis, labels: Sequence[str]) -> str | None:
    """Of each speaker with a reason, in the order of the chips: number, then why, as JSON."""
    rows = [
        [chip.number, *_why(chip.clearest.explanation, labels).split("|")]
        for chip in chips_of(passage)
        if chip.clearest.explanation is not None
    ]
    return json.dumps(rows) if rows else None


def _why(found: Explanation, labels: Sequence[str]) -> str:
    """Of what is judged by itself: its label, the sums and the strongest terms, parted by ``|``."""
    place = _places([found.label], labels)
    return f"{place}|{_sums(found, labels)}|{_terms(found.terms, labels, _N_SAID_TERMS)}"


def _nearest(found: Explanation, labels: Sequence[str]) -> str:
    """Name, place of the label, and hundredths of the distance of each, as JSON."""
    rows = [
        (harmless(one.id), labels.index(one.label), round(100 * one.distance))
        for one in found.nearest
        if one.label in labels
    ]
    return json.dumps(rows)


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{100 * value:.0f}" for value in values)


def _places(names: Iterable[str], known: Sequence[str]) -> str:
    return " ".join(str(known.index(name)) for name in names if name in known)


def _sums(found: Explanation, labels: Sequence[str]) -> str:
    """For each label what its score is made of: constant, words, encoder, mixing, score."""
    parts = (found.constant, found.from_words, found.encoder, found.mixing, found.scores)
    return ";".join(_numbers(part[label] for part in parts) for label in labels)


def _terms(terms: Iterable[Contribution], names: Sequence[str], most: int) -> str:
    """The strongest terms of each name: its place, hundredths, the term."""
    counts: Counter[str] = Counter()
    found = []
    for term in terms:
        counts[term.side] += 1
        if counts[term.side] <= most and term.strength > 0:
            found.append(f"{_places([term.side], names)} {100 * term.strength:.0f} {term.form}")
    return ";".join(found)
