"""Models with a sentence encoder: what is stored of it, and how it is found and known again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import PRESENCE, Passages
from encoders_of import Letters
from safetensors.numpy import load
from tables_of import lines_of, write_rows
from test_cli_train import rows_of
from test_saving import contents, sign

from stancekit import (
    CachedEncoder,
    FrameClassifier,
    InputError,
    MissingExtraError,
    Model,
    ModelError,
    StanceClassifier,
    load_model,
    save_model,
    verify_model,
)
from stancekit.cli import main
from stancekit.recipe import share_features, train_model

TEXTS = ["The soldiers must stay.", "", "soldiers", "the unheard-of war"]
FAKE_PACKAGE = """
from pathlib import Path
from encoders_of import Letters

OPENED = []

class SentenceTransformer(Letters):
    def __init__(self, place, local_files_only=False):
        OPENED.append((place, local_files_only))
        if not Path(place).is_dir() and local_files_only:
            raise OSError("no such file\\nin the cache")
        super().__init__(16)
"""


@pytest.fixture(scope="module")
def model(passages: Passages, fitted_frames: FrameClassifier) -> Model:
    stance = StanceClassifier(encoder=Letters(), Cs=(3.0,), n_folds=3)
    stance.fit(passages.texts, passages.labels)
    return Model(stance, share_features(stance, fitted_frames), "lettered")


@pytest.fixture
def directory(model: Model, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model", golden=[PRESENCE[0], ""])
    return tmp_path / "model"


@pytest.fixture
def fake_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[str, bool]]]:
    """A package sentence_transformers whose models are `Letters`; the places that it opened."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "sentence_transformers.py").write_text(FAKE_PACKAGE)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    import sentence_transformers

    yield sentence_transformers.OPENED
    sys.modules.pop("sentence_transformers")


@pytest.fixture
def encoder_directory(tmp_path: Path) -> Path:
    place = tmp_path / "encoder"
    place.mkdir()
    (place / "modules.json").write_text("[]")
    return place


@pytest.fixture
def placed(
    passages: Passages,
    fake_package: list[tuple[str, bool]],
    encoder_directory: Path,
    tmp_path: Path,
) -> Path:
    """A model whose encoder has a directory."""
    stance = StanceClassifier(encoder=str(encoder_directory), Cs=(3.0,), n_folds=3)
    save_model(stance.fit(passages.texts, passages.labels), tmp_path / "placed", golden=TEXTS)
    fake_package.clear()
    return tmp_path / "placed"


def stated(directory: Path) -> dict[str, Any]:
    manifest = json.loads((directory / "manifest.json").read_bytes())
    return dict(manifest["parts"]["stance"])


def test_what_is_saved_comes_back_with_the_same_encoder(model: Model, directory: Path) -> None:
    encoder = Letters()

    loaded = load_model(directory, encoder=encoder)

    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS))
    assert loaded.analyze_passages(TEXTS) == model.analyze_passages(TEXTS)
    assert loaded.stance.encoder is encoder
    assert vars(loaded.stance).keys() == vars(model.stance).keys()
    assert verify_model(directory, encoder=encoder) == (5, 2)


def test_loaded_model_saves_to_the_same_bytes(directory: Path, tmp_path: Path) -> None:
    save_model(load_model(directory, encoder=Letters()), tmp_path / "two", golden=[PRESENCE[0], ""])

    assert contents(tmp_path / "two") == contents(directory)


def test_manifest_says_where_the_encoder_is_and_nothing_holds_it(directory: Path) -> None:
    facts = stated(directory)

    assert facts["encoder"] == {"kind": "object", "name": "Letters", "n_axes": 16}
    assert "encoder" not in facts["parameters"]
    assert facts["parameters"]["encoder_weight"] == 0.25
    probes = load((directory / "weights.safetensors").read_bytes())["stance.probes"]
    assert probes.shape == (4, 16)
    card = (directory / "README.md").read_text(encoding="utf-8")
    assert "sentence encoder, not part of the model: an object of the class `Letters`, 16" in card


def test_terms_that_frames_share_are_stored_once(directory: Path) -> None:
    assert list(json.loads((directory / "vocabulary.json").read_bytes())) == ["stance"]


def test_models_without_encoder_say_nothing_of_one(model_directory: Path) -> None:
    facts = stated(model_directory)

    assert "encoder" not in facts
    assert not {"encoder", "encoder_weight"} & facts["parameters"].keys()


def test_encoder_object_must_be_given_again(directory: Path) -> None:
    for read in (load_model, verify_model):
        with pytest.raises(ModelError, match=r"encoder object \(Letters\) .* give it again: load_"):
            read(directory)


def test_another_encoder_is_refused(directory: Path) -> None:
    class Others(Letters):
        def encode(self, texts: Any) -> np.ndarray:
            return super().encode(texts)[:, ::-1]

    for encoder, n_axes in ((Others(), 16), (Letters(3), 3)):
        with pytest.raises(ModelError, match=f"other vectors, of {n_axes} axes, than the one"):
            load_model(directory, encoder=encoder)


def test_vectors_may_differ_as_little_as_other_hardware_makes_them(
    model: Model, directory: Path
) -> None:
    class Rough(Letters):
        def encode(self, texts: Any) -> np.ndarray:
            return super().encode(texts) * (1 + 1e-5 * np.arange(16))

    loaded = load_model(directory, encoder=Rough())

    np.testing.assert_allclose(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-3)
    assert verify_model(directory, encoder=Rough()) == (5, 2)


def test_golden_probabilities_that_are_off_by_more_are_told(directory: Path) -> None:
    path = directory / "golden.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0]["probabilities"]["neutral"] += 2e-3
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    sign(directory)

    with pytest.raises(ModelError, match=r"golden passage 0 of .* is off by 2"):
        verify_model(directory, encoder=Letters())


