"""Keys one after the other: each is carried out where the one before has led.

The framework hands a key to whatever has the focus when it arrives. Over a slow line several keys
arrive at once, and the second would then go where the first was meant: `/ada` would search for
nothing and press `a`, `d`, `a`. Here a key waits until the one before was handled, its screen is
there, and the list that it leads to was read.

Esc and a key that arrive together are two keys, too. The framework reads them as Alt and that key,
as a character of a Mac's keyboard (Esc 2: ™), or as the key alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import SimpleNamespace
from typing import TYPE_CHECKING

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.events import Event, Key
from textual.keys import _character_to_key

if TYPE_CHECKING:
    from pathlib import PurePath

    from textual.dom import DOMNode
    from textual.screen import Screen

LONGEST = 2.0
"""Seconds after which a key no longer waits for a list."""

LOST = 0.3
"""Seconds after which a key counts as handled whose widget went away under it."""

RETRY = 0.005


class OneKeyAtATime(App[int]):
    """An application that keeps keys in a queue of its own."""

    def __init__(self, css_path: list[str | PurePath]) -> None:
        super().__init__(css_path=css_path)
        self._waiting_keys: deque[Key] = deque()
        self._key_number = 0
        self._key_under_way = False
        self._waits_since = 0.0

    @property
    def keys_are_done(self) -> bool:
        """Whether every key that arrived was carried out."""
        return not self._key_under_way

    def must_wait(self, screen: Screen[object]) -> bool:
        """Whether a key for this screen has to wait: for what it leads to is not there yet."""
        raise NotImplementedError

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting_keys.extend(_apart(event))
        if not self._key_under_way:
            self._key_under_way = True
            await self._next_key()

    async def _next_key(self) -> None:
        if not (self._waiting_keys and self.screen_stack and self.is_running):
            self._key_under_way = False
            return
        now = time.monotonic()
        self._waits_since = self._waits_since or now
        if now - self._waits_since < LONGEST and self._not_yet(self.screen):
            self.set_timer(RETRY, self._next_key)
            return
        self._waits_since = 0.0
        self._key_number += 1
        event = self._waiting_keys.popleft()
        target = self.focused or self.screen
        await super().on_event(event)
        self._follow(target, self._key_number)
        asyncio.get_running_loop().call_later(LOST, self._handled, self._key_number)

    def _follow(self, node: DOMNode, number: int) -> None:
        """Goes up behind the key, from node to node, and tells when it has arrived here."""

        def passed() -> None:
            parent = node.parent
            if parent is None or parent is self:
                self._handled(number)
            else:
                self._follow(parent, number)

        if not node.call_later(passed):
            self._handled(number)

    def _not_yet(self, screen: Screen[object]) -> bool:
        """Whether what the last key set going has not ended: messages on their way, or reading.

        A person who types does not wait for what the list reads meanwhile.
        """
        if any(node.message_queue_size for node in screen.walk_children(with_self=True)):
            return True
        typing = self.focused is not None and self.focused.check_consume_key("a", "a")
        return not typing and self.must_wait(screen)

    def _handled(self, number: int) -> None:
        """Goes on with the next key, behind what this one has set going."""
        if number == self._key_number:
            self._key_number += 1
            self.call_later(self._next_key)


def _apart(event: Key) -> list[Key]:
    """Esc and a key that came in one piece over the line look like Alt and that key."""
    alt, _, name = event.key.partition("+")
    if alt != "alt" or not name:
        return [event]
    name = name[6:].upper() if name.startswith("shift+") and len(name) == 7 else name
    return [Key("escape", None), Key(name, _AFTER_ESC.get(name, event.character))]


def _after_esc() -> dict[str, str]:
    """The characters that Esc can arrive together with, by the names of their keys.

    Those that begin a longer sequence are left out, and b and f, by which terminals move a word to
    the left and right.
    """
    found = {"enter": "\r"}
    for character in map(chr, range(32, 127)):
        if character not in "[]OPNX^_bf":
            name = character if character.isalnum() else _character_to_key(character)
            found[name] = character
    return found


_AFTER_ESC = _after_esc()

# The framework's table of what a terminal sends: here Esc and a key is always Alt and that key.
ANSI_SEQUENCES_KEYS.update(  # type: ignore[attr-defined]
    {f"\x1b{char}": (SimpleNamespace(value=f"alt+{name}"),) for name, char in _AFTER_ESC.items()}
)
