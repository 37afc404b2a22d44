"""Who has the address has the screens, and nobody else: no other path, host, origin or network."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sfvtui.cli.web import loopback
from sfvtui.errors import UsageError


def get(served, path: str, **headers: str) -> http.client.HTTPResponse:
    """The answer, read to its end: its text is `text`."""
    where = urlsplit(served.url)
    with closing(http.client.HTTPConnection(where.hostname, where.port)) as asking:
        asking.request("GET", path, headers=headers)
        answer = asking.getresponse()
        answer.text = answer.read().decode(errors="replace")
        return answer


def status(served, path: str, **headers: str) -> int:
    return get(served, path, **headers).status


def test_the_address_is_the_key(shared):
    secret = urlsplit(shared.url).path
    assert len(secret) > 40
    assert status(shared, secret) == 200
    for path in ("/", "/ws", "/static/js/textual.js", f"{secret[:-2]}/", "/download/x"):
        assert status(shared, path) == 404


def test_a_page_of_another_site_gets_nothing(shared):
    secret = urlsplit(shared.url).path
    assert status(shared, f"{secret}ws", Origin="https://evil.example") == 403
    assert status(shared, secret, Host="evil.example") == 403
    assert status(shared, f"{secret}ws", Origin="null") == 403


def test_the_secret_is_in_no_process_list(shared):
    secret = urlsplit(shared.url).path.strip("/")
    arguments = " ".join(shared.program.args)
    assert secret not in arguments


def test_the_page_asks_nobody_else(shared):
    where = urlsplit(shared.url)
    answer = get(shared, where.path)
    named = re.findall(r"\w+://[^/\"']+", answer.text)
    assert named and set(named) <= {shared.origin, f"ws://{where.netloc}"}
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.8.8.8"])
def test_loopback_is_served(host):
    assert loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "127.0.0.1.evil.io"])
def test_any_other_host_is_refused_with_the_way_to_do_it(host):
    with pytest.raises(UsageError, match=r"not loopback.*ssh -L"):
        loopback(host)


def test_what_is_wrong_with_the_config_is_said_before_anything_is_served(tmp_path):
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    missing = str(tmp_path / "missing.toml")
    done = subprocess.run(
        [sys.executable, "-m", "sfvtui", "--config", missing, "web", "--port", "0"],
        env=env, text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no config at" in done.stderr


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6_loopback_is_served_too():
    url = []

    def announce(told):
        url.append(told)
        where = urlsplit(told)
        assert where.hostname == "::1"
        with socket.create_connection((where.hostname, where.port)):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    from sfvtui.cli.web_server import serve

    serve("true", "::1", 0, announce)
    assert url


def test_a_port_that_is_taken_is_named():
    from sfvtui.cli.web_server import serve

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} cannot be used.*--port 0"):
            serve("true", "127.0.0.1", port, print)


def test_it_ends_when_told_and_says_so_with_its_code(served):
    served.program.terminate()
    assert served.program.wait() == 0
