"""`status` in Prometheus' text exposition format, version 0.0.4."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Sample = tuple[Mapping[str, str], float]


def exposition(
    report: dict[str, Any], *, paused_systems: Iterable[str], version: str
) -> Iterator[str]:
    """The lines of the format: each metric with its HELP and TYPE, then its samples.

    `report` is what `status` prints. Source: prometheus.io, Exposition formats, Text-based format.
    """
    paused = set(paused_systems)
    yield from _metric("info", "The program that wrote this.", [({"version": version}, 1)])
    yield from _metric("records", "Records by state.", _by("state", report["states"]))
    yield from _metric("users", "Vitally users in the mirror.", [({}, report["users"])])
    yield from _metric("flagged_records", "Records by flag.", _by("flag", report["flags"]))
    yield from _metric("conflicts", "Pairs that a person must decide.", [({}, report["conflicts"])])
    yield from _metric(
        "outbox_changes", "Open changes of the outbox by state.", _by("state", report["outbox"])
    )
    yield from _metric(
        "paused_pairs",
        "Paused pairs, by field.",
        [({"field": one["field"]}, 1) for one in report["paused"]],
    )
    yield from _metric(
        "paused_system",
        "1 where nothing is sent to the system because a person paused it.",
        [({"system": system}, int(system in paused)) for system in ("salesforce", "vitally")],
    )
    yield from _metric(
        "last_pull_timestamp_seconds",
        "When the last pull of a system was complete.",
        [({"system": s}, _seconds(at)) for s, at in report["last_pull"].items() if at],
    )
    calls = report["salesforce_calls"]
    if calls.get("limit"):
        yield from _metric(
            "salesforce_calls",
            "Calls of the organization's API in 24 hours, as its last answer counted them.",
            [({}, calls["used"])],
        )
        yield from _metric(
            "salesforce_calls_limit",
            "Calls that the organization may make in 24 hours.",
            [({}, calls["limit"])],
        )


def _metric(name: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    full = f"sfvtui_{name}"
    yield f"# HELP {full} {_escaped(text)}"
    yield f"# TYPE {full} gauge"
    for labels, value in samples:
        inner = ",".join(f'{label}="{_label(text)}"' for label, text in labels.items())
        shown = str(int(value)) if value == int(value) else repr(value)
        yield f"{full}{{{inner}}} {shown}" if inner else f"{full} {shown}"


def _by(label: str, counts: Mapping[str, int]) -> list[Sample]:
    return [({label: name}, count) for name, count in counts.items()]


def _seconds(at: str) -> float:
    return dt.datetime.fromisoformat(at).timestamp()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _label(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
