"""The config file: what is read, what is refused, and that no message repeats a value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.config import McpConfig, ServerConfig
from runtime.exceptions import ConfigurationError

SECRET = "s3cret-value"


def _parse(**top: Any) -> McpConfig:
    return McpConfig.parse(json.dumps(top))


def _server(**entry: Any) -> ServerConfig:
    return _parse(mcpServers={"one": entry}).servers["one"]


def _refusal(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        McpConfig.parse(text, "the/file.json")
    return str(caught.value)


def _server_refusal(**entry: Any) -> str:
    return _refusal(json.dumps({"mcpServers": {"one": entry}}))


# Keys.


def test_every_key_of_a_stdio_server_is_read() -> None:
    server = _server(
        type="stdio",
        command="uvx",
        args=["some-server", "-v"],
        env={"A": "1"},
        cwd="sub",
        disabled=True,
        timeout=5,
        connectTimeout=2.5,
        inheritEnv=["B"],
        allowedTools=["a*"],
        blockedTools=["ab"],
        normalization="ado-pascal-case",
    )
    assert server.model_dump() == {
        "type": "stdio",
        "command": "uvx",
        "args": ["some-server", "-v"],
        "env": {"A": "1"},
        "cwd": "sub",
        "url": None,
        "headers": {},
        "disabled": True,
        "timeout": 5.0,
        "connect_timeout": 2.5,
        "inherit_env": ["B"],
        "allowed_tools": ["a*"],
        "blocked_tools": ["ab"],
        "normalization": "ado-pascal-case",
    }


def test_a_server_needs_only_its_command() -> None:
    server = _server(command="x")
    assert (server.type, server.args, server.env, server.cwd) == ("stdio", [], {}, None)
    assert (server.disabled, server.timeout, server.connect_seconds) == (False, 120.0, 30.0)
    assert (server.inherit_env, server.allowed_tools, server.blocked_tools) == (False, None, [])
    assert server.normalization is None


def test_a_server_over_http_needs_only_its_url() -> None:
    server = _server(url="https://example.com/mcp", headers={"X": "y"})
    assert (server.type, server.url, server.headers) == (
        "http",
        "https://example.com/mcp",
        {"X": "y"},
    )


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.com/mcp", "http"),
        ("https://example.com/sse", "sse"),
        ("https://example.com/a/sse/", "sse"),
        ("https://example.com/sse?token=1", "sse"),
        ("https://example.com/sse/mcp", "http"),
        ("https://example.com/mysse", "http"),
        ("https://example.com/mcp?next=/sse", "http"),
    ],
)
def test_the_type_is_inferred_from_the_url(url: str, kind: str) -> None:
    assert _server(url=url).type == kind


@pytest.mark.parametrize(
    ("said", "meant"),
    [("http", "http"), ("streamable-http", "http"), ("sse", "sse"), (None, "http")],
)
def test_a_type_that_is_said_counts(said: str | None, meant: str) -> None:
    assert _server(type=said, url="https://example.com/mcp").type == meant


def test_servers_is_read_where_mcp_servers_is_absent() -> None:
    config = _parse(servers={"one": {"command": "x"}})
    assert config.servers["one"].command == "x"
    assert config.mcpServers is config.servers


def test_where_both_keys_are_given_mcp_servers_counts_and_the_other_is_named() -> None:
    config = _parse(mcpServers={"one": {"command": "x"}}, servers={"two": {"command": "y"}})
    assert list(config.servers) == ["one"]
    assert "servers" in list(config.ignored_keys())


def test_the_folder_of_wrappers_is_src_servers_unless_the_file_moves_it() -> None:
    assert _parse(mcpServers={}).servers_path == "src/servers"
    assert _parse(mcpServers={}, serversPath="lib/servers/").servers_path == "lib/servers/"


def test_a_folder_of_wrappers_that_scripts_cannot_import_is_refused() -> None:
    message = _refusal('{"mcpServers": {}, "serversPath": "lib/wrappers"}')
    assert message.startswith("the/file.json: serversPath: must end in a folder named 'servers'")


def test_a_server_name_may_be_anything_but_empty() -> None:
    names = ["a__b", "with space", "päth/x", "1"]
    assert list(_parse(mcpServers={name: {"command": "x"} for name in names}).servers) == names
    assert "mcpServers" in _refusal('{"mcpServers": {"": {"command": "x"}}}')


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ("npx", 60),
        ("uvx", 60),
        ("/usr/local/bin/npx", 60),
        ("docker", 60),
        ("C:\\bin\\npx", 60),
        ("npx-like", 30),
        ("node", 30),
    ],
)
def test_launchers_that_may_download_get_longer_to_connect(command: str, seconds: float) -> None:
    assert _server(command=command).connect_seconds == seconds


def test_a_connect_timeout_of_ones_own_counts_for_launchers_too() -> None:
    assert _server(command="npx", connectTimeout=3).connect_seconds == 3


@pytest.mark.parametrize(
    ("allowed", "blocked", "offered"),
    [
        (None, [], ["read", "read_all", "Read"]),
        (["read"], [], ["read"]),
        (["read*"], [], ["read", "read_all"]),
        (["*"], ["read_*"], ["read", "Read"]),
        (["read"], ["read"], []),
        ([], [], []),
        (None, ["[rR]ead"], ["read_all"]),
    ],
)
def test_patterns_decide_which_tools_exist_and_blocking_is_stronger(
    allowed: list[str] | None, blocked: list[str], offered: list[str]
) -> None:
    server = _server(command="x", allowedTools=allowed, blockedTools=blocked)
    assert [tool for tool in ("read", "read_all", "Read") if server.offers(tool)] == offered


# JSON with comments.


def test_comments_and_trailing_commas_are_allowed() -> None:
    config = McpConfig.parse("""\ufeff// top
        {
          /* the servers,
             all of them */
          "mcpServers": {
            "one": {"command": "x", "args": ["a", "b",], /* last */ }, // the end
          },
        }
        """)
    assert config.servers["one"].args == ["a", "b"]


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com//x",
        "a /* no comment */ b",
        "[1,]",
        "{,}",
        'quote \\" // and ,]',
        "ends in backslash \\",
        "// all of it",
    ],
)
def test_what_looks_like_a_comment_inside_a_string_stays(value: str) -> None:
    text = f'{{"mcpServers": {{"one": {{"command": {json.dumps(value)},}}}}}} // x'
    assert McpConfig.parse(text).servers["one"].command == value


@given(st.text(alphabet='"\\/*,]} \nab'), st.text(alphabet="/*,]} ab\t"))
def test_any_string_is_read_as_plain_json_reads_it_whatever_the_comments(
    value: str, comment: str
) -> None:
    text = f"""{{ // {comment}
        "mcpServers": {{"one": {{"command": "x", "args": [{json.dumps(value)},]}}, // {comment}
        }}, /*{comment.replace("*/", "")}x*/ }}"""
    assert McpConfig.parse(text).servers["one"].args == [value]


@pytest.mark.parametrize("filler", ["/" * 200, "/**/" * 200, "/* x */ " * 200, "// / " * 200])
def test_a_long_comment_after_a_comma_takes_no_time_to_read(filler: str) -> None:
    text = f'{{"mcpServers": {{"one": {{"command": "x", {filler}\n "cwd": "y"}}}}}}'
    assert McpConfig.parse(text).servers["one"].cwd == "y"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"mcpServers": {\n  "one": oops\n}}', "line 2, column 10"),
        ('{\n// comment\n/* two\nlines */ "mcpServers" {}}', "line 4, column 23"),
        ('{"mcpServers": {"one": {"command": "x",, }}}', "line 1, column"),
        ("", "line 1, column 1"),
        ('{"mcpServers": {}} more', "line 1, column 20"),
        ('{"mcpServers": "unterminated // text', "line 1, column 16"),
    ],
)
def test_a_syntax_error_is_told_with_file_line_and_column(text: str, place: str) -> None:
    assert _refusal(text).startswith(f"the/file.json: {place}")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"mcpServers": ' + "9" * 9000 + "}"])
