"""Model directories: what is saved comes back bit for bit, and nothing else is ever loaded."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from conftest import PRESENCE, Passages
from safetensors.numpy import load, save

from stancekit import (
    FrameClassifier,
    InputError,
    Model,
    ModelError,
    StanceClassifier,
    load_model,
    save_model,
    shipped_models,
    verify_model,
)

FILES = ["README.md", "golden.jsonl", "manifest.json", "vocabulary.json", "weights.safetensors"]


class Payload:
    """An object that makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


@pytest.fixture(scope="module")
def models(
    passages: Passages, fitted_stance: StanceClassifier, fitted_frames: FrameClassifier
) -> dict[str, Model]:
    """One of each make; those of the fixtures read equal terms, which are then shared or not."""
    quick: dict[str, Any] = {"Cs": (3.0,), "n_folds": 3}
    domains = [("news", "speech", None)[k % 3] for k in range(72)]
    by_domain = StanceClassifier(
        class_weight={"neutral": 2.0}, lean=0.5, sharing={"speech": 0.2}, **quick
    )
    by_domain.fit(passages.texts, passages.labels, domains=domains)
    sharing = FrameClassifier(**quick).fit(passages.texts, passages.frames)
    sharing.features_ = fitted_stance.features_
    single_words = FrameClassifier(ngram_range=(1, 1), **quick)
    single_words.fit(passages.texts, passages.frames)
    return {
        "stance alone": Model(fitted_stance),
        "shared terms": Model(fitted_stance, sharing, "shared", {"summary": "Für „alle“."}),
        "other terms": Model(fitted_stance, single_words),
        "domains": Model(by_domain, fitted_frames, "by-domain"),
    }


@pytest.fixture
def directory(model_directory: Path, tmp_path: Path) -> Path:
    """A copy of a good model, to be harmed."""
    return Path(shutil.copytree(model_directory, tmp_path / "model"))


