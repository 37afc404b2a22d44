"""Reading a config file: which one, and what it says."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfvtui import paths
from sfvtui.config.mapping import KEYS as MAPPING_KEYS
from sfvtui.config.mapping import mapping_toml, mapping_warnings, read_mapping
from sfvtui.config.settings import (
    DAY_SECONDS,
    Auth,
    EventSettings,
    NetworkSettings,
    SalesforceSettings,
    Settings,
    StoreSettings,
    SyncSettings,
    VitallySettings,
)
from sfvtui.config.tables import ROOT, Table, check_keys, parse_toml
from sfvtui.errors import ConfigError
from sfvtui.secrets import is_reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS: dict[str, tuple[str, ...]] = {
    ROOT: ("store", "salesforce", "vitally", "sync", "network", "events", "mapping"),
    "store": ("path", "group"),
    "salesforce": (
        "auth",
        "instance_url",
        "client_id",
        "client_secret",
        "username",
        "password",
        "security_token",
        "private_key",
        "access_token",
        "api_version",
        "daily_calls_reserve",
    ),
    "vitally": ("subdomain", "region", "base_url", "api_key", "requests_per_minute"),
    "sync": ("read_only", "max_changes", "max_blanks", "max_vanished", "full_pull_every"),
    "network": ("proxy", "ca_file"),
    "events": ("command", "webhook"),
    **MAPPING_KEYS,
}
SECRETS = (
    "salesforce.client_secret",
    "salesforce.password",
    "salesforce.security_token",
    "salesforce.private_key",
    "salesforce.access_token",
    "vitally.api_key",
    "events.webhook",
)
# The OAuth flows' parameters (OAuth 2.0 flows, "OAuth and Connected Apps"). The password flow's
# security token and client secret can be unnecessary, so an org's own rules decide on those.
_NEEDED = {
    Auth.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    Auth.JWT: ("client_id", "username", "private_key"),
    Auth.PASSWORD: ("client_id", "username", "password"),
    Auth.ACCESS_TOKEN: ("access_token",),
}
# Patterns, compiled by the first config that needs them.
_LOOPBACK = r"(?i:localhost|127(\.\d{1,3}){3}|::1)"
_SUBDOMAIN = r"(?i:[a-z0-9]([a-z0-9-]*[a-z0-9])?)"
_API_VERSION = r"\d{2,3}\.0"


def config_path(path: Path | None, env: Mapping[str, str]) -> Path:
    """The config's place: the one named, else `SFVTUI_CONFIG`, else the XDG place."""
    if path is not None:
        return paths.expand(str(path), env)
    named = env.get("SFVTUI_CONFIG")
    return paths.expand(named, env) if named else paths.config_file(env)


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """The settings of the config at `config_path(path, env)`; no secret is resolved.

    Raises ConfigError, which names the file, the key, what was found and what was expected.
    """
    file = config_path(path, env)
    settings = settings_of(_read(file), file, env)
    return settings._replace(warnings=(*_readable_by_others(file), *settings.warnings))


def settings_of(text: str, file: Path, env: Mapping[str, str]) -> Settings:
    """The settings of a config's text, as they will be once it stands in `file`. As `load`."""
    raw = parse_toml(text, str(file))
    check_keys(raw, KEYS, str(file))
    root = Table(raw, str(file))
    folder = file.absolute().parent
    mapping = read_mapping(root.table("mapping")) if "mapping" in raw else None
    return Settings(
        path=file,
        store=_store(root.table("store"), folder, env),
        salesforce=read_salesforce(root.table("salesforce"), folder, env),
        vitally=read_vitally(root.table("vitally"), folder, env),
        sync=_sync(root.table("sync")),
        network=_network(root.table("network"), folder, env),
        events=_events(root.table("events"), folder, env),
        mapping=mapping,
        mapping_text=mapping_toml(mapping) if mapping else "",
        warnings=(
            *_secrets_in_the_clear(raw, file),
            *(mapping_warnings(mapping) if mapping else ()),
        ),
    )


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode().removeprefix("\ufeff")
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no config at {file}.",
            "Run sfvtui in a terminal to set it up, name one with --config or SFVTUI_CONFIG, "
            "or look round first with sfvtui demo.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: this is not UTF-8 text (byte {error.start}).") from error
    except OSError as error:
        raise ConfigError(f"{file}: the config cannot be read: {error.strerror}.") from error


def _store(table: Table, folder: Path, env: Mapping[str, str]) -> StoreSettings:
    named = table.text("path", "", expected="the store's path")
    path = folder / paths.expand(named, env) if named else paths.store_file(env)
    return StoreSettings(path, table.text("group", "", expected="a group of this host"))


def read_salesforce(table: Table, folder: Path, env: Mapping[str, str]) -> SalesforceSettings:
    """The settings of the table `[salesforce]`; `folder` is the config's."""
    auth = table.word("auth", Auth, Auth.CLIENT_CREDENTIALS)
    url = table.text("instance_url", expected='an address such as "https://acme.my.salesforce.com"')
    for key in _NEEDED[auth]:
        if not table.has(key):
            table.missing(key, f'it with auth = "{auth}"')
    return SalesforceSettings(
        auth=auth,
        instance_url=_address(table, "instance_url", url),
        client_id=table.text("client_id", ""),
        client_secret=_secret(table, "client_secret", folder, env),
        username=table.text("username", ""),
        password=_secret(table, "password", folder, env),
        security_token=_secret(table, "security_token", folder, env),
        private_key=_secret(table, "private_key", folder, env),
        access_token=_secret(table, "access_token", folder, env),
        api_version=_api_version(table),
        daily_calls_reserve=table.share("daily_calls_reserve", 0.2),
    )


