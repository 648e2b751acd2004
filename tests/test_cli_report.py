"""`predict --by`, `--by-month` and `--data`: what the index of a report draws."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
PAGE = f"""<html><head><title>Stay</title><meta property="og:site_name" content="The Day">
<meta property="article:published_time" content="2019-03-16T10:00:00Z"></head>
<body><main><article><h1>Stay</h1>{f"<p>{STAY} {LEAVE}</p>" * 3}</article></main></body></html>"""

Check = Callable[..., None]


@pytest.fixture
def predict(
    runner: CliRunner,
    check: Check,
    model_directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., None]:
    """A function that runs the command in a folder with articles and tables."""
    monkeypatch.chdir(tmp_path)
    Path("texts").mkdir()
    Path("texts/a.txt").write_text(STAY)
    Path("texts/b.txt").write_text(LEAVE)
    Path("pages").mkdir()
    Path("pages/a.html").write_text(PAGE)
    Path("pages/b.md").write_text(f"---\ndate: 2019-01-02\noutlet: The Night\n---\n\n{LEAVE}\n")
    Path("pages/c.txt").write_text(STAY)
    Path("sources.csv").write_text("file,outlet,date\na.txt,The Day,2019-01-16\n")
    rows = [
        {"id": "1", "body": STAY, "speaker": "Ames", "date": "2019-01-16"},
        {"id": "2", "body": LEAVE, "speaker": None, "date": "2018-12-01"},
    ]
    Path("t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(arguments: str, code: int = 0, error: str = "") -> None:
        command = ["predict", "-m", str(model_directory), *arguments.split()]
        check(runner.invoke(main, command), code, error)

    return run


def index() -> str:
    """What a reader sees of the index, on one line."""
    html = Path("r/index.html").read_text(encoding="utf-8")
    shown = re.sub("<style>.*?</style>|<script>.*?</script>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]*>", " ", shown)).split())


def test_index_of_a_table_is_drawn_by_its_columns(predict: Callable[..., None]) -> None:
    predict("t.jsonl --text body --id id --by speaker --by-month date --format html -o r")
    assert "Stance by speaker" in index()
    assert "Ames – 1 – 1" in index()
    assert "2018-12: 0 neutral, 0 pro-presence, 1 pro-withdrawal of 1 passage" in index()
    assert "1 table" in index()


def test_index_of_articles_is_drawn_by_what_their_files_say(
    predict: Callable[..., None],
) -> None:
    pytest.importorskip("trafilatura")
    predict("pages --by outlet --by-month date --format html -o r")
    assert "2019-02: no passage" in index()
    assert "The Night – – 1 1 1" in index()
    assert re.search(r"The Day (\S+ ){4}1 ", index())
    assert "not known – 1 – 1 1" in index()


def test_index_of_articles_is_drawn_by_a_table_beside_them(predict: Callable[..., None]) -> None:
    predict(
        "texts --data sources.csv --id file --by outlet --by-month date --format html -o r",
        error="sources.csv has no row for 1 of 2 articles",
    )
    assert "The Day – 1 – 1 1 not known – – 1 1 1" in index()


def test_column_that_nothing_is_known_of_is_named(predict: Callable[..., None]) -> None:
    predict("pages/b.md --by outlte --format html -o r", error="nothing is known of any 'outlte'")
    assert "No passage says its outlte" in index()


def test_what_articles_say_is_carried_through(predict: Callable[..., None]) -> None:
    predict("pages/b.md pages/c.txt --keep outlet --keep date -o labels.jsonl")
    lines = [json.loads(line) for line in Path("labels.jsonl").read_text().splitlines()]
    assert {(one["outlet"], one["date"]) for one in lines} == {
        ("The Night", "2019-01-02"),
        (None, None),
    }


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ("texts --by outlet --format html -o r", 2, "is plain text, which says no 'outlet'"),
        ("texts --keep outlet -o a.csv", 2, "is plain text, which says no 'outlet' of itself"),
        ("texts --by outlet", 2, "--by COL, --by-month and --data are for --format html"),
        ("texts --by speaker --by-month date", 2, "and `stancekit measure` gives the shares"),
        ("texts --by speaker --format html -o r", 2, "has the speakers of each article"),
        ("texts --data sources.csv --format html -o r", 2, "name them with --by"),
        ("t.jsonl --text body --by outlet --format html -o r", 2, "no column 'outlet'"),
        (
            "t.jsonl --text body --data sources.csv --by outlet --format html -o r",
            2,
            "--data is for articles and t.jsonl is a table",
        ),
        ("texts --data sources.csv --by outlet --format html -o r", 2, "no column 'id'"),
        (
            "texts --data sources.csv --id outlet --by date --format html -o r",
            1,
            "sources.csv has no row of any of 2 articles, the first 'texts/a.txt'",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_any_work(
    predict: Callable[..., None], arguments: str, code: int, error: str
) -> None:
    predict(arguments, code, error)
    assert not Path("r").exists()
