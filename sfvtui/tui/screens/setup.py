"""The set-up for the first start: connections, a test, a first mapping; nothing saved before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from sfvtui import paths
from sfvtui.config import Auth
from sfvtui.config.first import (
    ASKED,
    first_config,
    salesforce_address,
    salesforce_settings,
    save_first,
    vitally_place,
    vitally_settings,
)
from sfvtui.errors import SfvtuiError
from sfvtui.secrets import is_reference
from sfvtui.tui import actions
from sfvtui.tui.proposal_view import proposal_text
from sfvtui.tui.screens.another_object import QUESTION, object_entries
from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.widgets.dialogs import Choose, Confirm
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose, ProseView, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from sfvtui.sync.propose import Proposal
    from sfvtui.sync.setup import Reached, Setup
    from sfvtui.tui.facts import Facts

AUTHS = {
    Auth.CLIENT_CREDENTIALS: "client credentials (an app's id and secret)",
    Auth.JWT: "JWT (id, user name, private key)",
    Auth.PASSWORD: "password (user name, password, token)",
    Auth.ACCESS_TOKEN: "access token (one that you have)",
}
QUESTIONS = {
    "instance_url": ("Salesforce address", "acme, or https://acme.my.salesforce.com"),
    "client_id": ("client id", "the connected app's consumer key"),
    "client_secret": ("client secret", "paste it, or env:NAME  file:PATH  keyring:…  cmd:…"),
    "username": ("user name", "ada@acme.com"),
    "password": ("password", "paste it, or env:NAME  file:PATH  keyring:…  cmd:…"),
    "security_token": ("security token", "from Salesforce's mail; may be blank"),
    "private_key": ("private key", "file:PATH of the PEM file"),
    "access_token": ("access token", "paste it, or env:NAME  file:PATH"),
    "vitally": ("Vitally", "acme, or eu, or an address"),
    "api_key": ("Vitally API key", "paste it, or env:NAME  file:PATH  keyring:…  cmd:…"),
}
SECRETS = ("client_secret", "password", "security_token", "private_key", "access_token", "api_key")
OBJECT = "Contact"


class Tried(Message):
    """The thread's answer: what answered, and a first mapping; or what went wrong."""

    def __init__(
        self, text: Prose, proposal: Proposal | None = None, *, failed: bool = False
    ) -> None:
        super().__init__()
        self.text, self.proposal, self.failed = text, proposal, failed


class ObjectsRead(Message):
    """The thread's answer: the objects that can be mapped."""

    def __init__(self, entries: list[tuple[str, str, str]]) -> None:
        super().__init__()
        self.entries = entries


class Question(Horizontal):
    """A label and a line to type into."""

    def __init__(self, name: str) -> None:
        super().__init__(id=f"ask-{name}", classes="question")
        self.key = name

    def compose(self) -> ComposeResult:
        words, example = QUESTIONS[self.key]
        yield Static(safe(words), classes="question--words")
        yield Input(placeholder=example, password=self.key in SECRETS, id=self.key)


