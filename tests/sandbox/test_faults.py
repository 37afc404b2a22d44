from __future__ import annotations

import threading
import time

import httpx
import pytest

from sfvtui.sandbox import faults as f
from sfvtui.sandbox.serving import running


class App:
    """Counts the requests that took effect."""

    def __init__(self):
        self.effects = []

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.effects.append((scope["method"], scope["path"], message["body"]))
        body = b'{"ok": "' + b"x" * 1000 + b'"}'
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def served():
    app, faults = App(), f.Faults()
    wrapped = f.FaultMiddleware(app, faults, lambda asked: {"did": asked["do"]})
    with running(wrapped) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield app, faults, client


@pytest.fixture(autouse=True)
def clean(served):
    app, faults, _ = served
    app.effects.clear()
    faults.clear()
    faults.exchanges.clear()


def test_without_rules_a_request_takes_effect_and_is_seen(served):
    app, faults, client = served
    assert client.post("/a?b=c", content=b"hello").status_code == 200
    assert app.effects == [("POST", "/a", b"hello")]
    # An exchange is noted when its answer has left; the next one on the connection comes after.
    client.get("/next")
    assert faults.exchanges[0].target == "/a?b=c"
    assert faults.exchanges[0].status == 200


def test_a_reset_has_no_effect(served):
    app, faults, client = served
    faults.add(f.Reset(), method="POST")
    with pytest.raises(httpx.TransportError):
        client.post("/a", content=b"x" * 100_000)
    assert app.effects == []
    assert client.post("/a").status_code == 200


def test_a_dropped_reply_takes_effect_and_nothing_is_answered(served):
    app, faults, client = served
    faults.add(f.DropReply(), path="^/a")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.post("/a")
    assert app.effects == [("POST", "/a", b"")]


def test_a_cut_body_is_a_protocol_error(served):
    _, faults, client = served
    faults.add(f.Truncate(10))
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        client.get("/a")


def test_a_rule_is_for_the_nth_match_and_so_many_times(served):
    _, faults, client = served
    faults.add(f.too_many(7), method="PATCH", body="Title", nth=2, times=2)
    sent = [client.patch("/a", content=b"Title").status_code for _ in range(4)]
    assert sent == [200, 429, 429, 200]
    assert client.patch("/a", content=b"other").status_code == 200


@pytest.mark.parametrize(
    ("action", "status", "effects"),
    [
        (f.html(502), 502, 0),
        (f.html(), 503, 0),
        (f.expired_session(), 401, 0),
        (f.redirect("http://other.invalid/"), 302, 0),
        (f.wrong_json(), 200, 1),
    ],
)
def test_answers_in_place_of_the_apps(served, action, status, effects):
    app, faults, client = served
    faults.add(action)
    answer = client.get("/a")
    assert (answer.status_code, len(app.effects)) == (status, effects)
    assert answer.text == action.body


def test_a_slow_body_arrives_whole(served):
    _, faults, client = served
    faults.add(f.Drip(0.001, 200))
    assert len(client.get("/a").content) == 1010


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_a_gate_holds_the_request_until_it_is_released(served, when, effects):
    app, faults, client = served
    with faults.hold(path="/a", when=when) as gate:
        done = []
        thread = threading.Thread(target=lambda: done.append(client.get("/a").status_code))
        thread.start()
        gate.wait()
        assert (len(app.effects), done) == (effects, [])
        gate.release()
        thread.join()
    assert (len(app.effects), done) == (1, [200])


def test_something_can_happen_just_before_the_effect(served):
    app, faults, client = served
    faults.add(f.Run(lambda: app.effects.append("first")))
    client.get("/a")
    assert app.effects == ["first", ("GET", "/a", b"")]


def test_another_process_can_add_rules_and_act_on_the_state(served):
    _, faults, client = served
    made = client.post("/__sandbox__/faults", json={"action": "html", "path": "/a"}).json()
    assert client.get("/a").status_code == 503
    assert client.get("/__sandbox__/faults").json() == [{**made, "seen": 1, "fired": 1}]
    assert client.post("/__sandbox__/state", json={"do": "it"}).json() == {"did": "it"}
    assert client.post("/__sandbox__/state", json={}).status_code == 400
    assert client.get("/__sandbox__/requests").json()[0]["status"] == 503
    assert client.delete("/__sandbox__/faults").json() == []


def test_another_process_can_hold_and_release(served):
    _, faults, client = served
    rule = client.post("/__sandbox__/faults", json={"action": "hold", "path": "/a"}).json()["rule"]
    other = httpx.Client(base_url=client.base_url, timeout=10)
    thread = threading.Thread(target=lambda: other.get("/a"))
    thread.start()
    while not client.get("/__sandbox__/faults").json()[0]["reached"]:
        pass
    client.post("/__sandbox__/release", json={"rule": rule})
    thread.join()
    other.close()


def test_a_server_stops_though_a_request_is_held():
    faults = f.Faults()
    gate = f.Hold()
    faults.add(gate)
    errors = []

    def ask(url):
        try:
            httpx.get(url, timeout=10)
        except httpx.TransportError as error:
            errors.append(error)

    began = time.monotonic()
    with running(f.FaultMiddleware(App(), faults)) as url:
        thread = threading.Thread(target=ask, args=(url,))
        thread.start()
        gate.wait()
    thread.join()
    assert errors
    assert time.monotonic() - began < 5
