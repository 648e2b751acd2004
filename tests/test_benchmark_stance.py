"""The stance benchmarks score as the sets do, and run on folders of anybody's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from conftest import NEUTRAL, PLACES, PRESENCE, WITHDRAWAL
from sklearn.metrics import accuracy_score, f1_score

from stancekit import DataError
from training.benchmarks.stance import methods, page
from training.benchmarks.stance.command import run
from training.benchmarks.stance.metrics import differences, score_all
from training.benchmarks.stance.peers import PEERS, by_target
from training.benchmarks.stance.rows import Rows, read_rows, seen_before
from training.benchmarks.stance.sets import SETS, find_set, splits_of

PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "public"
SIDES = {"FAVOR": WITHDRAWAL, "AGAINST": PRESENCE, "NONE": NEUTRAL}


def rows_on(target: str, places: tuple[str, ...], name: str) -> list[dict[str, str]]:
    return [
        {
            "id": f"{name}-{target}-{k}",
            "text": pattern.format(place),
            "target": target,
            "label": label,
        }
        for k, (place, label, pattern) in enumerate(
            (place, label, pattern)
            for place in places
            for label, patterns in SIDES.items()
            for pattern in patterns
        )
    ]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets in the form of real ones: one with a split, one without."""
    folder = tmp_path_factory.mktemp("sets")
    for part, places in (("train", PLACES[:5]), ("test", PLACES[8:10])):
        rows = [row for target in ("war", "base") for row in rows_on(target, places, part)]
        write_rows(folder / "semeval2016-task6" / f"{part}.jsonl", rows)
    write_rows(folder / "semeval2016-task6" / "test_taskB.jsonl", rows_on("fleet", PLACES, "b"))
    motions = [row for k in range(12) for row in rows_on(f"motion {k}", PLACES[k : k + 1], "all")]
    write_rows(folder / "handeset" / "all.jsonl", [r for r in motions if r["label"] != "NONE"])
    return folder


