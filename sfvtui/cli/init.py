"""init: ask for both connections, test each at once, write the first config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfvtui.cli.interview import Answers, Interview
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.output import ExitCode, show
from sfvtui.cli.session import Session
from sfvtui.errors import Cancelled, Stopped, UsageError

if TYPE_CHECKING:
    from sfvtui.sync.propose import Proposal
    from sfvtui.sync.setup import Reached

REFERENCE = "env:NAME, file:PATH, keyring:SERVICE/NAME or cmd:COMMAND."


@click.command(cls=Command)
@click.option("--salesforce-url", default="", metavar="URL", help="Your My Domain's address.")
@click.option("--client-id", default="", metavar="ID", help="The app's consumer key.")
@click.option(
    "--client-secret", default="", metavar="REF", help=f"Where its secret is: {REFERENCE}"
)
@click.option("--vitally-subdomain", default="", metavar="NAME", help="acme of acme.vitally.io.")
@click.option("--vitally-url", default="", metavar="URL", help="The REST API's address instead.")
@click.option("--vitally-key", default="", metavar="REF", help=f"Where the key is: {REFERENCE}")
@click.option("--object", "name", default="", metavar="NAME", help="Whose records are users.")
@click.option(
    "--non-interactive", is_flag=True, help="Ask nothing; all options but --object are needed."
)
@pass_session
def init(
    session: Session,
    salesforce_url: str,
    client_id: str,
    client_secret: str,
    vitally_subdomain: str,
    vitally_url: str,
    vitally_key: str,
    name: str,
    non_interactive: bool,
) -> None:
    """Connect both services, test them, and write a config with a first mapping.

    Asks at a terminal. Nothing is saved before the end, and only then the config; nothing is
    written to either service.
    """
    from sfvtui.config import config_path

    if vitally_subdomain and vitally_url:
        raise UsageError("Give either --vitally-subdomain or --vitally-url.")
    given = Answers.of(
        salesforce_url,
        client_id,
        client_secret,
        vitally_subdomain or vitally_url,
        vitally_key,
        name,
    )
    path = config_path(session.config, session.env).absolute()
    work = _Init(session, path, given)
    if non_interactive:
        work.by_options()
    elif session.out.can_ask():
        try:
            work.by_asking()
        except KeyboardInterrupt:
            raise Cancelled("Nothing was saved.") from None
    else:
        raise UsageError(
            "init asks at a terminal, and there is none.",
            "Give --non-interactive and the options that sfvtui init --help names.",
        )
    session.end(ExitCode.DONE)


@dataclass
class _Init:
    """One set-up, from the answers to the file."""

    session: Session
    path: Path
    given: Answers
    reached: dict[str, Reached] = field(default_factory=dict)

    def by_options(self) -> None:
        """From the command line alone. The first thing that does not work ends it."""
        from sfvtui.sync.setup import FIRST_OBJECT, Setup

        missing = self.given.missing()
        if missing:
            raise UsageError(f"--non-interactive needs {', '.join(missing)} as well.")
        self.given.check()
        if self.path.exists():
            raise Stopped(
                "confirmation",
                f"{self.path}: there is a config already; it was left as it is.",
                "Move it away, or name another place with --config.",
            )
        setup = Setup(log=self.session.event)
        try:
            folder, env = self.path.parent, self.session.env
            self.reached["salesforce"] = setup.try_salesforce(self.given.to_salesforce(folder, env))
            self.reached["vitally"] = setup.try_vitally(self.given.to_vitally(folder, env))
            proposal = setup.propose(self.given.object or FIRST_OBJECT)
        finally:
            setup.close()
        self._save(self.given, proposal)
        self.session.out.report(self._report(proposal), lambda it: (*_told(it), *_next(it)))

    def by_asking(self) -> None:
        """From a person at the terminal, who mends what does not work and says when to save."""
        out = self.session.out
        over = self.path.exists()
        if over and not out.ask(
            f"{self.path} is there already. Replace it in the end (it is kept as .before)?"
        ):
            raise Stopped("confirmation", "Nothing was changed.")
        interview = Interview(out, self.path.parent, self.session.env, self.given)
        interview.setup.log = self.session.event
        try:
            self.reached["salesforce"] = interview.salesforce()
            self.reached["vitally"] = interview.vitally()
            proposal = interview.proposal()
            report = self._report(proposal)
            for line in _told(report):
                out.note(line)
            if not out.ask(f"Write {self.path}?"):
                raise Stopped("confirmation", "Nothing was saved.")
        finally:
            interview.setup.close()
        interview.save_pasted()
        self._save(interview.answers, proposal, over=over)
        out.report(report, _next)

    def _save(self, answers: Answers, proposal: Proposal, *, over: bool = False) -> None:
        from sfvtui.config.first import first_config, save_first

        text = first_config(answers.salesforce, answers.vitally, proposal.mapping)
        save_first(self.path, text, self.session.env, over=over)

    def _report(self, proposal: Proposal) -> dict[str, Any]:
        mapping = proposal.mapping
        return {
            "config": str(self.path),
            **{
                system: {"found": reached.found, "notes": list(reached.notes)}
                for system, reached in self.reached.items()
            },
            "object": mapping.object,
            "records": proposal.records,
            "sampled": proposal.sampled,
            "tried": [
                {
                    "rule": one.words,
                    "asked": one.asked,
                    "matched": one.matched,
                    "shared": one.shared,
                }
                for one in proposal.tried
            ],
            "account": {
                "rule": f"{mapping.account.field} = {mapping.account.equals}",
                "asked": proposal.accounts_sampled,
                "matched": proposal.accounts_matched,
            },
            "fields": {pair.field: pair.trait for pair in mapping.pairs},
            "notes": list(proposal.notes),
            "next": [f"{self._program()} doctor", f"{self._program()} pull"],
        }

    def _program(self) -> str:
        """The program as the person has to call it for this config."""
        import shlex

        from sfvtui import paths

        usual = self.session.env.get("SFVTUI_CONFIG") or paths.config_file(self.session.env)
        same = self.path == Path(usual).expanduser().absolute()
        return "sfvtui" if same else f"sfvtui --config {shlex.quote(str(self.path))}"


def _told(report: Mapping[str, Any]) -> Iterator[str]:
    """What was found, and the first mapping."""
    for system in ("salesforce", "vitally"):
        yield f"{system.capitalize():<12}{show(report[system]['found'])}"
        yield from (f"            {show(note)}" for note in report[system]["notes"])
    records = f"{report['records']:,}".replace(",", " ")
    yield f"Object      {report['object']}, {records} records"
    chosen, *others = report["tried"]
    yield f"Match       {show(chosen['rule'])}: {_of(chosen, report)}"
    for other in others:
        if other["matched"]:
            yield f"            (or {show(other['rule'])}: {_of(other, report)})"
    account = report["account"]
    yield (
        f"Account     {show(account['rule'])}: finds {account['matched']} of {account['asked']} "
        "Vitally accounts of a sample"
    )
    fields = ", ".join(f"{show(name)} ↔ {show(trait)}" for name, trait in report["fields"].items())
    yield f"Fields      {fields}"
    yield "            none editable yet; unmatched records create no users yet"
    yield from (f"note: {show(note)}" for note in report["notes"])


def _of(tried: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    return f"finds {tried['matched']} of {report['sampled']} users of a sample"


def _next(report: Mapping[str, Any]) -> Iterator[str]:
    """Where it is, and what to type now."""
    doctor, pull = report["next"]
    yield f"Wrote {show(report['config'])}"
    yield f"Next: {show(doctor)}, then {show(pull)}; both only read."
