"""The host: a process that keeps connections warm between scripts."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from runtime.host.address import host_folder
from tests.processes import wait_until
from tests.project import Ended, Project

PID_SCRIPT = """
    from runtime.mcp_client import call_mcp_tool
    print(await call_mcp_tool("adversary__pid"))
"""


@pytest.fixture(autouse=True)
def _hosts_of_its_own(hosted: Path) -> None:
    """Every test here runs with a host, and with no other test's."""


def status(project: Project) -> list[dict[str, Any]]:
    """What ``mcp-host status`` says of the hosts."""
    ended = host_command(project, "status", "--json")
    assert ended.code == 0, ended.err
    hosts: list[dict[str, Any]] = json.loads(ended.out)["hosts"]
    return hosts


def host_command(project: Project, *args: str) -> Ended:
    return project.run(sys.executable, "-m", "runtime.host.command", *args)


def code(text: str) -> tuple[str, str]:
    """The arguments that run ``text`` with everything of ``runtime.mcp_client`` at hand."""
    return "-c", f"from runtime.mcp_client import *; {text}"


class TestTheHost:
    def test_keeps_the_server_that_the_first_script_started(self, project: Project) -> None:
        script = project.script(PID_SCRIPT)
        first, second = project.exec(script), project.exec(script)
        assert (first.code, second.code) == (0, 0)
        assert first.out == second.out
        assert len(project.logged("started")) == 1

    def test_spares_a_warm_script_the_sdk_and_pydantic(self, project: Project) -> None:
        script = project.script("""
            import sys
            from runtime.mcp_client import call_mcp_tool
            await call_mcp_tool("adversary__pid")
            print([name for name in ("mcp", "pydantic", "anyio") if name in sys.modules])
            """)
        project.exec(script)
        assert project.exec(script).out == "[]\n"

    def test_is_not_started_for_a_script_without_a_call(self, project: Project) -> None:
        assert project.exec("-c", "print(1)").out == "1\n"
        assert status(project) == []

    def test_is_asked_for_by_the_option_or_the_config_too(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MCP_KEEP_ALIVE")
        script = project.script(PID_SCRIPT)
        assert project.exec("--keep-alive", "20", script).code == 0
        assert [host["keepAlive"] for host in status(project)] == [20]
        project.config_path.write_text(json.dumps({"mcpServers": project.servers, "keepAlive": 15}))
        assert project.exec(script).code == 0
        assert sorted(host["keepAlive"] for host in status(project)) == [15, 20]

    def test_passes_values_on_unchanged(self, project: Project) -> None:
        values = {"a": 1.0, "b": 2**70, "c": "é \U0001f600 \u2028", "d": None, "e": [[{}], 1e-300]}
        script = project.script(f"""
            import json
            from runtime.mcp_client import call_mcp_tool
            print(json.dumps(await call_mcp_tool("adversary__echo", {values!r})))
            """)
        assert json.loads(project.exec(script).out) == values

    def test_passes_errors_on_as_they_are_without_it(self, project: Project) -> None:
        script = project.script("""
            from runtime.exceptions import McpExecutionError
            from runtime.mcp_client import call_mcp_tool
            no = {"isError": True, "content": [{"type": "text", "text": "no"}]}
            for call in (
                ("adversary__answer", {"result": no}),
                ("adversary__strict", {"number": "seven"}),
                ("adversary__ech", {}),
                ("advers__echo", {}),
                ("adversary__echo", {"x": float("nan")}),
            ):
                try:
                    await call_mcp_tool(*call)
                except McpExecutionError as error:
                    more = {name: vars(error).get(name) for name in ("content", "code", "value")}
                    print(type(error).__name__, error, more)
            """)
        warm, cold = project.exec(script), project.exec(script, MCP_KEEP_ALIVE="0")
        assert warm.out == cold.out
        assert warm.out.count("\n") == 5

    def test_lists_tools_too(self, project: Project) -> None:
        project.exec(project.script(PID_SCRIPT))
        listing = code(
            "m = get_mcp_client_manager(); import asyncio;"
            "print(asyncio.run(m.list_tools('adversary')) =="
            " asyncio.run(m.list_all_tools())['adversary'])"
        )
        assert project.exec(*listing).out == "True\n"
        assert len(project.logged("started")) == 1

    def test_is_one_for_scripts_that_start_at_once(self, project: Project) -> None:
        script = project.script(PID_SCRIPT)
        with ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(lambda _: project.exec(script), range(4)))
        assert {each.code for each in ended} == {0}
        assert len({each.out for each in ended}) == 1
        assert len(status(project)) == 1

    def test_loses_nothing_of_fifty_scripts(self, project: Project) -> None:
        script = project.script("""
            import asyncio, sys
            from runtime.mcp_client import call_mcp_tool

            async def one(text):
                return (await call_mcp_tool("adversary__echo", {"text": text}))["text"] == text

            async def main():
                return await asyncio.gather(*(one(f"{sys.argv[1]}-{i}") for i in range(20)))

            print(all(asyncio.run(main())))
            """)
        project.exec(script, "first")
        with ThreadPoolExecutor(10) as pool:
            ended = list(pool.map(lambda number: project.exec(script, str(number)), range(50)))
        assert [each.out for each in ended] == ["True\n"] * 50
        assert len(project.logged("started")) == 1

    def test_is_another_one_for_another_value_of_a_variable(self, project: Project) -> None:
        project.add_adversary(env={"TOKEN": "${TOKEN_OF_TEST}"})
        script = project.script(PID_SCRIPT)
        one = project.exec(script, TOKEN_OF_TEST="first-value")
        two = project.exec(script, TOKEN_OF_TEST="second-value")
        again = project.exec(script, TOKEN_OF_TEST="first-value")
        assert one.out == again.out != two.out

    def test_of_another_version_is_left_alone(self, project: Project) -> None:
        script = project.script(PID_SCRIPT)
        first = project.exec(script)
        project.run(
            sys.executable,
            "-c",
            "import sys, runtime; runtime.__version__ = '0.0.0';"
            f"from runtime.harness import main; sys.exit(main([{str(script)!r}]))",
        )
        assert project.exec(script).out == first.out
        assert status(project)


