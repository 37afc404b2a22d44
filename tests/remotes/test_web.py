"""The rules of the road: proxies, origins, secrets in texts, waiting, pacing, exact JSON."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sfvtui.config import NetworkSettings
from sfvtui.errors import ConfigError
from sfvtui.remotes import exact_json, web
from sfvtui.remotes.pacing import Pacer, asked_wait
from sfvtui.remotes.retry import Patience, repeat

ACME = web.origin("https://acme.my.salesforce.com")
NONE = NetworkSettings()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "LOCALHOST"])
def test_loopback_never_goes_through_a_proxy(host: str):
    target = web.origin(f"http://[{host}]:1" if ":" in host else f"http://{host}:1")
    env = {"HTTPS_PROXY": "http://proxy:1", "HTTP_PROXY": "http://proxy:1"}
    assert web.proxy_for(target, NetworkSettings(proxy="http://proxy:1"), env) is None


@pytest.mark.parametrize(
    ("env", "config", "proxy"),
    [
        ({}, "", None),
        ({"HTTPS_PROXY": "http://env:1"}, "", "http://env:1"),
        ({"https_proxy": "env:1"}, "", "http://env:1"),
        ({"HTTPS_PROXY": "http://env:1"}, "http://own:2", "http://own:2"),
        ({"HTTPS_PROXY": "http://env:1", "NO_PROXY": "salesforce.com"}, "", None),
        ({"HTTPS_PROXY": "http://env:1", "NO_PROXY": ".my.salesforce.com"}, "", None),
        ({"HTTPS_PROXY": "http://env:1", "NO_PROXY": "x, *"}, "", None),
        ({"HTTPS_PROXY": "http://env:1", "NO_PROXY": "acme.my.salesforce.com:443"}, "", None),
        ({"HTTPS_PROXY": "http://e:1", "NO_PROXY": "salesforce.com:8443"}, "", "http://e:1"),
        ({"HTTPS_PROXY": "http://e:1", "NO_PROXY": "notsalesforce.com,e.com"}, "", "http://e:1"),
        ({"HTTPS_PROXY": "http://e:1", "NO_PROXY": "force.com"}, "", "http://e:1"),
        ({"NO_PROXY": "salesforce.com"}, "http://own:2", None),
    ],
)
def test_the_proxy_is_the_configs_or_the_environments(env, config, proxy):
    assert web.proxy_for(ACME, NetworkSettings(proxy=config), env) == proxy


@pytest.mark.parametrize("proxy", ["socks5://user:s3cret@proxy:1", "http://[bad", "http://x:y"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_login(proxy: str):
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        web.proxy_for(ACME, NONE, {"HTTPS_PROXY": proxy})
    assert "s3cret" not in str(caught.value)


def test_no_proxy_may_name_a_network():
    target = web.origin("https://10.1.2.3")
    env = {"HTTPS_PROXY": "http://e:1", "NO_PROXY": "10.0.0.0/8"}
    assert web.proxy_for(target, NONE, env) is None


def test_a_redirect_stays_within_scheme_host_and_port():
    here = "https://acme.my.salesforce.com/a/b"
    assert web.redirect_target(here, "/c") == "https://acme.my.salesforce.com/c"
    assert web.redirect_target(here, "https://acme.my.salesforce.com:443/c") is not None
    for location in (
        "https://evil.example/c",
        "http://acme.my.salesforce.com/c",
        "https://acme.my.salesforce.com:444/c",
        "//evil.example",
        "javascript:x",
    ):
        assert web.redirect_target(here, location) is None


def test_an_authority_file_that_cannot_be_used_is_named():
    with pytest.raises(ConfigError, match=r"network\.ca_file"):
        web.trust(ACME, NetworkSettings(ca_file="/no/such/file.pem"))
    with pytest.raises(ConfigError, match=r"network\.ca_file"):
        web.trust(ACME, NetworkSettings(ca_file=__file__))


def test_secrets_are_taken_out_in_each_form_in_which_they_travel():
    redact = web.Redactor()
    redact.learn("p@ss w/rd", "", "abc")
    assert redact("p@ss w/rd p%40ss%20w%2Frd p%40ss+w%2Frd") == "[secret] [secret] [secret]"
    assert redact("abc in abcdef") == "[secret] in abcdef"


def test_json_keeps_every_digit_and_repairs_half_a_surrogate():
    assert exact_json.decode(b'{"a":1.10,"b":3,"c":1e3}') == {
        "a": Decimal("1.10"),
        "b": 3,
        "c": Decimal("1e3"),
    }
    assert exact_json.decode(rb'["\ud83d\ude00","x\ud83d"]') == ["\U0001f600", "x\ufffd"]
    assert (
        exact_json.encode({"a": Decimal("0.10"), "b": "\u2028"}) == b'{"a":0.10,"b":"\xe2\x80\xa8"}'
    )
    for broken in (b"<html>", b"", b'{"a":'):
        with pytest.raises(ValueError):
            exact_json.decode(broken)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.mark.parametrize("per_minute", [1, 10, 1000])
def test_no_minute_sees_more_requests_than_allowed(per_minute: int):
    clock = Clock()
    pacer = Pacer(per_minute, sleep=clock.sleep, clock=clock)
    sent = []
    for _ in range(3 * per_minute):
        pacer.before()
        sent.append(clock.now)
    for start in sent:
        assert sum(start <= at < start + 60 - 1e-6 for at in sent) <= per_minute


def test_headers_of_an_answer_slow_the_next_request_down():
    clock = Clock()
    pacer = Pacer(1000, sleep=clock.sleep, clock=clock)
    pacer.heed({"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "12"})
    clock.now += 2
    pacer.before()
    assert clock.slept == pytest.approx(10)
    pacer.heed({"RateLimit-Limit": "100", "RateLimit-Remaining": "99"})
    pacer.before()
    assert clock.slept == pytest.approx(10)


def test_the_wait_that_a_429_asks_for_is_bounded():
    assert asked_wait({"RateLimit-Reset": "7"}) == 7
    assert asked_wait({"Retry-After": "9"}) == 9
    assert asked_wait({"RateLimit-Reset": "99999"}) == 60
    assert asked_wait({}) == 0


def test_waits_grow_and_their_sum_is_bounded():
    waits: list[float] = []

    def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        repeat(
            fail,
            passing=lambda _: 0.0,
            sleep=waits.append,
            patience=Patience(attempts=50, total=20.0),
            jitter=lambda: 1.0,
        )
    assert waits == [0.5, 1, 2, 4, 8]


def test_what_does_not_pass_is_raised_at_once():
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        repeat(fail, passing=lambda _: None, sleep=lambda _: None)
    assert len(calls) == 1
