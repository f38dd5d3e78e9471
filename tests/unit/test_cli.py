"""What the commands' argument parsers have in common."""

from __future__ import annotations

import argparse

import pytest

from runtime import __version__
from runtime._cli import add_common_options, seconds


def _parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mcp-x")
    add_common_options(parser)
    return parser.parse_args(argv)


@pytest.mark.parametrize(
    ("argv", "config", "verbose", "quiet"),
    [
        ([], None, 0, False),
        (["--config", "a.json", "-v"], "a.json", 1, False),
        (["--config=a.json", "-vv"], "a.json", 2, False),
        (["-v", "--verbose", "-v"], None, 3, False),
        (["-q"], None, 0, True),
        (["--quiet"], None, 0, True),
    ],
)
def test_every_command_takes_a_config_and_a_volume(
    argv: list[str], config: str | None, verbose: int, quiet: bool
) -> None:
    options = _parse(*argv)
    assert (options.config, options.verbose, options.quiet) == (config, verbose, quiet)


def test_loud_and_quiet_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _parse("-v", "-q")
    assert end.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_version_is_said_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _parse("--version")
    assert end.value.code == 0
    assert capsys.readouterr().out == f"mcp-x {__version__}\n"


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), ("0.5", 0.5), ("1e3", 1000.0)])
def test_seconds_are_a_positive_number(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "-inf", "", "5s", "1_000x"])
def test_what_is_no_positive_finite_number_is_refused_by_its_text(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        seconds(text)
    assert str(caught.value) == f"{text!r} is no positive number of seconds"
