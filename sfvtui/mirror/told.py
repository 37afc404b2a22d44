"""What was told of the store's standing conditions, to which channel: each change of state once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sfvtui.mirror.pauses import standing as paused_systems
from sfvtui.mirror.store import Store

TRIES = 3
NEVER = ""
"""The time of a telling that failed: the next round may try again at once."""

ENDED = ""
"""What the row of an ending is about."""


@dataclass(frozen=True)
class News:
    """What a channel has not been told of one kind of condition.

    `about` names the new ones (empty: the last of them has ended), `count` is how many stand.
    """

    event: str
    about: tuple[str, ...]
    count: int


def conditions(store: Store) -> dict[str, list[str]]:
    """What stands now in the store, by kind of event: record Ids with fields, changes, fields and
    systems."""
    return {
        "conflict": [
            f"{row[0]} {row[1]}".strip()
            for row in store.rows("SELECT record_id, field FROM conflict ORDER BY since, record_id")
        ],
        "parked": [
            f"change {row[0]}"
            for row in store.rows(
                "SELECT change_id FROM change WHERE state = 'parked' ORDER BY change_id"
            )
        ],
        "pause": [
            *(system.value for system in paused_systems(store)),
            *(
                row[0]
                for row in store.rows(
                    "SELECT field FROM pair WHERE active = 1 AND paused IS NOT NULL ORDER BY field"
                )
            ),
        ],
    }


def take(
    store: Store, channel: str, standing: Mapping[str, Sequence[str]], *, at: str, lost_before: str
) -> list[News]:
    """What the channel has to be told now; it counts as under way until `done` says how it went,
    and as lost where that began before `lost_before`. At most `TRIES` times for the same."""
    with store.write():
        known: dict[str, dict[str, tuple[str, int, int]]] = {}
        for row in store.rows("SELECT * FROM told WHERE channel = ?", channel):
            known.setdefault(row["event"], {})[row["about"]] = (
                row["at"],
                row["tries"],
                row["told"],
            )
        found = []
        for event in sorted({*standing, *known}):
            now, before = list(standing.get(event, ())), known.get(event, {})
            gone = [about for about in before if about not in set(now) and about != ENDED]
            _forget(store, channel, event, gone)
            if now:
                _forget(store, channel, event, [ENDED])
                due = [
                    about
                    for about in now
                    if about not in before or _due(before[about], lost_before)
                ]
            else:
                told = any(before[about][2] for about in gone)
                due = (
                    [ENDED]
                    if told or (ENDED in before and _due(before[ENDED], lost_before))
                    else []
                )
            if due:
                store.db.executemany(
                    "INSERT INTO told(channel, event, about, at, tries) VALUES (?, ?, ?, ?, 1)"
                    " ON CONFLICT DO UPDATE SET at = excluded.at, tries = tries + 1",
                    ((channel, event, about, at) for about in due),
                )
                found.append(News(event, tuple(about for about in due if about != ENDED), len(now)))
        return found


def done(store: Store, channel: str, news: News, *, well: bool) -> None:
    """Keeps whether the channel was told."""
    with store.write():
        if not news.about:
            if well:
                _forget(store, channel, news.event, [ENDED])
            else:
                _set(store, channel, news.event, [ENDED], well=False)
            return
        _set(store, channel, news.event, news.about, well=well)


def _due(row: tuple[str, int, int], lost_before: str) -> bool:
    at, tries, told = row
    return not told and tries < TRIES and at < lost_before


def _forget(store: Store, channel: str, event: str, about: Collection[str]) -> None:
    store.db.executemany(
        "DELETE FROM told WHERE channel = ? AND event = ? AND about = ?",
        ((channel, event, one) for one in about),
    )


def _set(store: Store, channel: str, event: str, about: Collection[str], *, well: bool) -> None:
    change = "told = 1" if well else f"at = '{NEVER}'"
    store.db.executemany(
        f"UPDATE told SET {change} WHERE channel = ? AND event = ? AND about = ?",
        ((channel, event, one) for one in about),
    )
