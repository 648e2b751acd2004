"""Markdown and web pages are parted into passages without their markup."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from stancekit import DataError, MissingExtraError, read_article, split_passages

OPENING = (
    "Lawmakers met on Tuesday to debate whether the foreign soldiers in the north should leave by "
    "the end of the year, as the government has promised since the spring."
)
FOR_LEAVING = (
    '"Every month that they stay costs lives and money," said the leader of the opposition.'
)
FOR_STAYING = "If the soldiers go, the minister answered, the border towns will fall within weeks."

PAGE = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Leave or stay?</title>
<script>var promise = "words of a script";</script><style>p {{ color: red }}</style></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World news</a></li></ul></nav>
<main><article><h1>Parliament weighs the northern mission</h1>
<p>{OPENING}</p>
<h2>The case for leaving</h2>
<p>&ldquo;Every month that they stay costs <b>lives</b> and <a href="/money">money</a>,&rdquo; said
the leader of the opposition, and asked for * a * vote.</p>
<ul><li>The first vote was lost in May by three seats.</li><li>The second comes in June.</li></ul>
<blockquote><p>1. We will not leave our partners alone, the minister wrote.</p></blockquote>
</article></main><footer><p>Terms of use and a long list of our other papers</p></footer>
</body></html>
"""


def markdown(text: str) -> list[tuple[str, str]]:
    return [(p.kind, p.reading) for p in split_passages(text, markup="markdown")]


def test_headings_are_those_that_the_markup_names() -> None:
    text = f"# Leave *or* stay?\n\n{OPENING}\n\nWhat comes next\n\n{FOR_LEAVING}\n\nThe vote\n---\n"
    assert markdown(text) == [
        ("heading", "Leave or stay?"),
        ("paragraph", OPENING),
        ("paragraph", "What comes next"),
        ("paragraph", FOR_LEAVING),
        ("heading", "The vote"),
    ]


def test_furniture_is_marked_in_markdown_too() -> None:
    text = f"# The vote\n\n**By Jane Doe**\n\n{OPENING}\n\n[Advertisement](http://a.example)\n"
    assert [kind for kind, _ in markdown(text)] == [
        "heading",
        "furniture",
        "paragraph",
        "furniture",
    ]


def test_passage_keeps_its_marks_and_its_reading_has_none() -> None:
    text = "We *must* **leave** the [valley](http://a.example/x_y) `now`, said ![](a.png)Jane.\n"
    [passage] = split_passages(text, markup="markdown")
    assert passage.text == text.strip()
    assert passage.reading == "We must leave the valley now, said Jane."
    [passage] = split_passages(FOR_LEAVING, markup="markdown")
    assert passage.plain is None
    assert passage.reading == FOR_LEAVING


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("We must [leave the valley][2] now.[^3]", "We must leave the valley now."),
        ("We must leave 5 \\* 6 &amp; stay_away.", "We must leave 5 * 6 & stay_away."),
        ("We must <b>leave</b> the valley.<br>", "We must leave the valley."),
        ("We must [leave] now, [he] said.", "We must [leave] now, [he] said."),
        ("5 < 6 * 7 and 2 * 3", "5 < 6 * 7 and 2 * 3"),
    ],
)
def test_reading_has_no_references_escapes_and_tags(text: str, reading: str) -> None:
    assert markdown(text) == [("paragraph", reading)]


def test_items_of_a_list_are_passages() -> None:
    text = "Reasons to leave:\n\n- The war is lost.\n- It costs *too* much:\n  1) in money,\n"
    assert markdown(text) == [
        ("paragraph", "Reasons to leave:"),
        ("paragraph", "The war is lost."),
        ("paragraph", "It costs too much:"),
        ("paragraph", "in money,"),
    ]


def test_marks_of_a_quotation_are_left_out() -> None:
    text = "> We must leave\n> the valley\n> > before winter.\n"
    assert markdown(text)[0] == ("paragraph", "We must leave\nthe valley")
    assert [p.text for p in split_passages(text, markup="markdown")][-1] == "before winter."


@pytest.mark.parametrize(
    "block",
    [
        "```\nprint('we must leave')\n```",
        "~~~\nprint('we must leave')\n~~~",
        "    print('we must leave')",
        "<script>\nwe.must('leave')\n</script>",
        "<!-- We must leave. -->",
        "***",
        "[2]: http://a.example/leave",
        "| a | 1 |\n|---|---|",
    ],
)
def test_code_scripts_dividers_and_definitions_are_furniture(block: str) -> None:
    assert [kind for kind, _ in markdown(f"{OPENING}\n\n{block}\n\n{FOR_LEAVING}")] == [
        *("paragraph", "furniture", "paragraph")
    ]


def test_code_in_an_item_of_a_list_is_furniture() -> None:
    assert markdown("- ```\n  we.must('leave')\n  ```\n- Leave now.\n")[1:] == [
        ("paragraph", "Leave now.")
    ]


def test_words_within_html_are_a_paragraph() -> None:
    assert markdown(f"<div>\n<p>{FOR_STAYING}</p>\n</div>\n") == [("paragraph", FOR_STAYING)]


