"""doctor, demo and sandbox: what a newcomer runs first."""

from __future__ import annotations

import json
import re
from pathlib import Path


class TestDoctor:
    def test_all_is_well(self, pulled):
        checks = pulled.ok("doctor", "--json").json["checks"]
        assert {"config", "store", "salesforce", "vitally", "mapping"} <= {
            c["name"] for c in checks
        }
        assert all(set(check) == {"name", "ok", "found", "mend"} for check in checks)

    def test_what_is_wrong_is_named_with_what_to_do(self, offline):
        ended = offline("doctor", "--json")
        assert ended.code == 1
        wrong = [check for check in ended.json["checks"] if not check["ok"]]
        assert wrong and all(check["mend"] for check in wrong)

    def test_what_could_not_be_checked_is_named_as_such(self, offline):
        text = offline.config.read_text("utf-8")
        text = re.sub(r'client_secret = "[^"]*"', 'client_secret = "cmd:/bin/false"', text)
        offline.config.write_text(text)
        ended = offline("doctor")
        assert ended.code == 1
        assert "cmd:/bin/false cannot be resolved" in ended.stdout
        for name in ("salesforce", "mapping"):
            assert f"--    {name}: not checked: " in ended.stdout


class TestDemoAndSandbox:
    def test_the_demo_runs_the_whole_path_without_a_terminal(self, bare):
        ended = bare("demo")
        assert ended.code == 0, ended.stdout
        assert "All of it landed" in ended.stdout

    def test_the_demo_keeps_its_folder(self, bare, tmp_path):
        folder = str(tmp_path / "kept")
        assert bare("demo", "--headless", "--dir", folder, "--json").code == 0
        assert bare("--config", f"{folder}/config.toml", "status", "--json").code == 0

    def test_the_demo_leaves_another_config_alone(self, bare, offline_config):
        before = offline_config.read_text()
        ended = bare("demo", "--headless", "--dir", str(offline_config.parent))
        assert ended.code == 2 and offline_config.read_text() == before

    def test_the_sandbox_says_where_it_is_and_stops_when_told(self, bare):
        program = bare.start("sandbox", "--records", "50")
        line = json.loads(program.stdout.readline())
        assert {"salesforce", "vitally", "config"} <= set(line)
        assert bare("--config", line["config"], "pull", "--json").code == 0
        program.terminate()
        _, said = program.communicate()
        assert program.returncode == 0
        folder = Path(line["config"]).parent
        assert f"When it stops, {folder} is deleted" in said and not folder.exists()
