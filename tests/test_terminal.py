"""At 80 columns a reader sees who argues what, and no text can take hold of the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from stancekit import Analysis, PassageAnalysis, PassageVoice, score, score_frames
from stancekit.cli.palette import printable
from stancekit.cli.scoreboard import frame_parts, stance_parts
from stancekit.cli.showing import show
from stancekit.cli.terminal import show_analysis, show_summary

LABELS = ("neutral", "pro-presence", "pro-withdrawal")


def passage(place: int, text: str, stance: str | None = None, **facts: object) -> PassageAnalysis:
    """A passage that is 0.8 of ``stance``, or one without a label."""
    if stance is not None:
        shares = {label: 0.8 if label == stance else 0.1 for label in LABELS}
        facts = {"stance": stance, "probabilities": shares, **facts}
    return replace(PassageAnalysis("a.txt", place, 0, len(text), text), **facts)


ARTICLE = Analysis(
    "a.txt",
    (
        passage(0, "Should they stay?", kind="heading", status="heading"),
        passage(1, "By A Reporter", kind="furniture", status="furniture"),
        passage(
            2,
            "Bring the soldiers home,\nshe said, because the war has cost the taxpayers far too "
            "much money already.",
            "pro-withdrawal",
            frames=("cost_priorities", "mission"),
        ),
        passage(3, "The committee met on Monday.", "neutral"),
        passage(4, "Stay", status="one_word"),
    ),
    LABELS,
)
SECOND = Analysis(
    "b.txt", (passage(0, "They must stay.", "pro-presence", article="b.txt"),), LABELS
)
NOTHING = Analysis("c.txt", (passage(0, "", status="empty"),), LABELS)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=80, color_system=None, legacy_windows=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_article_shows_label_probability_and_frames_beside_the_text(console: Console) -> None:
    show_analysis(console, ARTICLE)
    assert (
        shown(console)
        == """\
a.txt ──────────────────────────────────────────────────────────────────────────

                  Should they stay?

furniture         By A Reporter

pro-withdrawal    Bring the soldiers home, she said, because the war has cost
██████░░ 0.80     the taxpayers far too much money already.
                  → cost priorities · mission

neutral           The committee met on Monday.
██████░░ 0.80

one word          Stay
                  a single word takes no side
"""
    )


def test_article_shows_who_speaks_beneath_the_text_and_in_a_table(console: Console) -> None:
    text = "Bring the soldiers home now, said Ames, while the Pentagon wants a report by Monday."
    voices = (
        PassageVoice(
            *("Dan Ames", "former officer", "direct", 0, 27, ((0, 27),), "pro-withdrawal"),
            {"pro-withdrawal": 0.75, "pro-presence": 0.125, "neutral": 0.125},
        ),
        PassageVoice("the Pentagon", None, "indirect", 63, 83, ((63, 83),)),
    )
    heard = passage(0, text, "pro-withdrawal", voices=voices)
    show_analysis(console, Analysis("a.txt", (heard,), LABELS))
    assert (
        shown(console).split("\n", 2)[2]
        == """\
pro-withdrawal    Bring the soldiers home now, said Ames, while the Pentagon
██████░░ 0.80     wants a report by Monday.
                  “ Dan Ames pro-withdrawal 0.75 · the Pentagon

Speakers   · neutral  █ pro-presence  ▓ pro-withdrawal  (statements)
the author                                    · –    █ –    ▓ –
Dan Ames, former officer                      · –    █ –    ▓ 1
  Bring the soldiers home now (passage 0, pro-withdrawal 0.75)
Without a side: the Pentagon 1
"""
    )


def test_hostile_name_of_a_speaker_cannot_move_the_cursor(console: Console) -> None:
    voice = PassageVoice("Ames\x1b[2J\u202e", "\x07boss", "direct", 0, 5, ((0, 5),), "neutral", {})
    heard = passage(0, "Go now", "neutral", voices=(voice,))
    show_analysis(console, Analysis("a.txt", (heard,), LABELS))
    assert "Ames\N{REPLACEMENT CHARACTER}[2J" in shown(console)
    assert not {"\x1b", "\x07", "\u202e"} & set(shown(console))


def test_summary_shows_shares_frames_and_the_clearest_passage(console: Console) -> None:
    show_summary(console, [ARTICLE], "Labels are guesses.")
    assert (
        shown(console)
        == """\
Summary ────────────────────────────────────────────────────────────────────────

neutral         ············░░░░░░░░░░░░  50%  1 of 2 passages
pro-presence    ░░░░░░░░░░░░░░░░░░░░░░░░   0%  0 of 2 passages
pro-withdrawal  ▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░  50%  1 of 2 passages

pro-withdrawal → cost priorities 1 · mission 1
  Bring the soldiers home, she said, because the war has cost the taxpayers far
  too much money already. (passage 2, 0.80)

