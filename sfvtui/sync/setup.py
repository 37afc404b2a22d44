"""Setting up: both connections tried with settings that nobody has saved yet, and a first mapping."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sfvtui.config import NetworkSettings, SalesforceSettings, VitallySettings
from sfvtui.errors import LoginRefused, RemoteError, SecretError, UnknownName
from sfvtui.secrets import is_reference, resolve_secret
from sfvtui.sync.propose import Proposal, propose

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Limits, ObjectName, Organization, Usage
    from sfvtui.remotes.salesforce import Salesforce
    from sfvtui.remotes.vitally import Vitally

FIRST_OBJECT = "Contact"


@dataclass(frozen=True)
class Reached:
    """A connection that works: what answered, and what a person should know of it."""

    found: str
    notes: tuple[str, ...] = ()


def mappable(salesforce: Salesforce) -> list[ObjectName]:
    """The objects that a mapping may name, Contact first, then by label."""
    listed = [one for one in salesforce.objects() if one.queryable]
    return sorted(listed, key=lambda one: (one.name != FIRST_OBJECT, one.label.casefold()))


def _silent(_line: str) -> None:
    """The log of a set-up that was given none."""


@dataclass
class Setup:
    """The set-up's two services, for one thread at a time. Nothing is written anywhere.

    `pasted` holds secrets that a person typed and that no reference names yet, by the reference
    that will name them once they are saved. All methods raise the errors of sfvtui.errors, whose
    `mend` says what to do.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    pasted: Mapping[str, str] = field(default_factory=dict, repr=False)
    log: Callable[[str], None] = _silent
    sleep: Callable[[float], None] = time.sleep
    _salesforce: Salesforce | None = None
    _vitally: Vitally | None = None

    def try_salesforce(self, settings: SalesforceSettings) -> Reached:
        """Logs in and looks round: the organization, the API, the objects that the login sees."""
        from sfvtui.remotes.salesforce import Salesforce

        if self._salesforce is not None:
            self._salesforce.close()
        client = Salesforce(
            settings, self.network, secret=self._secret, log=self.log, sleep=self.sleep
        )
        self._salesforce = client
        org = client.connect()
        names = {one.name for one in client.objects() if one.queryable}
        notes = []
        if FIRST_OBJECT not in names:
            notes.append(
                f"This login does not see {FIRST_OBJECT}: give it read access, "
                "or choose another object."
            )
        if org.time_zone is None:
            notes.append(
                "Salesforce does not say which time zone this login has: give the app the scope "
                "`openid`, or the login read access to User; until then filters count days in UTC."
            )
        return Reached(salesforce_words(org, client.usage), tuple(notes))

    def try_vitally(self, settings: VitallySettings) -> Reached:
        """Asks for a page of users and one of accounts."""
        from sfvtui.remotes.vitally import Vitally

        if self._vitally is not None:
            self._vitally.close()
        client = Vitally(
            settings, self.network, secret=self._secret, log=self.log, sleep=self.sleep
        )
        self._vitally = client
        users = next(client.users(sort="updatedAt"), None)
        accounts = next(client.accounts(sort="updatedAt"), None)
        notes = []
        if users is None or not users.rows:
            notes.append("This workspace has no users yet.")
        if accounts is None or not accounts.rows:
            notes.append("This workspace has no accounts yet: no user can be created without one.")
        return Reached(vitally_words(settings.base_url, client.limits), tuple(notes))

    def objects(self) -> list[ObjectName]:
        """The objects that a mapping may name, Contact first, then by label."""
        return mappable(self._connected_salesforce())

    def propose(self, name: str = FIRST_OBJECT) -> Proposal:
        """A first mapping of this object, from its describe and a sample of Vitally's users.

        Costs some twenty calls. Raises UnknownName for an object that cannot be mapped.
        """
        try:
            return propose(self._connected_salesforce(), self._connected_vitally(), name)
        except UnknownName as error:
            near = self._near(name)
            if not near:
                raise
            raise UnknownName(error.message, f"Did you mean {near}?") from error

    def _near(self, name: str) -> str:
        """The object with the name, or label, nearest to this one; empty where none is near."""
        known: dict[str, str] = {}
        for one in self.objects():
            known.setdefault(one.name.lower(), one.name)
            known.setdefault(one.label.lower(), one.name)
        known.pop(name.lower(), None)
        found = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.7)
        return known[found[0]] if found else ""

    def close(self) -> None:
        """Lets the connections go."""
        for client in (self._salesforce, self._vitally):
            if client is not None:
                client.close()

    def _secret(self, reference: str) -> str:
        """The secret, typed or referred to."""
        typed = self.pasted.get(reference)
        return resolve_secret(reference if typed is None else typed)

    def _connected_salesforce(self) -> Salesforce:
        if self._salesforce is None:
            raise LoginRefused("salesforce", "Salesforce was not connected yet.", "Test it first.")
        return self._salesforce

    def _connected_vitally(self) -> Vitally:
        if self._vitally is None:
            raise LoginRefused("vitally", "Vitally was not connected yet.", "Test it first.")
        return self._vitally


def only_a_reference(text: str, what: str) -> str:
    """The reference. Raises SecretError, which does not repeat it, for a text that is none."""
    if is_reference(text):
        return text
    raise SecretError(
        f"The {what} is no reference to a secret.",
        'Write "env:NAME", "file:PATH", "keyring:SERVICE/NAME" or "cmd:COMMAND", and put the '
        "secret there.",
    )


def mend_of(error: RemoteError | SecretError) -> str:
    """What to do about a connection that failed, also where its error does not say."""
    if error.mend:
        return error.mend
    if isinstance(error, RemoteError) and error.system == "salesforce":
        return "Check the address, and the app and login in Salesforce (docs/salesforce-setup.md)."
    return "Check the address and the key (docs/vitally-setup.md)."


def salesforce_words(org: Organization, usage: Usage | None) -> str:
    """An organization that answered, in one line."""
    kind = {True: "sandbox", False: "production", None: "kind not told"}[org.is_sandbox]
    words = f"{org.instance_url}, organization {org.org_id} ({kind}), API {org.api_version}"
    return f"{words}, {usage.used} of {usage.limit} calls used today" if usage else words


def vitally_words(base_url: str, limits: Limits) -> str:
    """A workspace that answered, in one line."""
    if limits.remaining is None:
        return f"{base_url} answers"
    return f"{base_url} answers, {limits.remaining} of {limits.limit} requests left this minute"
