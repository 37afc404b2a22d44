"""The sandbox's clock: real time with an offset, or stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Call it for the time (aware, UTC). A test may advance or stop it; it never goes backwards."""

    def __init__(self, stopped_at: datetime | None = None) -> None:
        self._offset = timedelta()
        self._stopped = stopped_at

    def __call__(self) -> datetime:
        """The time now: aware, UTC."""
        return self._stopped or datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move on, whether stopped or running."""
        if seconds < 0:
            raise ValueError("a clock goes forwards")
        step = timedelta(seconds=seconds)
        if self._stopped:
            self._stopped += step
        else:
            self._offset += step

    def stop(self) -> None:
        """Stand still until `go`."""
        self._stopped = self()

    def go(self) -> None:
        """Run again from where it stood."""
        if self._stopped:
            self._offset = self._stopped - datetime.now(UTC)
            self._stopped = None


def stamp(moment: datetime) -> str:
    """A moment as the API writes it, `2011-07-07T00:37:00.000+0000`: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