def test_encoder_for_a_model_that_has_none_is_refused(model_directory: Path) -> None:
    with pytest.raises(ModelError, match="trained without an encoder; leave `encoder` out"):
        load_model(model_directory, encoder=Letters())


@pytest.mark.parametrize("encoder", [7, "./none"])
def test_what_is_no_encoder_is_refused(directory: Path, encoder: Any) -> None:
    with pytest.raises(InputError, match=r"as encoder; expected|there is no directory"):
        load_model(directory, encoder=encoder)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "pickle"},
        {"kind": None},
        {"kind": "directory", "name": "encoder"},
        {"kind": "directory", "name": 3},
        {"kind": "hub", "name": "../encoder"},
        {"n_axes": 15},
        {"n_axes": None},
        {"n_axes": -16},
    ],
    ids=str,
)
def test_forged_encoder_is_refused(directory: Path, change: dict[str, Any]) -> None:
    def forge(manifest: dict[str, Any]) -> None:
        manifest["parts"]["stance"]["encoder"].update(change)

    sign(directory, forge)

    with pytest.raises(ModelError, match="does not hold together") as caught:
        load_model(directory, encoder=Letters() if "n_axes" in change else None)
    assert "\n" not in str(caught.value)


def test_forged_weight_of_an_encoder_is_refused(directory: Path) -> None:
    def forge(manifest: dict[str, Any]) -> None:
        manifest["parts"]["stance"]["parameters"]["encoder_weight"] = -1

    sign(directory, forge)

    with pytest.raises(ModelError, match=r"the weight of the encoder is -1\.0"):
        load_model(directory, encoder=Letters())


def test_encoder_is_opened_on_first_use_from_its_place(
    placed: Path, encoder_directory: Path, fake_package: list[tuple[str, bool]]
) -> None:
    loaded = load_model(placed)
    assert fake_package == []

    loaded.predict(TEXTS)
    loaded.predict(TEXTS)

    assert fake_package == [(str(encoder_directory), True)]
    assert loaded.stance.encoder == str(encoder_directory)
    assert stated(placed)["encoder"]["kind"] == "directory"
    assert verify_model(placed) == (5, 4)


def test_encoder_may_have_moved(placed: Path, encoder_directory: Path, tmp_path: Path) -> None:
    encoder_directory.rename(tmp_path / "moved")

    loaded = load_model(placed)
    with pytest.raises(ModelError, match=r"no longer in .*; put it back, or give its new place"):
        loaded.predict(TEXTS)

    moved = load_model(placed, encoder=tmp_path / "moved")
    assert len(moved.predict(TEXTS)) == 4


def test_another_encoder_in_its_place_is_refused_on_first_use(
    placed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Letters, "encode", lambda self, texts: np.ones((len(texts), 16)))

    with pytest.raises(ModelError, match="gives other vectors"):
        load_model(placed).predict(TEXTS)


def test_package_that_is_missing_is_told_on_first_use(
    placed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    loaded = load_model(placed)
    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[encoder\]'"):
        loaded.predict(TEXTS)


def test_model_never_downloads_and_says_how_to(
    passages: Passages, tmp_path: Path, fake_package: list[tuple[str, bool]]
) -> None:
    stance = StanceClassifier(encoder="some-org/letters", Cs=(3.0,), n_folds=3)
    save_model(stance.fit(passages.texts, passages.labels), tmp_path / "model")
    assert fake_package == [("some-org/letters", False)]

    loaded = load_model(tmp_path / "model")
    with pytest.raises(ModelError, match="never downloads one by itself; ask for it") as caught:
        loaded.predict(TEXTS)

    assert fake_package[1:] == [("some-org/letters", True)]
    assert "\n" not in str(caught.value)
    assert len(load_model(tmp_path / "model", encoder="some-org/letters").predict(TEXTS)) == 4


def test_training_encodes_each_passage_once(passages: Passages) -> None:
    encoder = Letters()

    trained = train_model(
        passages.texts, passages.labels, groups=passages.articles, encoder=encoder, n_folds=2
    )

    assert sorted(encoder.read) == sorted(set(passages.texts))
    assert trained.scores.macro_f1.value > 0.9
    assert isinstance(trained.model.stance.encoder, CachedEncoder)


def test_commands_train_and_predict_with_an_encoder(
    passages: Passages,
    runner: CliRunner,
    check: Callable[..., None],
    encoder_directory: Path,
    fake_package: list[tuple[str, bool]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    data = write_rows("data.csv", rows_of(passages))
    columns = ["--group", "article", "--frames", "frames", "--folds", "2"]
    result = runner.invoke(main, ["train", data, "-o", "new", "--encoder", "encoder", *columns])
    check(result)
    assert "encoding passages" in result.stderr
    assert fake_package == [(str(encoder_directory), True)]

    Path("a.txt").write_text(PRESENCE[0])
    (line,) = lines_of(runner.invoke(main, ["predict", "a.txt", "-m", "new"]))
    assert (line["stance"], line["frames"]) == ("pro-presence", ["security"])
    check(runner.invoke(main, ["models", "verify", "new"]))

    encoder_directory.rename(tmp_path / "moved")
    check(runner.invoke(main, ["predict", "a.txt", "-m", "new"]), 1, "is no longer in")


def test_train_refuses_an_encoder_that_is_not_there(
    passages: Passages,
    runner: CliRunner,
    check: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    data = write_rows("data.csv", rows_of(passages))

    result = runner.invoke(main, ["train", data, "-o", "new", "--encoder", "./none"])

    check(result, 1, "there is no directory none to load an encoder from")
    assert not Path("new").exists()
