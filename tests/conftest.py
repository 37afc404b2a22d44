"""What the tests of several folders share."""

from __future__ import annotations

import signal

import pytest

# A shell that runs the tests in the background has them ignore these; the programs that they start
# must not.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

OFFLINE = """\
[store]
path = "store.db"

[salesforce]
instance_url = "https://acme.my.salesforce.com"
client_id = "x"
client_secret = "env:SFVTUI_TEST_SECRET_THAT_IS_NOT_SET"

[vitally]
subdomain = "acme"
api_key = "env:SFVTUI_TEST_SECRET_THAT_IS_NOT_SET"

[mapping]
object = "Contact"

[mapping.match]
field = "Product_User_Id__c"

[[mapping.fields]]
field = "Title"
editable = true
"""


@pytest.fixture
def offline_config(tmp_path):
    """A config whose services cannot be reached and whose secrets cannot be resolved."""
    path = tmp_path / "config.toml"
    path.write_text(OFFLINE, encoding="utf-8")
    path.chmod(0o600)
    return path
