"""What the tests of several folders share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# A shell that runs the tests in the background has them ignore these; the programs that they start
# must not.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

FAST = ("domain", "mirror", "test_config.py", "test_log.py", "test_secrets.py", "test_house.py")
"""What takes seconds; `pytest -m fast` runs no more."""
ORDER = (*FAST, "remotes", "sandbox", "test_docs.py", "sync", "cli", "web", "properties", "tui")
"""Where the tests of a run begin: what is quick to fail comes first. The rest follows."""


def pytest_configure(config):
    config.addinivalue_line("markers", "fast: a test of the parts that take seconds")


def pytest_collection_modifyitems(config, items):
    """Marks the fast tests; alone, they run first. Spread over processes, the longest must not."""
    for item in items:
        if _part(item) in FAST:
            item.add_marker("fast")
    if not hasattr(config, "workerinput"):
        items.sort(key=lambda item: ORDER.index(part) if (part := _part(item)) in ORDER else 99)


def _part(item):
    """The folder or module below tests/ in which a test is."""
    return item.path.relative_to(TESTS).parts[0]


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