@pytest.fixture(scope="module")
def benchmarked(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the linear core and of the peer that needs nothing further."""
    results = tmp_path_factory.mktemp("results")
    arguments = ["--data", str(data), "--results", str(results)]
    arguments += ["--predictions", str(results / "labels")]
    for more in (
        ("--methods", "majority,linear", "--sets", "semeval-6a"),
        ("--methods", "svm,majority"),
    ):
        invoked = CliRunner().invoke(run, [*arguments, *more])
        assert invoked.exit_code == 0, invoked.output
    return results


def facts_of(results: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((results / "benchmarks.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def guesses() -> tuple[list[str], list[str], list[str]]:
    rng = np.random.default_rng(0)
    gold, found = (rng.choice(["AGAINST", "FAVOR", "NONE"], 200).tolist() for _ in range(2))
    return gold, found, rng.choice(["a", "b", "c"], 200).tolist()


def test_f_avg_pools_the_targets_and_leaves_out_none(
    guesses: tuple[list[str], list[str], list[str]],
) -> None:
    gold, found, targets = guesses
    sides = f1_score(gold, found, labels=["FAVOR", "AGAINST"], average="macro")

    assert score_all(gold, found, targets)["f_avg"]["value"] == pytest.approx(sides)


def test_macro_f1_and_accuracy_are_those_of_scikit_learn(
    guesses: tuple[list[str], list[str], list[str]],
) -> None:
    gold, found, targets = guesses
    scores = score_all(gold, found, targets)
    by_target = [
        f1_score(
            *zip(*((g, f) for g, f, t in zip(*guesses, strict=True) if t == one), strict=True),
            average="macro",
        )
        for one in ("a", "b", "c")
    ]

    assert scores["macro_f1"]["value"] == pytest.approx(f1_score(gold, found, average="macro"))
    assert scores["macro_f1_by_target"]["value"] == pytest.approx(np.mean(by_target))
    assert scores["accuracy"]["value"] == pytest.approx(accuracy_score(gold, found))
    assert scores["f1"]["NONE"] == pytest.approx(
        f1_score(gold, found, labels=["NONE"], average=None)[0]
    )


def test_f_avg_of_an_example_by_hand() -> None:
    # FAVOR: 1 of 2 found, 1 of 2 right: 0.5. AGAINST: found, but NONE is taken for it: 2/3.
    scores = score_all(
        ["FAVOR", "FAVOR", "AGAINST", "NONE"], ["FAVOR", "NONE", "AGAINST", "AGAINST"], ["t"] * 4
    )

    assert scores["f_avg"]["value"] == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_difference_of_the_same_labels_is_nothing(
    guesses: tuple[list[str], list[str], list[str]],
) -> None:
    gold, found, targets = guesses

    assert vars(differences("f_avg", gold, found, found, targets)) == {
        "value": 0.0,
        "low": 0.0,
        "high": 0.0,
    }
    assert differences("accuracy", gold, gold, found, targets).low > 0


def test_intervals_over_targets_are_wider_where_targets_differ() -> None:
    gold = ["pro", "con"] * 50
    found = ["pro"] * 50 + gold[50:]
    targets = [f"{k // 10}" for k in range(100)]
    alone, grouped = (
        score_all(gold, found, targets, groups=groups)["accuracy"] for groups in (None, targets)
    )

    assert grouped["high"] - grouped["low"] > alone["high"] - alone["low"]


def test_all_sets_run_on_the_split_that_they_come_with(benchmarked: Path) -> None:
    sets = facts_of(benchmarked)["sets"]

    assert sets.keys() == {"semeval-6a", "semeval-6b", "handeset"}
    assert (sets["semeval-6a"]["n_train"], sets["semeval-6a"]["n_test"]) == (60, 24)
    assert (sets["semeval-6b"]["n_test"], sets["semeval-6b"]["n_targets"]) == (72, 1)
    assert (sets["handeset"]["n_folds"], sets["handeset"]["n_test"]) == (10, 48)
    for facts in sets.values():
        assert facts["methods"]["svm"]["scores"][facts["metric"]]["value"] > 0.9
        assert facts["methods"]["majority"]["scores"]["accuracy"]["value"] < 0.6
        assert all(len(digest) == 64 for digest in facts["files"].values())


def test_each_target_is_left_out_of_a_closed_set(benchmarked: Path) -> None:
    found = facts_of(benchmarked)["sets"]["semeval-6a"]["methods"]
    linear = found["linear"]

    assert linear["scores"]["f_avg"]["value"] > 0.9
    assert found["svm"]["difference"].keys() == {"value", "low", "high"}
    assert linear["leave_target_out"]["by_target"].keys() == {"war", "base"}
    assert linear["leave_target_out"]["scores"]["f_avg"]["value"] > 0.9


def test_versions_and_costs_stand_beside_the_scores(benchmarked: Path) -> None:
    row = facts_of(benchmarked)["sets"]["semeval-6a"]["methods"]["svm"]
    svm = row["environment"]

    assert svm["versions"]["scikit-learn"]
    assert svm["install_mb"] > 10
    assert svm["cold_start_seconds"] > 0


def test_a_run_writes_down_how_long_it_took(benchmarked: Path) -> None:
    first, second = facts_of(benchmarked)["runs"]

    assert (first["methods"], first["sets"]) == (["majority", "linear"], ["semeval-6a"])
    assert (second["methods"], second["sets"], second["n_sets"]) == (["svm", "majority"], "all", 3)
    assert first["wall_seconds"] > 0
    assert first["cpu_seconds"] > 0


def test_runs_at_the_same_time_lose_no_row(data: Path, tmp_path: Path) -> None:
    def command(method: str) -> subprocess.Popen[bytes]:
        arguments = ["--data", str(data), "--results", str(tmp_path), "--sets", "semeval-6b"]
        arguments += ["--methods", method, "--predictions", str(tmp_path / "labels")]
        return subprocess.Popen([sys.executable, "-m", "training.benchmarks", "run", *arguments])

    running = [command(method) for method in ("majority", "svm", "linear")]

    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    found = facts_of(tmp_path)
    methods = found["sets"]["semeval-6b"]["methods"]
    assert methods.keys() == {"majority", "svm", "linear"}
    assert len(found["runs"]) == 3
    assert {name for name, row in methods.items() if "difference" in row} == {"majority", "svm"}


@pytest.mark.parametrize("is_file", [True, False])
def test_one_file_says_which_rows_are_which_part(tmp_path: Path, is_file: bool) -> None:
    """As the held-back sets come: thousands of targets, most of them in the test part alone."""
    rows = []
    for k in range(1500):
        row = rows_on(f"topic {k % 1300}", PLACES[k % 5 : k % 5 + 1], "x")[k % 6]
        rows.append({**row, "id": str(k), "split": ("train", "dev", "test")[min(k // 600, 2)]})
    path = tmp_path / ("mine.jsonl" if is_file else "mine/all.jsonl")
    write_rows(path, rows)

    arguments = ["--data", str(tmp_path), "--results", str(tmp_path), "--sets", "mine"]
    invoked = CliRunner().invoke(run, [*arguments, "--methods", "majority,text,linear,svm"])

    assert invoked.exit_code == 0, invoked.output
    facts = facts_of(tmp_path)["sets"]["mine"]
    assert (facts["n_train"], facts["n_test"], facts["n_targets"]) == (600, 300, 300)
    assert (facts["are_known"], facts["drawn"]) == (False, "targets")
    assert facts["methods"]["linear"]["scores"]["macro_f1"]["value"] > 0.9
    assert "macro_f1_by_target" not in facts["methods"]["linear"]["scores"]


def test_rows_of_no_training_part_are_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "mine.jsonl", [{**rows_on("a", PLACES, "x")[0], "split": "test"}])

    with pytest.raises(DataError, match="rows of 'test' in `split` and none of 'train'"):
        find_set("mine", tmp_path)


def test_a_second_run_adds_and_forgets_scores_of_other_files(data: Path, tmp_path: Path) -> None:
    sets, results = tmp_path / "sets", tmp_path / "results"
    for part in ("train", "test"):
        source = data / "semeval2016-task6" / f"{part}.jsonl"
        write_rows(
            sets / "mine" / f"{part}.jsonl",
            [json.loads(x) for x in source.read_text().splitlines()],
        )

    def run_on_mine(method: str) -> dict[str, Any]:
        arguments = ["--data", str(sets), "--results", str(results), "--sets", "mine"]
        invoked = CliRunner().invoke(run, [*arguments, "--methods", method])
        assert invoked.exit_code == 0, invoked.output
        found: dict[str, Any] = facts_of(results)["sets"]["mine"]["methods"]
        return found

    run_on_mine("majority")
    assert run_on_mine("svm").keys() == {"majority", "svm"}
    write_rows(sets / "mine" / "test.jsonl", rows_on("war", PLACES[:2], "x"))
    assert run_on_mine("majority").keys() == {"majority"}


def test_texts_that_stand_in_both_parts_are_scored_apart(data: Path, tmp_path: Path) -> None:
    train = rows_on("war", PLACES[:8], "train")
    test = rows_on("war", PLACES[8:], "test")
    test[0]["text"] = train[0]["text"].upper().replace(" ", "  ")
    write_rows(tmp_path / "twice" / "train.jsonl", train)
    write_rows(tmp_path / "twice" / "test.jsonl", test)

    arguments = ["--data", str(tmp_path), "--results", str(tmp_path), "--sets", "twice"]
    invoked = CliRunner().invoke(run, [*arguments, "--methods", "majority"])

    assert invoked.exit_code == 0, invoked.output
    facts = facts_of(tmp_path)["sets"]["twice"]
    assert facts["n_seen"] == 1
    assert facts["methods"]["majority"]["scores_of_new"]["accuracy"]["value"] == pytest.approx(
        8 / 23, abs=0.05
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2 of .* is no JSON object with the strings id, text, label"),
        ('{"id": "1", "text": "a"}', "line 2 of"),
        ('{"id": 1, "text": "a", "label": "b"}', "line 2 of"),
        ("[]", "line 2 of"),
    ],
)
def test_lines_that_are_no_rows_are_refused(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text('{"id": "0", "text": "a", "label": "b"}\n' + line + "\n", encoding="utf-8")

    with pytest.raises(DataError, match=words):
        read_rows([path])


def test_a_set_without_targets_will_do(tmp_path: Path) -> None:
    write_rows(tmp_path / "x.jsonl", [{"id": "0", "text": "a b", "label": "y", "target": None}])

    assert read_rows([tmp_path / "x.jsonl"]) == Rows(["0"], ["a b"], [""], ["y"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sets", "no-such"], "unknown set 'no-such'; expected one of semeval-6a"),
        (
            ["--methods", "magic"],
            "unknown method 'magic'; expected majority, text, linear, accurate",
        ),
        (["--methods", "hybrid-x"], "name --vectors"),
    ],
)
def test_wrong_names_are_told(
    data: Path, tmp_path: Path, arguments: list[str], words: str, check: Callable[..., None]
) -> None:
    invoked: Result = CliRunner().invoke(
        run, ["--data", str(data), "--results", str(tmp_path), *arguments]
    )

    assert invoked.exit_code in (1, 2), invoked.output
    assert words in " ".join(invoked.output.split())


def test_hybrid_reads_stored_vectors_beside_the_words(data: Path, tmp_path: Path) -> None:
    folder = data / "semeval2016-task6"
    rows = read_rows([folder / "train.jsonl", folder / "test.jsonl"])
    vectors = tmp_path / "vectors" / "x"
    vectors.mkdir(parents=True)
    np.save(vectors / "semeval2016-task6.npy", np.array([[len(x), 1.0] for x in rows.texts]))
    (vectors / "semeval2016-task6.json").write_text(json.dumps(rows.texts), encoding="utf-8")

    invoked = CliRunner().invoke(
        run,
        [
            *("--data", str(data), "--results", str(tmp_path), "--sets", "semeval-6a"),
            *("--methods", "hybrid-x", "--vectors", str(vectors.parent)),
        ],
    )

    assert invoked.exit_code == 0, invoked.output
    hybrid = facts_of(tmp_path)["sets"]["semeval-6a"]["methods"]["hybrid-x"]
    assert hybrid["scores"]["f_avg"]["value"] > 0.8


def test_peers_fit_once_a_known_target_and_once_for_unseen_ones() -> None:
    fits: list[list[str]] = []

    def fit(texts: list[str], labels: list[str]) -> Callable[[list[str]], list[str]]:
        fits.append(texts)
        return lambda asked: [labels[0]] * len(asked)

    train, test = (
        Rows(
            *map(
                list,
                zip(*((r["id"], r["text"], r["target"], r["label"]) for r in rows), strict=True),
            )
        )
        for rows in (
            [row for target in ("a", "b") for row in rows_on(target, PLACES * 2, "x")],
            rows_on("b", PLACES[:1], "y") + rows_on("a", PLACES[:1], "y"),
        )
    )

    known = by_target(fit, True)(train, test)
    unseen = by_target(fit, False, reads_target=True)(train, test)

    assert [len(texts) for texts in fits] == [144, 144, 288]
    assert fits[2][0].startswith("a: ")
    assert len(known.labels) == len(unseen.labels) == 12


def test_majority_is_that_of_the_target() -> None:
    train = Rows(["1", "2", "3"], ["x"] * 3, ["a", "b", "b"], ["pro", "con", "con"])
    test = Rows(["4", "5", "6"], ["x"] * 3, ["a", "b", "c"], ["pro"] * 3)

    assert methods.majority(train, test).labels == ["pro", "con", "con"]


def test_page_is_what_the_script_writes_of_the_results() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.render(), (
        "run `python -m training.benchmarks page`"
    )


def test_page_tells_of_every_set_and_peer(benchmarked: Path) -> None:
    text = page.render(benchmarked)

    assert all(facts["title"] in text for facts in facts_of(benchmarked)["sets"].values())
    assert PEERS["svm"].title in text


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public sets are not here (../shared/data)")
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("semeval-6a", (2914, 1249)),
        ("semeval-6b", (2914, 707)),
        ("gwsd", (1850, 200)),
        ("covid19-stance", (4533, 800)),
        ("mpchi", (1072, 463)),
        ("perspectrum", (6978, 2773)),
        ("ibm-argq-30k", (20974, 6315)),
        ("procon20", (4265, 1219)),
        ("persuasive-essays", (4302, 1266)),
    ],
)
def test_official_splits_have_their_published_sizes(name: str, sizes: tuple[int, int]) -> None:
    ((train, test),) = splits_of(find_set(name, PUBLIC), PUBLIC)

    assert (len(train), len(test)) == sizes
    # Two of the questions of Procon20 are in its test part alone.
    is_known = np.mean([target in set(train.targets) for target in test.targets])
    assert is_known > 0.99 if SETS[name].are_known else is_known == 0


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public sets are not here (../shared/data)")
def test_known_duplicates_of_gwsd_and_mpchi_are_found() -> None:
    counts = {
        name: int(seen_before(*next(splits_of(find_set(name, PUBLIC), PUBLIC))).sum())
        for name in ("gwsd", "mpchi")
    }

    assert counts["gwsd"] == 1
    assert counts["mpchi"] >= 3
