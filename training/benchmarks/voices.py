"""How well `find_voices` finds who says what: `python -m training.benchmarks.voices --data DIR`.

DIR holds PolNeAR as JSON lines (`train.jsonl`, `dev.jsonl`): `text`, and `attributions` with
`source`, `cue` and `content`, each a list of [start, end). Its texts are not ours to pass on.

References
----------
Newell, Margolin, Ruths (2018). An Attribution Relations Corpus for Political News. LREC.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StancekitError
from stancekit.bootstrap import Draws
from stancekit.voices import Voice, find_voices
from training.scoring import RESULTS, write_result

__all__ = ["Attribution", "load_articles", "main", "score_voices"]

Span = tuple[int, int]
Finder = Callable[[str], Sequence[Voice]]

# Punctuation is no token: whether a comma or a mark belongs to a span is a matter of convention.
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_MARK = re.compile("[\"“”„«»]|''|``|‘‘|’’")
_OPENS = re.compile(rf"\s*(?:{_MARK.pattern}|['‘])")
_CLOSES = re.compile(rf"(?:{_MARK.pattern}|['’])[\s.,;:!?]*$")
# A share of the words of both spans together, above which two spans are the same.
_SAME = 0.5
_COUNTS = (
    *("content_shared", "content_found", "content_true"),
    *("n_true", "n_found", "n_content", "n_matched"),
    *("direct_true", "direct_found", "direct_right"),
)


@dataclass(frozen=True)
class Attribution:
    """One annotated attribution; any part may be empty."""

    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]


@dataclass(frozen=True)
class _Words:
    """An attribution, annotated or found, as sets of numbers of words."""

    source: frozenset[int]
    content: frozenset[int]
    is_direct: bool = False


def load_articles(path: Path) -> list[tuple[str, list[Attribution]]]:
    """Texts and their attributions; those without content are left out."""
    articles = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parts = [
            Attribution(
                *(
                    tuple((start, end) for start, end in one.get(part, ()))
                    for part in ("source", "cue", "content")
                )
            )
            for one in row["attributions"]
        ]
        articles.append((row["text"], [one for one in parts if one.content]))
    return articles


def score_voices(
    articles: Sequence[tuple[str, Sequence[Attribution]]],
    finder: Finder = find_voices,
    *,
    n_bootstrap: int = 2000,
) -> dict[str, Any]:
    """Scores of a finder of voices, with 95 % intervals by the bootstrap over articles.

    Two spans overlap by the number of words that they share over the number of words in either
    (intersection over union); two empty ones overlap by 1. Pairs of an annotated and a found
    attribution whose contents overlap by at least 0.5 are matched one to one, greedily, best sum
    of the overlaps of content and source first. An attribution is right when it is matched and
    the sources overlap by at least 0.5. A direct quote is an attribution of which all content
    stands between quotation marks: found when matched, its source correct as above.

    Returns
    -------
    dict of str to {"value", "low", "high"}, beside counts
        ``content_precision``, ``content_recall`` and ``content_f1`` are of words that stand in any
        content; ``attribution_...`` of attributions; ``content_only_f1`` asks for no source.
    """
    counts = np.array([_count(text, true, finder(text)) for text, true in articles], dtype=float)
    draws = Draws(np.arange(len(articles)), n_bootstrap, 0.95, 0)
    totals = dict(zip(_COUNTS, draws.totals([counts]).T, strict=True))
    found = {name: vars(draws.interval(values)) for name, values in _scores(totals)}
    return {
        "n_articles": len(articles),
        "n_attributions": int(totals["n_true"][0]),
        "n_found": int(totals["n_found"][0]),
        "n_direct": int(totals["direct_true"][0]),
        **found,
    }


def _scores(totals: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    def f1(hits: str, found: str, true: str) -> Any:
        return 2 * totals[hits] / (totals[found] + totals[true])

    with np.errstate(divide="ignore", invalid="ignore"):
        yield "content_precision", totals["content_shared"] / totals["content_found"]
        yield "content_recall", totals["content_shared"] / totals["content_true"]
        yield "content_f1", f1("content_shared", "content_found", "content_true")
        yield "attribution_precision", totals["n_matched"] / totals["n_found"]
        yield "attribution_recall", totals["n_matched"] / totals["n_true"]
        yield "attribution_f1", f1("n_matched", "n_found", "n_true")
        yield "content_only_f1", f1("n_content", "n_found", "n_true")
        yield "direct_found", totals["direct_found"] / totals["direct_true"]
        yield "direct_source_correct", totals["direct_right"] / totals["direct_found"]


def _count(text: str, true: Sequence[Attribution], voices: Sequence[Voice]) -> list[int]:
    """One article's part of each of `_COUNTS`."""
    starts = [match.start() for match in _WORD.finditer(text)]
    ends = [match.end() for match in _WORD.finditer(text)]

    def words(spans: Sequence[Span]) -> frozenset[int]:
        found: set[int] = set()
        for start, end in spans:
            first = int(np.searchsorted(ends, start, side="right"))
            found.update(range(first, int(np.searchsorted(starts, end, side="left"))))
        return frozenset(found)

    gold = [_Words(words(a.source), words(a.content), _is_direct(text, a.content)) for a in true]
    ours = [_Words(words([v.source] if v.source else []), words(v.content)) for v in voices]
    pairs = _match(gold, ours)
    right = {i for i, j in pairs.items() if _overlap(gold[i].source, ours[j].source) >= _SAME}
    direct = {i for i, one in enumerate(gold) if one.is_direct}
    in_true: set[int] = set().union(*(one.content for one in gold))
    in_ours: set[int] = set().union(*(one.content for one in ours))
    return [
        *(len(in_true & in_ours), len(in_ours), len(in_true)),
        *(len(gold), len(ours), len(pairs), len(right)),
        *(len(direct), len(direct & set(pairs)), len(direct & right)),
    ]


