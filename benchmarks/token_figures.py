"""What an agent reads, in tokens: with all definitions up front, and with scripts."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.collection import Cost, Level, levels
from benchmarks.tasks import SERVERS, Task


class Run(NamedTuple):
    """What a script printed, and what it was answered, in tokens."""

    calls: int
    answered: int
    """The text of all answers: what a client that calls tools itself would put into its context."""
    printed: int


class Reading(NamedTuple):
    """What a task takes beside the index, in tokens."""

    task: Task
    guide: int
    """What the agent is told of all this, and the commands that it types."""
    readmes: int
    modules: int
    script: int
    run: Run

    @property
    def beside_index(self) -> int:
        """What does not grow with the number of servers."""
        return self.guide + self.readmes + self.modules + self.script + self.run.printed


class Package(NamedTuple):
    """What the files of one server take."""

    readme: int
    module: float
    """The median of its modules."""


@dataclass(frozen=True)
class Measured:
    """All figures, in tokens; by the name of the server, where they are of one."""

    costs: dict[str, Cost]
    index_head: float
    """What the index takes before its first server."""
    readings: list[Reading]
    packages: dict[str, Package]
    output_schemas: int
    """Of all tools."""

    def levels(self, sizes: Sequence[int], without: Sequence[str] = ()) -> list[Level]:
        """Levels of the five servers of the tasks and others, but for ``without``."""
        others = [self.costs[name] for name in self.costs if name not in (*SERVERS, *without)]
        return list(levels([self.costs[name] for name in SERVERS], others, sizes))

    @property
    def largest(self) -> str:
        """The server whose definitions take most."""
        return max(self.costs, key=lambda name: self.costs[name].definitions)

    def index(self, cost: Cost) -> float:
        """The index of servers of that cost."""
        return self.index_head + cost.index_line

    def task(self, cost: Cost) -> float:
        """What a task takes, as the mean of all, with servers of that cost."""
        return self.index(cost) + statistics.mean(each.beside_index for each in self.readings)

    def part(self, cost: Cost) -> float:
        """What a task takes, as the mean of all, of the definitions up front."""
        return self.task(cost) / cost.definitions

    def worst_part(self, cost: Cost) -> float:
        """The same of the task that takes most."""
        most = max(each.beside_index for each in self.readings)
        return (self.index(cost) + most) / cost.definitions

    def part_by_server(self, cost: Cost) -> dict[str, float]:
        """What a task would take that reads the README of one server, and two of its modules."""
        rest = self.index(cost) + statistics.mean(
            each.guide + each.script + each.run.printed for each in self.readings
        )
        return {
            name: (rest + each.readme + 2 * each.module) / cost.definitions
            for name, each in self.packages.items()
        }
