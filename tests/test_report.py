"""A report is a page to read, and no article can make it anything else."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stancekit import (
    Analysis,
    DataError,
    InputError,
    Model,
    PassageAnalysis,
    PassageVoice,
    StanceClassifier,
    load_model,
    write_report,
)
from stancekit.cli import main

LABELS = ("neutral", "pro-presence", "pro-withdrawal")
STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
REPORT = "The committee will meet in the capital on Monday to read the report."
QUOTED = f"Leave or Stay\n\n“{LEAVE}” said Dan Ames, a former officer.\n\n{STAY}\n\n{REPORT}\n"
HOSTILE = (
    "<script>alert(1)</script> ]]> --></style></script> {{ 7 * 7 }} {% raw %} &lt; "
    "\"onmouseover='alert(1)' \u202eturned\u2066 \x00 \ud800 \x1b[2J <img src=x onerror=alert(1)>"
)
SHOWN = (
    "<script>alert(1)</script> ]]> --></style></script> {{ 7 * 7 }} {% raw %} &lt; "
    "\"onmouseover='alert(1)' �turned� � � �[2J <img src=x onerror=alert(1)>"
)

Check = Callable[..., None]


@pytest.fixture(scope="module")
def model(model_directory: Path) -> Model:
    about = {"definitions": {"stance": {"pro-presence": "they <i>should</i> stay"}}}
    return replace(load_model(model_directory), about=about)


@pytest.fixture
def page(model: Model, tmp_path: Path) -> Callable[[Analysis], str]:
    """A function that gives the page of an analysis."""

    def write(analysis: Analysis) -> str:
        write_report([analysis], tmp_path / "page.html", model, force=True)
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return write


def text_of(html: str) -> str:
    """What a reader sees of a piece of a page."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def passage(text: str, stance: str | None = "pro-withdrawal", **facts: Any) -> PassageAnalysis:
    shares = {label: 0.8 if label == stance else 0.1 for label in LABELS} if stance else {}
    whole = PassageAnalysis("a.txt", 0, 0, len(text), text, stance=stance, probabilities=shares)
    return replace(whole, **facts)


def hostile_analysis() -> Analysis:
    voice = PassageVoice(HOSTILE, HOSTILE, "direct", 0, 40, ((0, 40), (50, 60)), "neutral")
    voice = replace(voice, probabilities={"neutral": 1.0})
    lost = passage(HOSTILE, None, passage=1, status="unfamiliar", frames=())
    heading = passage(HOSTILE, None, passage=2, kind="heading", status="heading")
    first = passage(HOSTILE, frames=(HOSTILE,), voices=(voice,), frame_probabilities={HOSTILE: 1.0})
    return Analysis(HOSTILE, (first, lost, heading), LABELS)


def test_page_has_the_text_with_its_labels_in_words(
    page: Callable[[Analysis], str], model: Model
) -> None:
    analysis = model.analyze(QUOTED, name="folder/quoted.txt")
    html = page(analysis)
    assert "<title>quoted.txt – stancekit</title>" in html
    assert '<h3 id="p0" dir="auto">Leave or Stay</h3>' in html
    summaries = [
        " ".join(text_of(one).split()) for one in re.findall("<summary title.*?</summary>", html)
    ]
    assert [one.split()[1] for one in summaries] == ["pro-withdrawal", "pro-presence", "neutral"]
    shares = [f"{one.probabilities[one.stance]:.2f}" for one in analysis.scored if one.stance]
    assert [one.split()[2] for one in summaries] == shares
    assert "3 passages labelled; not labelled: 1 heading." in " ".join(text_of(html).split())
    assert "they &lt;i&gt;should&lt;/i&gt; stay" in html
    assert model.caution in unescape(html)


