"""Pulling Salesforce: a whole list, or what moved since; and what a whole list no longer has."""

from __future__ import annotations

import datetime as dt
import hashlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.filters.soql import to_soql
from sfvtui.domain.ids import id18
from sfvtui.errors import CursorLost, Garbled, NotFound, RequestRefused, UnknownName
from sfvtui.mirror import first_load, passes
from sfvtui.mirror.clock import zone
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.passes import Pass
from sfvtui.mirror.records import Records, all_read, missing_winners, pk_of, vanish
from sfvtui.mirror.store import Store
from sfvtui.sync.context import Context, Progress

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Page
    from sfvtui.sync.pull import SideReport

SIDE = "salesforce"
OVERLAP = dt.timedelta(minutes=5)
"""Stamps are set before commit, so rows appear with stamps older than rows that were read: each
incremental read goes back this far behind the newest stamp. Source: REST API guide, Get Updated
(latestDateCovered); a full pull closes the rest."""

BULK_FROM = 50_000
"""From this many rows on a full read goes through Bulk API 2.0."""

IDS_AT_ONCE = 200

NAMES_REFUSED = "modifier_names_refused"
"""In `meta`: this login may not ask for the names of last modifiers. Each full pull tries again."""


def read(ctx: Context, bound: BoundMapping, report: SideReport, *, full: bool) -> None:
    """Reads Salesforce into the mirror: to the end, or up to an error or a stop; what was read
    stays, and a full read goes on where it stopped."""
    store = ctx.store
    signature = _signature(bound)
    resumes = passes.current(store, SIDE)
    if resumes is not None and resumes.signature != signature:
        resumes = None
    whole = (
        full
        or resumes is not None
        or store.get(f"complete:{SIDE}") != bound.match_signature
        # Without stamps nothing says what moved.
        or bound.sobject.field("SystemModstamp") is None
    )
    if whole:
        report.mode = "full"
        _read_all(ctx, bound, report, resumes or _begin(ctx, bound, signature))
    else:
        _read_moved(ctx, bound, report)
        _read_narrow(ctx, bound, report)
    with store.write():
        store.put(f"pulled:{SIDE}", ctx.now())


def read_some(
    ctx: Context, bound: BoundMapping, report: SideReport, records: Sequence[str]
) -> None:
    """Reads these records (18-character Ids) again, and the winners of those that were merged. One
    that no longer answers is gone."""
    _ask_by_id(ctx, bound, report, records)
    fetch_winners(ctx, bound, report)


def columns(bound: BoundMapping) -> list[str]:
    """What every read asks for: the system fields that the object has, and the mirrored ones."""
    names = [*bound.system_fields(), *(f.name for f in bound.fields)]
    return list(dict.fromkeys(names))


def with_names(ctx: Context, bound: BoundMapping) -> list[str]:
    """What a pull asks for: the columns, and the name of who changed a row last, which costs no call
    of its own. Where this login may not follow that lookup, the Id alone."""
    path = bound.modifier_name
    if path is None or ctx.store.get(NAMES_REFUSED) is not None:
        return columns(bound)
    return [*columns(bound), path]


def _signature(bound: BoundMapping) -> str:
    text = "|".join([bound.match_signature, *columns(bound)])
    return hashlib.sha256(text.encode()).hexdigest()


def sieve(ctx: Context, bound: BoundMapping) -> str:
    """The scope as a WHERE that lets at least every row in scope through: the mirror decides."""
    if bound.scope is None:
        return ""
    where = to_soql(bound.scope, bound.sobject, zone(ctx.store), ctx.clock()).where
    return f" WHERE {where}" if where else ""


def _begin(ctx: Context, bound: BoundMapping, signature: str) -> Pass:
    with ctx.store.write():
        ctx.store.put(NAMES_REFUSED, None)
    high = newest_stamp(ctx, bound)
    count = f"SELECT COUNT() FROM {bound.sobject.name}{sieve(ctx, bound)}"
    mode = "bulk" if ctx.salesforce().count(count) >= BULK_FROM else "rest"
    with ctx.store.write():
        return passes.begin(
            ctx.store, SIDE, mode=mode, at=ctx.now(), high=high, signature=signature
        )


