"""Ends the script on SIGINT, SIGTERM or a timeout: gracefully if it lets us, and in any case soon.

All three take one path. SIGINT goes to the script as Python delivers it: KeyboardInterrupt, or,
under `asyncio.run`, the cancellation of its main task (which is why no handler of ours takes the
place of Python's own: `asyncio.Runner` takes over only that one). SIGTERM and the timeout are
turned into SIGINT. A thread watches what comes of it:

==========  ======================================================================================
seconds     step
==========  ======================================================================================
0           SIGINT to the script; its ``finally`` blocks run
`NUDGE`     SIGINT again: KeyboardInterrupt also in code that blocks its event loop
`GRACE`     the process leaves at once, whatever the script does; supervisors end the servers
==========  ======================================================================================
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from types import FrameType
from typing import NamedTuple

NUDGE = 1.0
"""Seconds after the first signal at which the second follows."""
GRACE = 2.0
"""Seconds after the first signal at which the process leaves."""
_FLUSH_TIMEOUT = 0.2


class Reason(NamedTuple):
    """Why the script was interrupted."""

    exit_code: int
    words: str


_SIGNALS = {
    signal.SIGINT: Reason(128 + signal.SIGINT, "interrupted by SIGINT"),
    signal.SIGTERM: Reason(128 + signal.SIGTERM, "ended by SIGTERM"),
}


class Interruption:
    """Watches for what may interrupt the script; made once, on the main thread."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._reason: Reason | None = None
        self._script_over = False
        self._is_late = False
        """Whether the reason came after the script's code had ended."""
        self._reading = threading.Lock()
        self._process = os.getpid()
        self._readable, self._writable = os.pipe()
        for end in (self._readable, self._writable):
            os.set_blocking(end, False)

    def start(self) -> None:
        """Begins to watch; the timeout counts from here."""
        signal.signal(signal.SIGTERM, self._interrupt_script)
        self._take_wakeup()
        os.register_at_fork(after_in_child=self._stop_watching)
        threading.Thread(target=self._watch, name="mcp-interrupt", daemon=True).start()

    def script_over(self) -> Reason | None:
        """Says that the script's code has ended; from here on a signal ends the process at once.

        Returns why the script was interrupted, or None if it was not, or in a forked child, where
        nobody watches.
        """
        if os.getpid() != self._process:
            return None
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)  # still noticed, by its byte in the pipe
        self._take_wakeup()
        self._note_signals()
        self._script_over = True
        if self._reason is not None:
            os.write(self._writable, b"\0")  # its byte is read, and the watcher may still wait
        return self._reason

    def _take_wakeup(self) -> None:
        """Has Python write the number of every signal into the pipe; event loops take it over."""
        signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)

    def _note_signals(self) -> None:
        """Makes the first signal that has arrived the reason."""
        with self._reading, contextlib.suppress(BlockingIOError):
            for byte in os.read(self._readable, 64):
                if self._reason is None and byte in _SIGNALS:
                    self._is_late = self._script_over
                    self._reason = _SIGNALS[signal.Signals(byte)]

    def _interrupt_script(self, number: int, _frame: FrameType | None) -> None:
        """The handler of SIGTERM: does what SIGINT does, also where SIGINT came in ignored, as it
        does in a background job of a shell script."""
        os.write(self._writable, bytes([number]))  # an event loop may have taken the wakeup over
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    def _stop_watching(self) -> None:
        """In a forked child: its signals are its own, and Python's default applies to SIGTERM."""
        signal.set_wakeup_fd(-1)
        if signal.getsignal(signal.SIGTERM) == self._interrupt_script:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    # The watching thread.

    def _watch(self) -> None:
        self._wait_for_reason()
        interrupted = time.monotonic()
        if self._is_late:
            self._leave()
        time.sleep(NUDGE)
        if not self._script_over:
            _signal_main_thread(signal.SIGINT)
        time.sleep(max(0.0, interrupted + GRACE - time.monotonic()))
        self._leave()

    def _wait_for_reason(self) -> None:
        deadline = time.monotonic() + self._timeout if self._timeout is not None else None
        while self._reason is None:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            readable, _, _ = select.select([self._readable], [], [], remaining)
            if readable:
                self._note_signals()
            else:
                self._reason = Reason(124, f"--timeout of {self._timeout:g} s ran out")
                _signal_main_thread(signal.SIGTERM)

    def _leave(self) -> None:
        """Ends the process from this thread. The servers' supervisors notice, and end them."""
        flushing = threading.Thread(target=_flush, daemon=True)
        flushing.start()
        flushing.join(_FLUSH_TIMEOUT)  # the main thread may hold the streams' locks
        reason = self._reason or _SIGNALS[signal.SIGTERM]
        if not self._script_over:
            message = f"[ERROR] {reason.words}, and the script did not stop within {GRACE:g} s\n"
            os.write(2, message.encode())
        os._exit(reason.exit_code)


def _signal_main_thread(number: signal.Signals) -> None:
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, number)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