def test_page_names_speakers_in_the_table_and_beneath_the_passage(
    page: Callable[[Analysis], str], model: Model
) -> None:
    html = page(model.analyze(QUOTED))
    table = re.search('<table class="speakers">.*?</table>', html, re.DOTALL)
    assert table is not None
    rows = [
        " ".join(text_of(row).split()) for row in re.findall("<tr.*?</tr>", table[0], re.DOTALL)
    ]
    assert rows[1].startswith("the author")
    assert rows[2].startswith("Dan Ames, former officer“Bring our soldiers home")
    assert 'class="quote" href="#p1"' in table[0]
    assert '<a class="chip" href="#p1v1">' in html
    assert 'id="p1v1" data-number="1" title="Dan Ames, direct: pro-withdrawal' in html


def test_marks_of_voices_leave_the_text_as_it_is(page: Callable[[Analysis], str]) -> None:
    text = "  He said she said “they said” it, & so on <b>.\nEnd "
    spans = {
        "he": ((10, 33),),
        "she": ((19, 30), (40, 46)),
        "they": ((24, 49), (0, 1)),
        "again": ((10, 33),),
    }
    voices = tuple(
        PassageVoice(name, None, "direct", content[0][0], content[-1][1], content)
        for name, content in spans.items()
    )
    moved = passage(text, voices=voices)
    html = page(Analysis("a.txt", (moved,), LABELS))
    found = re.search(r'<div class="text">\n<p dir="auto">(.*?)</p>', html, re.DOTALL)
    assert found is not None
    assert text_of(found[1]) == text
    for name, content in spans.items():
        pieces = re.findall(rf'title="{name}, direct">(?:<span[^>]*>)*([^<]*)', found[1])
        assert unescape("".join(pieces)) == "".join(text[a:b] for a, b in sorted(content))
    assert len(re.findall(r'id="p0v\d"', html)) == 4


def test_moving_words_are_marked_and_the_text_stays_as_it_is(
    page: Callable[[Analysis], str], model: Model
) -> None:
    analysis = model.analyze(f"Said: “{LEAVE}”\n\n“We — stay,” <b>he</b> said.", explain=True)
    html = page(analysis)
    texts = re.findall(r'<div class="text">\n<p dir="auto">(.*?)</p>', html, re.DOTALL)
    assert [text_of(one) for one in texts] == [one.text for one in analysis.scored]
    marked = re.findall(r'<mark class="(\S+) w\d" title="(.*?)">(.*?)</mark>', texts[0])
    explanation = analysis.scored[0].explanation
    assert explanation is not None
    assert [unescape(text).lower() for *_, text in marked] == [
        one.form for one in explanation.leading
    ]
    assert [title for _, title, _ in marked] == [
        f"+{one.strength:.2f} {one.side}" for one in explanation.leading
    ]
    assert "<mark" not in page(model.analyze(LEAVE))


def test_hostile_text_is_text(page: Callable[[Analysis], str]) -> None:
    html = page(hostile_analysis())
    assert html.count("<script") == html.count("</script>") == 1
    assert html.count("<style") == html.count("</style>") == 1
    assert "<img" not in html
    assert not re.search(r"<[^>]*\sonmouseover", html)
    assert not set("\u202e\u2066\x00\ud800\x1b") & set(html)
    assert f'<h3 id="p2" dir="auto">{SHOWN}</h3>' in unescape(html)
    assert "the model knows too few of its words" in html


def test_hostile_words_are_text_in_explanations_too(
    page: Callable[[Analysis], str], model: Model
) -> None:
    analysis = model.analyze(f"{LEAVE} {HOSTILE.replace(chr(0), '')} {STAY}", explain=True)
    assert analysis.scored
    html = page(analysis)
    assert html.count("<script") == html.count("</script>") == 1
    assert "<img" not in html
    assert not re.search(r"<[^>]*\sonmouseover", html)
    assert not set("\u202e\u2066\ud800\x1b") & set(html)
    assert html.count("<mark") > 0


