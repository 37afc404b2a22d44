"""A tiny world on the real sandbox, and the program's commands on it, in this process."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sfvtui.cli.run import run
from sfvtui.config import parse_mapping
from sfvtui.sandbox.demo_config import config_text
from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sandbox.world import Company, World
from sfvtui.sync.context import Context

STEP = 2
"""Seconds between two acts: stamps have whole seconds."""

BY_ID = 'by = "external-id"\nfield = "Product_User_Id__c"\n'
BY_EMAIL = 'by = "trait"\nfield = "Email"\ntrait = "email"\n'
TITLE = 'field = "Title"\neditable = true\n'
PHONE = 'field = "Phone"\neditable = true\n'
ACCOUNT = 'field = "AccountId"\nequals = "sfdc.Id"\n'


def mapping(
    *pairs: str,
    match: str = BY_ID,
    create: str = "allowed = false\n",
    account: str = ACCOUNT,
    scope: str = "",
    object_: str = "Contact",
) -> str:
    """The TOML of a mapping; a pair is the lines of its table (default: Title and Phone)."""
    tables = "".join(f"\n[[mapping.fields]]\n{pair}" for pair in pairs or (TITLE, PHONE))
    return (
        f"[mapping]\nobject = {json.dumps(object_)}\nscope = {json.dumps(scope)}\n"
        f"\n[mapping.match]\n{match}\n[mapping.create]\n{create}\n[mapping.account]\n{account}{tables}"
    )


@dataclass
class Done:
    """How a command ended: exit code, the JSON lines that it printed, standard error."""

    code: int
    lines: list[Any]
    err: str

    @property
    def report(self) -> Any:
        """The one report that it printed."""
        assert len(self.lines) == 1, (self.code, self.err, self.lines)
        return self.lines[0]

    @property
    def last(self) -> str:
        """The last line of standard error."""
        return self.err.splitlines()[-1] if self.err else ""


@dataclass
class Lab:
    """One company's people on both sides, and the commands. Every act takes two seconds."""

    box: Sandbox
    folder: Path
    company: Company
    toml: str = ""
    sync_toml: str = ""
    made: int = 0
    pulled: bool = False
    home: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.box.world

    @property
    def org(self) -> Any:
        return self.box.org

    @property
    def workspace(self) -> Any:
        return self.box.workspace

    # ---- the config

    def use(self, toml: str, sync: str | None = None) -> None:
        """Writes the config anew: its mapping, and (where given) the keys of [sync]."""
        self.toml = toml
        if sync is not None:
            self.sync_toml = sync
        text = f"[sync]\n{self.sync_toml}\n{toml}"
        self.world.mapping = parse_mapping(toml)
        credentials = self.org.credentials
        whole = config_text(
            self.folder, self.box.salesforce_url, self.box.vitally_url,
            credentials.client_id, text,
        )  # fmt: skip
        self.config.write_text(whole, encoding="utf-8")

    @property
    def config(self) -> Path:
        return self.box.config_path

    # ---- the commands

    def run(self, *arguments: str) -> Done:
        """Runs the program with this config and --json."""
        self.tick()
        self.pulled = self.pulled or arguments[0] in ("pull", "sync")
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--config", str(self.config), "--json", *arguments])
        assert "unexpected" not in err.getvalue(), err.getvalue() + self._log()
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        return Done(code, lines, err.getvalue())

    def _log(self) -> str:
        return "\n".join(p.read_text()[-4000:] for p in self.folder.rglob("*.log"))

    def ok(self, *arguments: str) -> Done:
        """The same, and it must end with 0."""
        done = self.run(*arguments)
        assert done.code == 0, (done.code, done.err, done.lines)
        return done

    def pull(self, *more: str) -> Any:
        """Pulls; the report."""
        return self.ok("pull", *more).report

    def settled(self) -> None:
        """Syncs (everything confirmed), then again, which sends nothing."""
        self.sync()
        assert self.writes_of(self.sync) == []

    def sync(self) -> Any:
        """A sync with the usual guards confirmed, whatever waits for a person; its report."""
        return self.ok("sync", "--yes", "--waiting-ok").report

    def push(self) -> Any:
        """A push with the usual guards confirmed, whatever waits for a person; its report."""
        return self.ok("push", "--yes", "--waiting-ok").report

    def writes_of(self, act: Any) -> list[Any]:
        """What `act` wrote to both systems through their APIs."""
        before_s, before_v = len(self.org.writes), len(self.workspace.writes)
        act()
        ours = [w for w in self.org.writes[before_s:] if w.via != "direct"]
        return ours + [w for w in self.workspace.writes[before_v:] if w.by == "api"]

    def plan(self) -> list[Any]:
        return self.ok("plan").lines

    def planned(self) -> set[tuple[str, str, Any, Any]]:
        """What the plan would write: (system, name, before, after)."""

        def plain(value: Any) -> Any:
            return tuple(value) if isinstance(value, list) else value

        return {
            (line["system"], f["name"], plain(f["before"]), plain(f["after"]))
            for line in self.plan()
            for f in line["fields"]
        }

    def conflicts(self) -> list[Any]:
        return self.ok("conflicts").lines

    def conflict(self) -> Any:
        """The only conflict."""
        (found,) = self.conflicts()
        return found

    def status(self) -> Any:
        return self.ok("status").report

    def states(self) -> dict[str, int]:
        """How many records have which state, those that none has left out."""
        return {state: n for state, n in self.status()["states"].items() if n}

    def review(self, record: str) -> Any:
        """The line of one record in `review list`, whatever its state; None where it has none."""
        for options in ((), ("--state", "linked")):
            for line in self.ok("review", "list", *options).lines:
                if line["record"] == record:
                    return line
        return None

    def state(self, record: str) -> str | None:
        line = self.review(record)
        return line["state"] if line else None

    def history(self, *options: str, what: str | None = None) -> list[Any]:
        lines = self.ok("history", *options).lines
        return [line for line in lines if what is None or line["what"] == what]

    @contextlib.contextmanager
    def context(self) -> Iterator[Context]:
        """The verbs' context, on this store."""
        from sfvtui.config import load

        with Context.open(load(self.config, {})) as context:
            yield context

    def base(self, record: str, name: str) -> str | None:
        """The base of a pair of a record's live link, as it is kept."""
        with self.context() as context:
            return context.store.value(
                f'SELECT b."{name}" FROM base b JOIN link l USING (link_id)'
                " JOIN record r USING (record_pk) WHERE r.record_id = ? AND l.status = 'live'",
                record,
            )

    # ---- the world

    def tick(self, seconds: float = STEP) -> None:
        """Time goes by, in the services."""
        self.world.clock.advance(seconds)

    def contact(self, key: str | None, **values: Any) -> str:
        """A contact (match value `key`): made long ago, or now where something was pulled already."""
        self.made += 1
        values = {
            "LastName": f"Person {self.made} {'xyzuvw'[self.made % 6] * 5}",
            "AccountId": self.company.id,
            "Product_User_Id__c": key,
            **values,
        }
        name = values.pop("object", "Contact")
        if self.pulled:
            self.tick()
            return self.org.create(name, values)
        old = stamp(self.org.now() - timedelta(days=30, seconds=-self.made))
        return self.org.create(
            name, values, CreatedDate=old, LastModifiedDate=old, SystemModstamp=old
        )

    def user(
        self, key: str, *, name: str | None = None, email: str | None = None, **more: Any
    ) -> str:
        """A user with this externalId, made long ago; `traits` as they are."""
        accounts = more.pop("accounts", self.company.accounts)
        made = self.workspace.create_user(
            key, accounts=accounts, name=name, email=email, traits=more.pop("traits", {}),
            at=None if self.pulled else self.workspace.now() - 86_400_000,
        )  # fmt: skip
        assert not more
        return made.id

    def pair(
        self, key: str, values: dict[str, Any] | None = None, **traits: Any
    ) -> tuple[str, str]:
        """A contact with `values` and a user with its match value; each value is held by both
        sides in its own terms (through the mapping), where `traits` does not say otherwise."""
        record = self.contact(key, **(values or {}))
        held = dict(self.world.mirrored(record))
        name, email = held.pop("name", None), held.pop("email", None)
        held.update(traits)
        name, email = held.pop("name", name), held.pop("email", email)
        kept = {k: v for k, v in held.items() if v is not None}
        return record, self.user(key, name=name, email=email, traits=kept)

    def change(self, name: str, **values: Any) -> None:
        """A colleague changes a record, or somebody a user (traits by key; name, email)."""
        self.tick()
        if len(name) != 36:
            self.org.update(name, values)
            return
        attributes = {k: values.pop(k) for k in ("name", "email") if k in values}
        self.workspace.update_user(name, traits=values, **attributes)

    def of_record(self, record: str, name: str = "Title") -> Any:
        return self.org.value(record, name)

    def of_user(self, user: str, trait: str = "sfdc.Title") -> Any:
        found = self.workspace.user(user)
        if trait in ("name", "email", "external_id"):
            return getattr(found, trait)
        return found.traits.get(trait)


@contextlib.contextmanager
def lab_in(folder: Path, toml: str, sync: str = "", *, seed: int = 1) -> Iterator[Lab]:
    """A lab with one company and nobody yet, while the block runs. Another seed, other ids."""
    world = World(seed)
    company = world.company("Acme Rockets")
    with running_sandbox(world=world, directory=folder) as box:
        made = Lab(box, folder, company)
        made.use(toml, sync)
        yield made
