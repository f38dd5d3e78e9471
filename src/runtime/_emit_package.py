"""All tools of one server as the files of one package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ._emit_module import HEADER, ToolModule, ToolNames, render_tool_module
from ._emit_readme import server_readme, tool_line
from ._emit_source import Code, docstring, literal
from ._naming import (
    FILE_NAMES,
    MODULE_NAMES,
    Identifier,
    Names,
    identifier,
    pascal_case,
    unique_names,
)
from ._text import printable

Tool = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenderedTool:
    """A tool, its names and its module."""

    tool: Tool
    names: ToolNames
    module: ToolModule

    @property
    def file(self) -> str:
        """The name of the module's file."""
        return f"{self.names.function}.py"

    @property
    def exports(self) -> list[Identifier]:
        """The classes to import along with the function."""
        return [self.names.params, *([self.names.result] if self.module.has_result else [])]


@dataclass(frozen=True, slots=True)
class Package:
    """The files of one server's package, by name, and why the other tools have none."""

    server: str
    name: Identifier
    tools: list[RenderedTool]
    failures: dict[str, str] = field(default_factory=dict)
    """What is wrong with a tool's definition, by the tool's name."""

    @property
    def files(self) -> dict[str, str]:
        """The text of every file."""
        files: dict[str, str] = {each.file: each.module.source for each in self.tools}
        files["__init__.py"] = _init_source(self.server, self.tools)
        lines = [
            tool_line(each.tool, each.names.function, each.module.params) for each in self.tools
        ]
        files["README.md"] = server_readme(self.server, self.name, lines)
        return files | {"py.typed": ""}

    def manifest(self) -> dict[str, Any]:
        """Where the tools are: paths and modules below the folder of wrappers."""
        return {
            "package": self.name,
            "tools": {each.tool["name"]: self._entry(each) for each in self.tools},
        }

    def _entry(self, each: RenderedTool) -> dict[str, Any]:
        return {
            "file": f"{self.name}/{each.file}",
            "module": f"servers.{self.name}.{each.names.function}",
            "function": each.names.function,
            "params": each.names.params,
            "result": each.names.result if each.module.has_result else None,
            "unwrapped": each.module.unwrapped,
        }


def render_package(server: str, name: Identifier, tools: Iterable[Tool]) -> Package:
    """The package ``name`` of the ``tools`` of ``server``; a tool that fails spoils no other."""
    package = Package(server, name, [])
    by_name = {tool["name"]: tool for tool in tools}
    for tool_name, names in tool_names(by_name).items():
        try:
            module = render_tool_module(server, by_name[tool_name], names)
            compile(module.source, f"{names.function}.py", "exec", dont_inherit=True)
        except (RecursionError, MemoryError, SyntaxError, ValueError, TypeError) as e:
            package.failures[tool_name] = f"{type(e).__name__}: {printable(str(e), 200)}"
        else:
            package.tools.append(RenderedTool(by_name[tool_name], names, module))
    package.tools.sort(key=lambda each: each.names.function)
    return package


def package_names(servers: Iterable[str]) -> dict[str, Identifier]:
    """The packages of servers: distinct as folders on any file system."""
    return unique_names(servers, "server", (), Names(fold_case=True))


def tool_names(names: Iterable[str]) -> dict[str, ToolNames]:
    """The Python names of tools: distinct in their package, and as files on any file system."""
    files = Names(FILE_NAMES, fold_case=True)
    functions = unique_names(names, "tool", MODULE_NAMES, files)
    classes = Names([*MODULE_NAMES, *functions.values()])
    return {name: _with_classes(function, classes) for name, function in functions.items()}


def _with_classes(function: Identifier, taken: Names) -> ToolNames:
    for stem in taken.candidates(function, identifier(pascal_case(function), "tool")):
        if taken.claim(f"{stem}Params", f"{stem}Result"):
            break
    params, result = (identifier(stem + kind, "tool") for kind in ("Params", "Result"))
    return ToolNames(function, params, result)


def _init_source(server: str, tools: list[RenderedTool]) -> Code:
    told = docstring(f'Tools of the MCP server "{server}"; each loads when it is imported.', "")
    exported = {each.names.function: [*each.exports, each.names.function] for each in tools}
    imports = [
        f"    from .{function} import {', '.join(names)}" for function, names in exported.items()
    ]
    classes = [
        f"        {literal(each.names.function)}: {literal(' '.join(each.exports))},"
        for each in tools
    ]
    listed = [f"    {literal(name)}," for name in sorted(chain.from_iterable(exported.values()))]
    lines = [
        "from typing import TYPE_CHECKING",
        "",
        "from runtime._wrapper_package import make_lazy",
        "",
        "if TYPE_CHECKING:",
        *(imports or ["    pass"]),
        "",
        "__all__ = [",
        *listed,
        "]",
        "",
        "make_lazy(",
        "    __name__,",
        "    {",
        *classes,
        "    },",
        ")",
    ]
    return Code(f"{HEADER}{told}\n" + "\n".join(lines) + "\n")
