"""The people of an article, and whom the name, pronoun or office of a source stands for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from stancekit.voices.names import (
    COURTESY,
    ROLE,
    TITLES,
    bare_name,
    gender_of,
    may_describe,
    names_in,
    office_of,
)

__all__ = ["Cast", "Speaker"]

_WORD = re.compile(r"[^\s,;:.\"()]+\.?")
_APPOSITION = re.compile(r",[ \n]+((?:(?:a|an|the)[ \n])?[^,.;:\"()\n]{3,120})(?=[,.;:\"()\n]|$)")
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.I)
_VERBAL = re.compile(r"(?:who|which|said|says|and|but|to|when|in|on|at)\b", re.I)
_PREPOSITION = re.compile(
    r"\b(?:for|of|in|at|from|with|by|to|against|on|near|about|who|that)\b", re.I
)
_ROLE_OF = re.compile(r"\b(?:[A-Z]\w{1,20} ){1,3}of (?:the )?(?:[A-Z]\w{1,20} ){1,3}$")
_CUT = re.compile(r",|\s(?:who|which|that|speaking|citing|on condition)\b", re.I)
_GENDERS = {"he": "he", "his": "he", "him": "he", "she": "she", "her": "she"}
_GROUPS = frozenset({"they", "them", "their", "it", "its"})
_RELATIVES = frozenset({"who", "whom", "which", "that", "what"})
_ANYONE = frozenset({"he", "she", ""})
# How many mentions back, and how many characters, a pronoun reaches.
_MOST_BACK = 60
_NEAR = 800


@dataclass(slots=True)
class _Person:
    """Someone named in an article: the fullest name, and what stands around it."""

    name: str
    title: str | None = None
    role: str | None = None
    gender: str = ""

    @property
    def offices(self) -> set[str]:
        words = re.findall(r"[a-z]+", f"{self.title or ''} {self.role or ''}".lower())
        return {office_of(word) for word in words}


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    person: _Person


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom a source stands for.

    Attributes
    ----------
    name : str; a full name, or the words of an unnamed source
    role : str or None
    person : the named person, None for an unnamed source or a body
    """

    name: str
    role: str | None
    person: _Person | None = None

    @property
    def is_group(self) -> bool:
        """Whether "they" or "it" may mean the speaker."""
        return self.person is None or not (self.person.gender or self.person.title)