class TestItsEnd:
    def test_comes_when_it_has_been_idle(self, project: Project) -> None:
        project.exec("--keep-alive", "0.2", project.script(PID_SCRIPT))
        wait_until(lambda: status(project) == [], "the host has left")
        project.assert_no_process_left()

    def test_comes_when_its_config_is_gone(self, project: Project) -> None:
        project.exec(project.script(PID_SCRIPT))
        project.config_path.unlink()
        wait_until(lambda: status(project) == [], "the host has left")
        project.assert_no_process_left()

    def test_does_not_come_during_a_call(self, project: Project) -> None:
        script = project.script("""
            from runtime.mcp_client import call_mcp_tool
            print(await call_mcp_tool("adversary__hold"))
            """)
        with project.started("--keep-alive", "0.1", script) as running:
            project.wait_for_calls("hold")
            wait_until(lambda: status(project)[0]["uptime"] > 1.5, "longer than it may be idle")
            project.exec("--keep-alive", "0.1", *code("call_mcp_tool_sync('adversary__release')"))
            assert running.ended().code == 0

    def test_by_the_command_gives_up_a_call_that_does_not_finish(self, project: Project) -> None:
        script = project.script("""
            from runtime.mcp_client import call_mcp_tool
            await call_mcp_tool("adversary__hang")
            """)
        with project.started(script) as running:
            project.wait_for_calls("hang")
            assert host_command(project, "stop").out == "1 stopped\n"
            ended = running.ended()
        assert ended.code == 1
        assert "was lost during the call" in ended.err

    def test_by_a_signal_in_a_call_is_a_clear_error_and_the_next_call_goes_on(
        self, project: Project
    ) -> None:
        script = project.script("""
            from runtime.exceptions import ServerConnectionError
            from runtime.mcp_client import call_mcp_tool
            try:
                await call_mcp_tool("adversary__hang")
            except ServerConnectionError as error:
                print(error)
            print(await call_mcp_tool("adversary__echo", {"after": 1}))
            """)
        with project.started(script) as running:
            project.wait_for_calls("hang")
            os.kill(status(project)[0]["pid"], signal.SIGKILL)
            ended = running.ended()
        assert "was lost during the call" in ended.out
        assert "{'after': 1}" in ended.out
        assert len(project.calls("hang")) == 1

    def test_by_a_signal_is_that_of_its_servers(self, project: Project) -> None:
        project.add_adversary("ignore_eof", "ignore_term", "daemon")
        project.exec(project.script(PID_SCRIPT))
        os.kill(status(project)[0]["pid"], signal.SIGKILL)
        project.assert_no_process_left()

    def test_leaves_a_socket_that_the_next_script_replaces(self, project: Project) -> None:
        script = project.script(PID_SCRIPT)
        project.exec(script)
        os.kill(status(project)[0]["pid"], signal.SIGKILL)
        assert project.exec(script).code == 0
        assert len(status(project)) == 1


class TestOneScript:
    def test_whose_server_crashed_leaves_the_next_one_a_new_server(self, project: Project) -> None:
        script = project.script(PID_SCRIPT)
        first = project.exec(script)
        project.exec(*code("call_mcp_tool_sync('adversary__die', {'code': 3})"))
        second = project.exec(script)
        assert second.code == 0
        assert first.out != second.out

    def test_that_is_killed_cancels_its_own_call_and_no_other(self, project: Project) -> None:
        script = project.script("""
            from runtime.mcp_client import call_mcp_tool
            print(await call_mcp_tool("adversary__hold"))
            """)
        with project.started(script) as victim, project.started(script) as other:
            project.wait_for_calls("hold", 2)
            victim.process.kill()
            wait_until(lambda: len(project.received("notifications/cancelled")) == 1)
            project.exec(*code("call_mcp_tool_sync('adversary__release')"))
            assert other.ended().code == 0


