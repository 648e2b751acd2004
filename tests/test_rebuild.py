import json

import pytest
from click.testing import CliRunner

from stancekit import DataError
from training.rebuild import cut_article, cut_speech, main, rebuild
from training.standoff import fingerprint, load_split

PARAGRAPHS = [
    "Convoys left the base at Tal Afar on Sunday.",
    "“We should have gone a year ago,” said the driver.",
    "Rain is expected.",
]
MD5 = "0123456789abcdef0123456789abcdef"
OPENING = "Mr. ALDER. Mr. Speaker, I rise to ask one question: how long?"
ANSWER = "Nobody on this floor has answered it."


def speech(*paragraphs, md5=MD5):
    body = "\n\n".join(paragraphs)
    return f"---\n---\n\n# A QUESTION\n## `{md5}`\n`Mr. ALDER — 1 May 2008`\n\n---\n\n\n{body}\n"


def labelled(id_, text, **fields):
    article = id_.rpartition(":" if ":" in id_ else "-")[0]
    return {"id": id_, "article": article, "sha1": fingerprint(text), "stance": "neutral", **fields}


@pytest.fixture
def standoff(tmp_path):
    return write_standoff(
        tmp_path / "standoff",
        news_train=[
            labelled("allsides:Ab1:0", PARAGRAPHS[0], paragraph=0, frames=[], outlet="The Post"),
            labelled("allsides:Ab1:1", PARAGRAPHS[1], paragraph=1, frames=["mission_clarity"]),
        ],
        speeches_dev=[labelled("crec-0123456789ab-0", f"{OPENING} {ANSWER}", frames=[])],
    )


def write_standoff(folder, **splits):
    folder.mkdir()
    for name, rows in splits.items():
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def allsides(tmp_path):
    folder = tmp_path / "Article-Bias-Prediction" / "data" / "jsons"
    folder.mkdir(parents=True)
    article = {"title": "Convoys", "content_original": "\n\n".join(PARAGRAPHS), "content": "x"}
    write_article(folder, "Ab1", article)
    return folder.parent.parent


@pytest.fixture
def congress(tmp_path):
    folder = tmp_path / "congress-scope" / "docs"
    folder.mkdir(parents=True)
    (folder / f"{MD5}.md").write_text(speech(OPENING, ANSWER), encoding="utf-8")
    return folder.parent


