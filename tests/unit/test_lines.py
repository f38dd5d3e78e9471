"""Lines come out whole, whatever chunks go in."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runtime._lines import LineQueue


class Producer:
    """Counts how often it is held up and let go."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.queue = LineQueue(
            lambda: self.said.append("pause"), lambda: self.said.append("resume")
        )


async def read_all(queue: LineQueue) -> list[bytes]:
    lines = []
    while (line := await queue.read()) is not None:
        lines.append(line)
    return lines


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(0, 200)))
def test_the_lines_do_not_depend_on_the_chunks(lines: list[bytes], cuts: list[int]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]
    data = b"".join(line + b"\n" for line in lines)

    async def fed() -> list[bytes]:
        producer = Producer()
        edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        for start, end in pairwise(edges):
            producer.queue.feed(data[start:end])
        producer.queue.end()
        return await read_all(producer.queue)

    assert asyncio.run(fed()) == lines


async def test_what_has_no_line_end_at_the_end_is_a_line() -> None:
    producer = Producer()
    producer.queue.feed(b"one\ntwo")
    producer.queue.end()
    assert await read_all(producer.queue) == [b"one", b"two"]


async def test_a_reader_waits_for_a_whole_line() -> None:
    producer = Producer()
    reading = asyncio.create_task(producer.queue.read())
    producer.queue.feed(b"half a ")
    await asyncio.wait([reading], timeout=0)
    assert not reading.done()
    producer.queue.feed(b"line\n")
    assert await reading == b"half a line"


async def test_a_producer_far_ahead_is_held_up_until_half_is_read() -> None:
    producer = Producer()
    producer.queue.feed(b"x\n" * 1_500)
    producer.queue.feed(b"x\n")
    assert producer.said == ["pause"]
    for _ in range(1_200):
        await producer.queue.read()
    assert producer.said == ["pause", "resume"]


async def test_clearing_lets_the_producer_go_on() -> None:
    producer = Producer()
    producer.queue.feed(b"x\n" * 1_500 + b"rest")
    producer.queue.clear()
    assert producer.said == ["pause", "resume"]
    producer.queue.end()
    assert await read_all(producer.queue) == []
