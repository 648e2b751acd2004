"""Twelve short articles of six passages each, and classifiers that were fitted on them once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from stancekit import FrameClassifier, Model, StanceClassifier, save_model

PLACES = (
    *("the valley", "the river towns", "the capital", "the northern hills", "the border"),
    *("the oil fields", "the old harbour", "the southern plain", "the desert camps"),
    *("the mountain road", "the lake villages", "the eastern coast"),
)
WITHDRAWAL = (
    "Bring our soldiers home from {} now: this war costs too much money and it must end.",
    "The people of {} want the foreign soldiers to leave; it is their country, not ours.",
)
PRESENCE = (
    "The soldiers must stay in {}, because the militants will return as soon as they go.",
    "If we leave {} now, our allies there will never trust our word again, so we should stay.",
)
NEUTRAL = (
    "The committee will meet in {} on Monday to read the report of the minister.",
    "A convoy drove through {} on Tuesday, a spokesman said, and nobody was hurt.",
)
FRAMES = {
    WITHDRAWAL[0]: ["cost"],
    WITHDRAWAL[1]: ["sovereignty"],
    PRESENCE[0]: ["security"],
    PRESENCE[1]: ["allies"],
}
SIDES = {"pro-withdrawal": WITHDRAWAL, "pro-presence": PRESENCE, "neutral": NEUTRAL}


class Passages(NamedTuple):
    """Columns of equal length, one row a passage."""

    texts: list[str]
    labels: list[str]
    frames: list[list[str]]
    articles: list[str]


@pytest.fixture(scope="session")
def passages() -> Passages:
    rows = [
        (pattern.format(place), label, FRAMES.get(pattern, []), f"article-{number}")
        for number, place in enumerate(PLACES)
        for label, patterns in SIDES.items()
        for pattern in patterns
    ]
    return Passages(*map(list, zip(*rows, strict=True)))


@pytest.fixture(scope="session")
def fitted_stance(passages: Passages) -> StanceClassifier:
    return StanceClassifier().fit(passages.texts, passages.labels, groups=passages.articles)


@pytest.fixture(scope="session")
def fitted_frames(passages: Passages) -> FrameClassifier:
    return FrameClassifier().fit(passages.texts, passages.frames, groups=passages.articles)


@pytest.fixture(scope="session")
def model_directory(
    fitted_stance: StanceClassifier,
    fitted_frames: FrameClassifier,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A saved model with frames; tests read it and leave it as it is."""
    directory = tmp_path_factory.mktemp("models") / "valley"
    save_model(Model(fitted_stance, fitted_frames, "valley"), directory, golden=[PRESENCE[0]])
    return directory


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def check() -> Callable[..., None]:
    """A function that checks how a command ended, and shows all it printed if otherwise."""

    def check_result(result: Result, exit_code: int = 0, error: str = "") -> None:
        assert result.exit_code == exit_code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert error in " ".join(result.stderr.split()), result.output

    return check_result
