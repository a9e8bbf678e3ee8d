"""Results of single runs, one JSON object a line: what is there need not be run again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from _tables import RESULTS


def load(name: str) -> list[dict[str, Any]]:
    """All records of results/<name>.jsonl, the oldest first."""
    path = RESULTS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append(name: str, record: dict[str, Any]) -> None:
    """Add a record to results/<name>.jsonl."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")


def has(records: Sequence[dict[str, Any]], key: dict[str, Any]) -> bool:
    """Whether a record agrees with all of the key."""
    return any(all(record.get(name) == value for name, value in key.items()) for record in records)


def newest(
    records: Sequence[dict[str, Any]], group: Sequence[str], version: Sequence[str]
) -> dict[tuple[Any, ...], dict[int, dict[str, Any]]]:
    """For each group the records by seed, of the version that was run last."""
    groups: dict[tuple[Any, ...], dict[int, dict[str, Any]]] = {}
    for record in records:
        runs = groups.setdefault(tuple(record[name] for name in group), {})
        others = [run for run in runs.values() if any(run[v] != record[v] for v in version)]
        if others:
            runs.clear()
        runs[record["seed"]] = record
    return groups
