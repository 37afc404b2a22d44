"""Every benchmark runs on a small world; what it found is not judged here, times least of all."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from tests.benchmarks.__main__ import BENCHMARKS, page

SIZE = 10_000


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmarks")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_and_makes_its_lines(name, work, monkeypatch):
    monkeypatch.setenv("SFVTUI_CONFIG", "")
    figures = BENCHMARKS[name](work, SIZE, 1)
    text = page({SIZE: {name: figures}, 10 * SIZE: {name: figures}})
    assert figures and all(figure.ratio > 0 for figure in figures)
    assert all(figure.what in text for figure in figures)
