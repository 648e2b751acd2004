"""Candidates for the source and the content of a cue, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stancekit.voices.cues import BREAKS, CUE_LETTERS, HARD, VERBS, Context, bin_of
from stancekit.voices.quotes import Run

__all__ = ["Candidate", "contents_of", "sources_of"]

# How far from a cue its parts may begin and end, in words.
_NEAR, _REACH, _FAR = 30, 40, 70
_MANY = 60
_NOT_FIRST = frozenset({*HARD, "AND", "BE", "HAVE", "MOD", ".", "!", "?", ")", "'"})
_ENDS_RIGHT = BREAKS | VERBS | {"TIME", ".", "LY"}
_ENDS_SUBJECT = HARD | VERBS | {"ADV", "LY", "S", "w", "AND"}
_ENDS_CONTENT = VERBS | {"TIME", "LY", "ING"}
_BETWEEN = VERBS | {"AND", ",", '"', "''", "THAT", "SUB", "WH", "PRO"}
_MARKS = frozenset({'"', "''"})
_STOPS = frozenset({".", "!", "?"})


class Candidate(NamedTuple):
    """A way to fill one part of an attribution.

    Attributes
    ----------
    runs : tuple of (start, end); numbers of words; empty for a source that is not told
    features : list of str; names of what holds of it
    """

    runs: tuple[Run, ...]
    features: list[str]


class _About(NamedTuple):
    """What the candidates of one cue share."""

    context: Context
    cue: int
    clause: Run
    chain: int
    before: str
    key: str
    ending: str

    @classmethod
    def of(cls, context: Context, cue: int, clause: Run) -> _About:
        word = context.paragraph.words[cue]
        passive = "P" if context.is_passive(cue, clause) else ""
        return cls(
            context,
            cue,
            clause,
            context.chain_start(cue, clause),
            context.name(cue - 1, clause) + passive,
            word[:CUE_LETTERS],
            word[-3:] if len(word) > 4 else word,
        )


def sources_of(context: Context, cue: int, clause: Run, known: Sequence[Run]) -> list[Candidate]:
    """Candidates for who speaks.

    Parameters
    ----------
    context : Context
    cue : int; the number of its word
    clause : (start, end); within which the cue is read
    known : sequence of (start, end); sources of the cues before it in the clause
    """
    about = _About.of(context, cue, clause)
    k1 = context.name(about.chain - 1, clause)
    none = ["0", f"0m {about.key}", f"0x {about.before}", f"0+ {context.name(cue + 1, clause)}"]
    none += [f"0k {k1}", f"0f {cue == clause[0]:d}", f"0q {context.paragraph.inside[cue] >= 0:d}"]
    found: dict[tuple[str, Run], Candidate] = {}
    # "Ames is said to leave": whoever says so, it is not the subject.
    is_told_of = context.is_told_of(cue, clause)
    for kind, run in (
        *(() if is_told_of else (*_left(about), *_subjects(about))),
        *_right(about),
        *(("K", run) for run in (() if is_told_of else known[-3:])),
        *([("P", (cue - 1, cue))] if about.before[:4] in ("POSS", "POS") else []),
    ):
        start, end = run
        while end > start and (context.classes[end - 1] in HARD or context.classes[end - 1] == "."):
            end -= 1
        if end > start and (kind, (start, end)) not in found:
            found[kind, (start, end)] = _source(about, kind, start, end)
    return [Candidate((), none), *found.values()]


def _left(about: _About) -> Iterator[tuple[str, Run]]:
    """Up to the cue and its auxiliaries."""
    for start in range(about.chain - 1, max(about.clause[0], about.chain - 32) - 1, -1):
        if about.context.classes[start] not in _NOT_FIRST:
            yield "L", (start, about.chain)


def _right(about: _About) -> Iterator[tuple[str, Run]]:
    """After the cue: "said X", "according to X", "announced by X", "was asked on Monday by X"."""
    words, classes = about.context.paragraph.words, about.context.classes
    last = about.clause[1]
    first, kind = about.cue + 1, "R"
    if first < last and classes[first] in ("LY", "ADV"):
        first += 1
    if first < last and words[first] in ("by", "to", "in", "from", "of", "among"):
        first, kind = first + 1, f"R{words[first]}"
    for end in range(first + 1, min(last, first + _NEAR) + 1):
        if end == last or classes[end] in _ENDS_RIGHT:
            yield kind, (first, end)
    by = next(
        (at for at in range(about.cue + 2, min(last - 1, about.cue + 15)) if words[at] == "by"), 0
    )
    for end in range(by + 2, min(last, by + 15) + 1) if by else ():
        if end == last or classes[end] in _ENDS_RIGHT:
            yield "by", (by + 1, end)


def _subjects(about: _About) -> Iterator[tuple[str, Run]]:
    """Subjects of clauses before that of the cue, from the start of the sentence."""
    classes, first = about.context.classes, about.clause[0]
    starts = [
        start
        for start in range(first, min(about.chain - 1, first + 2 * _MANY))
        if classes[start] not in BREAKS
        and classes[start] not in VERBS
        and classes[start] not in _NOT_FIRST
        and (start <= first + 1 or classes[start - 1] in BREAKS)
    ]
    for start in starts[:8]:
        ends = (
            end
            for end in range(start + 1, min(about.chain, start + 25))
            if classes[end] in _ENDS_SUBJECT
        )
        for _, end in zip(range(7), ends, strict=False):
            yield "B", (start, end)


def _source(about: _About, kind: str, start: int, end: int) -> Candidate:
    context, clause, x = about.context, about.clause, about.before
    words, inside = context.paragraph.words, context.paragraph.inside
    inner = context.classes[start : min(end, start + _MANY)]
    first, last = inner[0], inner[-1]
    commas, preps, ands = inner.count(","), min(inner.count("IN"), 3), min(inner.count("AND"), 2)
    verbs = min(sum(name in VERBS for name in inner), 3)
    before, after = context.name(start - 1, clause), context.name(end, clause)
    n, gap = bin_of(end - start), bin_of(max(start - about.cue, about.chain - end))
    between = " ".join(c for c in context.classes[end : about.chain][:12] if c in _BETWEEN)
    has_who = "WH" in inner or "who" in words[start : min(end, start + _MANY)]
    return Candidate(
        ((start, end),),
        [
            kind,
            f"{kind}m {about.key}",
            f"{kind}mx {about.key} {x}",
            f"{kind}x {x}",
            f"{kind}f {first}",
            f"{kind}fw {words[start]}",
            f"{kind}l {last}",
            f"{kind}lw {words[end - 1]}",
            f"{kind}p {before}",
            f"{kind}pw {context.word(start - 1, clause)}",
            f"{kind}a {after}",
            f"{kind}aw {context.word(end, clause)}",
            f"{kind}pf {before} {first}",
            f"{kind}la {last} {after}",
            f"{kind}nf {n} {first}",
            f"{kind}nv {commas} {verbs}",
            f"{kind}ia {preps} {ands}",
            f"{kind}vf {verbs} {first}",
            f"{kind}g {gap}",
            f"{kind}gx {gap} {x}",
            f"{kind}c {'CAP' in inner:d} {n}",
            f"{kind}s {start == clause[0]:d} {commas}",
            f"{kind}q {inside[start] == inside[about.cue]:d}",
            f"{kind}ff {first} {context.name(start + 1, clause)}",
            f"{kind}pp {context.name(start - 2, clause)} {before}",
            f"{kind}pn {context.word(start - 1, clause)} {n}",
            f"{kind}b {between}",
            f"{kind}bf {between} {first}",
            f"{kind}h {has_who:d} {commas} {verbs}",
        ],
    )


def contents_of(context: Context, cue: int, clause: Run, source: Run | None) -> list[Candidate]:
    """Candidates for what is said, given who says it.

    Each is one run after the cue, one before it, or one on either side.
    """
    about = _About.of(context, cue, clause)
    if clause[1] - 1 > cue and context.classes[clause[1] - 1] in _STOPS:
        about = about._replace(clause=(clause[0], clause[1] - 1))
    where = "0" if source is None else "R" if source[0] > cue else "L"
    if where == "L" and source is not None and source[1] != about.chain:
        where = "B"
    found: dict[tuple[Run, ...], Candidate] = {}
    for kind, runs in (*_after(about, source), *_before(about, source)):
        trimmed = tuple(_trim(context, run) for run in runs)
        if trimmed not in found and all(start < end for start, end in trimmed):
            found[trimmed] = _content(about, kind, trimmed, source, where)
    return list(found.values())


def _after(about: _About, source: Run | None) -> Iterator[tuple[str, tuple[Run, ...]]]:
    classes, (_, last), cue = about.context.classes, about.clause, about.cue
    starts = [source[1] if source is not None and source[0] > cue else cue + 1]
    for start in range(cue + 1, min(last, cue + _NEAR)):
        before, here = classes[start - 1], classes[start]
        if start not in starts and (
            start <= cue + 3
            or here in ("THAT", "WH", "TO")
            or here in _MARKS
            or before in HARD
            or (before in ("IN", "TO", "TIME", "OBJ", "LY") and start <= cue + 6)
        ):
            starts.append(start)
    # "According to an official, who spoke on Monday, ...": the clause is of the source.
    words = about.context.paragraph.words
    starts = [start for start in starts if "who" not in words[start : start + 2]] or starts
    ends = _ends(about)
    for start in starts[:8]:
        for end in ends:
            if end > start:
                yield "A", ((start, end),)


def _before(about: _About, source: Run | None) -> Iterator[tuple[str, tuple[Run, ...]]]:
    context, (first, last), cue = about.context, about.clause, about.cue
    classes, p = context.classes, context.paragraph
    left = min(cue, source[0]) if source is not None and source[1] <= cue else cue
    lasts = [
        place
        for place in range(cue, max(first, cue - _REACH), -1)
        if place in (left, about.chain)
        or (place < cue and classes[place] in HARD)
        or classes[place - 1] in _MARKS
    ][:6]
    quoted = [p.quotes[p.inside[end - 1]].start for end in lasts if p.inside[end - 1] >= 0]
    near = [
        start
        for start in range(cue - 1, max(first, cue - _REACH), -1)
        if classes[start - 1] in BREAKS or (start > cue - 10 and classes[start - 1] in VERBS)
    ]
    starts = dict.fromkeys([first, *(s for s in quoted if s > first), *near[:6], first + 1])
    ends = _ends(about)
    edge = max(cue + 1, source[1] if source is not None else 0)
    resume = next((at for at in range(edge, min(last, edge + 25)) if classes[at] in HARD), 0)
    resume += bool(resume) and classes[resume] not in _MARKS
    for end in lasts:
        for start in starts:
            if start < end:
                yield "B", ((start, end),)
                if end in (about.chain, left) and start >= cue - 25:
                    for to in {*ends[:3], ends[-1]}:
                        yield "C", ((start, end), (cue + 1, to))
        if resume and resume < last and first < end:
            yield "D", ((first, end), (resume, last))


def _ends(about: _About) -> list[int]:
    """Places after the cue where a clause may end, the end of the sentence last."""
    context, last, cue = about.context, about.clause[1], about.cue
    classes, inside = context.classes, context.paragraph.inside
    ends = [
        end
        for end in range(cue + 2, min(last, cue + _FAR))
        # Within a quotation that began after the cue nothing ends.
        if (inside[end] < 0 or inside[end] != inside[end - 1] or inside[cue] == inside[end])
        and (classes[end] in BREAKS or (end < cue + 12 and classes[end] in _ENDS_CONTENT))
    ][:15]
    number = next((n for n in inside[cue + 1 : min(last, cue + 25)] if n >= 0), -1)
    if number >= 0 and number != inside[cue] and context.paragraph.quotes[number].end < last:
        ends.append(context.paragraph.quotes[number].end)
    return [*ends, last]


def _trim(context: Context, run: Run) -> Run:
    """The run without marks and conjunctions at its ends, but with both marks of a quotation."""
    classes, p = context.classes, context.paragraph
    start, end = run
    while start < end and classes[start] in (",", ":", ";", "-", "--", ")"):
        start += 1
    while start < end and classes[end - 1] in (",", ":", ";", "-", "--", "(", "AND"):
        end -= 1
    if start < end and classes[end - 1] in _MARKS:
        number = p.inside[end - 1]
        end -= number >= 0 and p.quotes[number].start == end - 1
    if start < end:
        number = p.inside[start]
        if number >= 0 and p.quotes[number].start == start - 1 and p.quotes[number].end <= end + 2:
            start -= 1
        number = p.inside[end - 1]
        if number >= 0 and p.quotes[number].end == end + 1 and p.quotes[number].start >= start:
            end += 1
    return start, end


def _content(
    about: _About, kind: str, runs: tuple[Run, ...], source: Run | None, where: str
) -> Candidate:
    context, clause, cue = about.context, about.clause, about.cue
    next_ = context.name(cue + 1, clause)
    features = [
        kind,
        f"{kind}m {about.key}",
        f"{kind}m+ {about.key} {next_}",
        f"{kind}x {about.before}",
        f"{kind}+ {next_}",
        f"{kind}s {where}",
        f"{kind}se {where} {about.ending}",
        f"{kind}end {cue + 1 >= clause[1]:d}",
        f"{kind}q {context.paragraph.inside[cue] >= 0:d}",
        f"{kind}c {context.classes[clause[0]]}",
    ]
    for rank, run in enumerate(runs):
        features += _side(about, f"{kind}{rank}", *run)
        features += _to_source(about, f"{kind}{rank}", run, source, where)
    return Candidate(runs, features)


def _side(about: _About, tag: str, start: int, end: int) -> list[str]:
    context, clause, words = about.context, about.clause, about.context.paragraph.words
    name, word = context.name, context.word
    inner = context.classes[start : min(end, start + _MANY)]
    first, last = inner[0], context.classes[end - 1]
    before, after, after2 = name(start - 1, clause), name(end, clause), name(end + 1, clause)
    marks = min(inner.count('"') + inner.count("''"), 3)
    verbs = min(sum(c in VERBS for c in inner), 3)
    n, to_end = bin_of(end - start), "E" if end >= clause[1] else "e"
    return [
        f"{tag}f {first}",
        f"{tag}fw {words[start]}",
        f"{tag}pf {before} {first}",
        f"{tag}pw {word(start - 1, clause)}",
        f"{tag}a {after}",
        f"{tag}aw {word(end, clause)}",
        f"{tag}la {last} {after}",
        f"{tag}tm {to_end} {about.key}",
        f"{tag}am {after} {about.key}",
        f"{tag}fm {first} {about.key}",
        f"{tag}te {to_end} {about.ending}",
        f"{tag}tf {to_end} {first}",
        f"{tag}tfw {to_end} {words[start]}",
        f"{tag}tl {to_end} {words[end - 1]}",
        f"{tag}tv {to_end} {verbs}",
        f"{tag}ne {n} {about.ending}",
        f"{tag}nv {n} {verbs} {to_end}",
        f"{tag}t, {to_end} {min(inner.count(','), 4)}",
        f'{tag}t" {to_end} {marks}',
        f"{tag}av {after} {verbs}",
        f"{tag}aa {after} {after2}",
        f"{tag}aaa {after} {after2} {name(end + 2, clause)}",
        f"{tag}aaw {after} {word(end + 1, clause)}",
        f"{tag}awa {word(end, clause)} {after2}",
        f"{tag}aV {after} {_next_verb(context, end, clause)}",
        f"{tag}fa {first == 'THAT':d} {word(end, clause)}",
        f"{tag}s {start == clause[0]:d}",
    ]


def _to_source(about: _About, tag: str, run: Run, source: Run | None, where: str) -> Iterator[str]:
    gap = run[0] - about.cue if run[0] > about.cue else about.cue - run[1]
    yield f"{tag}g {bin_of(gap)} {where}"
    if source is None:
        return
    yield f"{tag}o {run[0] < source[1] and source[0] < run[1]:d}"
    if run[0] > about.cue:
        is_right = where == "R" and source[1] <= run[0]
        yield f"{tag}r {bin_of(run[0] - source[1]) if is_right else 'x'}"
    if run[1] <= about.cue:
        yield f"{tag}l {bin_of(source[0] - run[1]) if run[1] <= source[0] else 'x'}"


def _next_verb(context: Context, end: int, clause: Run) -> str:
    """What comes first after a run: a verb, a mark, or neither for a while."""
    for place in range(end + 1, min(clause[1], end + 7)):
        if context.classes[place] in VERBS:
            return f"V{place - end}"
        if context.classes[place] in HARD:
            return f"h{place - end}"
    return ""
