"""A small world on both servers, the program on it (as a process, or in this one), and how both ended."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sfvtui.config import load, parse_mapping
from sfvtui.domain.guards import Guard
from sfvtui.sandbox.faults import Faults, Hold
from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.salesforce.records import STAMPS
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sandbox.vitally.models import facts
from sfvtui.sandbox.world import Person, World
from sfvtui.sync.context import Context

MAPPING = """\
[mapping]
object = "Contact"
scope = ''

[mapping.match]
by = "external-id"
field = "Product_User_Id__c"

[mapping.create]
allowed = true
filter = 'Title contains "VP"'

[mapping.account]
field = "AccountId"
equals = "sfdc.Id"

[[mapping.fields]]
field = "Title"
editable = true

[[mapping.fields]]
field = "Phone"
editable = true

[[mapping.fields]]
field = "NPS__c"
editable = true

[[mapping.fields]]
field = "Role__c"
editable = true

[[mapping.fields]]
field = "Name"
trait = "name"

[[mapping.fields]]
field = "Email"
trait = "email"
"""

SECONDS = 60


def some(values: Iterable[Any], *kept: Any) -> list[Any]:
    """Parameters of which plain pytest runs the `kept` ones; all of them with `-m whole`."""
    return [
        value if value in kept else pytest.param(value, marks=pytest.mark.whole) for value in values
    ]


def yes(_: Guard) -> bool:
    """A person who confirms every guard."""
    return True


def small_world(names: str = "ann bob cid dot eve fay gus", *, unlinked: str = "eve") -> World:
    """A world of these people, each a contact and a user with equal values, long unchanged.

    `unlinked` have no user: VPs, ready to be approved. `world.who[name]` has both ids.
    """
    world = World(7, Clock())
    world.mapping_toml, world.mapping = MAPPING, parse_mapping(MAPPING)
    company = world.company("Acme")
    who: dict[str, Person] = {}
    for number, name in enumerate(names.split()):
        alone = name in unlinked.split()
        record = world.contact(
            company,
            {
                "FirstName": name.capitalize(),
                "LastName": f"{name.capitalize()}son{'xyzuvw'[number % 6] * 3}",
                "Email": f"{name}@acme.example",
                "Title": "VP Sales" if alone else f"Engineer {number}",
                "Phone": f"+1 555 {number:04d}",
                "NPS__c": number,
                "Product_User_Id__c": f"u-{name}",
            },
        )
        user = None
        if not alone:
            user = world.user(f"u-{name}", like=record, accounts=company.accounts)
        who[name] = Person(record, user)
    world.who = who  # type: ignore[attr-defined]
    world.forget_writes()
    return world


@dataclass
class Ended:
    """How a run of the program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The report that it printed."""
        return json.loads(self.stdout.splitlines()[-1])

    @property
    def last(self) -> str:
        """The last line of standard error."""
        return self.stderr.splitlines()[-1] if self.stderr else ""


class Place:
    """A running sandbox and the program's home."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self.store = sandbox.config_path.parent / "store.db"

    # ---- the worlds

    @property
    def world(self) -> World:
        """Both sides' state."""
        return self.sandbox.world

    @property
    def salesforce(self) -> Faults:
        """What goes wrong at Salesforce."""
        return self.sandbox.salesforce_faults

    @property
    def vitally(self) -> Faults:
        """What goes wrong at Vitally."""
        return self.sandbox.vitally_faults

    def faults(self, side: str) -> Faults:
        """What goes wrong at a side."""
        return self.salesforce if side == "salesforce" else self.vitally

    def clear(self) -> None:
        """Take all faults away."""
        self.salesforce.clear()
        self.vitally.clear()

    def record(self, name: str) -> str:
        """Somebody's record."""
        found = self.world.who[name].record  # type: ignore[attr-defined]
        assert found
        return found

    def user(self, name: str) -> str:
        """Somebody's user."""
        found = self.world.who[name].user  # type: ignore[attr-defined]
        assert found
        return found

    def row(self, name: str) -> dict[str, Any]:
        """Somebody's record as Salesforce holds it."""
        return dict(self.world.org.get(self.record(name)))

    def person(self, name: str) -> dict[str, Any]:
        """Somebody's user as Vitally holds it."""
        found = self.world.workspace.user(f"u-{name}")
        assert found, f"{name} has no user"
        return facts(found)

    def change_salesforce(self, name: str, **values: Any) -> None:
        """A colleague edits the record."""
        self.world.org.update(self.record(name), values)

    def change_vitally(self, name: str, **values: Any) -> None:
        """Somebody edits the user, by the names of the Salesforce fields."""
        for field, value in values.items():
            self.world.change_vitally(self.world.who[name], field, value)  # type: ignore[attr-defined]

    def worlds(self) -> dict[str, Any]:
        """Both sides' values without stamps."""
        org, workspace = self.world.org, self.world.workspace
        return {
            "records": {
                key: {k: str(v) for k, v in row.items() if k not in STAMPS}
                for key, row in org.rows["Contact"].items()
            },
            "users": {user.external_id: facts(user) for user in workspace.users.values()},
        }

    def writes(self) -> Counter[str]:
        """What sfvtui wrote, each write with how often it took effect."""
        org, workspace = self.world.org, self.world.workspace
        ours = [
            f"salesforce {w.kind} {w.id} {_plain(w.values)}"
            for w in org.writes
            if w.by == org.user_id
        ]
        theirs = [f"vitally {w.action} {_plain(w.sent)}" for w in workspace.written()]
        return Counter([*ours, *theirs])

    # ---- the program in this process

    @contextmanager
    def context(self) -> Iterator[Context]:
        """The verbs on this place; waiting moves the world's clock."""
        with Context.open(load(self.sandbox.config_path, {})) as ctx:
            ctx.clock, ctx.sleep = self.world.clock, self.world.clock.advance
            try:
                yield ctx
            finally:
                for service in (ctx._salesforce, ctx._vitally):
                    if service is not None:
                        service.close()

    # ---- the program as a process

    def command(self, *arguments: str, killed: str = "", json: bool = True) -> list[str]:
        """The command line; `killed` (`before 3`, `after 3`) ends it at its third commit."""
        form = ["--json"] if json else []
        config = ["--config", str(self.sandbox.config_path), *form, *arguments]
        if killed:
            return [
                sys.executable,
                str(Path(__file__).with_name("killed.py")),
                *killed.split(),
                *config,
            ]
        return [sys.executable, "-m", "sfvtui", *config]

    def start(self, *arguments: str, killed: str = "", json: bool = True) -> subprocess.Popen[str]:
        """The program, running."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return subprocess.Popen(
            self.command(*arguments, killed=killed, json=json),
            env={**kept, "HOME": str(self.home), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, killed: str = "", json: bool = True) -> Ended:
        """The program, run to its end."""
        process = self.start(*arguments, killed=killed, json=json)
        out, err = process.communicate(timeout=SECONDS)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def ok(self, *arguments: str) -> Ended:
        """The same, and it must end with 0."""
        ended = self.run(*arguments)
        assert ended.code == 0, (ended.stdout, ended.stderr)
        return ended

    def kill_at(self, gate: Hold, *arguments: str) -> bool:
        """Starts the program and kills it as soon as a request stands at the gate.

        False where it ended without coming there.
        """
        process = self.start(*arguments)
        try:
            while process.poll() is None:
                if gate.reached.wait(0.01):
                    process.send_signal(signal.SIGKILL)
                    process.wait(SECONDS)
                    return True
            return False
        finally:
            process.kill()
            process.communicate()

    # ---- the store

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the store, read as any SQLite tool does."""
        with _reading(self.store) as db:
            return db.execute(sql, values).fetchall()

    def states(self) -> Counter[str]:
        """How many changes are in which state."""
        return Counter(row[0] for row in self.rows("SELECT state FROM change"))

    def mirror(self) -> dict[str, Any]:
        """All of the store that must not depend on when a program was killed."""
        return {name: sorted(map(repr, self.rows(sql))) for name, sql in _MIRROR.items()}

    def history(self) -> list[str]:
        """What the history says, in no order, without times and numbers."""
        return sorted(
            repr(row)
            for row in self.rows(
                "SELECT what, record_id, user_id, system, field, before, after, outcome"
                " FROM history WHERE what NOT IN ('confirm', 'mapping')"
            )
        )