def read_vitally(table: Table, folder: Path, env: Mapping[str, str]) -> VitallySettings:
    """The settings of the table `[vitally]`; `folder` is the config's."""
    base_url = _vitally_address(table)
    if not table.has("api_key"):
        table.missing("api_key", 'a reference to the key, such as "env:SFVTUI_VITALLY_KEY"')
    return VitallySettings(
        base_url=base_url,
        api_key=_secret(table, "api_key", folder, env),
        requests_per_minute=table.whole("requests_per_minute", 1000, least=1),
    )


def _vitally_address(table: Table) -> str:
    """Vitally's base URL. Source: Vitally's REST API overview (US by subdomain, one EU host)."""
    subdomain, region = table.text("subdomain", ""), table.text("region", "")
    base_url = table.text("base_url", "")
    if base_url:
        if subdomain or region:
            table.refuse("base_url", "give either base_url, or subdomain or region.")
        return _address(table, "base_url", base_url)
    if region not in ("", "us", "eu"):
        table.wrong("region", '"eu" or "us"')
    if region == "eu":
        return "https://rest.vitally-eu.io"
    if not subdomain:
        table.missing("subdomain", 'it, or region = "eu", or base_url')
    if re.fullmatch(_SUBDOMAIN, subdomain) is None:
        table.wrong("subdomain", 'the first part of your Vitally address, such as "acme"')
    return f"https://{subdomain.lower()}.rest.vitally.io"


def _sync(table: Table) -> SyncSettings:
    return SyncSettings(
        read_only=table.flag("read_only", default=False),
        max_changes=table.whole("max_changes", 1000),
        max_blanks=table.whole("max_blanks", 50),
        max_vanished=table.share("max_vanished", 0.1),
        full_pull_every=table.duration("full_pull_every", DAY_SECONDS),
    )


def _network(table: Table, folder: Path, env: Mapping[str, str]) -> NetworkSettings:
    proxy, ca_file = table.text("proxy", ""), table.text("ca_file", "")
    if proxy:
        parts = _split(proxy)
        if parts is None or parts[0] not in ("http", "https"):
            table.wrong("proxy", 'a proxy\'s address such as "http://proxy.acme.example:8080"')
    if ca_file:
        ca_file = str(folder / paths.expand(ca_file, env))
    return NetworkSettings(proxy=proxy, ca_file=ca_file)


def _events(table: Table, folder: Path, env: Mapping[str, str]) -> EventSettings:
    command = table.text("command", "", expected="a command", secret=True)
    if command:
        import shlex

        try:
            words = shlex.split(command)
        except ValueError:
            table.refuse("command", "its quotes are not closed.", "It is run without a shell.")
        if not words:
            table.refuse("command", "it names no program.", "It is run without a shell.")
    webhook = _secret(table, "webhook", folder, env)
    if webhook and not is_reference(webhook):
        # The address itself is a secret: an error does not show it.
        parts = _split(webhook)
        if parts is None or (parts[0] != "https" and not _on_loopback(parts)):
            table.refuse(
                "webhook",
                "found another text, expected an address that begins with https:// (http:// is for "
                'this machine\'s own addresses only), or a reference such as "env:NAME".',
            )
    return EventSettings(command, webhook)


def _on_loopback(parts: tuple[str, str]) -> bool:
    return parts[0] == "http" and re.fullmatch(_LOOPBACK, parts[1]) is not None


def _address(table: Table, key: str, url: str) -> str:
    """The address without a slash at its end: https, or http on loopback."""
    parts = _split(url)
    bare = parts is not None and not any(mark in url for mark in "?#@")
    if parts is None or not bare or parts[0] not in ("http", "https"):
        table.wrong(key, "an address that begins with https:// and a host's name")
    if parts[0] == "http" and not _on_loopback(parts):
        table.wrong(key, "https:// (http:// is for this machine's own addresses only)")
    return url.rstrip("/")


def _split(url: str) -> tuple[str, str] | None:
    """Scheme and host of an address, or None where it has none or a port that is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return (parts.scheme.lower(), parts.hostname) if parts.hostname else None


def _secret(table: Table, key: str, folder: Path, env: Mapping[str, str]) -> str:
    """The reference; that of a file is made whole, from the config's folder."""
    reference = table.text(key, "", expected='a reference such as "env:NAME"', secret=True)
    kind, colon, name = reference.partition(":")
    if kind == "file" and name:
        return f"{kind}{colon}{folder / paths.expand(name, env)}"
    return reference


def _api_version(table: Table) -> str | None:
    if not table.has("api_version"):
        return None
    expected = 'a version as text, such as "62.0"'
    version = table.text("api_version", expected=expected)
    if re.fullmatch(_API_VERSION, version) is None:
        table.wrong("api_version", expected)
    return version


def _readable_by_others(file: Path) -> list[str]:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return [f"{file} can be read by others: chmod 600 {file}"]
    return []


def _secrets_in_the_clear(raw: dict[str, Any], file: Path) -> list[str]:
    found = []
    for dotted in SECRETS:
        table, _, key = dotted.partition(".")
        value = raw.get(table, {}).get(key, "")
        if value and not is_reference(value):
            variable = "SFVTUI_VITALLY_KEY" if table == "vitally" else f"SFVTUI_{key.upper()}"
            found.append(
                f"{file}: {dotted} stands there in the clear: move it into a file that only you "
                f'can read and write "file:PATH" instead, or "env:{variable}", '
                '"keyring:SERVICE/NAME" or "cmd:COMMAND".'
            )
    return found