def _read_all(ctx: Context, bound: BoundMapping, report: SideReport, one: Pass) -> None:
    store, salesforce = ctx.store, ctx.salesforce()
    soql = (
        f"SELECT {', '.join(with_names(ctx, bound))} FROM {bound.sobject.name}{sieve(ctx, bound)}"
    )
    ask = salesforce.bulk_query if one.mode == "bulk" else salesforce.query
    first = first_load.under_way(store, SIDE)
    if first:
        first_load.begin(store, SIDE)
    try:
        if not one.listed:
            begin_list(store, SIDE, one.cursor)
            _take(ctx, bound, report, ask(soql, resume=one.cursor), whole=True)
    except CursorLost:
        # The locator died (they live two days): the list begins anew, what was read is kept.
        begin_list(store, SIDE, None)
        _take(ctx, bound, report, ask(soql), whole=True)
    # What a completed full list did not return is asked for by Id, before it counts as gone.
    _ask_by_id(ctx, bound, report, passes.records_not_shown(store, SIDE))
    with store.write():
        store.put(f"complete:{SIDE}", bound.match_signature)
        store.put(f"stamp:{SIDE}", one.high)
        store.put("full_at", one.started_at)
        all_read(store)
        passes.end(store, SIDE)
    if first:
        first_load.end(store, SIDE)


def begin_list(store: Store, side: str, cursor: str | None) -> None:
    """Before a whole list is read on at `cursor`; without one it begins anew, and only what it
    shows this time counts as seen."""
    if cursor is None:
        with store.write():
            passes.from_the_start(store, side)


def newest_stamp(ctx: Context, bound: BoundMapping) -> str:
    """The newest stamp of the object's rows, as the bound of the next incremental read.

    It is asked for before anything is read, in the rows' own time: the clock of this machine, and
    the server's Date header, may both be off.
    """
    if bound.sobject.field("SystemModstamp") is None:
        return ""
    path = bound.modifier_name
    if path is not None and ctx.store.get(NAMES_REFUSED) is None:
        # The one row that is asked for anyway tells whether the names may be asked for.
        try:
            return _newest(ctx, bound, f"SystemModstamp, {path}")
        except (RequestRefused, NotFound):
            with ctx.store.write():
                ctx.store.put(NAMES_REFUSED, "yes")
        except Garbled:
            return _present(ctx)
    try:
        return _newest(ctx, bound, "SystemModstamp")
    except (RequestRefused, NotFound, Garbled):
        return _present(ctx)


def _newest(ctx: Context, bound: BoundMapping, names: str) -> str:
    soql = f"SELECT {names} FROM {bound.sobject.name} ORDER BY SystemModstamp DESC LIMIT 1"
    for page in ctx.salesforce().query(soql, all_rows=_has(bound, "IsDeleted")):
        for row in page.rows:
            return str(row["SystemModstamp"])
    return ""


def _present(ctx: Context) -> str:
    """Whoever cannot sort says its time: a little earlier is only a little more to read."""
    now = ctx.salesforce().server_time() or ctx.clock()
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _has(bound: BoundMapping, name: str) -> bool:
    return bound.sobject.field(name) is not None


def _take(
    ctx: Context, bound: BoundMapping, report: SideReport, pages: Iterator[Page], *, whole: bool
) -> None:
    store, records = ctx.store, Records(ctx.store, bound)
    total, first = None, first_load.under_way(store, SIDE)
    for page in pages:
        total = page.total if page.total is not None else total
        with store.write():
            written = records.write(page.rows, first=first)
            if whole:
                passes.shown(store, SIDE, written.numbers, page.next)
        report.read += written.read
        report.changed += written.changed
        report.deleted += written.gone
        ctx.progress(Progress("reading Salesforce", report.read, total, SIDE))
        if page.next is not None:
            ctx.stop_if_cancelled()
    fetch_winners(ctx, bound, report)


def _id_of(row: Mapping[str, Any]) -> str:
    return id18(str(row["Id"])) or str(row["Id"])


def _ask_by_id(ctx: Context, bound: BoundMapping, report: SideReport, ids: Sequence[str]) -> None:
    """Asks for records by Id: one is as it ever was, out of scope, deleted, merged, or (it does not
    answer) gone for another reason."""
    store = ctx.store
    for chunk in in_chunks(list(ids), IDS_AT_ONCE):
        found = rows_by_id(ctx, bound, chunk)
        with store.write():
            written = Records(store, bound).write(list(found.values()))
            lost = [asked for asked in chunk if asked not in found]
            gone = vanish(store, lost)
        report.read += written.read
        report.changed += written.changed + gone
        report.deleted += gone + written.gone
        ctx.stop_if_cancelled()


