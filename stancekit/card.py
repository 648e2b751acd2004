"""The model card: Markdown written from what the manifest knows, never by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stancekit.thresholds import RiskTable

__all__ = ["render_card"]

_TARGET_ERRORS = (0.05, 0.1, 0.15, 0.2)


def render_card(manifest: Mapping[str, Any]) -> str:
    """The card of a model as Markdown.

    Sections whose facts the manifest does not have are left out. Numbers are those of the
    manifest, rounded to two places.
    """
    about = manifest["about"]
    sections = [
        f"# {manifest['name']}",
        about.get("summary", "A stance model trained with stancekit."),
        _section("Two models", _members(manifest)),
        _section("Labels", _definitions(manifest, "stance")),
        _section("Frames", _definitions(manifest, "frames")),
        _section("Targets", _targets(manifest)),
        _section("What a label means, and what it does not", _bullets(about.get("meaning"))),
        _section("For", about.get("use")),
        _section("Not for", _bullets(about.get("limits"))),
        _section("Data", _bullets(about.get("data"))),
        _section("Splits", about.get("splits")),
        _section("Scores", _scores(about.get("scores"))),
        _section("Frame scores", _frame_scores(about.get("frame_scores"))),
        _section("Abstention", _abstention(manifest)),
        _section("Off topic", _off_topic(manifest)),
        _section("Behaviour", _bullets(about.get("behaviour"))),
        _section("Agreement of the labellers", _bullets(about.get("agreement"))),
        _section("Left and right", _bullets(about.get("balance"))),
        _section("To appeal a label", about.get("appeal")),
        _section("Size and make", _make(manifest)),
        _section("Licence", about.get("licence")),
        _section("Rebuild", about.get("rebuild")),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _section(title: str, body: str | None) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _members(manifest: Mapping[str, Any]) -> str:
    """Which models a cascade is made of, and which of them answers."""
    if "members" not in manifest:
        return ""
    first, second = (manifest["members"][part]["name"] for part in ("first", "second"))
    lines = [
        f"`{first}` reads every passage, and answers where its highest probability is at least "
        f"{manifest['threshold']:.2f}.",
        f"`{second}` answers for the others.",
        "The cards of the two say what the labels mean, what each learnt from, and what neither is "
        "for; all of that holds here.",
    ]
    return _bullets([*lines, *manifest["about"].get("measured", ())])


def _bullets(lines: Iterable[str] | None) -> str:
    return "\n".join(f"- {line}" for line in lines or ())


def _definitions(manifest: Mapping[str, Any], part: str) -> str:
    names = manifest.get("parts", {}).get(part, {}).get("classes", [])
    meanings = manifest["about"].get("definitions", {}).get(part, {})
    return _bullets(
        f"`{name}`: {meanings[name]}" if name in meanings else f"`{name}`" for name in names
    )


def _targets(manifest: Mapping[str, Any]) -> str:
    """What a model that is told targets knows of them."""
    names = manifest.get("parts", {}).get("stance", {}).get("targets")
    if names is None:
        return ""
    own = _bullets(f"`{name}`" for name in names) or "- none: all are read alike"
    return (
        "`predict` is told what a passage takes a stance on. A calibration of their own, from "
        f"their own passages, have:\n\n{own}\n\nOther targets, and passages without one, are "
        "read by what all targets have in common."
    )


def _scores(scores: Mapping[str, Any] | None) -> str:
    """One table for all evaluations: a row for each label, with 95 % intervals."""
    if not scores:
        return ""
    rows = ["| on | label | F1 | precision | recall | passages |", "|---|---|---|---|---|---|"]
    for name, found in scores.items():
        macro = _interval(found["macro_f1"])
        rows.append(
            f"| {name} | **macro** | **{macro}** | | | {found['n_passages']} "
            f"in {found['n_groups']} articles |"
        )
        for label, one in found["per_label"].items():
            cells = " | ".join(_interval(one[key]) for key in ("f1", "precision", "recall"))
            rows.append(f"| | {label} | {cells} | {one['support']} |")
        rows.append(f"| | accuracy | {_interval(found['accuracy'])} | | | |")
        if found.get("ece"):
            rows.append(f"| | calibration error (ECE) | {_interval(found['ece'])} | | | |")
    note = "In brackets 95 % intervals, by a bootstrap over whole articles."
    return "\n".join(rows) + f"\n\n{note}"


def _frame_scores(scores: Mapping[str, Any] | None) -> str:
    if not scores:
        return ""
    names = list(scores)
    frames = list(next(iter(scores.values()))["per_frame"])
    head = "| frame | " + " | ".join(f"F1 on {name} | passages" for name in names) + " |"
    rows = [head, "|---" * (1 + 2 * len(names)) + "|"]
    macro = " | ".join(f"**{_interval(scores[name]['macro_f1'])}** |" for name in names)
    rows.append(f"| **macro** | {macro} |")
    for frame in frames:
        ones = [scores[name]["per_frame"][frame] for name in names]
        cells = " | ".join(f"{_interval(one['f1'])} | {one['support']}" for one in ones)
        rows.append(f"| {frame} | {cells} |")
    return "\n".join(rows)


def _abstention(manifest: Mapping[str, Any]) -> str:
    """How many passages get a label at what `stancekit predict --target-error` is asked for."""
    stance = manifest.get("parts", {}).get("stance", {})
    if "risks" not in stance:
        return ""
    tables = [RiskTable.from_dict(columns) for columns in stance["risks"]]
    names = [name or "passages" for name in stance["domains"]]
    rows = [
        f"| wrong of the labels, at most | {' | '.join(names)} |",
        "|---" * (1 + len(names)) + "|",
    ]
    for target in _TARGET_ERRORS:
        kept = (table.coverage_for(target) for table in tables)
        cells = (f"{share:.0%} labelled" if share else "out of reach" for share in kept)
        rows.append(f"| {target:g} | {' | '.join(cells)} |")
    note = "On held-out passages of the training; what is left is mostly the commonest label."
    return "\n".join(rows) + f"\n\n{note}"


def _off_topic(manifest: Mapping[str, Any]) -> str:
    """What the guard turns away, on its own held-out passages."""
    guard = manifest.get("parts", {}).get("topic")
    if guard is None:
        return ""
    n, rates = guard["n_passages"], guard["rates"]
    found = ", ".join(f"{100 * rate:.1f} % of those {name}" for name, rate in rates.items())
    return (
        f"Passages that are not about this debate get the status `off_topic` and no side. Learnt "
        f"from {n['off topic']:,} passages off topic and {n['on topic']:,} on topic. Turned away "
        f"on held-out folds, from a probability of {guard['threshold']:.2f} on: {found}. A passage "
        "of an article is off topic only where the whole article is."
    )


def _make(manifest: Mapping[str, Any]) -> str:
    if "parts" not in manifest:
        return ""
    parts = manifest["parts"].items()
    about = manifest["about"]
    lines = [f"{part}: {facts['kind']}, C = {facts['C']:g}" for part, facts in parts]
    lines += [f"terms: {manifest['n_terms']:,}"]
    lines += _encoder(manifest)
    if manifest.get("n_passages"):
        lines += [f"keeps the words and labels of {manifest['n_passages']:,} training passages"]
    lines += [f"seed: {about['seed']}"] if "seed" in about else []
    if "corpus" in about:
        lines.append(f"training corpus, sha256 of its rows: `{about['corpus'][:16]}...`")
    versions = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    return _bullets([*lines, f"made with {versions}"])


def _encoder(manifest: Mapping[str, Any]) -> list[str]:
    """What a model needs beside its directory, if it does."""
    encoder = manifest["parts"]["stance"].get("encoder")
    if encoder is None:
        return []
    if encoder["kind"] == "inside":
        about = ", ".join(f"{key} {value}" for key, value in encoder["about"].items())
        return [f"sentence encoder, part of the model: {about}, {encoder['n_axes']} axes"]
    place = {"directory": "in", "hub": "from the hub,", "object": "an object of the class"}
    return [
        f"sentence encoder, not part of the model: {place[encoder['kind']]} `{encoder['name']}`, "
        f"{encoder['n_axes']} axes"
    ]


def _interval(found: Mapping[str, float | None] | None) -> str:
    if not found or found["value"] is None:
        return "–"
    if found["low"] is None or found["low"] != found["low"]:
        return f"{found['value']:.2f}"
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
