"""What the documents say is so: commands run, code runs, tables are those of the results."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import stancekit
from docs.commands import reference
from docs.picture import PICTURE, take
from stancekit.cli import main
from training.documents import read_block, replace_block
from training.tables import BLOCKS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = {
    name: command for name, command in main.commands.items() if not isinstance(command, click.Group)
}


PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
# What a line of a shell block may begin with, beside the command itself.
OTHER_PROGRAMS = ("pip install ", "make ", "pytest")


def blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of code of a page in order, each with its language."""
    return re.findall(r"^```(sh|python)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, as beside README.md."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_begins_with_the_two_commands() -> None:
    (_, first), (_, second) = blocks(README)[:2]

    assert first == "pip install . && stancekit predict examples/iraq-debate.txt\n"
    assert second == 'pip install -e ".[test]" && pytest\n'


def test_readme_is_one_screen() -> None:
    assert README.count("\n") <= 60


# The recipes run in `test_recipes.py`, each where its engine is installed.
@pytest.mark.parametrize(
    "page", [page for page, text in PAGES.items() if blocks(text) and page != "docs/recipes.md"]
)
def test_every_block_of_code_runs(
    page: str, runner: CliRunner, in_a_copy: Path, check: Callable[..., None]
) -> None:
    for language, code in blocks(PAGES[page]):
        if language == "python":
            exec(compile(code, page, "exec"), {})
            continue
        for line in code.splitlines():
            command = line.rpartition("&& ")[2]
            if command.startswith("stancekit "):
                check(runner.invoke(main, shlex.split(command, comments=True)[1:]))
            else:
                assert command.startswith(OTHER_PROGRAMS), line


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_has_help_and_stands_in_the_readme(name: str, runner: CliRunner) -> None:
    result = runner.invoke(main, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert f"stancekit {name}" in result.output
    assert f"stancekit {name}" in README
    assert f"\n## stancekit {name}\n" in PAGES["docs/commands.md"]


def test_command_reference_is_what_help_says() -> None:
    assert PAGES["docs/commands.md"] == reference(), "run `python -m docs.commands`"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_command_reference_has_every_option(name: str) -> None:
    page = PAGES["docs/commands.md"]
    section = page.partition(f"\n## stancekit {name}\n")[2].partition("\n## ")[0]

    for option in COMMANDS[name].params:
        assert option.param_type_name == "argument" or option.opts[-1] in section


def test_json_fields_in_the_docs_are_those_of_a_line(runner: CliRunner, in_a_copy: Path) -> None:
    result = runner.invoke(main, ["predict", "examples/iraq-debate.txt"])

    fields = list(json.loads(result.stdout.splitlines()[0]))
    assert ", ".join(f"`{field}`" for field in fields) in PAGES["docs/reading.md"]


def test_library_reference_has_every_public_name_once() -> None:
    names = re.findall(r"^\.\. auto\w+:: (\w+)$", PAGES["docs/api.md"], re.MULTILINE)

    assert sorted(names) == sorted(stancekit.__all__)


def test_every_page_stands_in_the_table_of_contents() -> None:
    tables = re.findall(r"^```{toctree}\n(.*?)^```", PAGES["docs/index.md"], re.DOTALL | re.M)
    lines = [line for table in tables for line in table.splitlines()]
    entries = {line for line in lines if line and not line.startswith(":")}
    pages = {Path(page).stem for page in PAGES if page.startswith("docs/")}

    assert entries == pages - {"index"}


def test_documentation_builds_without_a_warning_and_loads_nothing(tmp_path: Path) -> None:
    pytest.importorskip("furo", reason="the documentation is built with the extra `docs`")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]

    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    for page in tmp_path.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert not re.search(r"(?:\ssrc|<link[^>]*\shref)=\"(?:https?:)?//", html), page.name


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


def test_picture_of_the_report_can_be_taken_anew(tmp_path: Path) -> None:
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        pytest.skip("there is no chromium with chromedriver here")
    pytest.importorskip("selenium")
    image = pytest.importorskip("PIL.Image")

    take(tmp_path / "report.png")

    with image.open(tmp_path / "report.png") as taken, image.open(PICTURE) as kept:
        assert taken.width == kept.width
        assert taken.height > 400
        colours = taken.convert("RGB").getcolors()
        assert len(colours) > 20


def test_version_is_one_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"\nversion: {stancekit.__version__}\n" in citation
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == stancekit.__version__  # type: ignore[index]


def test_links_of_the_documents_lead_somewhere() -> None:
    passed_over = {".venv", "build", "_build"}
    documents = [path for path in ROOT.rglob("*.md") if not passed_over & {*path.parts}]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (document.parent / target).exists(), f"{document} links to {target}"
