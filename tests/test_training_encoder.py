"""The measurement of an encoder: vectors from a cache, and gains on the same articles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from encoders_of import Letters

from stancekit import DataError
from training.encoder import WORDS, compare_on, main
from training.passages import AUTHORED, load_passages
from training.scoring import read_result
from training.trials import SCORED
from training.vectors import read_cache, write_cache


def test_cache_gives_the_vectors_of_its_texts_and_no_others(tmp_path: Path) -> None:
    texts = ["a war", "no  war", ""]
    (tmp_path / "some.json").write_text(json.dumps(texts))
    vectors = Letters().encode(texts)
    np.save(tmp_path / "some.npy", vectors)

    stored = read_cache(tmp_path / "some")

    np.testing.assert_array_equal(stored.encode(["no war", "a war"]), vectors[[1, 0]])
    with pytest.raises(DataError, match="no vector for 1 of 2 passages; name another --cache"):
        stored.encode(["a war", "peace"])


def test_cache_is_read_as_it_was_written(tmp_path: Path) -> None:
    texts = ["a war", "no  war"]

    write_cache(tmp_path / "new", Letters(), texts)

    np.testing.assert_array_equal(
        read_cache(tmp_path / "new").encode(texts), Letters().encode(["a war", "no war"])
    )


def test_cache_with_rows_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text('["a war"]')
    np.save(tmp_path / "some.npy", np.zeros((2, 3)))

    with pytest.raises(DataError, match="has 1 texts and 2 vectors; remove it"):
        read_cache(tmp_path / "some")


def test_without_cache_or_encoder_the_command_says_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--cache", str(tmp_path / "none"), "--name", "some"])

    assert result.exit_code == 1
    assert "there is no cache" in result.stderr
    assert "as --encoder, and the cache will be written" in " ".join(result.stderr.split())


def test_gain_is_that_of_the_same_passages() -> None:
    passages = load_passages([AUTHORED]).take(range(0, 600, 2))
    right = np.array(passages.stances)
    all_neutral = np.full(len(right), "neutral")

    variants = {WORDS: {"all": all_neutral}, "better": {"all": right}}
    found = compare_on({"all": passages}, variants)
    gain = found["better"]["gain"]["all"]

    assert found[WORDS]["gain"]["all"] == {"value": 0, "low": 0, "high": 0}
    share = np.mean(right == "neutral")
    assert gain["value"] == pytest.approx(1 - 2 * share / (1 + share) / 3)
    assert 0 < gain["low"] < gain["value"] < gain["high"] < 1


def test_result_compares_with_words_alone_and_names_the_encoder() -> None:
    found = read_result("encoder")

    assert list(found["cross-validation"][WORDS]["scores"]) == list(SCORED)
    assert found["encoder"]["weights_sha256"]
    assert found["encoder"]["n_axes"] > 0
    assert {"seed", "versions"} < found.keys()
