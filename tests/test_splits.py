"""Folds: whole groups, every label in every training part, no surprises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.errors import InputError
from stancekit.splits import group_codes, grouped_folds

Folds = list[tuple[np.ndarray, np.ndarray]]


def check_folds(folds: Folds, y: Sequence[object], groups: Sequence[object]) -> None:
    labels, ids = np.asarray(y), np.asarray(groups)
    held_out = np.sort(np.concatenate([held for _, held in folds]))
    assert held_out.tolist() == list(range(len(labels)))
    for train, held in folds:
        assert len(held)
        assert sorted([*train, *held]) == list(range(len(labels)))
        assert not set(ids[train]) & set(ids[held])
        if labels.ndim == 1:
            assert set(labels[train]) == set(labels)
        else:
            assert labels[train].any(axis=0).all()
            assert not labels[train].all(axis=0).any()


def test_groups_stay_whole_and_every_training_part_has_every_label() -> None:
    groups = np.repeat(np.arange(30), 4)
    y = np.random.default_rng(3).choice(["con", "neutral", "pro"], size=120, p=[0.1, 0.6, 0.3])
    folds = grouped_folds(y, groups)
    assert len(folds) == 5
    check_folds(folds, y, groups)


def test_without_groups_labels_are_spread_evenly() -> None:
    y = ["pro"] * 10 + ["con"] * 20
    folds = grouped_folds(y)
    check_folds(folds, y, range(30))
    assert [np.asarray(y)[held].tolist().count("pro") for _, held in folds] == [2] * 5


def test_same_seed_gives_same_folds_and_another_seed_others() -> None:
    y, groups = ["a", "b", "c"] * 20, [f"article-{i // 3}" for i in range(60)]

    def held_out(seed: int) -> list[list[int]]:
        return [held.tolist() for _, held in grouped_folds(y, groups, random_state=seed)]

    assert held_out(1) == held_out(1)
    assert held_out(1) != held_out(2)


@pytest.mark.parametrize(
    ("y", "groups", "expected"),
    [
        (["a"] * 9 + ["b"] * 3, None, 3),
        (["a", "b"] * 6, [0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3], 4),
        (["a"] * 6 + ["b"] * 6, [0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 1, 1], 2),
    ],
)
def test_folds_are_fewer_when_a_label_or_the_groups_are_few(
    y: list[str], groups: list[int] | None, expected: int
) -> None:
    folds = grouped_folds(y, groups)
    assert len(folds) == expected
    check_folds(folds, y, range(len(y)) if groups is None else groups)


def test_folds_are_more_where_two_cannot_leave_every_label() -> None:
    y, groups = list("abbcac"), [0, 0, 1, 1, 2, 2]
    folds = grouped_folds(y, groups, n_folds=2)
    assert len(folds) == 3
    check_folds(folds, y, groups)


def test_training_parts_hold_labels_in_as_many_groups_as_asked() -> None:
    y, groups = ["a"] * 20 + ["b"] * 3, [*range(20), 3, 9, 15]
    for train, _ in grouped_folds(y, groups, n_left=2):
        assert len({groups[row] for row in train if y[row] == "b"}) >= 2
    with pytest.raises(InputError, match="'b' stands in 3 groups; expected at least 4"):
        grouped_folds(y, groups, n_left=3)


def test_rare_column_of_a_matrix_does_not_lower_the_number_of_folds() -> None:
    Y = np.zeros((40, 3), dtype=int)
    Y[::2, 0] = 1
    Y[:15, 1] = 1
    Y[[3, 30], 2] = 1
    groups = np.repeat(np.arange(20), 2)
    for ids in (groups, None):
        folds = grouped_folds(Y, ids, names=["costs", "duty", "trust"])
        assert len(folds) == 5
        check_folds(folds, Y, np.arange(40) if ids is None else ids)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 6)), min_size=2, max_size=40),
    n_folds=st.integers(2, 7),
)
def test_folds_are_right_or_refused_in_one_sentence(
    rows: list[tuple[str, int]], n_folds: int
) -> None:
    y, groups = [label for label, _ in rows], [group for _, group in rows]
    spread = {label: len({g for other, g in rows if other == label}) for label in y}
    if len(spread) < 2 or min(spread.values()) < 2:
        with pytest.raises(InputError):
            grouped_folds(y, groups, n_folds=n_folds)
    else:
        check_folds(grouped_folds(y, groups, n_folds=n_folds), y, groups)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    bits=st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=30),
    per_group=st.integers(1, 3),
)
def test_matrix_folds_are_right_or_refused_in_one_sentence(
    bits: list[list[bool]], per_group: int
) -> None:
    Y, groups = np.array(bits), np.arange(len(bits)) // per_group
    enough = all(len(set(groups[column])) > 1 and len(set(groups[~column])) > 1 for column in Y.T)
    if enough:
        check_folds(grouped_folds(Y, groups), Y, groups)
    else:
        with pytest.raises(InputError):
            grouped_folds(Y, groups)


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        ([], None, "no passages"),
        (["a", "a"], None, "only 'a' as label"),
        (["a", "b", "a", "b"], [7, 7, 7, 7], "one group; expected at least 2"),
        (["a", "a", "a", "b"], None, "label 'b' stands in 1 passage; .* merge"),
        (["a", "a", "b", "b"], [0, 1, 2, 2], "label 'b' stands in 1 group; .* merge"),
        (["a", None, "b", "b"], None, "1 of 4 labels are missing"),
        (["a", "a", "b", "b"], ["x", "x", float("nan"), "y"], "1 of 4 groups are missing"),
        (["a", "a", "b", "b"], [0, 1, 0], "3 groups for 4 passages"),
        (["a", "a", "b", "b"], [[0], [1], [0], [1]], "2-D array of groups"),
        ("aabb", None, "got str as labels"),
        ([["a"], ["a", "b"]], None, "MultiLabelBinarizer"),
        ([["a"], ["b"]], None, "other than 0 and 1"),
        ([[0, 1], [0, 1], [1, 1], [1, 0]], None, "label 1 is absent from 1 passage"),
        ([[0, 1], [0, 1], [0, 0]], None, "label 0 stands in 0 passages"),
        (np.array(["a", 1, "a", 1], dtype=object), None, "several kinds"),
    ],
)
def test_what_cannot_be_parted_is_refused(y: object, groups: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        grouped_folds(y, groups)  # type: ignore[arg-type]


def test_names_of_columns_are_used_in_messages() -> None:
    Y = [[0, 1], [0, 0], [0, 1], [0, 0]]
    with pytest.raises(InputError, match="label 'costs' stands in 0 passages"):
        grouped_folds(Y, names=["costs", "duty"])
    with pytest.raises(InputError, match="1 names for 2 columns"):
        grouped_folds(Y, names=["costs"])


def test_one_fold_is_refused() -> None:
    with pytest.raises(InputError, match="n_folds=1"):
        grouped_folds(["a", "b"] * 4, n_folds=1)


def test_groups_are_numbered_and_each_passage_is_one_by_default() -> None:
    assert group_codes(["b", "a", "b"], 3).tolist() == [1, 0, 1]
    assert group_codes(None, 3).tolist() == [0, 1, 2]
