"""Score tables of the documents, from `results/`: `python -m training.tables`.

Writes the blocks between markers in README.md, training/README.md and docs/; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from stancekit import StancekitError
from stancekit.prevalence import METHODS
from training.balance import RATES
from training.behaviour import RESULT, bar_of, percent
from training.cascade import cascade_table
from training.contrast import RESULT as CONTRAST_RESULT
from training.contrast import VARIANTS
from training.documents import replace_block
from training.encoder import WORDS
from training.encoder_tables import (
    distil_table,
    frozen_heads_table,
    heads_table,
    vector_trials_table,
)
from training.scoring import RESULTS, agreement_lines, read_result
from training.scoring import with_interval as _interval
from training.speed_tables import (
    big_table_line,
    reading_table,
    scale_table,
    speed_table,
    ways_table,
)
from training.standoff import DEV
from training.train import RECIPES
from training.trials import SCORED, TRIALS

__all__ = ["BLOCKS", "main"]

_ROOT = Path(__file__).parent.parent
README, LEDGER = _ROOT / "README.md", Path(__file__).with_name("README.md")
SCORES = _ROOT / "docs" / "scores.md"
STANCES = ("neutral", "pro-presence", "pro-withdrawal")
# In a table's head, where the split's own name would say nothing to a reader.
_SPOKEN = {
    "news_dev": "news",
    "speeches_dev": "speeches",
    "news_train": "news",
    "speeches_train": "speeches",
}


def scores_table(results: Path = RESULTS) -> str:
    """Dev scores of the shipped models, label by label, and what the labellers reach."""
    lines = [
        "| model | on | macro F1 | " + " | ".join(STANCES) + " | passages |",
        "|---|---|---|" + "---|" * len(STANCES) + "---:|",
    ]
    for model in RECIPES:
        for split, found in read_result(model, results)["stance"].items():
            cells = [_interval(found["macro_f1"])]
            cells += [_interval(found["per_label"][stance]["f1"]) for stance in STANCES]
            lines.append(
                f"| {model} | {_SPOKEN[split]} | {' | '.join(cells)} | {found['n_passages']} in "
                f"{found['n_groups']} articles |"
            )
    *agreement, warning = agreement_lines()
    return "\n".join(lines) + f"\n\n{' '.join(f'{line}.' for line in agreement)} {warning}"


def readme_table(results: Path = RESULTS) -> str:
    """The scores, and what a big table takes."""
    return f"{scores_table(results)} {big_table_line(results)}"


def baselines_table(results: Path = RESULTS) -> str:
    """Dev scores of the plain pipeline beside the shipped models'."""
    rows = read_result("baselines", results)
    found = {f"plain, {name}": facts["stance"] for name, facts in rows.items()}
    found |= {f"`{name}`": read_result(name, results)["stance"] for name in RECIPES}
    return _table(found, "model", DEV)


def trials_table(results: Path = RESULTS) -> str:
    """Cross-validated scores of what was tried, with the verdict."""
    rows = read_result("trials", results)
    found = {name: facts["scores"] for name, facts in rows.items()}
    verdicts = {name: TRIALS[name].verdict for name in rows}
    return _table(found, "variant", SCORED, verdicts)


def contrast_table(results: Path = RESULTS) -> str:
    """Whether pairs that a negation turns round are told apart, and what learning them costs."""
    facts = read_result(CONTRAST_RESULT, results)
    lines = [
        "| reads | learns from the pairs | label differs | both right | news: macro F1 | log loss |"
        " speeches: macro F1 | log loss | verdict |",
        "|---" * 6 + "|---" * 3 + "|",
    ]
    for name, found in facts["variants"].items():
        variant, pairs = VARIANTS[name], found["pairs"]
        cells = [variant.reads, "yes" if variant.weight else "no"]
        cells += [percent(pairs["changed"]), percent(pairs["both right"])]
        for split in SCORED:
            score = found["scores"][split]["macro_f1"]
            cells += [_interval(score), f"{found['log_loss'][split]:.3f}"]
        lines.append(f"| {' | '.join([*cells, variant.verdict])} |")
    n_pairs = found["pairs"]["n_pairs"]
    return "\n".join([*lines, "", f"{n_pairs} pairs, each by a fit that has not seen it."])


def accurate_table(results: Path = RESULTS) -> str:
    """What the encoder of `troops-en-accurate` adds."""
    return encoder_table(results, "encoder-accurate")


