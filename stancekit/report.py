"""Analyses as pages to read in a browser: one file an article, an index before several.

The pages load nothing. No text of an article stands inside a script or a style, every other place
is escaped, and the page's own policy lets nothing run but what this library wrote.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit import __version__
from stancekit.analysis import STATUSES, Analysis
from stancekit.drawings import parts_of, skyline_of_articles, skyline_of_passages
from stancekit.errors import DataError, InputError
from stancekit.harmless import harmless
from stancekit.labels import takes_side
from stancekit.marking import UNNAMED, chips_of, pieces_of
from stancekit.panels import panel_data
from stancekit.writers import check_folder, check_output, open_folder, open_output

if TYPE_CHECKING:
    from jinja2 import Environment

    from stancekit.model import Model
    from stancekit.speakers import Speaker

__all__ = ["check_report", "is_page", "write_report"]

# Sides have a colour, a shape and a pattern each, so that none is told by colour alone: colours are
# in report.css, patterns in drawing.html.
_SHAPES = ("■", "▲", "◆", "●", "▼", "★", "✚")
_N_PATTERNS = 4
_NO_SIDE = "○"
_N_TINTS = 5
_N_SPEAKERS = 15


@dataclass(frozen=True)
class _Entry:
    """What the index keeps of an article."""

    name: str
    page: str
    headline: str | None
    n_lost: int
    counts: Mapping[str, int]
    frames: Mapping[str, Mapping[str, int]]
    speakers: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def n_scored(self) -> int:
        return sum(self.counts.values())


def is_page(path: Path) -> bool:
    """Whether a report there is one page, not a folder of pages."""
    return path.suffix.lower() in (".html", ".htm")


def check_report(path: Path, *, force: bool = False) -> None:
    """Raise DataError when `write_report` would refuse: worth asking before long work."""
    (check_output if is_page(path) else check_folder)(path, force=force)


def write_report(
    analyses: Iterable[Analysis], path: str | Path, model: Model, *, force: bool = False
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
    force : bool
        Replace the page, or the folder where it holds nothing but pages.

    Raises
    ------
    InputError
        When ``analyses`` is a single one.
    DataError
        When ``path`` is there and ``force`` is not given, or is a page and there are several
        articles. Nothing is written then, nor when anything fails on the way.
    """
    if isinstance(analyses, Analysis):
        raise InputError("got one Analysis for `analyses`; expected several: put it in a list")
    path = Path(path)
    check_report(path, force=force)
    articles = _whole(analyses, model.labels)
    templates = _templates(model)
    if is_page(path):
        analysis = _only(articles, path, model.labels)
        with open_output(path, force=force) as file:
            templates.get_template("article.html").stream(_page(analysis)).dump(file, "utf-8")
        return
    with open_folder(path, force=force) as folder:
        entries = [
            _write_entry(analysis, folder, number, templates)
            for number, analysis in enumerate(articles, start=1)
        ]
        index = templates.get_template("index.html").stream(_index(entries, model.labels))
        index.dump(str(folder / "index.html"), "utf-8")


def _whole(analyses: Iterable[Analysis], labels: Sequence[str]) -> Iterator[Analysis]:
    """One analysis an article: a table comes in pieces, whose passages are counted through."""
    whole: Analysis | None = None
    for piece in analyses:
        if whole is not None and _goes_on(whole, piece):
            whole = replace(whole, passages=whole.passages + piece.passages)
            continue
        if whole is not None:
            yield whole
        whole = Analysis(piece.article, piece.passages, tuple(labels))
    if whole is not None:
        yield whole


def _goes_on(whole: Analysis, piece: Analysis) -> bool:
    if whole.article != piece.article or not (whole.passages and piece.passages):
        return False
    return piece.passages[0].passage > whole.passages[-1].passage


def _only(articles: Iterator[Analysis], path: Path, labels: Sequence[str]) -> Analysis:
    analysis = next(articles, Analysis("nothing", (), tuple(labels)))
    if next(articles, None) is not None:
        raise DataError(
            f"{path} is one page and there are several articles; name a folder, as {path.stem}/"
        )
    return analysis


def _write_entry(analysis: Analysis, folder: Path, number: int, templates: Environment) -> _Entry:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", Path(analysis.article).stem)[:60].strip("-")
    page = f"{number:04}-{plain or 'article'}.html"
    article = templates.get_template("article.html").stream(_page(analysis, "index.html"))
    article.dump(str(folder / page), "utf-8")
    speakers = ((one.speaker, one.counts) for one in analysis.speakers if one.n_sided)
    named = tuple((name, counts) for name, counts in speakers if name is not None)
    frames = analysis.frames_by_stance
    n_lost = sum(passage.is_lost for passage in analysis.passages)
    return _Entry(
        *(analysis.article, page, _headline(analysis), n_lost),
        *(analysis.counts, frames, named),
    )


def _headline(analysis: Analysis) -> str | None:
    """The heading that an article begins with, furniture apart."""
    began = (one for one in analysis.passages if one.kind != "furniture")
    first = next(began, None)
    return first.text if first is not None and first.kind == "heading" else None


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
        name=_name,
        parts=parts_of,
        highest=lambda rows: max(n for _, counts in rows for n in counts.values()),
    )
    return templates


def _hash(text: str) -> str:
    """A script or style as a content security policy names it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _page(analysis: Analysis, index: str | None = None) -> dict[str, Any]:
    """What the page of an article is made of."""
    frames = analysis.frames_by_stance
    return {
        "analysis": analysis,
        "index": index,
        "cast": (analysis.author, *(one for one in analysis.speakers if one.n_sided)),
        "others": [one for one in analysis.speakers if not one.n_sided and one.speaker],
        "explained": any(passage.explanation for passage in analysis.scored),
        "heard": any(passage.voices is not None for passage in analysis.scored),
        "frames": _frame_rows([frames]),
        "columns": skyline_of_passages(analysis),
    }


def _index(entries: Sequence[_Entry], labels: Sequence[str]) -> dict[str, Any]:
    """What the index is made of."""
    counts = {label: sum(one.counts[label] for one in entries) for label in labels}
    speakers = [(name, said, entry) for entry in entries for name, said in entry.speakers]
    speakers.sort(key=lambda row: -_sided(row[1]))
    rows = [(one.page, Path(one.name).name, one.counts) for one in entries if one.n_scored]
    columns, highest = skyline_of_articles(rows, labels)
    return {
        "entries": entries,
        "counts": counts,
        "n_lost": sum(one.n_lost for one in entries),
        "speakers": speakers[:_N_SPEAKERS],
        "frames": _frame_rows([one.frames for one in entries]),
        "columns": columns,
        "highest_share": highest,
    }


def _sided(counts: Mapping[str, int]) -> int:
    return sum(count for label, count in counts.items() if takes_side(label))


def _frame_rows(
    found: Iterable[Mapping[str, Mapping[str, int]]],
) -> list[tuple[str, dict[str, int]]]:
    """Each frame with its passages by side, commonest first."""
    rows: dict[str, Counter[str]] = {}
    for by_stance in found:
        for label, frames in by_stance.items():
            for frame, count in frames.items() if takes_side(label) else ():
                rows.setdefault(frame, Counter())[label] += count
    return sorted(((f, dict(c)) for f, c in rows.items()), key=lambda row: -sum(row[1].values()))


def _name(speaker: Speaker) -> str:
    return "the author" if speaker.is_author else speaker.speaker or UNNAMED
