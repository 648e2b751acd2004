"""What textacy's extractor of direct quotations finds, by the scorer of `find_voices`.

`python -m training.benchmarks.textacy_quotes --data DIR`, with DIR as in `benchmarks/voices.py`.

It needs textacy and an English model of spaCy, neither of which stancekit depends on. textacy
refuses a document with an odd number of quotation marks; how many articles that costs is counted,
and the articles are also read paragraph by paragraph, which costs it paragraphs only.

References
----------
https://textacy.readthedocs.io, ``textacy.extract.triples.direct_quotations``, which follows
Krestel, Bergler, Witte (2008). Minding the Source: Automatic Tagging of Reported Speech in
Newspaper Articles. LREC.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from stancekit.blocks import plain_blocks
from stancekit.voices import Voice
from training.benchmarks.voices import load_articles, score_voices
from training.scoring import RESULTS, write_result

__all__ = ["TextacyFinder", "main"]

# What of the scores is about direct quotations; textacy looks for nothing else.
_KEPT = ("n_articles", "n_direct", "n_found", "direct_found", "direct_source_correct")


class TextacyFinder:
    """textacy's direct quotations as voices; ``n_raised`` texts so far were refused.

    Parameters
    ----------
    parse : callable; a text to a parsed document
    extract : callable; a parsed document to triples of speaker, cue and content
    by_paragraph : bool; each paragraph is a text of its own
    """

    def __init__(
        self, parse: Callable[[str], Any], extract: Callable[[Any], Any], *, by_paragraph: bool
    ) -> None:
        self.parse, self.extract, self.by_paragraph = parse, extract, by_paragraph
        self.n_raised = 0

    def __call__(self, text: str) -> list[Voice]:
        if not self.by_paragraph:
            return list(self._voices(text, 0))
        blocks = plain_blocks(text)
        return [v for b in blocks for v in self._voices(text[b.start : b.end], b.start)]

    def _voices(self, text: str, offset: int) -> Iterator[Voice]:
        try:
            triples = list(self.extract(self.parse(text)))
        except ValueError:
            self.n_raised += 1
            return
        for speaker, cue, content in triples:
            yield Voice(
                source=_span(speaker, offset),
                cue=_span(cue, offset),
                content=(_span(content, offset),),
                kind="direct",
            )


def _span(tokens: Any, offset: int) -> tuple[int, int]:
    return offset + tokens[0].idx, offset + tokens[-1].idx + len(tokens[-1].text)


@click.command()
@click.option("--data", "data_dir", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--spacy-model", default="en_core_web_sm", show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, spacy_model: str, results: Path) -> None:
    """Score textacy on the dev articles of PolNeAR; write `results/voices-textacy.json`."""
    try:
        spacy = importlib.import_module("spacy")
        triples = importlib.import_module("textacy.extract.triples")
        parse = spacy.load(spacy_model)
    except (ImportError, OSError) as error:
        raise click.ClickException(
            f"textacy or the model {spacy_model!r} is absent: in an environment of its own, "
            f"`pip install textacy` and an English model of spaCy ({error})"
        ) from None
    articles = load_articles(data_dir / "dev.jsonl")
    facts: dict[str, Any] = {
        "versions": {
            **{name: metadata.version(name) for name in ("textacy", "spacy")},
            "model": f"{parse.meta['lang']}_{parse.meta['name']} {parse.meta['version']}",
        }
    }
    for name, by_paragraph in (("by_article", False), ("by_paragraph", True)):
        finder = TextacyFinder(parse, triples.direct_quotations, by_paragraph=by_paragraph)
        scores = score_voices(articles, finder)
        facts[name] = {"n_raised": finder.n_raised, **{key: scores[key] for key in _KEPT}}
    write_result("voices-textacy", facts, results)


if __name__ == "__main__":
    main()
