"""The set-up's questions at a terminal: each connection is tested as soon as it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sfvtui.cli.output import Output, show
from sfvtui.config import Auth
from sfvtui.config.first import (
    ASKED,
    salesforce_address,
    salesforce_settings,
    vitally_place,
    vitally_settings,
)
from sfvtui.errors import RemoteError, SecretError, SfvtuiError, Stopped, UnknownName
from sfvtui.sync.setup import FIRST_OBJECT, Reached, Setup, mend_of, only_a_reference

if TYPE_CHECKING:
    from sfvtui.config import SalesforceSettings, VitallySettings
    from sfvtui.sync.propose import Proposal

QUESTIONS = {
    "client_id": "Client id (the app's consumer key)",
    "client_secret": "Client secret",
    "username": "User name",
    "private_key": "Private key",
    "password": "Password",
    "security_token": "Security token (- for none)",
    "access_token": "Access token",
    "api_key": "API key",
}
SECRETS = ("client_secret", "private_key", "password", "security_token", "access_token", "api_key")
USUAL_PLACES = {
    "client_secret": "SFVTUI_SALESFORCE_SECRET",
    "password": "SFVTUI_SALESFORCE_PASSWORD",
    "security_token": "SFVTUI_SALESFORCE_TOKEN",
    "access_token": "SFVTUI_SALESFORCE_TOKEN",
    "api_key": "SFVTUI_VITALLY_KEY",
}
"""Variables that are offered where they are set."""

SHOWN_OBJECTS = 20
HOW = "env:NAME, file:PATH, keyring:SERVICE/NAME, cmd:COMMAND"
PASTE = "paste"


@dataclass
class Answers:
    """What is known so far, as the keys of [salesforce] and [vitally], and the object."""

    salesforce: dict[str, str] = field(default_factory=dict)
    vitally: dict[str, str] = field(default_factory=dict)
    object: str = ""

    @classmethod
    def of(
        cls, url: str, client_id: str, client_secret: str, place: str, key: str, name: str
    ) -> Answers:
        """The answers of the command line; what was not given is empty."""
        return cls(
            {
                "auth": Auth.CLIENT_CREDENTIALS.value,
                "instance_url": salesforce_address(url),
                "client_id": client_id,
                "client_secret": from_here(client_secret),
            },
            {**(vitally_place(place) if place else {}), "api_key": from_here(key)},
            name,
        )

    def missing(self) -> list[str]:
        """The options that a set-up without questions still needs."""
        needed = {
            "--salesforce-url": self.salesforce["instance_url"],
            "--client-id": self.salesforce["client_id"],
            "--client-secret": self.salesforce["client_secret"],
            "--vitally-subdomain or --vitally-url": len(self.vitally) > 1,
            "--vitally-key": self.vitally["api_key"],
        }
        return [option for option, answer in needed.items() if not answer]

    def check(self) -> None:
        """Raises SecretError where a secret itself was given: command lines are seen by others."""
        only_a_reference(self.salesforce["client_secret"], "--client-secret")
        only_a_reference(self.vitally["api_key"], "--vitally-key")

    def to_salesforce(self, folder: Path, env: Mapping[str, str]) -> SalesforceSettings:
        """The settings of [salesforce]; `folder` will be the config's."""
        return salesforce_settings(self.salesforce, folder, env)

    def to_vitally(self, folder: Path, env: Mapping[str, str]) -> VitallySettings:
        """The settings of [vitally]."""
        return vitally_settings(self.vitally, folder, env)


def from_here(reference: str) -> str:
    """A reference to a file as it is typed, from this folder; the config's may be another."""
    kind, _, name = reference.partition(":")
    if kind != "file" or not name or name.startswith(("/", "~")):
        return reference
    return f"file:{Path.cwd() / name}"