def test_page_lets_nothing_load_and_only_its_own_script_run(
    page: Callable[[Analysis], str],
) -> None:
    html = page(hostile_analysis())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']{44}'; script-src 'sha256-[^']{44}'; "
        r"base-uri 'none'; form-action 'none'",
        unescape(policy[1]),
    )
    assert not re.search(r'(src|href|srcset|action)="(?!#)', html)
    assert not re.search(r"url\((?!#)|@import|\sstyle=", html)


def test_article_of_five_megabytes_has_its_page(
    page: Callable[[Analysis], str], model: Model
) -> None:
    text = "“Bring our soldiers home <now>” & " * 150_000
    assert len(text) > 5_000_000
    html = page(Analysis("big.txt", (passage(text),), LABELS))
    assert len(html) > len(text)
    assert len(html) < 1.5 * len(text)
    passages = model.analyze(f"{LEAVE} {STAY}\n\n" * 300, voices=False).passages
    one = len(page(Analysis("one.txt", passages[:1], LABELS)))
    whole = len(page(Analysis("long.txt", passages, LABELS)))
    assert (whole - one) / 299 < 1200
    many = tuple(passage(LEAVE, passage=place) for place in range(3000))
    assert "from beginning to end" not in page(Analysis("long.txt", many, LABELS))


@pytest.mark.parametrize("found", [(), (passage("", None, status="empty"),)])
def test_nothing_to_read_is_a_page_too(
    page: Callable[[Analysis], str], found: tuple[PassageAnalysis, ...]
) -> None:
    assert "0 passages labelled" in page(Analysis("a.txt", found, LABELS))


def test_model_without_frames_and_with_many_labels_is_fine(tmp_path: Path) -> None:
    labels = [f"side {n}" for n in range(9)]
    texts = [f"word{n} says {label} thing{n}" for label in labels for n in range(6)]
    classifier = StanceClassifier().fit(texts, [label for label in labels for _ in range(6)])
    model = Model(classifier, name="many")
    write_report([model.analyze("\n\n".join(texts))], tmp_path / "a.html", model)
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Frames by side" not in html
    assert 'class="stance s6"' in html


def test_folder_has_an_index_and_a_page_an_article(model: Model, tmp_path: Path) -> None:
    articles = [
        model.analyze(QUOTED, name="in/quoted.txt"),
        model.analyze(STAY, name="in/../é <b>.txt"),
        replace(hostile_analysis(), article=HOSTILE),
    ]
    write_report(articles, tmp_path / "report", model)
    found = sorted(path.name for path in (tmp_path / "report").iterdir())
    assert found[:2] == ["0001-quoted.html", "0002-b.html"]
    assert found[2].startswith("0003-")
    assert found[3:] == ["index.html"]
    index = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "<h1>3 articles</h1>" in index
    assert "5 passages labelled; 1 could not be." in index
    assert '<a href="0001-quoted.html" dir="auto">Leave or Stay</a>' in index
    assert "<bdi>quoted.txt</bdi>" in index
    links = set(re.findall(r'href="([^"#]+)', index))
    assert links == set(found) - {"index.html"}
    assert "é &lt;b&gt;.txt" in index
    assert "<img" not in index
    assert index.count("<script") == 1
    article = (tmp_path / "report" / found[0]).read_text(encoding="utf-8")
    assert '<a href="index.html">← all articles</a>' in article


def test_pieces_of_a_table_are_one_page(model: Model, tmp_path: Path) -> None:
    pieces = [
        Analysis("t.csv", tuple(model.analyze_passages([STAY], first=n, name="t.csv")), LABELS)
        for n in range(2)
    ]
    write_report(pieces, tmp_path / "t.html", model)
    html = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert "2 passages labelled" in html
    assert re.findall('<p class="row" dir="auto">(.*?)</p>', html) == ["0", "1"]


def test_articles_of_one_name_have_a_page_each(model: Model, tmp_path: Path) -> None:
    write_report([model.analyze(STAY), model.analyze(LEAVE)], tmp_path / "r", model)
    pages = sorted(path.name for path in (tmp_path / "r").iterdir())
    assert pages == ["0001-article.html", "0002-article.html", "index.html"]


