"""Words that may report what someone says, and what stands around them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from stancekit.voices.names import words_of
from stancekit.voices.quotes import Paragraph, Run

__all__ = [
    "BREAKS",
    "CUE_LETTERS",
    "HARD",
    "VERBS",
    "Context",
    "bin_of",
    "class_of",
    "is_open_class",
]

# A cue is known by its first letters: "argued", "argues" and "arguing" are one.
CUE_LETTERS = 5
# At this share of its occurrences that are cues, a word tells of the clause around it too.
_STRONG = 50
_REACH = 40

_CLASSES = {
    "DET": "the a an this these those some any every each no another all both all most several few "
    "many such certain other",
    "POSS": "his her their its my our your",
    "PRO": "he she they i we you it who",
    "OBJ": "him them me us himself herself themselves",
    "THAT": "that",
    "WH": "what which how why whether when where whose if whom",
    "TO": "to",
    "IN": "in on at by for with from of about against over under during into through between among "
    "like near toward towards within without across behind beyond amid upon via per despite",
    "SUB": "because although though while since until unless after before as than once whereas",
    "AND": "and but or nor so yet",
    "BE": "is are was were be been being am isn't aren't wasn't weren't he's she's it's they're "
    "we're i'm you're that's who's there's",
    "HAVE": "has have had having hasn't haven't hadn't we've i've they've he'd you've",
    "DO": "do does did don't doesn't didn't",
    "MOD": "will would can could may might must should shall won't wouldn't can't cannot couldn't "
    "shouldn't he'll they'll i'll we'll you'll i'd we'd",
    "NOT": "not never",
    "ADV": "also then later still again now once ever even just already often always too soon",
    "TIME": "monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow "
    "january february march april june july august september october november december",
    # Verbs whose form does not show it: they tell where a subject ends and a clause begins.
    "V": "said says say told tells tell wrote writes write thinks think thought believes believe "
    "wants want knows know knew hopes hope sees see saw comes come came goes go went makes make "
    "made takes take took gives give gave finds find found shows show argues argue insists insist "
    "calls call warns warn notes adds add claims suggests suggest became becomes become began "
    "begins got gets get keeps keep kept leaves leave left leads lead led loses lose lost means "
    "meant meets met pays pay paid puts put runs run ran reads read sent sends spent speaks spoke "
    "stands stood struck taught threw understands understand wins win won broke breaks brings "
    "bring brought builds build built bought buys caught chose chooses cut drew draws drives drove "
    "falls fell feels feel felt fights fought grew grows hears hear heard holds hold held hit hurt "
    "laid lies lives live lets let looks look loves love moves needs need offers offer opens plays "
    "play plans remains remain rose rises seems seem sought seeks seek sells sold shot shook "
    "starts start stays stay tries try turns turn uses votes wonders works asks ask answers "
    "agrees agree allows allow appears appear belongs continues continue declines denies deny "
    "describes expects expect fears follows happens helps help includes include likes opposes "
    "oppose promises proves refuses refuse represents requires require serves supports talks "
    "threatens threaten urges urge worries writes ought isn't ain't",
}
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words.split()}
_ENDINGS = {"ly": "LY", "ed": "ED", "ng": "ING", "'s": "POS"}

# Participles that, after a form of "be", report what others say of the subject; "is convinced" or
# "is worried" tell of the subject's own mind.
_TOLD_OF = words_of(
    "accused alleged announced appointed asked assumed backed believed blamed called charged "
    "cited claimed condemned confirmed considered credited criticized criticised declared "
    "deemed denied depicted described designed discussed elected estimated expected hailed "
    "interpreted known labeled meant mentioned named nominated noted perceived portrayed "
    "praised predicted presumed projected quoted recognized regarded rejected reported "
    "rumored rumoured said seen shown suggested supported supposed suspected thought "
    "told touted understood urged viewed warned"
)

HARD = frozenset({",", ";", ":", "-", "--", '"', "''", "("})
BREAKS = HARD | {"AND", "SUB", "WH", "IN", "TO", "THAT"}
VERBS = frozenset({"BE", "HAVE", "DO", "MOD", "ED", "V"})
_AUXILIARIES = frozenset({"BE", "HAVE", "DO", "MOD", "NOT", "ADV", "LY", "TO"})


def class_of(form: str, word: str) -> str:
    """What a word does in a clause, as its form or a list tells; a mark is its own class."""
    known = _CLASS_OF.get(word)
    if known is not None:
        return known
    if not form[0].isalpha():
        return "NUM" if form[0].isdigit() else word
    ending = _ENDINGS.get(word[-2:])
    if form[0].isupper():
        return ending if ending == "POS" else "CAP"
    if ending is not None and (ending != "ING" or word.endswith("ing")):
        return ending
    return "S" if word.endswith("s") else "w"


def is_open_class(form: str) -> bool:
    """Whether a word is a verb or noun that may be a cue, not a name nor one that has grammar."""
    return class_of(form, form.lower()) in {"V", "ED", "ING", "S", "w", ":"}


def bin_of(n: int) -> str:
    """A length, the longer the coarser."""
    return str(n) if n < 5 else "5" if n < 8 else "8" if n < 13 else "13" if n < 21 else "21"


class Context:
    """A paragraph with the classes of its words, and the words of it that may be cues.

    Attributes
    ----------
    paragraph : Paragraph
    classes : list of str
    cues : list of int; numbers of the words that may be cues, ascending
    """

    def __init__(self, paragraph: Paragraph, rates: Mapping[str, int]) -> None:
        self.paragraph = paragraph
        words = paragraph.words
        self.classes = [
            class_of(form, word) for form, word in zip(paragraph.forms, words, strict=True)
        ]
        keys = [word[:CUE_LETTERS] for word in words]
        self.cues = [place for place, key in enumerate(keys) if key in rates]
        self._strong = [place for place in self.cues if rates[keys[place]] >= _STRONG]
        self._keys = keys

    def word(self, place: int, clause: Run) -> str:
        """The word, or what shows that the clause ends before it."""
        if clause[0] <= place < clause[1]:
            return self.paragraph.words[place]
        return "^" if place < clause[0] else "$"

    def name(self, place: int, clause: Run) -> str:
        """The class of the word."""
        if clause[0] <= place < clause[1]:
            return self.classes[place]
        return "^" if place < clause[0] else "$"

    def chain_start(self, cue: int, clause: Run) -> int:
        """Where the auxiliaries and adverbs before a cue begin."""
        place, least = cue, max(clause[0], cue - 6)
        while place > least and self.classes[place - 1] in _AUXILIARIES:
            place -= 1
        return place

    def is_passive(self, cue: int, clause: Run) -> bool:
        """Whether a form of "be" stands right before the cue or opens its auxiliaries."""
        start = self.chain_start(cue, clause)
        return "BE" in (self.name(cue - 1, clause), self.name(start, clause))

    def is_told_of(self, cue: int, clause: Run) -> bool:
        """Whether the cue is a passive of which the subject is not who speaks."""
        place = cue - 1
        while place > clause[0] and self.classes[place] in ("ADV", "LY", "NOT"):
            place -= 1
        # "He's said" is "he has said".
        is_passive = self.name(place, clause) == "BE" and "'s" not in self.paragraph.words[place]
        return is_passive and self.paragraph.words[cue] in _TOLD_OF

    def cue_features(self, cue: int, clause: Run) -> list[str]:
        """Names of what holds of the word as a cue."""
        p, word, name = self.paragraph, self.word, self.name
        w, m = p.words[cue], self._keys[cue]
        w1, w2, n1, n2 = (word(cue + step, clause) for step in (-1, -2, 1, 2))
        c3, c2, c1, d1, d2, d3 = (name(cue + step, clause) for step in (-3, -2, -1, 1, 2, 3))
        chain = self.chain_start(cue, clause)
        k1, k2, kw = name(chain - 1, clause), name(chain - 2, clause), word(chain - 1, clause)
        is_quoted = p.inside[cue] >= 0
        ending = w[-3:] if len(w) > 4 else w
        return [
            "b",
            f"w {w}",
            f"w- {w} {c1}",
            f"w+ {w} {d1}",
            f"m {m}",
            f"m- {m} {c1}",
            f"m+ {m} {d1}",
            f"m-- {m} {c2} {c1}",
            f"m++ {m} {d1} {d2}",
            f"mw- {m} {w1}",
            f"mw+ {m} {n1}",
            f"mk {m} {k1}",
            f"mq {m} {is_quoted:d}",
            f"w-1 {w1}",
            f"w+1 {n1}",
            f"w-2 {w2}",
            f"w+2 {n2}",
            f"c {c1} {d1}",
            f"c-- {c2} {c1}",
            f"c++ {d1} {d2}",
            f"c--- {c3} {c2} {c1}",
            f"c+++ {d1} {d2} {d3}",
            f"e- {ending} {c1}",
            f"e+ {ending} {d1}",
            f"ek {ending} {k1}",
            f"ekk {ending} {k2} {k1}",
            f"ekw {ending} {kw}",
            f"eq {ending} {is_quoted:d}",
            f"k {k1} {cue - chain} {c1}",
            f"up {ending} {p.forms[cue][0].isupper():d}",
            f"pos {bin_of(cue - clause[0])} {self.classes[clause[0]]}",
            f"end {bin_of(clause[1] - cue)}",
            f"sq {p.inside[clause[0]] >= 0:d}{p.inside[clause[1] - 1] >= 0:d}{is_quoted:d}",
            *self._neighbours(cue, clause, c1),
        ]

    def _neighbours(self, cue: int, clause: Run, before: str) -> Iterator[str]:
        """What other strong cues of the clause tell of this one."""
        first, last = max(clause[0], cue - _REACH), min(clause[1], cue + _REACH)
        left = self.strong_cues(first, cue)[::-1]
        right = self.strong_cues(cue + 1, last)
        key = self._keys[cue]
        lw, rw = (self._keys[side[0]] if side else "" for side in (left, right))
        yield f"nl {lw}"
        yield f"nr {rw}"
        yield f"nlc {lw} {before}"
        yield f"nld {bin_of(cue - left[0]) if left else ''}"
        yield f"nrd {bin_of(right[0] - cue) if right else ''}"
        yield f"nn {min(len(left), 3)} {min(len(right), 3)}"
        yield f"nm {key} {bool(left):d}{bool(right):d}"
        inside = self.paragraph.inside
        yield f"nq {bool(left) and inside[left[0]] == inside[cue]:d}"

    def strong_cues(self, first: int, last: int) -> list[int]:
        """Words from ``first`` up to ``last`` that nearly always are cues."""
        low = bisect_left(self._strong, first)
        return self._strong[low : bisect_left(self._strong, last, low)]
