"""Errors cross the socket as what they are."""

from __future__ import annotations

import json
import os
import socket

import pytest

from runtime.exceptions import (
    ConfigurationError,
    McpExecutionError,
    SchemaValidationError,
    ServerConnectionError,
    ToolExecutionError,
    ToolNotFoundError,
)
from runtime.host.wire import _peer_uid, error_data, error_from

ERRORS = [
    McpExecutionError("base"),
    ConfigurationError("config"),
    ServerConnectionError("lost"),
    ToolNotFoundError("none"),
    ToolExecutionError("failed", content=[{"type": "text", "text": "x"}], code=-32602),
    ToolExecutionError("failed"),
    SchemaValidationError("misfit", value={"a": [1.0, None]}),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_with_all_it_carries(error: McpExecutionError) -> None:
    back = error_from(json.loads(json.dumps(error_data(error))))
    assert type(back) is type(error)
    assert (str(back), vars(back)) == (str(error), vars(error))


def test_an_error_of_a_kind_that_is_not_known_here_is_one_of_ours() -> None:
    back = error_from({"type": "LaterError", "message": "words"})
    assert (type(back), str(back)) == (McpExecutionError, "words")


def test_the_user_at_the_other_end_is_known() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert _peer_uid(ours) == os.getuid()
