"""Which tools are called for samples, and which are not."""

from typing import Any

import pytest

from runtime._discovery_safety import only_reads, refusal


def tool(name: str, **annotations: Any) -> dict[str, Any]:
    return {"name": name, "annotations": annotations} if annotations else {"name": name}


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        ({"readOnlyHint": False}, "readOnlyHint"),
        ({"readOnlyHint": "false"}, "readOnlyHint"),
        ({"readOnlyHint": 1}, "readOnlyHint"),
        ({"destructiveHint": 0}, "destructiveHint"),
        ({"readOnlyHint": False, "destructiveHint": False}, "readOnlyHint"),
        ({"destructiveHint": True}, "destructiveHint"),
        ({"readOnlyHint": True, "destructiveHint": True}, "destructiveHint"),
        ({"readOnlyHint": True, "destructiveHint": "yes"}, "destructiveHint"),
    ],
)
def test_what_the_server_marks_as_writing_is_refused_whatever_people_confirm(
    annotations: dict[str, Any], said: str
) -> None:
    marked = tool("get_item", **annotations)

    assert said in (refusal(marked) or "")
    assert said in (refusal(marked, confirmed_read_only=True) or "")


def test_what_the_server_marks_as_reading_is_called_whatever_its_name() -> None:
    assert refusal(tool("update_view", readOnlyHint=True, destructiveHint=False)) is None


@pytest.mark.parametrize(
    "name",
    [
        "delete_everything",
        "deleteEverything",
        "delete-everything",
        "DELETE_EVERYTHING",
        "bulkdelete",
        "ｄｅｌｅｔｅ",
        "createIssue",
        "createissue",
        "issue.create",
        "update",
        "write_file",
        "send_mail",
        "move_file",
        "git_commit",
        "run",
        "executeQuery",
        "merge_pull_request",
        "get_or_create_user",
        "find_and_replace",
        "read_and_archive",
        "launchbrowser",
        "order_get",
        "list_add",
        "info_set",
        "check_out_book",
        "XMLSend",
    ],
)
@pytest.mark.parametrize("annotations", [{}, {"title": "x"}, {"readOnlyHint": None}])
def test_a_name_that_means_writing_needs_confirmation_where_the_server_says_nothing(
    name: str, annotations: dict[str, Any]
) -> None:
    assert '"confirmedReadOnly": true' in (refusal(tool(name, **annotations)) or "")
    assert refusal(tool(name, **annotations), confirmed_read_only=True) is None


@pytest.mark.parametrize(
    "name",
    [
        *("git_status", "git_log", "getUser", "fetch", "echo", "list_settings", "x", "日本"),
        *("get_commit", "search_orders", "list_open_issues", "list_deployments"),
    ],
)
def test_a_name_that_does_not_mean_writing_is_called(name: str) -> None:
    assert refusal(tool(name)) is None


@pytest.mark.parametrize("annotations", ["read only", None, []])
def test_malformed_annotations_say_nothing(annotations: Any) -> None:
    assert refusal({"name": "get", "annotations": annotations}) is None
    assert refusal({"name": "delete", "annotations": annotations}) is not None


def test_only_what_is_marked_or_named_as_reading_is_proposed() -> None:
    assert only_reads(tool("frobnicate", readOnlyHint=True))
    assert only_reads(tool("list_items"))
    assert not only_reads(tool("frobnicate"))
    assert not only_reads(tool("list_items", readOnlyHint=False))
    assert not only_reads(tool("list_and_delete"))
