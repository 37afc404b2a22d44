"""A release is one command, and refuses where it must: tried in a repository of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
BEFORE = '"""A program."""\n\n__version__ = "0.1.0"\n'
NOTES = "### Added\n\n- A thing that people will notice.\n"
CHANGES = "# Changelog\n\n## [Unreleased]\n\n{}\n## [0.1.0] - 2026-01-01\n\n- The first one.\n"


class Clone:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir(parents=True)
        (folder / "sfvtui").mkdir()
        shutil.copy(TOP / ".ci" / "release", folder / ".ci")
        (folder / "sfvtui" / "__init__.py").write_text(BEFORE)
        self.changelog.write_text(CHANGES.format(NOTES))
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    @property
    def changelog(self) -> Path:
        return self.folder / "CHANGELOG.md"

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
            cwd=self.folder, check=True, text=True, capture_output=True,
        ).stdout  # fmt: skip

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A change")

    def release(self, version: str, checks: str = "true") -> subprocess.CompletedProcess[str]:
        self.git("config", "user.name", "t")
        self.git("config", "user.email", "t@example.com")
        return subprocess.run(
            [sys.executable, ".ci/release", version, "--checks", checks],
            cwd=self.folder, check=False, text=True, capture_output=True,
        )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_a_release_moves_the_changelog_sets_the_version_and_tags(clone):
    done = clone.release("0.2.0")
    assert done.returncode == 0, done.stderr
    assert '__version__ = "0.2.0"' in (clone.folder / "sfvtui" / "__init__.py").read_text()
    text = clone.changelog.read_text()
    assert "## [Unreleased]\n\n## [0.2.0] - 20" in text
    assert text.index("[0.2.0]") < text.index("A thing that") < text.index("[0.1.0]")
    assert "A thing that people will notice." in clone.git("show", "v0.2.0")
    assert clone.git("status", "--porcelain") == ""
    assert clone.release("0.3.0").stderr.startswith("Not released: nothing stands under")


@pytest.mark.parametrize(
    ("version", "checks", "why"),
    [
        ("0.1.0", "true", "not later than 0.1.0"),
        ("0.0.9", "true", "not later than 0.1.0"),
        ("next", "true", "no version such as"),
        ("0.2.0", "false", "the checks failed"),
        ("0.2.0", "touch left-behind", "left the work tree changed"),
    ],
)
def test_what_must_not_be_released_is_not(clone, version, checks, why):
    refused(clone, version, checks, why)


def test_a_changed_work_tree_is_not_released(clone):
    (clone.folder / "new").write_text("")
    refused(clone, "0.2.0", "true", "the work tree has changes")


def test_a_version_is_released_once(clone):
    clone.git("tag", "v0.2.0")
    refused(clone, "0.2.0", "true", "v0.2.0 is there already")


def refused(clone: Clone, version: str, checks: str, why: str) -> None:
    before = clone.git("rev-parse", "HEAD")
    done = clone.release(version, checks)
    assert done.returncode != 0 and why in done.stderr
    assert clone.git("rev-parse", "HEAD") == before
    assert '__version__ = "0.1.0"' in (clone.folder / "sfvtui" / "__init__.py").read_text()


def test_the_release_finds_its_places_in_this_project():
    assert "## [Unreleased]\n" in (TOP / "CHANGELOG.md").read_text()
    assert '\n__version__ = "' in (TOP / "sfvtui" / "__init__.py").read_text()
