"""Whom the name, pronoun or office of a source stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from stancekit.voices.cues import class_of
from stancekit.voices.names import ROLE, TITLES, office_of, words_of
from stancekit.voices.people import (
    ARTICLE,
    CUT,
    PREPOSITION,
    ROLE_OF,
    Mention,
    People,
    Person,
    one_line,
)

__all__ = ["Cast", "Scene", "Speaker"]

Span = tuple[int, int]

_GENDERS = {"he": "he", "his": "he", "him": "he", "she": "she", "her": "she"}
_GROUPS = frozenset({"they", "them", "their", "it", "its"})
_RELATIVES = frozenset({"who", "whom", "which", "that", "what", "whose"})
# How many characters back a pronoun finds whoever fits, and whoever is sure to fit.
_NEAR, _FAR = 800, 2000
# What somebody says or writes speaks for them: "Mr. Ames's statement said".
_PRODUCT = (
    r" (?:[\w-]+ ){0,2}(?:statement|speech|tweet|remark|comment|letter|argument|announcement"
    r"|address|message|testimony|memo|op-ed|answer|response|claim|book|article|post)s?"
)
_OWN_WORDS = re.compile(rf"(?:'s?)?{_PRODUCT}")
_PRONOUN = re.compile(rf"(\w+)(?:'\w*)?(?: (?:him|her|it)self| themselves|,? too|{_PRODUCT})?")
# In "a Lane campaign manager" the name tells which manager.
_FOLLOWED = re.compile(r" ([a-z][\w-]*)")
_NOUNS = frozenset({"w", "S"})
_JOINED = re.compile(r"(?:'s)? (?:and|or) \w")
_DATE = re.compile(
    r"(?:[\d.,\s]+|(?:jan|feb|march|april|may|june|july|aug|sept|oct|nov|dec)[a-z]*\.?(?: \d+)?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)",
    re.I,
)
# Words before a verb that name nobody.
_NOBODY = words_of(
    "it this that these those there here what all more most namely currently nothing something "
    "everything another one such i we you me us my our your he she they"
)
_DATELINE = re.compile(r"^[^()]{1,40}\(\w+\)[ -]*(?=(?:The|An?) )")
_LOOSE_END = re.compile(r"(?:'s|\s(?:from|of|in|for|by|at|with|and|or|to|on))$")
# Its full stop ends no sentence.
_TITLE = re.compile(rf"\b(?:{'|'.join(TITLES)})\.\s+$", re.I)
# What stands before the subject of a sentence: nothing, or words for its role.
_SENTENCE_START = re.compile(r"(?:^|[.!?]\"?\s+|\n\s*)((?:[A-Z][\w.'-]*\s)?(?:[\w-]+\s){0,5})$")
_LONGEST_PHRASE = 150
_LONGEST_ROLE = 60
_LONGEST_NOUNS = 8
_TOKEN = re.compile(r"[^\s,;:!?\"()]+")
# What may part a name from the words that explain it: "Ames of Ohio, a farmer".
_APPOSED = re.compile(r"(?: of(?: [A-Z][\w.]*)+)?,\s*")
_NOT_IN_NOUNS = frozenset(
    {"IN", "TO", "SUB", "WH", "THAT", "BE", "HAVE", "DO", "MOD", "V", "PRO", "OBJ", "AND", "TIME"}
    | {"ED", "ADV", "LY", "NOT"}
)


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
    person: Person | None = None

    @property
    def is_group(self) -> bool:
        """Whether "they" or "it" may mean the speaker."""
        return self.person is None or not (self.person.gender or self.person.title)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known where a source stands.

    Attributes
    ----------
    sentence : int; where its sentence begins
    said : sequence of (start, end); what the source says
    heard : sequence of (start, end); what others said shortly before
    last : Speaker or None; of the voice before
    last_end : int; where the source of that voice ended
    """

    sentence: int
    said: Sequence[Span]
    heard: Sequence[Span]
    last: Speaker | None
    last_end: int