def rows_by_id(
    ctx: Context, bound: BoundMapping, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """These records as Salesforce has them now, deleted ones included, by 18-character Id."""
    quoted = ", ".join(f"'{asked}'" for asked in ids if id18(asked))
    if not quoted:
        return {}
    soql = f"SELECT {', '.join(with_names(ctx, bound))} FROM {bound.sobject.name} WHERE Id IN ({quoted})"
    found = {}
    for page in ctx.salesforce().query(soql, all_rows=_has(bound, "IsDeleted")):
        for row in page.rows:
            found[_id_of(row)] = row
    return found


def fetch_winners(ctx: Context, bound: BoundMapping, report: SideReport) -> None:
    """Reads the winners of merges that the mirror does not have yet, so that links can move; and
    their winners, where they were merged in their turn."""
    asked: set[str] = set()
    while True:
        missing = [winner for winner in missing_winners(ctx.store) if winner not in asked]
        if not missing:
            return
        for chunk in in_chunks(missing, IDS_AT_ONCE):
            found = rows_by_id(ctx, bound, chunk)
            written = Records(ctx.store, bound).write(list(found.values()), deleted=True)
            report.read += written.read
            report.changed += written.changed
        asked.update(missing)


def _read_moved(ctx: Context, bound: BoundMapping, report: SideReport) -> None:
    """Every row of the object that moved since the last pull, in scope or not, deleted ones too."""
    store, name = ctx.store, bound.sobject.name
    since, high = store.get(f"stamp:{SIDE}"), newest_stamp(ctx, bound)
    where = ""
    if since:
        bound_at = parse_stamp(since) - OVERLAP
        where = f" WHERE SystemModstamp >= {bound_at.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    soql = f"SELECT {', '.join(with_names(ctx, bound))} FROM {name}{where}"
    pages = ctx.salesforce().query(soql, all_rows=_has(bound, "IsDeleted"))
    _take(ctx, bound, report, pages, whole=False)
    if high and (not since or parse_stamp(high) > parse_stamp(since)):
        with store.write():
            store.put(f"stamp:{SIDE}", high)


def parse_stamp(text: str) -> dt.datetime:
    """A stamp of Salesforce (`…000+0000`, `Z`) as an instant."""
    if text.endswith("+0000"):
        text = text[:-5] + "+00:00"
    return dt.datetime.fromisoformat(text)


def _read_narrow(ctx: Context, bound: BoundMapping, report: SideReport) -> None:
    """Reads, for every row, the fields that the mapping newly needs: Id and those fields."""
    store = ctx.store
    names = [
        f.name for f in bound.fields if store.get(f"unread:{f.name}") is not None and f.name != "Id"
    ]
    if not names:
        return
    soql = f"SELECT Id, {', '.join(names)} FROM {bound.sobject.name}{sieve(ctx, bound)}"
    records = Records(store, bound)
    for page in ctx.salesforce().query(soql):
        written = records.write(page.rows, narrow=True)
        report.read += written.read
        report.changed += written.changed
        ctx.progress(Progress("reading new fields of Salesforce", report.read, page.total, SIDE))
        ctx.stop_if_cancelled()
    with store.write():
        for name in names:
            store.put(f"unread:{name}", None)


def search_command(text: str) -> str:
    """The command that finds the Id of a linked person by a name or an e-mail."""
    return f"sfvtui review list --state linked --search {shlex.quote(text.strip() or 'NAME')}"


def record_id_of(name: str) -> str:
    """The 18-character form of an Id that a person gave. Raises UnknownName for what is none."""
    found = id18(name.strip())
    if found is None:
        raise UnknownName(
            f"{name!r} is no Salesforce Id of 15 or 18 characters.",
            f"Copy it from the record's address in Salesforce; `{search_command(name)}` finds it "
            "for a linked person, without --state for the others.",
        )
    return found


def known_record(ctx: Context, name: str) -> str:
    """The 18-character Id of a record named by its 15- or 18-character Id. Raises UnknownName."""
    found = record_id_of(name)
    if pk_of(ctx.store, found) is None:
        raise UnknownName(
            f"The mirror has no record {found}.", "Pull first, or check the Id and the scope."
        )
    return found
