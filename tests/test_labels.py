"""Labels that are typos, missing or too rare are refused in a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import pandas
import pytest

from stancekit import InputError
from stancekit.labels import check_labels, label_lists, near_duplicates, nearest, unknown_name


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "got none as label; a classifier needs at least two"),
        (["stay"] * 3, "got only 'stay' as label; a classifier needs at least two"),
        (["stay", None, "leave"], "1 of 3 rows have no label"),
        (["stay", float("nan"), "leave", " "], "2 of 4 rows have no label"),
        (["stay", "leave", "leave"], "label 'stay' has 1 row; expected at least 2"),
        ([["stay"], "leave"], r"got list \['stay'\] as label of a row; expected one name"),
        (
            ["stay", "stay", "Stay", "leave"],
            r"'Stay' \(1 row\) and 'stay' \(2 rows\) look like one",
        ),
        (["pro-presence"] * 20 + ["pro-presense", "other"], "'pro-presense'.*rename one"),
    ],
)
def test_labels_that_cannot_be_classes_are_refused(labels: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_labels(labels)


def test_labels_come_back_as_strings() -> None:
    assert check_labels([1, 2, 1, 2]) == ["1", "2", "1", "2"]


def test_pandas_missing_value_is_no_label() -> None:
    with pytest.raises(InputError, match="2 of 3 rows have no label"):
        check_labels([pandas.NA, "stay", pandas.NaT])


def test_names_that_differ_in_a_number_are_two_labels() -> None:
    assert near_duplicates(["claim-1"] * 20 + ["claim-2"]) == []


def test_common_labels_that_are_alike_are_two_labels() -> None:
    assert near_duplicates(["pro-presence", "pro-presense"] * 9) == []


def test_names_that_differ_in_case_and_hyphens_are_one_label() -> None:
    assert near_duplicates(["pro presence", "Pro-Presence", "Pro-Presence"]) == [
        ("pro presence", "Pro-Presence")
    ]


def test_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("TXT", ["id", "text"]) == "text"
    assert nearest("body", ["id", "text"]) is None


def test_unknown_name_tells_the_known_ones() -> None:
    assert unknown_name("frame", "costs", ["cost"]) == (
        "unknown frame 'costs'; did you mean 'cost'? (cost)"
    )
    assert unknown_name("model", "x", []) == "unknown model 'x'; expected (none there)"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("cost; security", ["cost", "security"]),
        ("cost|security,allies", ["cost", "security", "allies"]),
        (["cost", None, " security "], ["cost", "security"]),
        (("cost",), ["cost"]),
        ("['cost', \"security\"]", ["cost", "security"]),
        ("['cost' 'security']", ["cost", "security"]),
        ("[]", []),
        ("", []),
        (None, []),
    ],
)
def test_frames_are_read_from_lists_and_from_text(cell: Any, names: list[str]) -> None:
    assert label_lists([cell]) == [names]


@pytest.mark.parametrize("cell", [5, {"cost": 1}, [["cost"]], b"cost"])
def test_frames_of_another_type_are_refused_with_their_row(cell: Any) -> None:
    with pytest.raises(InputError, match="as frames of row 1; expected a list of names"):
        label_lists(["cost", cell])
