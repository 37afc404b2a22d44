"""sandbox: local Salesforce and Vitally servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.session import Session

PORT = click.IntRange(0, 65535)


@click.command(cls=Command)
@click.option("--salesforce-port", type=PORT, default=0, metavar="P", help="0: a free one.")
@click.option("--vitally-port", type=PORT, default=0, metavar="P", help="0: a free one.")
@click.option(
    "--records", type=click.IntRange(min=0), default=300, show_default=True, metavar="N",
    help="How many records the world has, about; never fewer than some 140.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other people.")
@pass_session
def sandbox(
    session: Session, salesforce_port: int, vitally_port: int, records: int, seed: int
) -> None:
    """Serve both services on loopback, with a demo world, until stopped.

    The first line is a JSON object with the addresses and a config that uses them. When it stops,
    that config, its store and all that lies beside them are deleted.
    """
    from sfvtui.sandbox.serve import serve_until_stopped

    def announce(facts: dict[str, Any]) -> None:
        session.out.text(json.dumps(facts))
        session.out.note(f"Serving; in another terminal: sfvtui --config {facts['config']}")
        folder = Path(facts["config"]).parent
        session.out.note(f"When it stops, {folder} is deleted, with that config and its store.")
        session.out.flush()

    serve_until_stopped(
        announce,
        salesforce_port=salesforce_port,
        vitally_port=vitally_port,
        records=records,
        seed=seed,
    )
