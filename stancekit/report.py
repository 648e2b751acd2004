"""Analyses as pages to read in a browser: one file an article, an index before several.

The pages load nothing. No text of an article stands inside a script or a style, every other place
is escaped, and the page's own policy lets nothing run but what this library wrote.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit import __version__
from stancekit.analysis import STATUSES, Analysis, PassageAnalysis, whole_articles
from stancekit.drawings import parts_of, skyline_of_passages
from stancekit.errors import DataError, InputError
from stancekit.harmless import harmless
from stancekit.labels import is_missing, takes_side
from stancekit.marking import chips_of, pieces_of
from stancekit.overview import Overview, frame_rows, headline_of
from stancekit.panels import panel_data
from stancekit.writers import check_folder, check_output, open_folder, open_output

if TYPE_CHECKING:
    from jinja2 import Environment

    from stancekit.model import Model

__all__ = ["check_report", "is_page", "write_report"]

# Sides have a colour, a shape and a pattern each, so that none is told by colour alone: colours are
# in report.css, patterns in drawing.html.
_SHAPES = ("■", "▲", "◆", "●", "▼", "★", "✚")
_N_PATTERNS = 4
_NO_SIDE = "○"
_N_TINTS = 5


def is_page(path: Path) -> bool:
    """Whether a report there is one page, not a folder of pages."""
    return path.suffix.lower() in (".html", ".htm")


def check_report(path: Path, *, force: bool = False) -> None:
    """Raise DataError when `write_report` would refuse: worth asking before long work."""
    (check_output if is_page(path) else check_folder)(path, force=force)


def write_report(
    analyses: Iterable[Analysis],
    path: str | Path,
    model: Model,
    *,
    by: Sequence[str] = (),
    date: str | None = None,
    force: bool = False,
) -> None:
    """Write a report for people: an article as one page, or several as a folder of pages.

    Parameters
    ----------
    analyses : iterable of Analysis
        What ``model`` says; pieces of one table that follow each other are one article.
    path : str or Path
        Ending in ``.html``, a page for one article. Otherwise a folder, made if missing, with a
        page for each article and before them `index.html`.
    model : Model
        For its name, scores and definitions.
    by : sequence of str
        Columns that passages carry in ``kept``, as `Analysis.carrying` gives them: the index, or
        the one page, has the stance of each value, as outlets.
    date : str or None
        Such a column of dates, whose months the stance is drawn over.
    force : bool
        Replace the page, or the folder where it holds nothing but pages.

    Raises
    ------
    InputError
        When ``analyses`` is a single one, or ``by`` a single string.
    DataError
        When ``path`` is there and ``force`` is not given, or is a page and there are several
        articles. Nothing is written then, nor when anything fails on the way.
    """
    if isinstance(analyses, Analysis):
        raise InputError("got one Analysis for `analyses`; expected several: put it in a list")
    if isinstance(by, str):
        raise InputError(f"got the string {by!r} for `by`; expected a list of columns")
    path = Path(path)
    check_report(path, force=force)
    articles = whole_articles(analyses)
    templates = _templates(model)
    overview = Overview(model.labels, by, date)
    if is_page(path):
        analysis = _only(articles, path, model.labels)
        overview.count(analysis)
        with open_output(path, force=force) as file:
            page = _page(analysis) | overview.parts()
            templates.get_template("article.html").stream(page).dump(file, "utf-8")
        return
    with open_folder(path, force=force) as folder:
        for number, analysis in enumerate(articles, start=1):
            page = {**_page(analysis), "index": "index.html"}
            name = _file_name(analysis, number)
            templates.get_template("article.html").stream(page).dump(str(folder / name), "utf-8")
            overview.add(analysis, name, [value for _, value in page["known"]])
        index = templates.get_template("index.html").stream(overview.facts())
        index.dump(str(folder / "index.html"), "utf-8")


def _only(articles: Iterator[Analysis], path: Path, labels: Sequence[str]) -> Analysis:
    analysis = next(articles, Analysis("nothing", (), tuple(labels)))
    if next(articles, None) is not None:
        raise DataError(
            f"{path} is one page and there are several articles; name a folder, as {path.stem}/"
        )
    return analysis


def _file_name(analysis: Analysis, number: int) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", Path(analysis.article).stem)[:60].strip("-")
    return f"{number:04}-{plain or 'article'}.html"


def _templates(model: Model) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def asset(name: str) -> Markup:
        """A file of ours that stands in the page as it is."""
        path = resources.files("stancekit") / "templates" / name
        return Markup(path.read_text(encoding="utf-8"))

    templates = Environment(
        loader=PackageLoader("stancekit"),
        autoescape=True,
        finalize=harmless,  # nothing gets into a page without it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sides = [label for label in model.labels if takes_side(label)]
    definitions = model.about.get("definitions", {})
    templates.globals.update(
        model=model,
        version=__version__,
        limits=model.about.get("limits", []),
        sides=sides,
        statuses=STATUSES,
        definitions=definitions.get("stance", {}),
        frame_definitions=definitions.get("frames", {}),
        style=asset("report.css"),
        script=asset("report.js"),
    )
    place = {label: number for number, label in enumerate(sides)}
    templates.filters.update(
        hash=_hash,
        tail=lambda name: name.rstrip("/").rsplit("/", 1)[-1],
        spoken=lambda name: name.replace("_", " "),
        tone=lambda label: f"s{place[label] % len(_SHAPES)}" if label in place else "s-none",
        shape=lambda label: _SHAPES[place[label] % len(_SHAPES)] if label in place else _NO_SIDE,
        pattern=lambda label: place[label] % _N_PATTERNS if label in place else 0,
        tint=lambda share: min(int(share * _N_TINTS), _N_TINTS - 1),
        pieces=pieces_of,
        data=lambda passage: panel_data(passage, model.labels, model.frame_names),
        chips=chips_of,
        row=_row,
        parts=parts_of,
        highest=lambda rows: max(n for _, counts in rows for n in counts.values()),
    )
    return templates


def _hash(text: str) -> str:
    """A script or style as a content security policy names it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _page(analysis: Analysis) -> dict[str, Any]:
    """What the page of an article is made of."""
    return {
        "analysis": analysis,
        "index": None,
        "headline": headline_of(analysis),
        "is_table": analysis.is_table,
        "known": [] if analysis.is_table else _known(analysis),
        "cast": (analysis.author, *(one for one in analysis.speakers if one.n_sided)),
        "others": [one for one in analysis.speakers if not one.n_sided and one.speaker],
        "explained": any(passage.explanation for passage in analysis.scored),
        "heard": any(passage.voices is not None for passage in analysis.scored),
        "frames": frame_rows([analysis.frames_by_stance]),
        "columns": skyline_of_passages(analysis),
        "by": (),
        "date": None,
    }


def _known(analysis: Analysis) -> list[tuple[str, str]]:
    """What is known of an article beside its text: its date, outlet and so on, in order."""
    return list(_cells(analysis.passages[0].kept)) if analysis.passages else []


def _cells(kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, str(cell)) for name, cell in kept.items() if not is_missing(cell))


def _row(passage: PassageAnalysis) -> str:
    """What tells a row of a table from the others: its id, and what it carries."""
    return " · ".join([passage.id or "", *(cell for _, cell in _cells(passage.kept))])
