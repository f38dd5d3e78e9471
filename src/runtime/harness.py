"""``mcp-exec``: runs a Python script that uses MCP servers, and leaves nothing behind.

Exit codes: the script's own; 1 for an uncaught exception or an unusable script or config; 2 for
wrong usage; 124 when ``--timeout`` ran out; 130 and 143 for SIGINT and SIGTERM.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._cli import add_common_options, seconds

if TYPE_CHECKING:
    from ._script import Program

_INTERRUPTED = 130
_EPILOG = """\
exit codes: the script's own; 1 uncaught exception, unusable script or config; 2 wrong usage;
124 timeout; 130 SIGINT; 143 SIGTERM"""

_INTERRUPTED = 130
_DASHES = "\0--"
"""Stands for ``--`` while argparse parses, which would take it out of the script's arguments."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the script that ``argv`` (the process's own arguments when None) names.

    It becomes the process's ``__main__``, so this is called once, on the main thread.
    Returns the exit code; argparse raises SystemExit for wrong usage and ``--help``.
    """
    options = _parsed(sys.argv[1:] if argv is None else argv)
    gc.disable()  # until the script runs: what is being loaded is no garbage
    from ._console import configure_logging
    from ._interrupt import Interruption

    configure_logging(options.verbose, options.quiet)
    interruption = Interruption(options.timeout)
    try:
        interruption.start()
        code = _prepare_and_run(options)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    reason = interruption.script_over()
    if reason is not None and code in (None, 1, _INTERRUPTED):
        code = reason.exit_code
        _log_error(reason.words)
    # The connections close at exit (`mcp_client`), after the script's other threads have ended.
    return code or 0


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args([_DASHES if arg == "--" else arg for arg in argv])
    if options.code is not None:
        # What follows an attached -cCODE has gone to SCRIPT and ARGS.
        positional = [] if options.script is None else [options.script, *options.args]
        options.args = [*options.code_args, *positional]
    options.args = ["--" if arg == _DASHES else arg for arg in options.args]
    if options.code is None and options.script == _DASHES:
        if not options.args:
            parser.error("the following arguments are required: SCRIPT")
        options.script = options.args.pop(0)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-exec",
        usage="%(prog)s [options] (SCRIPT | -c CODE | -) [ARGS...]",
        description="Runs a Python script that uses MCP servers as functions.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common_options(parser)
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=seconds,
        help="stop the script after S seconds and exit with 124",
    )
    parser.add_argument(
        "--keep-alive",
        metavar="S",
        type=seconds,
        help="keep the connections for later scripts until they are idle for S seconds",
    )
    script = parser.add_argument("script", metavar="SCRIPT", help="a file; - for standard input")
    args = parser.add_argument(
        "args", metavar="ARGS", nargs=argparse.REMAINDER, help="the script's own arguments"
    )

    class CodeAction(argparse.Action):
        """Takes all that follows, as ``python -c`` does; no script is needed then."""

        def __call__(
            self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *given: Any
        ) -> None:
            values = given[0]
            if not values:
                parser.error("argument -c: expected the code to run")
            namespace.code, namespace.code_args = values[0], values[1:]
            script.required = args.required = False

    parser.add_argument(
        "-c",
        dest="code",
        metavar="CODE",
        nargs=argparse.REMAINDER,
        action=CodeAction,
        help="run CODE; what follows are its arguments",
    )
    return parser


def _prepare_and_run(options: argparse.Namespace) -> int | None:
    """The exit code, or None where the script ended without saying one."""
    from .exceptions import McpExecutionError
    from .mcp_client import get_mcp_client_manager

    try:
        program, args = _load(options)
        manager = get_mcp_client_manager()
        manager.keep_alive = options.keep_alive
        manager.initialize_sync(options.config)
    except McpExecutionError as error:
        _log_error(str(error))
        return 1
    except SyntaxError as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        return 1
    return _run(program, args, str(manager.servers_dir.parent))


def _load(options: argparse.Namespace) -> tuple[Program, list[str]]:
    from ._script import load_file, load_source

    if options.code is not None:
        return load_source(options.code, "<string>", "-c"), options.args
    if options.script == "-":
        return load_source(sys.stdin.buffer.read(), "<stdin>", "-"), options.args
    return load_file(options.script), options.args


def _run(program: Program, args: list[str], extra_path: str) -> int | None:
    """Runs the script and tells its end the way Python does."""
    from ._script import peel, run

    gc.freeze()  # what is loaded by now stays: neither collections nor the exit go through it
    gc.enable()
    try:
        run(program, args, extra_path)
    except SystemExit as exit_request:
        return _exit_code(exit_request.code)
    except BaseException as error:  # noqa: BLE001 - the top level of somebody's program
        peel(error, program)
        sys.excepthook(type(error), error, error.__traceback__)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return None


def _exit_code(code: Any) -> int:
    """What Python makes of the argument of ``sys.exit``."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


def _log_error(message: str) -> None:
    import logging

    logging.getLogger("runtime.harness").error("%s", message)  # also as python -m


if __name__ == "__main__":
    sys.exit(main())
