"""Attributions of an article: cues accepted, their parts chosen, quotations joined to them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from stancekit.voices.candidates import contents_of, sources_of
from stancekit.voices.cuemodel import CueModel, likeliest, logit_of
from stancekit.voices.cues import HARD, VERBS, Context
from stancekit.voices.quotes import Paragraph, Quote, Run

__all__ = ["Attribution", "attributions_of"]

# Words that stand by a quotation and might be its cue although no list has them.
_UNLISTED = frozenset({"V", "ED", "S", "w", "ING"})
_AFTER_QUOTE, _BEFORE_QUOTE = 9, 7
_LONGEST_NAME = 12
_STOPS = frozenset({".", "!", "?", ";"})
# A clause ends before these, it cannot end on those that go on, which the last may follow.
_ENDS_CLAUSE = frozenset({",", ";", ":", "-", "--", "(", "SUB", "AND"})
_GOES_ON = frozenset({"DET", "POSS", "BE", "HAVE", "MOD"})
_GOES_WITH = frozenset({"IN", "w", "S", "ED", "ING", "CAP", "DET", "V", "LY", "NUM", "BE", "HAVE"})
_AFTER_MARK = frozenset({"w", "S", "ING"})
_PARTICIPLES = frozenset({"adding", "arguing", "calling", "noting", "saying", "telling", "warning"})
_DASHES = frozenset({"-", "--", "~"})
# A headline has at most so many words, and one that begins with what is said quotes no fewer than
# these, the marks counted.
_LONGEST_HEADLINE = 20
_SHORTEST_QUOTE = 5
# With what the second half of a headline begins when nobody is named there.
_NO_NAMES = frozenset({"a", "an", "the", "how", "why", "what", "when", "where", "who", "in", "on"})
_SIGNS = _DASHES | {"(", "["}
_NOISES = frozenset({"applause", "cheers", "crosstalk", "inaudible", "laughter"})


@dataclass(slots=True)
class Attribution:
    """Who says what, in numbers of words of a paragraph.

    Attributes
    ----------
    at : int; number of the paragraph of source and cue
    cue : (start, end)
    source : (start, end) or None
    content : list of (paragraph, start, end)
    chance : float
    """

    at: int
    cue: Run
    source: Run | None
    content: list[tuple[int, int, int]] = field(default_factory=list)
    chance: float = 1.0


def attributions_of(paragraphs: Sequence[Paragraph], model: CueModel) -> list[Attribution]:
    """All attributions, in order of their paragraphs; time is linear in the number of words."""
    found: list[Attribution] = []
    carried = _Carried()
    waiting: list[tuple[int, int, int]] = []  # quotations not closed, whose speaker is yet to come
    for number, paragraph in enumerate(paragraphs):
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        if following is not None and _is_quote(paragraph) and _signature(following):
            run = (number, 0, len(paragraph.words))
            found.append(Attribution(number + 1, (0, 1), _signature(following), [run]))
            carried, waiting = _Carried(), []
            continue
        reader = _Reader(number, Context(paragraph, model.rates), model)
        own = reader.attributions(carried)
        found += own
        carried = reader.carried()
        opening = [one for one in own if (number, 0) in (run[:2] for run in one.content)]
        if waiting and opening and paragraph.inside[0] == 0:
            opening[0].content[:0] = waiting
        quote = paragraph.quotes[-1] if carried.is_unsigned else None
        if quote is None or quote.start > 0 or opening:
            waiting = []
        if quote is not None:
            waiting.append((number, quote.start, len(paragraph.words)))
    for one in found:
        one.content = [run for run in one.content if _has_word(paragraphs[run[0]], run)]
    return [one for one in found if one.content]


def _has_word(paragraph: Paragraph, run: tuple[int, int, int]) -> bool:
    return any(word[0].isalnum() for word in paragraph.words[run[1] : min(run[2], run[1] + 9)])


def _is_quote(paragraph: Paragraph) -> bool:
    return bool(paragraph.words) and paragraph.is_all_quote((0, len(paragraph.words)))


def _signature(paragraph: Paragraph) -> Run | None:
    """The name in a paragraph such as "- Dan Ames, farmer"."""
    n = len(paragraph.words)
    if not 2 <= n <= _LONGEST_NAME or paragraph.words[0] not in _DASHES:
        return None
    end = n - (paragraph.words[-1] in _STOPS)
    return (1, end) if paragraph.forms[1][0].isupper() and end > 1 else None


@dataclass(frozen=True, slots=True)
class _Carried:
    """What a quotation at the start of the next paragraph may go on with.

    Attributes
    ----------
    owner : Attribution or None
    is_open : bool; its quotation was not closed
    is_colon : bool; the paragraph ended on a colon
    """

    owner: Attribution | None = None
    is_open: bool = False
    is_colon: bool = False

    @property
    def is_unsigned(self) -> bool:
        """Whether a quotation was left open of which nobody is the speaker yet."""
        return self.is_open and self.owner is None


class _Reader:
    """Reads one paragraph."""

    def __init__(self, number: int, context: Context, model: CueModel) -> None:
        self.number, self.context, self.model = number, context, model
        self.p = context.paragraph
        self.found: list[Attribution] = []
        self.last: Attribution | None = None

    def attributions(self, carried: _Carried) -> list[Attribution]:
        """All that begins in this paragraph; content is added to what is carried into it."""
        self._accept()
        self._own_quotes()
        self.found.sort(key=lambda one: one.cue)
        self._join_quotes(carried)
        return self.found

    def carried(self) -> _Carried:
        """What the next paragraph may go on with."""
        outer = [one for one in self.found if self.p.inside[one.cue[0]] < 0]
        if self.p.quotes and not self.p.quotes[-1].is_closed:
            quote = self.p.quotes[-1]
            owner = next((one for one in outer[::-1] if self._holds(one, quote)), self.last)
            return _Carried(owner, is_open=True)
        if self.p.words[-1:] == [":"] and outer:
            return _Carried(outer[-1], is_colon=True)
        return _Carried(self.last if self.last is not None and self._is_direct(self.last) else None)

    def _cue_logit(self, cue: int) -> float:
        features = self.context.cue_features(cue, self.p.clause_of(cue))
        return logit_of(self.model.cue, features)

    def _accept(self) -> None:
        known: dict[int, list[Run]] = {}
        # A chance of all parts is never above that of the cue alone.
        least = math.log(self.model.accept / (1 - self.model.accept))
        for cue in self.context.cues:
            logit = self._cue_logit(cue)
            if logit > least:
                clause = self.p.clause_of(cue)
                before = known.setdefault(clause[0], [])
                one = self._draft(cue, clause, before, logit)
                if one.chance >= self.model.accept:
                    self._keep_quote_whole(one)
                    self._complete(one, clause)
                    self.found.append(one)
                    before += [one.source] if one.source is not None else []

    def _draft(self, cue: int, clause: Run, known: Sequence[Run], logit: float) -> Attribution:
        sources = sources_of(self.context, cue, clause, known)
        source, is_source = likeliest(sources, self.model.source)
        run = source.runs[0] if source.runs else None
        contents = contents_of(self.context, cue, clause, run)
        if not contents:
            return Attribution(self.number, (cue, cue + 1), run, [], 0.0)
        content, is_content = likeliest(contents, self.model.content)
        chance = is_source * is_content / (1 + math.exp(-logit))
        runs = [(self.number, start, end) for start, end in content.runs]
        return Attribution(self.number, (cue, cue + 1), run, runs, chance)

    def _keep_quote_whole(self, one: Attribution) -> None:
        """Where a quotation stands right by source and cue, what is said is the quotation."""
        p, cue = self.p, one.cue[0]
        if p.inside[cue] >= 0:
            return
        clause = p.clause_of(cue)
        left, right = self._around(one, clause)
        # In 'called it a "fraud", adding "we should go"' the first is not what is added.
        is_first = p.words[cue] in _PARTICIPLES and left == cue
        before = None if is_first else self._quote_up_to(left, clause)
        after = self._quote_from(right, clause)
        runs: list[Run] = []
        if before is not None:
            runs.append((self._start_of(one, before, clause), before.end))
            if after is not None:
                runs.append((after.start, after.end))
        elif after is not None and after.start <= right + 1:
            is_whole = p.ends_like_speech(after) or after.end >= clause[1] - 1
            runs += [(after.start, after.end)] if is_whole else []
        if runs:
            one.content = [(self.number, start, end) for start, end in runs]
        if before is not None and one.source is None and before.end >= cue - 1:
            one.source = self._rest_as_source(right, clause)

    def _complete(self, one: Attribution, clause: Run) -> None:
        """Let content that breaks off within a phrase go on to the end of the clause."""
        number, start, end = one.content[-1]
        last = clause[1] - (self.p.words[clause[1] - 1] in _STOPS)
        if start > one.cue[0] and end < last and self._breaks_off(end):
            classes, inside = self.context.classes, self.p.inside
            stops = (at for at in range(end + 1, last) if classes[at] in _ENDS_CLAUSE)
            end = next((at for at in stops if inside[at] < 0 or inside[at] == inside[start]), last)
            one.content[-1] = (number, start, end)

    def _breaks_off(self, end: int) -> bool:
        """Whether the words before and after a place belong to one phrase."""
        p, classes = self.p, self.context.classes
        before, after = p.words[end - 1], classes[end]
        # "14,000-strong" is one word, whatever its hyphen parts.
        is_joined = p.words[end] == "-" and p.starts[end : end + 2] == p.ends[end - 1 : end + 1]
        if is_joined or p.words[end] in ("of", "than") or (before == "even" and after == "SUB"):
            return True
        if classes[end - 1] in _GOES_ON:
            return after in _GOES_WITH
        # In 'would "strongly consider" closing bases' the quotation is no end.
        number = p.inside[end - 1]
        is_quoted = number >= 0 and p.quotes[number].end == end
        return is_quoted and after in _AFTER_MARK and not p.ends_like_speech(p.quotes[number])

    def _rest_as_source(self, start: int, clause: Run) -> Run | None:
        """The rest of a headline such as "'Bring them home', pleads mother of soldier"."""
        end = clause[1] - (self.p.words[clause[1] - 1] in _STOPS)
        classes = self.context.classes[start : min(end, start + _LONGEST_NAME + 1)]
        is_name = 0 < len(classes) <= _LONGEST_NAME and not VERBS.union(HARD).intersection(classes)
        return (start, end) if is_name and classes[0] not in ("IN", "SUB", "TO", "AND") else None

    def _around(self, one: Attribution, clause: Run) -> Run:
        """First word of source and cue, and the word after them, where the two are neighbours."""
        cue, right = one.cue
        left = self.context.chain_start(cue, clause)
        if one.source is not None and left - 1 <= one.source[1] <= left:
            left = one.source[0]
        if one.source is not None and right <= one.source[0] <= right + 1:
            right = one.source[1]
        return left, right

    def _quote_up_to(self, place: int, clause: Run) -> Quote | None:
        """The quotation that ends before a word, if it ends as speech does."""
        p, last = self.p, place - 1
        has_comma = False
        while last >= clause[0] and p.words[last] in (",", "-", "--"):
            last, has_comma = last - 1, True
        if last < clause[0] or p.inside[last] < 0:
            return None
        quote = p.quotes[p.inside[last]]
        is_speech = p.ends_like_speech(quote) or has_comma
        return quote if quote.end == last + 1 and is_speech else None

    def _quote_from(self, place: int, clause: Run) -> Quote | None:
        """The quotation that begins soon after a word, no other cue between."""
        p = self.p
        for at in range(place, min(place + _AFTER_QUOTE, clause[1])):
            if p.inside[at] >= 0:
                is_next = at == place or p.words[at - 1] in (",", ":", "-", "--")
                is_free = is_next and not self.context.strong_cues(place, at)
                return p.quotes[p.inside[at]] if is_free else None
        return None

    def _start_of(self, one: Attribution, quote: Quote, clause: Run) -> int:
        """Where content that ends with the quotation begins: 'The plan is "mad," he said.'"""
        first = min((start for _, start, _ in one.content), default=quote.start)
        is_introduced = self.p.words[quote.start - 1] in (":", "-") if quote.start else True
        if first < clause[0] or first > quote.start or is_introduced:
            return quote.start
        return first

    def _own_quotes(self) -> None:
        """Find cues for the quotations that no content covers yet."""
        covered = self._covered()
        taken = {one.cue[0] for one in self.found}
        for quote in self.p.quotes:
            words_in = covered[quote.end] - covered[quote.start]
            if 2 * words_in > quote.end - quote.start:
                continue
            one = self._headline_quote(quote)
            if one is None and self.p.is_speech(quote):
                one = self._signed_quote(quote) or self._quote_with_cue(quote, taken)
            if one is not None:
                taken.add(one.cue[0])
                self.found.append(one)

    def _covered(self) -> list[int]:
        """For each place, how many words before it stand in some content."""
        steps = [0] * (len(self.p.words) + 1)
        for one in self.found:
            for _, start, end in one.content:
                steps[start] += 1
                steps[end] -= 1
        return [0, *accumulate(int(depth > 0) for depth in accumulate(steps[:-1]))]

    def _signed_quote(self, quote: Quote) -> Attribution | None:
        """The quotation of '"We must go." - Dan Ames', or '(Dan Ames)', that ends a paragraph."""
        p, dash = self.p, quote.end
        n = len(p.words)
        if not dash + 1 < n <= dash + _LONGEST_NAME or p.words[dash] not in _SIGNS:
            return None
        end = n
        while end > dash and p.words[end - 1] in _STOPS | {")", "]"}:
            end -= 1
        is_noise = p.words[dash + 1] in _NOISES
        if not p.forms[dash + 1][0].isupper() or end <= dash + 1 or is_noise:
            return None
        content = [(self.number, quote.start, quote.end)]
        return Attribution(self.number, (dash, dash + 1), (dash + 1, end), content)

    def _headline_quote(self, quote: Quote) -> Attribution | None:
        """The quotation of a headline such as "'We must go': Ames warns of a longer war"."""
        p, sign = self.p, quote.end
        is_short = sign >= _SHORTEST_QUOTE and len(p.words) <= _LONGEST_HEADLINE
        if quote.start or not is_short or p.words[sign : sign + 1] not in ([":"], ["-"], ["--"]):
            return None
        end = sign + 1
        while end < len(p.words) and p.forms[end][0].isupper():
            end += 1
        is_name = end > sign + 1 and p.words[sign + 1] not in _NO_NAMES
        if not is_name or (p.words[sign] != ":" and end < len(p.words)):
            return None
        content = [(self.number, 0, quote.end)]
        return Attribution(self.number, (sign, sign + 1), (sign + 1, end), content)

    def _quote_with_cue(self, quote: Quote, taken: set[int]) -> Attribution | None:
        """The likeliest word by the quotation as its cue, listed or not."""
        near = [cue for cue in self._words_by(quote) if cue not in taken]
        for cue in sorted(near, key=self._cue_logit, reverse=True)[:2]:
            one = self._draft(cue, self.p.clause_of(cue), (), 0.0)
            self._keep_quote_whole(one)
            if self._holds(one, quote):
                return one
        return None

    def _words_by(self, quote: Quote) -> Iterator[int]:
        p, classes = self.p, self.context.classes
        first, last = p.sentences[p.sentence_of(quote.start)]
        after = range(quote.end, min(quote.end + _AFTER_QUOTE, last))
        before = range(quote.start - 1, max(quote.start - _BEFORE_QUOTE, first) - 1, -1)
        for places in (before, after):
            for at in places:
                if p.words[at] in _STOPS or p.inside[at] >= 0:
                    break
                if classes[at] in _UNLISTED and len(p.words[at]) > 2:
                    yield at

    def _holds(self, one: Attribution, quote: Quote) -> bool:
        return any(
            number == self.number and start <= quote.start + 1 and end >= quote.end - 2
            for number, start, end in one.content
        )

    def _is_direct(self, one: Attribution) -> bool:
        """Whether content of this paragraph begins or ends within a quotation."""
        return any(
            number == self.number and (self.p.inside[start] >= 0 or self.p.inside[end - 1] >= 0)
            for number, start, end in one.content
        )

    def _join_quotes(self, carried: _Carried) -> None:
        """Give sentences that are nothing but quotation to the attribution they go on with."""
        by_sentence: dict[int, list[Attribution]] = {}
        for one in self.found:
            if self.p.inside[one.cue[0]] < 0 and one.content:
                by_sentence.setdefault(self.p.sentence_of(one.cue[0]), []).append(one)
        waiting: list[tuple[int, int, int]] = []
        for number, sentence in enumerate(self.p.sentences):
            own = by_sentence.get(number, [])
            if own:
                direct = [one for one in own if self._is_direct(one)]
                self.last = max(direct or own, key=_length)
                if self.p.words[sentence[1] - 1] == ":":
                    self.last = own[-1]
                if direct and waiting:
                    self.last.content[:0] = waiting
                waiting = []
            elif self.p.is_all_quote(sentence):
                run = (self.number, *sentence)
                owner = self.last or self._owner(carried, sentence, bool(by_sentence))
                if owner is None:
                    waiting.append(run)
                else:
                    if carried.is_colon and owner is carried.owner:
                        owner.content = [c for c in owner.content if c[0] != owner.at]
                    owner.content.append(run)
                    self.last = owner

    def _owner(self, carried: _Carried, sentence: Run, has_own: bool) -> Attribution | None:
        """Whose quotation of an earlier paragraph this sentence goes on with."""
        if sentence[0] or carried.owner is None:
            return None
        if carried.is_open or carried.is_colon:
            return carried.owner
        is_alone = not has_own and sentence[1] == len(self.p.words)
        quote = self.p.quotes[0]
        is_speech = not quote.is_closed or self.p.ends_like_speech(quote)
        return carried.owner if is_alone and is_speech else None


def _length(one: Attribution) -> int:
    return sum(end - start for _, start, end in one.content)
