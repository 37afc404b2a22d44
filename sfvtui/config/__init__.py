"""The config: TOML to typed settings and back."""

from __future__ import annotations

from sfvtui.config.first import (
    ASKED,
    first_config,
    salesforce_address,
    salesforce_settings,
    save_first,
    vitally_place,
    vitally_settings,
)
from sfvtui.config.load import config_path, load
from sfvtui.config.mapping import KEYS as MAPPING_KEYS
from sfvtui.config.mapping import mapping_toml, mapping_warnings, parse_mapping
from sfvtui.config.save import save_mapping
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
    "ASKED",
    "MAPPING_KEYS",
    "Auth",
    "EventSettings",
    "NetworkSettings",
    "SalesforceSettings",
    "Settings",
    "StoreSettings",
    "SyncSettings",
    "VitallySettings",
    "config_path",
    "first_config",
    "load",
    "mapping_toml",
    "mapping_warnings",
    "parse_mapping",
    "salesforce_address",
    "salesforce_settings",
    "save_first",
    "save_mapping",
    "vitally_place",
    "vitally_settings",
]