def _match(gold: Sequence[_Words], ours: Sequence[_Words]) -> dict[int, int]:
    """Number of the found attribution for each number of an annotated one that is matched."""
    at_word: dict[int, list[int]] = {}
    for j, voice in enumerate(ours):
        for word in voice.content:
            at_word.setdefault(word, []).append(j)
    pairs = []
    for i, one in enumerate(gold):
        for j in {j for word in one.content for j in at_word.get(word, ())}:
            overlap = _overlap(one.content, ours[j].content)
            if overlap >= _SAME:
                pairs.append((-overlap - _overlap(one.source, ours[j].source), i, j))
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(pairs):
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    return matched


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    either = len(one | other)
    return len(one & other) / either if either else 1.0


def _is_direct(text: str, content: Sequence[Span]) -> bool:
    """Whether each stretch of content is one quotation; a paragraph's end closes one too."""
    return all(_is_quotation(text, start, end) for start, end in _stretches(text, content))


def _stretches(text: str, content: Sequence[Span]) -> list[Span]:
    """The spans, joined where nothing but space parts two of them within a paragraph."""
    joined: list[Span] = []
    for start, end in sorted(content):
        between = text[joined[-1][1] : start] if joined else "\n"
        if not between.strip() and "\n" not in between:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _is_quotation(text: str, start: int, end: int) -> bool:
    words = text[start:end].strip()
    opens = _OPENS.match(words) or _OPENS.match(text[max(start - 2, 0) : start].strip()[-1:])
    closes = _CLOSES.search(words) or _CLOSES.match(text[end : end + 2].strip())
    inside = words[1 + words.startswith(("''", "``")) : -3]
    is_open_ended = text[end : end + 3].lstrip(" .")[:1] in {"", "\n"}
    return bool(opens and (closes or is_open_ended) and not _MARK.search(inside))


def speed_of(texts: Sequence[str], finder: Finder = find_voices) -> dict[str, float]:
    """Passages (paragraphs) and words read a second of processor time."""
    start = time.process_time()
    for text in texts:
        finder(text)
    seconds = time.process_time() - start
    n_passages = sum(bool(line.strip()) for text in texts for line in text.split("\n"))
    n_words = sum(len(text.split()) for text in texts)
    return {"passages_per_second": n_passages / seconds, "words_per_second": n_words / seconds}


@click.command()
@click.option("--data", "data_dir", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Score `find_voices` on PolNeAR; write `results/voices.json`."""
    try:
        facts: dict[str, Any] = {}
        for split in ("train", "dev"):
            articles = load_articles(data_dir / f"{split}.jsonl")
            facts[split] = score_voices(articles)
        facts["speed"] = speed_of([text for text, _ in articles])
        write_result("voices", facts, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