class Interview:
    """Asks until both services answer. What was given on the command line is the default."""

    def __init__(self, out: Output, folder: Path, env: Mapping[str, str], answers: Answers) -> None:
        self.out = out
        self.folder = folder
        self.env = env
        self.answers = answers
        self.pasted: dict[str, str] = {}
        self.setup = Setup(pasted=self.pasted)

    def salesforce(self) -> Reached:
        """The connection to Salesforce, once it works."""
        self.out.note("Salesforce (what to click there: docs/salesforce-setup.md)")
        return self._until_it_works(self._ask_salesforce, self._try_salesforce)

    def vitally(self) -> Reached:
        """The connection to Vitally, once it works."""
        self.out.note("Vitally (where its key is: docs/vitally-setup.md)")
        return self._until_it_works(self._ask_vitally, self._try_vitally)

    def proposal(self) -> Proposal:
        """A first mapping of the object that the person names."""
        default = self.answers.object or FIRST_OBJECT
        while True:
            name = self.out.prompt(
                "Object whose records are users (? lists, ? TEXT finds)", default
            )
            if name.startswith("?"):
                self._list_objects(name[1:].strip())
                continue
            self.out.note("Trying match rules on a sample of users…")
            try:
                return self.setup.propose(name)
            except UnknownName as error:
                self.out.error(str(error))

    def save_pasted(self) -> None:
        """Writes the secrets that were pasted into files that only their owner can read."""
        from sfvtui import paths

        used = {*self.answers.salesforce.values(), *self.answers.vitally.values()}
        for reference in sorted(used & set(self.pasted)):
            path = Path(reference.removeprefix("file:"))
            paths.write_private(path, self.pasted[reference].encode() + b"\n")
            self.out.note(f"Wrote {path}")

    def _until_it_works(self, ask: Callable[[], None], try_: Callable[[], Reached]) -> Reached:
        while True:
            ask()
            self.out.note("Testing…")
            try:
                reached = try_()
            except Stopped:
                raise
            except SfvtuiError as error:
                mend = mend_of(error) if isinstance(error, RemoteError | SecretError) else ""
                self.out.error(f"{error.message} {mend or error.mend}".rstrip())
                self.out.note("Again; Enter keeps an answer, ctrl+c ends without saving.")
            else:
                self.out.note(f"ok: {reached.found}")
                for note in reached.notes:
                    self.out.warn(note)
                return reached

    def _ask_salesforce(self) -> None:
        known = self.answers.salesforce
        address = self._needed(
            "Address, such as https://acme.my.salesforce.com", known.get("instance_url", "")
        )
        known["instance_url"] = salesforce_address(address)
        ways = ", ".join(Auth)
        while True:
            auth = self.out.prompt(f"How to log in ({ways})", known["auth"])
            if auth in set(Auth):
                break
            self.out.error(f"{show(auth)} is none of {ways}.")
        known["auth"] = auth
        for key in ASKED[Auth(auth)]:
            known[key] = self._answer(known, key)

    def _ask_vitally(self) -> None:
        known = self.answers.vitally
        before = next((known[k] for k in ("subdomain", "region", "base_url") if known.get(k)), "")
        place = self._needed(
            "Subdomain (acme of https://acme.vitally.io), eu, or the REST API's address", before
        )
        key = known.get("api_key", "")
        known.clear()
        known.update(vitally_place(place))
        known["api_key"] = key
        known["api_key"] = self._answer(known, "api_key")

    def _try_salesforce(self) -> Reached:
        return self.setup.try_salesforce(self.answers.to_salesforce(self.folder, self.env))

    def _try_vitally(self) -> Reached:
        return self.setup.try_vitally(self.answers.to_vitally(self.folder, self.env))

    def _needed(self, question: str, default: str) -> str:
        while True:
            answer = self.out.prompt(question, default)
            if answer:
                return answer

    def _answer(self, known: Mapping[str, str], key: str) -> str:
        """One key's value; of a secret, its reference."""
        if key not in SECRETS:
            return self._needed(QUESTIONS[key], known.get(key, ""))
        variable = USUAL_PLACES.get(key, "")
        default = known.get(key, "") or (f"env:{variable}" if self.env.get(variable) else "")
        may_paste = key != "private_key"
        or_paste = f", or the word {PASTE} to be asked for it hidden" if may_paste else ""
        while True:
            answer = self.out.prompt(f"{QUESTIONS[key]}, as {HOW}{or_paste}", default)
            if answer == "-" and key == "security_token":
                return ""
            if may_paste and answer in ("", PASTE):
                answer = self._paste(key)
            if not answer:
                continue
            try:
                return from_here(only_a_reference(answer, QUESTIONS[key].lower()))
            except SecretError as error:
                self.out.error(str(error))

    def _paste(self, key: str) -> str:
        """Takes a secret without showing it; returns the reference to the file it will be in."""
        secret = self.out.prompt(f"{QUESTIONS[key]} (not shown)", unseen=True)
        if not secret:
            return ""
        system = "vitally" if key == "api_key" else "salesforce"
        stem = f"{system}-{key.replace('_', '-')}"
        names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 1000))
        name = next(one for one in names if not (self.folder / one).exists())
        reference = f"file:{self.folder / name}"
        self.pasted[reference] = secret
        return reference

    def _list_objects(self, text: str) -> None:
        wanted = text.casefold()
        found = [
            one
            for one in self.setup.objects()
            if wanted in one.label.casefold() or wanted in one.name.casefold()
        ]
        for one in found[:SHOWN_OBJECTS]:
            self.out.note(f"  {one.label}  ({one.name})")
        if len(found) > SHOWN_OBJECTS:
            self.out.note(f"  … and {len(found) - SHOWN_OBJECTS} more: ? TEXT finds")
