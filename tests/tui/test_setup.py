"""The set-up: paste, test, next; nothing is saved until the end."""

from __future__ import annotations

import stat

import pytest

from sfvtui.config import load


class Fresh:
    """A machine without a config."""

    def __init__(self, folder, sandbox, stage):
        self.sandbox, self.stage = sandbox, stage
        stage.config = folder / "config" / "config.toml"
        stage.env = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}

    @property
    def answers(self):
        return {
            "instance_url": self.sandbox.salesforce_url,
            "client_id": self.sandbox.org.credentials.client_id,
            "client_secret": self.sandbox.org.credentials.client_secret,
            "vitally": self.sandbox.vitally_url,
            "api_key": min(self.sandbox.workspace.keys),
        }

    def paste(self, **other):
        for name, text in {**self.answers, **other}.items():
            self.stage.screen.query_one(f"#{name}").value = text


@pytest.fixture
def fresh(tmp_path, stage, world):
    return Fresh(tmp_path / "new", world, stage)


def test_from_nothing_to_a_first_mapping_and_a_pull(fresh, play):
    stage = fresh.stage

    async def story():
        async with stage.open(settings=None):
            assert stage.app.current_mode == "setup"
            fresh.paste()
            await stage.press("ctrl+t")
            answer = stage.screen.query_one(".answer")._text.plain
            assert "✓ Salesforce" in answer
            assert "✓ Vitally" in answer
            assert not stage.config.exists()
            await stage.press("ctrl+n")
            assert "Product_User_Id__c equals externalId" in (
                stage.screen.query_one(".intro")._text.plain
            )
            await stage.press("ctrl+n")
            assert not stage.config.exists()
            await stage.press("enter", "y")
            assert stage.app.current_mode == "home"
            settings = load(stage.config, stage.env)
            assert settings.warnings == () or "in the clear" not in " ".join(settings.warnings)
            assert settings.mapping.match.field == "Product_User_Id__c"
            for file in stage.config.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
            secret = fresh.sandbox.org.credentials.client_secret
            assert secret not in stage.config.read_text(encoding="utf-8")
            await stage.press("p")
            await stage.until(lambda: stage.app.desk.work.job is None)
            await stage.idle()
            assert "pulled" in stage.status

    play(story())


def test_a_refused_login_says_so_and_keeps_what_was_typed(fresh, play):
    stage = fresh.stage

    async def story():
        async with stage.open(settings=None):
            fresh.paste(client_secret="wrong")
            await stage.press("ctrl+n")
            assert "refused" in stage.screen.query_one(".answer")._text.plain
            assert stage.screen.step == 1
            assert stage.screen.query_one("#client_id").value == fresh.answers["client_id"]

    play(story())


def test_what_is_missing_is_named_and_nothing_is_asked(fresh, play):
    stage = fresh.stage

    async def story():
        async with stage.open(settings=None):
            await stage.press("ctrl+t")
            text = stage.screen.query_one(".answer")._text.plain
            assert "Still to fill in: Salesforce address, client id" in text
            await stage.press("ctrl+b")
            assert stage.screen.auth == "jwt"
            assert stage.screen.query_one("#ask-private_key").display

    play(story())


def test_another_object_can_be_chosen(fresh, play):
    stage = fresh.stage

    async def story():
        async with stage.open(settings=None):
            fresh.paste()
            await stage.press("ctrl+n", "enter")
            await stage.until(lambda: type(stage.screen).__name__ == "Choose")
            await stage.type("member")
            await stage.press("enter")
            await stage.until(lambda: type(stage.screen).__name__ == "SetupScreen")
            await stage.idle()
            assert stage.screen._proposal.mapping.object == "Member__c"

    play(story())
