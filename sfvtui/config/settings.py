"""The settings as values, with their defaults.

Those that hold secrets do not show what they hold.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from sfvtui.domain.mapping import Mapping

DAY_SECONDS = 86_400


class Auth(StrEnum):
    """How to log in to Salesforce."""

    CLIENT_CREDENTIALS = "client-credentials"
    JWT = "jwt"
    PASSWORD = "password"  # noqa: S105 - the name of a way to log in
    ACCESS_TOKEN = "access-token"  # noqa: S105 - the name of a way to log in


class StoreSettings(NamedTuple):
    """Where the mirror lies, and the group that shares it ('': it is its owner's alone)."""

    path: Path
    group: str = ""


class SalesforceSettings(NamedTuple):
    """How to reach and log in to Salesforce.

    The fields from `client_secret` on, but `username`, hold references to secrets (or, against
    advice, the secrets). `daily_calls_reserve` is a share (0 to 1) of the org's daily calls that
    stays unused.
    """

    auth: Auth
    instance_url: str
    client_id: str = ""
    client_secret: str = ""
    username: str = ""
    password: str = ""
    security_token: str = ""
    private_key: str = ""
    access_token: str = ""
    api_version: str | None = None
    daily_calls_reserve: float = 0.2

    def __repr__(self) -> str:
        """Where it is, not what it holds."""
        return object.__repr__(self)


class VitallySettings(NamedTuple):
    """How to reach Vitally's REST API. `api_key` is a reference to the secret."""

    base_url: str
    api_key: str
    requests_per_minute: int = 1000

    def __repr__(self) -> str:
        """Where it is, not what it holds."""
        return object.__repr__(self)


class SyncSettings(NamedTuple):
    """The guards. `max_vanished` is a share (0 to 1); 0 is no limit; `full_pull_every` seconds."""

    read_only: bool = False
    max_changes: int = 1000
    max_blanks: int = 50
    max_vanished: float = 0.1
    full_pull_every: int = DAY_SECONDS


class NetworkSettings(NamedTuple):
    """A proxy (URL, '' for none) and a file of certificate authorities besides the system's."""

    proxy: str = ""
    ca_file: str = ""


class EventSettings(NamedTuple):
    """Whom to tell of a change of state: a command (run without a shell) and a webhook's address.

    Both may hold what nobody should read; `webhook` may be a reference to a secret.
    """

    command: str = ""
    webhook: str = ""

    def __repr__(self) -> str:
        """Where it is, not what it holds."""
        return object.__repr__(self)


class Settings(NamedTuple):
    """Everything a config says. `mapping_text` is the mapping's own TOML, in one fixed form."""

    path: Path | None
    store: StoreSettings
    salesforce: SalesforceSettings
    vitally: VitallySettings
    sync: SyncSettings = SyncSettings()
    network: NetworkSettings = NetworkSettings()
    events: EventSettings = EventSettings()
    mapping: Mapping | None = None
    mapping_text: str = ""
    warnings: tuple[str, ...] = ()

    def with_read_only(self) -> Settings:
        """The same settings, with nothing decided, queued or sent."""
        return self._replace(sync=self.sync._replace(read_only=True))
