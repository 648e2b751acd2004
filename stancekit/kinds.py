"""Tell headings and page furniture from the paragraphs that a classifier should read.

A paragraph taken for furniture loses its label, so a rule matches whole blocks of a fixed shape,
and a heading is looked for only in a text whose paragraphs end with a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stancekit.blocks import Block

__all__ = ["FURNITURE", "furniture_rule", "kinds_of"]

# Pieces of the rules. They see a block on one line, with straight quotes and plain hyphens.
_NAME = r"[A-ZÀ-ÞĆČŠŽ][\w.'-]*"
_FULL_NAME = rf"{_NAME}(?: (?:{_NAME}|de|del|der|van|von|bin|al|el|la)){{1,4}}"
_AGENCY = r"(?:AP|AFP|EPA|Reuters|REUTERS|Getty(?: Images)?|Associated Press|Shutterstock|Alamy)"
# Names of people and agencies, with no other word between them.
_CREDIT = (
    rf"(?:the )?{_NAME}(?:[ /,;&|()]+(?:{_NAME}|and|the|of|for|via|in|at|by|from|with|editing))*"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_SITE = r"(?:twitter|x|facebook|instagram|telegram|mastodon|bluesky|threads|linkedin|youtube)"
_SHARE = (
    r"share|tweet|pin|post|print|e-?mail|save|copy|link|whatsapp|facebook|twitter|linkedin|reddit|"
    r"flipboard|pocket|x|this|article|story|page|on|via|by|with|to|a|friends?|it|or|and"
)
_CLOCK = (
    rf"{_MONTH}|{_DAY}|first|last|published|updated|posted|modified|on|at|ago|min(?:ute)?s?|"
    r"hours?|days?|read|e[sd]?t|p[sd]?t|c[sd]t|gmt|utc|bst|cet|[ap]\.?m\.?|[-|·]|"
    r"\d(?:[\d:/.,-]*\d)?(?:st|nd|rd|th|[ap]\.?m\.?|h)?"
)
_PIECE = r"(?:report|article|story|post|piece|dispatch)"

# Each rule: the most words that a block of its kind has, and what the whole block looks like. A
# free end (".*") needs a beginning that no sentence of an argument has.
FURNITURE: dict[str, tuple[int, str]] = {
    "divider": (60, r"[-_*=~#•·.…\s]+"),
    "number": (6, r"[\d\s.,:/|#-]+"),
    "comments": (
        8,
        r"(?i:(?:\d+ )?comments?(?: are (?:now )?closed| \(\d+\))?"
        r"|(?:leave|post|add) a (?:comment|reply)"
        r"|(?:view|show|load|read)(?: all| more)?(?: \d+)? comments)\.?",
    ),
    "advertisement": (
        12,
        r"(?i:advertisements?|advert|sponsored(?: content)?"
        r"|(?:story |article )?continue[sd]? below(?: (?:this )?(?:ad|advert|advertisement))?"
        r"|continue reading(?: (?:below|the main story))?|scroll (?:down )?to continue.*)\W*",
    ),
    "share": (
        16,
        rf"(?i:(?=.*\b(?:share|tweet|print|e-?mail)\b)(?:(?:{_SHARE})\b[ ,|/.:]*)+"
        r"|listen to (?:this )?article\b.*)",
    ),
    "follow": (
        25,
        rf"(?i:(?:follow|like) (?:[^.!?]{{1,80}} )?on {_SITE}(?:[ :,|]+@\w+| and {_SITE})?\.?"
        r"|(?:follow|contact) (?:me|him|her|them|us|the (?:author|writer|reporter))? ?(?:at|:)? ?"
        r"\S*@\S+"
        r"|.{1,60} (?:can be reached|is (?:on twitter|reachable)) at \S*(?:@|\d{3}).*)",
    ),
    "newsletter": (
        80,
        r"(?i:(?:sign up|subscribe|register)(?: now| today| here)?[.!]?"
        r"|(?:sign up|subscribe)\b[^.!?]{0,60} (?:for|to|and get) .*\b(?:newsletters?|e-?mails?"
        r"|alerts?|updates?|podcasts?|briefing|digest|channel|feed|magazine)\b.*"
        r"|sign up to receive\b.*|.*\bnewsletter sign up\b.*|.*\bby signing up,? you agree\b.*"
        r"|(?:get|receive) .{0,80}\b(?:in|to) your inbox\b.*|enter your e-?mail address\b.*"
        r"|thank you for (?:subscribing|signing up)\b.*|manage newsletters)",
    ),
    "app": (
        20,
        r"(?i:click (?:here )?(?:to|for)\b.*|click here\W*"
        r"|(?:download|get) (?:the|our) [^.]{0,40}\bapp\b[^.]{0,60}\.?)",
    ),
    "related": (
        40,
        r"(?i:\(?(?:related(?: \w+)?|(?:see|read|watch) also|also (?:see|read)|read (?:more|next)"
        r"|read more (?:on|about|from|at) [^.!?:]{1,50}|most (?:read|popular)|up next"
        r"|what to read next|full coverage|further reading)(?::.*)?\)?"
        r"|(?:more(?: (?:on|from) [^.!?:]{1,50})?|recommended(?: for you)?|don't miss|must[ -]read"
        r"|trending(?: now)?)(?::(?!.*[.!?][\"']?$).*|\.\.\.)?"
        r"|read more (?:here|(?:on|about|from|at) [^:]{1,60}))|[^.]{3,160} Read [Mm]ore\W*",
    ),
    "tags": (30, r"(?i:(?:tags?|topics?|keywords|filed under|categor(?:y|ies)): ?[^.!?]*)"),
    "copyright": (
        60,
        r"(?i:(?:copyright )?(?:©|\(c\))[^\w]*\d{4}\b.*|(?:copyright )?© .*"
        r"|copyright (?:\(c\)|\d{4}).*|.*\ball rights reserved\b.*"
        r"|this material may not be published\b.*"
        r"|content created by .* is available without charge\b.*)",
    ),
    "video": (
        60,
        r"(?:JUST|MUST) WATCH(?:ED)?\b.*|.*\bReplay More Videos\b.*"
        r"|(?i:(?:video|in pictures|photos|gallery|slideshow): ?\S+(?: \S+){0,20}"
        r"|watch(?: live| now)?:(?!.*[.!?][\"']?$) ?\S+(?: \S+){0,20}"
        r"|media playback is (?:un|not )?supported\b.*)",
    ),
    "caption": (
        90,
        r"Image (?:copyright|source|caption)\b.*|FILE(?: PHOTO)? ?[-:].*"
        r"|(?i:(?:photo(?:graph)?|photo credit|image credit|caption)s?(?: by| courtesy)? ?:"
        r" ?\S+(?: \S+){0,30}|file photo\b.{0,80})"
        r"|(?i:(?:image|picture|credit)s?:|photo(?:graph)?s? (?:by|courtesy(?: of)?))"
        rf" {_CREDIT}\.?",
    ),
    "credit": (
        90,
        rf".*(?:\((?:[^()]*[ /])?{_AGENCY} Photo\b[^()]*\)|\((?:Photo|Image|File|Pool)[: ][^()]*\)"
        rf"|\([^()]*/ ?{_AGENCY}[^()]*\)|\[[^\[\]]*/ ?{_AGENCY}[^\[\]]*\]|\[File:[^\[\]]*\]"
        rf"|\b{_FULL_NAME} ?/ ?{_AGENCY}(?: Photo)?|\bREUTERS/[A-Z][\w .'-]{{1,40}}"
        rf"|\bGetty Images|\bSource: {_AGENCY}\b[\w /,]*)\W*"
        rf"|.* \| {_FULL_NAME}/{_AGENCY}\b.*",
    ),
    "byline": (
        18,
        rf"(?:(?i:analysis|report|written|posted|story|opinion) )?(?i:by) {_FULL_NAME}"
        rf"(?:(?:,| and| &| \|| for| of| in| at|;| -)+ {_NAME}(?: {_NAME})*)*",
    ),
    "outlet": (
        8,
        r"USA TODAY|(?:The )?Associated Press|AP|AFP|Reuters|REUTERS|CNN|BBC(?: News)?|Fox News"
        r"|Bloomberg(?: News)?|NPR|POLITICO|The (?:[A-Z]\w+ ){1,3}(?:Times|Post|Journal|Herald)"
        r"|(?i:(?:staff|opinion|guest) (?:writer|columnist|contributor|reporter|correspondent)"
        r"|opinion|editorial|commentary|letters? to the editor)",
    ),
    "date": (14, rf"(?i:(?=.*\d)(?:(?:{_CLOCK})[,:|]?(?: |$))+)"),
    "dateline": (8, rf"[A-Z][A-Z .'-]+(?:, {_NAME}(?: {_NAME})*)?(?: \({_AGENCY}\))? -+"),
    "contributor": (
        60,
        r".*(?:\b[A-Z]\S*|\b(?:also|staff|writers?|reporters?|correspondents?)) contributed"
        rf"(?: reporting)? to this {_PIECE}\b(?! of\b).{{0,80}}"
        rf"|(?:.*\breported from .* )?{_AGENCY} (?:writer|reporter|correspondent|journalist)s?\b"
        rf".*\bcontributed(?: from {_CREDIT})?\W*"
        rf"|(?!The |A |He |She |We |I |They )(?:{_NAME},? |and )+reported from {_CREDIT}\W*"
        r"|\(?(?i:(?:with )?(?:additional )?(?:reporting|writing|editing|assistance|files)"
        rf" (?:by|from)) {_CREDIT}\W*",
    ),
    "tip": (
        30,
        r"(?i:(?:e-?mail|send)(?: us)?(?: your)? (?:tips?|comments|feedback|corrections)"
        r"(?: .*\S@\S.*|\W*)|(?:do you )?have a (?:news )?tip\?.*|got a tip\?.*"
        r"|(?:e-?mail|contact):? \S+@\S+|\S+@\S+\.\w+)",
    ),
    "notice": (
        60,
        r"(?i:editor'?s'? note\b.*"
        r"|(?:the )?(?:views|opinions)\b.* expressed\b.* (?:those of the (?:authors?|writers?)"
        r"|(?:the author's|his|her|their) own|do not necessarily (?:reflect|represent))\b.*"
        rf"|this {_PIECE} (?:has been|was) (?:updated|corrected|amended"
        r"|(?:originally|first) published|produced in (?:partnership|collaboration) with)\b.*"
        rf"|this {_PIECE} is more than \d+ \w+ old"
        rf"|a version of this {_PIECE} (?:first )?appear\w*\b.*"
        r"|this is a (?:breaking|developing) (?:news )?story\b.*|this site is protected by\b.*"
        r"|privacy policy|terms of (?:use|service)|cookie policy|contact us|about us|log in|sign in"
        r"|skip to (?:main )?content|back to top|menu|loading|close"
        r"|(?:show|hide) (?:more|less|caption))\W*",
    ),
}
_MOST_WORDS = max(words for words, _ in FURNITURE.values())
_RULES = [(rule, words, re.compile(pattern)) for rule, (words, pattern) in FURNITURE.items()]
_LEADING_MARK = re.compile(r"\A[-*•·|>»\s]+(?=[^\W_])")

_ENDED = re.compile(r"[.!?…][\"')\]]*$")
# A heading holds no sentence and more, and is no message of somebody: "We must leave. - A (@a)".
_HOLDS_SENTENCE = re.compile(
    r"\b(?!(?:Gen|Col|Maj|Capt|Adm|Sen|Rep|Gov|Pres|Prof|Inc|Sgt|[Ss]t|[Vv]s|[Nn]o)\b)"
    r"[^\W\d_]{2,}[.!?…][\"')\]]* +[^\W\d_]|\(@\w+\)"
)
_QUOTED_END = re.compile(r"(?:^|\s)'[^']+'$")
_FULL_STOP = re.compile(r"(?<!\.[A-Z])[.!]$")
_OPEN_END = re.compile(r"[;,:\"-]$")
_WH_QUESTION = re.compile(r"(?:\(?\d{1,2}[.)] )|(?:what|who|why|how|when|where|which)\b", re.I)
# In a heading that asks, a third person and a name; "Why are we still there?" is an argument.
_IN_PERSON = re.compile(r"\b(?:we|our|ours|I|you|your|they|it|this|that|there|these|those)\b")
_PROPER_NAME = re.compile(r"(?<=\s)[A-Z]")
_PERSON = re.compile(_FULL_NAME)

_TITLE_WORDS = 25
_STANDFIRST_WORDS = 35
_HEADING_WORDS = 16
# "What the senator said:" heads a section; a longer line before a colon says something itself.
_COLON_WORDS = 4
_QUESTION_WORDS = 12
_CAPITALS_WORDS = 30


def furniture_rule(text: str) -> str | None:
    """The name of the first rule of `FURNITURE` that a block of even text meets, or None."""
    n_words = len(text.split(None, _MOST_WORDS))
    if n_words > _MOST_WORDS or len(text) > 20 * _MOST_WORDS:
        return None
    words = _LEADING_MARK.sub("", text)
    for rule, most_words, pattern in _RULES:
        if n_words <= most_words and pattern.fullmatch(words):
            return rule
    return None


def kinds_of(blocks: Sequence[Block]) -> list[str]:
    """The kind of each block of an article: "paragraph", "heading" or "furniture".

    Where the markup names headings, only those are headings. Elsewhere the title, the standfirst
    and the headings of sections are found by their place and their shape.
    """
    kinds = [_kind_alone(block) for block in blocks]
    _mark_links(blocks, kinds)
    if not any(block.role == "heading" for block in blocks) and _is_prose(blocks, kinds):
        _mark_opening(blocks, kinds)
        _mark_sections(blocks, kinds)
    return kinds


def _kind_alone(block: Block) -> str:
    if block.role == "furniture":
        return "furniture"
    # A line of dashes below a long paragraph of Markdown makes it a heading, which nobody meant.
    if block.role == "heading" and block.text.count(" ") < _STANDFIRST_WORDS:
        return "heading"
    if block.role == "table":
        return "paragraph" if len(re.findall(r"[^\W\d_]{2,}", block.text)) > 4 else "furniture"
    return "furniture" if furniture_rule(block.text) else "paragraph"


def _mark_links(blocks: Sequence[Block], kinds: list[str]) -> None:
    """Titles of other articles below a line such as "Read more from us:"."""
    in_links = False
    for place, block in enumerate(blocks):
        if kinds[place] == "furniture":
            in_links = block.text.endswith(":") and len(block.text) > len("More:")
        else:
            in_links = in_links and not _ENDED.search(block.text)
            if in_links:
                kinds[place] = "furniture"


def _is_prose(blocks: Sequence[Block], kinds: list[str]) -> bool:
    """Whether paragraphs end with a full stop, so that a line without one stands out."""
    paragraphs = [b.text for b, kind in zip(blocks, kinds, strict=True) if kind == "paragraph"]
    long = [text for text in paragraphs if text.count(" ") >= _HEADING_WORDS]
    ended = sum(bool(_ENDED.search(text)) for text in long)
    if not long:
        return any(text.count(" ") >= 5 and _ENDED.search(text) for text in paragraphs)
    return ended >= 0.5 * len(long)


def _mark_opening(blocks: Sequence[Block], kinds: list[str]) -> None:
    """Title, standfirst and the names of authors, up to the first paragraph."""
    paragraphs = [place for place, kind in enumerate(kinds) if kind == "paragraph"]
    if len(paragraphs) < 2 or not _is_title(blocks[paragraphs[0]]):
        return
    kinds[paragraphs[0]] = "heading"
    for place in paragraphs[1:]:
        text = blocks[place].text
        if blocks[place].role != "text" or not _is_open(text):
            return
        if _PERSON.fullmatch(text):
            kinds[place] = "furniture"
        elif text.count(" ") < _STANDFIRST_WORDS and place != paragraphs[-1]:
            kinds[place] = "heading"
        else:
            return


def _is_title(block: Block) -> bool:
    text = block.text
    is_question = text.endswith("?") and text.count(" ") >= 4
    is_open = not _ENDED.search(text) and text[-1] not in ";,:"
    is_short = text.count(" ") < _TITLE_WORDS and not _HOLDS_SENTENCE.search(text)
    return block.role == "text" and is_short and (is_open or is_question)


def _is_open(text: str) -> bool:
    """Whether a line does not end as a sentence does, nor holds one."""
    return not (_ENDED.search(text) or _OPEN_END.search(text) or _HOLDS_SENTENCE.search(text))


def _mark_sections(blocks: Sequence[Block], kinds: list[str]) -> None:
    """Headings within the article; each has a paragraph below it."""
    open_places = [place for place, kind in enumerate(kinds) if kind == "paragraph"]
    last = max((p for p in open_places if _ENDED.search(blocks[p].text)), default=-1)
    in_capitals = [place for place in open_places if _is_in_capitals(blocks[place].text)]
    # Where all is in capitals, as in old wire copy, they set nothing apart.
    headings = in_capitals if 3 * len(in_capitals) < len(open_places) else []
    headings += [p for p in open_places if p < last and _is_section(blocks, p)]
    questions = [p for p in open_places if p < last and _is_question(blocks, p)]
    # One question alone may be the author's own.
    if headings or len(questions) > 1:
        headings += questions
    for place in headings:
        kinds[place] = "heading"


def _is_section(blocks: Sequence[Block], place: int) -> bool:
    text = blocks[place].text
    if text.count(" ") >= _HEADING_WORDS or not _stands_alone(blocks, place):
        return False
    if text.endswith(":"):
        return text.count(" ") < _COLON_WORDS
    if text.endswith("'") and not _QUOTED_END.search(text):
        return False
    return (text[0].isupper() or text[0].isdigit() or text[0] in "'\"(") and _is_open(text)


def _is_question(blocks: Sequence[Block], place: int) -> bool:
    text = blocks[place].text
    return (text.endswith("?") or bool(re.search(r" - and \w+\?$", text))) and (
        text.count(" ") < _QUESTION_WORDS
        and _stands_alone(blocks, place)
        and bool(_WH_QUESTION.match(text))
        and bool(_PROPER_NAME.search(text))
        and not _IN_PERSON.search(text)
    )


def _stands_alone(blocks: Sequence[Block], place: int) -> bool:
    """Whether a block is text or, as headings with numbers are, no entry of a list."""
    if blocks[place].role != "numbered":
        return blocks[place].role == "text"
    around = blocks[max(0, place - 1) : place + 2]
    return sum(block.role == "numbered" for block in around) == 1


def _is_in_capitals(text: str) -> bool:
    """Whether a line is a teaser in capitals, such as news sites put between paragraphs."""
    letters = sum(map(str.isalpha, text))
    capitals = sum(map(str.isupper, text))
    return (
        letters > 5
        and capitals >= 0.9 * letters
        and text.count(" ") < _CAPITALS_WORDS
        and not _FULL_STOP.search(text)
    )
