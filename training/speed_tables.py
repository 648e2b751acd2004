"""Tables of speed and memory for the documents, from `results/`; `training.tables` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.benchmarks.speed import WAYS
from training.scoring import RESULTS, read_result, with_interval
from training.standoff import DEV

__all__ = ["big_table_line", "reading_table", "scale_table", "speed_table", "ways_table"]


def speed_table(results: Path = RESULTS) -> str:
    """Speed and size of the shipped models beside their scores."""
    facts = read_result("model_speed", results)
    lines = [
        "| model | macro F1: news | speeches | passages a second, one core | "
        "an article from cold | size |",
        "|---|---|---|---:|---:|---:|",
    ]
    clock = ", in seconds of the processor" if facts.get("clock") == "processor" else ""
    for name, found in facts["models"].items():
        scores = read_result(name, results)["stance"]
        cells = [with_interval(scores[split]["macro_f1"]) for split in DEV]
        cells += [f"{found['passages_per_second']:,.0f}", f"{found['cold_seconds']:.1f} s"]
        lines.append(f"| {name} | {' | '.join(cells)} | {found['megabytes']:.0f} MB |")
    return "\n".join(lines) + (
        f"\n\nPassages of {facts['mean_words']:.0f} words on average, without voices; the best of "
        f"three{clock}, on a machine of load {facts['load']:.1f}."
    )


def reading_table(results: Path = RESULTS) -> str:
    """Passages a second of the default model beside a plain pipeline's."""
    facts = read_result("speed", results)
    lines = ["| passages | words | way | passages a second | times the plain one |"]
    lines += ["|---|---:|---|---:|---:|"]
    for name, found in facts["collections"].items():
        for way, one in found["ways"].items():
            ratio = _ratio(one["ratio"]) if "ratio" in one else ""
            lines.append(
                f"| {found['n_passages']:,} {name} | {found['mean_words']:.0f} | {way} | "
                f"{one['passages_per_second']:,} | {ratio} |"
            )
    settings = facts["settings"]
    ways = "; ".join(f"{way}: {what}" for way, what in WAYS.items())
    return (
        "\n".join(lines)
        + f"\n\nOne core of {settings['machine']} (load {settings['load']}), scikit-learn "
        f"{settings['scikit-learn']}; medians of {settings['turns']} turns in one process, 95 % "
        f"intervals of the ratio. {ways}."
    )


def _ratio(found: Mapping[str, float]) -> str:
    return f"{found['value']:.1f} [{found['low']:.1f}, {found['high']:.1f}]"


def scale_table(results: Path = RESULTS) -> str:
    """What runs over a big table took."""
    facts = read_result("scale", results)
    settings, big = facts["settings"], facts["big"]
    lines = [
        "| rows | workers | wall | CPU | rows a second | memory of all processes | of one |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        _scale_line(settings["n_rows"], settings["jobs"], facts["run"]),
        _scale_line(settings["n_rows"], 1, facts["alone"]),
        _scale_line(big["n_rows"], big["jobs"], big["run"]),
        _scale_line(big["n_rows"], 1, big["alone"]),
    ]
    counts = ", ".join(f"{count:,} {status}" for status, count in facts["run"]["counts"].items())
    return "\n".join(lines) + (
        f"\n\nParquet to Parquet on {settings['machine']} that others use too (load "
        f"{settings['load']}), the same bytes, as expected: {counts}. "
        f"The larger table is a file of {big['bytes'] / 1e9:.1f} GB, the output of "
        f"{big['bytes_of_output'] / 1e9:.1f} GB."
    )


def _scale_line(n_rows: int, workers: int, found: Mapping[str, Any]) -> str:
    return (
        f"| {n_rows:,} | {workers} | {found['wall_seconds']:,.0f} s | "
        f"{found['cpu_seconds']:,.0f} s | {found['rows_per_second']:,} | "
        f"{found['peak_megabytes']:,} MB | {found['peak_megabytes_of_one_process']:,} MB |"
    )


def big_table_line(results: Path = RESULTS) -> str:
    """What a run over a big table took, in a sentence."""
    facts = read_result("scale", results)
    settings, found = facts["settings"], facts["run"]
    return (
        f"{settings['n_rows']:,} passages, Parquet to Parquet with {settings['jobs']} workers, "
        f"took {found['wall_seconds']:,.0f} s, {found['cpu_seconds']:,.0f} CPU-seconds and "
        f"{found['peak_megabytes']:,} MB: {found['rows_per_second']:,} rows a second, at a load of "
        f"{settings['load']} on {settings['machine']}."
    )


def ways_table(results: Path = RESULTS) -> str:
    """What each way of working takes on the same rows, beside the plain loop."""
    facts = read_result("scale", results)
    settings, plain = facts["settings"], facts["ways"]["plain loop"]
    lines = ["| way | wall | CPU | more CPU than the loop | memory |", "|---|---:|---:|---:|---:|"]
    for way, found in facts["ways"].items():
        cpu = found["cpu_seconds_of_turns"]
        shown = f"{found['cpu_seconds']:,.1f} s" + (
            f" [{min(cpu):,.1f}, {max(cpu):,.1f}]" if len(cpu) > 1 else ""
        )
        more = f"{found['cpu_seconds'] / plain['cpu_seconds'] - 1:+.0%}"
        lines.append(
            f"| {way} | {found['wall_seconds']:,.0f} s | {shown} | "
            f"{more if way != 'plain loop' else ''} | {found['peak_megabytes']:,} MB |"
        )
    return "\n".join(lines) + (
        f"\n\nCSV from {settings['n_sample']:,} rows of Parquet; medians of {settings['turns']} "
        "turns, of CPU with the range; a run with a worker killed once."
    )
