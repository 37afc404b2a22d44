"""The first config: the two connections as people give them, and the file that keeps them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sfvtui import paths
from sfvtui.config.load import read_salesforce, read_vitally, settings_of
from sfvtui.config.mapping import mapping_toml
from sfvtui.config.settings import Auth
from sfvtui.config.tables import Table
from sfvtui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingOf
    from pathlib import Path

    from sfvtui.config.settings import SalesforceSettings, Settings, VitallySettings
    from sfvtui.domain.mapping import Mapping

ASKED: dict[Auth, tuple[str, ...]] = {
    Auth.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    Auth.JWT: ("client_id", "username", "private_key"),
    Auth.PASSWORD: ("client_id", "client_secret", "username", "password", "security_token"),
    Auth.ACCESS_TOKEN: ("access_token",),
}
"""The keys of [salesforce] that each way to log in wants, in the order to ask for them."""

_SECRET_KEYS = ("client_secret", "private_key", "password", "security_token", "access_token")
_COMMENTS = {
    "auth": 'or "jwt", "password", "access-token"',
    "client_id": "the app's consumer key",
    "subdomain": "as in https://acme.vitally.io",
    "region": "the shared host of workspaces in the EU",
    "api_key": "the REST API key",
}
_COMMENT_COLUMN = 45
_MY_DOMAIN = re.compile(
    r"(?P<name>[\w-]+(?:\.sandbox|\.develop|\.scratch)?)"
    r"\.(?:lightning\.force|my\.salesforce|my\.salesforce-setup)\.com",
    re.IGNORECASE,
)
_US_HOST = re.compile(r"(?P<name>[a-z0-9-]+)\.(?:rest\.)?vitally\.io", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9-]+", re.IGNORECASE)


def salesforce_address(text: str) -> str:
    """What people paste for Salesforce, as `salesforce.instance_url`.

    A My Domain's name, its host, or the address of any of its pages becomes the address that the
    REST API has there; anything else stays as it is. Source: Salesforce help, My Domain URL
    formats.
    """
    given = text.strip()
    host = _host(given)
    found = _MY_DOMAIN.fullmatch(host)
    if found is not None:
        return f"https://{found['name'].lower()}.my.salesforce.com"
    if _WORD.fullmatch(given):
        return f"https://{given.lower()}.my.salesforce.com"
    if given and "://" not in given:
        return f"https://{given}"
    return given


def vitally_place(text: str) -> dict[str, str]:
    """What people paste for Vitally, as one key of [vitally]: subdomain, region or base_url.

    Source: Vitally's REST API overview (US workspaces by their subdomain, one host for the EU).
    """
    given = text.strip()
    host = _host(given)
    found = _US_HOST.fullmatch(host)
    if given.lower() == "eu" or host.endswith("vitally-eu.io"):
        return {"region": "eu"}
    if found is not None:
        return {"subdomain": found["name"].lower()}
    if given and "://" not in given and ":" not in given and "." not in given:
        return {"subdomain": given.lower()}
    if given and "://" not in given:
        return {"base_url": f"https://{given}"}
    return {"base_url": given}


def salesforce_settings(
    answers: MappingOf[str, str], folder: Path, env: MappingOf[str, str]
) -> SalesforceSettings:
    """The settings of these keys of [salesforce], none of them saved; `folder` will be the config's.

    Raises ConfigError, which names the key, what was found and what was expected.
    """
    table = Table({k: v for k, v in answers.items() if v}, "the set-up", "salesforce")
    return read_salesforce(table, folder, env)


def vitally_settings(
    answers: MappingOf[str, str], folder: Path, env: MappingOf[str, str]
) -> VitallySettings:
    """The settings of these keys of [vitally]; as `salesforce_settings`."""
    table = Table({k: v for k, v in answers.items() if v}, "the set-up", "vitally")
    return read_vitally(table, folder, env)


def first_config(
    salesforce: MappingOf[str, str], vitally: MappingOf[str, str], mapping: Mapping
) -> str:
    """The text of a whole config.toml with these answers, and comments that say what can change."""
    store = '# path = "~/.local/share/sfvtui/store.db"'
    return "\n".join(
        [
            "# sfvtui's config. docs/config.md explains every key; config.toml.example shows them.",
            "#",
            '# A secret is a reference: "env:NAME", "file:PATH", "keyring:SERVICE/NAME" or',
            '# "cmd:COMMAND".',
            "",
            "[store]",
            _commented(store, "the mirror, one file per object"),
            "",
            "[salesforce]",
            *_lines(salesforce, ("auth", "instance_url", "client_id", "username", *_SECRET_KEYS)),
            _commented("daily_calls_reserve = 0.2", "the share of the org's daily calls to leave"),
            "",
            "[vitally]",
            *_lines(vitally, ("subdomain", "region", "base_url", "api_key")),
            "",
            "[sync]",
            _commented("read_only = false", "true: look, and send nothing"),
            _commented("max_changes = 1000", "a push of more updates asks first; 0: no limit"),
            _commented("max_blanks = 50", "likewise for values that would become blank"),
            _commented("max_vanished = 0.1", "likewise after this share of the links vanished"),
            _commented('full_pull_every = "24h"', "reads everything again (deletions, formulas)"),
            "",
            "# The four questions. The screen Mapping shows what each answer does before it is",
            "# saved, and rewrites everything from here on: keep other tables above.",
            mapping_toml(mapping),
        ]
    )


def save_first(path: Path, text: str, env: MappingOf[str, str], *, over: bool = False) -> Settings:
    """Writes a first config, whole or not at all (0600, its folder 0700); returns its settings.

    `over`: a config that is there is kept beside it as `….before`. Raises ConfigError where one
    is there and that was not said, where the text is no config, or the file cannot be written.
    """
    settings = settings_of(text, path, env)
    try:
        if path.exists():
            if not over:
                raise ConfigError(
                    f"{path}: there is a config already; it was left as it is.",
                    "Move it away, or name another place with --config.",
                )
            paths.write_private(path.with_name(f"{path.name}.before"), path.read_bytes())
        paths.write_private(path, text.encode())
    except OSError as error:
        raise ConfigError(
            f"{path}: the config was not written: {error.strerror}.",
            "Make its folder writable, or name another place with --config.",
        ) from error
    return settings


def _host(text: str) -> str:
    try:
        return (urlsplit(text if "://" in text else f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def _lines(answers: MappingOf[str, str], keys: tuple[str, ...]) -> list[str]:
    return [
        _commented(f"{key} = {_toml(answers[key])}", _COMMENTS.get(key, ""))
        for key in keys
        if answers.get(key)
    ]


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT_COLUMN}} # {comment}" if comment else line


def _toml(text: str) -> str:
    # JSON's escapes are TOML's; it leaves DEL as it is, which TOML forbids.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
