"""What each voice and the author say in a passage, judged by itself, and why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from stancekit.analysis import PassageAnalysis, PassageVoice
from stancekit.explanation import Explanation, explain_stance
from stancekit.features import check_texts
from stancekit.own_words import Saying
from stancekit.stance import StanceClassifier
from stancekit.tracing import Word, trace_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["explain_said", "hear", "likeliest"]

Span = tuple[int, int]

# For each text its stance and probabilities, or nothing where they cannot be told.
Judge = Callable[[list[str]], Iterator[dict[str, Any]]]


def hear(
    passages: Sequence[PassageAnalysis],
    sayings: Sequence[Sequence[Saying]],
    judge: Judge,
    explainer: StanceClassifier | None,
) -> list[PassageAnalysis]:
    """The passages with what each voice says in them, and the author's own stance.

    With an ``explainer``, what has a stance of its own carries why.
    """
    heard = [
        replace(passage, voices=tuple(_voice(one) for one in said))
        for passage, said in zip(passages, sayings, strict=True)
    ]
    texts = [text for passage in heard for text in _texts(passage)]
    judged = list(judge(texts))
    rows = iter(_rows_of(explainer, texts, judged))
    facts = iter(judged)
    found = []
    for passage in heard:
        voices = tuple(
            _with_reason(replace(voice, **next(facts)), passage, explainer, next(rows))
            for voice in passage.voices or ()
        )
        own, row = dict(next(facts)), next(rows)
        if explainer is not None and row is not None:
            own["explanation"] = explain_said(explainer, row, passage, passage.own_sentences)
        if not voices and passage.is_scored:  # all of it is the author's
            own = likeliest(passage.probabilities)
        of_author = {f"own_{name}": value for name, value in own.items()}
        found.append(replace(passage, voices=voices, **of_author))
    return found


def explain_said(
    stance: StanceClassifier, X: csr_matrix, passage: PassageAnalysis, spans: Sequence[Span]
) -> Explanation:
    """Why words that are said in a passage have their stance, which does not lean.

    Parameters
    ----------
    stance : StanceClassifier, fitted
    X : csr_matrix of shape (1, n_features); what the classifier reads of these words
    passage : PassageAnalysis
    spans : sequence of (start, end), ascending; offsets into the article, as is what comes out
    """
    begins = [0]
    for start, end in spans:
        begins.append(begins[-1] + end - start + 1)  # a space parts them

    def place(at: int) -> int:
        span = min(bisect_right(begins, at) - 1, len(spans) - 1)
        return min(spans[span][0] + at - begins[span], spans[span][1])

    words = [
        Word(one.form, place(one.start), place(one.end - 1) + 1)
        for one in trace_words(_said(passage, spans))
    ]
    return explain_stance(stance, X, words, lean=0.0)


def likeliest(probabilities: Mapping[str, float]) -> dict[str, Any]:
    """The likeliest label, as facts of a passage or a voice."""
    stance = max(probabilities, key=lambda label: probabilities[label])
    return {"stance": stance, "probabilities": probabilities}


def _rows_of(
    explainer: StanceClassifier | None, texts: Sequence[str], judged: Sequence[dict[str, Any]]
) -> Iterator[csr_matrix | None]:
    """What is read of each text that has a stance, all at once; nothing without an explainer."""
    is_wanted = [explainer is not None and bool(facts) for facts in judged]
    wanted = [text for text, is_one in zip(texts, is_wanted, strict=True) if is_one]
    if explainer is None or not wanted:
        yield from [None] * len(texts)
        return
    X = explainer.features_.transform(check_texts(wanted))
    numbers = count()
    for is_one in is_wanted:
        yield X[next(numbers)] if is_one else None


def _with_reason(
    voice: PassageVoice,
    passage: PassageAnalysis,
    explainer: StanceClassifier | None,
    row: csr_matrix | None,
) -> PassageVoice:
    if explainer is None or row is None:
        return voice
    return replace(voice, explanation=explain_said(explainer, row, passage, voice.content))


def _voice(saying: Saying) -> PassageVoice:
    voice, content = saying.voice, saying.content
    return PassageVoice(
        *(voice.speaker, voice.role, voice.kind, content[0][0], content[-1][1], content)
    )


def _texts(passage: PassageAnalysis) -> Iterator[str]:
    """What is judged by itself: what each voice says, then the author's own sentences."""
    voices = passage.voices or ()
    own = passage.own_sentences if voices else ()
    for spans in (*(voice.content for voice in voices), own):
        yield _said(passage, spans) if passage.status in ("ok", "abstained") else ""


def _said(passage: PassageAnalysis, spans: Sequence[Span]) -> str:
    return " ".join(passage.text[a - passage.start : b - passage.start] for a, b in spans)
