"""Scripts behave under ``mcp-exec`` as they do under ``python``."""

from __future__ import annotations

import re
import sys

import pytest

from tests.project import Ended, Project

# Each is run by both, and must end with the same code and the same words.
SAME_AS_PYTHON = {
    "nothing": "",
    "output": "print('out'); import sys; print('err', file=sys.stderr)",
    "exit with nothing": "import sys; sys.exit()",
    "exit with none": "import sys; sys.exit(None)",
    "exit with 0": "import sys; sys.exit(0)",
    "exit with 3": "import sys; sys.exit(3)",
    "exit with false": "import sys; sys.exit(False)",
    "exit with a negative number": "import sys; sys.exit(-1)",
    "exit with more than a byte": "import sys; sys.exit(259)",
    "exit with more than a word": "import sys; sys.exit(2**70)",
    "exit with text": "import sys; sys.exit('that is all')",
    "exit with an object": "import sys; sys.exit((1, 2))",
    "exit by raising": "raise SystemExit(4)",
    "exit by the builtin": "exit(5)",
    "exit at once": "import os; print('lost'); os._exit(6)",
    "exit within asyncio": "import asyncio, sys\nasync def f(): sys.exit(7)\nasyncio.run(f())",
    "exit in a finally": "try:\n    1 / 0\nfinally:\n    raise SystemExit(8)",
    "error": "x = 1\nraise ValueError('wrong')",
    "error in a function": "def f(n):\n    return g(n)\ndef g(n):\n    return 1 / n\nf(0)",
    "error with a cause": (
        "def f():\n    raise KeyError('first')\n"
        "try:\n    f()\nexcept KeyError as e:\n    raise ValueError('second') from e"
    ),
    "error with a context": (
        "def f():\n    raise KeyError('first')\ntry:\n    f()\nexcept KeyError:\n    int('x')"
    ),
    "error group": (
        "def f(n):\n    raise ValueError(n)\nerrors = []\nfor n in range(2):\n"
        "    try:\n        f(n)\n    except ValueError as e:\n        errors.append(e)\n"
        "raise ExceptionGroup('several', errors)"
    ),
    "error within asyncio": "import asyncio\nasync def f():\n    1 / 0\nasyncio.run(f())",
    "error with notes": "e = ValueError('a')\ne.add_note('a note')\nraise e",
    "error in the standard library": "import json\njson.loads('{')",
    "error in a module beside it": "import beside\nbeside.fail()",
    "error without end": "def f():\n    f()\nf()",
    "error of an own class": "class Oops(Exception):\n    pass\nraise Oops()",
    "error that cannot be shown": (
        "class Oops(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Oops()"
    ),
    "error in a thread": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()"
    ),
    "error in an exit handler": "import atexit\natexit.register(lambda: 1 / 0)",
    "error in an own hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0])\n1 / 0",
    "wrong syntax": "x = 1\ny = (\n",
    "wrong syntax of await": "def f():\n    await x\n",
    "wrong indentation": "if 1:\nx = 1",
    "generator outside": "yield 1",
    "future import": "from __future__ import annotations\nx: Missing = 1\nprint(__annotations__)",
    "docstring": '"""Mine."""\nprint(__doc__)',
    "names": "print(__name__, __file__, __package__, __spec__, sorted(globals()))",
    "loader": "print(type(__loader__).__name__, __loader__.path, __cached__)",
    "arguments": "import sys; print(sys.argv)",
    "orig arguments end": "import sys; print(sys.orig_argv[-2:])",
    "first folder": "import sys; print(sys.path[0])",
    "import beside": "import beside; print(beside.__file__)",
    "main module": "import __main__; x = 1; print(__main__.x, __main__.__dict__ is globals())",
    "pickle": (
        "import pickle\nclass A:\n    pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)"
    ),
    "own source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
    "warnings": "import warnings\nwarnings.warn('old', DeprecationWarning)",
    "input": "print(input().upper())",
    "logging": "import logging\nlogging.warning('w')\nlogging.info('i')",
    "exit handlers": "import atexit\natexit.register(print, 'bye')\nprint('main')",
    "late thread": (
        "import threading\n"
        "def f():\n    threading.main_thread().join()\n    print('late', __name__)\n"
        "threading.Thread(target=f).start()\nprint('main')"
    ),
    "finalisers": "class A:\n    def __del__(self):\n        print('del')\na = A()",
    "warning as error": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('w')",
    "spawned processes": (
        "import multiprocessing\ndef double(n):\n    return 2 * n\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(double, [1, 2]))"
    ),
    "forked processes": (
        "import multiprocessing\ndef double(n):\n    return 2 * n\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(double, [1, 2]))"
    ),
    "forked exit": (
        "import os, sys\n"
        "if (pid := os.fork()) == 0:\n    sys.exit(3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "subprocess": "import subprocess\nprint(subprocess.run(['echo', 'hi']).returncode)",
    "closed stdout": "import sys\nsys.stdout.close()",
    "task left behind": (
        "import asyncio\nasync def f():\n    asyncio.create_task(asyncio.sleep(60))\n"
        "asyncio.run(f())"
    ),
}


