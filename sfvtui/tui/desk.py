"""What all screens share: settings, the store as this thread reads it, the mapping, the health."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sfvtui.errors import FilterError, LoginRefused, RemoteError, SfvtuiError, Unreachable
from sfvtui.mirror import mappings, pauses
from sfvtui.mirror.counts import status
from sfvtui.mirror.store import Store, open_store
from sfvtui.sync.context import Context, utc_now
from sfvtui.tui.on_disk import ConfigFile
from sfvtui.tui.ui_state import UiState, state_file
from sfvtui.tui.widgets.chrome import Health, Side
from sfvtui.tui.words import ago
from sfvtui.tui.work import Work

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sfvtui.config import Settings
    from sfvtui.domain import filters
    from sfvtui.domain.bound import BoundMapping
    from sfvtui.domain.filters.complete import Suggestion
    from sfvtui.log import Log


class Desk:
    """The state behind the screens. Everything here but `work` belongs to the keys' thread."""

    def __init__(
        self,
        settings: Settings | None,
        config_path: Path,
        *,
        env: Mapping[str, str],
        log: Log | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self.config_path = config_path
        self.env = env
        self.log = log
        self.clock = clock
        self.file = ConfigFile(config_path, env)
        self.ui = UiState(state_file(env), str(config_path))
        self.work = Work(self.context, self.connected)
        self.settings: Settings | None = None
        self.trouble = ""
        self._bound: BoundMapping | None = None
        self._is_bound = False
        self.health = Health()
        self.counts: dict[str, Any] = {}
        self._store: Store | None = None
        self._root: Context | None = None
        self._asked = False
        self._seen = -1
        self.use(settings)

    # --- settings and store

    def use(self, settings: Settings | None) -> None:
        """Takes these settings from now on: the store of theirs, their mapping."""
        self._leave_store()
        self.file.taken()
        self.settings = settings
        if settings is None:
            return
        self._store = open_store(settings.store.path, settings.store.group)
        self._store.hold_little()
        self._root = Context(settings, self._store, clock=self.clock)
        if self.log is not None:
            self._root.log = self.log.write
        self._is_bound = False
        self.health = Health(
            salesforce=Side(host=_host(settings.salesforce.instance_url)),
            vitally=Side(host=_host(settings.vitally.base_url)),
            read_only=settings.sync.read_only,
        )

    @property
    def store(self) -> Store:
        """The store, as the keys' thread reads it."""
        if self._store is None:
            raise RuntimeError("there is no store before the set-up")
        return self._store

    @property
    def files(self) -> dict[str, Path]:
        """Where the program's files are, by what they are."""
        found = {"config": self.config_path}
        if self.settings is not None:
            found["store"] = self.settings.store.path
        if self.log is not None:
            found["log"] = self.log.file
        return {**found, "places": state_file(self.env)}

    @property
    def configured(self) -> bool:
        """Whether there is a mapping to work with."""
        return self.settings is not None and self.settings.mapping is not None

    @property
    def read_only(self) -> bool:
        """Whether nothing may be decided, queued or sent."""
        return self.settings is not None and self.settings.sync.read_only

    def read_mapping(self) -> bool:
        """Takes the config's mapping where the file was written since it was last read; says
        whether it is another one. All else of the config stays until the next start. Raises
        ConfigError."""
        written = self.file.written() if self.settings is not None else None
        if written is None or self.settings is None or self._root is None:
            return False
        if written.mapping == self.settings.mapping:
            return False
        self.settings = self._root.settings = self.settings._replace(mapping=written.mapping)
        self.bind()
        return True

    @property
    def bound(self) -> BoundMapping | None:
        """The mapping with the last describe's fields; None where there is none, or it does not
        fit. It is bound when it is first asked for, which Home does not do."""
        if not self._is_bound:
            self.bind()
        return self._bound

    def bind(self) -> None:
        """Binds the mapping to the last describe; what does not fit is kept as `trouble`."""
        self.trouble = ""
        self._bound, self._is_bound = None, True
        mapping = self.settings.mapping if self.settings else None
        if mapping is not None:
            try:
                self._bound = mappings.bound(self.store, mapping)
            except SfvtuiError as error:
                self.trouble = str(error)

    def parse_filter(self, text: str) -> filters.Filter | None:
        """A filter text over mirrored fields as a tree. Raises FilterError."""
        if self.bound is None:
            raise FilterError("The object's fields are not known yet.", 1, "Pull first: p.")
        return self.bound.parse_filter(text)

    def complete_filter(self, text: str, cursor: int) -> Sequence[Suggestion]:
        """What may stand at the cursor of a filter text, of the mirrored fields."""
        from sfvtui.domain.filters.complete import complete

        if self.bound is None:
            return ()
        sobject = self.bound.sobject
        mirrored = {field.name.lower() for field in self.bound.fields}
        found = complete(text, sobject, cursor, limit=200)
        return [
            one for one in found if one.text.lower() in mirrored or not sobject.field(one.text)
        ][:50]

    def context(self) -> Context:
        """A context on a connection of its own, for the calling thread; offline."""
        if self._root is None:
            raise RuntimeError("there are no settings before the set-up")
        return self._root.fork()

    def connected(self) -> Context:
        """Like `context`, with the clients of both services, which stay logged in between jobs."""
        if self._root is None:
            raise RuntimeError("there are no settings before the set-up")
        self._root.salesforce()
        self._root.vitally()
        self._asked = True
        return self._root.fork()

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """A connection of its own, for a thread that reads."""
        with open_store(self.store.path, self.store.access.group) as store:
            store.hold_little()
            yield store

    def close(self) -> None:
        """Ends the work and closes the store."""
        self.work.close()
        self._leave_store()

    def _leave_store(self) -> None:
        if self._root is not None and self._asked:
            self._root.salesforce().close()
            self._root.vitally().close()
        self._root, self._asked = None, False
        if self._store is not None:
            self._store.close()
            self._store = None

    # --- freshness

    def changed(self) -> bool:
        """Whether another connection wrote to the store since this was last asked."""
        if self._store is None:
            return False
        now = self._store.seen_version()
        before, self._seen = self._seen, now
        return before not in (now, -1)

    def read_counts(self) -> dict[str, Any]:
        """What `status` prints, and `paused_systems`, read on a connection of its own (from any
        thread)."""
        with self.reading() as store:
            paused = [pause.words() for pause in pauses.standing(store).values()]
            return {**status(store), "paused_systems": paused}

    def take_counts(self, counts: dict[str, Any]) -> None:
        """Takes new counts; the head line shows their freshness, calls and pauses."""
        self.counts = counts
        pulled = min(counts["last_pull"][side] or "" for side in ("salesforce", "vitally"))
        calls = counts["salesforce_calls"]
        salesforce = self.health.salesforce
        if calls["limit"]:
            salesforce = replace(salesforce, used=calls["used"], limit=calls["limit"])
        self.health = replace(
            self.health,
            salesforce=salesforce,
            pulled=f"pulled {ago(pulled, self.clock())}" if pulled else "not pulled yet",
            paused=len(counts["paused"]) + len(counts.get("paused_systems", ())),
        )

    def heard(self, error: SfvtuiError | None) -> None:
        """What the last job says of the connections."""
        if self._root is not None and self._asked:
            limits = self._root.vitally().limits
            vitally = replace(self.health.vitally, used=limits.remaining, limit=limits.limit)
            self.health = replace(self.health, vitally=vitally)
        if error is None:
            self.health = replace(
                self.health,
                salesforce=replace(self.health.salesforce, state="connected"),
                vitally=replace(self.health.vitally, state="connected"),
            )
        elif isinstance(error, RemoteError):
            state = "connected"
            if isinstance(error, Unreachable):
                state = "unreachable"
            elif isinstance(error, LoginRefused):
                state = "login refused"
            side = replace(self.health.side(error.system), state=state)
            self.health = (
                replace(self.health, salesforce=side)
                if error.system == "salesforce"
                else replace(self.health, vitally=side)
            )


def _host(url: str) -> str:
    return urlsplit(url).netloc or url
