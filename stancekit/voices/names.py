"""Names of people in a text, and the words that show what a name is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

__all__ = [
    "COURTESY",
    "ROLE",
    "TITLES",
    "bare_name",
    "gender_of",
    "gender_of_role",
    "may_describe",
    "names_in",
    "office_of",
    "words_of",
]


_Placed = tuple[int, int, str]


def words_of(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


# The pronoun that a title asks for, where it does.
TITLES = {
    **dict.fromkeys(
        words_of(
            "dr prof sen sens rep reps gov gen lt col maj capt sgt adm cmdr rev hon president "
            "senator representative governor general lieutenant colonel major captain sergeant "
            "admiral commander secretary minister chancellor ambassador judge justice mayor "
            "professor speaker"
        ),
        "",
    ),
    **dict.fromkeys(words_of("mr sir lord king prince sheikh congressman chairman"), "he"),
    **dict.fromkeys(words_of("mrs ms miss lady queen princess congresswoman chairwoman"), "she"),
}
# Titles that are no office.
COURTESY = words_of("mr mrs ms miss dr sir")
# What an office is also called.
_OFFICES = {
    "sen": "senator",
    "sens": "senator",
    "gov": "governor",
    "gen": "general",
    "col": "colonel",
    "lt": "lieutenant",
    "maj": "major",
    "capt": "captain",
    "sgt": "sergeant",
    "adm": "admiral",
    "cmdr": "commander",
    "prof": "professor",
    **dict.fromkeys(words_of("rep reps congressman congresswoman lawmaker"), "representative"),
    **dict.fromkeys(words_of("spokeswoman spokesperson"), "spokesman"),
    **dict.fromkeys(words_of("chairwoman chair"), "chairman"),
}
_ROLES = (
    "spokes(?:man|woman|person)|senator|representative|congress(?:man|woman)|lawmaker|governor|"
    "general|colonel|lieutenant|major|captain|sergeant|admiral|commander|president|secretary|"
    "minister|chancellor|ambassador|diplomat|envoy|adviser|advisor|aide|analyst|expert|scholar|"
    "fellow|professor|historian|economist|strategist|pollster|consultant|lawyer|attorney|judge|"
    "justice|mayor|director|chief|chair(?:man|woman)?|leader|head|founder|officer|official|"
    "veteran|soldier|manager|executive|editor|reporter|journalist|columnist|author|writer|critic|"
    "activist|organizer|candidate|legislator|member|farmer|teacher|doctor|student|"
    "researcher|scientist|king|queen|prince|princess|speaker|coordinator|counsel|negotiator|"
    "politician|businessman|businesswoman|resident|voter|supporter|widow|mother|father"
)
ROLE = re.compile(rf"\b(?:{_ROLES})s?\b", re.I)
# Names of roles and kin that tell the gender of who has them.
_HE_ROLE = re.compile(
    r"\b(?:spokesman|congressman|chairman|businessman|king|prince|father|husband|son|brother)\b",
    re.I,
)
_SHE_ROLE = re.compile(
    r"\b(?:spokeswoman|congresswoman|chairwoman|businesswoman|queen|princess|mother|widow|wife"
    r"|daughter|sister)\b",
    re.I,
)
# The commonest first names of English-language news.
_HE = words_of(
    "john james robert michael william david richard joseph thomas charles christopher daniel "
    "matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george edward "
    "ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin "
    "scott brandon benjamin samuel gregory frank raymond patrick jack dennis peter henry dan "
    "jim joe tom bill bob mike ted marco bernie barack jeb mitt chuck ben chris rick ali "
    "ahmed mohammed muhammad hassan hussein omar abdul vladimir bashar recep"
)
_SHE = words_of(
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy "
    "betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa "
    "deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda "
    "pamela emma nicole helen samantha katherine christine debra rachel carolyn janet "
    "catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren "
    "christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa "
    "ann sara madison frances kathryn janice jean alice abigail julia judy sophia grace "
    "denise amber hillary jane kate anne claire ivanka melania fatima leila aisha condoleezza"
)
_NATIONS = words_of(
    "republican democratic american british french german russian iraqi syrian iranian "
    "turkish israeli former"
)
_NOT_NAMES = _NATIONS | words_of(
    "the a an in on at by for with from of to as and but or if when while after before since "
    "this that these those it he she they we i you his her its their our my there here what "
    "who how why where which not no yes so yet still also now then once perhaps asked monday "
    "tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december republicans democrat democrats americans "
    "one two three many some most according unlike like despite under during although though "
    "because until unless even both only just meanwhile however earlier later last next instead"
)
_NOT_PEOPLE = words_of(
    "house department ministry states state street party senate congress committee university "
    "news times post journal court army navy force forces corps nations union council bank "
    "center centre institute kingdom city island airport america east west north south arabia "
    "africa europe asia korea zealand york jersey hampshire carolina dakota virginia mexico "
    "beach county valley river lake sea gulf war act agency bureau office group foundation "
    "association company corporation press parliament assembly embassy administration "
    "campaign government day week show daily college school church hill capitol square avenue "
    "road bridge ocean guard command service"
)
# A capital after one of these is a place or a body.
_PLACES = words_of("the in near across throughout at into outside inside")
# Nouns on -s that stand before another noun, where most such words are verbs.
_PLURAL = "rights|affairs|sales|news|sports|arms|relations|operations|services|communications"
# Bounds keep the time linear in texts without spaces.
_CAPITAL = r"[A-Z](?=[\w'-]{0,30}[a-z])[\w'-]{0,30}"
_NAME = re.compile(
    rf"\b(?:(?:al|el)-)?{_CAPITAL}"
    r"(?:[ \n](?:[A-Z]\.[ \n]?){0,2}(?:(?:al|bin|van|von|de|der|la|ibn)[ -]){0,2}"
    rf"{_CAPITAL}){{0,5}}"
)
_WORD = re.compile(r"\S+")
# What ends before "Defense Mark Esper" of "Secretary of Defense Mark Esper".
_OFFICE_OF = re.compile(rf"\b(?:{_ROLES}) of (?:the )?$", re.I)
_LINE = re.compile(r"^.{10,150}$", re.M)


def gender_of(first_name: str) -> str:
    """The pronoun that a common first name asks for, "" for any other."""
    name = first_name.lower()
    return "he" if name in _HE else "she" if name in _SHE else ""


def gender_of_role(role: str) -> str:
    """The pronoun that a role such as "spokeswoman" asks for, "" for any other."""
    return "he" if _HE_ROLE.search(role) else "she" if _SHE_ROLE.search(role) else ""


def office_of(word: str) -> str:
    """One name for the names of an office."""
    return _OFFICES.get(word, word)


def bare_name(name: str) -> str:
    """A name on one line, without what makes it a genitive."""
    return " ".join(name.split()).removesuffix("'s").strip("'.")


def names_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Names of people, as spans, each with the title right before it or an empty string.

    Where every word has a capital, as in some headlines, each word is given alone.
    """
    headlines = _capital_lines(text)
    for match in _NAME.finditer(text):
        words = [
            (match.start() + word.start(), match.start() + word.end(), word.group())
            for word in _WORD.finditer(match.group())
        ]
        line = bisect_right(headlines, (match.start(), len(text))) - 1
        if line >= 0 and match.start() < headlines[line][1]:
            yield from ((start, end, "") for start, end, word in words if _may_name(word))
        else:
            for part in _cut_at_genitives(words):
                yield from _name(text, part)


