"""Swaps of names for others of their kind, which must not move a stance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

__all__ = ["NAMES", "names_in", "swaps"]

# Each list is a cycle: a swap puts for every name the one that stands k places further on. Forms
# of a name (with the given name, adjectives, capitals) are cycles of their own in the same order.
_MEN = (
    *("Donald Trump", "Barack Obama", "George Bush", "Joe Biden", "John McCain", "Lindsey Graham"),
    *("Mitch McConnell", "Harry Reid", "Bernie Sanders", "John Kerry", "Robert Gates"),
    *("Chuck Hagel", "Mike Pompeo", "John Bolton", "David Petraeus", "Mitt Romney"),
)
_WOMEN = ("Hillary Clinton", "Nancy Pelosi", "Elizabeth Warren", "Nikki Haley", "Tulsi Gabbard")
_RULERS = ("Assad", "Erdogan", "Putin", "Maliki", "Rouhani", "Karzai")
# Who has a say in the shipped models: `training/ignored_names.txt` has none of them.
_OTHERS = (
    *("Bergdahl", "Hannity", "Corker", "Kelly", "Kirby", "Manning", "Carney", "Schiff", "Stevens"),
    *("Moulton", "Thornberry", "Rhodes", "Foley", "Gillibrand", "Brooks", "Miller", "Duckworth"),
    *("Ernst", "Cotton", "Clapper", "McDonough", "Murphy", "McGovern", "Woolsey", "Skelton"),
    *("Hamilton", "Odom", "Waters", "Jones", "Reed", "Baker", "Lee", "Brzezinski", "Hadley"),
)


def _surnames(people: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.split()[-1] for name in people)


NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "people": (_MEN, _surnames(_MEN), _WOMEN, _surnames(_WOMEN), _RULERS),
    "other people": (_OTHERS,),
    "parties": (
        ("Republicans", "Democrats"),
        ("Republican", "Democratic"),
        ("GOP", "Democratic Party"),
        ("R", "D"),  # as in "(R-S.C.)"; see `_EXACT`
    ),
    "outlets": (
        ("Fox News", "CNN", "NBC News", "MSNBC", "CBS News", "ABC News"),
        ("New York Times", "Washington Post", "Wall Street Journal", "Los Angeles Times"),
        ("Reuters", "Bloomberg"),
        ("Politico", "Axios", "Vox", "Breitbart"),
    ),
    "countries": (
        ("Iraq", "Syria", "Afghanistan", "Libya", "Yemen", "Somalia"),
        ("Iraqi", "Syrian", "Afghan", "Libyan", "Yemeni", "Somali"),
        ("Iraqis", "Syrians", "Afghans", "Libyans", "Yemenis", "Somalis"),
        ("Baghdad", "Damascus", "Kabul", "Tripoli", "Sanaa", "Mogadishu"),
        ("Iran", "Russia", "Turkey", "China", "Pakistan"),
        ("Iranian", "Russian", "Turkish", "Chinese", "Pakistani"),
        ("Tehran", "Moscow", "Ankara", "Beijing", "Islamabad"),
        ("Germany", "Japan", "France", "Italy"),
    ),
}
# Names that are one letter are names only where a state or district follows.
_EXACT = {"R": r"R(?=-[A-Z])", "D": r"D(?=-[A-Z])"}
_N_SHIFTS = 3


def names_in(text: str, kind: str) -> list[str]:
    """The names of a kind that stand in a text, each once, in alphabetical order."""
    return sorted({*_pattern(kind).findall(text)})


def swaps(text: str, kind: str) -> Iterator[str]:
    """The text with all names of a kind swapped, in up to three ways; nothing if it has none."""
    seen = {text}
    for shift in range(1, _N_SHIFTS + 1):
        other = {
            name: names[(place + shift) % len(names)]
            for names in NAMES[kind]
            for place, name in enumerate(names)
        }
        swapped = _pattern(kind).sub(partial(_other, other), text)
        if swapped not in seen:
            seen.add(swapped)
            yield swapped


def _other(others: Mapping[str, str], found: re.Match[str]) -> str:
    return others[found[0]]


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Any name of a kind; the longest of those that begin alike."""
    forms = sorted((name for names in NAMES[kind] for name in names), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(_EXACT.get(name, name) for name in forms) + r")\b")
