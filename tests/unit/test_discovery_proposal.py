"""What `mcp-discover --init` proposes to call, and with which params."""

from typing import Any

import pytest

from runtime._discovery_proposal import propose


def tool(name: str = "list", /, **properties: Any) -> dict[str, Any]:
    """A tool that reads, of which all params must be given."""
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    return {"name": name, "inputSchema": schema, "annotations": {"readOnlyHint": True}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"default": 3}, 3),
        ({"default": False}, False),
        ({"default": None, "examples": ["x"]}, "x"),
        ({"examples": ["a", "b"], "enum": ["b", "a"]}, "a"),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": "c"}, "c"),
        ({"$ref": "#/$defs/Kind"}, "one"),
        ({"$ref": "#/$defs/Kind", "default": "two"}, "two"),
    ],
)
def test_a_param_gets_what_its_schema_proposes(schema: Any, value: Any) -> None:
    proposed = tool("list", kind=schema)
    proposed["inputSchema"]["$defs"] = {"Kind": {"enum": ["one", "two"]}}

    assert propose([proposed]).safe_tools == {"list": {"kind": value}}


@pytest.mark.parametrize(
    "schema", [{}, {"type": "string"}, {"enum": []}, True, None, {"$ref": "#/nowhere"}]
)
def test_a_tool_is_left_out_and_named_where_a_param_has_no_proposed_value(schema: Any) -> None:
    proposal = propose([tool("list", kind=schema, other={"default": 1})])

    assert proposal.safe_tools == {}
    assert proposal.left_out == {"list": "its schema proposes no value for 'kind'"}


def test_params_that_need_not_be_given_are_left_to_the_server() -> None:
    optional = tool("list", kind={"default": 1})
    optional["inputSchema"]["required"] = []

    assert propose([optional]).safe_tools == {"list": {}}


@pytest.mark.parametrize(
    "schema", [None, True, {}, {"required": ["a"]}, {"required": None}, {"required": 5}]
)
def test_an_odd_input_schema_is_read_as_far_as_it_goes(schema: Any) -> None:
    proposal = propose([{"name": "list_items", "inputSchema": schema}])

    assert len(proposal.safe_tools) + len(proposal.left_out) == 1


def test_only_tools_that_read_and_declare_no_output_are_proposed() -> None:
    proposal = propose(
        [
            {"name": "list_a", "inputSchema": {}, "outputSchema": {"type": "object"}},
            {"name": "delete_a", "inputSchema": {}},
            {"name": "list_b", "inputSchema": {}, "annotations": {"readOnlyHint": False}},
            {"name": "frobnicate", "inputSchema": {}},
            {"name": "list_c", "inputSchema": {}},
        ]
    )

    assert proposal.safe_tools == {"list_c": {}}
    assert proposal.left_out == {
        "frobnicate": "neither its server nor its name says that it only reads"
    }