def encoder_table(results: Path = RESULTS, name: str = "encoder") -> str:
    """What an encoder adds to the words, cross-validated and on the dev splits."""
    facts = read_result(name, results)
    lines = [
        "| on | features | macro F1 | N, P, W | gain over words |",
        "|---|---|---|---|---|",
    ]
    for where in ("cross-validation", "dev"):
        for split in next(iter(facts[where].values()))["scores"]:
            for variant, found in facts[where].items():
                is_base = variant == WORDS
                gain = "" if is_base else _signed(found["gain"][split])
                place = f"{_SPOKEN[split]}, {'dev' if where == 'dev' else 'held out'}"
                lines.append(f"| {place} | {variant} | {_cell(found['scores'][split])} | {gain} |")
    encoder = facts["encoder"]
    return "\n".join(lines) + f"\n\nEncoder: {encoder['name']}; {encoder['note']}."


def curve_table(results: Path = RESULTS) -> str:
    """Macro F1 by how much there is of each kind of training text."""
    curve = read_result("learning_curve", results)
    fractions = list(next(iter(curve.values())))
    lines = ["| kind | on | " + " | ".join(f"{100 * float(one):.0f} %" for one in fractions) + " |"]
    lines += ["|---|---|" + "---|" * len(fractions)]
    for kind, found in curve.items():
        for split in SCORED:
            cells = [_interval(found[one][split]["macro_f1"]) for one in fractions]
            lines.append(f"| {kind} | {_SPOKEN[split]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def voices_table(results: Path = RESULTS) -> str:
    """What `find_voices` reaches on the dev articles of PolNeAR."""
    found = read_result("voices", results)["dev"]
    rows = {
        "direct quotes found": "direct_found",
        "their source correct": "direct_source_correct",
        "words of content, F1": "content_f1",
        "whole attributions, F1": "attribution_f1",
    }
    lines = [f"| on {found['n_articles']} news articles | score |", "|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {_interval(found[key])} |" for name, key in rows.items())]
    )


def quotes_table(results: Path = RESULTS) -> str:
    """Direct quotations of those articles: `find_voices` beside textacy."""
    textacy = read_result("voices-textacy", results)
    rows = {
        "`find_voices`": {"n_raised": 0, **read_result("voices", results)["dev"]},
        "textacy": textacy["by_article"],
        "textacy, a paragraph at a time": textacy["by_paragraph"],
    }
    lines = [
        "| | direct quotes found | their source correct | texts refused |",
        "|---|---|---|---:|",
    ]
    for name, found in rows.items():
        scores = (_interval(found[key]) for key in ("direct_found", "direct_source_correct"))
        lines.append(f"| {' | '.join([name, *scores, str(found['n_raised'])])} |")
    return "\n".join(lines)


def pieces_table(results: Path = RESULTS) -> str:
    """How well what one voice says is judged by itself, beside its whole passage."""
    rows = read_result("pieces", results)
    ways = tuple(rows["news"])
    lines = [f"| macro F1 | {' | '.join(ways)} | passages |", "|---" * (len(ways) + 2) + "|"]
    for name, found in rows.items():
        cells = [_interval(found[way]["macro_f1"]) for way in ways]
        lines.append(f"| {name} | {' | '.join(cells)} | {found[ways[0]]['n_passages']} |")
    precise = [
        ", ".join(
            f"{stance} {rows['news'][way]['per_label'][stance]['precision']['value']:.2f}"
            for stance in STANCES[1:]
        )
        for way in ways[:2]
    ]
    return "\n".join(lines) + (
        f"\n\nPrecision of the sides in news: {precise[0]} without the lean; {precise[1]} with it."
    )


def prevalence_table(results: Path = RESULTS) -> str:
    """How often the intervals of `measure` hold the true share, and how wide they are."""
    found = read_result("prevalence", results)
    lines = [
        f"| misread as | true share | {' | '.join(METHODS)} |",
        "|---|---|" + "---|" * len(METHODS),
    ]
    for split, by_share in found["confusion_of"].items():
        for share, by_method in by_share.items():
            cells = [_coverage(by_method[method]) for method in METHODS]
            lines.append(f"| {_SPOKEN[split]} | {share} | {' | '.join(cells)} |")
    facts = found["settings"]
    return "\n".join(lines) + (
        f"\n\n{facts['n_runs']:,} runs a row, each of {facts['n_articles']} articles with "
        f"{facts['mean_passages']} passages on average, {facts['n_gold']} passages labelled, "
        f"{facts['n_bootstrap']:,} draws of the bootstrap; the share of `{facts['stance']}`."
    )


