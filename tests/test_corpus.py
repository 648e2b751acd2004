import json
import unicodedata
from itertools import groupby
from operator import itemgetter

import pytest
from click.testing import CliRunner

from stancekit import DataError, InputError
from stancekit.duplicates import are_near_duplicates, word_set
from training.behaviour import read_negations
from training.codebook import read_codebook
from training.corpus import PASSAGES, load_corpus, read_corpus, read_off_topic
from training.corpus.__main__ import DATASHEET
from training.corpus.__main__ import main as count_corpus
from training.corpus.contrast import pairs_of, read_contrast, read_units
from training.documents import read_block
from training.standoff import (
    DEV,
    OFF_TOPIC,
    SPLITS,
    STANDOFF,
    TRAIN,
    fingerprint,
    load_split,
    read_standoff,
)
from training.standoff.__main__ import README
from training.standoff.__main__ import main as count_standoff
from training.standoff.making import FIELDS, LEFT_OUT, make_standoff
from training.standoff.off_topic import FIELDS as OFF_TOPIC_FIELDS
from training.standoff.off_topic import make_off_topic

TRUCKS = "Forty trucks crossed the bridge at Fallujah before dawn, the mayor said."
LEAVE = "It is past time to bring the last battalion home from Anbar, Senator Rowe said."


@pytest.fixture(scope="module")
def corpus():
    return load_corpus()


def passage(id_, text=TRUCKS, **changes):
    row = {"id": id_, "writer": 1, "text": text, "stance": "neutral", "frames": []}
    return {**row, "genre": "news", "theatre": "iraq", "voice": "none", **changes}


def write_rows(path, *rows):
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def standoff_row(id_, text, **changes):
    row = {"id": id_, "article": id_.rsplit(":", 1)[0], "sha1": fingerprint(text)}
    return {**row, "stance": "neutral", "frames": [], **changes}


def test_codebook_defines_three_stances_and_thirteen_frames():
    codebook = read_codebook()

    assert sorted(codebook.stances) == ["neutral", "pro-presence", "pro-withdrawal"]
    assert len(codebook.frames) == 13
    definitions = [*codebook.stances.values(), *codebook.frames.values()]
    assert all(text == " ".join(text.split()) and len(text) > 20 for text in definitions)


def test_definition_takes_in_its_indented_lines_and_no_more(tmp_path):
    path = tmp_path / "book.md"
    path.write_text(
        "# Book\n\n## stance (one)\nPick one.\n- `stay`: they  remain,\n  or grow.\n\n"
        "Decision rules\n1. No entry\n   here.\n\n## frames (some)\n- `cost`   money\n"
    )

    codebook = read_codebook(path)

    assert codebook.stances == {"stay": "they remain, or grow."}
    assert codebook.frames == {"cost": "money"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("## stance\n- `stay`: they remain\n", "defines nothing below '## frames'"),
        ("## stance\n- `stay`: a\n- `stay`: b\n## frames\n- `cost`: c\n", "defines 'stay' twice"),
    ],
)
def test_incomplete_codebook_is_refused(tmp_path, text, message):
    path = tmp_path / "book.md"
    path.write_text(text)

    with pytest.raises(DataError, match=message):
        read_codebook(path)


def test_absent_codebook_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read the codebook"):
        read_codebook(tmp_path / "none.md")


def test_corpus_loads_with_its_features(corpus):
    assert corpus.column_names == [
        "id", "writer", "text", "stance", "frames", "genre", "theatre", "voice", "group",
    ]  # fmt: skip
    assert corpus.features["stance"].names == ["neutral", "pro-presence", "pro-withdrawal"]
    rows = read_corpus()
    assert corpus["id"][:] == [row["id"] for row in rows]
    assert corpus["frames"][:] == [row["frames"] for row in rows]
    assert corpus.features["stance"].int2str(corpus["stance"][:]) == [r["stance"] for r in rows]


def test_corpus_lives_in_memory(corpus):
    assert corpus.cache_files == []


def test_corpus_texts_are_clean():
    texts = [row["text"] for row in read_corpus()]

    assert len({word_set(text) for text in texts}) == len(texts)
    assert all(text == " ".join(text.split()) for text in texts)
    assert all(text == unicodedata.normalize("NFC", text) for text in texts)
    assert not [text for text in texts if any(unicodedata.category(c) == "Cc" for c in text)]


