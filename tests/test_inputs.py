"""Whatever `predict` is given, each row and article comes out once, labelled or with a reason."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from stancekit import Analysis, DataError, Model, PassageAnalysis, load_model
from stancekit.errors import ColumnError
from stancekit.inputs import Reading, find_sources
from stancekit.shards import analyze_sources

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
ARTICLES = Reading()


@pytest.fixture(scope="module")
def model(model_directory: Path) -> Model:
    return load_model(model_directory)


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def write_rows(path: Path, cells: list[Any]) -> str:
    lines = (json.dumps({"text": cell, "id": f"row-{n}"}) for n, cell in enumerate(cells))
    return write(path, "\n".join(lines))


def analyze(model: Model, source: str, reading: Reading = ARTICLES) -> list[Analysis]:
    return list(analyze_sources(model, find_sources([source], reading), reading))


def passages_of(found: list[Analysis]) -> list[PassageAnalysis]:
    return [passage for analysis in found for passage in analysis.passages]


def test_folder_gives_its_articles_in_order_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "folder.txt").mkdir()
    names = ["b.txt", "a.md", "deep/c.HTML", "notes.json", "rows.csv"]
    paths = {name: write(tmp_path / name, STAY) for name in names}
    assert find_sources([str(tmp_path)], ARTICLES) == [
        paths["a.md"],
        paths["b.txt"],
        paths["deep/c.HTML"],
    ]


def test_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no articles; expected files ending in \.txt"):
        find_sources([str(tmp_path)], ARTICLES)


def test_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"no file or folder nowhere\.txt; check the path"):
        find_sources(["nowhere.txt"], ARTICLES)


def test_data_that_is_no_table_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.json", json.dumps([{"text": STAY}]))
    with pytest.raises(DataError, match="holds data, not an article; make it a table"):
        find_sources([source], ARTICLES)


def test_table_needs_the_name_of_its_text_column(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.csv", "text\nStay.\n")
    with pytest.raises(ColumnError, match=r"is a table; name the column .* with --text"):
        find_sources([source], ARTICLES)


def test_column_without_a_table_is_refused() -> None:
    with pytest.raises(ColumnError, match="there is none among the inputs"):
        find_sources(["-"], Reading(text="body"))


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        ("", "empty", ""),
        (" \n\t\n", "empty", ""),
        ("Stay", "one_word", ""),
        ("Zzyx qqrt vvwx ppqr, lmno!", "no_features", ""),
        ("Войска должны уйти из страны как можно скорее.", "no_features", ""),
        ("a" * 10_000_000, "no_features", ""),
        ("caf\xe9 in the capital".encode("cp1252"), "bad_encoding", "byte 0xe9"),
        (b"Bring them\0 home.", "not_text", "a NUL byte at offset 10"),
        (bytes(range(1, 32)) * 9, "not_text", "control characters"),
        (b"%PDF-1.7", "not_text", "this is a PDF"),
    ],
)
def test_article_that_cannot_be_read_has_a_status_and_no_label(
    model: Model, tmp_path: Path, content: str | bytes, status: str, sentence: str
) -> None:
    told: list[str] = []
    source = write(tmp_path / "article.txt", content)
    (analysis,) = analyze_sources(model, [source], ARTICLES, tell=told.append)
    (passage,) = analysis.passages
    assert (passage.article, passage.status, passage.stance) == (source, status, None)
    assert passage.probabilities == {}
    assert passage.frames == ()
    assert sentence in "".join(told)


def test_file_that_vanishes_has_a_status(model: Model) -> None:
    told: list[str] = []
    (analysis,) = analyze_sources(model, ["gone.txt"], ARTICLES, tell=told.append)
    assert [passage.status for passage in analysis.passages] == ["unreadable"]
    assert told == ["gone.txt: cannot be read (No such file or directory); check the path"]


def test_megabytes_on_a_line_are_read_whole(model: Model, tmp_path: Path) -> None:
    text = (LEAVE + " ") * (2_000_000 // len(LEAVE))
    found = passages_of(analyze(model, write(tmp_path / "line.txt", text)))
    assert "".join(text[p.start : p.end] for p in found).count("home") == text.count("home")
    assert {passage.stance for passage in found} == {"pro-withdrawal"}


def test_standard_input_is_an_article(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STAY.encode())))
    (passage,) = passages_of(analyze(model, "-"))
    assert (passage.article, passage.text, passage.stance) == ("stdin", STAY, "pro-presence")


def test_every_row_of_a_table_comes_out_with_its_id(model: Model, tmp_path: Path) -> None:
    cells = [STAY, None, "", "Stay", [STAY], {"a": STAY}, 5, True, f"{LEAVE}\0", LEAVE]
    source = write_rows(tmp_path / "rows.jsonl", cells)
    found = passages_of(analyze(model, source, Reading("text", "id")))
    assert [(row.id, row.passage, row.status, row.stance) for row in found] == [
        ("row-0", 0, "ok", "pro-presence"),
        ("row-1", 1, "null", None),
        ("row-2", 2, "empty", None),
        ("row-3", 3, "one_word", None),
        ("row-4", 4, "not_text", None),
        ("row-5", 5, "not_text", None),
        ("row-6", 6, "not_text", None),
        ("row-7", 7, "not_text", None),
        ("row-8", 8, "not_text", None),
        ("row-9", 9, "ok", "pro-withdrawal"),
    ]
    assert [row.text for row in found[4:7]] == [f'["{STAY}"]', f'{{"a": "{STAY}"}}', "5"]


def test_rows_are_numbered_where_no_column_names_them(model: Model, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "rows.jsonl", [STAY] * 1001)
    found = passages_of(analyze(model, source, Reading("text")))
    assert [row.id for row in found] == [str(n) for n in range(1001)]


def test_bytes_are_read_as_utf8_and_others_have_a_status(model: Model, tmp_path: Path) -> None:
    source = str(tmp_path / "rows.parquet")
    write_table(pa.table({"text": pa.array([STAY.encode(), b"\xff"], pa.binary())}), source)
    good, bad = passages_of(analyze(model, source, Reading("text")))
    assert (good.text, good.stance) == (STAY, "pro-presence")
    assert (bad.text, bad.status, bad.stance) == ("\\xff", "bad_encoding", None)


def test_row_that_is_an_article_is_split(model: Model, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "rows.jsonl", [f"{STAY}\n\n{LEAVE}", None, 5])
    found = analyze(model, source, Reading("text", "id", is_article=True))
    assert [analysis.article for analysis in found] == ["row-0", "row-1", "row-2"]
    assert [(row.id, row.passage, row.status) for row in passages_of(found)] == [
        ("row-0", 0, "ok"),
        ("row-0", 1, "ok"),
        ("row-1", 0, "null"),
        ("row-2", 0, "not_text"),
    ]


def test_table_and_article_give_a_passage_the_same_probabilities(
    model: Model, tmp_path: Path
) -> None:
    (article,) = passages_of(analyze(model, write(tmp_path / "a.txt", STAY)))
    source = write_rows(tmp_path / "rows.jsonl", [STAY, LEAVE])
    row, _ = passages_of(analyze(model, source, Reading("text")))
    assert article.probabilities == row.probabilities
    assert article.frame_probabilities == row.frame_probabilities
