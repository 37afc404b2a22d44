"""A first mapping as it was proposed, and what speaks for it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.tui.mapping_words import by_words
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from sfvtui.sync.propose import Proposal

TRIED_SHOWN = 3


def proposal_text(proposal: Proposal) -> Prose:
    """The object, the match rule and what else was tried, the account rule, the fields, notes."""
    mapping, tried = proposal.mapping, proposal.tried
    text = Prose().fact("object", f"{mapping.object}, {plural(proposal.records, 'row')}")
    text.fact("match", by_words(mapping))
    for one in tried[:TRIED_SHOWN]:
        found = f"{one.matched} of {plural(one.asked, 'user')} tried"
        shared = f", {one.shared} shared by several records" if one.shared else ""
        text.hang(14).line(f"{'':<12}{one.words}: {found}{shared}", "dim")
    found = f"{proposal.accounts_matched} of {proposal.accounts_sampled} tried"
    text.fact("account", f"{mapping.account.field} equals {mapping.account.equals}, {found}")
    text.fact("fields", ", ".join(f"{p.field} ⇄ {p.trait}" for p in mapping.pairs)).line()
    for note in proposal.notes:
        text.hang(2).line(f"! {note}", "warn")
    return text