_MIRROR = {
    "records": "SELECT record_id, match_key, display_name, in_scope, passes_filter, gone_why,"
    " record_state, Title, Phone, NPS__c, Role__c, Name, Email FROM record",
    "users": "SELECT user_id, external_id, match_key, missing_at IS NULL, traits_json FROM user",
    "links": "SELECT record_id, user_id, status, lasting FROM link JOIN record USING (record_pk)"
    " JOIN user USING (user_pk)",
    "bases": "SELECT record_id, b.Title, b.Phone, b.NPS__c, b.Role__c, b.Name, b.Email FROM base b"
    " JOIN link USING (link_id) JOIN record USING (record_pk)",
    "edits": "SELECT record_id, field, value FROM edit",
    "conflicts": "SELECT record_id, field, kind, salesforce, vitally, edit FROM conflict",
    "approvals": "SELECT record_id FROM approval",
    "outbox": "SELECT system, action, record_id, name, after, held, c.state FROM change c"
    " JOIN change_field f USING (change_id) WHERE state IN ('queued', 'sending', 'unknown', 'parked')",
    "landed": "SELECT system, action, record_id, name, after FROM change c"
    " JOIN change_field f USING (change_id) WHERE state = 'landed'",
    "flags": "SELECT record_id, flag FROM flag JOIN record USING (record_pk)",
    "stays": "SELECT link_id, field, salesforce, vitally FROM stay",
    "passes": "SELECT side FROM pass",
    "seen": "SELECT side, id FROM seen",
    "shown": "SELECT side FROM shown",
    "touched": "SELECT record_pk FROM touched UNION ALL SELECT match_key FROM touched_key"
    " UNION ALL SELECT account_key FROM touched_account",
    "indexes": "SELECT name FROM sqlite_schema WHERE type = 'index'",
}


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(path, timeout=30)
    db.create_function("fold", 1, lambda text: text, deterministic=True)
    try:
        yield db
    finally:
        db.close()


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