@pytest.mark.parametrize("source", SAME_AS_PYTHON.values(), ids=SAME_AS_PYTHON.keys())
def test_a_script_ends_as_under_python(project: Project, source: str) -> None:
    project.script("def fail():\n    raise ValueError('beside')\n", "beside.py")
    project.script(source)
    expected = project.run(sys.executable, "script.py", "a", "--b=c", stdin="typed\n")
    ended = project.exec("script.py", "a", "--b=c", stdin="typed\n")
    assert normal(ended) == normal(expected)


def normal(ended: Ended) -> Ended:
    """Without what differs from run to run: addresses, and how deep a recursion came."""
    err = re.sub(r"0x[0-9a-f]+|repeated \d+ more", "", ended.err)
    return Ended(ended.code, ended.out, err)


@pytest.mark.parametrize(
    "source",
    ["import sys; print(sys.argv, sys.path[0] == '')", "print(sorted(globals()))", "exit(3)"],
)
def test_code_on_the_command_line_ends_as_under_python(project: Project, source: str) -> None:
    args = ("-c", source, "--help", "-v", "--", "-c", "x")
    assert project.exec(*args) == project.run(sys.executable, *args)


@pytest.mark.parametrize(
    "source",
    [
        "import sys; print(sys.argv, sys.path[0] == '')",
        "print(__name__, __doc__)",
        "exit(3)",
        "import sys; print(sys.stdin.read() == '')",
    ],
)
def test_a_script_on_standard_input_ends_as_under_python(project: Project, source: str) -> None:
    args = ("-", "--help", "-v")
    assert project.exec(*args, stdin=source) == project.run(sys.executable, *args, stdin=source)


@pytest.mark.parametrize(
    "args", [("--help",), ("-c", "x"), ("--", "x"), ("-",), ("--timeout", "x"), ("-q", "-v"), ("",)]
)
def test_what_follows_the_script_is_the_script_s_own(
    project: Project, args: tuple[str, ...]
) -> None:
    project.script("import sys; print(sys.argv)")
    ended = project.exec("-q", "script.py", *args)
    assert (ended.code, ended.out) == (0, f"{['script.py', *args]}\n")


def test_a_script_elsewhere_imports_what_is_beside_it(project: Project) -> None:
    (project.root / "below").mkdir()
    project.script("print('beside')", "below/beside.py")
    project.script("import beside, sys; print(sys.path[0], sys.argv[0])", "below/script.py")
    ended = project.exec("below/script.py")
    assert ended.out == f"beside\n{project.root.resolve() / 'below'} below/script.py\n"


def test_a_script_behind_a_link_imports_what_is_beside_the_file_itself(project: Project) -> None:
    (project.root / "below").mkdir()
    project.script("print('beside')", "below/beside.py")
    project.script("import beside; print(__file__)", "below/script.py")
    (project.root / "link.py").symlink_to("below/script.py")
    assert project.exec("link.py") == project.run(sys.executable, "link.py")


def test_the_project_s_src_folder_can_be_imported_from(project: Project) -> None:
    (project.root / "src" / "servers" / "git").mkdir(parents=True)
    project.script("", "src/servers/__init__.py")
    project.script("NAME = 'git'", "src/servers/git/__init__.py")
    project.script("from servers.git import NAME; print(NAME)")
    assert project.exec("script.py").out == "git\n"


def test_a_script_may_await_at_top_level(project: Project) -> None:
    project.script("""
        '''Mine.'''
        import asyncio

        async def numbers():
            for n in range(3):
                yield n
                await asyncio.sleep(0)

        async for number in numbers():
            print(number)
        async with asyncio.timeout(60):
            print(await asyncio.sleep(0, "slept"))
        print([n async for n in numbers()])
        print(__name__, __doc__)
        raise SystemExit(3)
        """)
    ended = project.exec("script.py")
    assert ended.out == "0\n1\n2\nslept\n[0, 1, 2]\n__main__ Mine.\n"
    assert (ended.code, ended.err) == (3, "")


def test_code_on_the_command_line_and_on_standard_input_may_await(project: Project) -> None:
    source = "import asyncio\nprint(await asyncio.sleep(0, 'slept'))"
    assert project.exec("-c", source).out == "slept\n"
    assert project.exec("-", stdin=source).out == "slept\n"


def test_a_tool_is_called_with_a_top_level_await_and_stdout_is_the_script_s_alone(
    project: Project,
) -> None:
    project.add_adversary("stderr=noise of the server")
    ended = project.exec(
        "-c",
        "from runtime.mcp_client import call_mcp_tool\n"
        "print(await call_mcp_tool('adversary__echo', {'a': 1}))",
    )
    assert (ended.code, ended.out, ended.err) == (0, "{'a': 1}\n", "")


def test_verbose_output_goes_to_stderr(project: Project) -> None:
    ended = project.exec("-vv", "-c", CALL)
    assert (ended.code, ended.out) == (0, "")
    assert "[INFO] server 'adversary': connected to adversary 1" in ended.err
    assert "[DEBUG] calling 'adversary__echo'" in ended.err


