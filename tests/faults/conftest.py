"""What the tests of this folder share.

Plain `pytest` runs a part of each matrix; `pytest tests/faults -m whole` runs the rest of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.place import Place, a_place, in_step, with_work


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A small world that nothing was pulled from yet."""
    with a_place(tmp_path) as made:
        yield made


@pytest.fixture
def agreed(place: Place) -> Place:
    """The same, pulled, compared and pushed once."""
    in_step(place)
    return place


@pytest.fixture
def working(place: Place) -> Place:
    """The same, with work of each kind in the outbox."""
    with_work(place)
    return place


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "whole: a whole matrix, which takes minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole matrices run only where they are asked for, and as long as they take."""
    left_out = [item for item in items if item.get_closest_marker("whole")]
    if "whole" in (config.getoption("markexpr") or ""):
        for item in left_out:
            item.add_marker(pytest.mark.timeout(0))
        return
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
