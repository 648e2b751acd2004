"""What each voice and the author say in a passage, judged by itself, and why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from stancekit.analysis import PassageAnalysis, PassageVoice
from stancekit.features import check_texts
from stancekit.joint import inputs_of
from stancekit.own_words import Saying
from stancekit.readings import StanceReading
from stancekit.tracing import Word, trace_words

if TYPE_CHECKING:
    from stancekit.explanation import Explanation

__all__ = ["explain_said", "hear", "likeliest"]

Span = tuple[int, int]

# For each text, with its target or none, its stance and probabilities, or nothing where they cannot
# be told; and what such a text is judged by.
Judge = Callable[[list[str], list[str]], Iterator[dict[str, Any]]]
Judging = Callable[[str, list[str]], StanceReading]


def hear(
    passages: Sequence[PassageAnalysis],
    sayings: Sequence[Sequence[Saying]],
    judge: Judge,
    judging: Judging | None,
    targets: Sequence[str] = (),
) -> list[PassageAnalysis]:
    """The passages with what each voice says in them, and the author's own stance.

    With ``judging``, what has a stance of its own carries why. ``targets`` has a name a passage, or
    none at all.
    """
    heard = [
        replace(passage, voices=tuple(_voice(one) for one in said))
        for passage, said in zip(passages, sayings, strict=True)
    ]
    pieces = [list(_texts(passage)) for passage in heard]
    aims = [aim for aim, own in zip(targets, pieces, strict=bool(targets)) for _ in own]
    judged = judge(list(chain.from_iterable(pieces)), aims)
    of_passage = [[aim] for aim in targets] or [[]] * len(heard)
    found = []
    for passage, aim in zip(heard, of_passage, strict=True):
        voices = tuple(replace(voice, **next(judged)) for voice in passage.voices or ())
        own = next(judged)
        if judging is not None:
            voices = tuple(_explained(voice, passage, judging, aim) for voice in voices)
        if judging is not None and own:
            own["explanation"] = _why(judging, passage, passage.own_sentences, aim)
        if not voices and passage.is_scored:  # all of it is the author's
            own = likeliest(passage.probabilities)
        of_author = {f"own_{name}": value for name, value in own.items()}
        found.append(replace(passage, voices=voices, **of_author))
    return found


def explain_said(
    stance: StanceReading,
    passage: PassageAnalysis,
    spans: Sequence[Span],
    targets: Sequence[str] = (),
) -> Explanation:
    """Why words that are said in a passage have their stance, which does not lean.

    Parameters
    ----------
    stance : StanceReading, fitted
    passage : PassageAnalysis
    spans : sequence of (start, end), ascending; offsets into the article, as is what comes out
    """
    from stancekit.explanation import explain_stance

    text = _said(passage, spans)
    begins = [0]
    for start, end in spans:
        begins.append(begins[-1] + end - start + 1)  # a space parts them

    def place(at: int) -> int:
        span = min(bisect_right(begins, at) - 1, len(spans) - 1)
        return min(spans[span][0] + at - begins[span], spans[span][1])

    words = [Word(one.form, place(one.start), place(one.end - 1) + 1) for one in trace_words(text)]
    aims = list(targets)
    X = stance.features_.transform(*inputs_of(stance.features_, check_texts([text]), aims))
    return explain_stance(stance, X, words, aims, lean=0.0)


def likeliest(probabilities: Mapping[str, float]) -> dict[str, Any]:
    """The likeliest label, as facts of a passage or a voice."""
    stance = max(probabilities, key=lambda label: probabilities[label])
    return {"stance": stance, "probabilities": probabilities}


def _explained(
    voice: PassageVoice, passage: PassageAnalysis, judging: Judging, targets: list[str]
) -> PassageVoice:
    if voice.stance is None:
        return voice
    return replace(voice, explanation=_why(judging, passage, voice.content, targets))


def _why(
    judging: Judging, passage: PassageAnalysis, spans: Sequence[Span], targets: list[str]
) -> Explanation:
    stance = judging(_said(passage, spans), targets)
    return explain_said(stance, passage, spans, targets)


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
