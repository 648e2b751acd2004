"""What the documents say is so: commands run, code runs, tables are those of the results."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import stancekit
from stancekit.cli import main
from training.documents import read_block, replace_block
from training.tables import BLOCKS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = {
    name: command for name, command in main.commands.items() if not isinstance(command, click.Group)
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line.rpartition("&& ")[2] for line in lines if "stancekit " in line]


@pytest.fixture
def in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, as beside README.md."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_begins_with_the_two_commands() -> None:
    first, second = blocks("sh")[:2]

    assert first == "pip install . && stancekit predict examples/iraq-debate.txt\n"
    assert second == 'pip install -e ".[test]" && pytest\n'


def test_commands_of_the_readme_run(
    runner: CliRunner, in_a_copy: Path, check: Callable[..., None]
) -> None:
    for line in commands():
        arguments = shlex.split(line, comments=True)[1:]
        check(runner.invoke(main, arguments))

    assert (in_a_copy / "passages.csv").stat().st_size > 0
    assert (in_a_copy / "labels.jsonl").read_text(encoding="utf-8").count("\n") == 32


@pytest.mark.parametrize(
    "code", blocks("python"), ids=["predict", "speakers", "voices", "train", "targets", "encoder"]
)
def test_code_of_the_readme_runs(code: str, in_a_copy: Path) -> None:
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_has_help_and_stands_in_the_readme(name: str, runner: CliRunner) -> None:
    result = runner.invoke(main, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert f"stancekit {name}" in result.output
    assert f"stancekit {name}" in README


def test_json_fields_in_the_readme_are_those_of_a_line(runner: CliRunner, in_a_copy: Path) -> None:
    import json

    result = runner.invoke(main, ["predict", "examples/iraq-debate.txt"])

    fields = list(json.loads(result.stdout.splitlines()[0]))
    assert ", ".join(f"`{field}`" for field in fields) in README.replace("\n", " ")


@pytest.mark.parametrize(("path", "name"), list(BLOCKS), ids=lambda part: Path(part).name)
def test_tables_are_those_of_the_results(path: Path, name: str) -> None:
    assert read_block(path, name) == BLOCKS[path, name]().strip()


def test_block_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# A\n<!-- t -->old<!-- /t -->\nend\n", encoding="utf-8")

    replace_block(path, "t", "| new \\1 |")

    assert (
        path.read_text(encoding="utf-8") == "# A\n<!-- t -->\n\n| new \\1 |\n\n<!-- /t -->\nend\n"
    )
    with pytest.raises(stancekit.DataError, match="has no '<!-- u -->'"):
        read_block(path, "u")


def test_version_is_one_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"\nversion: {stancekit.__version__}\n" in citation
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == stancekit.__version__  # type: ignore[index]


def test_links_of_the_documents_lead_somewhere() -> None:
    documents = [path for path in ROOT.rglob("*.md") if not {".venv", "build"} & {*path.parts}]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (document.parent / target).exists(), f"{document} links to {target}"
