"""Articles are read from files, and parted into passages whose offsets are exact."""

from __future__ import annotations

import contextlib
import io
import re
import textwrap
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stancekit import Article, DataError, InputError, Passage, read_article, split_passages
from stancekit.article import EncodingError, NotTextError

QUICK = settings(derandomize=True, deadline=None, max_examples=150)
MARKUPS = ("plain", "markdown")

TITLE = "Parliament weighs the future of the northern mission"
BYLINE = "By Jane Doe and John Roe"
OPENING = (
    "Lawmakers met on Tuesday to debate whether the foreign soldiers in the north - some 4,000 of "
    "them - should leave by the end of the year, as the government's plan says."
)
FOR_LEAVING = (
    '"Every month that they stay costs us lives and money," said the leader of the opposition. '
    '"It isn\'t our war, and we should bring them home."'
)
SECTION = "The case for staying"
FOR_STAYING = (
    "The minister of defence called a well-planned mission the only thing that holds the militias "
    "back. If the soldiers go, she said, the towns along the border will fall within weeks."
)
CLOSING = "The house will vote on Friday."
ARTICLE = "\n\n".join(
    (
        *(TITLE, BYLINE, OPENING, FOR_LEAVING, "Advertisement", SECTION, FOR_STAYING, CLOSING),
        *("Share this article", "Comments are closed."),
    )
)

