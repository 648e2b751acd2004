"""The people named in an article: where, and by which title, role and pronoun they go."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stancekit.voices.cues import class_of
from stancekit.voices.names import (
    COURTESY,
    ROLE,
    TITLES,
    bare_name,
    gender_of,
    gender_of_role,
    may_describe,
    names_in,
    office_of,
)

__all__ = ["ARTICLE", "CUT", "PREPOSITION", "ROLE_OF", "Mention", "People", "Person", "one_line"]

ARTICLE = re.compile(r"^(?:an?|the|this|these|those)\s+", re.I)
PREPOSITION = re.compile(
    r"\b(?:for|of|in|at|from|with|by|to|against|on|near|about|who|that)\b", re.I
)
ROLE_OF = re.compile(r"\b(?:[A-Z]\w{1,20} ){1,3}of (?:the )?(?:[A-Z]\w{1,20} ){1,3}$")
# Where the words for a role, or for a speaker, end and a clause begins.
CUT = re.compile(
    r",(?!\d)|\s--?\s|\s(?:who|which|that|speaking|citing|said|says|told|tells|added|wrote|I|we"
    r"|on condition|(?:in|for|on) (?:its|his|her|their|a statement)"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:this|last) (?:week|month|year))\b",
    re.I,
)
_WORD = re.compile(r"[^\s,;:.\"()]+\.?")
_APPOSITION = re.compile(
    # The full stops of "U.S." end nothing.
    r",[ \n]+((?:(?:a|an|the)[ \n])?(?:[^,.;:\"()\n]|(?<=\b[A-Z])\.){3,120})(?=[,.;:\"()\n]|$)"
)
_PLURAL = re.compile(r"[^s]s$", re.I)
_VERBAL = re.compile(r"(?:who|which|said|says|and|but|to|when|in|on|at)\b", re.I)
_FINITE = frozenset({"BE", "HAVE", "DO", "MOD"})
_PREFIX = re.compile(r"^(?:al|el)-", re.I)
# How many mentions, and how many characters, one looks back.
_MOST_BACK = 60
_ROLE_BACK = 60


@dataclass(slots=True)
class Person:
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
class Mention:
    """A place where a person is named; ``is_owner`` in "Ames's plan", where the plan acts."""

    start: int
    end: int
    person: Person
    is_owner: bool


class People:
    """The people named in an even text, and their mentions in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._by_name: dict[str, Person] = {}
        self._by_last: dict[str, Person] = {}
        self._by_first: dict[str, Person | None] = {}
        spans = list(names_in(text))
        names = dict.fromkeys(bare_name(text[start:end]) for start, end, _ in spans)
        # The fullest first: "Lane" and "Ann Lane" are then known to be parts of "Eva Ann Lane".
        for name in sorted(names, key=lambda name: -name.count(" ")):
            self._meet(name)
        self.mentions: list[Mention] = []
        for start, end, title in spans:
            person = self.named(bare_name(text[start:end]), title)
            if person is not None:
                is_owner = text[max(start, end - 2) : end + 2].find("'") >= 0
                self.mentions.append(Mention(start, end, person, is_owner))
                self._learn(person, start, end, title)
        self._starts = [mention.start for mention in self.mentions]

    def _meet(self, name: str) -> None:
        """Enter a name of two words or more; the first person of a surname keeps it."""
        words = name.split()
        if len(words) > 1 and name not in self._by_last:
            person = self._by_name[name] = Person(name)
            for place in range(1, len(words)):
                self._by_last.setdefault(" ".join(words[place:]), person)
            self._by_last.setdefault(_PREFIX.sub("", words[-1]), person)
            self._by_first[words[0]] = None if words[0] in self._by_first else person

    def named(self, name: str, title: str = "") -> Person | None:
        """The person of a full name, a surname or, if but one has it, a first name."""
        person = self._by_name.get(name) or self._by_last.get(name) or self._by_first.get(name)
        if person is None and title:
            person = self._by_last[name] = Person(name)
        return person

    def between(self, start: int, end: int) -> Sequence[Mention]:
        """The mentions that begin between two places."""
        return self.mentions[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def before(self, place: int) -> Iterator[Mention]:
        """The mentions that begin before a place, the nearest first."""
        last = bisect_right(self._starts, place - 1)
        return reversed(self.mentions[max(0, last - _MOST_BACK) : last])

    def _learn(self, person: Person, start: int, end: int, title: str) -> None:
        """Gender, title and role of a person, from what stands around a mention."""
        key = title.lower().rstrip(".")
        if key and key not in COURTESY:
            person.title = person.title or title
        person.role = person.role or self._role_before(start) or self._role_after(end)
        first = person.name.split()[0]
        by_name = gender_of(first) if " " in person.name else ""
        by_role = gender_of_role(person.role or "")
        person.gender = person.gender or TITLES.get(key, "") or by_role or by_name

    def _role_before(self, place: int) -> str | None:
        """The role of 'Pentagon spokesman Dan Ames' or 'Secretary of State Dan Ames'."""
        of = ROLE_OF.search(self.text, max(0, place - _ROLE_BACK), place)
        if of is not None and ROLE.search(of.group()):
            return one_line(of.group())
        words = list(_WORD.finditer(self.text, max(0, place - _ROLE_BACK), place))
        roles = words[-1:]
        # "critics Ann Lane and Dan Ames": a plural is not the role of one.
        if not roles or not ROLE.fullmatch(roles[0].group()) or _PLURAL.search(roles[0].group()):
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
        return one_line(self.text[words[begin].start() : roles[0].end()])

    def _role_after(self, place: int) -> str | None:
        """The role of 'Dan Ames, a former infantry officer'."""
        found = _APPOSITION.match(self.text, place)
        if found is None or _VERBAL.match(found.group(1)):
            return None
        role = ARTICLE.sub("", CUT.split(found.group(1))[0], count=1)
        # In "Dan Ames, elected with the leader of ..." the leader is somebody else.
        is_clause = any(class_of(word, word.lower()) in _FINITE for word in role.split())
        is_role = ROLE.search(PREPOSITION.split(role)[0]) and not is_clause
        return one_line(role) if is_role else None


def one_line(words: str) -> str:
    """The words, single spaces between them."""
    return " ".join(words.split())
