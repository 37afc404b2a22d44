"""What another process may do to the org: `POST /__sandbox__/state {"do": ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org


class Acts:
    """Called with the JSON of an act, gives the JSON of what came of it.

    `{"do": "update", "id": ..., "values": {...}}` and likewise: create (object, values), delete,
    undelete, hard_delete, empty_bin, unshare, share, touch, merge (winner, loser), hide_field,
    show_field, make_read_only, make_editable (object, fields), lock_row (id, times), unlock_row,
    row (id), rows (object), writes (after), switch (name, value), usage (used, max),
    expire_sessions (calls), kill_cursors, advance (seconds), skew (seconds).
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    def __call__(self, asked: Mapping[str, Any]) -> Any:
        """What came of one act; KeyError for one that is not known, ValueError for a bad value."""
        with self._org.lock:
            done = self._do(asked["do"], asked)
        return {"ok": True} if done is None else done

    def _do(self, what: str, asked: Mapping[str, Any]) -> Any:
        org = self._org
        match what:
            case "create":
                stamps = asked.get("stamps", {})
                return {"id": org.create(asked["object"], asked["values"], **stamps)}
            case "update":
                org.update(asked["id"], asked["values"], **asked.get("stamps", {}))
            case "merge":
                org.merge(asked["winner"], asked["loser"])
            case (
                "delete" | "undelete" | "hard_delete" | "empty_bin" | "unshare" | "share" | "touch"
            ):
                getattr(org, what)(asked["id"])
            case "hide_field" | "show_field" | "make_read_only" | "make_editable":
                getattr(org, what)(asked["object"], *asked["fields"])
            case "lock_row":
                org.lock_row(asked["id"], asked.get("parent"), asked.get("times"))
            case "unlock_row":
                org.unlock_row(asked["id"])
            case "row":
                return dict(org.get(asked["id"]))
            case "rows":
                return [dict(row) for row in org.rows[asked["object"]].values()]
            case "writes":
                return [asdict(write) for write in org.writes[asked.get("after", 0) :]]
            case _:
                return self._run_server(what, asked)
        return None

    def _run_server(self, what: str, asked: Mapping[str, Any]) -> Any:
        org = self._org
        match what:
            case "switch":
                if not hasattr(org.switches, asked["name"]):
                    raise KeyError(asked["name"])
                setattr(org.switches, asked["name"], asked["value"])
            case "usage":
                org.usage.used = asked.get("used", org.usage.used)
                org.usage.max = asked.get("max", org.usage.max)
                return {"used": org.usage.used, "max": org.usage.max}
            case "expire_sessions":
                if "calls" in asked:
                    org.sessions.expire_after(asked["calls"])
                else:
                    org.sessions.expire()
            case "kill_cursors":
                org.cursors.kill()
            case "advance":
                org.clock.advance(asked["seconds"])  # type: ignore[attr-defined]
            case "skew":
                org.date_skew = asked["seconds"]
            case _:
                raise KeyError(what)
        return None