2 passages labelled; not labelled: 1 heading, 1 furniture, 1 one word
Labels are guesses."""
    )


def test_summary_of_several_articles_has_a_line_each(console: Console) -> None:
    show_summary(console, [ARTICLE, SECOND, NOTHING], "Labels are guesses.")
    lines = shown(console).splitlines()
    assert lines[:6] == [
        "Summary of 3 articles ──────────────────────────────────────────────────────────",
        "",
        "                                 ·  █  ▓",
        "a.txt  ▓▓▓▓▓▓▓▓▓▓▓▓············  1  0  1",
        "b.txt  ████████████████████████  0  1  0",
        "c.txt  nothing labelled          0  0  0",
    ]
    assert "  They must stay. (b.txt, passage 0, 0.80)" in lines


def test_pieces_of_a_table_are_summed_up_as_one(console: Console) -> None:
    following = replace(SECOND, passages=(replace(SECOND.passages[0], passage=1),))
    show_summary(console, [SECOND, following], "")
    assert shown(console).startswith("Summary ──")
    assert "2 of 2 passages" in shown(console)


def test_nothing_labelled_and_nothing_read_have_a_summary(console: Console) -> None:
    show_summary(console, [NOTHING], "")
    show_summary(console, [], "")
    assert shown(console).split("\n\n")[1].startswith("0 passages labelled; not labelled: 1 empty")


def test_sides_differ_in_colour_and_no_side_is_dim() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="256")
    show_analysis(console, ARTICLE)
    show_analysis(console, SECOND)
    lines = shown(console).splitlines()
    colours = {
        label: next(line for line in lines if label in line).partition(label)[0] for label in LABELS
    }
    assert len(set(colours.values())) == 3
    assert colours["neutral"] == "\x1b[2m"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2Jgone\x07", "�[2Jgone�"),
        ("one\r\ntwo\tthree\u2028four\xa0five", "one two three four five"),
        ("so\xadft \u200bzero \u202eturned", "soft zero turned"),
        ("lone \ud800 \udcff", "lone � �"),
        ("[bold]:smile:[/] é 字 🙂", "[bold]:smile:[/] é 字 🙂"),
    ],
)
def test_text_cannot_take_hold_of_the_terminal(console: Console, text: str, seen: str) -> None:
    assert printable(text) == seen
    hostile = replace(passage(0, text, "neutral"), article=text, frames=(text,))
    show_analysis(console, Analysis(text, (hostile,), LABELS))
    show_summary(console, [Analysis(text, (hostile,), LABELS)], "")
    assert seen in shown(console)
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(shown(console))


def test_passage_of_many_screens_is_cut_with_a_count(console: Console) -> None:
    show_analysis(console, Analysis("a", (passage(0, "x" * 6000, status="no_features"),), LABELS))
    assert "… [1,000 more characters]" in shown(console)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_lines_keep_within_the_terminal(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    for analysis in (ARTICLE, SECOND, NOTHING):
        show_analysis(console, analysis)
    show_summary(console, [ARTICLE, SECOND, NOTHING], "Labels are guesses.")
    assert max(map(len, shown(console).splitlines())) <= min(width, 100)


def test_scores_stand_with_their_intervals_and_confusion(console: Console) -> None:
    gold = ["neutral", "pro-presence", "pro-withdrawal", "neutral"] * 5
    found = ["neutral", "pro-presence", "neutral", "neutral"] * 5
    articles = [row // 2 for row in range(20)]
    found_scores = score(gold, found, groups=articles, labels=LABELS)
    show(console, stance_parts(found_scores, "Held [out]"))
    assert (
        shown(console)
        == """\
Held [out]
label           F1              precision       recall          passages
────────────────────────────────────────────────────────────────────────
neutral         0.80 0.71-0.91  0.67 0.56-0.83  1.00 1.00-1.00        10
pro-presence    1.00 1.00-1.00  1.00 1.00-1.00  1.00 1.00-1.00         5
pro-withdrawal  0.00 0.00-0.00  0.00 0.00-0.00  0.00 0.00-0.00         5

macro           0.60 0.57-0.64                                        20
accuracy        0.75 0.60-0.90
MCC             0.65 0.43-0.83
alpha           0.54 0.15-0.82

Rows: the right label. Columns: the model's.
                neutral  pro-presence  pro-withdrawal
─────────────────────────────────────────────────────
neutral              10             0               0
pro-presence          0             5               0
pro-withdrawal        5             0               0
low-high: 95% intervals, bootstrap of 2000 draws over 10 articles
with fewer than 20 articles the intervals come out too narrow"""
    )


def test_score_that_there_is_none_of_is_a_dash(console: Console) -> None:
    show(console, stance_parts(score(["a"] * 4, ["a"] * 4, labels=["a", "b"]), ""))
    assert "b         –               –               –                      0" in shown(console)


def test_frames_stand_with_their_intervals(console: Console) -> None:
    marks = [[1, 0], [0, 1], [1, 1], [0, 0]]
    found = score_frames(marks, marks, frames=["sovereignty_consent", "law"])
    show(console, frame_parts(found, "Frames"))
    assert shown(console).splitlines()[3] == (
        "sovereignty_consent  1.00 1.00-1.00  1.00 1.00-1.00  1.00 1.00-1.00         2"
    )
