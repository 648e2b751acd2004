"""Output is whole or not there, and each format carries every passage."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow.parquet import read_table

from stancekit import Analysis, DataError, PassageAnalysis, PassageVoice
from stancekit.writers import (
    FORMATS,
    check_output,
    open_output,
    write_analyses,
    write_speakers,
)

LABELS, FRAMES = ("in", "out"), ("cost", "law")
GOOD = PassageAnalysis(
    article="a.txt",
    passage=0,
    start=0,
    end=15,
    text='"Go", she said.',
    stance="out",
    probabilities={"in": 0.25, "out": 0.75},
    frames=("cost", "law"),
    frame_probabilities={"cost": 0.5, "law": 0.625},
)
HEARD = replace(
    GOOD,
    voices=(
        PassageVoice(
            "Dan; Ames", None, "direct", 0, 4, ((0, 4),), "out", {"in": 0.125, "out": 0.875}
        ),
        PassageVoice(None, None, "indirect", 5, 6, ((5, 6),)),
    ),
    own_stance="in",
    own_probabilities={"in": 0.75, "out": 0.25},
)
LOST = PassageAnalysis("\udcff.csv", 1, 0, 3, "\ud800\n,", status="null", id="r-1")


def written(form: str, *passages: PassageAnalysis) -> bytes:
    file = io.BytesIO()
    analyses = [Analysis("a.txt", passages, LABELS)]
    write_analyses(analyses, file, form, labels=LABELS, frames=FRAMES)
    return file.getvalue()


def test_json_line_has_exactly_the_documented_keys() -> None:
    assert json.loads(written("jsonl", GOOD)) == {
        "article": "a.txt",
        "passage": 0,
        "start": 0,
        "end": 15,
        "text": '"Go", she said.',
        "kind": "paragraph",
        "status": "ok",
        "stance": "out",
        "probabilities": {"in": 0.25, "out": 0.75},
        "frames": ["cost", "law"],
        "frame_probabilities": {"cost": 0.5, "law": 0.625},
    }


def test_json_line_of_a_row_carries_its_id_and_null_for_no_stance() -> None:
    line = json.loads(written("jsonl", LOST))
    assert next(iter(line)) == "id"
    assert (line["id"], line["stance"], line["probabilities"]) == ("r-1", None, {})
    assert line["text"] == "\ud800\n,"


def test_csv_has_a_column_a_label_and_a_frame() -> None:
    good, lost = csv.DictReader(io.StringIO(written("csv", GOOD, LOST).decode(), newline=""))
    assert good == {
        "id": "",
        "article": "a.txt",
        "passage": "0",
        "start": "0",
        "end": "15",
        "text": '"Go", she said.',
        "kind": "paragraph",
        "status": "ok",
        "stance": "out",
        "p_in": "0.25",
        "p_out": "0.75",
        "frames": "cost;law",
        "f_cost": "0.5",
        "f_law": "0.625",
        "own_share": "",
        "own_stance": "",
        "speakers": "",
        "voices": "",
        "labels": "",
    }
    assert (lost["id"], lost["text"], lost["stance"], lost["p_in"]) == ("r-1", "\\ud800\n,", "", "")


def test_parquet_has_the_columns_of_csv_with_their_types() -> None:
    table = read_table(io.BytesIO(written("parquet", GOOD, LOST)))
    assert table.column_names == written("csv").decode().strip().split(",")
    good, lost = table.to_pylist()
    assert (good["p_out"], good["passage"], good["id"]) == (0.75, 0, None)
    assert (lost["article"], lost["text"], lost["stance"]) == ("\\udcff.csv", "\\ud800\n,", None)


@pytest.mark.parametrize("form", FORMATS)
def test_no_passages_are_written_as_an_empty_output(form: str) -> None:
    content = written(form)
    if form == "parquet":
        assert read_table(io.BytesIO(content)).num_rows == 0
    else:
        assert content.count(b"\n") == (form == "csv")


def test_model_without_frames_has_no_frame_columns() -> None:
    file = io.BytesIO()
    write_analyses([], file, "csv", labels=LABELS, frames=())
    assert file.getvalue() == (
        b"id,article,passage,start,end,text,kind,status,stance,p_in,p_out,frames,"
        b"own_share,own_stance,speakers,voices,labels\r\n"
    )


def test_every_format_carries_the_voices() -> None:
    line = json.loads(written("jsonl", HEARD))
    (row,) = csv.DictReader(io.StringIO(written("csv", HEARD).decode(), newline=""))
    (of_parquet,) = read_table(io.BytesIO(written("parquet", HEARD))).to_pylist()

    assert list(line)[-3:] == ["own_share", "own_stance", "voices"]
    assert line["voices"][0] == {
        "speaker": "Dan; Ames",
        "role": None,
        "kind": "direct",
        "start": 0,
        "end": 4,
        "content": [[0, 4]],
        "stance": "out",
        "probabilities": {"in": 0.125, "out": 0.875},
    }
    assert json.loads(row["voices"]) == json.loads(of_parquet["voices"]) == line["voices"]
    assert row["speakers"] == of_parquet["speakers"] == "Dan; Ames"
    assert float(row["own_share"]) == of_parquet["own_share"] == line["own_share"]
    assert (row["own_stance"], of_parquet["own_stance"]) == ("in", "in")


@pytest.mark.parametrize("form", FORMATS)
def test_speakers_are_rows_with_their_counts(form: str) -> None:
    file = io.BytesIO()
    analysis = Analysis("a.txt", (HEARD,), LABELS)
    write_speakers((analysis.author, *analysis.speakers), file, form, labels=LABELS)
    if form == "jsonl":
        author, dan, nobody = map(json.loads, file.getvalue().splitlines())
        assert dan["counts"] == {"in": 0, "out": 1}
        assert dan["strongest"]["probability"] == 0.875
        assert nobody["strongest"] is None
    elif form == "csv":
        author, dan, nobody = csv.DictReader(io.StringIO(file.getvalue().decode(), newline=""))
        assert (dan["n_out"], dan["strongest_text"]) == ("1", '"Go"')
        assert nobody["strongest_text"] == ""
    else:
        author, dan, nobody = read_table(io.BytesIO(file.getvalue())).to_pylist()
        assert (dan["n_out"], dan["strongest_start"], dan["is_author"]) == (1, 0, False)
        assert nobody["unjudged"] == 1
    assert [str(one["is_author"]) for one in (author, dan, nobody)] == ["True", "False", "False"]
    assert dan["speaker"] == "Dan; Ames"
    assert not nobody["speaker"]


def test_output_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with open_output(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, DataError, BrokenPipeError])
def test_interrupted_output_leaves_nothing(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"before")

    def passages() -> Iterator[Analysis]:
        yield Analysis("a.txt", (GOOD,), LABELS)
        raise fault

    with pytest.raises(fault), open_output(path, force=True) as file:
        write_analyses(passages(), file, "csv", labels=LABELS, frames=FRAMES)
    assert path.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]


def test_link_stays_a_link_to_the_new_output(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"before")
    (tmp_path / "link.csv").symlink_to("real.csv")
    with open_output(tmp_path / "link.csv", force=True) as file:
        file.write(b"after")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"after"


def test_existing_output_is_replaced_only_when_forced(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.touch()
    with pytest.raises(DataError, match="exists; add --force to replace it"):
        check_output(path)
    check_output(path, force=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "is a folder; name a file to write to"),
        ("nowhere/out.csv", "there is no folder .*nowhere; make it first"),
        ("/dev/null", "is no regular file"),
    ],
)
def test_place_that_cannot_be_written_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_output(tmp_path / name, force=True)