def sign(directory: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> None:
    """Change a manifest and make all its sizes and hashes right again, as a forger would."""
    path = directory / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest.pop("manifest_sha256")
    for name in manifest["files"]:
        data = (directory / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    change(manifest)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    manifest["manifest_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def change_tensors(directory: Path, **arrays: np.ndarray | None) -> None:
    path = directory / "weights.safetensors"
    tensors = load(path.read_bytes()) | {key.replace("__", "."): a for key, a in arrays.items()}
    path.write_bytes(save({key: array for key, array in tensors.items() if array is not None}))
    sign(directory)


def is_refused(directory: Path, words: str) -> bool:
    """In one sentence, by both doors."""
    for read in (load_model, verify_model):
        with pytest.raises(ModelError, match=words) as caught:
            read(directory)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
    return True


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


MAKES = ["stance alone", "shared terms", "other terms", "domains"]


@pytest.mark.parametrize("make", MAKES)
def test_what_is_saved_comes_back_bit_for_bit(
    models: dict[str, Model], make: str, tmp_path: Path, passages: Passages
) -> None:
    model, texts = models[make], [*passages.texts, "", "soldiers", "the unheard-of war"]
    save_model(model, tmp_path / "model", golden=texts)

    loaded = load_model(tmp_path / "model")

    np.testing.assert_array_equal(loaded.predict_proba(texts), model.predict_proba(texts))
    assert loaded.predict(texts).tolist() == model.predict(texts).tolist()
    assert loaded.analyze_passages(texts) == model.analyze_passages(texts)
    assert (loaded.name, loaded.about) == (model.name, model.about)
    assert loaded.shares_features == model.shares_features
    assert loaded.stance.get_params() == model.stance.get_params()
    assert vars(loaded.stance).keys() == vars(model.stance).keys()
    assert loaded.stance.log_loss_ == model.stance.log_loss_
    assert loaded.stance.macro_f1_ == model.stance.macro_f1_
    assert verify_model(tmp_path / "model") == (5, len(texts))


@pytest.mark.parametrize("make", MAKES)
def test_loaded_model_saves_to_the_same_bytes(
    models: dict[str, Model], make: str, tmp_path: Path
) -> None:
    save_model(models[make], tmp_path / "one", golden=["the war"])

    save_model(load_model(tmp_path / "one"), tmp_path / "two", golden=["the war"])

    assert sorted(contents(tmp_path / "one")) == FILES
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_classifier_alone_is_saved_as_a_model(
    fitted_stance: StanceClassifier, tmp_path: Path
) -> None:
    save_model(fitted_stance, tmp_path / "deep" / "er" / "model")

    assert load_model(tmp_path / "deep" / "er" / "model").frames is None


def test_settings_made_by_numpy_are_saved(passages: Passages, tmp_path: Path) -> None:
    classifier = StanceClassifier(Cs=np.logspace(-1, 1, 3), random_state=np.int64(3), n_folds=2)
    save_model(classifier.fit(passages.texts, passages.labels), tmp_path / "model")

    loaded = load_model(tmp_path / "model").stance

    assert loaded.Cs == tuple(np.logspace(-1, 1, 3))
    assert loaded.random_state == 3


@pytest.mark.parametrize(
    "text", ["a\u2028line\x85break\nsoldiers leave", "\ud83d soldiers leave", "\0 soldiers leave"]
)
def test_golden_passages_may_hold_any_character(
    fitted_stance: StanceClassifier, tmp_path: Path, text: str
) -> None:
    save_model(fitted_stance, tmp_path / "model", golden=[text])

    assert verify_model(tmp_path / "model") == (5, 1)


def test_golden_passages_are_a_sequence(fitted_stance: StanceClassifier, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got one string"):
        save_model(fitted_stance, tmp_path / "model", golden="one text")

    assert not (tmp_path / "model").exists()


def test_model_is_replaced_only_by_force(models: dict[str, Model], directory: Path) -> None:
    before = contents(directory)

    with pytest.raises(ModelError, match=r"holds a model already; .* force=True .*--force"):
        save_model(models["stance alone"], directory)
    assert contents(directory) == before

    save_model(models["stance alone"], directory, force=True)
    assert load_model(directory).frames is None
    assert [path.name for path in directory.parent.iterdir()] == ["model"]


def test_what_is_no_model_is_never_replaced(models: dict[str, Model], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(ModelError, match="exists and is no model; choose another place"):
            save_model(models["stance alone"], place, force=True)

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_empty_folder_and_link_to_a_model_are_filled(
    models: dict[str, Model], directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(directory)

    save_model(models["stance alone"], tmp_path / "empty")
    save_model(models["stance alone"], tmp_path / "link", force=True)

    assert (tmp_path / "link").is_symlink()
    assert contents(directory) == contents(tmp_path / "empty")


def test_about_that_is_no_json_is_refused_before_anything_is_written(
    fitted_stance: StanceClassifier, tmp_path: Path
) -> None:
    model = Model(fitted_stance, about={"made": Path("here")})

    with pytest.raises(ModelError, match="a model holds plain JSON values only"):
        save_model(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["write_bytes", "rename"])
def test_failed_write_leaves_the_old_model(
    models: dict[str, Model], directory: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before, whole = contents(directory), getattr(Path, step)

    def full_disk(path: Path, *arguments: Any) -> Any:
        if path.name == "README.md" or (step == "rename" and arguments == (directory,)):
            monkeypatch.undo()
            raise OSError(28, "No space left on device")
        return whole(path, *arguments)

    monkeypatch.setattr(Path, step, full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_model(models["stance alone"], directory, force=True)

    assert contents(directory) == before
    assert [path.name for path in directory.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("place", [0, 0.3, 0.99])
def test_a_flipped_bit_is_found(directory: Path, file: str, place: float) -> None:
    data = bytearray((directory / file).read_bytes())
    data[int(place * len(data))] ^= 0x02
    (directory / file).write_bytes(data)

    with pytest.raises(ModelError):
        verify_model(directory)
    if file not in ("README.md", "golden.jsonl"):  # which predicting does not read
        with pytest.raises(ModelError):
            load_model(directory)


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_or_missing_file_is_found(directory: Path, file: str) -> None:
    data = (directory / file).read_bytes()

    (directory / file).write_bytes(data[:-1] if file != "manifest.json" else data[:-5])
    with pytest.raises(ModelError, match=r"bytes where the manifest says|damaged"):
        verify_model(directory)

    (directory / file).unlink()
    with pytest.raises(ModelError, match=r"missing from the model|has no manifest\.json"):
        verify_model(directory)


def test_edited_manifest_is_refused(directory: Path) -> None:
    path = directory / "manifest.json"
    path.write_text(path.read_text().replace('"lean": ', '"lean": 0'))

    assert is_refused(directory, "damaged")

    path.write_text(path.read_text().replace('"lean": 0', '"extra": 1, "lean": '))
    assert is_refused(directory, "was changed or damaged after it was written")


def test_change_of_layout_alone_does_no_harm(directory: Path) -> None:
    sign(directory)

    assert verify_model(directory) == (5, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format_version": 2}, r"has model format 2 and this .* up to 1; upgrade with `pip"),
        ({"format_version": 0}, "unknown model format 0"),
        ({"format_version": "1"}, "unknown model format '1'"),
        ({"format_version": None}, "unknown model format None"),
        ({"kind": "skops"}, "is not the manifest of a stancekit model"),
        ({"files": {}}, "does not list the files"),
        ({"files": {"../x": {"size": 1, "sha256": ""}}}, "does not list the files"),
        ({"files": {"README.md": 3}}, "does not list the files"),
        ({"files": None}, "does not list the files"),
        ({"parts": {}}, "does not hold together"),
        ({"parts": None}, "does not hold together"),
        ({"about": []}, "does not hold together"),
    ],
)
def test_forged_manifest_is_refused(directory: Path, change: dict[str, Any], words: str) -> None:
    sign(directory, lambda manifest: manifest.update(change))

    assert is_refused(directory, words)


def test_manifest_cannot_reach_outside_its_directory(directory: Path) -> None:
    (directory.parent / "secret").write_text("x")

    def reach_out(manifest: dict[str, Any]) -> None:
        manifest["files"]["../secret"] = manifest["files"]["README.md"]

    sign(directory, reach_out)

    assert is_refused(directory, "does not list the files")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "\xff", '{"kind": 1}'])
def test_manifest_that_is_none_is_refused(directory: Path, text: str) -> None:
    (directory / "manifest.json").write_bytes(text.encode("latin-1"))

    assert is_refused(directory, r"damaged \(no valid JSON\)|is not the manifest of")


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("stance", {"kind": "Pipeline"}, "stance is of the kind 'Pipeline', which is not made"),
        ("frames", {"kind": "os.system"}, "frames is of the kind 'os.system'"),
        ("stance", {"kind": "FrameClassifier"}, "stance is of the kind 'FrameClassifier'"),
        ("stance", {"parameters": {"no_such": 1}}, "unexpected keyword argument"),
        ("stance", {"parameters": {"ngram_range": [9, 1]}}, "got ngram_range="),
        ("stance", {"parameters": {"Cs": "many"}}, "got Cs='many'"),
        ("stance", {"parameters": {"n_folds": -3}}, "got n_folds=-3"),
        ("stance", {"parameters": {"min_df": 1e300}}, "got min_df="),
        ("stance", {"classes": ["a", "a", "b"]}, "stands twice"),
        ("stance", {"classes": ["a", "b"]}, "is not of shape"),
        ("stance", {"classes": "abc"}, "list of names"),
        ("stance", {"lean": 7}, "out of range"),
        ("stance", {"lean": "much"}, "could not convert"),
        ("stance", {"C": None}, "does not hold together"),
        ("stance", {"domains": ["a", "b"]}, "is not of shape"),
        ("stance", {"known_share": -1}, "knows -1"),
        ("frames", {"features": "detector"}, "frames reads the terms of detector"),
        ("frames", {"features": ["stance"]}, "does not hold together"),
        ("frames", {"classes": ["one"]}, "is not of shape"),
    ],
)
def test_parts_that_do_not_hold_together_are_refused(
    directory: Path, part: str, change: dict[str, Any], words: str
) -> None:
    sign(directory, lambda manifest: manifest["parts"][part].update(change))

    assert is_refused(directory, words)


@pytest.mark.parametrize(
    "change",
    [
        {"stance__coef": None},
        {"stance__coef": np.zeros((3, 2))},
        {"stance__intercept": np.array([0.0, np.nan, 0.0])},
        {"stance__bias": np.array([[0.0, np.inf, 0.0]])},
        {"stance__scale": np.ones(3)},
        {"stance__shares": np.array([[0.0, 0.5, 0.5]])},
        {"stance__intercept": np.zeros(3, dtype=np.float32)},
        {"stance__intercept": np.zeros(3, dtype=np.int64)},
        {"frames__thresholds": np.full(4, np.nan)},
        {"frames__thresholds": np.full(5, 0.5)},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_are_refused(
    directory: Path, change: dict[str, np.ndarray | None]
) -> None:
    change_tensors(directory, **change)

    assert is_refused(directory, "does not hold together")


@pytest.mark.parametrize(
    "text", ["[]", "null", '{"stance": [1, 2]}', '{"stance": 3}', "{}", "nope"]
)
def test_vocabulary_of_another_layout_is_refused(directory: Path, text: str) -> None:
    (directory / "vocabulary.json").write_text(text)
    sign(directory)

    assert is_refused(directory, r"does not hold together|no valid JSON")


@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump], ids=["pickle", "joblib"])
def test_pickle_is_refused_and_never_executed(
    directory: Path, tmp_path: Path, dump: Callable[[Any, Any], Any]
) -> None:
    mark = tmp_path / "it-ran"

    def plant(path: Path) -> None:
        with path.open("wb") as file:
            dump(Payload(mark), file)

    plant(tmp_path / "model.joblib")
    assert is_refused(tmp_path / "model.joblib", "never opened, as loading them can run code")

    for file in ("weights.safetensors", "vocabulary.json", "manifest.json"):
        shutil.copytree(directory, tmp_path / file)
        plant(tmp_path / file / file)
        if file != "manifest.json":
            sign(tmp_path / file)
        assert is_refused(tmp_path / file, r"is no safetensors file|no valid JSON")

    assert not mark.exists()
    pickle.loads(pickle.dumps(Payload(mark)))
    assert mark.exists()  # so it would have been noticed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"text": "a war", "status": "ok"}', "another layout"),
        ("[]", "another layout"),
        ("no JSON", "no valid JSON"),
    ],
)
def test_golden_passages_of_another_layout_are_told(directory: Path, line: str, words: str) -> None:
    (directory / "golden.jsonl").write_text(line + "\n")
    sign(directory)

    with pytest.raises(ModelError, match=words):
        verify_model(directory)


def test_model_that_no_longer_gives_its_golden_probabilities_is_told(directory: Path) -> None:
    path = directory / "golden.jsonl"
    row = json.loads(path.read_text())
    row["probabilities"]["neutral"] += 1e-6
    path.write_text(json.dumps(row) + "\n")
    sign(directory)

    with pytest.raises(ModelError, match=r"golden passage 0 of .* is off by 1\.0e-06"):
        verify_model(directory)


def test_unknown_name_is_told_with_the_nearest() -> None:
    name = next(iter(shipped_models()))

    with pytest.raises(ModelError, match=f"unknown model '{name}x'; did you mean '{name}"):
        load_model(f"{name}x")


def test_without_models_an_unknown_name_is_told_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stancekit.storage.resources.files", lambda package: tmp_path)

    with pytest.raises(ModelError, match="no model at nowhere; a path must be that of a directory"):
        load_model("nowhere")


def test_folder_without_a_model_is_told(tmp_path: Path) -> None:
    assert is_refused(tmp_path, r"has no manifest\.json that can be read")


def test_card_names_what_the_model_knows(model_directory: Path) -> None:
    card = (model_directory / "README.md").read_text(encoding="utf-8")

    assert card.startswith("# valley\n")
    for name in ("pro-withdrawal", "sovereignty"):
        assert f"- `{name}`" in card
    assert "stance: StanceClassifier, C = " in card
    assert "scikit-learn" in card


def test_golden_file_holds_the_passages_with_their_probabilities(model_directory: Path) -> None:
    (row,) = map(json.loads, (model_directory / "golden.jsonl").read_text().splitlines())

    assert row["text"] == PRESENCE[0]
    assert row["status"] == "ok"
    assert set(row["probabilities"]) == {"neutral", "pro-presence", "pro-withdrawal"}
    assert set(row["frame_probabilities"]) == {"allies", "cost", "security", "sovereignty"}
