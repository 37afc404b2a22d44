"""The screens served by the real program, on a sandbox with a pulled mirror."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sfvtui.sandbox.serve import running_sandbox


@dataclass
class Served:
    """A running `sfvtui web`: the whole address, and the program."""

    url: str
    program: subprocess.Popen[str]
    config: Path
    env: dict[str, str]

    @property
    def origin(self) -> str:
        return "/".join(self.url.split("/")[:3])

    def run(self, *arguments: str) -> list[dict[str, object]]:
        """What another command of the same config lists, or its report alone."""
        done = subprocess.run(
            [sys.executable, "-m", "sfvtui", "--config", str(self.config), "--json", *arguments],
            env=self.env, text=True, capture_output=True, check=True,
        )  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that nobody ends."""
    with serving(tmp_path_factory.mktemp("shared")) as running:
        yield running


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(Path.cwd())}
    with running_sandbox(directory=folder / "box") as box:
        command = [sys.executable, "-m", "sfvtui", "--config", str(box.config_path)]
        subprocess.run([*command, "pull"], env=env, check=True, capture_output=True)
        program = subprocess.Popen(
            [*command, "--json", "web", "--port", "0"],
            env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert program.stdout
        try:
            url = json.loads(program.stdout.readline())["url"]
            yield Served(url, program, box.config_path, env)
        finally:
            program.terminate()
            program.communicate()
