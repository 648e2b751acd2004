"""`train --ignore-names`: a model that does not mind who is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tables_of import write_rows

from stancekit import load_model
from stancekit.cli import main

ROWS = [
    {"text": f"In the hall {name} said the dam must {verb} before winter {n}.", "label": label}
    for n in range(10)
    for name, verb, label in (
        ("Smith", "stay", "for"),
        ("Jones", "go", "against"),
        ("Miller", "stay", "for"),
        ("Baker", "go", "against"),
    )
]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


def train(names: str) -> Result:
    data = write_rows("data.csv", ROWS)
    return CliRunner().invoke(
        main, ["train", data, "-o", "new", "--folds", "2", "--ignore-names", names]
    )


@pytest.mark.parametrize("source", ["names.txt", "capitalised"])
def test_another_name_makes_no_difference(source: str) -> None:
    Path("names.txt").write_text("# who\nSmith Jones\nmiller\n", encoding="utf-8")
    result = train(source)
    assert result.exit_code == 0, result.output
    model = load_model("new")
    texts = [str(ROWS[0]["text"]).replace("Smith", name) for name in ("Smith", "Miller", "Ames")]
    one, other, unknown = model.predict_proba(texts).tolist()
    assert one == other == unknown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the names to ignore in names.txt (No such file or directory)"),
        (b"\xff\xfe\xff", "(no UTF-8 text)"),
        (b"# nobody\n", "names.txt holds no name to ignore"),
        ("—".encode(), "expected one word"),
    ],
)
def test_what_holds_no_names_is_told_before_the_work(content: bytes | None, message: str) -> None:
    if content is not None:
        Path("names.txt").write_bytes(content)
    result = train("names.txt")
    assert result.exit_code in (1, 2), result.output
    assert message in result.stderr
    assert "scoring" not in result.stderr
    assert not Path("new").exists()
