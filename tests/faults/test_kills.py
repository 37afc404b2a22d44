"""Kill matrix: killed anywhere, started again, it ends as if nothing had been.

The real program as a process, killed with SIGKILL (a) while a request of it stands at the server,
before its effect or after it and before the answer, and (b) just before and just after each of its
commits. It is then started again, and both worlds, the store, the history and the log of writes
must be what they are where nobody killed it. Plain pytest runs some points of each act; `-m whole`
runs every request and every commit.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.faults.place import Place, a_place, in_step, small_world, with_work

PEOPLE = "ann bob cid dot eve fay gus"


@dataclass(frozen=True)
class Act:
    """Something that is killed: what is prepared, what runs, and what is run again afterwards."""

    prepare: Callable[[Place], None]
    command: tuple[str, ...]
    people: int = 0


def _first_pull(place: Place) -> None:
    """Nothing was read yet; both sides' lists have several pages."""
    place.world.org.page_size = 60


def _second_pull(place: Place) -> None:
    """In step, then moved on both sides."""
    in_step(place)
    place.world.org.page_size = 3 if len(place.world.who) < 20 else 60
    place.change_salesforce("ann", Title="Chief Engineer")
    place.change_vitally("bob", Title="Head of Data")
    place.change_salesforce("gus", Phone="+1 555 7777")
    place.change_vitally("gus", Phone="+1 555 9999")
    place.world.org.delete(place.record("fay"))
    place.world.workspace.delete_user(place.user("dot"), immediately=True)
    place.world.clock.advance(30)


ACTS = {
    "first pull": Act(_first_pull, ("pull",), people=230),
    "full pull": Act(_second_pull, ("pull", "--full"), people=230),
    "pull": Act(_second_pull, ("pull",)),
    "push": Act(with_work, ("push",)),
    "sync": Act(_second_pull, ("sync", "--waiting-ok", "--allow", "max_vanished")),
}


@dataclass(frozen=True)
class Point:
    """Where to kill: the nth request of a kind at a side, or the nth commit."""

    act: str
    when: str
    where: str
    method: str = ""
    path: str = ""
    nth: int = 1

    def __str__(self) -> str:
        kind = re.sub(r"[^\w./]+", "_", f"{self.method}_{self.path}") if self.method else "commit"
        return f"{self.act}-{self.when}-{self.where}-{kind}-{self.nth}"


@dataclass(frozen=True)
class End:
    """How everything stands at the end."""

    worlds: dict[str, Any]
    mirror: dict[str, Any]
    history: list[str]
    writes: Counter[str]


def the_end(place: Place) -> End:
    """How everything stands now."""
    return End(place.worlds(), place.mirror(), place.history(), place.writes())


@functools.cache
def unkilled(name: str) -> tuple[End, tuple[Point, ...]]:
    """How an act ends where nobody kills it, and every request at which it could be killed."""
    act = ACTS[name]
    with TemporaryDirectory() as folder, _made(act, Path(folder)) as place:
        before = {side: len(place.faults(side).exchanges) for side in ("salesforce", "vitally")}
        place.ok(*act.command)
        points: list[Point] = []
        for side, skip in before.items():
            kinds: Counter[tuple[str, str]] = Counter()
            for seen in list(place.faults(side).exchanges)[skip:]:
                kind = (seen.method, _kind(seen.target))
                kinds[kind] += 1
                points += [
                    Point(name, when, side, *kind, kinds[kind]) for when in ("before", "after")
                ]
        return the_end(place), tuple(points)


def _kind(target: str) -> str:
    """A request's path without what differs from run to run."""
    path = target.partition("?")[0]
    path = re.sub(r"/services/data/v[\d.]+", "", path)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|01g\w+(-\d+)?", "ID", path)


def _pattern(kind: str) -> str:
    return re.escape(kind).replace("ID", r"[\w-]+") + r"(\?|$)"


@contextmanager
def _made(act: Act, folder: Path) -> Iterator[Place]:
    names = " ".join([PEOPLE, *(f"p{number}" for number in range(act.people))])
    with a_place(folder, small_world(names)) as place:
        act.prepare(place)
        yield place


def killed_there(point: Point, folder: Path) -> End | None:
    """The end after a kill at the point and another start; None where it never came there."""
    act = ACTS[point.act]
    with _made(act, folder) as place:
        if point.where == "commit":
            ended = place.run(*act.command, killed=f"{point.when} {point.nth}")
            killed = ended.code < 0
        else:
            faults = place.faults(point.where)
            with faults.hold(
                method=point.method,
                path=_pattern(point.path),
                nth=point.nth,
                when="before" if point.when == "before" else "after",
            ) as gate:
                killed = place.kill_at(gate, *act.command)
        if not killed:
            return None
        place.clear()
        place.ok(*act.command)
        return the_end(place)


def commits(act: str) -> Iterator[Point]:
    """The commits of an act, one after the other, until there is none more."""
    number = 0
    while True:
        number += 1
        for when in ("before", "after"):
            yield Point(act, when, "commit", nth=number)


SOME = [
    Point("push", "after", "salesforce", "POST", "/composite", 2),
    Point("push", "before", "salesforce", "POST", "/composite", 2),
    Point("push", "before", "salesforce", "POST", "/composite/sobjects/Contact", 2),
    Point("push", "after", "vitally", "POST", "/resources/users", 1),
    Point("push", "before", "vitally", "POST", "/resources/users", 1),
    Point("push", "after", "vitally", "PUT", "/resources/users/ID", 2),
    Point("push", "before", "vitally", "GET", "/resources/users/search", 1),
    Point("push", "before", "commit", nth=14),
    Point("first pull", "before", "vitally", "GET", "/resources/users", 3),
    Point("pull", "after", "salesforce", "GET", "/queryAll/ID", 1),
]


@pytest.mark.parametrize("point", SOME, ids=str)
def test_killed_there_it_ends_as_if_nothing_had_been(point, tmp_path):
    end = killed_there(point, tmp_path)
    assert end is not None, "it never came there"
    compare(end, point.act)


def compare(end: End, act: str) -> None:
    wanted = unkilled(act)[0]
    assert end.writes == wanted.writes
    assert end.worlds == wanted.worlds
    for name, rows in wanted.mirror.items():
        assert end.mirror[name] == rows, name
    assert end.history == wanted.history


def failures(points: Iterable[Point], folder: Path) -> tuple[int, list[str]]:
    """How many points were reached, and what was wrong after them."""
    reached, wrong = 0, []
    for number, point in enumerate(points):
        try:
            end = killed_there(point, folder / str(number))
            if end is None and point.where == "commit":
                break
            if end is None:
                continue  # how often a row is read again depends on the second
            reached += 1
            compare(end, point.act)
        except AssertionError as error:
            wrong.append(f"{point}: {str(error)[:600]}")
    return reached, wrong


@pytest.mark.whole
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_any_request_it_ends_as_if_nothing_had_been(act, tmp_path):
    reached, wrong = failures(unkilled(act)[1], tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.whole
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_any_commit_it_ends_as_if_nothing_had_been(act, tmp_path):
    reached, wrong = failures(commits(act), tmp_path)
    assert not wrong, "\n".join(wrong)