def test_corpus_file_has_unix_line_ends_and_no_mark():
    content = PASSAGES.read_bytes()

    assert content.startswith(b"{")
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_groups_hold_neighbours_and_retellings_together(tmp_path):
    vote = "The Bundestag voted 432 to 176 on Thursday to extend the mandate until January."
    path = write_rows(
        tmp_path / "c.jsonl",
        passage("a1-000", TRUCKS),
        passage("a1-001", LEAVE),
        passage("a1-002", vote, theatre="afghanistan"),
        passage("a1-003", "Nothing moved on the Khabur.", theatre="syria"),
        passage("a2-000", vote.replace("voted", "has voted"), writer=2, theatre="afghanistan"),
        passage("a2-001", "Rain fell in Irbil.", writer=2),
    )

    groups = load_corpus(path)["group"][:]

    assert groups == ["a1-000", "a1-000", "a1-002", "a1-003", "a1-002", "a2-001"]


def test_groups_are_many_and_small(corpus):
    groups = corpus["group"][:]

    assert len(set(groups)) > 1000
    assert max(groups.count(group) for group in set(groups)) < 100


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (passage("a1-000", stance="pro-presense"), "has the stance 'pro-presense'"),
        (passage("a1-000", frames=["costs"]), "has the frame 'costs'"),
        (passage("a1-000", " "), "has no text"),
        ({"id": "a1-000", "text": TRUCKS}, "line 1 of .* lacks frames, genre"),
        (["a1-000"], "line 1 of .* is not a JSON object"),
    ],
)
def test_bad_passage_is_refused(tmp_path, row, message):
    path = write_rows(tmp_path / "c.jsonl", row)

    with pytest.raises(DataError, match=message):
        load_corpus(path)


def test_id_given_twice_is_refused(tmp_path):
    path = write_rows(tmp_path / "c.jsonl", passage("a1-000"), passage("a1-000", LEAVE))

    with pytest.raises(DataError, match="an id twice"):
        load_corpus(path)


@pytest.mark.parametrize(
    ("command", "document", "blocks"),
    [(count_corpus, DATASHEET, ["counts", "contrast"]), (count_standoff, README, ["counts"])],
)
def test_counts_in_the_document_are_those_of_the_files(command, document, blocks):
    result = CliRunner().invoke(command)

    assert result.exit_code == 0, result.output
    written = "\n\n\n".join(read_block(document, name) for name in blocks)
    assert written == result.output.strip()


def test_contrast_sets_are_clean_and_share_no_text_with_the_corpus():
    rows = read_contrast()
    texts = [row["text"] for row in rows]

    assert all(text == " ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    assert len({*texts, *(row["text"] for row in read_corpus())}) == len(texts) + len(read_corpus())
    assert not {*texts} & {text for pair in read_negations() for text in pair.values()}


def test_each_contrast_set_has_one_passage_for_each_side():
    for unit, rows in groupby(read_contrast(), key=itemgetter("unit")):
        stances = [row["stance"] for row in rows]
        assert sorted(stances)[-2:] == ["pro-presence", "pro-withdrawal"], unit
        assert stances.count("neutral") == len(stances) - 2 <= 1, unit


def test_contrast_sets_on_which_labellers_differ_are_left_out():
    differ = {row["unit"] for row in read_contrast() if row["stance"] != row["second"]}
    kept = {row["unit"] for row in read_units()}

    assert differ
    assert kept == {row["unit"] for row in read_contrast()} - differ


def test_pairs_leave_neutral_passages_out():
    stances = ["pro-withdrawal", "pro-presence", "neutral", "pro-presence", "pro-withdrawal"]

    assert pairs_of(["a", "a", "a", "b", "b"], stances) == [(0, 1), (3, 4)]


def test_fingerprint_ignores_case_spaces_and_punctuation():
    assert fingerprint("“Bring them home,” he said.") == fingerprint(
        '"bring THEM\u00a0home", he said'
    )
    assert fingerprint("Irbil") != fingerprint("Erbil")
    assert fingerprint("") == "da39a3ee5e6b"


@pytest.mark.parametrize("name", [*SPLITS, LEFT_OUT])
def test_standoff_rows_hold_labels_and_no_text(name):
    codebook = read_codebook()
    allowed = {*FIELDS, *(("split", "reason") if name == LEFT_OUT else ())}

    for row in read_standoff(name):
        assert not row.keys() - allowed
        assert row["stance"] in codebook.stances
        assert not set(row["frames"]) - set(codebook.frames)
        assert row["article"] == row["id"].rpartition(":" if "paragraph" in row else "-")[0]
        assert all(len(value) < 60 for value in row.values() if isinstance(value, str))


def test_no_article_is_in_training_and_dev():
    articles = {name: {row["article"] for row in read_standoff(name)} for name in SPLITS}

    for train in TRAIN:
        for dev in DEV:
            assert not articles[train] & articles[dev]
    assert not articles["news_dev"] & articles["speeches_dev"]


def test_no_passage_is_in_two_files():
    rows = [row for name in (*SPLITS, LEFT_OUT) for row in read_standoff(name)]

    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["sha1"] for row in rows}) == len(rows)


