"""Whatever a table holds, `predict` gives each row back, in order, with a status."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow.parquet import read_table, write_table
from unprivileged import as_nobody

from stancekit import STATUSES
from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."

Check = Callable[..., None]
Predict = Callable[..., list[dict[str, Any]]]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


@pytest.fixture
def predict(check: Check, runner: CliRunner, model_directory: Path) -> Predict:
    """A function that predicts a table and gives back its rows."""

    def rows_of(
        *arguments: str, exit_code: int = 0, error: str = "", text: str = "text", stdin: Any = None
    ) -> list[dict[str, Any]]:
        command = ["predict", *arguments, "--text", text, "-m", str(model_directory)]
        result: Result = runner.invoke(main, command, input=stdin)
        check(result, exit_code, error)
        return [json.loads(line) for line in result.stdout.splitlines()]

    return rows_of


def write(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def line(text: Any, **more: Any) -> str:
    return json.dumps({"text": text, **more}) + "\n"


def statuses(rows: list[dict[str, Any]]) -> list[str]:
    assert [row["passage"] for row in rows] == list(range(len(rows)))
    assert all((row["stance"] is not None) == (row["status"] == "ok") for row in rows)
    assert {row["status"] for row in rows} <= set(STATUSES)
    return [row["status"] for row in rows]


# JSON lines


def test_last_line_that_is_cut_short_is_truncated(predict: Predict) -> None:
    source = write("a.jsonl", line(STAY) + line(LEAVE)[:30])
    rows = predict(source, exit_code=3, error="line 2 of a.jsonl is cut short")
    assert statuses(rows) == ["ok", "truncated"]
    assert rows[1]["text"] == line(LEAVE)[:30]


def test_broken_line_keeps_its_row_and_the_others_are_read(predict: Predict) -> None:
    broken = ["{oops\n", "[1]\n", '"text"\n', "[" * 100_000 + "\n"]
    source = write("a.jsonl", line(STAY) + "".join(broken) + "\n" + line(LEAVE))
    rows = predict(source, exit_code=3, error="line 2 of a.jsonl is no JSON")
    assert statuses(rows) == ["ok", *["bad_json"] * 4, "ok"]
    assert rows[1]["text"] == "{oops\n"
    assert len(rows[4]["text"]) < 1000


def test_last_line_needs_no_line_end(predict: Predict) -> None:
    assert statuses(predict(write("a.jsonl", line(STAY).strip()))) == ["ok"]


def test_row_without_the_key_is_null(predict: Predict) -> None:
    source = write("a.jsonl", line(STAY) + '{"id": 1}\n' + line(None))
    assert statuses(predict(source, exit_code=3)) == ["ok", "null", "null"]


# CSV


def test_huge_cell_byte_order_mark_and_line_ends_within_cells_are_read(predict: Predict) -> None:
    huge = STAY + "\n" + "Stay. " * 100_000
    with Path("a.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([["text", "id"], [f"{STAY}\r\n\n{LEAVE}", "1"], [huge, "2"]])
    rows = predict("a.csv", "--id", "id")
    assert [(row["id"], row["text"]) for row in rows] == [
        ("1", f"{STAY}\r\n\n{LEAVE}"),
        ("2", huge),
    ]


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        ("1,2,3", "bad_csv"),
        ("1", "bad_csv"),
        ('"x"y,2', "bad_csv"),
        ('"never closed,2', "bad_csv"),
        ('"never closed', "bad_csv"),
    ],
)
def test_broken_record_keeps_its_row_and_the_next_is_read(
    predict: Predict, broken: str, status: str
) -> None:
    rest = f'2,"{LEAVE}"\n3,"{STAY}"\n'
    source = write("a.csv", f'id,text\n1,"{STAY}"\n{broken}\n{rest}')
    rows = predict(source, "--id", "id", exit_code=3, error="line 3 of a.csv")
    assert statuses(rows) == ["ok", status, "ok", "ok"]
    assert [row.get("id") for row in rows] == ["1", None, "2", "3"]


def test_last_record_that_is_cut_short_is_truncated(predict: Predict) -> None:
    for cut in ("2", '2,"and then\nit', '2,"and'):
        source = write("a.csv", f'id,text\n1,"{STAY}"\n{cut}')
        assert statuses(predict(source, exit_code=3)) == ["ok", "truncated"]


def test_cell_of_several_lines_that_is_too_long_is_one_row(predict: Predict) -> None:
    cell = "A line, and another, of many\n" * 500_000
    source = write("a.csv", f'id,text\n1,"{cell}"\n2,"{STAY}"\n')
    assert statuses(predict(source, exit_code=3)) == ["too_long", "ok"]


# Encodings


def test_bytes_in_another_encoding_lose_their_row_alone(predict: Predict) -> None:
    cafe = "Café: " + STAY
    good, bad = f"1,{cafe!r}\n".encode(), f"2,{cafe!r}\n".encode("latin-1")
    source = write("a.csv", b"id,text\n" + good.replace(b"'", b'"') + bad.replace(b"'", b'"'))
    rows = predict(source, exit_code=3)
    assert statuses(rows) == ["ok", "bad_encoding"]
    assert rows[1]["text"].startswith("Caf\\xe9: ")
    lines = line(cafe).encode() + b'{"text": "caf\xe9", "n": 1}\n{"text": "\xe9\n'
    assert statuses(predict(write("a.jsonl", lines), exit_code=3)) == [
        "ok",
        *["bad_encoding"] * 2,
    ]


def test_encoding_that_is_named_is_used(predict: Predict) -> None:
    text = "Café: " + STAY
    for name, encoding in (("a.csv", "windows-1252"), ("b.csv", "utf-16")):
        write(name, f'text,id\n"{text}",1\n'.encode(encoding))
        assert predict(name, "--encoding", encoding)[0]["text"] == text
    write("c.jsonl", json.dumps({"text": text}, ensure_ascii=False).encode("latin-1"))
    assert predict("c.jsonl", "--encoding", "latin-1")[0]["text"] == text


def test_header_in_another_encoding_is_refused(predict: Predict) -> None:
    source = write("a.csv", "text,id\nstay,1\n".encode("utf-16"))
    predict(source, exit_code=1, error="a.csv is not utf-8 (it holds the byte 0xff)")


def test_bad_bytes_in_a_parquet_column_lose_their_row_alone(predict: Predict) -> None:
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, len(STAY), len(STAY) + 2))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(STAY.encode() + b"\xff\xfe")]
    broken = pa.Array.from_buffers(pa.string(), 2, buffers)
    for name, column in (("a", broken), ("b", broken.cast(pa.binary()).dictionary_encode())):
        write_table(pa.table({"text": column, "id": [7, 8]}), f"{name}.parquet")
        rows = predict(f"{name}.parquet", "--id", "id", exit_code=3)
        assert statuses(rows) == ["ok", "bad_encoding"]
        assert [row["id"] for row in rows] == ["7", "8"]


# Cells


def test_cells_that_are_no_running_text_say_what_they_are(predict: Predict) -> None:
    cells = [None, "", " \n\t", "Stay", "Zzyx qqrt vvwx.", 5, 1.5, True, ["a"], {"a": 1}]
    cells += [f"{STAY}\0", f"{STAY}\x07\x1b", f"{STAY}\n\n{LEAVE}\r\n"]
    rows = predict(write("a.jsonl", "".join(map(line, cells))), exit_code=3)
    assert statuses(rows) == [
        *("null", "empty", "empty", "one_word", "no_features"),
        *("not_text", "not_text", "not_text", "not_text", "not_text"),
        *("not_text", "ok", "ok"),
    ]
    assert rows[-1]["text"] == cells[-1]


def test_text_of_ten_megabytes_is_read_and_a_longer_one_is_too_long(predict: Predict) -> None:
    text = (STAY + " ") * (10_000_000 // len(STAY))
    source = write("a.jsonl", line(text) + line(text * 2) + line(LEAVE))
    assert statuses(predict(source, exit_code=3)) == ["ok", "too_long", "ok"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_line_of_a_gigabyte_is_too_long_and_is_never_held(model_directory: Path) -> None:
    with Path("a.jsonl").open("wb") as file:
        file.write(line(STAY).encode() + b'{"text": "')
        file.seek(2**30, os.SEEK_CUR)  # a hole, which takes no room on the disk
        file.write(b'"}\n' + line(LEAVE).encode())
    # Not `ru_maxrss`, which begins with the memory of the process that started this one.
    code = (
        "import re, sys; from stancekit.cli import main\n"
        "try: main()\n"
        "finally: print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1],"
        " file=sys.stderr)"
    )
    command = ["predict", "a.jsonl", "--text", "text", "-m", str(model_directory)]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    rows = [json.loads(one) for one in done.stdout.splitlines()]
    assert statuses(rows) == ["ok", "too_long", "ok"]
    assert int(done.stderr.splitlines()[-1]) < 600_000  # kB


# Files


def test_packed_files_are_read(predict: Predict) -> None:
    lines = (line(STAY) + line(LEAVE)).encode()
    write("a.jsonl.gz", gzip.compress(lines[:50]) + gzip.compress(lines[50:]))
    with pa.CompressedOutputStream("b.jsonl.zst", "zstd") as file:
        file.write(lines)
    write("c.csv.gz", gzip.compress(f'text\n"{STAY}"\n"{LEAVE}"\n'.encode()))
    for name in ("a.jsonl.gz", "b.jsonl.zst", "c.csv.gz"):
        assert [row["text"] for row in predict(name)] == [STAY, LEAVE]


@pytest.mark.parametrize("form", ["jsonl.gz", "jsonl.zst", "csv.gz"])
def test_packed_file_that_ends_early_gives_what_it_has_and_says_so(
    predict: Predict, form: str
) -> None:
    rows = [f"{STAY} {hash((n, 'x'))}" for n in range(20_000)]
    kind, suffix = form.split(".")
    content = ("text\n" * (kind == "csv")) + "".join(
        f'"{one}"\n' if kind == "csv" else line(one) for one in rows
    )
    with pa.CompressedOutputStream(f"a.{form}", {"gz": "gzip", "zst": "zstd"}[suffix]) as file:
        file.write(content.encode())
    packed = Path(f"a.{form}").read_bytes()
    found = predict(write(f"b.{form}", packed[: len(packed) // 2]), exit_code=3, error="breaks off")
    *whole, last = found
    assert last["status"] == "truncated"
    assert len(whole) > 5_000
    assert [row["text"] for row in whole] == rows[: len(whole)]


def test_row_group_that_is_damaged_keeps_its_rows(predict: Predict) -> None:
    texts = [f"{STAY} {n}" for n in range(300)]
    table = pa.table({"text": texts, "id": range(300)})
    write_table(table, "a.parquet", row_group_size=100, compression="zstd")
    column = pa.parquet.ParquetFile("a.parquet").metadata.row_group(1).column(0)
    content = bytearray(Path("a.parquet").read_bytes())
    start = column.data_page_offset
    content[start : start + column.total_compressed_size // 2] = bytes(
        column.total_compressed_size // 2
    )
    write("a.parquet", bytes(content))
    rows = predict("a.parquet", exit_code=3, error="a.parquet is damaged")
    assert statuses(rows) == [*["ok"] * 100, *["unreadable"] * 100, *["ok"] * 100]
    assert rows[250]["text"] == texts[250]


def test_tables_without_a_row_give_none(predict: Predict) -> None:
    write_table(pa.table({"text": pa.array([], pa.string())}), "a.parquet")
    sources = [write("a.csv", "text,id\n"), write("a.jsonl", ""), write("b.csv", ""), "a.parquet"]
    for source in sources:
        assert predict(source) == []
    predict("b.csv", error="b.csv is empty: 0 bytes, no row")
    for name in ("o.jsonl", "o.csv", "o.parquet"):
        predict("a.csv", "-o", name)
    assert Path("o.jsonl").read_bytes() == b""
    assert Path("o.csv").read_text().startswith("id,article,")
    assert read_table("o.parquet").num_rows == 0


def test_table_of_broken_rows_alone_comes_out(predict: Predict) -> None:
    source = write("a.jsonl", "{\n[\n")
    assert statuses(predict(source, exit_code=3)) == ["bad_json", "bad_json"]


def test_missing_column_is_refused_before_any_work(predict: Predict) -> None:
    write("good.csv", f'text\n"{STAY}"\n')
    write("bad.jsonl", json.dumps({"txt": STAY, "id": 1}))
    arguments = ("good.csv", "bad.jsonl", "-o", "o.csv")
    error = "bad.jsonl has no column 'text'; did you mean 'txt'? it has txt, id"
    assert predict(*arguments, exit_code=2, error=error) == []
    assert sorted(path.name for path in Path().iterdir()) == ["bad.jsonl", "good.csv"]
    predict("good.csv", "--keep", "outlt", exit_code=2, error="has no column 'outlt'")


def test_file_that_is_damaged_is_refused_before_any_work(predict: Predict) -> None:
    write("good.csv", f'text\n"{STAY}"\n')
    write("bad.parquet", "PAR1")
    error = "bad.parquet cannot be read as Parquet"
    assert predict("good.csv", "bad.parquet", exit_code=1, error=error) == []


def test_file_that_may_not_be_read_is_refused_before_any_work(predict: Predict) -> None:
    write("good.csv", f'text\n"{STAY}"\n')
    Path(write("bad.csv", "text\n")).chmod(0)
    error = "bad.csv cannot be read (Permission denied)"
    predict("good.csv")  # imports what a user without rights may be unable to
    with as_nobody():
        assert predict("good.csv", "bad.csv", exit_code=1, error=error) == []


def test_folder_stands_for_its_tables_where_a_column_is_named(predict: Predict) -> None:
    Path("in/deep").mkdir(parents=True)
    Path("in/old.jsonl.parts").mkdir()
    for name in ("in/b.jsonl", "in/deep/c.jsonl", "in/old.jsonl.parts/d.jsonl", "in/.e.jsonl"):
        write(name, line(name))
    write("in/a.csv", 'text\n"in/a.csv"\n')
    write("in/article.txt", STAY)
    datasets.Dataset.from_dict({"text": ["saved"]}).save_to_disk("in/saved")
    rows = predict("in", exit_code=3)
    assert [row["text"] for row in rows] == ["in/a.csv", "in/b.jsonl", "saved", "in/deep/c.jsonl"]
    assert [row["text"] for row in predict("in/*.jsonl", exit_code=3)] == ["in/b.jsonl"]
    predict("in", "-o", "in/o.jsonl", exit_code=3)
    predict("in", "-o", "in/o.jsonl", "--force", exit_code=3)  # not what it wrote before
    assert len(Path("in/o.jsonl").read_text().splitlines()) == 4


def test_folder_or_pattern_without_tables_is_refused(predict: Predict, runner: CliRunner) -> None:
    Path("in").mkdir()
    write("in/article.txt", STAY)
    predict("in", exit_code=1, error="the folder in has no tables; expected files ending in .csv")
    predict("in/*.csv", exit_code=1, error="no file matches in/*.csv; check the pattern")
    Path("in/article.txt").rename("in/rows.csv")
    result = runner.invoke(main, ["predict", "in"])
    assert "it has tables: name the column that holds the text with --text" in result.stderr


def test_standard_input_can_be_a_table(predict: Predict) -> None:
    for form, content in (("csv", f'text,id\n"{STAY}",a\n'), ("jsonl", line(STAY, id="a"))):
        (row,) = predict("-", "--stdin", form, "--id", "id", stdin=content)
        assert (row["id"], row["article"], row["status"]) == ("a", "stdin", "ok")
        predict("-", "--stdin", form, text="txt", stdin=content, exit_code=2, error="'txt'")


def test_split_of_a_saved_data_set_is_read(predict: Predict) -> None:
    parts = {name: datasets.Dataset.from_dict({"text": [name]}) for name in ("train", "test")}
    datasets.DatasetDict(parts).save_to_disk("saved")
    assert [row["text"] for row in predict("saved:test", exit_code=3)] == ["test"]


# Ids and kept columns


def test_ids_that_are_there_twice_are_warned_of_and_kept(predict: Predict) -> None:
    rows = [line(STAY, id="a"), line(STAY, id="b"), line(LEAVE, id="a"), line(LEAVE)]
    write("a.jsonl", "".join(rows))
    predict("a.jsonl", "--id", "id", "-o", "o.jsonl", error="1 row has an id that an earlier row")
    found = [json.loads(one) for one in Path("o.jsonl").read_text().splitlines()]
    assert [row.get("id") for row in found] == ["a", "b", "a", None]


def test_kept_columns_come_through_in_every_format(predict: Predict) -> None:
    cells = {"text": [STAY, LEAVE], "n": pa.array([1, None], pa.int16()), "tags": [["a"], []]}
    cells |= {"day": pa.array([0, 1], pa.date32())}
    write_table(pa.table(cells), "a.parquet")
    keep = [one for name in ("n", "tags", "day") for one in ("--keep", name)]
    (first, second) = predict("a.parquet", *keep)
    assert [(row["n"], row["tags"], row["day"]) for row in (first, second)] == [
        (1, ["a"], "1970-01-01"),
        (None, [], "1970-01-02"),
    ]
    predict("a.parquet", *keep, "-o", "o.parquet")
    found = read_table("o.parquet").select(["n", "tags", "day"])
    assert found.equals(read_table("a.parquet").select(["n", "tags", "day"]))
    predict("a.parquet", *keep, "-o", "o.csv")
    row, _ = csv.DictReader(io.StringIO(Path("o.csv").read_text()))
    assert (row["n"], row["tags"], row["day"]) == ("1", '["a"]', "1970-01-01")


def test_labels_of_a_saved_data_set_are_kept_by_name(predict: Predict) -> None:
    label = datasets.ClassLabel(names=["no", "yes"])
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": label, "marks": datasets.List(label)}
    )
    columns = {"text": [STAY, LEAVE], "label": [1, None], "marks": [[0, 1], []]}
    datasets.Dataset.from_dict(columns, features=features).save_to_disk("saved")
    predict("saved", "--keep", "label", "--keep", "marks", "-o", "o.parquet")
    found = read_table("o.parquet").select(["label", "marks"]).to_pylist()
    assert found == [{"label": "yes", "marks": '["no", "yes"]'}, {"label": None, "marks": "[]"}]


def test_every_passage_of_an_article_carries_the_kept_columns_of_its_row(predict: Predict) -> None:
    write("a.jsonl", line(f"{STAY}\n\n{LEAVE}", outlet="x") + line(STAY, outlet=["y", 1]))
    rows = predict("a.jsonl", "--split", "--keep", "outlet")
    assert [row["outlet"] for row in rows] == ["x", "x", ["y", 1]]
    predict("a.jsonl", "--split", "--keep", "outlet", "-o", "o.parquet")
    assert read_table("o.parquet")["outlet"].to_pylist() == ["x", "x", '["y", 1]']


def test_kept_column_with_a_name_of_the_output_is_refused(predict: Predict) -> None:
    write("a.jsonl", line(STAY, stance="x"))
    for arguments in ([], ["-o", "o.csv"]):
        error = "the output has a column 'stance' of its own"
        assert predict("a.jsonl", "--keep", "stance", *arguments, exit_code=2, error=error) == []
