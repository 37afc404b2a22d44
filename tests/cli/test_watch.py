"""sync --watch, as a process: a line a round, and a clean end."""

from __future__ import annotations

import json
import signal


def test_a_line_a_round_until_ctrl_c(sfv):
    watching = sfv.start("sync", "--watch", "1", "--yes", "--waiting-ok", "--json")
    rounds = [json.loads(watching.stdout.readline()) for _ in range(2)]
    watching.send_signal(signal.SIGINT)
    stdout, stderr = watching.communicate(timeout=60)
    assert watching.returncode == 130
    assert "Traceback" not in stderr
    for one in [*rounds, *map(json.loads, stdout.splitlines())]:
        assert set(one) == {"pull", "reconcile", "push"}
    assert rounds[0]["push"]["landed"] > 0
    assert rounds[1]["push"]["sent"] == 0


def test_a_round_that_fails_is_said_and_the_next_one_tried(sfv):
    (sfv.config.parent / "vitally.secret").write_text("wrong")
    watching = sfv.start("sync", "--watch", "1", "--yes", "--waiting-ok", "--json")
    errors = (line for line in watching.stderr if line.startswith("sfvtui: "))
    assert all("API key" in next(errors) for _ in range(2))
    watching.send_signal(signal.SIGINT)
    stdout, _ = watching.communicate(timeout=60)
    assert (watching.returncode, stdout) == (130, "")


def test_read_only_ends_it_at_once(sfv):
    assert sfv("sync", "--watch", "1", "--read-only").code == 2
    assert sfv("sync", "--watch", "0").code == 2
