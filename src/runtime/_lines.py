"""Lines of bytes, put together from whatever chunks they come in, in linear time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

_AHEAD = 1_000
"""Lines that may wait for the consumer before the producer is made to wait."""


class Lines(Protocol):
    """Something that sends and receives whole lines."""

    async def read_line(self) -> bytes | None:
        """The next line without its end, or None once there will be no more."""

    async def write_line(self, line: bytes) -> None:
        """Sends ``line`` and waits while the other side has too much unread.

        Raises:
            BrokenPipeError: the other side no longer reads.
        """

    def post_line(self, line: bytes) -> None:
        """`write_line` without the wait."""


class LineQueue:
    """Takes chunks in, gives lines out to one consumer, and slows the producer down if need be."""

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause = pause
        self._resume = resume
        self._paused = False
        self._lines: deque[bytes] = deque()
        self._start_of_line: list[bytes] = []
        self._changed = asyncio.Event()
        self.ended = False

    def feed(self, data: bytes) -> None:
        first, *others = data.split(b"\n")
        self._start_of_line.append(first)
        if others:
            self._lines.append(b"".join(self._start_of_line))
            self._lines.extend(others[:-1])
            self._start_of_line = [others[-1]]
            self._changed.set()
            if len(self._lines) > _AHEAD and not self._paused:
                self._paused = True
                self._pause()

    def end(self) -> None:
        """No more chunks come; what stands there without a line end is a line too."""
        if rest := b"".join(self._start_of_line):
            self._lines.append(rest)
        self.ended = True
        self._changed.set()

    def clear(self) -> None:
        """Drops what waits, and lets the producer go on."""
        self._lines.clear()
        self._start_of_line.clear()
        self._go_on()

    async def read(self) -> bytes | None:
        """The next line, or None once they have ended."""
        while not self._lines:
            if self.ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        if len(self._lines) <= _AHEAD // 2:
            self._go_on()
        return self._lines.popleft()

    def _go_on(self) -> None:
        if self._paused:
            self._paused = False
            self._resume()