class SetupScreen(SfvScreen):
    """Paste, test, next. What was typed stays, whatever a test says."""

    place = "setup"
    BINDINGS = actions.bindings("setup")
    CSS_PATH = "setup.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.step = 1
        self.auth = Auth.CLIENT_CREDENTIALS
        self.answers: dict[str, str] = {}
        self._proposal: Proposal | None = None
        self._trying = False
        self._go_on = False
        self._object = OBJECT

    # --- the frame

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(
            ProseView(classes="intro"),
            Vertical(Static("", id="auth"), *(Question(name) for name in QUESTIONS), id="form"),
            ProseView(classes="answer"),
            id="page",
            can_focus=False,
        )

    def ready(self) -> None:
        auth = self.desk.ui.text("drafts", "setup", "auth")
        self.auth = next((one for one in AUTHS if one.value == auth), self.auth)
        for name in QUESTIONS:
            self.query_one(f"#{name}", Input).value = self.desk.ui.text("drafts", "setup", name)
        self.fill()
        self.query_one("#instance_url", Input).focus()
        super().ready()

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions of this way to log in, in their order."""
        return ("instance_url", *ASKED[self.auth], "vitally", "api_key")

    def fill(self) -> None:
        """Shows the present step."""
        self.query_one("#form").display = self.step == 1
        for name in QUESTIONS:
            self.query_one(f"#ask-{name}").display = name in self.asked
        self.query_one(".intro", ProseView).update(self._intro())
        text = Prose().add(f"{'log in by':<20} ", "dim").add(AUTHS[self.auth])
        self.query_one("#auth", Static).update(text.add("   Ctrl+B another", "dim").content)
        if self.step == 2:
            self.set_focus(None)
        self.update_frame()

    def _intro(self) -> Prose:
        text = Prose()
        if self.step == 1:
            text.line("Where are the two services? Nothing is saved before the end.", "strong")
            text.line("A pasted secret goes into a file of its own that only you can read.", "dim")
            return text.line()
        proposal = self._proposal
        if proposal is None:
            return text
        text.line("A first mapping, from what your org shows:", "strong").line()
        text.put(proposal_text(proposal))
        text.line().line("Enter chooses another object. Afterwards the screen Mapping (7) changes")
        text.line("every answer, and counts what it would do before it is saved.").line()
        return text.line("Ctrl+N writes the config, Ctrl+B goes back.", "strong")

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        parts = [Part(" Set-up ", "strong")]
        for number, words in enumerate(("connections", "first mapping"), 1):
            if number > 1:
                parts.append(Part("│", "rule"))
            parts.append(Part(f" {number} {words} ", "here" if number == self.step else "dim"))
        return parts, [Part(f"{self.desk.config_path} ", "dim")]

    def facts(self) -> Facts:
        return replace(super().facts(), row=self.step == 2, job="a test" if self._trying else "")

    # --- typing

    def on_input_changed(self, event: Input.Changed) -> None:
        name, text = event.input.id or "", event.value
        self.answers[name] = text
        self._proposal = None
        if name not in SECRETS or is_reference(text):
            self.desk.ui.keep(text or None, "drafts", "setup", name)

    def on_input_submitted(self) -> None:
        self._go(1)

    def do_up(self) -> None:
        self._go(-1)

    def do_down(self) -> None:
        self._go(1)

    def _go(self, step: int) -> None:
        """To the next question; after the last one the answers are tried."""
        names = self.asked
        at = next((i for i, n in enumerate(names) if self.query_one(f"#{n}").has_focus), 0)
        if at + step == len(names):
            self.do_next_step()
        else:
            self.query_one(f"#{names[max(0, at + step)]}", Input).focus()

    # --- testing

    def do_test(self) -> None:
        self._try(go_on=False)

    def _try(self, *, go_on: bool) -> None:
        missing = [
            QUESTIONS[name][0]
            for name in self.asked
            if not self.answers.get(name, "").strip() and name != "security_token"
        ]
        if missing:
            self._answer(Prose().line(f"Still to fill in: {', '.join(missing)}.", "warn"))
            return
        self._trying = True
        self._answer(Prose().line("asking both services…", "info"))
        self.update_frame()
        name = self._object

        def run() -> None:
            text = Prose()
            try:
                proposal = self._reach(name, text)
            except SfvtuiError as error:
                self.post_message(Tried(text.line(f"✗ {error}", "bad"), failed=True))
            else:
                self.post_message(Tried(text, proposal))

        self._go_on = go_on
        self.run_worker(run, group="setup", exclusive=True, thread=True)

    def on_tried(self, message: Tried) -> None:
        self._trying = False
        self._answer(message.text)
        self._proposal = message.proposal or self._proposal
        if not message.failed and self._go_on:
            self.step = 2
        self.fill()

    def _reach(self, name: str, text: Prose) -> Proposal:
        """Connects to both, says into `text` what answered, and proposes a mapping."""
        setup = self._connect(text)
        try:
            return setup.propose(name)
        finally:
            setup.close()

    def _connect(self, text: Prose) -> Setup:
        """Both services, tried. Raises what they, and a wrong answer, do."""
        from sfvtui.sync.setup import Setup

        setup = Setup()
        folder, env = self.desk.config_path.absolute().parent, self.desk.env
        try:
            settings = salesforce_settings(self._salesforce(), folder, env)
            _tell(text, "Salesforce", setup.try_salesforce(settings))
            _tell(
                text, "Vitally", setup.try_vitally(vitally_settings(self._vitally(), folder, env))
            )
        except SfvtuiError:
            setup.close()
            raise
        return setup

    def _answer(self, text: Prose) -> None:
        self.query_one(".answer", ProseView).update(text)

    def _salesforce(self) -> dict[str, str]:
        """The keys of [salesforce] as they were typed."""
        found = {name: self.answers.get(name, "").strip() for name in ASKED[self.auth]}
        address = salesforce_address(self.answers.get("instance_url", ""))
        return {"auth": self.auth.value, "instance_url": address, **found}

    def _vitally(self) -> dict[str, str]:
        """The keys of [vitally] as they were typed."""
        place = vitally_place(self.answers.get("vitally", ""))
        return {**place, "api_key": self.answers.get("api_key", "").strip()}

    # --- steps

    def do_next_step(self) -> None:
        if self.step == 1:
            if self._proposal is None:
                self._try(go_on=True)
            else:
                self.step = 2
                self.fill()
            return
        text = Prose().fact("config", str(self.desk.config_path), width=8)
        pasted = [QUESTIONS[name][0] for name in self._pasted()]
        if pasted:
            text.line(f"beside it a file each for: {', '.join(pasted)}", "dim")
        text.line("\nThen p pulls both sides for the first time. Nothing is sent.", "dim")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self._write()

        self.app.push_screen(Confirm("Write the config?", text, yes="write it"), answer)

    def _pasted(self) -> list[str]:
        """The secrets that were pasted and are no references."""
        asked = [name for name in self.asked if name in SECRETS]
        texts = {name: self.answers.get(name, "").strip() for name in asked}
        return [name for name, text in texts.items() if text and not is_reference(text)]

    def _write(self) -> None:
        proposal, path = self._proposal, self.desk.config_path.absolute()
        if proposal is None:
            return
        salesforce, vitally = self._salesforce(), self._vitally()
        try:
            for name in self._pasted():
                keys = vitally if name == "api_key" else salesforce
                file = path.with_name(f"{name.replace('_', '-')}.secret")
                paths.write_private(file, keys[name].encode())
                keys[name] = f"file:{file}"
            text = first_config(salesforce, vitally, proposal.mapping)
            self.desk.use(save_first(path, text, self.desk.env))
        except OSError as error:
            self.say(f"{path.parent} cannot be written: {error.strerror}", "bad")
            return
        except SfvtuiError as error:
            self.tell_error(error)
            return
        self.desk.ui.keep(None, "drafts", "setup")
        self.main.go("home")
        self.main.count()

    def do_previous_step(self) -> None:
        if self.step == 2:
            self.step = 1
        else:
            names = list(AUTHS)
            self.auth = names[(names.index(self.auth) + 1) % len(names)]
            self.desk.ui.keep(self.auth.value, "drafts", "setup", "auth")
            self._proposal = None
        self.fill()
        self.query_one("#instance_url", Input).focus()

    def do_open(self) -> None:
        def run() -> None:
            text = Prose()
            try:
                setup = self._connect(text)
                try:
                    found = setup.objects()
                finally:
                    setup.close()
            except SfvtuiError as error:
                self.post_message(Tried(text.line(f"✗ {error}", "bad"), failed=True))
                return
            self.post_message(ObjectsRead(object_entries(found)))

        self.run_worker(run, group="setup", exclusive=True, thread=True)

    def on_objects_read(self, message: ObjectsRead) -> None:
        def chosen(name: str | None) -> None:
            if name is not None:
                self._object = name
                self._try(go_on=True)

        self.app.push_screen(Choose(QUESTION, message.entries, current=self._object), chosen)

    def go_back(self) -> None:
        if self.step == 2:
            self.do_previous_step()


def _tell(text: Prose, words: str, reached: Reached) -> None:
    text.hang(14).add(f"✓ {words:<11} ", "good").line(reached.found)
    for note in reached.notes:
        text.hang(4).line(f"  ! {note}", "warn")


SCREEN = SetupScreen