def write_article(folder, name, article):
    (folder / f"{name}.json").write_text(json.dumps(article), encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def reasons(rebuilt):
    return {passage.id: passage.reason for passage in rebuilt.missing}


def test_article_is_cut_at_line_ends_and_empty_lines_do_not_count():
    assert cut_article("One\u00a0 two.\n\n \nThree.\n") == ["One two.", "Three."]


def test_speech_joins_blocks_until_one_ends_like_a_sentence():
    text = speech("I quote the\n report", "It says", "that we stay.", "I yield")

    assert cut_speech(text) == ["I quote the report It says that we stay. I yield"]


def test_speech_packs_paragraphs_up_to_200_words():
    hundred = "word " * 99 + "end."
    short = "One more."

    assert cut_speech(speech(hundred, hundred, short)) == [f"{hundred} {hundred}", short]


def test_speech_cuts_long_paragraphs_at_sentences():
    sentence = "We " + "go " * 118 + "home."
    quoted = '"' + sentence + '"'

    passages = cut_speech(speech(f"{sentence} {quoted} and so on."))

    assert passages == [sentence, f"{quoted} and so on."]


def test_speech_leaves_paragraphs_of_220_words_whole():
    sentence = "We " + "go " * 108 + "home."

    assert cut_speech(speech(f"{sentence} {sentence}")) == [f"{sentence} {sentence}"]


def test_speech_without_heading_is_refused():
    with pytest.raises(DataError, match="no heading"):
        cut_speech("# Contents\n\nNothing of interest.\n")


def test_rebuilt_files_are_read_by_load_split(tmp_path, standoff, allsides, congress):
    output = tmp_path / "new" / "troops"

    result = run(
        "--allsides", allsides, "--congress", congress, "-o", output, "--standoff", standoff
    )

    assert result.exit_code == 0, result.output
    assert "found 3, missing 0" in result.stderr
    rows = load_split("news_train", output, standoff=standoff)
    assert [row["text"] for row in rows] == PARAGRAPHS[:2]
    assert rows[1]["frames"] == ["mission_clarity"]
    rows = load_split("speeches_dev", output, standoff=standoff)
    assert [row["text"] for row in rows] == [f"{OPENING} {ANSWER}"]
    first = json.loads((output / "news_train.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert list(first) == [
        "id", "article", "paragraph", "sha1", "text", "stance", "frames", "outlet",
    ]  # fmt: skip


def test_inner_folders_are_accepted_as_well(standoff, allsides, congress):
    rebuilt = rebuild(standoff, allsides=allsides / "data/jsons", congress=congress / "docs")

    assert rebuilt.n_found == 3
    assert not rebuilt.missing


def test_content_is_read_where_the_original_is_absent(standoff, allsides):
    write_article(allsides / "data/jsons", "Ab1", {"content": "\n".join(PARAGRAPHS)})

    assert rebuild(standoff, allsides=allsides).n_found == 2


def test_passage_is_found_elsewhere_in_its_file(standoff, allsides):
    moved = ["A new first line.", *PARAGRAPHS]
    write_article(allsides / "data/jsons", "Ab1", {"content_original": "\n".join(moved)})

    rebuilt = rebuild(standoff, allsides=allsides)

    assert [row["text"] for row in rebuilt.splits["news_train"]] == PARAGRAPHS[:2]


def test_what_is_not_found_is_listed_and_exits_with_3(tmp_path, standoff, allsides):
    changed = {"content_original": "\n".join([PARAGRAPHS[0], "Edited since."])}
    write_article(allsides / "data/jsons", "Ab1", changed)

    result = run("--allsides", allsides, "-o", tmp_path / "out", "--standoff", standoff)

    assert result.exit_code == 3, result.output
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "missing allsides:Ab1:1 (news_train): no passage of the file has its hash",
        "missing crec-0123456789ab-0 (speeches_dev): the collection was not given",
        "news_train: 1 of 2 passages found",
        "speeches_dev: 0 of 1 passages found",
        "found 1, missing 2",
    ]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["news_train.jsonl"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe{", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "not a JSON object"),
        (b'{"content": null}', "it has no content"),
        (b'{"content": 7, "content_original": ""}', "it has no content"),
        (b'{"content": "half a character \\ud83d"}', "no passage of the file has its hash"),
    ],
)
def test_bad_file_costs_its_own_passages_only(standoff, allsides, congress, content, reason):
    (allsides / "data/jsons/Ab1.json").write_bytes(content)

    rebuilt = rebuild(standoff, allsides=allsides, congress=congress)

    assert rebuilt.n_found == 1
    assert reason in reasons(rebuilt)["allsides:Ab1:0"]


def test_bad_speech_files_are_reported(tmp_path, congress):
    names = ["f" * 32, "e" * 32]
    (congress / "docs" / f"{names[0]}.md").write_text("no heading", encoding="utf-8")
    (congress / "docs" / f"{names[1]}.md").mkdir()
    ids = ["crec-ffffffffffff-0", "crec-eeeeeeeeeeee-0", "crec-dddddddddddd-0", "elsewhere:1"]
    folder = write_standoff(tmp_path / "standoff", dev=[labelled(id_, "x") for id_ in ids])

    missing = reasons(rebuild(folder, congress=congress))

    assert "no heading" in missing[ids[0]]
    assert "cannot be read" in missing[ids[1]]
    assert missing[ids[2]] == "no such file"
    assert missing[ids[3]] == "not an id of either collection"


def test_two_speeches_with_one_beginning_of_their_names_are_both_read(standoff, congress):
    twin = MD5[:12] + "0" * 20
    (congress / "docs" / f"{twin}.md").write_text(speech("Other.", md5=twin), encoding="utf-8")

    assert rebuild(standoff, congress=congress).n_found == 1


def test_existing_files_are_kept_without_force(tmp_path, standoff, allsides, congress):
    output = tmp_path / "out"
    output.mkdir()
    (output / "speeches_dev.jsonl").write_text("mine\n")
    arguments = ["--allsides", allsides, "--congress", congress, "-o", output]

    result = run(*arguments, "--standoff", standoff)

    assert result.exit_code == 1
    assert "speeches_dev.jsonl exists; add --force" in result.stderr
    assert [path.name for path in output.iterdir()] == ["speeches_dev.jsonl"]
    assert run(*arguments, "--standoff", standoff, "--force").exit_code == 0
    assert load_split("speeches_dev", output, standoff=standoff)


def test_folder_without_the_collection_is_refused(tmp_path, standoff):
    result = run("--allsides", tmp_path, "-o", tmp_path / "out", "--standoff", standoff)

    assert result.exit_code == 1
    assert "holds no *.json files; name the repository or its data/jsons" in result.stderr
    assert not (tmp_path / "out").exists()


def test_no_collection_is_wrong_usage(tmp_path):
    result = run("-o", tmp_path / "out")

    assert result.exit_code == 2
    assert "give --allsides, --congress or both" in result.stderr


def test_folder_without_standoff_labels_is_refused(tmp_path, allsides):
    with pytest.raises(DataError, match=r"has no \.jsonl files"):
        rebuild(tmp_path / "data", allsides=allsides)