class TestTheCommand:
    def test_stops_the_host_of_this_config(self, project: Project) -> None:
        project.exec(project.script(PID_SCRIPT))
        assert host_command(project, "stop").out == "1 stopped\n"
        wait_until(lambda: status(project) == [], "the host has left")
        project.assert_no_process_left()
        assert host_command(project, "stop").out == "no host is running\n"

    def test_shows_hosts_servers_and_calls_as_a_table(self, project: Project) -> None:
        project.exec(project.script(PID_SCRIPT))
        head, row = host_command(project, "status").out.splitlines()
        assert head.split() == ["PID", "UPTIME", "IDLE", "CALLS", "SERVERS", "CONFIG"]
        assert row.split()[0] == str(status(project)[0]["pid"])
        assert "adversary (" in row
        assert str(project.config_path) in row

    def test_shows_what_the_host_has_connected(self, project: Project) -> None:
        project.exec(project.script(PID_SCRIPT))
        assert "server 'adversary': connected" in host_command(project, "logs").out

    def test_has_no_log_where_no_host_has_run(self, project: Project) -> None:
        ended = host_command(project, "logs")
        assert (ended.code, ended.out, ended.err) == (0, "", "no host has run\n")

    def test_names_the_config_that_cannot_be_read(self, project: Project) -> None:
        project.config_path.write_bytes(b"\xff")
        ended = host_command(project, "stop")
        assert ended.code == 1
        assert "cannot read" in ended.err

    def test_names_a_host_that_makes_no_sense(self, project: Project, hosted: Path) -> None:
        path = host_folder({"XDG_RUNTIME_DIR": str(hosted)}) / "0123456789abcdef.sock"
        with socket.socket(socket.AF_UNIX) as listening, ThreadPoolExecutor(1) as pool:
            listening.bind(str(path))
            listening.listen()

            def answer_nonsense() -> None:
                connection, _ = listening.accept()
                with connection, connection.makefile("rw") as lines:
                    lines.readline()
                    lines.write('{"id": 1, "result": {}}\n')

            for arguments in (["status"], ["status", "--json"], ["stop", "--all"]):
                answering = pool.submit(answer_nonsense)
                ended = host_command(project, *arguments)
                answering.result()
                assert ended.code == 1
                assert "does not answer" in ended.out + ended.err
                assert str(path) in ended.out + ended.err
            path.unlink()

    def test_names_the_config_that_is_missing(self, project: Project) -> None:
        ended = host_command(project, "stop", "--config", "nowhere.json")
        assert ended.code == 1
        assert "nowhere.json" in ended.err

    def test_wants_to_be_told_what_to_do(self, project: Project) -> None:
        assert host_command(project).code == 2


class TestSafety:
    def test_what_is_no_request_disturbs_nobody(self, project: Project, hosted: Path) -> None:
        script = project.script(PID_SCRIPT)
        before = project.exec(script)
        (path,) = (hosted / "mcp-execution").glob("*.sock")
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(str(path))
            rude.sendall(b'garbage\n[1]\n\n{"method": "notifications/cancelled"}\n')
            rude.sendall(b'{"id": 1, "method": "no such"}\n{"id": 2, "method": "ping"}\n')
            answers = rude.makefile()
            assert json.loads(answers.readline())["error"]["code"] == -32601
            assert json.loads(answers.readline())["result"] == {}
        assert project.exec(script).out == before.out

    def test_secrets_are_in_no_file_and_on_no_command_line(
        self, project: Project, hosted: Path
    ) -> None:
        project.add_adversary(env={"TOKEN": "${TOKEN_OF_TEST}"})
        project.exec(project.script(PID_SCRIPT), TOKEN_OF_TEST="very-secret-value")
        files = [path for path in (hosted / "mcp-execution").iterdir() if not path.is_socket()]
        assert files
        assert not any("very-secret-value" in path.read_text() for path in files)
        pid = status(project)[0]["pid"]
        assert b"very-secret-value" not in Path(f"/proc/{pid}/cmdline").read_bytes()

    def test_folder_and_socket_are_the_users_alone(self, project: Project, hosted: Path) -> None:
        project.exec(project.script(PID_SCRIPT))
        folder = host_folder({"XDG_RUNTIME_DIR": str(hosted)})
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [path.stat().st_mode & 0o777 for path in folder.glob("*.sock")] == [0o600]

    def test_a_folder_that_others_can_enter_is_refused(
        self, project: Project, hosted: Path
    ) -> None:
        (hosted / "mcp-execution").mkdir()
        (hosted / "mcp-execution").chmod(0o755)
        ended = project.exec(project.script(PID_SCRIPT))
        assert ended.code == 1
        assert "mode 0700" in ended.err

    def test_a_symbolic_link_in_its_place_is_not_followed(
        self, project: Project, hosted: Path, tmp_path: Path
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        (hosted / "mcp-execution").symlink_to(elsewhere)
        assert project.exec(project.script(PID_SCRIPT)).code == 1
        assert list(elsewhere.iterdir()) == []