def conformal_table(results: Path = RESULTS) -> str:
    """How often sets of labels hold the right one, made up and on the dev articles."""
    facts = read_result("conformal", results)
    lines = [
        "| asked for | made up, worst of 3 labels | under other shares | dev | halves | stored | "
        f"{' | '.join(facts['labels'])} | labels a set |",
        "|---|---|---|---|---|---|" + "---|" * len(facts["labels"]) + "---|",
    ]
    for level, made_up in facts["made_up"].items():
        worst = [max(one, key=lambda p: abs(p - float(level))) for one in made_up.values()]
        for split, found in facts["dev"].items():
            sets = found["stored"]["sets"][level]
            cells = [level, *(f"{share:.3f}" for share in worst)]
            cells += [_SPOKEN[split], f"{found['halves'][level]['coverage']:.3f}"]
            cells += [_interval(sets["coverage"])]
            cells += [_interval(sets["by_label"][label]) for label in facts["labels"]]
            lines.append(f"| {' | '.join(cells)} | {sets['n_labels']['value']:.1f} |")
    settings = facts["settings"]
    return "\n".join(lines) + (
        f"\n\nMade up: {settings['n_runs']:,} corpora of {settings['n_articles']} articles. "
        f"Halves: the mean of {settings['n_runs']:,} halvings of the dev articles. "
        "Stored, and the labels: the sets that the model keeps from its training, with 95 % "
        "intervals by article."
    )


