"""The demo's mapping, and a config that connects to the sandbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sfvtui.config import parse_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from sfvtui.domain.mapping import Mapping

MAPPING_TOML = """\
[mapping]
object = "Contact"
scope = ''

[mapping.match]                             # which user is this contact?
by = "external-id"
field = "Product_User_Id__c"

[mapping.create]                            # which contacts may become users?
allowed = true
filter = 'Title contains "VP"'

[mapping.account]                           # which Vitally account does a contact belong to?
field = "AccountId"
equals = "sfdc.Id"

[[mapping.fields]]                          # what is kept equal on both sides
field = "Title"
editable = true

[[mapping.fields]]
field = "Phone"
editable = true

[[mapping.fields]]
field = "Name"
trait = "name"

[[mapping.fields]]
field = "Email"
trait = "email"
editable = true

[[mapping.fields]]
field = "NPS__c"
editable = true
on_conflict = "salesforce"

[[mapping.fields]]
field = "Last_QBR__c"

[[mapping.fields]]
field = "Tags__c"
editable = true

[[mapping.fields]]
field = "Role__c"
editable = true
values = { "Decision Maker" = "decision_maker", "Economic Buyer" = "economic_buyer" }

[[mapping.fields]]
field = "Opted_In__c"
editable = true
on_conflict = "vitally"

[[mapping.fields]]
field = "Spend__c"

[[mapping.fields]]
field = "Last_Seen__c"

[[mapping.fields]]
field = "Account.Name"
trait = "sfdc.AccountName"

[[mapping.fields]]
field = "Account_Industry__c"

[[mapping.fields]]
field = "Notes__c"
editable = true
blanks = { to_vitally = "never", to_salesforce = "never" }

[[mapping.fields]]
field = "Logins__c"
editable = true
on_conflict = "newest"

[[mapping.fields]]
field = "Discount__c"

[[mapping.fields]]
field = "Profile__c"

[[mapping.fields]]
field = "Channel__c"

[[mapping.fields]]
field = "Standup__c"

[[mapping.fields]]
field = "Sponsor__c"

[[mapping.fields]]
field = "Signature__c"

[[mapping.fields]]
field = "Id"
"""


def demo_mapping() -> Mapping:
    """The mapping of MAPPING_TOML: a pair of every type that a mapping supports."""
    return parse_mapping(MAPPING_TOML)


def config_text(
    folder: Path, salesforce_url: str, vitally_url: str, client_id: str, mapping: str = MAPPING_TOML
) -> str:
    """A whole config.toml for a sandbox; its secrets are files in `folder` (`secret_files`)."""
    return f"""\
# Written for the sandbox: local servers, no real data.

[store]
path = {json.dumps(str(folder / "store.db"))}

[salesforce]
auth = "client-credentials"
instance_url = {json.dumps(salesforce_url)}
client_id = {json.dumps(client_id)}
client_secret = {json.dumps(f"file:{folder / 'salesforce.secret'}")}

[vitally]
base_url = {json.dumps(vitally_url)}
api_key = {json.dumps(f"file:{folder / 'vitally.secret'}")}

{mapping}"""


def write_config(
    folder: Path,
    salesforce_url: str,
    vitally_url: str,
    *,
    client_id: str,
    client_secret: str,
    vitally_key: str,
    mapping: str = MAPPING_TOML,
) -> Path:
    """Write config.toml and its two secret files into `folder` (0700, files 0600); its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / "salesforce.secret", client_secret)
    _write(folder / "vitally.secret", vitally_key)
    path = folder / "config.toml"
    _write(path, config_text(folder, salesforce_url, vitally_url, client_id, mapping))
    return path


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