VARIANTS: dict[str, Callable[[str], str]] = {
    "curly quotes": lambda text: text.translate({ord('"'): "”", ord("'"): "’"}),
    "low and angle quotes": lambda text: text.translate({ord('"'): "„", ord("'"): "‹"}),
    "en dashes": lambda text: text.replace("-", "–"),
    "em dashes": lambda text: text.replace("-", "—"),
    "minus signs": lambda text: text.replace("-", "−"),
    "hyphens that do not break": lambda text: text.replace("-", "‑"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "spaces that do not break": lambda text: text.replace(" ", "\u00a0"),
    "narrow spaces": lambda text: text.replace(" ", "\u202f"),
    "soft hyphens": lambda text: re.sub(r"(\w{3})(?=\w{3})", "\\1\u00ad", text),
    "zero-width spaces": lambda text: re.sub(r"(\w{3})(?=\w{3})", "\\1\u200b", text),
}

# Strings at random hold little that a reader of articles acts on; these pieces are full of it.
PIECES = st.sampled_from(
    (
        *("\n", "\n\n", "\r\n", "\r", "\f", "\u2028", "\x00", "\x1b", "\ud800", "\udfff", "\x85"),
        *(" ", "    ", "\t", "\u00a0", "\u3000", "\x1c", "\u00ad", "\u200b", "\u034f", "\ufeff"),
        *("We should leave. ", "Gen. Smith said ", "why", "I.", "é", "İ", "عربي", "中文。", "🇮🇶"),
        *("# ", "## ", "===", "---\n", "> ", "- ", "* ", "1. ", "12) ", "|", "|-|-|\n", "```\n"),
        *("**", "_", "`", "[a](b c)", "[a][b]", "[a]: b\n", "![", "<b>", "</p>", "<!--", "&amp;"),
        *("title: x\n", "Advertisement", "By Jane Doe", "Read more:", "WHAT COMES NEXT", "© 2021 "),
        *"\"'“”’«—–-…….!?:;,()]\\",
    )
)
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.lists(PIECES, max_size=40).map(
    "".join
)


def visible(text: str) -> str:
    """The text without soft hyphens, joiners and other characters that take no room."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and c != "\u034f")


def kinds_and_texts(passages: list[Passage]) -> list[tuple[str, str]]:
    return [(passage.kind, passage.text) for passage in passages]


def paragraphs_of(text: str, **settings: object) -> list[str]:
    return [p.text for p in split_passages(text, **settings) if p.kind == "paragraph"]  # type: ignore[arg-type]


def test_article_is_parted_into_headings_furniture_and_paragraphs() -> None:
    assert kinds_and_texts(split_passages(ARTICLE)) == [
        ("heading", TITLE),
        ("furniture", BYLINE),
        ("paragraph", OPENING),
        ("paragraph", FOR_LEAVING),
        ("furniture", "Advertisement"),
        ("heading", SECTION),
        ("paragraph", FOR_STAYING),
        ("paragraph", CLOSING),
        ("furniture", "Share this article"),
        ("furniture", "Comments are closed."),
    ]


@pytest.mark.parametrize("markup", MARKUPS)
@given(text=ANY_TEXT, max_words=st.integers(1, 12))
@example(text="a\u00ad\n\u00ad\nb", max_words=1)
@example(text="\ufeff\ud800\x00", max_words=1)
@example(text="- a\n" + "  - b\n    - c\n" * 3, max_words=2)
@example(text="> " * 30 + "deep", max_words=12)
@QUICK
def test_offsets_are_exact_ordered_and_apart_in_any_string(
    markup: str, text: str, max_words: int
) -> None:
    passages = split_passages(text, markup=markup, max_words=max_words)
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.text
        assert passage.text == passage.text.strip()
        assert len(visible(passage.text).split()) <= max_words
        assert passage.kind in {"paragraph", "heading", "furniture"}
    assert all(one.end <= next_.start for one, next_ in pairwise(passages))


@given(text=ANY_TEXT)
@QUICK
def test_no_visible_character_of_a_plain_text_is_lost(text: str) -> None:
    found = {
        place for passage in split_passages(text) for place in range(passage.start, passage.end)
    }
    assert {place for place, letter in enumerate(text) if visible(letter).strip()} <= found


@given(text=ANY_TEXT)
@QUICK
def test_no_letter_of_a_markdown_text_is_lost(text: str) -> None:
    passages = split_passages(text, markup="markdown")
    found = {place for passage in passages for place in range(passage.start, passage.end)}
    # "a." and "1." before list items are marks.
    assert {place for place, letter in enumerate(text) if letter.isalpha()} <= found


@given(text=ANY_TEXT)
@QUICK
def test_parting_does_not_depend_on_line_ends_or_a_byte_order_mark(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for markup in MARKUPS:
        passages = split_passages(text, markup=markup)
        crlf = split_passages("\ufeff" + text.replace("\n", "\r\n"), markup=markup)
        assert kinds_and_texts(passages) == [
            (passage.kind, passage.text.replace("\r\n", "\n")) for passage in crlf
        ]


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("vary", VARIANTS.values(), ids=VARIANTS)
def test_typography_does_not_change_the_passages(vary: Callable[[str], str], markup: str) -> None:
    wrapped = "\n\n".join(textwrap.fill(part, 72) for part in ARTICLE.split("\n\n"))
    for article in (ARTICLE, wrapped):
        expected = [
            (kind, vary(text))
            for kind, text in kinds_and_texts(split_passages(article, markup=markup))
        ]
        assert kinds_and_texts(split_passages(vary(article), markup=markup)) == expected


def test_byte_order_mark_does_not_change_the_passages() -> None:
    assert kinds_and_texts(split_passages("\ufeff" + ARTICLE)) == kinds_and_texts(
        split_passages(ARTICLE)
    )


def test_wrapped_lines_are_joined_to_paragraphs() -> None:
    wrapped = "\n\n".join(textwrap.fill(part, 72) for part in ARTICLE.split("\n\n"))
    assert wrapped != ARTICLE
    assert [
        (kind, " ".join(text.split())) for kind, text in kinds_and_texts(split_passages(wrapped))
    ] == kinds_and_texts(split_passages(ARTICLE))


def test_wrapped_lines_are_joined_where_an_indent_begins_a_paragraph() -> None:
    parts = [OPENING, FOR_LEAVING, FOR_STAYING]
    wrapped = "\n".join(textwrap.fill(part, 72, initial_indent="    ") for part in parts)
    assert [" ".join(text.split()) for text in paragraphs_of(wrapped)] == parts


def test_each_line_is_a_paragraph_where_lines_are_long() -> None:
    assert paragraphs_of(f"{OPENING}\n{FOR_LEAVING}\n{FOR_STAYING}") == [
        OPENING,
        FOR_LEAVING,
        FOR_STAYING,
    ]


def test_lines_of_spaces_part_paragraphs() -> None:
    assert paragraphs_of(f"{OPENING}\n \t\u00a0\n{FOR_STAYING}") == [OPENING, FOR_STAYING]


def test_article_may_end_without_a_line_end() -> None:
    assert kinds_and_texts(split_passages(ARTICLE + "\n\n\n")) == kinds_and_texts(
        split_passages(ARTICLE)
    )


def test_long_paragraph_is_cut_at_sentence_ends() -> None:
    sentence = (
        "Gen. Smith told the U.S. envoy on Jan. 5 that some 2.5 million people need the base."
    )
    paragraph = " ".join([sentence] * 60)
    passages = split_passages(paragraph)
    assert all(len(passage.text.split()) <= 170 for passage in passages)
    assert all(passage.text.startswith("Gen. Smith") for passage in passages)
    assert " ".join(passage.text for passage in passages) == paragraph
    # No short remainder: passages are of about the same length.
    assert min(len(p.text.split()) for p in passages) > 100


def test_closing_quote_stays_with_its_sentence() -> None:
    paragraph = " ".join(['"We must leave the valley now." (So she said.)'] * 10)
    for text in paragraphs_of(paragraph, max_words=12):
        assert text.startswith(('"', "("))
        assert text.endswith(('"', ")"))


def test_paragraph_of_exactly_the_most_words_is_not_cut() -> None:
    paragraph = "word " * 169 + "end."
    assert paragraphs_of(paragraph) == [paragraph]
    assert len(split_passages("One " + paragraph)) == 2


def test_endless_sentence_is_cut_at_commas_and_then_between_words() -> None:
    clause = "the soldiers who hold the road to the north are tired,"
    texts = paragraphs_of(" ".join([clause] * 40))
    assert all(len(text.split()) <= 170 and text.endswith(",") for text in texts)
    assert [len(text.split()) for text in paragraphs_of("word " * 400)] == [133, 133, 134]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "\u00ad\u200b\u00a0"])
def test_text_without_a_visible_character_has_no_passages(text: str) -> None:
    assert split_passages(text) == []
    assert split_passages(text, markup="markdown") == []


@pytest.mark.parametrize(
    "text",
    [
        "Troops",
        "Bring them home",
        CLOSING,
        "القوات الأجنبية يجب أن تغادر البلاد.",
        "军队应该留下。",
    ],
)
def test_single_line_is_a_paragraph(text: str) -> None:
    assert kinds_and_texts(split_passages(text)) == [("paragraph", text)]


def test_lines_without_full_stops_stay_paragraphs() -> None:
    lines = ["Bring our soldiers home now", "End this war", "No more money for the generals"]
    assert paragraphs_of("\n\n".join(lines)) == lines


@pytest.mark.parametrize("markup", MARKUPS)
def test_line_of_ten_megabytes_is_read_whole(markup: str) -> None:
    line = "We should leave the valley before winter, said the mayor. " * 180_000
    passages = split_passages(line, markup=markup)
    assert sum(len(passage.text) + 1 for passage in passages) == len(line)


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize(
    ("piece", "times"),
    [
        *(('"', 300_000), ("' ", 100_000), ("“", 300_000), ("[", 500_000), ("![", 200_000)),
        *(("*", 500_000), ("*a ", 50_000), ("`", 500_000), (">", 500_000), ("> ", 200_000)),
        *(("|", 500_000), ("(", 500_000), ("<", 500_000), (".", 500_000), (". ", 100_000)),
        *(("\n", 100_000), ("a\n\n", 10_000), ("\u00ad", 300_000), ("1, ", 50_000)),
    ],
)
def test_long_runs_of_one_mark_are_read_in_linear_time(piece: str, times: int, markup: str) -> None:
    # Where the time grew with the square of the length, these would take minutes.
    text = piece * times
    for passage in split_passages(text, markup=markup):
        assert text[passage.start : passage.end] == passage.text


def test_deep_lists_and_quotes_are_read_in_linear_time() -> None:
    lists = "".join("  " * (row % 30) + f"- point number {row}\n" for row in range(3_000))
    quotes = "".join("> " * (row % 30) + f"point number {row}\n\n" for row in range(3_000))
    for text in (lists, quotes):
        words = " ".join(p.text for p in split_passages(text, markup="markdown"))
        assert re.findall(r"number (\d+)", words) == [str(row) for row in range(3_000)]


def test_another_markup_is_refused() -> None:
    with pytest.raises(InputError, match="got markup 'html'; expected 'plain' or 'markdown'"):
        split_passages(CLOSING, markup="html")


def test_passages_of_no_words_are_refused() -> None:
    with pytest.raises(InputError, match="got max_words=0; expected at least 1"):
        split_passages(CLOSING, max_words=0)


def test_article_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mission.txt"
    path.write_bytes(ARTICLE.encode())
    assert read_article(path) == Article(str(path), ARTICLE, "plain")
    assert read_article(str(path), name="Courier").name == "Courier"


@pytest.mark.parametrize("suffix", [".md", ".markdown", ".MD"])
def test_suffix_names_the_markup(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mission{suffix}"
    path.write_text(ARTICLE)
    assert read_article(path).markup == "markdown"


def test_article_is_read_from_a_stream() -> None:
    assert read_article(io.BytesIO(CLOSING.encode())) == Article("stdin", CLOSING, "plain")
    assert read_article(io.BytesIO(b"# One"), name="one.md").markup == "markdown"


def test_stream_of_text_is_refused() -> None:
    with pytest.raises(InputError, match="expected one opened with mode 'rb'"):
        read_article(io.StringIO(CLOSING))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_marked_encodings_and_line_ends_read_alike(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "mission.txt"
    mark = "\ufeff" if encoding.endswith("e") else ""
    path.write_bytes((mark + ARTICLE.replace("\n", "\r\n")).encode(encoding))
    assert read_article(path).text == ARTICLE
    # What the file says of itself counts for more than what is asked for.
    if encoding != "utf-8":
        assert read_article(path, encoding="windows-1252").text == ARTICLE


def test_offsets_refer_to_the_text_as_python_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "mission.txt"
    path.write_bytes(("\ufeff" + ARTICLE.replace("\n", "\r\n")).encode())
    with path.open(encoding="utf-8-sig") as file:
        assert file.read() == read_article(path).text


def test_another_encoding_is_refused_until_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mission.txt"
    path.write_bytes("“Bring them home,” the general’s son said.".encode("windows-1252"))
    with pytest.raises(
        EncodingError,
        match=r"mission\.txt: byte 0x93 at offset 0 is no utf-8 text; name .*--encoding",
    ):
        read_article(path)
    assert read_article(path, encoding="windows-1252").text.startswith("“Bring them home,”")


def test_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mission.txt"
    path.write_text(CLOSING)
    with pytest.raises(EncodingError, match="there is no text encoding 'utf-9'"):
        read_article(path, encoding="utf-9")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04\x14\x00", r"an office document \(.docx"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"PAR1\x15\x04", "a Parquet table"),
    ],
)
def test_binary_files_are_refused_by_name(tmp_path: Path, start: bytes, name: str) -> None:
    path = tmp_path / "mission.txt"
    path.write_bytes(start + bytes(range(256)))
    with pytest.raises(NotTextError, match=f"mission.txt: this is .*{name}.*, not text; convert"):
        read_article(path)


def test_nul_bytes_are_refused() -> None:
    with pytest.raises(NotTextError, match=r"a NUL byte at offset 4: .*--encoding utf-16-le"):
        read_article(io.BytesIO(b"They\0 stay."))


def test_wide_text_without_its_mark_is_read_where_its_encoding_is_named() -> None:
    file = io.BytesIO(CLOSING.encode("utf-16-le"))
    assert read_article(file, encoding="utf-16-le").text == CLOSING


def test_noise_of_control_characters_is_refused() -> None:
    with pytest.raises(NotTextError, match="10 of 20 bytes are control characters"):
        read_article(io.BytesIO(b"a\x01" * 10))


@given(data=st.binary(max_size=60), encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]))
@QUICK
def test_any_bytes_are_read_or_refused(data: bytes, encoding: str) -> None:
    with contextlib.suppress(DataError):
        split_passages(read_article(io.BytesIO(data), encoding=encoding).text)


def test_empty_file_is_an_article_without_passages(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.touch()
    assert split_passages(read_article(path).text) == []


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.txt: cannot be read \(No such file"):
        read_article(tmp_path / "gone.txt")
    with pytest.raises(DataError, match=r"cannot be read \(Is a directory\)"):
        read_article(tmp_path)
