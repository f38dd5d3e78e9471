"""The I/O thread: one event loop, apart from the callers'."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings

import pytest

from runtime._loop import IoThread, io_thread


async def _thread_name() -> str:
    return threading.current_thread().name


async def test_a_coroutine_runs_on_the_io_thread_and_its_result_comes_back() -> None:
    assert await io_thread().run(_thread_name()) == "mcp-io"


def test_code_without_a_loop_gets_the_result_too() -> None:
    assert io_thread().run_sync(_thread_name()) == "mcp-io"


def test_several_loops_one_after_the_other_share_the_thread() -> None:
    async def ident() -> int:
        return await io_thread().run(_ident())

    assert asyncio.run(ident()) == asyncio.run(ident())


async def _ident() -> int:
    return threading.get_ident()


def test_a_race_of_threads_starts_one_io_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime._loop._current", None)
    barrier = threading.Barrier(8)
    found: list[IoThread] = []

    def race() -> None:
        barrier.wait()
        found.append(io_thread())

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    found[0].loop.call_soon_threadsafe(found[0].loop.stop)
    found[0]._thread.join()
    found[0].loop.close()


async def test_an_exception_comes_out_at_the_caller() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        await io_thread().run(fail())
    with pytest.raises(KeyError, match="x"):
        await asyncio.to_thread(io_thread().run_sync, fail())


class _Waiting:
    """A coroutine that never ends, and what became of it."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.cancelled = threading.Event()

    async def run(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def test_cancelling_the_caller_cancels_the_coroutine() -> None:
    waiting = _Waiting()
    task = asyncio.create_task(io_thread().run(waiting.run()))
    assert await asyncio.to_thread(waiting.started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(waiting.cancelled.wait, 10)


def test_an_exception_in_the_waiting_thread_cancels_the_coroutine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = _Waiting()

    def interrupted(_: object, timeout: float | None = None) -> None:
        assert waiting.started.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        io_thread().run_sync(waiting.run())
    assert waiting.cancelled.wait(10)


async def test_blocking_work_runs_on_a_daemon_thread_with_result_and_exception() -> None:
    async def work() -> tuple[bool, str, str]:
        thread = await asyncio.to_thread(threading.current_thread)
        try:
            await asyncio.to_thread(int, "x")
        except ValueError as error:
            return thread.daemon, thread.name, str(error)
        raise AssertionError

    daemon, name, message = await io_thread().run(work())
    assert daemon
    assert name == "mcp-io-job"
    assert "invalid literal" in message


async def test_the_io_thread_does_not_keep_the_process_from_ending() -> None:
    await io_thread().run(_thread_name())
    (thread,) = {t for t in threading.enumerate() if t.name == "mcp-io"}
    assert thread.daemon


def test_a_forked_child_gets_a_thread_of_its_own() -> None:
    parents = io_thread()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: fork with threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            is_new = io_thread() is not parents
            status = 0 if is_new and io_thread().run_sync(_thread_name()) == "mcp-io" else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
