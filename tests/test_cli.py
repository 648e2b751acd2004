"""The command line: results on stdout, notes on stderr, an exit code that tells, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tables_of import lines_of, write_rows

from stancekit import load_model
from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
ARTICLE = f"Leave or Stay in the Capital\n\n{LEAVE}\n\nZzyx qqrt vvwx ppqr, lmno.\n\n{STAY}\n"
KEYS = [
    *("article", "passage", "start", "end", "text", "kind", "status", "stance"),
    *("probabilities", "frames", "frame_probabilities"),
]
OF_VOICES = ["own_share", "own_stance", "voices"]

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


# predict


def test_predict_prints_a_json_line_a_passage(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("article.txt").write_text(ARTICLE)
    result = runner.invoke(main, ["predict", "article.txt", "-m", str(model_directory)])
    check(result, 3, "stancekit: 1 of 4 passages could not be labelled: 1 no_features")
    lines = lines_of(result)
    assert [list(line) for line in lines] == [[*KEYS, *OF_VOICES]] * 4
    assert [(line["kind"], line["status"], line["stance"]) for line in lines] == [
        ("heading", "heading", None),
        ("paragraph", "ok", "pro-withdrawal"),
        ("paragraph", "no_features", None),
        ("paragraph", "ok", "pro-presence"),
    ]
    for line in lines:
        assert ARTICLE[line["start"] : line["end"]] == line["text"]
        assert line["article"] == "article.txt"
    assert sum(lines[1]["probabilities"].values()) == pytest.approx(1)
    assert lines[1]["frames"] == ["cost"]


def test_predict_gives_the_numbers_of_the_library(runner: CliRunner, model_directory: Path) -> None:
    Path("article.txt").write_text(ARTICLE)
    result = runner.invoke(main, ["predict", "article.txt", "-m", str(model_directory)])
    analysis = load_model(model_directory).analyze(ARTICLE, name="article.txt")
    assert lines_of(result) == [passage.to_dict() for passage in analysis.passages]


def test_predict_reads_standard_input(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    for arguments in (["-"], []):
        command = ["predict", *arguments, "-m", str(model_directory)]
        result = runner.invoke(main, command, input=STAY)
        check(result)
        assert [line["stance"] for line in lines_of(result)] == ["pro-presence"]


def test_predict_shows_a_persons_view_when_asked(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("article.txt").write_text(f"{LEAVE}\n")
    command = ["predict", "article.txt", "-m", str(model_directory), "--format", "table"]
    result = runner.invoke(main, command, env={"COLUMNS": "80"})
    check(result)
    assert "pro-withdrawal    Bring our soldiers home from the capital now" in result.stdout
    assert "1 passage labelled" in result.stdout
    assert "valley: labels are a machine's guesses" in result.stdout


def test_predict_keeps_the_rows_of_a_table_with_their_ids(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    table = write_rows("rows.csv", [{"text": STAY, "label": "x7"}, {"text": "", "label": "x8"}])
    options = ["--text", "text", "--id", "label", "-m", str(model_directory)]
    result = runner.invoke(main, ["predict", table, *options])
    check(result, 3, "1 of 2 passages could not be labelled: 1 empty")
    lines = lines_of(result)
    assert [list(line) for line in lines] == [["id", *KEYS]] * 2
    assert [(line["id"], line["passage"], line["stance"]) for line in lines] == [
        ("x7", 0, "pro-presence"),
        ("x8", 1, None),
    ]


def test_predict_splits_a_row_that_is_an_article(runner: CliRunner, model_directory: Path) -> None:
    table = write_rows("rows.jsonl", [{"text": ARTICLE}, {"text": STAY}])
    options = ["--text", "text", "--split", "-m", str(model_directory)]
    result = runner.invoke(main, ["predict", table, *options])
    found = [(line["article"], line["id"], line["passage"]) for line in lines_of(result)]
    assert found == [*(("0", "0", n) for n in range(4)), ("1", "1", 0)]


def test_predict_takes_the_format_from_the_output(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("a.txt").write_text(STAY)
    for name, start in (("o.jsonl", b'{"article"'), ("o.csv", b"id,"), ("o.parquet", b"PAR1")):
        result = runner.invoke(main, ["predict", "a.txt", "-o", name, "-m", str(model_directory)])
        check(result, 0, f"stancekit: wrote {name}")
        assert Path(name).read_bytes().startswith(start)
        assert result.stdout == ""


def test_predict_replaces_an_output_only_when_forced(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("a.txt").write_text(STAY)
    Path("o.csv").write_text("kept")
    command = ["predict", "a.txt", "-o", "o.csv", "-m", str(model_directory)]
    check(runner.invoke(main, command), 1, "o.csv exists; add --force to replace it")
    assert Path("o.csv").read_text() == "kept"
    check(runner.invoke(main, [*command, "--force"]))
    assert STAY in Path("o.csv").read_text()


def test_predict_works_with_a_model_without_frames(
    check: Check, runner: CliRunner, fitted_stance: Any, tmp_path: Path
) -> None:
    from stancekit import save_model

    save_model(fitted_stance, tmp_path / "plain")
    Path("a.txt").write_text(STAY)
    for form in ("jsonl", "table", "csv"):
        check(runner.invoke(main, ["predict", "a.txt", "-m", "plain", "--format", form]))
    table = write_rows("rows.csv", [{"text": STAY, "label": "pro-presence", "frames": "security"}])
    result = runner.invoke(main, ["evaluate", table, "-m", "plain", "--frames", "frames"])
    check(result, 2, "model knows no frames; leave out --frames")


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ("nowhere.txt", 1, "there is no file or folder nowhere.txt; check the path"),
        (".", 1, "the folder . has no articles"),
        ("rows.csv", 2, "rows.csv is a table; name the column that holds the text with --text"),
        ("rows.csv --text txt", 2, "no column 'txt'; did you mean 'text'? it has text, "),
        ("rows.csv --text text --id ref", 2, "rows.csv has no column 'ref'"),
        ("- --text text", 2, "--text, --id, --target and --split are for tables"),
        ("- --jobs 2", 2, "are for passages that are written with -o as .jsonl"),
        ("- -o o.csv --force --resume", 2, "--force begins anew and --resume goes on"),
        ("- -o o.csv --force --shard 1/2", 2, "would remove what other shards have finished"),
        ("- -o o.csv --shard 3/2", 2, "expected I/N with I from 1 to N"),
        ("- --encoding utf-9", 2, "'utf-9'; expected one like utf-8"),
        ("- -o o.docx", 2, "cannot tell the format from 'o.docx'"),
        ("- -o o.csv --format table", 2, "--format table is for reading"),
        ("- -o nowhere/o.csv", 1, "there is no folder nowhere; make it first"),
        ("- --format html", 2, "HTML is for a browser; name a file or folder with -o"),
        ("- -o o.html --by speaker", 2, "an HTML report has the speakers of each article"),
        ("- --format parquet", 2, "Parquet is not for a pipe or screen; name a file with -o"),
        ("- -m nowhere", 1, "unknown model 'nowhere'"),
        ("- -m .", 1, ". has no manifest.json"),
    ],
)
def test_predict_refuses_with_a_sentence(
    check: Check, runner: CliRunner, model_directory: Path, arguments: str, code: int, error: str
) -> None:
    write_rows("rows.csv", [{"text": STAY}])
    command = ["predict", "-m", str(model_directory), *arguments.split()]
    result = runner.invoke(main, command, input=STAY)
    check(result, code, error)
    assert result.stdout == ""


def test_reader_that_leaves_a_pipe_early_is_no_fault(model_directory: Path) -> None:
    rows = [{"text": f"{STAY} {n}"} for n in range(3000)]
    write_rows("rows.jsonl", rows)
    code = "from stancekit.cli import main; main()"
    command = ["predict", "rows.jsonl", "--text", "text", "-m", str(model_directory)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"id": "0"')
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_terminal_gets_the_persons_view(model_directory: Path) -> None:
    Path("a.txt").write_text(STAY)
    code = "from stancekit.cli import main; main()"
    ours, theirs = os.openpty()
    subprocess.run(
        [sys.executable, "-c", code, "predict", "a.txt", "-m", str(model_directory)],
        stdout=theirs,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "80"},
        check=True,
    )
    os.close(theirs)
    view = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "pro-presence      The soldiers must stay in the capital" in view
    assert "Summary ──" in view
    assert "\x1b" not in view


# models and help


def test_models_lists_a_line_each(check: Check, runner: CliRunner) -> None:
    from stancekit import shipped_models

    result = runner.invoke(main, ["models"])
    check(result)
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == list(shipped_models())


def test_models_verify_finds_a_changed_file(
    check: Check, runner: CliRunner, fitted_stance: Any, tmp_path: Path
) -> None:
    from stancekit import save_model

    save_model(fitted_stance, tmp_path / "m", golden=[STAY])
    result = runner.invoke(main, ["models", "verify", "m"])
    check(result)
    assert result.stdout == "m: 5 files and 1 golden passages are as they should be\n"
    with Path("m/README.md").open("a") as card:
        card.write("Better than it is.")
    check(runner.invoke(main, ["models", "verify", "m"]), 1, "README.md has")


def test_models_without_a_card_are_told_in_a_line(
    check: Check, runner: CliRunner, fitted_stance: Any, tmp_path: Path
) -> None:
    from stancekit import save_model

    save_model(fitted_stance, tmp_path / "m")
    Path("m/README.md").unlink()
    check(runner.invoke(main, ["models", "show", "m"]), 1, "README.md: No such file or directory")


def commands() -> list[list[str]]:
    found = [[]]
    for name, command in main.commands.items():
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, one] for one in command.commands]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_shows_an_example_within_80_columns(
    check: Check, runner: CliRunner, command: list[str]
) -> None:
    result = runner.invoke(main, [*command, "-h"], terminal_width=80)
    check(result)
    assert f"\n  {' '.join(['stancekit', *command])} " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_wrong_usage_has_an_exit_code_of_its_own(check: Check, runner: CliRunner) -> None:
    check(runner.invoke(main, ["predict", "--frobnicate"]), 2, "No such option")
    check(runner.invoke(main, ["train", "data.csv"]), 2, "Missing option '-o'")


# predict: who says it


NAMED = f"“{LEAVE[:-1]},” said Dan Ames.\n\nThe Pentagon said that {STAY[0].lower()}{STAY[1:]}\n"


def test_predict_by_speaker_prints_the_author_and_each_speaker_of_an_article(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("news").mkdir()
    for name in ("a", "b"):
        Path("news", f"{name}.txt").write_text(NAMED)
    command = ["predict", "news", "-m", str(model_directory), "--by", "speaker"]
    result = runner.invoke(main, command)
    check(result)
    lines = lines_of(result)
    found = [(line["articles"], line["speaker"], line["is_author"]) for line in lines]
    assert found == [
        (["news/a.txt"], None, True),
        (["news/a.txt"], "Dan Ames", False),
        (["news/a.txt"], "Pentagon", False),
        (["news/b.txt"], None, True),
        (["news/b.txt"], "Dan Ames", False),
        (["news/b.txt"], "Pentagon", False),
    ]
    assert lines[1]["counts"]["pro-withdrawal"] == lines[2]["counts"]["pro-presence"] == 1
    assert lines[1]["strongest"]["stance"] == "pro-withdrawal"

    merged = lines_of(runner.invoke(main, [*command, "--merge-names"]))
    assert [(line["speaker"], line["statements"]) for line in merged] == [
        *((None, 0), ("Dan Ames", 2), ("Pentagon", 2))
    ]
    table = runner.invoke(main, [*command, "--format", "table"])
    check(table)
    assert table.stdout.count("Dan Ames") == 2
    check(runner.invoke(main, [*command, "-o", "out.csv"]))
    assert Path("out.csv").read_text().splitlines()[2].startswith("news/a.txt,Dan Ames,")


def test_predict_by_speaker_reads_rows_that_are_articles(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    Path("rows.jsonl").write_text(json.dumps({"body": NAMED, "key": "r1"}) + "\n")
    command = ["predict", "rows.jsonl", "-m", str(model_directory), "--text", "body", "--id", "key"]
    result = runner.invoke(main, [*command, "--split", "--by", "speaker"])
    check(result)
    assert [line["articles"] for line in lines_of(result)] == [["r1"]] * 3
    check(runner.invoke(main, [*command, "--by", "speaker"]), 2, "add --split if each row")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--merge-names"], "--merge-names is for speakers; add --by speaker"),
        (["--by", "speaker", "--no-voices"], "leave out --no-voices"),
    ],
)
def test_options_of_voices_that_contradict_are_refused(
    check: Check, runner: CliRunner, model_directory: Path, options: list[str], error: str
) -> None:
    Path("article.txt").write_text(NAMED)
    command = ["predict", "article.txt", "-m", str(model_directory), *options]
    check(runner.invoke(main, command), 2, error)


def test_voices_are_found_in_articles_and_in_rows_when_asked(
    runner: CliRunner, model_directory: Path
) -> None:
    Path("article.txt").write_text(NAMED)
    Path("rows.jsonl").write_text(json.dumps({"body": NAMED}) + "\n")
    of_article = ["predict", "article.txt", "-m", str(model_directory)]
    of_rows = ["predict", "rows.jsonl", "--text", "body", "-m", str(model_directory)]

    def voices_of(*command: str) -> list[object]:
        lines = lines_of(runner.invoke(main, list(command)))
        return [
            [v["speaker"] for v in line["voices"]] if "voices" in line else None for line in lines
        ]

    assert voices_of(*of_article) == [["Dan Ames"], ["Pentagon"]]
    assert voices_of(*of_article, "--no-voices") == [None, None]
    assert voices_of(*of_rows) == [None]
    assert voices_of(*of_rows, "--voices") == [["Dan Ames", "Pentagon"]]
