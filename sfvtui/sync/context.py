"""What every verb works with: settings, store, clock, actor, progress, and the two services."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from sfvtui.errors import Cancelled, ConfigError, MappingChanged, ReadOnlyError
from sfvtui.mirror import mappings
from sfvtui.mirror.store import Store, open_store

if TYPE_CHECKING:
    from sfvtui.config import Settings
    from sfvtui.domain.mapping import Mapping
    from sfvtui.remotes.salesforce import Salesforce
    from sfvtui.remotes.vitally import Vitally


class Progress(NamedTuple):
    """How far a verb is: what it does, how much is done of how much (None: not known).

    `system` is the service that it is done with, where a verb works with both at once. `ahead` are
    the seconds that what follows it will take, as far as its cost is known beforehand. `before` and
    `after` are what was done before it and comes after it, where all of it is counted as one.
    """

    what: str
    done: int = 0
    total: int | None = None
    system: str = ""
    ahead: float = 0.0
    before: int = 0
    after: int = 0


def utc_now() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC)


def iso(moment: dt.datetime) -> str:
    """An instant as ISO 8601 UTC in whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def login_user() -> str:
    """The person at the keyboard: the login user, the original one behind sudo."""
    for name in ("SUDO_USER", "LOGNAME", "USER"):
        if found := os.environ.get(name):
            return found
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id without a name, as in some containers
        return f"uid {os.getuid()}"


def _quiet(_: Progress) -> None:
    """Progress that nobody watches."""


def _never() -> bool:
    return False


@dataclass(eq=False, repr=False)
class Context:
    """One connection to the store and the services, for one thread."""

    settings: Settings
    store: Store
    actor: str = field(default_factory=login_user)
    clock: Callable[[], dt.datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[Progress], None] = _quiet
    cancelled: Callable[[], bool] = _never
    log: Callable[[str], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
    """Takes a sentence for the person, such as what a verb will cost."""
    ruled: list[int] | None = None
    """Takes the numbers of the links that the rule makes during an act of a person."""
    fitted: tuple[int, str | None] | None = None
    """What `mappings.fitted` said when the store was last found, or made, to fit this mapping."""
    _salesforce: Salesforce | None = None
    _vitally: Vitally | None = None
    _borrows: bool = False
    """Whether the services are another context's, which closes them."""

    @classmethod
    def open(cls, settings: Settings) -> Context:
        """A context on the settings' store."""
        return cls(settings, open_store(settings.store.path, settings.store.group))

    def fork(self) -> Context:
        """The same on a connection of its own, for another thread; the services are shared, and
        each is used by one thread at a time."""
        store = open_store(self.store.path, self.store.access.group)
        store.waits = self.store.waits
        return Context(
            self.settings, store, self.actor, self.clock, self.sleep, self.progress,
            self.cancelled, self.log, self.note, None, self.fitted, self._salesforce, self._vitally,
            _borrows=True,
        )  # fmt: skip

    def close(self) -> None:
        """Closes the connection to the store, and the services where they are this context's."""
        self.store.close()
        if not self._borrows:
            self.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> str:
        """The present instant as ISO 8601 UTC."""
        return iso(self.clock())

    @property
    def mapping(self) -> Mapping:
        """The config's mapping. Raises ConfigError where there is none."""
        if self.settings.mapping is None:
            raise ConfigError(
                f"{self.settings.path or 'The config'} has no [mapping].",
                "Answer the four questions with `sfvtui` or `sfvtui init`.",
            )
        return self.settings.mapping

    @contextlib.contextmanager
    def one_mapping(self) -> Iterator[None]:
        """While the block runs, nothing is written to the store once another process has made it fit
        another mapping than this context found: MappingChanged is raised instead."""
        with self.store.guarded(self._refuse_another_mapping):
            yield

    def _refuse_another_mapping(self) -> None:
        if self.fitted is not None and mappings.fitted(self.store) != self.fitted:
            raise MappingChanged

    def salesforce(self) -> Salesforce:
        """The Salesforce client (made on first use; it logs in at its first call)."""
        if self._salesforce is None:
            from sfvtui.remotes.salesforce import Salesforce
            from sfvtui.secrets import resolve_secret

            self._salesforce = Salesforce(
                self.settings.salesforce,
                self.settings.network,
                secret=resolve_secret,
                log=self.log,
                sleep=self.sleep,
            )
        return self._salesforce

    def vitally(self) -> Vitally:
        """The Vitally client (made on first use)."""
        if self._vitally is None:
            from sfvtui.remotes.vitally import Vitally
            from sfvtui.secrets import resolve_secret

            self._vitally = Vitally(
                self.settings.vitally,
                self.settings.network,
                secret=resolve_secret,
                log=self.log,
                sleep=self.sleep,
            )
        return self._vitally

    def disconnect(self) -> None:
        """Forgets both clients: the next call makes new ones, which log in anew."""
        for client in (self._salesforce, self._vitally):
            if client is not None:
                client.close()
        self._salesforce = self._vitally = None

    def stop_if_cancelled(self) -> None:
        """Raises Cancelled where the person has stopped the verb."""
        if self.cancelled():
            raise Cancelled("Stopped.", "What was not done stays queued.")

    def refuse_if_read_only(self, act: str) -> None:
        """Raises ReadOnlyError for an act that decides, queues or sends, in read-only mode."""
        if self.settings.sync.read_only:
            raise ReadOnlyError(
                f"Read-only: {act} is refused.", "Start without --read-only to do it."
            )
