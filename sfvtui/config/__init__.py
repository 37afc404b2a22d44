"""The config as every command needs it: TOML to typed settings. What writes it is imported apart."""

from __future__ import annotations

from sfvtui.config.load import config_path, load
from sfvtui.config.mapping import mapping_toml, mapping_warnings, parse_mapping
from sfvtui.config.settings import (
    Auth,
    EventSettings,
    NetworkSettings,
    SalesforceSettings,
    Settings,
    StoreSettings,
    SyncSettings,
    VitallySettings,
)

__all__ = [
    "Auth",
    "EventSettings",
    "NetworkSettings",
    "SalesforceSettings",
    "Settings",
    "StoreSettings",
    "SyncSettings",
    "VitallySettings",
    "config_path",
    "load",
    "mapping_toml",
    "mapping_warnings",
    "parse_mapping",
]
