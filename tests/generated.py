"""Generated modules in tests: rendered, loaded, and asked what they make of values."""

from __future__ import annotations

import itertools
import sys
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter

from runtime._emit_module import ToolModule, render_tool_module
from runtime._emit_package import tool_names
from runtime._naming import Identifier
from runtime._wrapper_objects import read_json
from runtime.tool import ToolParams

_numbers = itertools.count()


def render(tool: dict[str, Any], server: str = "server") -> ToolModule:
    """The module of one tool, of which only the schemas matter."""
    tool = {"name": "act", **tool}
    return render_tool_module(server, tool, tool_names([tool["name"]])[tool["name"]])


def load(source: str) -> ModuleType:
    """The module that ``source`` defines, as an import would make it."""
    module = ModuleType(f"generated_{next(_numbers)}")
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec", dont_inherit=True), module.__dict__)
    return module


def params_class(schema: Any) -> Any:
    """The class of the params of a tool with this input schema."""
    return load(render({"inputSchema": schema}).source).ActParams


def result_type(schema: dict[str, Any]) -> Any:
    """The type of the results of a tool with this output schema."""
    return load(render({"outputSchema": schema}).source).ActResult


def sent(params: ToolParams) -> dict[str, Any]:
    """What goes over the wire for ``params``."""
    return params.model_dump(mode="json", exclude_unset=True)


def reread(kind: Any, value: Any) -> Any:
    """``value`` read as ``kind`` and written again."""
    adapter = TypeAdapter(kind)
    read = read_json(lambda each: adapter.validate_python(each, strict=True), value, "the value")
    return adapter.dump_python(read, mode="json", by_alias=True, exclude_unset=True)


def code_of(schema: Any, required: bool = True) -> str:
    """The declaration of a field ``x`` with this schema."""
    from runtime.schema_utils import json_schema_to_pydantic_field

    return json_schema_to_pydantic_field("x", schema, required).declaration


def name(text: str) -> Identifier:
    """Shorter to write."""
    return Identifier(text)