class Cast:
    """Those who speak in an even text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.people = People(text)
        self._bodies: dict[str, str] = {}

    def speaker_of(self, start: int, end: int, scene: Scene) -> Speaker | None:
        """Whom the source ``text[start:end]`` stands for; None where that cannot be told."""
        words = one_line(self.text[start:end]).strip(" ,-")
        pronoun = _PRONOUN.fullmatch(words.lower())
        first = pronoun.group(1) if pronoun is not None else ""
        if first in _GENDERS:
            return self._meant_by(_GENDERS[first], start, scene)
        if first in _GROUPS:
            return scene.last if scene.last is not None and scene.last.is_group else None
        if first in _RELATIVES:
            return self._antecedent(first, start)
        return self._named(start, end) or self._unnamed(words, start, scene.last)

    def _meant_by(self, gender: str, start: int, scene: Scene) -> Speaker | None:
        """The person named in this sentence, the last to speak, or the nearest who fits."""
        # Nobody calls himself by his name: "he said Ames would go" is said by another.
        after = [span for span in scene.said if span[0] >= start]
        others = {id(mention.person) for span in after for mention in self.people.between(*span)}
        fits = [
            mention
            for mention in self.people.before(start)
            if start - mention.start < _FAR
            and mention.person.gender in (gender, "")
            and id(mention.person) not in others
            and not _is_within(mention, scene.said)
        ]
        sure = [mention for mention in fits if mention.person.gender == gender]
        actors = [mention for mention in sure if not mention.is_owner]
        here = [mention for mention in (*actors, *sure) if mention.start >= scene.sentence]
        if here:
            return _speaker(here[0].person)
        # Of names whose gender is not known, those with an office surely are of people.
        held = [m for m in fits if not m.is_owner and (m.person.role or m.person.title)]
        told = [m for m in (*actors, *held) if m.start > scene.last_end]
        topic = next((m for m in told if self._is_topic(m, scene)), None)
        if topic is not None:
            return _speaker(topic.person)
        last = scene.last
        is_recent = last is not None and 0 <= start - scene.last_end < _NEAR
        fitting = last.person if last is not None and is_recent else None
        if fitting and fitting.gender in ("", gender) and id(fitting) not in others:
            # Once "she", always "she".
            fitting.gender = gender
            return last
        near = (m for m in (*actors, *held, *sure) if start - m.start < _NEAR)
        meant = next(chain(near, actors), None)
        return _speaker(meant.person) if meant is not None else None

    def _is_topic(self, mention: Mention, scene: Scene) -> bool:
        """Whether a sentence that nobody else says has the mention for its subject."""
        before = self.text[max(0, mention.start - _LONGEST_ROLE) : mention.start]
        start = _SENTENCE_START.search(_TITLE.sub("", before))
        if start is None or _is_within(mention, scene.heard):
            return False
        # In "Lane met Ames" Ames is no subject.
        kinds = {class_of(word, word.lower()) for word in start.group(1).split()}
        return not kinds & (_NOT_IN_NOUNS - {"AND"})

    def _antecedent(self, relative: str, start: int) -> Speaker | None:
        """Whom "who" stands for: the nouns right before it, or the name that they explain."""
        low = max(0, start - _LONGEST_PHRASE)
        before = self.text[low:start].rstrip(" ,\n")
        begin, end = low + _start_of_nouns(before), low + len(before)
        phrase = one_line(self.text[begin:end])
        meant = self._named(begin, end)
        if meant is not None or not phrase:
            return meant
        named = next(self.people.before(begin), None)
        if named is not None and _APPOSED.fullmatch(self.text[named.end : begin]):
            return _speaker(named.person)
        # "Iraq, which" may be a place or a government, "the plan, which" is nobody.
        is_body = ARTICLE.sub("", phrase)[:1].isupper()
        return self._unnamed(phrase, begin, None) if relative == "who" or is_body else None

    def _named(self, start: int, end: int) -> Speaker | None:
        """The person, or the two, whom a noun phrase names."""
        mentions = self.people.between(start, end)
        for number, mention in enumerate(mentions):
            before = self.text[start : mention.start]
            after = self.text[mention.end : end]
            nearest = ROLE_OF.sub("", before.rpartition(",")[2].removeprefix(" with "))
            if PREPOSITION.search(nearest) or " and " in nearest:
                return None
            if _JOINED.match(after):
                other = mentions[number + 1] if number + 1 < len(mentions) else mention
                is_next = "," not in self.text[mention.end : other.start]
                if other.person is mention.person or other.is_owner or not is_next:
                    return None
                return Speaker(f"{mention.person.name} and {other.person.name}", None)
            following = _FOLLOWED.match(after)
            is_noun = following is not None and class_of(*2 * (following.group(1),)) in _NOUNS
            if _OWN_WORDS.fullmatch(after) or not (is_noun or (mention.is_owner and after)):
                lead, comma, _ = before.rpartition(",")
                role = one_line(ARTICLE.sub("", lead.strip(), count=1)) if comma else None
                return _speaker(mention.person, role if role and ROLE.search(role) else None)
        return None

    def _unnamed(self, words: str, start: int, last: Speaker | None) -> Speaker | None:
        """A body, an unnamed source, or "the senator"; None for words that name nobody."""
        pieces = (_bare(piece) for piece in CUT.split(_DATELINE.sub("", words)))
        phrase = next((piece for piece in pieces if piece and not _DATE.fullmatch(piece)), "")
        is_shouted = phrase.isupper() and len(phrase) > 1
        if not phrase or (phrase.lower() in _NOBODY and not is_shouted):
            return None
        if is_shouted and (person := self.people.named(phrase.title())) is not None:
            return _speaker(person)
        rest = ARTICLE.sub("", phrase, count=1)
        is_definite = phrase.lower().startswith(("the ", "this ", "these ", "those "))
        role = rest if ROLE.search(PREPOSITION.split(rest)[0]) else None
        if is_definite and last is not None and last.person is None and rest == _head(last.name):
            return last
        if is_definite and role is not None:
            meant = self._holder(role, start)
            if meant is not None:
                return _speaker(meant)
        if is_definite and rest[:1].isupper() and role is None:
            phrase = rest
        # As first written, so that "The army" and "the army" are one.
        name = self._bodies.setdefault(phrase.lower(), phrase)
        return Speaker(name, role if role != phrase else None)

    def _holder(self, role: str, start: int) -> Person | None:
        """The person named last who holds the office of "the senator"."""
        office = office_of(_head(role).lower())
        is_whole = " of " in role or " for " in role
        for mention in self.people.before(start):
            person = mention.person
            if role.lower() in f"{person.title} {person.role}".lower() or (
                office in person.offices and not is_whole
            ):
                return person
        return None


def _is_within(mention: Mention, spans: Sequence[Span]) -> bool:
    return any(start <= mention.start < end for start, end in spans)


def _bare(phrase: str) -> str:
    """The phrase without what is left of a genitive or of a cut after a preposition."""
    return _LOOSE_END.sub("", phrase.strip())


def _head(phrase: str) -> str:
    """The noun of a phrase: "official" of "a senior official in Iraq"."""
    before: str = PREPOSITION.split(phrase)[0]
    return (before.split() or [phrase])[-1]


def _start_of_nouns(before: str) -> int:
    """Where the nouns at the end of some words begin."""
    tokens = list(_TOKEN.finditer(before))[-_LONGEST_NOUNS:]
    begin = len(before)
    for number, token in reversed(list(enumerate(tokens))):
        form = token.group()
        is_apart = before[token.end() : begin].strip() or (
            form.endswith(".") and not form[:1].isupper()
        )
        kind = class_of(form, form.lower())
        if is_apart or (kind in _NOT_IN_NOUNS and form != "of"):
            # In "a retired general" the participle is no verb.
            owner = tokens[number - 1].group() if number and kind == "ED" else ""
            if is_apart or not owner or class_of(owner, owner.lower()) not in ("DET", "POSS"):
                return begin
        begin = token.start()
        if kind in ("DET", "POSS"):
            return begin
    return begin


def _speaker(person: Person, role: str | None = None) -> Speaker:
    return Speaker(person.name, role or person.role or person.title, person)
