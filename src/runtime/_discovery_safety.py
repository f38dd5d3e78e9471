"""Which tools may be called just to see what they answer.

What a server says about a tool (MCP, "Tool annotations") decides; where it says nothing, the words
of the tool's name do. A tool that is refused here is sent nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

Tool = Mapping[str, Any]

_PLAINLY_WRITING = re.compile("creat|delet|destroy|insert|overwrit|remov|replac|updat|upsert|^writ")
"""What no name of a tool that only reads has in it, also inside a word: ``bulkdelete``."""
_VERBS = """
    accept activate add append apply approve authorize ban buy cancel clear configure confirm
    deactivate decline decrement detach disable dismiss drop edit enable enqueue erase eval exec
    execute flush give grant hide increment install invoke kill login logout migrate modify move
    mutate mute navigate notify pause pay promote prune publish purge push put reboot redo
    reject rename renew reopen reset restart resume revert revoke rm rollback rotate save sell
    send set shutdown spawn stop submit subscribe suspend swap terminate toggle truncate undo
    uninstall unlock unset unsubscribe upgrade upload wipe withdraw
"""
_VERBS_AND_NOUNS = """
    archive assign attach block book broadcast call checkout click clone close commit complete
    copy deploy dispatch fill follow fork import invite join launch lock mark merge mint mount
    open order patch pin post press provision pull purchase rate rebase refund register release
    reply request reserve resolve restore run schedule share sign star start store sync tag
    trade train transfer trigger type vote
"""
_READING_VERBS = """
    compare count describe diff explain fetch find get grep inspect list lookup peek preview
    query read search show summarize view
"""
_WRITING = frozenset(_VERBS.split())
_WRITING_OR_NOUN = frozenset(_VERBS_AND_NOUNS.split())
"""Verbs of writing that are nouns behind a verb of reading, as in ``get_commit``."""
_READING = frozenset(_READING_VERBS.split())
_CONJUNCTIONS = frozenset(("and", "or", "then"))
_LONG = 5

_CONFIRM = 'if it only reads, give its entry "confirmedReadOnly": true'


def refusal(tool: Tool, *, confirmed_read_only: bool = False) -> str | None:
    """Why ``tool``, as its server lists it, must not be called; None when it may.

    ``confirmed_read_only``, which only people can say, outweighs the name of a tool of which the
    server says nothing. It never outweighs the server.
    """
    read_only, destructive = _hint(tool, "readOnlyHint"), _hint(tool, "destructiveHint")
    if read_only is not None and read_only is not True:
        return "the server marks it as writing (readOnlyHint)"
    if destructive is not None and destructive is not False:
        return "the server marks it as destructive (destructiveHint)"
    if read_only or confirmed_read_only:
        return None
    word = _writing_word(tool["name"])
    if word is None:
        return None
    return f"the server does not say that it only reads, and its name says {word!r}; {_CONFIRM}"


def only_reads(tool: Tool) -> bool:
    """Whether the server says that ``tool`` only reads, or else its name clearly does."""
    if refusal(tool) is not None:
        return False
    return _hint(tool, "readOnlyHint") is True or not _READING.isdisjoint(_words(tool["name"]))


def _hint(tool: Tool, name: str) -> Any:
    annotations = tool.get("annotations")
    return annotations.get(name) if isinstance(annotations, Mapping) else None


def _writing_word(name: str) -> str | None:
    """The word of a tool's name that means writing, or None.

    Behind a verb of reading, up to the next conjunction, fewer words mean it: ``get_order`` reads,
    ``order_get``, ``get_and_order`` and ``list_add`` do not.
    """
    reading = False
    for word in _words(name):
        if _PLAINLY_WRITING.search(word) or word in _WRITING:
            return word
        if not reading and _starts_with_verb_of_writing(word):
            return word
        reading = (reading or word in _READING) and word not in _CONJUNCTIONS
    return None


def _starts_with_verb_of_writing(word: str) -> bool:
    """Whether ``word`` is one, or starts with a long one, as ``launchbrowser`` does."""
    verbs = _WRITING | _WRITING_OR_NOUN
    return word in verbs or any(word[:length] in verbs for length in range(_LONG, len(word)))


def _words(name: str) -> list[str]:
    """The words of a name in any spelling: ``deleteAll``, ``HTTPDelete``, ``DELETE-ALL``."""
    text = unicodedata.normalize("NFKC", name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return re.findall(r"[a-z]+", spaced.lower())
