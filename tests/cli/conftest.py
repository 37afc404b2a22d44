"""The real program as a process, on the sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sfvtui.sandbox.serve import Sandbox, running_sandbox

SECONDS = 120


@dataclass
class Ended:
    """How a run of the program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The report that it printed."""
        (line,) = self.stdout.splitlines()
        return json.loads(line)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The list that it printed."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def last(self) -> str:
        """The last line of standard error."""
        return self.stderr.splitlines()[-1]


class Program:
    """sfvtui with one config, in a home of its own. A call runs it and returns how it ended."""

    def __init__(self, home: Path, config: Path | None = None) -> None:
        self.home = home
        self.config = config

    def __call__(self, *arguments: str, **env: str) -> Ended:
        done = subprocess.run(
            self.command(*arguments),
            env=self.env(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str) -> Ended:
        """The same, and it must end with 0."""
        ended = self(*arguments)
        assert ended.code == 0, ended.stderr
        return ended

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        config = ["--config", str(self.config)] if self.config else []
        return [sys.executable, "-m", "sfvtui", *config, *arguments]

    def env(self, **more: str) -> dict[str, str]:
        """The environment: nothing of the person's own places."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self.home), "PYTHONPATH": str(Path.cwd()), **more}

    def first(self, state: str) -> dict[str, Any]:
        """The first unflagged record of this state."""
        lines = self.ok("review", "list", "--state", state, "--json").lines
        return next(line for line in lines if not line["flags"])

    def editable(self) -> str:
        """An unflagged linked record without a conflict."""
        taken = {line["record"] for line in self.ok("conflicts", "--json").lines}
        lines = self.ok("review", "list", "--state", "linked", "--json").lines
        return str(
            next(ln["record"] for ln in lines if not ln["flags"] and ln["record"] not in taken)
        )

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The program, running."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A demo world of the test's own: what it pushes or switches on is nobody else's."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sfv(home, sandbox) -> Program:
    """The program, connected to a sandbox of the test's own."""
    return Program(home, sandbox.config_path)


@pytest.fixture
def ready(sfv) -> Program:
    """The same, with the mirror filled."""
    sfv.ok("pull")
    return sfv


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Iterator[Path]:
    """The folder of one sandbox that nobody writes to, its mirror filled once."""
    folder = tmp_path_factory.mktemp("filled")
    with running_sandbox(directory=folder) as running:
        Program(tmp_path_factory.mktemp("home"), running.config_path).ok("pull")
        yield folder


@pytest.fixture
def pulled(home, filled, tmp_path) -> Program:
    """The program on a copy of a filled mirror, for what does not reach the services."""
    folder = tmp_path / "copy"
    shutil.copytree(filled, folder)
    config = folder / "config.toml"
    config.write_text(config.read_text().replace(str(filled), str(folder)))
    return Program(home, config)


@pytest.fixture
def offline(home, offline_config) -> Program:
    """The program with a config whose services cannot be reached."""
    return Program(home, offline_config)


@pytest.fixture
def bare(home) -> Program:
    """The program without a config."""
    return Program(home)