class Cast:
    """The people named in an even text, and where."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._by_name: dict[str, _Person] = {}
        self._by_last: dict[str, _Person] = {}
        self._by_first: dict[str, _Person | None] = {}
        spans = list(names_in(text))
        names = dict.fromkeys(bare_name(text[start:end]) for start, end, _ in spans)
        # The fullest first: "Lane" and "Ann Lane" are then known to be parts of "Eva Ann Lane".
        for name in sorted(names, key=lambda name: -name.count(" ")):
            self._meet(name)
        self.mentions: list[_Mention] = []
        for start, end, title in spans:
            person = self._named(bare_name(text[start:end]), title)
            if person is not None:
                self.mentions.append(_Mention(start, end, person))
                self._learn(person, start, end, title)
        self._starts = [mention.start for mention in self.mentions]

    def _meet(self, name: str) -> None:
        """Enter a name of two words or more; the first person of a surname keeps it."""
        words = name.split()
        if len(words) > 1 and name not in self._by_last:
            person = self._by_name[name] = _Person(name)
            for place in range(1, len(words)):
                self._by_last.setdefault(" ".join(words[place:]), person)
            self._by_first[words[0]] = None if words[0] in self._by_first else person

    def _named(self, name: str, title: str) -> _Person | None:
        """The person of a full name, a surname or, if but one has it, a first name."""
        person = self._by_name.get(name) or self._by_last.get(name) or self._by_first.get(name)
        if person is None and title:
            person = self._by_last[name] = _Person(name)
        return person

    def _learn(self, person: _Person, start: int, end: int, title: str) -> None:
        """Gender, title and role of a person, from what stands around a mention."""
        key = title.lower().rstrip(".")
        first = person.name.split()[0]
        by_name = gender_of(first) if " " in person.name else ""
        person.gender = person.gender or TITLES.get(key, "") or by_name
        if key and key not in COURTESY:
            person.title = person.title or title
        person.role = person.role or self._role_before(start) or self._role_after(end)

    def _role_before(self, place: int) -> str | None:
        """The role of 'Pentagon spokesman Dan Ames' or 'Secretary of State Dan Ames'."""
        of = _ROLE_OF.search(self.text, max(0, place - _MOST_BACK), place)
        if of is not None and ROLE.search(of.group()):
            return _one_line(of.group())
        words = list(_WORD.finditer(self.text, max(0, place - _MOST_BACK), place))
        roles = words[-1:]
        if not roles or not ROLE.fullmatch(roles[0].group()):
            return None
        if self.text[roles[0].end() : place].strip() or (
            roles[0].group().lower() in TITLES and len(words) < 2
        ):
            return None
        begin = len(words) - 1
        while begin and len(words) - begin < 6:
            before = words[begin - 1]
            between = self.text[before.end() : words[begin].start()]
            if between.strip() or "\n" in between or not may_describe(before.group()):
                break
            begin -= 1
        return _one_line(self.text[words[begin].start() : roles[0].end()])

    def _role_after(self, place: int) -> str | None:
        """The role of 'Dan Ames, a former infantry officer'."""
        found = _APPOSITION.match(self.text, place)
        if found is None or not ROLE.search(found.group(1)) or _VERBAL.match(found.group(1)):
            return None
        return _one_line(_ARTICLE.sub("", _CUT.split(found.group(1))[0], count=1))

    def speaker_of(
        self, start: int, end: int, last: Speaker | None, last_end: int
    ) -> Speaker | None:
        """Whom the source ``text[start:end]`` stands for; None for a bare "which".

        Parameters
        ----------
        start, end : int
        last : Speaker or None; of the voice before
        last_end : int; where its source ended
        """
        words = _one_line(self.text[start:end]).strip(" ,-")
        first = words.lower().partition("'")[0]
        if first in _GENDERS:
            return self._meant_by(words, _GENDERS[first], start, last, last_end)
        if first in _GROUPS:
            return last if last is not None and last.is_group else Speaker(words, None)
        if first in _RELATIVES:
            before = self._before(start, _ANYONE, frozenset())
            is_next = before is not None and not self.text[before.end : start].strip(" ,\n")
            return _speaker(before.person) if before is not None and is_next else None
        person, role = self._head_person(start, end)
        if person is not None:
            return Speaker(person.name, role or person.role or person.title, person)
        return self._unnamed(words, start)

    def _meant_by(
        self, words: str, gender: str, start: int, last: Speaker | None, last_end: int
    ) -> Speaker:
        """The person named in this sentence, the last to speak, or the nearest who fits."""
        sentence = max(
            self.text.rfind(stop, max(0, start - 300), start) for stop in (". ", "\n", '"')
        )
        near = self._before(start, frozenset({gender}), frozenset())
        if near is not None and near.start > sentence >= 0:
            return _speaker(near.person)
        is_recent = last is not None and 0 <= start - last_end < _NEAR
        if last is not None and is_recent and last.person and last.person.gender in ("", gender):
            return last
        near = near or self._before(start, frozenset({gender, ""}), frozenset())
        return _speaker(near.person) if near is not None else Speaker(words, None)

    def _head_person(self, start: int, end: int) -> tuple[_Person | None, str | None]:
        """The person whom a noun phrase names, with the role that it gives."""
        low, high = bisect_left(self._starts, start), bisect_left(self._starts, end)
        for mention in self.mentions[low:high]:
            before = self.text[start : mention.start]
            is_owner = self.text[mention.start : mention.end + 2].endswith(("'s", "s'")) or (
                self.text[mention.end - 2 : mention.end] == "'s"
            )
            nearest = _ROLE_OF.sub("", before.rpartition(",")[2])
            if not is_owner and not _PREPOSITION.search(nearest):
                lead, comma, _ = before.rpartition(",")
                role = _one_line(_ARTICLE.sub("", lead.strip(), count=1)) if comma else None
                return mention.person, role if role and ROLE.search(role) else None
        return None, None

    def _unnamed(self, words: str, start: int) -> Speaker:
        """A body, an unnamed source, or "the senator"."""
        phrase = _CUT.split(words)[0].strip() or words
        rest = _ARTICLE.sub("", phrase, count=1)
        is_definite = phrase.lower().startswith("the ")
        role = rest if ROLE.search(_PREPOSITION.split(rest)[0]) else None
        if is_definite and role is not None:
            office = rest.lower().split()[-1]
            office = office_of(office)
            meant = self._before(start, _ANYONE, frozenset({office}))
            if meant is not None and " of " not in rest and " for " not in rest:
                return _speaker(meant.person)
        if is_definite and rest[:1].isupper() and role is None:
            return Speaker(rest, None)
        return Speaker(phrase, role if role != phrase else None)

    def _before(
        self, place: int, genders: frozenset[str], offices: frozenset[str]
    ) -> _Mention | None:
        """The nearest mention before a place of someone of these genders and offices."""
        last = bisect_right(self._starts, place - 1)
        for mention in self.mentions[max(0, last - _MOST_BACK) : last][::-1]:
            person = mention.person
            if person.gender in genders and (not offices or offices & person.offices):
                return mention
        return None


def _speaker(person: _Person) -> Speaker:
    return Speaker(person.name, person.role or person.title, person)


def _one_line(words: str) -> str:
    return " ".join(words.split())