def _cut_at_genitives(words: list[_Placed]) -> Iterator[list[_Placed]]:
    """The words in parts: in "Iraq's Prime Minister Adel Mahdi" a genitive ends a name."""
    begin = 0
    for place, (_, _, word) in enumerate(words, start=1):
        if word.endswith("'s") or place == len(words):
            yield words[begin:place]
            begin = place


def _name(text: str, words: list[_Placed]) -> Iterator[tuple[int, int, str]]:
    """The name that these capitalised words hold, if it is one of a person."""
    title = ""
    while words and not _may_name(words[0][2]):
        title = words[0][2] if _is_title(words[0][2]) else title
        words = words[1:]
    # "State" of "Secretary of State Dan Ames" is no part of a name, nor is "Homeland Security".
    while len(words) > 2 and words[0][2].lower() in _NOT_PEOPLE:
        words = words[1:]
    if len(words) > 2 and _OFFICE_OF.search(text, max(0, words[0][0] - 40), words[0][0]):
        words = words[-3:] if words[-2][2].endswith(".") else words[-2:]
    for place, (_, _, word) in enumerate(words[:-1]):
        if ROLE.fullmatch(word.partition("-")[0]):
            title, words = "", words[place + 1 :]
            break
    while words and words[-1][2].lower() in _NOT_NAMES:
        words = words[:-1]
    if not words or any(bare_name(word).lower() in _NOT_PEOPLE for _, _, word in words):
        return
    before = text[max(0, words[0][0] - 20) : words[0][0]].split()
    if not title and before and _is_title(before[-1]):
        title = before[-1]
    if title or not before or before[-1].lower() not in _PLACES:
        yield words[0][0], words[-1][1], title


def _capital_lines(text: str) -> list[tuple[int, int]]:
    """Short lines, ended by no full stop, in which most words have a capital."""
    found = []
    for match in _LINE.finditer(text):
        words = match.group().split()
        n_capitals = sum(word.lstrip("\"'(")[:1].isupper() for word in words)
        if len(words) > 3 and n_capitals >= 0.7 * len(words) and words[-1][-1] not in '.?!"':
            found.append(match.span())
    return found


def _may_name(word: str) -> bool:
    return not _is_title(word) and word.lower() not in _NOT_NAMES


def _is_title(word: str) -> bool:
    return word.lower().rstrip(".") in TITLES and word[:1].isupper()


def may_describe(word: str) -> bool:
    """Whether a word may stand in a role before its noun: a capital, or a plain adjective."""
    lower = word.lower()
    # A full stop ends a sentence, unless it is that of "U.S.", of which the pattern has a half.
    is_end = word.endswith(".") and not re.fullmatch(r"[A-Z]\.", word)
    return (
        not is_end
        and lower not in _NOT_NAMES - _NATIONS
        and not re.fullmatch(rf"(?!(?:{_PLURAL})$)\w+(?:ed|ing|[a-rt-z]s)|[^a-z]*|to|is", lower)
    )
