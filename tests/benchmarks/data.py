"""What is measured on: page bodies as the services send them, and a store that was filled with them."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sfvtui.config import load
from sfvtui.domain.bound import BoundMapping, bind
from sfvtui.domain.fields import parse_describe
from sfvtui.mirror import mappings
from sfvtui.remotes import exact_json
from sfvtui.remotes.answers import Page
from sfvtui.remotes.salesforce.rows import flat
from sfvtui.sandbox import plain_world
from sfvtui.sandbox.demo_config import config_text
from sfvtui.sandbox.world import plain
from sfvtui.sync import pull_salesforce, pull_vitally
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.prepare import adapt
from sfvtui.sync.pull import SideReport

ROWS = {"records": 2000, "users": 100, "accounts": 100}
"""Rows of one page: a query's, and Vitally's lists'."""


def pages(folder: Path) -> Iterator[Page]:
    """The pages of a list, decoded as the remotes decode them."""
    paths = sorted(folder.iterdir())
    for number, path in enumerate(paths, 1):
        body = exact_json.decode(path.read_bytes())
        rows = flat(body["records"], ()) if "records" in body else body["results"]
        yield Page(rows, str(number) if number < len(paths) else None, None, datetime.now(UTC))


class Services:
    """Stands where the two clients stand, and answers from the bodies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def count(self, _: str) -> int:
        return len(list((self.folder / "records").iterdir())) * ROWS["records"]

    def query(self, soql: str, **_: Any) -> Iterator[Page]:
        if "ORDER BY SystemModstamp" in soql:
            newest = {"SystemModstamp": "2025-12-06T00:00:00.000+0000"}
            return iter([Page([newest], None, None, datetime.now(UTC))])
        return pages(self.folder / "records")

    bulk_query = query

    def users(self, **_: Any) -> Iterator[Page]:
        return pages(self.folder / "users")

    def accounts(self, **_: Any) -> Iterator[Page]:
        return pages(self.folder / "accounts")


def make_bodies(folder: Path, size: int) -> None:
    """The answers of a world of `size` records and five users for six of them, and its describe."""
    if folder.exists():
        return
    world = plain(size)
    org, workspace = world.org, world.workspace
    bound = bind(world.mapping, parse_describe(org.objects["Contact"]._describe))
    names = pull_salesforce.columns(bound)
    records = ({name: row[name] for name in names} for row in org.rows["Contact"].values())
    _save(folder / "records", "records", records, ROWS["records"])
    accounts = workspace.accounts
    bodies = (
        user.body([accounts[one].embedded() for one in user.account_ids])
        for user in workspace.users.values()
    )
    _save(folder / "users", "results", bodies, ROWS["users"])
    own = (account.body() for account in accounts.values())
    _save(folder / "accounts", "results", own, ROWS["accounts"])
    (folder / "describe.json").write_text(json.dumps(org.objects["Contact"]._describe))


def _save(folder: Path, name: str, rows: Iterable[Any], size: int) -> None:
    folder.mkdir(parents=True)
    left = iter(rows)
    for number in itertools.count():
        page = list(itertools.islice(left, size))
        if not page and number:
            return
        (folder / f"{number:06d}.json").write_bytes(exact_json.encode({name: page}))


@contextmanager
def opened(folder: Path, store: Path) -> Iterator[tuple[Context, BoundMapping]]:
    """The verbs' context on a store, with the bodies of `folder` for services."""
    config = folder / "config.toml"
    text = config_text(
        folder, "http://127.0.0.1:1", "http://127.0.0.1:1", "-", plain_world.MAPPING_TOML
    )
    config.write_text(text, encoding="utf-8")
    config.chmod(0o600)
    services: Any = Services(folder)
    settings = load(config, {})
    settings = replace(settings, store=replace(settings.store, path=store))
    with Context.open(settings) as ctx:
        ctx._salesforce = ctx._vitally = services
        ctx._borrows = True
        bound = mappings.bound(ctx.store, ctx.mapping)
        if bound is None:
            body = json.loads((folder / "describe.json").read_text())
            mappings.save_describe(ctx.store, "Contact", ctx.now(), body)
            bound = mappings.bound(ctx.store, ctx.mapping)
            assert bound is not None
            adapt(ctx, bound)
            ctx.store.db.execute("DELETE FROM meta WHERE name LIKE 'unread:%'")
        yield ctx, bound


def read_both(ctx: Context, bound: BoundMapping) -> tuple[SideReport, SideReport]:
    """The local work of a full pull: both sides, one after the other, up to matching."""
    ctx.store.commit_lightly()
    salesforce, vitally = SideReport(), SideReport()
    pull_salesforce.read(ctx, bound, salesforce, full=True)
    pull_vitally.read(ctx, bound, vitally, full=True)
    return salesforce, vitally


def filled(work: Path, size: int) -> Path:
    """A store that was filled with the bodies, nothing decided yet; kept for the next benchmark."""
    store = work / "filled.db"
    if not store.exists():
        make_bodies(work / "bodies", size)
        with opened(work / "bodies", store) as (ctx, bound):
            read_both(ctx, bound)
    return store


def decided(work: Path, size: int) -> Path:
    """A store of which all records are decided; kept for the next benchmark."""
    store = work / "decided.db"
    if not store.exists():
        copied(filled(work, size), store)
        with opened(work / "bodies", store) as (ctx, bound):
            ctx.store.put("may_link", "yes")
            decide_touched(ctx, bound, may_link=True)
    return store


def copied(store: Path, to: Path) -> Path:
    """A copy of a store that nobody has open, in place of what was there."""
    for suffix in ("-wal", "-shm"):
        Path(f"{to}{suffix}").unlink(missing_ok=True)
    return Path(shutil.copy(store, to))