def test_no_corpus_passage_is_a_labelled_real_one(corpus):
    real = {row["sha1"] for name in (*SPLITS, LEFT_OUT) for row in read_standoff(name)}

    assert not real & {fingerprint(text) for text in corpus["text"]}


def test_training_passages_that_leak_are_left_out():
    def row(id_, text):
        return {**standoff_row(id_, text), "text": text, "title": "A title"}

    labelled = {name: [] for name in SPLITS}
    labelled["news_dev"] = [row("allsides:dev:0", TRUCKS)]
    labelled["news_train"] = [
        row("allsides:dev:4", LEAVE),
        row("allsides:wire:0", TRUCKS.replace("Forty", "About forty")),
        row("allsides:other:0", "Snow closed the road to Kabul."),
    ]

    standoff = make_standoff(labelled)

    assert [kept["id"] for kept in standoff["news_train"]] == ["allsides:other:0"]
    assert [(left["id"], left["reason"], left["split"]) for left in standoff[LEFT_OUT]] == [
        ("allsides:dev:4", "article in news_dev", "news_train"),
        ("allsides:wire:0", "near-duplicate of allsides:dev:0", "news_train"),
    ]
    assert not any({"text", "title"} & kept.keys() for rows in standoff.values() for kept in rows)


@pytest.mark.parametrize("name", OFF_TOPIC)
def test_off_topic_rows_hold_no_text_and_no_label(name):
    for row in read_standoff(name):
        assert row.keys() == {*OFF_TOPIC_FIELDS}
        assert row["article"] == row["id"].rpartition(":")[0]
        assert all(len(value) < 60 for value in row.values())


def test_off_topic_articles_kept_to_measure_are_in_no_other_split():
    train, dev = (read_standoff(name) for name in OFF_TOPIC)
    labelled = {row["article"] for name in SPLITS for row in read_standoff(name)}
    measured = {row["article"] for row in dev}

    assert (len(train), len(dev)) == (1200, 300)
    assert not measured & ({row["article"] for row in train} | labelled)
    assert not {row["id"] for row in [*train, *dev]} & {
        row["id"] for name in (*SPLITS, LEFT_OUT) for row in read_standoff(name)
    }


def test_off_topic_passages_are_parted_by_article_and_without_near_duplicates():
    def row(number, paragraph, text):
        id_ = f"allsides:{number}:{paragraph}"
        return {**standoff_row(id_, text), "text": text, "topic": "sports", "title": "A title"}

    wire = "The league will play its last nine games in empty halls, the owners said."
    rows = [row(k, 0, f"alder{k} birch{k} cedar{k}") for k in range(400)]
    rows += [row(0, 1, "elder elm"), row("wire-1", 0, wire), row("wire-2", 0, f"{wire} X")]
    labelled = [{**row(1, 7, TRUCKS), "split": "news_train"}]

    train, dev = make_off_topic(rows, labelled).values()

    measured = {one["article"] for one in dev}
    assert 300 <= len(dev) <= 301
    assert not measured & {one["article"] for one in train}
    assert "allsides:1" not in measured
    wires = {"allsides:wire-1", "allsides:wire-2"}
    trained = {one["article"] for one in train}
    assert wires <= trained or wires <= measured or not wires & trained
    assert len(train) + len(dev) >= len(rows) - 1
    assert not any({"text", "title", "stance"} & one.keys() for one in [*train, *dev])


