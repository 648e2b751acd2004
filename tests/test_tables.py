"""Tables keep every row and every cell as it is, or are refused with the line that is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from stancekit import DataError
from stancekit.errors import ColumnError
from stancekit.hub import open_dataset
from stancekit.tables import is_table, read_table

ROWS = [
    {"text": 'They said "stay", and stayed.', "label": "presence"},
    {"text": "Two lines,\nand a comma; NA", "label": "NA"},
    {"text": " ünïcode 🙂 ", "label": "007"},
]


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def columns_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_every_format_gives_the_same_cells(tmp_path: Path) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "saved")
    sources = [
        write_csv(tmp_path / "rows.csv", ROWS),
        write(tmp_path / "rows.jsonl", lines),
        str(tmp_path / "rows.parquet"),
        str(tmp_path / "saved"),
    ]
    for source in sources:
        assert is_table(source)
        assert read_table([source], ["text", "label"]).columns == columns_of(ROWS), source


def test_several_tables_are_read_one_below_the_other(tmp_path: Path) -> None:
    one, two = (write_csv(tmp_path / f"{n}.csv", ROWS) for n in "ab")
    assert len(read_table([one, two], ["text"])) == 2 * len(ROWS)


def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    source = write(tmp_path / "excel.csv", b"\xef\xbb\xbftext,label\nstay,a\n")
    assert read_table([source], ["text"])["text"] == ["stay"]


def test_semicolons_part_the_columns_where_the_header_has_no_comma(tmp_path: Path) -> None:
    source = write(tmp_path / "euro.csv", 'text;label\n"stay, or go";a\n')
    assert read_table([source], ["text"])["text"] == ["stay, or go"]


def test_tabs_part_the_columns_of_a_tsv_file(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.tsv", "text\tlabel\nstay, or go\ta\n")
    assert read_table([source], ["label", "text"]).columns == {
        "label": ["a"],
        "text": ["stay, or go"],
    }


def test_cell_longer_than_pythons_limit_is_read_whole(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    text = "stay " * 60_000
    source = write(tmp_path / "long.csv", f'text\n"{text}"\n')
    assert read_table([source], ["text"])["text"] == [text]
    assert csv.field_size_limit() == limit


def test_other_encodings_are_read_when_they_are_named(tmp_path: Path) -> None:
    source = write(tmp_path / "old.csv", "text\ncafé\n".encode("cp1252"))
    assert read_table([source], ["text"], encoding="cp1252")["text"] == ["café"]


def test_json_key_that_a_row_lacks_is_none(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.jsonl", '{"id": 1}\n\n{"id": 2, "text": "stay"}\n')
    assert read_table([source], ["text"])["text"] == [None, "stay"]


def test_parquet_string_that_is_no_utf8_stays_bytes_and_its_row_stays(tmp_path: Path) -> None:
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, 2, 6))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"\xff\xfestay")]
    broken = pa.Array.from_buffers(pa.string(), 2, buffers)
    write_table(pa.table({"text": broken}), tmp_path / "rows.parquet")
    read = read_table([str(tmp_path / "rows.parquet")], ["text"])
    assert read["text"] == [b"\xff\xfe", "stay"]


def test_label_numbers_of_a_dataset_become_their_names(tmp_path: Path) -> None:
    names = datasets.ClassLabel(names=["leave", "stay"])
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": names, "frames": datasets.List(names)}
    )
    columns = {"text": ["a", "b", "c"], "label": [1, 0, None], "frames": [[0, 1], [], [1]]}
    dataset = datasets.Dataset.from_dict(columns, features=features)
    datasets.DatasetDict({"train": dataset, "test": dataset}).save_to_disk(tmp_path / "saved")
    read = read_table([f"{tmp_path}/saved:test"], ["label", "frames"])
    assert read["label"] == ["stay", "leave", None]
    assert read["frames"] == [["leave", "stay"], [], ["stay"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; expected a header line and rows"),
        ("a,b\nstay,x\nstay,x,y\n", r"line 3 of .* has 3 fields where the header has 2"),
        ("a,b\n1,stay,x\n2,go,y\n", r"line 2 of .* has 3 fields where the header has 2"),
        ("a,b\nstay\n", r"line 2 of .* has 1 field where the header has 2"),
        ('a,b\n"two\nlines",x\n"stay,x\ngo,y\n', "line 4 of .* is no valid CSV .*check its quotes"),
        ('a,b\n"stay"ed,x\n', "line 2 of .* is no valid CSV"),
        ("a,a\nstay,x\n", "has 2 columns named 'a'; rename all but one"),
        ("A,b\nstay,x\n", "has no column 'a'; did you mean 'A'"),
        ("café,a\n".encode("cp1252"), "is not utf-8 .* the byte 0xe9.*--encoding windows-1252"),
        ("a,b\n".encode("utf-16"), "is not utf-8 .*--encoding utf-16"),
    ],
)
def test_broken_csv_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    source = write(tmp_path / "rows.csv", content)
    with pytest.raises(DataError, match=message):
        read_table([source], ["a"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; expected a JSON object on each line"),
        ('{"a": 1}\n{oops\n', "line 2 of .* is no JSON .*; mend it"),
        ('{"a": 1}\n[1]\n', r"line 2 of .* is no JSON object; expected \{...\}"),
        ("[" * 100_000 + "\n", "line 1 of .* is no JSON"),
        ('{"b": 1}\n', "has no column 'a'; it has b"),
        (b'{"a": "\xe9"}\n', "is not utf-8"),
    ],
)
def test_broken_json_lines_are_refused_with_their_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    source = write(tmp_path / "rows.jsonl", content)
    with pytest.raises(DataError, match=message):
        read_table([source], ["a"])


def test_broken_parquet_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.parquet", "text")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_table([source], ["a"])


def test_column_that_is_not_there_is_refused_in_every_format(tmp_path: Path) -> None:
    write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "saved")
    for name in ("rows.parquet", "saved"):
        with pytest.raises(ColumnError, match="no column 'txt'; did you mean 'text'"):
            read_table([str(tmp_path / name)], ["txt"])


def test_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"there is no file nowhere\.csv; check the path"):
        read_table(["nowhere.csv"], ["a"])


def test_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "article.txt", "Stay.")
    with pytest.raises(DataError, match=r"is no table; expected \.csv, "):
        read_table([source], ["a"])


def test_unknown_encoding_is_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "rows.csv", ROWS)
    with pytest.raises(DataError, match="unknown encoding 'utf-9'"):
        read_table([source], ["text"], encoding="utf-9")


def test_split_that_a_dataset_lacks_is_refused_with_those_it_has(tmp_path: Path) -> None:
    saved = str(tmp_path / "saved")
    datasets.DatasetDict({"test": datasets.Dataset.from_list(ROWS)}).save_to_disk(saved)
    with pytest.raises(DataError, match=r"no split 'train'; name one that it has: .*saved:test"):
        open_dataset(saved)


def test_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no data that `datasets` can load"):
        open_dataset(str(tmp_path))


def test_path_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file or folder .*; check the path"):
        open_dataset(f"{tmp_path}/nothing")


def test_hub_that_cannot_be_reached_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("HF_DATASETS_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DataError, match=r"cannot be reached .* HF_HUB_OFFLINE=1"):
        open_dataset("no-such/data")