CALL = "from runtime.mcp_client import call_mcp_tool_sync as call\ncall('adversary__echo')\n"


@pytest.mark.parametrize("source", ["x = 1\0", "# -*- coding: nonsense -*-\nx = 1"])
def test_a_script_that_is_no_text_of_python_is_named(project: Project, source: str) -> None:
    path = project.script(source)
    ended = project.exec("script.py")
    assert (ended.code, ended.out) == (1, "")
    assert f'File "{path}"' in ended.err
    assert ended.err.splitlines()[-1].startswith("SyntaxError: ")
    assert "Traceback" not in ended.err


# Tracebacks.


def frames(err: str) -> list[str]:
    """The functions and files that a traceback names."""
    return [line.strip() for line in err.splitlines() if line.startswith("  File ")]


def test_the_traceback_of_a_failed_call_shows_the_script_s_frames_and_our_message(
    project: Project,
) -> None:
    path = project.script("""
        from runtime.mcp_client import call_mcp_tool

        async def work():
            await call_mcp_tool("adversary__die", {"code": 7})

        await work()
        """)
    ended = project.exec("script.py")
    assert ended.code == 1
    assert frames(ended.err) == [
        f'File "{path}", line 7, in <module>',
        f'File "{path}", line 5, in work',
    ]
    assert ended.err.splitlines()[-1].startswith("runtime.exceptions.ServerConnectionError: ")
    assert ended.err.count("Traceback") == 1


def test_tracebacks_of_calls_in_exception_groups_and_chains_show_the_script_s_frames(
    project: Project,
) -> None:
    project.script("""
        import asyncio
        from runtime.mcp_client import call_mcp_tool

        async def work():
            async with asyncio.TaskGroup() as group:
                group.create_task(call_mcp_tool("adversary__nothing"))

        try:
            await work()
        except* Exception as group:
            raise ValueError("after") from group.exceptions[0]
        """)
    err = project.exec("script.py").err
    assert "ToolNotFoundError" in err
    assert "ValueError: after" in err
    assert "mcp_client.py" not in err
    assert "_script.py" not in err
    assert "harness.py" not in err


def test_the_traceback_of_a_failed_sync_call_shows_the_script_s_frames(project: Project) -> None:
    ended = project.exec("-c", CALL.replace("echo", "nothing"))
    assert ended.code == 1
    assert frames(ended.err) == ['File "<string>", line 2, in <module>']


@pytest.mark.parametrize("name", ["<string>", "<stdin>"])
def test_tracebacks_of_code_in_no_file_name_and_show_its_lines(project: Project, name: str) -> None:
    source = (
        "import traceback\ndef f():\n    1 / 0\n"
        "try:\n    f()\nexcept ZeroDivisionError:\n    traceback.print_exc()\nf()\n"
    )
    ended = project.exec("-c", source) if name == "<string>" else project.exec("-", stdin=source)
    in_f = f'File "{name}", line 3, in f'
    assert frames(ended.err) == [
        f'File "{name}", line 5, in <module>',
        in_f,
        f'File "{name}", line 8, in <module>',
        in_f,
    ]
    assert "    1 / 0\n" in ended.err


# After the script's main code.


def test_a_thread_goes_on_calling_after_the_main_code_has_ended(project: Project) -> None:
    project.script("""
        import threading
        from runtime.mcp_client import call_mcp_tool_sync

        def work():
            threading.main_thread().join()
            for n in range(3):
                print(call_mcp_tool_sync("adversary__echo", {"n": n}))

        call_mcp_tool_sync("adversary__echo")
        threading.Thread(target=work).start()
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "{'n': 0}\n{'n': 1}\n{'n': 2}\n"
    assert len(project.logged("started")) == 1


def test_a_thread_makes_its_first_call_after_the_main_code_has_ended(project: Project) -> None:
    project.script("""
        import asyncio, threading
        from runtime.mcp_client import call_mcp_tool

        def work():
            threading.main_thread().join()
            print(asyncio.run(call_mcp_tool("adversary__echo", {"n": 1})))

        threading.Thread(target=work).start()
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "{'n': 1}\n", "")


@pytest.mark.parametrize("connected", [True, False])
def test_an_exit_handler_of_the_script_may_call_tools(project: Project, connected: bool) -> None:
    project.script(f"""
        import atexit
        from runtime.mcp_client import call_mcp_tool_sync

        atexit.register(lambda: print(call_mcp_tool_sync("adversary__echo", {{"n": 1}})))
        if {connected}:
            call_mcp_tool_sync("adversary__echo")
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "{'n': 1}\n", "")


def test_the_exit_code_of_a_script_survives_the_end_of_its_connections(project: Project) -> None:
    project.add_adversary("ignore_eof", "ignore_term")
    ended = project.exec("-c", CALL + "import sys; sys.exit(3)")
    assert (ended.code, ended.out, ended.err) == (3, "", "")
