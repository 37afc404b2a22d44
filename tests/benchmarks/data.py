"""What is measured on: a written world, stores that were filled with it and decided, and a config."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sfvtui.config import load
from sfvtui.domain.bound import BoundMapping
from sfvtui.mirror import mappings
from sfvtui.remotes import exact_json, web
from sfvtui.remotes.salesforce.login import Token
from sfvtui.sandbox.demo_config import write_config
from sfvtui.sync import pull_salesforce, pull_vitally
from sfvtui.sync.context import Context
from sfvtui.sync.prepare import adapt
from sfvtui.sync.pull import SideReport, pull
from tests.benchmarks.answers import ORGANIZATION, VERSION, Answer, Answers
from tests.benchmarks.world import MAPPING_TOML, OWNER, write_world

NOWHERE = "http://127.0.0.1:1"


class Straight:
    """Stands where a client's transport stands: what the service would answer, without HTTP.

    The clients decode it, and take it apart, as they do with what came over a line.
    """

    def __init__(self, answer: Callable[[str, Mapping[str, str]], Answer], prefix: str) -> None:
        self._answer, self._prefix = answer, prefix
        self.usage = None

    def call(self, _method: str, path: str, **more: Any) -> Any:
        """The decoded answer of a call."""
        answer = self._answer(f"{self._prefix}{path}", more.get("params") or {})
        return exact_json.decode(answer.content(), more.get("shape", Any))

    def token(self) -> Token:
        """A session of the organization."""
        return Token("token", web.origin(NOWHERE), ORGANIZATION, OWNER)

    def userinfo(self) -> dict[str, Any]:
        """Whose session it is."""
        return {"zoneinfo": "UTC"}

    def more(self, address: str, *_: Any) -> Any:
        """The decoded page at an address that a page gave."""
        return exact_json.decode(self._answer(address, {}).content())

    def download(self, path: str, params: Mapping[str, str], read: Callable[[Any], Any]) -> Any:
        """What `read` makes of a page of CSV."""
        return read(_Response(self._answer(f"{self._prefix}{path}", params)))

    def now(self) -> datetime:
        """The service's clock."""
        return datetime.now(UTC)

    answered_at = now

    def version(self) -> str:
        """The API's version."""
        return VERSION

    def close(self) -> None:
        """There is no connection."""


class _Response:
    """A streamed answer."""

    def __init__(self, answer: Answer) -> None:
        self.headers = answer.headers
        self._content = answer.content()

    def iter_content(self, size: int) -> Iterator[bytes]:
        """The body in chunks."""
        for start in range(0, len(self._content), size):
            yield self._content[start : start + size]


def config_for(
    folder: Path, store: Path, salesforce: str = NOWHERE, vitally: str = NOWHERE, pace: int = 10**6
) -> Path:
    """A config in `folder` for a store and two services; `pace` requests a minute to Vitally."""
    path = write_config(
        folder, salesforce, vitally, client_id="-", client_secret="-", vitally_key="-",
        mapping=MAPPING_TOML,
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'(?m)^path = ".*"$', f"path = {json.dumps(str(store))}", text, count=1)
    path.write_text(
        text.replace("[vitally]\n", f"[vitally]\nrequests_per_minute = {pace}\n"), encoding="utf-8"
    )
    return path


def environment(home: Path) -> dict[str, str]:
    """The environment of a program whose home is `home`."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {
        **kept, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"), "TERM": "xterm-256color", "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }  # fmt: skip


@contextmanager
def opened(folder: Path, store: Path) -> Iterator[tuple[Context, BoundMapping]]:
    """The verbs' context on a store, with the world of `folder` for services."""
    config = config_for(folder, store)
    settings = load(config, {})
    settings = settings._replace(store=settings.store._replace(path=store))
    answers = Answers(folder)
    with Context.open(settings) as ctx:
        salesforce: Any = Straight(answers.salesforce, f"/services/data/v{VERSION}/")
        vitally: Any = Straight(answers.vitally, "")
        ctx.salesforce().__dict__["_transport"] = salesforce
        ctx.vitally().__dict__["_transport"] = vitally
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
    """A store that was filled with a world, nothing decided yet; kept for the next benchmark."""
    store = work / "filled.db"
    if not store.exists():
        write_world(work / "bodies", size)
        with opened(work / "bodies", store) as (ctx, bound):
            read_both(ctx, bound)
    return store


def decided(work: Path, size: int) -> Path:
    """A store after a whole pull: all is decided, and can be searched; kept for the next benchmark."""
    store = work / "decided.db"
    if not store.exists():
        copied(filled(work, size), store)
        with opened(work / "bodies", store) as (ctx, _):
            pull(ctx)
    return store


def copied(store: Path, to: Path) -> Path:
    """A copy of a store that nobody has open, in place of what was there."""
    removed(to)
    return Path(shutil.copy(store, to))


def removed(store: Path) -> Path:
    """The path of a store, where no store is any more."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{store}{suffix}").unlink()
    return store