def thresholds_table(results: Path = RESULTS) -> str:
    """Errors on the dev articles at the thresholds that the model keeps."""
    facts = read_result("conformal", results)["dev"]
    lines = ["| error asked for | on | wrong of those labelled | labelled |", "|---|---|---|---|"]
    for error in next(iter(facts.values()))["stored"]["thresholds"]:
        for split, found in facts.items():
            one = found["stored"]["thresholds"][error]
            cells = [
                error,
                _SPOKEN[split],
                _interval(one["error"]),
                _interval(one["labelled"]),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def calibration_table(results: Path = RESULTS) -> str:
    """Calibration error and Brier score before and after."""
    facts = read_result("calibration", results)
    lines = ["| on | | calibration error | Brier score |", "|---|---|---|---|"]
    for split, found in facts["dev"].items():
        for when, one in found.items():
            cells = [_SPOKEN[split], when, _interval(one["ece"]), _interval(one["brier"])]
            lines.append(f"| {' | '.join(cells)} |")
    made_up = facts["made_up"]
    return "\n".join(lines) + (
        f"\n\nMade up, with known probabilities: off by {made_up['before']:.2f} before and "
        f"{made_up['after']:.2f} after, in the mean of {facts['settings']['n_runs']} sets of "
        f"{facts['settings']['n_fit']} passages."
    )


def balance_table(results: Path = RESULTS) -> str:
    """How often the label is wrong, and in which direction, by the lean of the outlet."""
    facts = read_result("balance", results)
    lines = [f"| on | outlets | passages | {' | '.join(RATES)} |", "|---" * (len(RATES) + 3) + "|"]
    for name, by_lean in facts.items():
        for lean, found in by_lean.items():
            is_gap = "n_passages" not in found
            size = "" if is_gap else f"{found['n_passages']} in {found['n_articles']} articles"
            cells = [(_signed if is_gap else _interval)(found[rate]) for rate in RATES]
            lines.append(f"| {' | '.join([name, lean, size, *cells])} |")
    gaps = [found["left less right"][rate] for found in facts.values() for rate in RATES]
    told = sum(gap["low"] > 0 or gap["high"] < 0 for gap in gaps)
    return "\n".join(lines) + (
        "\n\nDifferences between left and right whose interval leaves zero out: "
        f"{told} of {len(gaps)}."
    )


def behaviour_table(results: Path = RESULTS) -> str:
    """How often labels move when passages are changed, and what becomes of what is off topic."""
    found = read_result(RESULT, results)
    models = list(found)
    splits = list(next(iter(found[models[0]]["flips"].values())))
    head = [f"{name}, {_SPOKEN[split]}" for name in models for split in splits]
    unknown = {split: {"rate": dict.fromkeys(("value", "low", "high"))} for split in splits}
    lines = [f"| changed | {' | '.join(head)} | asked |", "|---" * (len(head) + 2) + "|"]
    for change in found[models[0]]["flips"]:
        moved = [
            found[name]["flips"].get(change, unknown)[split] for name in models for split in splits
        ]
        cells = [percent(one["rate"]) for one in moved]
        lines.append(f"| {change} | {' | '.join(cells)} | {bar_of(change)} |")
    for fact in ("changed", "both right"):
        cells = [f"{percent(found[name]['negation'][fact])} |" for name in models]
        asked = bar_of("negation") if fact == "changed" else ""
        what = "label differs" if fact == "changed" else "both labels right"
        lines.append(f"| negation: {what} | {' | '.join(cells)} | {asked} |")
    return "\n".join([*lines, "", *_off_topic_lines(found)])


def _off_topic_lines(found: Mapping[str, Any]) -> list[str]:
    facts = ("turned away", "with a side", "with a side, unguarded")
    head = [f"{name}: {fact}" for name in found for fact in facts]
    lines = [f"| | {' | '.join(head)} | passages |", "|---" * (len(head) + 1) + "|---:|"]
    for part, of_first in next(iter(found.values()))["off topic"].items():
        cells = [percent(one["off topic"][part][fact]) for one in found.values() for fact in facts]
        spoken = part.replace("_dev", "")
        lines.append(f"| {spoken} | {' | '.join(cells)} | {of_first['n_passages']} |")
    return lines


def _coverage(found: Mapping[str, float]) -> str:
    return f"{100 * found['coverage']:.1f} % ({found['width']:.2f})"


def _table(
    found: Mapping[str, Mapping[str, Any]],
    subject: str,
    splits: tuple[str, ...],
    verdicts: Mapping[str, str] | None = None,
) -> str:
    """A row a model: macro F1 with its interval, and F1 of each label, on each split."""
    head = [f"{_SPOKEN[split]}: macro F1 | N, P, W" for split in splits]
    tail = ["verdict"] if verdicts else []
    lines = [f"| {subject} | {' | '.join([*head, *tail])} |", "|---" * 5 + "|" + "---|" * len(tail)]
    for name, scores in found.items():
        cells = [_cell(scores.get(split)) for split in splits]
        lines.append(f"| {' | '.join([name, *cells, *([verdicts[name]] if verdicts else [])])} |")
    return "\n".join(lines)


def _cell(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "– | –"
    by_label = " ".join(f"{found['per_label'][stance]['f1']['value']:.2f}" for stance in STANCES)
    return f"{_interval(found['macro_f1'])} | {by_label}"


def _signed(found: Mapping[str, float]) -> str:
    return f"{found['value']:+.2f} [{found['low']:+.2f}, {found['high']:+.2f}]"


BLOCKS = {
    (README, "scores"): readme_table,
    (SCORES, "voices"): voices_table,
    (SCORES, "speed"): speed_table,
    (SCORES, "cascade"): cascade_table,
    (SCORES, "reading"): reading_table,
    (SCORES, "scale"): scale_table,
    (LEDGER, "scores"): scores_table,
    (LEDGER, "quotes"): quotes_table,
    (LEDGER, "baselines"): baselines_table,
    (LEDGER, "trials"): trials_table,
    (LEDGER, "contrast"): contrast_table,
    (LEDGER, "curve"): curve_table,
    (LEDGER, "pieces"): pieces_table,
    (LEDGER, "encoder"): encoder_table,
    (LEDGER, "encoder-accurate"): accurate_table,
    (LEDGER, "distil"): distil_table,
    (LEDGER, "heads"): heads_table,
    (LEDGER, "heads-frozen"): frozen_heads_table,
    (LEDGER, "vector-trials"): vector_trials_table,
    (LEDGER, "prevalence"): prevalence_table,
    (LEDGER, "conformal"): conformal_table,
    (LEDGER, "thresholds"): thresholds_table,
    (LEDGER, "calibration"): calibration_table,
    (LEDGER, "balance"): balance_table,
    (LEDGER, "behaviour"): behaviour_table,
    (LEDGER, "scale-ways"): ways_table,
}


@click.command()
def main() -> None:
    """Write the score tables into the documents."""
    try:
        for (path, name), table in BLOCKS.items():
            replace_block(path, name, table())
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
