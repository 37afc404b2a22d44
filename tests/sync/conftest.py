from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.sync.lab import Lab, lab_in, mapping


@pytest.fixture
def labs(tmp_path, monkeypatch) -> Iterator:
    """Makes labs: `labs(mapping(...), sync='max_changes = 3')`."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    with ExitStack() as stack:
        count = 0

        def make(toml: str | None = None, sync: str = "") -> Lab:
            nonlocal count
            count += 1
            folder = tmp_path / f"lab{count}"
            lab = stack.enter_context(lab_in(folder, toml or mapping(), sync, seed=count))
            # Whoever waits, waits in the services' time.
            monkeypatch.setattr(time, "sleep", lab.tick)
            return lab

        yield make


@pytest.fixture
def lab(labs) -> Lab:
    """A lab with the plain mapping: Title and Phone, editable, matched by Product_User_Id__c."""
    return labs()


def pytest_collection_modifyitems(items) -> None:
    # A command's log and connections end with its process; here many commands share one.
    ignore = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if "tests/sync/" in item.path.as_posix():
            item.add_marker(ignore)