def test_off_topic_texts_may_lie_together(tmp_path):
    folder = tmp_path / "standoff"
    folder.mkdir()
    row = {"id": "allsides:x:1", "article": "allsides:x", "sha1": fingerprint(TRUCKS)}
    write_rows(folder / "off_topic_dev.jsonl", row)
    write_rows(tmp_path / "news_off_topic.jsonl", {"id": "allsides:x:1", "text": TRUCKS})

    assert load_split("off_topic_dev", tmp_path, standoff=folder) == [{**row, "text": TRUCKS}]

    write_rows(tmp_path / "off_topic_dev.jsonl", {"id": "allsides:x:1", "text": "Edited."})
    with pytest.raises(DataError, match="not the ones"):
        load_split("off_topic_dev", tmp_path, standoff=folder)


def test_written_off_topic_passages_are_each_their_own():
    rows = read_off_topic()

    assert len(rows) > 100
    assert all(row.keys() == {"id", "subject", "text"} for row in rows)
    sets = [word_set(row["text"]) for row in rows]
    assert not any(
        are_near_duplicates(one, other) for place, one in enumerate(sets) for other in sets[:place]
    )


def test_short_passage_of_common_words_is_no_duplicate_of_a_long_one():
    short = word_set("the war in the north and the war in the south")
    long = word_set(
        f"the war in the north and the war in the south {' '.join(map(str, range(30)))}"
    )

    assert not are_near_duplicates(short, long)
    assert are_near_duplicates(short, short)
    assert not are_near_duplicates(frozenset(), frozenset())


@pytest.fixture
def standoff(tmp_path):
    folder = tmp_path / "standoff"
    folder.mkdir()
    rows = [
        standoff_row("allsides:x:1", TRUCKS),
        standoff_row("allsides:x:2", LEAVE, stance="pro-withdrawal", frames=["mission_clarity"]),
    ]
    write_rows(folder / "news_train.jsonl", *rows)
    return folder


def test_split_takes_labels_from_the_standoff_and_text_from_the_data(tmp_path, standoff):
    write_rows(
        tmp_path / "news_train.jsonl",
        {"id": "allsides:x:2", "text": LEAVE, "stance": "neutral"},
        {"id": "allsides:x:1", "text": TRUCKS},
        {"id": "allsides:x:3", "text": "Not labelled any more."},
    )

    rows = load_split("news_train", tmp_path, standoff=standoff)

    assert [row["text"] for row in rows] == [TRUCKS, LEAVE]
    assert [row["stance"] for row in rows] == ["neutral", "pro-withdrawal"]


def test_split_without_data_says_how_to_make_it(tmp_path, standoff):
    with pytest.raises(DataError, match=r"does not exist; .*python -m training\.rebuild"):
        load_split("news_train", tmp_path, standoff=standoff)


def test_picked_passages_are_found_in_the_pool_that_they_were_picked_from(tmp_path, standoff):
    (standoff / "news_train.jsonl").rename(standoff / "news_train_picked.jsonl")
    rows = [{"id": "allsides:x:2", "text": LEAVE}, {"id": "allsides:x:1", "text": TRUCKS}]
    write_rows(tmp_path / "news_unlabelled.jsonl", *rows)

    picked = load_split("news_train_picked", tmp_path, standoff=standoff)

    assert [row["text"] for row in picked] == [TRUCKS, LEAVE]


def test_split_with_missing_passages_is_refused_unless_asked_for(tmp_path, standoff):
    write_rows(tmp_path / "news_train.jsonl", {"id": "allsides:x:1", "text": TRUCKS})

    with pytest.raises(DataError, match=r"lacks 1 of 2 passages of news_train \(allsides:x:2\)"):
        load_split("news_train", tmp_path, standoff=standoff)
    assert len(load_split("news_train", tmp_path, standoff=standoff, missing_ok=True)) == 1


def test_split_with_another_text_is_refused(tmp_path, standoff):
    rows = [{"id": "allsides:x:1", "text": TRUCKS}, {"id": "allsides:x:2", "text": "Edited."}]
    write_rows(tmp_path / "news_train.jsonl", *rows)

    with pytest.raises(DataError, match=r"1 texts .* not the ones .*allsides:x:2"):
        load_split("news_train", tmp_path, standoff=standoff)


def test_unknown_split_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no split 'news_test' .* news_dev, news_train"):
        load_split("news_test", tmp_path, standoff=STANDOFF)
