"""Fit the weights of `find_voices` on PolNeAR: `python -m training.voices --data DIR`.

What is fitted: which words are cues (logistic regression), and which candidate is the source, and
which the content, of a cue (softmax over the candidates). All three have an L1 penalty, which
leaves few enough weights for a small file. The file holds single words and their weights, no text.

References
----------
Beck, Teboulle (2009). A fast iterative shrinkage-thresholding algorithm. SIAM J. Imaging Sci. 2(1).
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.sparse import csr_matrix

import stancekit
from stancekit.blocks import plain_blocks
from stancekit.bootstrap import Floats
from stancekit.typography import even_text
from stancekit.voices.candidates import Candidate, contents_of, sources_of
from stancekit.voices.cues import CUE_LETTERS, Context, is_open_class
from stancekit.voices.quotes import Paragraph, Run, read_paragraph
from training.benchmarks.voices import Attribution, load_articles

__all__ = ["fit_voices", "main"]

WEIGHTS = Path(stancekit.__file__).parent / "voices" / "weights.json"

# A cue is a word that was one at least twice, and in 3 % of its occurrences.
LEAST_TIMES, LEAST_RATE = 2, 0.03
# Penalties: the smallest that keep the file below 200 KB.
L1 = {"cue": 1.3, "source": 1.7, "content": 2.0}
L2 = 0.05
LEAST_COUNT = 3
N_STEPS = 150
# The chance from which an attribution is kept: best attribution F1 on a held-out eighth.
ACCEPT = 0.3
SAME = 0.5

Place = tuple[int, int]


@dataclass(frozen=True)
class _Annotated:
    """An article as paragraphs, and its attributions as places: numbers of paragraph and word."""

    paragraphs: list[Paragraph]
    attributions: list[tuple[list[Place], list[Place], list[Place]]]

    def key(self, place: Place) -> str:
        return self.paragraphs[place[0]].words[place[1]][:CUE_LETTERS]


@dataclass
class _Choices:
    """Candidates in groups, one group a choice; ``right`` is how right each candidate is."""

    features: list[list[str]]
    right: list[float]
    sizes: list[int]

    def add(self, features: Sequence[list[str]], right: Sequence[float]) -> None:
        self.features += features
        self.right += right
        self.sizes.append(len(features))


def fit_voices(articles: Sequence[tuple[str, Sequence[Attribution]]]) -> dict[str, Any]:
    """The facts of the weights file."""
    read = [_read(text, attributions) for text, attributions in articles]
    heads = _heads(read)
    rates = _rates(read, heads)
    choices = {part: _Choices([], [], []) for part in L1}
    for article, cues in zip(read, heads, strict=True):
        _collect(article, cues, rates, choices)
    weights = {part: _grouped(_fit(choices[part], L1[part], part == "cue")) for part in L1}
    return {"accept": ACCEPT, "rates": rates, **weights}


def _read(text: str, attributions: Sequence[Attribution]) -> _Annotated:
    even = even_text(text)
    paragraphs = [read_paragraph(even.text, b.start, b.end) for b in plain_blocks(even.text)]
    places = [(n, i) for n, p in enumerate(paragraphs) for i in range(len(p.words))]
    spans = [even.source_span(paragraphs[n].starts[i], paragraphs[n].ends[i]) for n, i in places]
    starts, ends = [start for start, _ in spans], [end for _, end in spans]

    def at(parts: Sequence[tuple[int, int]]) -> list[Place]:
        runs = ((bisect_right(ends, start), bisect_left(starts, end)) for start, end in parts)
        return [place for first, last in runs for place in places[first:last]]

    return _Annotated(
        paragraphs, [(at(one.source), at(one.cue), at(one.content)) for one in attributions]
    )


def _heads(articles: Sequence[_Annotated]) -> list[list[Place | None]]:
    """The one word of each annotated cue that most often stands in a cue, if there is one."""
    seen: Counter[str] = Counter()
    in_cue: Counter[str] = Counter()
    for article in articles:
        for paragraph in article.paragraphs:
            seen.update(word[:CUE_LETTERS] for word in paragraph.words)
        for _, cue, _ in article.attributions:
            in_cue.update({article.key(place) for place in cue})

    def head(article: _Annotated, cue: Sequence[Place]) -> Place | None:
        words = [(article.paragraphs[n].forms[i], (n, i)) for n, i in cue]
        may_be = [(form, place) for form, place in words if form[0].isalpha() or form == ":"]
        may_be = [one for one in may_be if is_open_class(one[0])] or may_be
        places = [place for _, place in may_be]
        rate = {p: in_cue[article.key(p)] / (seen[article.key(p)] + 3) for p in places}
        return max(places, key=rate.__getitem__, default=None)

    return [[head(article, cue) for _, cue, _ in article.attributions] for article in articles]


def _rates(
    articles: Sequence[_Annotated], heads: Sequence[Sequence[Place | None]]
) -> dict[str, int]:
    """Per cent of the occurrences of each key that are cues."""
    seen: Counter[str] = Counter()
    cues: Counter[str] = Counter()
    for article, places in zip(articles, heads, strict=True):
        for paragraph in article.paragraphs:
            seen.update(word[:CUE_LETTERS] for word in paragraph.words)
        cues.update(article.key(place) for place in places if place is not None)
    return {
        key: round(100 * n / seen[key])
        for key, n in sorted(cues.items())
        if n >= LEAST_TIMES and n >= LEAST_RATE * seen[key]
    }


def _collect(
    article: _Annotated,
    heads: Sequence[Place | None],
    rates: dict[str, int],
    choices: dict[str, _Choices],
) -> None:
    contexts = [Context(paragraph, rates) for paragraph in article.paragraphs]
    parts = {
        head: (source, content)
        for head, (source, _, content) in zip(heads, article.attributions, strict=True)
        if head is not None
    }
    for n, context in enumerate(contexts):
        known: dict[int, list[Run]] = {}
        for cue in context.cues:
            clause = context.paragraph.clause_of(cue)
            features = context.cue_features(cue, clause)
            choices["cue"].add([features], [float((n, cue) in parts)])
            if (n, cue) not in parts:
                continue
            source, content = (
                {i for m, i in part if m == n and context.paragraph.words[i][0].isalnum()}
                for part in parts[n, cue]
            )
            run = (min(source), max(source) + 1) if source else None
            before = known.setdefault(clause[0], [])
            _choose(choices["source"], context, sources_of(context, cue, clause, before), source)
            before += [run] if run is not None else []
            content &= set(range(*clause))
            candidates = contents_of(context, cue, clause, run)
            if content and candidates:
                _choose(choices["content"], context, candidates, content)


def _choose(
    choices: _Choices, context: Context, candidates: Sequence[Candidate], truth: set[int]
) -> None:
    """Add a choice, unless no candidate is near the truth."""
    words = context.paragraph.words
    overlaps = []
    for candidate in candidates:
        found = {i for run in candidate.runs for i in range(*run) if words[i][0].isalnum()}
        overlaps.append(len(found & truth) / len(found | truth) if found or truth else 1.0)
    best = max(overlaps)
    if best >= SAME:
        n_best = overlaps.count(best)
        right = [(overlap == best) / n_best for overlap in overlaps]
        choices.add([candidate.features for candidate in candidates], right)


def _fit(choices: _Choices, l1: float, is_binary: bool) -> dict[str, float]:
    """Weights of least loss: proximal steps, with a momentum that starts anew if it overshoots."""
    counts = Counter(feature for features in choices.features for feature in features)
    names = [feature for feature, n in counts.items() if n >= LEAST_COUNT]
    X = _matrix(choices.features, names)
    X_t = X.T.tocsr()
    right = np.array(choices.right)
    first = np.concatenate([[0], np.cumsum(choices.sizes)[:-1]])
    group = np.repeat(np.arange(len(choices.sizes)), choices.sizes)

    def loss_and_gradient(w: Floats) -> tuple[float, Floats]:
        logits = X @ w
        if is_binary:
            chances = 1 / (1 + np.exp(-logits))
            loss = np.sum(np.logaddexp(0, logits) - right * logits)
        else:
            logits -= np.maximum.reduceat(logits, first)[group]
            sums = np.add.reduceat(np.exp(logits), first)[group]
            chances = np.exp(logits) / sums
            loss = -np.sum(right * (logits - np.log(sums)))
        return float(loss + 0.5 * L2 * w @ w), X_t @ (chances - right) + L2 * w

    w = ahead = np.zeros(len(names))
    momentum, steepness = 1.0, 1000.0
    for _ in range(N_STEPS):
        loss, gradient = loss_and_gradient(ahead)
        while True:
            step = ahead - gradient / steepness
            after = np.sign(step) * np.maximum(np.abs(step) - l1 / steepness, 0)
            move = after - ahead
            bound = loss + gradient @ move + 0.5 * steepness * move @ move
            if loss_and_gradient(after)[0] <= bound + 1e-9 * abs(bound):
                break
            steepness *= 2
        momentum = 1.0 if (ahead - after) @ (after - w) > 0 else momentum
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = after + (momentum - 1) / following * (after - w)
        w, momentum, steepness = after, following, 0.95 * steepness
    return dict(zip(names, w.tolist(), strict=True))


def _matrix(features: Sequence[Sequence[str]], names: Sequence[str]) -> csr_matrix:
    column = {name: number for number, name in enumerate(names)}
    columns = [[column[one] for one in row if one in column] for row in features]
    ends = np.concatenate([[0], np.cumsum([len(row) for row in columns])])
    flat = np.fromiter((one for row in columns for one in row), dtype=np.int64, count=ends[-1])
    return csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(columns), len(names)))


def _grouped(weights: dict[str, float]) -> dict[str, dict[str, int]]:
    """Weights in tenths, by the first word of their names; those that round to 0 are left out."""
    found: dict[str, dict[str, int]] = {}
    for feature, weight in sorted(weights.items()):
        if round(10 * weight):
            name, space, value = feature.partition(" ")
            group = found.setdefault(name if space else "", {})
            group[value if space else name] = round(10 * weight)
    return found


@click.command()
@click.option("--data", "data_dir", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=WEIGHTS)
@click.option("--leave-out", type=int, default=None, help="Number of an eighth to leave out.")
def main(data_dir: Path, output: Path, leave_out: int | None) -> None:
    """Fit the weights and write them."""
    articles = load_articles(data_dir / "train.jsonl")
    kept = [one for number, one in enumerate(articles) if number % 8 != leave_out]
    facts = fit_voices(kept)
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    output.write_text(text.replace("},", "},\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