@contextmanager
def a_place(folder: Path, world: World | None = None) -> Iterator[Place]:
    """A place of its own in `folder`."""
    home = folder / "home"
    home.mkdir(parents=True)
    made = world or small_world()
    with running_sandbox(world=made, directory=folder / "sandbox") as sandbox:
        yield Place(sandbox, home)


def in_step(place: Place) -> None:
    """Both sides pulled, compared for the first time and pushed: nothing is left to send."""
    from sfvtui.sync.rounds import sync

    with place.context() as ctx:
        report = sync(ctx, confirm=yes)
        assert report.push.failure is None, report.push.failure
        assert report.push.left == 0
    place.world.forget_writes()


def with_work(place: Place) -> None:
    """In step, and then work of each kind queued: both directions, an edit of two fields, a
    creation, one link with something to each side."""
    from sfvtui.sync.edit import edit
    from sfvtui.sync.pull import pull
    from sfvtui.sync.review import approve

    in_step(place)
    place.change_salesforce("ann", Title="Chief Engineer")
    place.change_vitally("bob", Title="Head of Data")
    place.change_vitally("gus", NPS__c=42)
    place.change_salesforce("gus", Phone="+1 555 7777")
    # What was changed is no longer of the server's present second.
    place.world.clock.advance(30)
    with place.context() as ctx:
        pull(ctx)
        edit(ctx, place.record("cid"), {"Title": "Typed", "Phone": "+1 555 8888"})
        approved = approve(ctx, [place.record("eve")])
        assert approved.done, approved.refused
    place.world.forget_writes()


Prepare = Callable[[Place], None]