def test_single_analysis_is_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got one Analysis"):
        write_report(model.analyze(STAY), tmp_path / "a.html", model)  # type: ignore[arg-type]


def test_page_says_what_every_label_means_and_what_it_is_not_for(tmp_path: Path) -> None:
    model = load_model("troops-en")
    write_report([model.analyze(STAY)], tmp_path / "a.html", model)
    shown = " ".join(text_of((tmp_path / "a.html").read_text(encoding="utf-8")).split())
    assert all(definition in shown for definition in model.about["definitions"]["stance"].values())
    assert all(definition in shown for definition in model.about["definitions"]["frames"].values())
    assert all(limit in shown for limit in model.about["limits"])


def test_report_is_written_whole_or_not_at_all(model: Model, tmp_path: Path) -> None:
    def breaking() -> Iterator[Analysis]:
        yield model.analyze(STAY, name="a")
        raise KeyboardInterrupt

    for name in ("report", "page.html"):
        with pytest.raises(KeyboardInterrupt):
            write_report(breaking(), tmp_path / name, model)
    assert not list(tmp_path.iterdir())
    write_report([model.analyze(STAY)], tmp_path / "report", model)
    before = {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    with pytest.raises(KeyboardInterrupt):
        write_report(breaking(), tmp_path / "report", model, force=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_full_folder_is_kept_unless_it_is_a_report_and_force_is_given(
    model: Model, tmp_path: Path
) -> None:
    analyses = [model.analyze(STAY)]
    (tmp_path / "empty").mkdir()
    write_report(analyses, tmp_path / "empty", model)
    with pytest.raises(DataError, match=r"empty is not empty; add --force to replace it"):
        write_report(analyses, tmp_path / "empty", model)
    (tmp_path / "empty" / "old.html").write_text("")
    write_report(analyses, tmp_path / "empty", model, force=True)
    assert not (tmp_path / "empty" / "old.html").exists()
    (tmp_path / "empty" / "thesis.docx").write_text("")
    with pytest.raises(DataError, match=r"empty holds thesis.docx, which is no page"):
        write_report(analyses, tmp_path / "empty", model, force=True)
    with pytest.raises(DataError, match=r"\. is the folder you are in; name one within it"):
        write_report(analyses, ".", model, force=True)
    with pytest.raises(DataError, match=r"thesis.docx is a file; name a folder"):
        write_report(analyses, tmp_path / "empty" / "thesis.docx", model, force=True)


def test_several_articles_are_not_one_page(model: Model, tmp_path: Path) -> None:
    articles = [model.analyze(STAY, name=name) for name in "ab"]
    with pytest.raises(DataError, match=r"several articles; name a folder, as page/"):
        write_report(articles, tmp_path / "page.html", model)
    assert not list(tmp_path.iterdir())


def test_predict_writes_a_page_or_a_folder(
    check: Check,
    runner: CliRunner,
    model_directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("a", "b"):
        Path("in", f"{name}.txt").write_text(f"{STAY}\n")
    command = ["predict", "-m", str(model_directory)]
    check(runner.invoke(main, [*command, "in/a.txt", "-o", "a.html"]), 0, "wrote a.html")
    check(runner.invoke(main, [*command, "in", "--format", "html", "-o", "r/"]), 0, "wrote r")
    assert sorted(path.name for path in Path("r").iterdir()) == [
        *("0001-a.html", "0002-b.html", "index.html")
    ]
    for options, code, sentence in [
        ("in -o b.html", 1, "b.html is one page and there are several articles"),
        ("in --format html -o r", 1, "r is not empty; add --force to replace it"),
        ("in -o a.html", 1, "a.html exists; add --force"),
        ("in --format html -o no/r", 1, "there is no folder"),
    ]:
        check(runner.invoke(main, [*command, *options.split()]), code, sentence)
    assert not Path("b.html").exists()


def counted(stance: str, times: int, **kept: Any) -> list[PassageAnalysis]:
    return [passage(stance, stance, kept=kept)] * times


def text_in(html: str, section: str) -> str:
    """What a reader sees of a section of a page, on one line."""
    found = re.search(f'<section id="{section}">.*?</section>', html, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub("<[^>]*>", " ", found[0])).split())


@pytest.fixture
def dated() -> list[Analysis]:
    """Three articles in two outlets and three months; the last without a date or an outlet."""
    facts = [
        {"outlet": "The Day", "date": "2019-01-16"},
        {"outlet": "The <b>Day</b>", "date": "2019-03-02T10:00:00Z"},
        {"outlet": None, "date": "last spring"},
    ]
    stances = [
        counted("pro-presence", 6) + counted("neutral", 14),
        counted("pro-withdrawal", 3) + counted("neutral", 2),
        counted("neutral", 4),
    ]
    return [
        Analysis(f"{n}.txt", tuple(passages), LABELS).carrying(kept)
        for n, (passages, kept) in enumerate(zip(stances, facts, strict=True))
    ]


def test_index_has_the_stance_by_month_and_by_outlet(
    dated: list[Analysis], model: Model, tmp_path: Path
) -> None:
    write_report(dated, tmp_path / "r", model, by=["outlet"], date="date")
    html = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    months = text_in(html, "months")
    assert re.findall("<title>(2019.*?)</title>", html) == [
        "2019-01: 14 neutral, 6 pro-presence, 0 pro-withdrawal of 20 passages",
        "2019-02: no passage",
        "2019-03: 2 neutral, 0 pro-presence, 3 pro-withdrawal of 5 passages",
    ]
    assert html.count('<g class="few">') == 1
    assert "the highest bar is 30 %. ■ pro-presence rises, ▲ pro-withdrawal hangs." in months
    assert "Hollow: fewer than 10 passages. Grey beneath" in months
    assert "2019-01 14 6 – 20 1 2019-03 2 – 3 5 1 not known 4 – – 4 1" in months
    assert "The Day 14 6 – 20 1 The <b>Day</b> 2 – 3 5 1 not known 4 – – 4 1" in text_in(
        html, "by-1"
    )
    assert "<b>Day" not in html
    assert "0.txt" in text_in(html, "articles")
    assert "The Day · 2019-01-16" in text_in(html, "articles")
    article = next((tmp_path / "r").glob("0001*")).read_text(encoding="utf-8")
    assert "outlet The Day · date 2019-01-16" in " ".join(text_of(article).split())
    assert 'id="months"' not in article


def test_one_page_of_a_table_has_them_too_and_tells_its_rows_apart(
    dated: list[Analysis], model: Model, tmp_path: Path
) -> None:
    rows = tuple(
        replace(one, passage=n, id=f"row {n}")
        for n, one in enumerate(one for whole in dated for one in whole.passages)
    )
    write_report(
        [Analysis("t.csv", rows, LABELS)], tmp_path / "t.html", model, by=["outlet"], date="date"
    )
    html = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert "2019-02: no passage" in html
    assert "The Day 14 6 – 20" in text_in(html, "by-1")
    shown = [unescape(row) for row in re.findall('<p class="row" dir="auto">(.*?)</p>', html)]
    assert shown[0] == "row 0 · The Day · 2019-01-16"
    assert shown[-1] == f"row {len(rows) - 1} · last spring"


def test_columns_that_no_passage_carries_are_said_to_be_empty(model: Model, tmp_path: Path) -> None:
    articles = [model.analyze(STAY, name=name) for name in "ab"]
    write_report(articles, tmp_path / "r", model, by=["outlet"], date="when")
    html = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert "No passage has a date such as 2019-01-16 in when ." in text_in(html, "months")
    assert "No passage says its outlet ." in text_in(html, "by-1")
    with pytest.raises(InputError, match="got the string 'outlet' for `by`"):
        write_report(articles, tmp_path / "s", model, by="outlet")


def test_table_of_an_outlet_too_many_names_the_largest(model: Model, tmp_path: Path) -> None:
    articles = [
        Analysis(f"{n}.txt", tuple(counted("neutral", n + 1, outlet=f"paper {n}")), LABELS)
        for n in range(53)
    ]
    write_report(articles, tmp_path / "r", model, by=["outlet"])
    html = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    shown = text_in(html, "by-1")
    assert "paper 52" in shown
    assert "The 50 of most passages; 3 more have 6 between them." in shown


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window and without a network."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("there is no chromium with chromedriver here")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=driver)
    opened = webdriver.Chrome(options=options, service=service)
    opened.implicitly_wait(2)  # a panel is made a moment after its label is pressed
    try:
        yield opened
    finally:
        opened.quit()


@pytest.fixture(scope="module")
def report(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "report"
    articles = [
        model.analyze(QUOTED, name="quoted.txt", explain=True),
        model.analyze(f"{STAY}\n\n{STAY}\n", name="2 stay.txt"),
        model.analyze(REPORT, name="10 report.txt"),
        hostile_analysis(),
    ]
    kept = [{"outlet": f"{HOSTILE} {n}", "date": f"2019-0{n + 1}-0{n + 1}"} for n in range(4)]
    told = [one.carrying(facts) for one, facts in zip(articles, kept, strict=True)]
    write_report(told, folder, model, by=["outlet"], date="date")
    return folder


def requests_of(browser: Any, page: str) -> set[str]:
    """The addresses that a page asked for, its own among them."""
    events = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    sent = [one["params"] for one in events if one["method"] == "Network.requestWillBeSent"]
    return {one["request"]["url"] for one in sent if one["documentURL"] == page}


def names_in(browser: Any) -> list[str]:
    cells = browser.find_elements("css selector", "#articles tbody th")
    return [cell.text[:9] for cell in cells]


def test_no_page_complains_asks_or_runs_what_is_not_its_own(browser: Any, report: Path) -> None:
    for path in sorted(report.iterdir()):
        browser.get(path.as_uri())
        assert browser.get_log("browser") == []
        assert requests_of(browser, path.as_uri()) == {path.as_uri()}
        assert browser.execute_script("return document.scripts.length") == 1
        assert browser.execute_script("return getComputedStyle(document.body).maxWidth") != "none"


def test_hostile_article_is_shown_as_it_is(browser: Any, report: Path) -> None:
    browser.get(next(report.glob("0004*")).as_uri())
    heading = browser.find_element("css selector", "h3")
    assert heading.text == SHOWN
    shown = browser.execute_script("return document.querySelector('.text > p').textContent")
    assert shown == SHOWN


def test_label_opens_by_click_and_by_key_and_closes_by_escape(browser: Any, report: Path) -> None:
    browser.get((report / "0001-quoted.html").as_uri())
    label = browser.find_element("css selector", "#p2 summary")
    assert not browser.find_elements("css selector", "#p2 .why")
    label.click()
    why = browser.find_element("css selector", "#p2 .why")
    assert why.is_displayed()
    assert "they <i>should</i> stay" in why.text
    label.send_keys("\ue00c")
    assert not why.is_displayed()
    label.send_keys("\ue007")
    assert why.is_displayed()


def test_panel_has_the_numbers_of_its_passage(browser: Any, report: Path, model: Model) -> None:
    passage = model.analyze(QUOTED, explain=True).scored[1]
    explanation = passage.explanation
    assert explanation is not None
    browser.get((report / "0001-quoted.html").as_uri())
    browser.find_element("css selector", f"#p{passage.passage} summary").click()
    panel = browser.find_element("css selector", f"#p{passage.passage} .why")
    rows = {
        name: [row.text for row in panel.find_elements("css selector", f".{name} tr")]
        for name in ("stances", "frames", "sums", "moved")
    }
    assert [row.split()[-1] for row in rows["stances"]] == [
        f"{share:.2f}" for share in passage.probabilities.values()
    ]
    shares = sorted(passage.frame_probabilities.values(), reverse=True)
    assert [row.split()[-1] for row in rows["frames"]] == [f"{share:.2f}" for share in shares]
    assert sum("✓" in row for row in rows["frames"]) == len(passage.frames)
    scores = [f"{score:+.2f}".replace("-", "−") for score in explanation.scores.values()]
    assert [row.split()[-1] for row in rows["sums"][1:]] == scores
    assert "encoder" not in rows["sums"][0]
    strongest = explanation.terms[0]
    assert any(f"{strongest.form} {strongest.strength:.2f}" in row for row in rows["moved"])


def test_panel_tells_why_a_speaker_has_a_stance(browser: Any, report: Path, model: Model) -> None:
    passage = model.analyze(QUOTED, explain=True).scored[0]
    voice = (passage.voices or ())[0]
    assert voice.explanation is not None
    browser.get((report / "0001-quoted.html").as_uri())
    browser.find_element("css selector", "#p1 summary").click()
    heard = browser.find_element("css selector", "#p1 .why .heard").text
    assert (
        f"1 Dan Ames, former officer ▲ pro-withdrawal {voice.probabilities[voice.stance]:.2f}"
        in (" ".join(heard.split()))
    )
    term = voice.explanation.terms[0]
    assert f"{term.form} {term.strength:.2f}" in heard
    assert f"score {voice.explanation.scores['pro-withdrawal']:+.2f} = no words" in heard
    assert not browser.find_elements("css selector", "#p1 .lean")


def test_panel_says_where_a_label_leans(browser: Any, model: Model, tmp_path: Path) -> None:
    leaning = passage(
        STAY, probabilities={"neutral": 0.5, "pro-presence": 0.1, "pro-withdrawal": 0.4}
    )
    write_report([Analysis("a.txt", (leaning,), LABELS)], tmp_path / "a.html", model)
    browser.get((tmp_path / "a.html").as_uri())
    browser.find_element("css selector", "#p0 summary").click()
    said = browser.find_element("css selector", "#p0 .lean").text
    assert said.startswith("The label is pro-withdrawal though neutral is likelier: labels")


def test_panel_without_an_explanation_has_none(browser: Any, report: Path) -> None:
    browser.get((report / "0002-2-stay.html").as_uri())
    browser.find_element("css selector", "#p0 summary").click()
    panel = browser.find_element("css selector", "#p0 .why")
    assert "Stance" in panel.text
    assert "adds up" not in panel.text
    browser.get(next(report.glob("0004*")).as_uri())
    browser.find_element("css selector", "#p0 summary").click()
    assert browser.find_element("css selector", "#p0 .why").is_displayed()
    assert browser.get_log("browser") == []


def test_chip_leads_to_the_words(browser: Any, report: Path) -> None:
    browser.get((report / "0001-quoted.html").as_uri())
    browser.find_element("css selector", "#p1 .chip").click()
    target = browser.execute_script("return document.querySelector(':target').textContent")
    assert LEAVE in target


def test_index_sorts_by_click_and_by_key(browser: Any, report: Path) -> None:
    browser.get((report / "index.html").as_uri())
    article, _, presence, *_ = browser.find_elements("css selector", "#articles th button")
    assert names_in(browser)[0] == "Leave or "
    article.click()
    assert names_in(browser)[:3] == ["2 stay.tx", "10 report", "Leave or "]
    article.send_keys("\ue007")
    assert names_in(browser)[1:] == ["Leave or ", "10 report", "2 stay.tx"]
    presence.click()
    assert names_in(browser)[0] == "2 stay.tx"
    sorted_by = browser.find_elements("css selector", "#articles [aria-sort]")
    assert [head.get_attribute("aria-sort") for head in sorted_by] == ["descending"]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_the_window(browser: Any, report: Path, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for path in sorted(report.iterdir()):
        browser.get(path.as_uri())
        browser.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = 1"
        )
        overflow = browser.execute_script("return document.documentElement.scrollWidth")
        assert overflow <= width, path.name
