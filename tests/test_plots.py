"""Pictures are written whole, the same each time, and say in words what they show."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import Passages
from tables_of import rows_of, write_rows
from test_cli_measure import gold, predictions, write

from stancekit import (
    DataError,
    InputError,
    MissingExtraError,
    Share,
    measure,
    plot_evaluation,
    plot_shares,
    risk_coverage,
    score,
)
from stancekit.cli import main
from stancekit.plots.canvas import styles_of

pytest.importorskip("matplotlib", reason="matplotlib: pip install 'stancekit[plot]'")

Check = Callable[..., None]
pytestmark = pytest.mark.usefixtures("in_empty_folder")

LABELS = ("against", "for", "neutral")
RIGHT = ["for", "against", "neutral", "for"] * 6
SAID = ["for", "against", "for", "neutral"] * 6
ARTICLES = [place // 4 for place in range(24)]
MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def texts(path: str) -> list[str]:
    """What an SVG says in words."""
    found = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(one.itertext()).strip() for one in found]


def scores() -> tuple[Any, Any]:
    proba = [[0.7 if label == said else 0.15 for label in LABELS] for said in SAID]
    options: dict[str, Any] = {"groups": ARTICLES, "n_bootstrap": 50}
    found = score(RIGHT, SAID, proba=proba, labels=LABELS, **options)
    return found, risk_coverage(RIGHT, SAID, [max(row) for row in proba], **options)


def shares(**by: list[str]) -> tuple[Share, ...]:
    return measure(SAID, by=by, groups=ARTICLES, labels=LABELS, n_bootstrap=20)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_same_picture_has_the_same_bytes(form: str) -> None:
    for name in ("one", "two"):
        plot_evaluation(*scores(), f"{name}.{form}", title="valley")
        plot_shares(shares(), f"{name}-shares.{form}")

    for what in ("", "-shares"):
        one = Path(f"one{what}.{form}").read_bytes()
        assert one.startswith(MAGIC[form])
        assert one == Path(f"two{what}.{form}").read_bytes()


def test_scores_are_named_with_their_size() -> None:
    plot_evaluation(*scores(), "scores.svg", title="valley")

    said = texts("scores.svg")
    assert "valley: n = 24 passages in 6 articles" in said
    assert any(one.startswith("Reliability: calibration error 0.") for one in said)
    assert any(one.startswith("Risk by coverage: area 0.") for one in said)
    assert any(one.startswith("Confusion: macro F1 0.") for one in said)
    assert {"100%", "50%", "6"} <= {word for one in said for word in one.split()}


def test_scores_without_probabilities_are_one_panel() -> None:
    plot_evaluation(score(RIGHT, SAID, n_bootstrap=0), None, "scores.svg")

    said = texts("scores.svg")
    assert "n = 24 passages" in said
    assert not any("Reliability" in one or "Risk" in one for one in said)


def test_months_make_lines_and_other_columns_panels() -> None:
    months = ["2019-01", "2019-02", "2019-05"] * 8
    plot_shares(shares(outlet=["Post", "Herald"] * 12, month=months), "shares.svg", title="corpus")

    said = texts("shares.svg")
    assert "corpus: share of each stance, counted, not corrected" in said
    assert "n = 24 passages; 95% intervals; the rest is neutral" in said
    assert {"Herald: n = 12", "Post: n = 12", "against"} <= set(said)
    assert "for (hollow: fewer than 10 passages)" in said
    assert "neutral" not in said


def test_months_of_labels_that_all_take_a_side_are_drawn_whole() -> None:
    found = measure(SAID, by={"month": ["2019-01", "2019-02"] * 12}, labels=LABELS, n_bootstrap=20)
    plot_shares([replace(one, stance=f"side {one.stance}") for one in found], "shares.svg")

    said = texts("shares.svg")
    assert {f"side {label}" for label in LABELS} <= set(said)
    assert not any("the rest" in one or "hollow" in one for one in said)


def test_line_breaks_where_a_month_has_no_passages() -> None:
    def n_moves(months: list[str]) -> int:
        plot_shares(shares(month=months), "shares.svg", force=True)
        drawn = ElementTree.parse("shares.svg").iter("{http://www.w3.org/2000/svg}path")
        dashed = [one for one in drawn if "stroke-dasharray" in (one.get("style") or "")]
        return sum((one.get("d") or "").count("M") for one in dashed)

    whole = n_moves(["2019-01", "2019-02", "2019-03", "2019-04"] * 6)
    assert n_moves(["2019-01", "2019-02", "2019-08", "2019-09"] * 6) > whole


def test_best_of_several_methods_is_drawn() -> None:
    right: list[str | None] = [*RIGHT[:12], *[None] * 12]
    found = measure(SAID, gold=right, groups=ARTICLES, labels=LABELS, n_bootstrap=20)
    plot_shares(found, "shares.svg")

    said = texts("shares.svg")
    assert "share of each stance, corrected (ppi)" in said
    assert "n = 24 passages, 12 labelled by hand; 95% intervals" in said
    assert set(LABELS) <= set(said)


def test_parts_are_rows_with_their_size() -> None:
    plot_shares(shares(outlet=["Post", "Herald"] * 12), "shares.svg")

    assert {"Herald", "Post", "n = 12"} <= set(texts("shares.svg"))


def test_frames_are_drawn_where_there_are_no_stances() -> None:
    frames = [replace(one, stance=None, frame=f"frame {one.stance}") for one in shares()]
    plot_shares(frames, "frames.svg")
    assert "frame neutral" in texts("frames.svg")
    plot_shares([*shares(), *frames], "both.svg")
    assert "frame neutral" not in texts("both.svg")


def test_labels_are_told_apart_without_colour() -> None:
    styles = styles_of(["neutral", *"abcdef"])

    assert len({(one.marker, one.line) for one in styles.values()}) == 7
    assert styles["neutral"].line == ":"


@pytest.mark.parametrize(
    ("path", "by", "error"),
    [
        ("shares.gif", {}, r"cannot draw 'shares\.gif'; end it in \.png, \.svg or \.pdf"),
        ("a.svg", {"outlet": [str(k) for k in range(24)], "month": ["2019-01"] * 24}, "12 panels"),
        ("a.svg", {"x": [str(k) for k in range(24)], "y": list("ab") * 12}, None),
    ],
)
def test_pictures_that_nobody_could_read_are_refused(
    path: str, by: dict[str, list[str]], error: str | None
) -> None:
    found = shares(**by)
    if error is None:
        found += tuple(replace(one, by={"x": f"{one.by['x']}+", "y": "c"}) for one in found)
        error = "got 48 parts; expected at most 40 rows"
    with pytest.raises(InputError, match=error):
        plot_shares(found, path)
    assert not list(Path().iterdir())


def test_nothing_to_draw_is_told() -> None:
    with pytest.raises(InputError, match="got no shares to draw"):
        plot_shares([], "shares.svg")


def test_existing_picture_is_kept_without_force() -> None:
    Path("shares.svg").write_text("mine")
    with pytest.raises(DataError, match=r"shares\.svg exists; add --force"):
        plot_shares(shares(), "shares.svg")
    assert Path("shares.svg").read_text() == "mine"
    plot_shares(shares(), "shares.svg", force=True)
    assert Path("shares.svg").read_text() != "mine"


def test_without_matplotlib_the_extra_is_named(
    check: Check, runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[plot\]'"):
        plot_shares(shares(), "shares.svg")
    command = ["measure", write("labels.jsonl", predictions()), "--plot", "shares.svg"]
    result = runner.invoke(main, command)
    check(result, 1, "pip install 'stancekit[plot]'")
    assert result.stdout == ""


def test_measure_draws_what_it_measures(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    command += ["--gold", write("gold.csv", gold()), "--by-month", "date", "--plot", "shares.svg"]
    check(runner.invoke(main, command), 0, "drew shares.svg")
    assert "labels.jsonl: share of each stance, corrected (ppi)" in texts("shares.svg")
    check(runner.invoke(main, command), 1, "shares.svg exists; add --force")
    check(runner.invoke(main, [*command, "--force"]), 0, "drew shares.svg")
    check(runner.invoke(main, [*command[:-1], "shares.gif"]), 1, "cannot draw 'shares.gif'")


def test_train_draws_what_it_scores(check: Check, runner: CliRunner, passages: Passages) -> None:
    data = write_rows("data.csv", rows_of(passages))
    command = ["train", data, "-o", "new", "--group", "article", "--folds", "2"]
    check(runner.invoke(main, [*command, "--plot", "new.svg"]), 0, "drew new.svg")

    assert "new, held-out passages: n = 72 passages in 12 articles" in texts("new.svg")
    command[3] = "other"
    check(runner.invoke(main, [*command, "--plot", "a.txt"]), 1, "end it in .png, .svg or .pdf")
    assert not Path("other").exists()


def test_evaluate_draws_what_it_scores(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    data = write_rows("held.csv", rows_of(passages))
    command = ["evaluate", data, "-m", str(model_directory), "--group", "article"]
    result = runner.invoke(main, [*command, "--plot", "scores.svg"])
    check(result, 0, "drew scores.svg")
    assert "valley on held.csv: n = 72 passages in 12 articles" in texts("scores.svg")
    check(runner.invoke(main, [*command, "--plot", "scores.svg"]), 1, "exists; add --force")
