"""Reading what only a draft of the mapping needs, narrow, so that its effect can be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.errors import UsageError
from sfvtui.mirror import counts, draft_fields, mappings
from sfvtui.sync import costs
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.pull_salesforce import sieve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sfvtui.domain.mapping import Mapping
    from sfvtui.mirror.store import Store


def cost_of_reading(store: Store) -> costs.Cost:
    """What it costs to read some fields of every record that the mirror holds."""
    records, _, _ = counts.sizes(store)
    return costs.of_calls(costs.pages(records, costs.ROWS_A_QUERY), 0, per_minute=0)


def read_for_draft(ctx: Context, draft: Mapping, names: Sequence[str]) -> int:
    """Reads the fields `names` of a draft for every row, Id and those fields; returns how many
    rows were read. Nothing is decided by it, and a saved mapping reads them again with its next
    pull.

    Raises UnknownName for a field that the object has not, and what Salesforce raises.
    """
    store = ctx.store
    saved, bound = mappings.bound(store, ctx.mapping), mappings.bound(store, draft)
    if saved is None or bound is None or saved.sobject.name != bound.sobject.name:
        raise UsageError("The mirror holds nothing of this object yet.", "Pull first: p.")
    fields = [field for field in bound.fields if field.name in names]
    draft_fields.make_room(store, bound)
    soql = f"SELECT Id, {', '.join(f.name for f in fields)} FROM {saved.sobject.name}"
    read = 0
    for page in ctx.salesforce().query(soql + sieve(ctx, saved)):
        read += draft_fields.write(store, fields, page.rows)
        ctx.progress(Progress("reading fields of the draft", read, page.total, "salesforce"))
        ctx.stop_if_cancelled()
    draft_fields.note(store, fields, ctx.now())
    return read
