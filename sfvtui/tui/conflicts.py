"""Conflicts as text: base, both sides and the edit, long texts as a diff, sets by their members."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from sfvtui.domain.fields import FieldType
from sfvtui.domain.values import members, show
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import KIND_WORDS, ago

if TYPE_CHECKING:
    from sfvtui.domain.bound import BoundPair
    from sfvtui.domain.fields import Field
    from sfvtui.mirror.store import Row
    from sfvtui.tui.desk import Desk

LONG = 48
"""From this many characters on, a text is shown as what was taken out and put in."""

NAME = 13


def conflict_text(desk: Desk, row: Row, *, keys: bool = True) -> Prose:
    """A conflict with every value that can be taken, its key before it (`keys`: where they act)."""
    pair = desk.bound.pair(row["field"]) if desk.bound and row["field"] else None
    kind = KIND_WORDS.get(row["kind"], row["kind"])
    text = Prose()
    if keys:
        text.add(row["display_name"], "strong").add(f"  {row['field']}  ", "strong")
    text.line(f"{kind}, {ago(row['since'], desk.clock())}", "warn")
    if row["why"] and not row["why"].startswith(kind):
        text.line(row["why"], "dim")
    if pair is None:
        return text.put(_merged(row))
    by = f" by {row['modified_by']}" if row["modified_by"] else ""
    changed_s = f"{ago(row['modified_at'], desk.clock())}{by}"
    changed_v = ago(row["updated_at"], desk.clock()) if row["updated_at"] else ""
    base = row["base"]
    against = base
    if not base and _long(pair.field, row["salesforce"], row["vitally"]):
        against, changed_v = row["salesforce"], f"{changed_v}, against Salesforce's"
    lines = [
        ("b", "base", base, None, "agreed last"),
        ("<", "Salesforce", row["salesforce"], base, changed_s),
        (">", "Vitally", row["vitally"], against, changed_v),
    ]
    if row["edit"] is not None:
        lines.append(("E", "the edit", row["edit"], base, "typed before"))
    for key, name, known, before, note in lines:
        text.put(_line(key if keys else "", name, pair, known, before, note))
    if keys:
        text.add("  e ", "title").line("another value", "dim")
    return text


def _merged(row: Row) -> Prose:
    text = Prose().line(
        "The record was merged into one that has a link of its own. Nothing is sent to its user.",
    )
    return text.line("Unlink one of the two (Enter opens the record, U unlinks it).", "dim").fact(
        "record", row["record_id"]
    )


def _line(
    key: str, name: str, pair: BoundPair, known: str | None, before: str | None, note: str
) -> Prose:
    """One value: its key, whose it is, how it differs from `before` (None: it stands for itself)."""
    text, mark = Prose(), f"  {key} " if key else ""
    text.hang(len(mark) + NAME + 1).add(mark, "title" if known is not None else "dim")
    text.add(f"{name:<{NAME}} ", "dim")
    if known is None:
        return text.line("there is none", "dim")
    if before is not None:
        text.put(difference(pair.field, before, known))
    else:
        text.add(show(pair.field, known) or "blank", "" if known else "dim")
    return text.line(f"   {note}", "dim")


def difference(field: Field, before: str, after: str) -> Prose:
    """A value against another: members added and removed, words of a long text, or just itself."""
    if field.type is FieldType.MULTIPICKLIST:
        return _sets(members(before), members(after))
    old, new = show(field, before), show(field, after)
    if _long(field, before, after):
        return _words(old, new)
    return Prose().add(new or "blank", "" if new else "dim")


def _long(field: Field, before: str | None, after: str | None) -> bool:
    """Whether two values are texts so long that their difference says more than both."""
    if field.type is FieldType.MULTIPICKLIST or not before or not after or before == after:
        return False
    return max(len(show(field, before)), len(show(field, after))) >= LONG


def _sets(before: tuple[str, ...], after: tuple[str, ...]) -> Prose:
    text, first = Prose(), True
    for member in sorted({*before, *after}):
        if not first:
            text.add("; ", "dim")
        first = False
        if member not in after:
            text.add(f"-{member}", "gone")
        elif member not in before:
            text.add(f"+{member}", "new")
        else:
            text.add(member)
    return text or Prose().add("blank", "dim")


def _words(old: str, new: str) -> Prose:
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    text = Prose()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            text.add("".join(after[j1:j2]))
            continue
        taken, put = "".join(before[i1:i2]), "".join(after[j1:j2])
        if taken:
            text.add(f"[-{taken}-]", "gone")
        if put:
            text.add(f"{{+{put}+}}", "new")
    return text
