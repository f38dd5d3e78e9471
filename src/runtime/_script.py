"""Runs somebody's script the way Python itself would, and lets it ``await`` at top level.

Not through `runpy`, which puts the caller's ``__main__`` back when the script's code ends: its
threads, exit handlers and pickles would then find the wrong module. Here, as under ``python``, the
script is ``__main__`` until the process ends.
"""

from __future__ import annotations

import ast
import importlib.machinery
import io
import linecache
import os
import sys
from dataclasses import dataclass
from types import CodeType, ModuleType, TracebackType

from ._text import quoted
from .exceptions import McpExecutionError

_CO_COROUTINE = 0x80
_PACKAGE_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB_FOLDER = os.path.dirname(os.__file__) + os.sep
_INSTALLED = (_STDLIB_FOLDER + "site-packages", _STDLIB_FOLDER + "dist-packages")


@dataclass(frozen=True)
class Program:
    """Compiled source, and how it wants to be called."""

    code: CodeType
    argv0: str
    """What ``sys.argv[0]`` is."""
    import_folder: str
    """What ``sys.path[0]`` is."""
    file: str | None
    """The script's absolute path; None for source that is in no file."""

    @property
    def is_coroutine(self) -> bool:
        """Whether the source awaits at top level."""
        return bool(self.code.co_flags & _CO_COROUTINE)


class UnusableScriptError(McpExecutionError):
    """The script cannot be read."""


def load_file(path: str) -> Program:
    """The program in the file ``path``.

    Raises:
        UnusableScriptError: it is missing, a folder, or cannot be read.
        SyntaxError: it is not Python.
    """
    if os.path.isdir(path):
        raise UnusableScriptError(f"cannot run {quoted(path)}: it is a folder, name a script in it")
    file = os.path.abspath(path)
    try:
        with io.open_code(file) as source:
            code = _compile(source.read(), file)
    except OSError as error:
        hint = "; is the path right?" if isinstance(error, FileNotFoundError) else ""
        raise UnusableScriptError(f"cannot run {quoted(path)}: {error.strerror}{hint}") from error
    return Program(code, path, os.path.dirname(os.path.realpath(file)), file)


def load_source(source: str | bytes, name: str, argv0: str) -> Program:
    """The program in ``source``; tracebacks call it ``name`` and show its lines.

    Raises:
        SyntaxError: it is not Python.
    """
    code = _compile(source, name)
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return Program(code, argv0, "", None)


def _compile(source: str | bytes, name: str) -> CodeType:
    try:
        code: CodeType = compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        if error.filename is None:  # null bytes
            raise SyntaxError(error.msg, (name, 1, 1, None)) from None
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        try:
            code = compile(source, name, "exec", flags, dont_inherit=True)
        except SyntaxError:
            raise error from None
    except ValueError as error:  # null bytes before Python 3.11.4, or half a surrogate pair
        raise SyntaxError(str(error), (name, 1, 1, None)) from None
    return code


def run(program: Program, args: list[str], extra_path: str) -> None:
    """Runs ``program`` as ``__main__`` with ``args``; ``extra_path`` follows its own folder on
    ``sys.path``. Whatever it raises, also SystemExit, comes out of here."""
    sys.argv = [program.argv0, *args]
    if sys.flags.safe_path:
        sys.path.insert(0, extra_path)
    else:
        sys.path[:1] = [program.import_folder, extra_path]
    namespace = _main_module(program).__dict__
    if program.is_coroutine:
        import asyncio

        asyncio.run(eval(program.code, namespace))  # noqa: S307 - running it is the purpose
    else:
        exec(program.code, namespace)  # noqa: S102


def _main_module(program: Program) -> ModuleType:
    module = ModuleType("__main__")
    if program.file is not None:
        module.__file__ = program.file
        module.__loader__ = importlib.machinery.SourceFileLoader("__main__", program.file)
        module.__dict__["__cached__"] = None
    if "__annotations__" in sys.modules["__main__"].__dict__:  # not since Python 3.14
        module.__annotations__ = {}
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    return module


def peel(error: BaseException, program: Program) -> None:
    """Takes out of the tracebacks of ``error``, and of all it is chained to, the frames that are
    not the script's doing: those before it was entered, this package's own, and those of the
    standard library that this package called."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = _peeled(current.__traceback__, program)
        if isinstance(current, McpExecutionError):
            # Its message says all that the SDK's own errors below it do.
            current.__cause__ = None
            current.__suppress_context__ = True
            continue
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions


def _peeled(traceback: TracebackType | None, program: Program) -> TracebackType | None:
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    names = [frame.tb_frame.f_code.co_filename for frame in frames]
    start = names.index(program.code.co_filename) if program.code.co_filename in names else 0
    kept, below_ours = [], False
    for frame, name in zip(frames[start:], names[start:], strict=True):
        below_ours = name.startswith(_PACKAGE_FOLDER) or (below_ours and _is_stdlib(name))
        if not below_ours:
            kept.append(frame)
    for frame, following in zip(kept, [*kept[1:], None], strict=False):
        frame.tb_next = following
    return kept[0] if kept else None


def _is_stdlib(filename: str) -> bool:
    return filename.startswith(_STDLIB_FOLDER) and not filename.startswith(_INSTALLED)
