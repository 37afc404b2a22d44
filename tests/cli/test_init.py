"""init: both connections tested at once, nothing saved before the end, a config that works."""

from __future__ import annotations

import re
import stat

import pexpect
import pytest

from sfvtui.config import load
from sfvtui.sandbox.serve import Sandbox

SECONDS = 60


@pytest.fixture
def place(home):
    """Where the config goes that nobody names."""
    return home / ".config" / "sfvtui" / "config.toml"


def options(sandbox: Sandbox, **changed: str) -> list[str]:
    folder = sandbox.config_path.parent
    given = {
        "salesforce-url": sandbox.salesforce_url,
        "client-id": sandbox.org.credentials.client_id,
        "client-secret": f"file:{folder / 'salesforce.secret'}",
        "vitally-url": sandbox.vitally_url,
        "vitally-key": f"file:{folder / 'vitally.secret'}",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    words = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return ["init", "--non-interactive", *words]


# --- without questions ----------------------------------------------------------------------------


def test_a_config_is_written_that_works_at_once(bare, sandbox, place):
    ended = bare.ok(*options(sandbox))
    assert str(place) in ended.stdout
    assert "Next: sfvtui doctor, then sfvtui pull" in ended.stdout
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert load(place, {}).warnings == ()
    assert bare("doctor").code == 0
    assert bare.ok("pull", "--json").json["salesforce"]["read"] > 0
    assert bare.ok("status", "--json").json["states"]["linked"] > 0


def test_the_first_mapping_sends_nothing_but_what_vitally_lacks(bare, sandbox, place):
    bare.ok(*options(sandbox))
    mapping = load(place, {}).mapping
    assert mapping.object == "Contact"
    assert mapping.match.field == "Product_User_Id__c"
    assert mapping.account.equals == "sfdc.Id"
    assert not mapping.create.allowed
    assert not any(pair.editable for pair in mapping.pairs)
    bare.ok("pull")
    assert all(line["system"] == "vitally" for line in bare.ok("plan", "--json").lines)


def test_json_tells_what_was_found(bare, sandbox, place):
    report = bare.ok(*options(sandbox), "--json").json
    assert report["config"] == str(place)
    assert report["records"] == len(sandbox.org.rows["Contact"])
    assert report["tried"][0]["rule"] == "Product_User_Id__c = externalId"
    assert report["tried"][0]["matched"] > 0
    assert report["next"] == ["sfvtui doctor", "sfvtui pull"]


def test_another_place_is_named_in_what_comes_next(bare, sandbox, tmp_path):
    path = tmp_path / "other place" / "acme.toml"
    ended = bare.ok("--config", str(path), *options(sandbox))
    assert f"sfvtui --config '{path}' pull" in ended.stdout
    assert path.exists()


def test_a_custom_object(bare, sandbox, place):
    bare.ok(*options(sandbox, object="Member__c"))
    mapping = load(place, {}).mapping
    assert mapping.object == "Member__c"
    assert mapping.match.field == "Login__c"
    assert mapping.account.field == "Account__c"
    bare.ok("pull")


def test_a_config_that_is_there_is_left_alone(bare, sandbox, place):
    bare.ok(*options(sandbox))
    before = place.read_bytes()
    ended = bare(*options(sandbox, object="Member__c"))
    assert ended.code == 3 and ended.last == "stopped: confirmation"
    assert place.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"client_id": "wrong"}, 1, "Check salesforce.client_id"),
        ({"client_secret": "env:SFVTUI_NOT_SET"}, 2, "SFVTUI_NOT_SET is not set"),
        ({"vitally_url": "http://127.0.0.1:9"}, 1, "127.0.0.1:9"),
        ({"salesforce_url": "http://acme.example"}, 2, "salesforce.instance_url"),
        ({"object": "Nonsense__c"}, 2, "'Nonsense__c'"),
        ({"object": "Contcat"}, 2, "Did you mean Contact?"),
        ({"object": "Member_c"}, 2, "Did you mean Member__c?"),
        ({"client_secret": ""}, 2, "--client-secret"),
        ({"vitally_url": "", "vitally_key": ""}, 2, "--vitally-subdomain or --vitally-url"),
    ],
    ids=str,
)
def test_what_does_not_work_is_said_and_nothing_is_saved(
    bare, sandbox, place, changed, code, words
):
    ended = bare(*options(sandbox, **changed))
    assert ended.code == code
    assert words in ended.stderr
    assert not place.exists()


def test_a_wrong_key_of_vitally(bare, sandbox, place, tmp_path):
    wrong = tmp_path / "wrong.secret"
    wrong.write_text("sk_live_wr0ng")
    ended = bare(*options(sandbox, vitally_key=f"file:{wrong}"))
    assert ended.code == 1 and "Check vitally.api_key" in ended.stderr
    assert "sk_live_wr0ng" not in ended.stdout + ended.stderr
    assert not place.exists()


def test_a_secret_itself_is_refused_and_not_repeated(bare, sandbox, place):
    ended = bare(*options(sandbox, client_secret="s3cret-in-the-clear"))
    assert ended.code == 2
    assert "env:NAME" in ended.stderr and "s3cret-in-the-clear" not in ended.stderr
    assert not place.exists()