def test_row_of_a_table_with_a_sentence_is_a_paragraph() -> None:
    text = f"| Who | Says |\n|---|---|\n| Doe | {FOR_STAYING} |\n"
    [heading, row] = markdown(text)
    assert heading[0] == "furniture"
    assert row[0] == "paragraph"
    assert row[1].split(None, 1) == ["Doe", FOR_STAYING]


@pytest.mark.parametrize("end", ["---", "..."])
def test_front_matter_is_furniture(end: str) -> None:
    text = f"---\ntitle: Leave or stay?\ndate: 2021-03-03\n{end}\n{OPENING}\n"
    assert [kind for kind, _ in markdown(text)] == ["furniture", "paragraph"]


def test_dividers_around_a_paragraph_are_no_front_matter() -> None:
    kinds = [kind for kind, _ in markdown(f"---\n\n{OPENING}\n\n---\n\n{FOR_LEAVING}\n")]
    assert kinds == ["furniture", "paragraph", "furniture", "paragraph"]


def test_long_paragraph_above_a_line_of_dashes_is_no_heading() -> None:
    text = f"{OPENING} {FOR_LEAVING}\n———\n{FOR_STAYING}"
    assert [kind for kind, _ in markdown(text)] == ["paragraph", "paragraph"]


def test_quotes_nested_too_deep_for_the_parser_are_kept() -> None:
    text = "".join("> " * depth + f"Point {depth}.\n\n" for depth in range(1, 40))
    assert [reading for _, reading in markdown(text)] == [f"Point {n}." for n in range(1, 40)]


def test_main_text_of_a_web_page_is_read(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    article = read_article(path)
    assert article.markup == "markdown"
    passages = split_passages(article.text, markup=article.markup)
    assert [(passage.kind, " ".join(passage.reading.split())) for passage in passages] == [
        ("heading", "Parliament weighs the northern mission"),
        ("paragraph", OPENING),
        ("heading", "The case for leaving"),
        (
            "paragraph",
            "“Every month that they stay costs lives and money,” said the leader of the "
            "opposition, and asked for * a * vote.",
        ),
        ("paragraph", "The first vote was lost in May by three seats."),
        ("paragraph", "The second comes in June."),
        ("paragraph", "1. We will not leave our partners alone, the minister wrote."),
    ]


@pytest.mark.parametrize("declared", ["windows-1252", "iso-8859-1", "ISO-8859-1"])
def test_charset_that_a_page_declares_is_used(declared: str) -> None:
    pytest.importorskip("trafilatura")
    page = PAGE.replace("&ldquo;", "“").replace("&rdquo;", "”").replace("utf-8", declared)
    article = read_article(io.BytesIO(page.encode("windows-1252")), name="page.htm")
    assert "“Every month that they stay" in article.text


def test_page_in_an_encoding_that_it_does_not_declare_is_refused() -> None:
    page = PAGE.replace("&ldquo;", "“").replace('<meta charset="utf-8">', "")
    with pytest.raises(DataError, match=r"page\.html: byte 0x93 .*--encoding"):
        read_article(io.BytesIO(page.encode("windows-1252")), name="page.html")


@pytest.mark.parametrize("page", ["", "<html><body></body></html>", "<", "plain", "<p></p>" * 10])
def test_page_without_a_main_text_is_refused(page: str) -> None:
    pytest.importorskip("trafilatura")
    with pytest.raises(DataError, match=r"page\.html: found no article text in the HTML; save"):
        read_article(io.BytesIO(page.encode()), name="page.html")


def test_web_page_without_trafilatura_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[html\]'"):
        read_article(io.BytesIO(PAGE.encode()), name="page.html")


def test_front_matter_says_what_is_known_of_an_article() -> None:
    text = (
        "---\ntitle: \"Leave: or stay?\"\ndate: 2019-01-16\noutlet: 'The Day'\ntags:\n  - war\n"
        "empty:\n---\nPublished: not here\n"
    )
    article = read_article(io.BytesIO(text.encode()), name="a.md")
    assert article.facts == {"title": "Leave: or stay?", "date": "2019-01-16", "outlet": "The Day"}
    assert article.text == text
    assert read_article(io.BytesIO(text.encode()), name="a.txt").facts == {}
    assert read_article(io.BytesIO(b"---\nno: end\n"), name="a.md").facts == {}


def test_web_page_says_its_date_and_outlet_and_no_date_of_its_text() -> None:
    pytest.importorskip("trafilatura")
    head = (
        '<meta property="og:site_name" content="The Day">'
        '<meta property="article:published_time" content="2019-01-16T10:00:00Z">'
    )
    page = PAGE.replace("</head>", f"{head}</head>")
    facts = read_article(io.BytesIO(page.encode()), name="a.html").facts
    assert facts == {"title": "Leave or stay?", "date": "2019-01-16", "outlet": "The Day"}
    undated = PAGE.replace("in June", "on 2017-03-04")
    assert "date" not in read_article(io.BytesIO(undated.encode()), name="a.html").facts
