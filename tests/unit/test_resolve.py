"""A server's entry made ready for use: variables, places, environment, secrets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime._resolve import HttpTarget, StdioTarget, resolve_server
from runtime._text import redacted
from runtime.config import ServerConfig
from runtime.exceptions import ConfigurationError

ROOT = Path("/projects/demo")
SCRIPTS = os.path.dirname(sys.executable)


def _stdio(environ: Mapping[str, str] | None = None, **entry: Any) -> StdioTarget:
    server = ServerConfig.model_validate({"command": "run", **entry})
    target = resolve_server("one", server, ROOT, environ or {})
    assert isinstance(target, StdioTarget)
    return target


def _http(environ: Mapping[str, str] | None = None, **entry: Any) -> HttpTarget:
    server = ServerConfig.model_validate({"url": "https://example.com/mcp", **entry})
    target = resolve_server("one", server, ROOT, environ or {})
    assert isinstance(target, HttpTarget)
    return target


def _refusal(environ: Mapping[str, str] | None = None, **entry: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        resolve_server("one", ServerConfig.model_validate(entry), ROOT, environ or {})
    return str(caught.value)


# Variables.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "x"),
        ("${env:A}", "x"),
        ("a-${A}-${A}${B}", "a-x-xy z"),
        ("${MISSING:-other}", "other"),
        ("${env:MISSING:-other}", "other"),
        ("${MISSING:-}", ""),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY}", ""),
        ("${A:-other}", "x"),
        ("${MISSING:-a:-b}", "a:-b"),
        ("$A $ {A} {A} $$", "$A $ {A} {A} $$"),
        ("${workspaceFolder}/x", "/projects/demo/x"),
        ("${workspaceFolderBasename}", "demo"),
        ("a${/}b${pathSeparator}c", "a/b/c"),
        ("${REFERS}", "${A}"),
    ],
)
def test_variables_are_expanded_once(text: str, value: str) -> None:
    environ = {"A": "x", "B": "y z", "EMPTY": "", "REFERS": "${A}"}
    assert _stdio(environ, args=[text]).args == (value,)


def test_user_home_is_the_home_folder() -> None:
    assert _stdio(args=["${userHome}/x"]).args == (os.path.expanduser("~/x"),)


def test_variables_are_expanded_in_every_field_of_a_stdio_server() -> None:
    target = _stdio({"A": "x"}, command="${A}-c", args=["${A}-a"], env={"E": "${A}-e"}, cwd="${A}")
    assert (target.command, target.args, target.env["E"]) == ("x-c", ("x-a",), "x-e")
    assert target.cwd == ROOT / "x"


def test_variables_are_expanded_in_every_field_of_a_server_over_http() -> None:
    target = _http({"A": "x"}, url="https://${A}/mcp", headers={"H": "Bearer ${A}"})
    assert (target.url, target.headers) == ("https://x/mcp", {"H": "Bearer x"})
    assert target.transport == "http"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"command": "${MISSING}"}, "command"),
        ({"command": "x", "args": ["a", "${MISSING}"]}, "args[1]"),
        ({"command": "x", "env": {"KEY": "${env:MISSING}"}}, "env.KEY"),
        ({"command": "x", "cwd": "${MISSING}"}, "cwd"),
        ({"url": "${MISSING}"}, "url"),
        ({"url": "http://x", "headers": {"Auth": "Bearer ${MISSING}"}}, "headers.Auth"),
    ],
)
def test_an_unset_variable_names_server_field_variable_and_what_to_do(
    entry: dict[str, Any], field: str
) -> None:
    message = _refusal(**entry)
    assert message.startswith(f"mcpServers.one.{field} uses ${{")
    assert "MISSING is not set" in message
    assert "${MISSING:-value}" in message


def test_a_variable_that_vs_code_asks_its_user_for_is_told_as_that() -> None:
    message = _refusal(command="x", env={"KEY": "${input:api-key}"})
    assert message.startswith("mcpServers.one.env.KEY uses ${input:api-key}, which VS Code asks")


# Where and for how long.


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [(None, ROOT), (".", ROOT), ("sub", ROOT / "sub"), ("/elsewhere", Path("/elsewhere"))],
)
def test_a_server_starts_in_the_project_root_or_below_it(cwd: str | None, folder: Path) -> None:
    assert _stdio(cwd=cwd).cwd == folder


def test_a_tilde_in_cwd_is_the_home_folder() -> None:
    assert _stdio(cwd="~/x").cwd == Path(os.path.expanduser("~/x"))


def test_the_connect_timeout_is_the_one_of_the_config() -> None:
    assert _stdio(connectTimeout=7).connect_timeout == 7
    assert _stdio(command="npx").connect_timeout == 60
    assert _http().connect_timeout == 30


def test_the_transport_is_the_one_of_the_config() -> None:
    assert _http(url="https://example.com/sse").transport == "sse"


# Environment.

SAFE = {
    **dict.fromkeys(("HOME", "LOGNAME", "SHELL", "TERM", "USER"), "sdk"),
    **dict.fromkeys(("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_CACHE_HOME"), "place"),
    **dict.fromkeys(("HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), "network"),
}
PRIVATE = {"AWS_SECRET_ACCESS_KEY": "k", "PYTHONPATH": "p", "LD_PRELOAD": "l", "HOMEX": "h"}


def test_a_server_gets_the_safe_base_and_nothing_else() -> None:
    env = _stdio({**SAFE, **PRIVATE, "PATH": "/bin"}).env
    assert env == {**SAFE, "PATH": f"/bin:{SCRIPTS}"}


def test_names_in_inherit_env_are_passed_on_too() -> None:
    env = _stdio({**SAFE, **PRIVATE}, inheritEnv=["PYTHONPATH", "NOT_SET"]).env
    assert env["PYTHONPATH"] == "p"
    assert not {"AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "NOT_SET"} & set(env)


def test_inherit_env_true_passes_everything_on() -> None:
    env = _stdio({**SAFE, **PRIVATE, "PATH": "/bin"}, inheritEnv=True).env
    assert env == {**SAFE, **PRIVATE, "PATH": f"/bin:{SCRIPTS}"}


def test_the_env_of_the_config_comes_last() -> None:
    env = _stdio({"HOME": "/h", "PATH": "/bin"}, env={"HOME": "/other", "KEY": "k"}).env
    assert (env["HOME"], env["KEY"]) == ("/other", "k")


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"PATH": "/bin"}, f"/bin:{SCRIPTS}"),
        ({}, f"{os.defpath}:{SCRIPTS}"),
        ({"PATH": ""}, SCRIPTS),
    ],
)
def test_the_folder_of_this_interpreters_scripts_is_last_on_path(
    environ: dict[str, str], path: str
) -> None:
    assert _stdio(environ).env["PATH"] == path


# Secrets.


def test_no_expanded_or_given_value_is_in_the_repr_of_a_target() -> None:
    environ = {"TOKEN": "s3cret-token"}
    stdio = _stdio(environ, args=["--key=${TOKEN}"], env={"A": "given-s3cret", "B": "${TOKEN}"})
    http = _http(environ, url="https://x/?k=${TOKEN}", headers={"A": "given-s3cret"})
    assert "s3cret" not in repr(stdio) + repr(http)
    assert "'one'" in repr(stdio)


def test_all_that_a_server_was_given_is_redacted_in_its_words() -> None:
    environ = {"TOKEN": "token-value", "KEY": "key-value", "PUBLIC": "public-value"}
    stdio = _stdio(environ, args=["--key", "${KEY}"], env={"A": "literal-value", "B": "${TOKEN}"})
    words = "token-value key-value literal-value public-value"
    assert redacted(words, stdio.secrets) == "*** *** *** public-value"


@pytest.mark.parametrize("value", ["Bearer literal-token", "Basic  literal-token", "literal-token"])
def test_the_credentials_in_a_header_are_redacted_without_their_scheme_too(value: str) -> None:
    target = _http(headers={"Authorization": value})
    assert redacted("bad token 'literal-token'", target.secrets) == "bad token '***'"


def test_the_user_and_the_query_of_a_url_are_redacted() -> None:
    target = _http(url="https://me:password@example.com/mcp?key=literal-value#x")
    shown = redacted(
        "refused https://me:password@example.com/mcp?key=literal-value", target.secrets
    )
    assert shown == "refused https://***@example.com/mcp?***"


def test_white_space_around_a_header_such_as_a_files_last_line_end_is_left_out() -> None:
    target = _http({"TOKEN": "token-value\n"}, headers={"Authorization": "Bearer ${TOKEN}"})
    assert target.headers == {"Authorization": "Bearer token-value"}
    assert redacted("Bearer token-value", target.secrets) == "***"


@pytest.mark.parametrize("value", ["s3cret\nvalue", "s3cret\x00", "s3crét", "s3cret\r\nX: y"])
def test_a_header_that_cannot_be_sent_is_told_by_its_field_without_its_value(value: str) -> None:
    message = _refusal({"TOKEN": value}, url="http://x", headers={"Auth": "${TOKEN}"})
    assert message.startswith("mcpServers.one.headers.Auth cannot be sent")
    assert "s3cr" not in message


@pytest.mark.parametrize("name", ["", "two words", "a:b", "ä", "a\nb"])
def test_a_header_name_that_cannot_be_sent_is_refused(name: str) -> None:
    assert "cannot be sent" in _refusal(url="http://x", headers={name: "value"})
