"""What is measured, written once for both sides: each takes the side's own way to call a tool."""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.servers import SERVERS

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
Figures = dict[str, float]

WARM_UP = 50


def server_of(workload: str) -> str:
    """The server that a workload calls."""
    return "git" if workload.endswith("_git") else "echo"


async def latency(call: Call) -> Figures:
    """The median time of one call after the other, in milliseconds."""
    await _repeat(call, WARM_UP)
    times = []
    for _ in range(2_000):
        started = time.perf_counter()
        await call("echo", {"text": "hello"})
        times.append(time.perf_counter() - started)
    return {"call_ms": statistics.median(times) * 1000}


async def latency_git(call: Call) -> Figures:
    """The median time of one call of the git server, in milliseconds."""
    times = []
    for _ in range(200):
        started = time.perf_counter()
        await call("git_status", SERVERS["git"].params)
        times.append(time.perf_counter() - started)
    return {"git_call_ms": statistics.median(times) * 1000}


async def throughput(call: Call) -> Figures:
    """Calls per second with 1, 10 and 100 in flight."""
    await _repeat(call, WARM_UP)
    figures = {}
    for in_flight, calls in ((1, 1_000), (10, 3_000), (100, 5_000)):
        started = time.perf_counter()
        await asyncio.gather(*(_repeat(call, calls // in_flight) for _ in range(in_flight)))
        figures[f"calls_per_s_{in_flight}"] = calls / (time.perf_counter() - started)
    return figures


async def large_1(call: Call) -> Figures:
    """Seconds for one text result of a megabyte."""
    return {"large_1_mb_s": await _large(call, 1)}


async def large_50(call: Call) -> Figures:
    """Seconds for one text result of 50 megabytes."""
    return {"large_50_mb_s": await _large(call, 50)}


async def memory(call: Call) -> Figures:
    """Peak resident memory of the client's process with one call, in MiB."""
    await call("echo", {"text": "hello"})
    return {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


async def _repeat(call: Call, times: int) -> None:
    for _ in range(times):
        await call("echo", {"text": "hello"})


async def _large(call: Call, megabytes: int) -> float:
    await _repeat(call, WARM_UP)
    started = time.perf_counter()
    await call("large", {"size": megabytes * 1_000_000})
    return time.perf_counter() - started