def test_json_that_python_cannot_take_in_is_a_configuration_error(text: str) -> None:
    assert _refusal(text).startswith("the/file.json: ")


# Wrong types.


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"command": 5}, "mcpServers.one.command: "),
        ({"command": ""}, "mcpServers.one.command: "),
        ({"command": "x", "args": "a b"}, "mcpServers.one.args: "),
        ({"command": "x", "args": ["a", 5]}, "mcpServers.one.args[1]: "),
        ({"command": "x", "env": {"KEY": [SECRET]}}, "mcpServers.one.env.KEY: "),
        ({"command": "x", "env": [SECRET]}, "mcpServers.one.env: "),
        ({"command": "x", "timeout": "5"}, "mcpServers.one.timeout: "),
        ({"command": "x", "timeout": 0}, "mcpServers.one.timeout: "),
        ({"command": "x", "timeout": -1}, "mcpServers.one.timeout: "),
        ({"command": "x", "connectTimeout": True}, "mcpServers.one.connectTimeout: "),
        ({"command": "x", "disabled": "yes"}, "mcpServers.one.disabled: "),
        ({"command": "x", "inheritEnv": SECRET}, "mcpServers.one.inheritEnv: "),
        ({"command": "x", "inheritEnv": [5]}, "mcpServers.one.inheritEnv: "),
        ({"command": "x", "allowedTools": "a*"}, "mcpServers.one.allowedTools: "),
        ({"command": "x", "normalization": SECRET}, "mcpServers.one.normalization: "),
        ({"type": SECRET, "command": "x"}, "mcpServers.one.type: "),
        ({"type": [SECRET], "command": "x"}, "mcpServers.one.type: "),
        ({"url": 5}, "mcpServers.one.url: "),
        ({"url": "https://example.com", "headers": {"A": 5}}, "mcpServers.one.headers.A: "),
        ({}, "mcpServers.one: a server of type 'stdio' needs 'command'"),
        ({"type": "http"}, "mcpServers.one: a server of type 'http' needs 'url'"),
        ({"command": "x", "url": "http://x"}, "mcpServers.one: give 'command' or 'url', not both"),
    ],
)
def test_a_wrong_value_is_told_by_the_path_of_its_field_and_never_repeated(
    entry: dict[str, Any], path: str
) -> None:
    message = _server_refusal(**entry)
    assert message.startswith(f"the/file.json: {path}")
    assert SECRET not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "the whole file: must be an object"),
        ('"x"', "the whole file: must be an object"),
        ("{}", "mcpServers: is missing"),
        ('{"mcpServers": []}', "mcpServers: "),
        ('{"mcpServers": {"one": null}}', "mcpServers.one: must be an object"),
        ('{"mcpServers": {"one": "npx"}}', "mcpServers.one: must be an object"),
        ('{"servers": {"one": "npx"}}', "servers.one: must be an object"),
    ],
)
def test_a_wrong_shape_is_told_by_its_path(text: str, message: str) -> None:
    assert _refusal(text).startswith(f"the/file.json: {message}")


