"""`status --prometheus`: what a collector reads, by the format's own grammar."""

from __future__ import annotations

import re

from sfvtui.cli.prometheus import exposition

SAMPLE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
    r'(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*")*)\})? (?P<value>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)'
)


def samples(text: str) -> dict[str, dict[str, float]]:
    """The samples by metric and labels; each metric stands in one block under HELP and TYPE."""
    found: dict[str, dict[str, float]] = {}
    helped, current = set(), ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ")[2]
            assert current not in helped
            helped.add(current)
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2:] == [current, "gauge"]
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match["name"] == current, line
            found.setdefault(current, {})[match["labels"] or ""] = float(match["value"])
    assert text.endswith("\n")
    return found


def test_the_counts_are_those_of_status(pulled):
    told = samples(pulled.ok("status", "--prometheus").stdout)
    report = pulled.ok("status", "--json").json
    states = {f'state="{state}"': count for state, count in report["states"].items()}
    assert told["sfvtui_records"] == states
    assert told["sfvtui_users"] == {"": report["users"]}
    assert told["sfvtui_conflicts"] == {"": report["conflicts"]}
    outbox = {f'state="{state}"': count for state, count in report["outbox"].items()}
    assert told["sfvtui_outbox_changes"] == outbox
    assert told["sfvtui_paused_system"] == {'system="salesforce"': 0, 'system="vitally"': 0}
    assert set(told["sfvtui_last_pull_timestamp_seconds"]) == set(told["sfvtui_paused_system"])
    assert all(at > 1.7e9 for at in told["sfvtui_last_pull_timestamp_seconds"].values())
    assert told["sfvtui_salesforce_calls_limit"][""] == report["salesforce_calls"]["limit"]


def test_it_works_offline_and_before_the_first_pull(offline):
    offline.ok("pause", "vitally")
    told = samples(offline.ok("status", "--prometheus", "--quiet").stdout)
    assert told["sfvtui_paused_system"]['system="vitally"'] == 1
    assert "sfvtui_last_pull_timestamp_seconds" not in told
    ended = offline("status", "--prometheus", "--json")
    assert ended.code == 2 and "--json" in ended.stderr


def test_what_a_label_holds_is_escaped():
    report = {
        "states": {}, "users": 12345678, "flags": {}, "conflicts": 0, "outbox": {},
        "paused": [{"field": 'a"b\\c\nd', "reason": "gone"}], "last_pull": {},
        "salesforce_calls": {"used": 0, "limit": 0},
    }  # fmt: skip
    text = "\n".join(exposition(report, paused_systems=(), version="1")) + "\n"
    assert samples(text)["sfvtui_paused_pairs"] == {'field="a\\"b\\\\c\\nd"': 1}
    assert "sfvtui_users 12345678\n" in text
