"""The nearest training passages: named by a model that keeps them, and never their texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Passages
from tables_of import lines_of, rows_of, write_rows

from stancekit import (
    InputError,
    KeptPassages,
    Model,
    ModelError,
    StanceClassifier,
    load_model,
    save_model,
    write_report,
)
from stancekit.cli import main
from stancekit.storage import find_model, read_manifest

Check = Callable[..., None]


@pytest.fixture(scope="module")
def model(fitted_stance: StanceClassifier, passages: Passages) -> Model:
    X = fitted_stance.features_.transform(passages.texts)
    ids = [f"p{n}" for n in range(len(passages.texts))]
    kept = KeptPassages.of(ids, passages.labels, X)
    return Model(fitted_stance, name="kept", passages=kept)


def test_nearest_are_those_with_the_highest_cosine(model: Model, passages: Passages) -> None:
    text = "Bring our soldiers home from the valley; the militants will return."

    found = model.explain(text).nearest

    X = model.stance.features_.transform(passages.texts).toarray()
    x = model.stance.features_.transform([text]).toarray()[0]
    distances = 1 - X @ x
    order = np.argsort(distances, kind="stable")[:3]
    assert [one.id for one in found] == [f"p{row}" for row in order]
    assert [one.label for one in found] == [passages.labels[row] for row in order]
    assert [one.distance for one in found] == pytest.approx(distances[order].tolist())


def test_passage_itself_is_nearest_and_what_shares_no_word_is_not_near(
    model: Model, passages: Passages
) -> None:
    first = model.explain(passages.texts[5]).nearest[0]

    assert (first.id, first.label) == ("p5", passages.labels[5])
    assert first.distance == pytest.approx(0, abs=1e-9)
    assert model.explain("xyzzy plugh").nearest == ()


def test_model_that_keeps_none_names_none(fitted_stance: StanceClassifier) -> None:
    assert Model(fitted_stance).explain("Bring our soldiers home.").nearest == ()


def test_saved_model_names_the_same_and_holds_no_text(
    model: Model, passages: Passages, tmp_path: Path
) -> None:
    save_model(model, tmp_path / "kept")

    loaded = load_model(tmp_path / "kept")

    for text in passages.texts[:3]:
        assert loaded.explain(text).nearest == model.explain(text).nearest
    held = b"".join(path.read_bytes() for path in (tmp_path / "kept").iterdir())
    assert passages.texts[0].encode() not in held
    card = (tmp_path / "kept" / "README.md").read_text(encoding="utf-8")
    assert f"keeps the words and labels of {len(passages.texts)} training passages" in card
    assert "n_passages" not in read_manifest(find_model("troops-en"))


@pytest.mark.parametrize(
    "arrays",
    [
        {"indices": np.array([10**6])},
        {"indices": np.array([-1])},
        {"indptr": np.array([0, 2])},
        {"indptr": np.array([1, 1])},
        {"labels": np.array([9])},
        {"labels": np.array([0, 0])},
        {"data": np.array([np.nan])},
        {"data": np.array([1], dtype=np.int64)},
    ],
)
def test_kept_passages_that_do_not_hold_together_are_refused(
    arrays: dict[str, np.ndarray],
) -> None:
    good = {
        "data": np.array([1.0]),
        "indices": np.array([0], dtype=np.int32),
        "indptr": np.array([0, 1], dtype=np.int32),
        "labels": np.array([0], dtype=np.int32),
    }
    assert KeptPassages.restore(["a"], good, ["x", "y"], 5).labels == ("x",)

    changed = {
        name: values if name == "data" else values.astype(np.int32)
        for name, values in arrays.items()
    }
    with pytest.raises(ValueError, match="kept passages"):
        KeptPassages.restore(["a"], {**good, **changed}, ["x", "y"], 5)


def test_damaged_directory_is_told_in_a_sentence(model: Model, tmp_path: Path) -> None:
    kept = model.passages
    assert kept is not None
    broken = replace(kept, ids=kept.ids[:-1])
    save_model(replace(model, passages=broken), tmp_path / "broken")

    with pytest.raises(ModelError, match="rows of kept passages do not hold together"):
        load_model(tmp_path / "broken")


@pytest.mark.usefixtures("in_empty_folder")
def test_train_keeps_passages_and_predict_names_them(
    passages: Passages, runner: CliRunner, check: Check
) -> None:
    rows = [{**row, "frames": f"<b>{n}"} for n, row in enumerate(rows_of(passages))]
    table = write_rows("rows.csv", rows)
    command = ["train", table, "-o", "m", "--group", "article", "--folds", "2"]

    check(runner.invoke(main, [*command, "--keep-passages", "frames"]))

    Path("a.txt").write_text(passages.texts[7], encoding="utf-8")
    explained = ["predict", "-m", "m", "a.txt", "--explain"]
    result = runner.invoke(main, explained)
    check(result)
    nearest = lines_of(result)[0]["explanation"]["nearest"]
    assert len(nearest) == 3
    assert nearest[0]["id"] == "<b>7"
    assert nearest[0]["label"] == passages.labels[7]
    shown = runner.invoke(main, [*explained, "--format", "table"])
    assert f"nearest: <b>7 {passages.labels[7]} at 0.00" in " ".join(shown.stdout.split())
    check(runner.invoke(main, [*explained, "-o", "a.html"]))
    html = Path("a.html").read_text(encoding="utf-8")
    assert 'data-nearest="[[&#34;&lt;b&gt;7&#34;, ' in html


@pytest.mark.usefixtures("in_empty_folder")
def test_ids_that_stand_twice_are_refused_before_the_work(
    passages: Passages, runner: CliRunner, check: Check
) -> None:
    table = write_rows("rows.csv", rows_of(passages))

    result = runner.invoke(main, ["train", table, "-o", "m", "--keep-passages", "article"])

    check(result, 1, "the id 'article-0' stands for 6 passages; name a column with an id for each")
    assert not Path("m").exists()


def test_other_number_of_ids_is_refused(model: Model) -> None:
    kept = model.passages
    assert kept is not None
    with pytest.raises(InputError, match="got 2 ids for 72 passages"):
        KeptPassages.of(["a", "b"], kept.labels, kept.X)


def test_report_shows_the_nearest_only_where_there_are_some(model: Model, tmp_path: Path) -> None:
    write_report(
        [model.analyze("Bring our soldiers home.", explain=True)], tmp_path / "a.html", model
    )
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert html.count("data-nearest=") == 1