def test_several_wrong_fields_are_told_at_once_one_a_line() -> None:
    message = _server_refusal(command="x", args=5, timeout="x", env={"A": SECRET, "B": False})
    assert [line.partition(": ")[0] for line in message.splitlines()] == [
        "the/file.json",
        "  mcpServers.one.args",
        "  mcpServers.one.env.B",
        "  mcpServers.one.timeout",
    ]
    assert SECRET not in message


def test_no_secret_is_in_the_repr_of_a_config() -> None:
    config = _parse(
        mcpServers={
            "local": {
                "command": "x",
                "args": ["--api-key", SECRET],
                "env": {"KEY": SECRET},
                "unknown": {"clientSecret": SECRET},
            },
            "remote": {
                "url": f"https://example.com/?key={SECRET}",
                "headers": {"Authorization": SECRET},
            },
        },
        inputs=[{"default": SECRET}],
    )
    assert SECRET not in repr(config)
    assert SECRET not in str(config)
    assert "'local'" in repr(config)


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _server(command="x").disabled = True


# Files of other programs.

CLAUDE_CODE = """{
  "mcpServers": {
    "github": {
      "type": "http",
      "url": "${GITHUB_URL:-https://api.example.com}/mcp",
      "headers": {"Authorization": "Bearer ${GITHUB_TOKEN}"}
    },
    "db": {"type": "stdio", "command": "npx", "args": ["-y", "db-server"], "env": {"DB": "${DB}"}}
  }
}"""
CLAUDE_DESKTOP = """{
  "globalShortcut": "Ctrl+Space",
  "mcpServers": {
    "filesystem": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/me/Desktop"]
    }
  }
}"""
CURSOR = """{
  "mcpServers": {
    "remote": {"url": "https://example.com/sse", "headers": {"X-Key": "${env:KEY}"}},
    "local": {
      "type": "stdio",
      "command": "python",
      "args": ["${workspaceFolder}/tools/server.py", "${userHome}${/}x${pathSeparator}y"],
      "env": {"API_KEY": "${env:API_KEY}", "NAME": "${workspaceFolderBasename}"},
      "envFile": "${workspaceFolder}/.env",
      "alwaysAllow": ["read_file"]
    }
  }
}"""
VS_CODE = """{
  // asked for once
  "inputs": [
    {"type": "promptString", "id": "key", "description": "API key", "password": true},
  ],
  "servers": {
    "playwright": {
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "@playwright/mcp@latest"],
      "env": {"PORT": 8080, "DEBUG": null, "KEY": "x"},
      "envFile": "${workspaceFolder}/.env",
      "dev": {"watch": "build/**/*.js"},
    },
    "github": {"type": "http", "url": "https://api.example.com/mcp/"},
  },
}"""


@pytest.mark.parametrize(
    ("text", "types", "ignored"),
    [
        (CLAUDE_CODE, {"github": "http", "db": "stdio"}, []),
        (CLAUDE_DESKTOP, {"filesystem": "stdio"}, ["globalShortcut"]),
        (
            CURSOR,
            {"remote": "sse", "local": "stdio"},
            ["mcpServers.local.alwaysAllow", "mcpServers.local.envFile"],
        ),
        (
            VS_CODE,
            {"playwright": "stdio", "github": "http"},
            ["inputs", "mcpServers.playwright.dev", "mcpServers.playwright.envFile"],
        ),
    ],
    ids=["Claude Code", "Claude Desktop", "Cursor", "VS Code"],
)
def test_the_file_of_another_program_works_unchanged_and_what_is_ignored_can_be_named(
    text: str, types: dict[str, str], ignored: list[str]
) -> None:
    config = McpConfig.parse(text)
    assert {name: server.type for name, server in config.servers.items()} == types
    assert list(config.ignored_keys()) == ignored


def test_vs_codes_numbers_in_env_become_text_and_its_nulls_are_left_out() -> None:
    assert McpConfig.parse(VS_CODE).servers["playwright"].env == {"PORT": "8080", "KEY": "x"}
