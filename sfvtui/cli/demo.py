"""demo: the sandbox, a demo world, and the screens on it; or the whole path once."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session
from sfvtui.errors import Refused, SfvtuiError, UsageError

if TYPE_CHECKING:
    from sfvtui.cli.people import Lines
    from sfvtui.sandbox.world import World
    from sfvtui.sync.context import Context

MARK = "# Written for the sandbox"
"""How a config begins that a demo wrote, and that another demo may write anew."""

NEW_TITLE = "VP Customer Success"
STORE_FILES = ("store.db", "store.db-wal", "store.db-shm")


@click.command(cls=Command)
@click.option("--headless", is_flag=True, help="Run the whole path once and say what it did.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep the demo's files there; otherwise they go when it ends.",
)  # fmt: skip
@pass_session
def demo(session: Session, headless: bool, folder: Path | None) -> None:
    """Try sfvtui on a sandbox of both services, with nothing to configure."""
    from sfvtui.sandbox.serve import running_sandbox

    screens = not headless and sys.stdin.isatty() and sys.stdout.isatty()
    with _folder(folder) as place, running_sandbox(directory=place) as sandbox:
        session.config = sandbox.config_path
        if screens:
            from sfvtui.tui.app import run

            session.out.note("Making the demo world: a first sync yesterday, and a day of changes…")
            with session.context() as context:
                _yesterday(context, sandbox.world)
            session.end(ExitCode(run(session.settings, sandbox.config_path, log=session.log)))
        else:
            with session.work() as context:
                path = _Path(session, context)
                session.end(ExitCode.DONE if path.walk() else ExitCode.FAILED)


def _yesterday(context: Context, world: World) -> None:
    """A first sync, and what happened on both sides since: bases, conflicts, a history."""
    from sfvtui.sync.pull import pull
    from sfvtui.sync.rounds import sync

    context.actor = "demo"
    sync(context, confirm=_always)
    world.second_day()
    pull(context)


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """The demo's folder: the one named, emptied of an earlier demo, or one that goes afterwards."""
    if named is None:
        with tempfile.TemporaryDirectory(prefix="sfvtui-demo-") as folder:
            yield Path(folder)
        return
    config = named / "config.toml"
    if config.exists() and not config.read_text(encoding="utf-8").startswith(MARK):
        raise UsageError(
            f"{config} is not a demo's config.", "Name an empty folder, or one of an earlier demo."
        )
    if config.exists():
        for name in STORE_FILES:
            (named / name).unlink(missing_ok=True)
    yield named


def _always(_: object) -> bool:
    return True


@dataclass
class _Path:
    """The whole path once: what each step did, and whether all of it landed."""

    session: Session
    context: Context
    steps: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def walk(self) -> bool:
        """Pull, match, approve one, edit one, settle one conflict, push, pull again, sync again."""
        from sfvtui.sync.pull import pull
        from sfvtui.sync.push import push
        from sfvtui.sync.rounds import sync

        try:
            self._step("pull", pull(self.context).as_json(), people.pull)
            self._step("match", self._status(), people.status)
            approved = self._approve_one()
            edited = self._edit_one()
            settled = self._settle_one()
            pushed = push(self.context, confirm=_always).as_json()
            self._step("push", pushed, people.pushed)
            self._require("all changes landed", pushed["landed"] == pushed["sent"] > 0)
            self._step("pull again", pull(self.context).as_json(), people.pull)
            self._require("the approved record is linked", self._linked(approved))
            self._require("the edit is on both sides", self._title(edited) == NEW_TITLE)
            self._require("the conflict is settled", settled not in self._conflicts())
            again = sync(self.context, confirm=_always).as_json()
            self._step("sync again", again, people.synced)
            self._require("a second sync sends nothing", again["push"]["sent"] == 0)
        except SfvtuiError as error:
            self.failed.append(str(error))
        return self._end()

    def _approve_one(self) -> str:
        from sfvtui.sync.review import approve

        record = str(self._some("unmatched")["record"])
        report = approve(self.context, [record]).as_json()
        self._step("approve one", report, people.approved)
        return record

    def _edit_one(self) -> str:
        from sfvtui.sync.edit import edit

        in_conflict = {record for record, _ in self._conflicts()}
        record = str(self._some("linked", lambda line: line["record"] not in in_conflict)["record"])
        report = edit(self.context, record, {"Title": NEW_TITLE}).as_json()
        self._step("edit one", report, people.edited)
        return record

    def _settle_one(self) -> tuple[str, str]:
        from sfvtui.sync.resolve import resolve

        conflicts = self._conflicts()
        if not conflicts:
            raise Refused("The demo world has no conflict to settle.")
        record, name = conflicts[0]
        report = resolve(self.context, record, name, take="salesforce").as_json()
        self._step("settle one conflict", report, people.resolved)
        return record, name

    def _conflicts(self) -> list[tuple[str, str]]:
        from sfvtui.mirror.queries import conflict_lines

        lines = conflict_lines(self.context.store)
        return [(line["record"], line["field"]) for line in lines if line["field"]]

    def _some(self, state: str, fits: Callable[[dict[str, Any]], bool] = _always) -> dict[str, Any]:
        """The first unflagged record of this state that fits."""
        for line in self._review(state):
            if not line["flags"] and fits(line):
                return line
        raise Refused(f"The demo world has no {state} record to show this with.")

    def _linked(self, record: str) -> dict[str, Any]:
        """The record's line where it is linked, else an empty one."""
        return next((line for line in self._review("linked") if line["record"] == record), {})

    def _title(self, record: str) -> object:
        return self._linked(record).get("fields", {}).get("Title")

    def _review(self, state: str) -> Lines:
        from sfvtui.mirror.queries import review_lines

        return review_lines(self.context.store, state=state)

    def _status(self) -> dict[str, Any]:
        from sfvtui.mirror.counts import status

        return status(self.context.store)

    def _step(self, name: str, report: dict[str, Any], show: Callable[..., Iterable[str]]) -> None:
        self.steps[name] = report
        if not self.session.out.json:
            self.session.out.report(report, lambda it: [f"== {name}", *show(it)])

    def _require(self, what: str, holds: object) -> None:
        if not holds:
            self.failed.append(f"Not so: {what}.")

    def _end(self) -> bool:
        self.session.out.report(
            {"steps": self.steps, "failed": self.failed},
            lambda it: [
                "== result",
                *(it["failed"] or ["All of it landed; nothing is left to send."]),
            ],
        )
        return not self.failed
