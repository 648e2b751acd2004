"""`stancekit predict --explain`: why each passage has its label, for people and for programs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PRESENCE, WITHDRAWAL
from rich.console import Console
from tables_of import lines_of

from stancekit import explain, load_model
from stancekit.cli import main
from stancekit.cli.terminal import show_analysis

LEAVE = WITHDRAWAL[0].format("the capital")
STAY = PRESENCE[0].format("the capital")

Check = Callable[..., None]
pytestmark = pytest.mark.usefixtures("in_empty_folder")


@pytest.fixture
def command(model_directory: Path) -> list[str]:
    Path("a.txt").write_text(f"{LEAVE}\n\n{STAY}\n", encoding="utf-8")
    return ["predict", "-m", str(model_directory), "a.txt", "--explain"]


def test_json_lines_have_spans_and_weights_that_add_up(
    command: list[str], runner: CliRunner, check: Check
) -> None:
    result = runner.invoke(main, command)

    check(result)
    text = Path("a.txt").read_text(encoding="utf-8")
    for row in lines_of(result):
        found = row["explanation"]
        assert found["label"] == row["stance"]
        for label, score in found["scores"].items():
            parts = [found[name][label] for name in ("constant", "mixing", "encoder")]
            parts += [one["weights"][label] for one in found["words"]]
            assert sum(parts) == pytest.approx(score, abs=1e-9)
        for one in found["words"]:
            ((start, end),) = one["spans"]
            assert text[start:end].lower() == one["form"]


def test_numbers_are_those_of_the_library(
    command: list[str], runner: CliRunner, model_directory: Path
) -> None:
    first, second = lines_of(runner.invoke(main, command))

    model = load_model(model_directory)
    assert first["explanation"] == model.explain(LEAVE).to_dict()
    assert second["explanation"] == explain(model, STAY, start=len(LEAVE) + 2).to_dict()


def test_terminal_marks_words_and_says_in_words_what_they_speak_for(
    command: list[str], runner: CliRunner, check: Check
) -> None:
    result = runner.invoke(main, [*command, "--format", "table"])

    check(result)
    shown = " ".join(result.stdout.split())
    assert "+ pro-withdrawal" in shown
    assert "− pro-presence" in shown
    assert "= without words" in shown
    assert LEAVE in shown


def test_terminal_says_why_a_voice_takes_its_side(
    model_directory: Path, runner: CliRunner, check: Check
) -> None:
    Path("a.txt").write_text(f"“{LEAVE}” said Dan Ames. The committee met on Monday.")
    command = ["predict", "-m", str(model_directory), "a.txt", "--explain", "--format", "table"]
    result = runner.invoke(main, command)

    check(result)
    (passage,) = load_model(model_directory).analyze(Path("a.txt").read_text(), explain=True).scored
    (voice,) = passage.voices or ()
    assert voice.explanation is not None
    term = voice.explanation.terms[0]
    shown = " ".join(result.stdout.split())
    assert f"“ Dan Ames pro-withdrawal + {term.form} {term.strength:.2f}" in shown
    assert "“ the author" not in shown


def test_moving_words_are_underlined_in_the_colour_of_their_side(model_directory: Path) -> None:
    analysis = load_model(model_directory).analyze(f"{LEAVE}\x1b[2J", explain=True)
    file = io.StringIO()
    console = Console(file=file, width=200, force_terminal=True, color_system="256")

    show_analysis(console, analysis)

    assert "\x1b[2J" not in file.getvalue()
    assert "\x1b[1;4;38;5;166mhome\x1b[0m" in file.getvalue()
    plain = " ".join(re.sub(r"\x1b\[[\d;]*m", "", file.getvalue()).split())
    assert "\N{REPLACEMENT CHARACTER}[2J" in plain
    assert set(LEAVE.split()[:-1]) <= set(plain.split())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "a.csv"], "--explain has no place in a table; write .jsonl or .html"),
        (["--format", "parquet", "-o", "a"], "--explain has no place in a table"),
        (["--by", "speaker"], "--explain is for passages; leave out --by"),
    ],
)
def test_what_cannot_hold_an_explanation_is_refused(
    options: list[str], sentence: str, command: list[str], runner: CliRunner, check: Check
) -> None:
    check(runner.invoke(main, [*command, *options]), 2, sentence)
    assert [path.name for path in Path().iterdir()] == ["a.txt"]


def test_rows_of_a_table_are_explained(
    runner: CliRunner, model_directory: Path, check: Check
) -> None:
    Path("t.csv").write_text(f'text\n"{LEAVE}"\n""\n', encoding="utf-8")
    command = ["predict", "-m", str(model_directory), "t.csv", "--text", "text", "--explain"]

    result = runner.invoke(main, command)

    check(result, 3)
    first, second = lines_of(result)
    assert first["explanation"]["label"] == first["stance"]
    assert "explanation" not in second