def test_without_a_terminal_it_needs_the_options(bare):
    ended = bare("init")
    assert ended.code == 2 and "--non-interactive" in ended.stderr


# --- at a terminal --------------------------------------------------------------------------------


class Terminal:
    """init at a terminal: `says(question, answer)` waits for the one and types the other."""

    def __init__(self, program, *arguments: str, columns: int = 160, **env: str) -> None:
        words = program.command("init", *arguments)
        self.shown = ""
        self.child = pexpect.spawn(
            words[0], words[1:], env=program.env(**env), encoding="utf-8", timeout=SECONDS,
            dimensions=(40, columns),
        )  # fmt: skip

    def says(self, question: str, answer: str | None = None) -> None:
        self.child.expect(question)
        self.shown += self.child.before + self.child.after
        if answer is not None:
            self.child.sendline(answer)

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.shown += self.child.before
        self.child.close()
        return self.child.exitstatus


def secrets(sandbox: Sandbox) -> tuple[str, str]:
    return sandbox.org.credentials.client_secret, min(sandbox.workspace.keys)


def test_questions_end_their_lines_between_words(bare, sandbox):
    at = Terminal(bare, columns=40)
    at.says("Address", sandbox.salesforce_url)
    at.says(r"How to log in \(.*\]: ")
    lines = at.child.after.splitlines()
    assert len(lines) > 1 and all(len(line) < 40 for line in lines)
    assert "client-credentials," in " ".join(lines)
    at.child.close(force=True)


def test_paste_test_next(bare, sandbox, place):
    secret, key = secrets(sandbox)
    at = Terminal(bare)
    at.says("Address", sandbox.salesforce_url)
    at.says("How to log in", "")
    at.says("Client id", "wrong")
    at.says("Client secret", "")
    at.says("not shown", secret)
    at.says("invalid_client_id.*Again")
    at.says("Address", "")
    at.says("How to log in", "")
    at.says("Client id", sandbox.org.credentials.client_id)
    at.says("Client secret", "")
    at.says("ok: ")
    at.says("Subdomain", sandbox.vitally_url)
    at.says("API key", "s3cret-in-the-clear")
    at.says("is no reference")
    at.says("API key", "paste")
    at.says("not shown", key)
    at.says("ok: ")
    at.says("Object", "? memb")
    at.says("Member__c")
    at.says("Object", "Contcat")
    at.says("no object 'Contcat'")
    at.says("Object", "")
    at.says(r"Product_User_Id__c = externalId: finds \d+ of \d+ users")
    at.says(r"Write .*\[yes/no\]")
    assert not place.parent.exists()
    at.child.sendline("yes")
    at.says("Next: ")
    assert at.ends() == 0
    assert secret not in at.shown and key not in at.shown
    text = place.read_text()
    assert secret not in text and key not in text
    for name, kept in (("salesforce-client-secret", secret), ("vitally-api-key", key)):
        file = place.parent / name
        assert file.read_text() == f"{kept}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    bare.ok("pull")


def test_nothing_is_saved_by_no_or_by_leaving(bare, sandbox, place):
    given = options(sandbox)[2:]
    for last in ("no", None):
        at = Terminal(bare, *given)
        for question in ("Address", "How to", "Client id", "Client secret"):
            at.says(question, "")
        for question in ("Subdomain", "API key", "Object"):
            at.says(question, "")
        at.says(r"Write .*\[yes/no\]", last)
        if last is None:
            at.child.sendintr()
        assert at.ends() == (3 if last else 130)
        assert "Nothing was saved." in at.shown
        assert not place.parent.exists()


def test_a_variable_that_is_set_is_offered(bare, sandbox, place):
    secret, key = secrets(sandbox)
    given = options(sandbox, client_secret="", vitally_key="")[2:]
    at = Terminal(bare, *given, SFVTUI_SALESFORCE_SECRET=secret, SFVTUI_VITALLY_KEY=key)
    for question in ("Address", "How to", "Client id"):
        at.says(question, "")
    at.says(re.escape("[env:SFVTUI_SALESFORCE_SECRET]"), "")
    at.says("Subdomain", "")
    at.says(re.escape("[env:SFVTUI_VITALLY_KEY]"), "")
    at.says("Object", "")
    at.says(r"Write .*\[yes/no\]", "yes")
    assert at.ends() == 0
    assert 'api_key = "env:SFVTUI_VITALLY_KEY"' in place.read_text()


def test_a_config_is_replaced_only_when_told_to_and_kept_beside(bare, sandbox, place):
    bare.ok(*options(sandbox))
    before = place.read_bytes()
    at = Terminal(bare, *options(sandbox)[2:])
    at.says(r"is there already.*\[yes/no\]", "no")
    assert at.ends() == 3
    assert place.read_bytes() == before
    at = Terminal(bare, *options(sandbox, object="Member__c")[2:])
    at.says(r"is there already.*\[yes/no\]", "yes")
    for question in ("Address", "How to", "Client id", "Client secret"):
        at.says(question, "")
    for question in ("Subdomain", "API key", "Object"):
        at.says(question, "")
    at.says(r"Write .*\[yes/no\]", "yes")
    assert at.ends() == 0
    assert place.with_name("config.toml.before").read_bytes() == before
    assert load(place, {}).mapping.object == "Member__c"
