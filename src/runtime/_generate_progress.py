"""What a command that asks several servers at once shows meanwhile: on stderr, a line a server."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Protocol


class Progress(Protocol):
    """Is told how far each server is."""

    def begin(self, server: str) -> None:
        """The server is being asked."""

    def end(self, server: str, said: str) -> None:
        """The server is done; ``said`` tells what came of it."""


class Silence:
    """Shows nothing."""

    def begin(self, server: str) -> None:
        """Nothing to show."""

    def end(self, server: str, said: str) -> None:
        """Nothing to show."""


class _Lines(Silence):
    def end(self, server: str, said: str) -> None:
        print(f"{server}: {said}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress_display(doing: str, *, quiet: bool) -> Iterator[Progress]:
    """A display on stderr while the block runs: moving on a terminal, plain lines elsewhere.

    ``doing`` says what happens to a server between its begin and its end.
    """
    if quiet:
        yield Silence()
    elif sys.stderr.isatty():
        with _moving_display(doing) as display:
            yield display
    else:
        yield _Lines()


@contextlib.contextmanager
def _moving_display(doing: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    class Moving:
        """One spinner a server."""

        def __init__(self) -> None:
            self._tasks: dict[str, TaskID] = {}

        def begin(self, server: str) -> None:
            """Starts its spinner."""
            self._tasks[server] = bars.add_task(f"{escape(server)}: {doing}", total=1)

        def end(self, server: str, said: str) -> None:
            """Stops its spinner."""
            text = escape(f"{server}: {said}")
            bars.update(self._tasks[server], description=text, completed=1)

    console = Console(stderr=True)
    text = TextColumn("{task.description}")
    with Bars(SpinnerColumn(), text, TimeElapsedColumn(), console=console) as bars:
        yield Moving()
