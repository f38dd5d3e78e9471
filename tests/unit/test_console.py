"""What the commands say on stderr."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from runtime._console import configure_logging

OURS = logging.getLogger("runtime.some_module")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    loggers = [logging.getLogger(n) for n in ("runtime", "mcp", "client", "httpx2", "httpcore2")]
    before = [(log, log.handlers[:], log.level, log.propagate) for log in loggers]
    yield
    for log, handlers, level, propagate in before:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def _said(capsys: pytest.CaptureFixture[str], verbose: int = 0, quiet: bool = False) -> list[str]:
    configure_logging(verbose, quiet)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        OURS.log(level, "about %s", "it")
    output = capsys.readouterr()
    assert output.out == ""
    return output.err.splitlines()


ALL = ["[DEBUG] about it", "[INFO] about it", "[WARNING] about it", "[ERROR] about it"]


@pytest.mark.parametrize(
    ("verbose", "quiet", "said"),
    [
        (0, False, ALL[2:]),
        (1, False, ALL[1:]),
        (2, False, ALL),
        (5, False, ALL),
        (0, True, ALL[3:]),
    ],
)
def test_the_volume_decides_what_is_said(
    capsys: pytest.CaptureFixture[str], verbose: int, quiet: bool, said: list[str]
) -> None:
    assert _said(capsys, verbose, quiet) == said


def test_configuring_twice_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(2, False)
    assert _said(capsys) == ALL[2:]


@pytest.mark.parametrize("name", ["mcp.client.sse", "client", "httpx2", "httpcore2.http11"])
def test_the_sdk_and_the_http_client_are_not_heard(
    capsys: pytest.CaptureFixture[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logging(2, False)
    logging.getLogger(name).error("Authorization: s3cret")
    assert capsys.readouterr().err == ""


def test_the_scripts_own_logging_is_left_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logging(0, False)
    logging.getLogger("the_script").warning("its own words")
    assert capsys.readouterr().err == "its own words\n"
    assert logging.getLogger().handlers == []
