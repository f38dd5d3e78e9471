"""Field names made uniform, per server.

Azure DevOps (``ado``) answers with the same field in several spellings (``system.title``,
``System.Title``); its strategy renames keys by prefix so that a script reads one spelling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel

NormalizationStrategy = Literal["none", "ado-pascal-case"]

_ADO_PREFIXES = {
    "system.": "System.",
    "microsoft.": "Microsoft.",
    "custom.": "Custom.",
    "wef_": "WEF_",
}


class NormalizationConfig(BaseModel):
    """Which strategy each server's answers go through; a server that is not named has ``none``."""

    servers: dict[str, NormalizationStrategy] = {}


NORMALIZATION_CONFIG = NormalizationConfig(
    servers={"ado": "ado-pascal-case", "filesystem": "none", "github": "none"}
)


def get_normalization_strategy(server_name: str) -> NormalizationStrategy:
    """The strategy in force for ``server_name``: ``none`` unless the configuration names one."""
    return NORMALIZATION_CONFIG.servers.get(server_name, "none")


def update_normalization_config(server_name: str, strategy: NormalizationStrategy) -> None:
    """Sets the strategy for ``server_name`` for the rest of this process.

    Raises:
        ValueError: there is no such strategy.
    """
    _function_of(strategy)
    NORMALIZATION_CONFIG.servers[server_name] = strategy


def normalize_field_names(
    obj: Any, server_name: str, strategy: NormalizationStrategy | None = None
) -> Any:
    """``obj`` with its field names as the server's strategy spells them; ``obj`` is never changed.

    ``strategy`` overrules the one that is configured for ``server_name``.

    Raises:
        ValueError: there is no such strategy.
    """
    return _function_of(strategy or get_normalization_strategy(server_name))(obj)


def normalize_ado_fields(obj: Any) -> Any:
    """A copy of ``obj`` in which, at every depth of dicts and lists, ``system.``, ``microsoft.``,
    ``custom.`` and ``wef_`` at the start of a key become ``System.``, ``Microsoft.``, ``Custom.``
    and ``WEF_``.

    A key keeps its spelling where the new one is taken by a sibling: no value is lost.
    """
    top = [obj]
    pending: list[Any] = [top]  # copies whose items are still those of the original
    while pending:
        copy = pending.pop()
        for place, value in copy.items() if isinstance(copy, dict) else enumerate(copy):
            if isinstance(value, dict | list):
                copy[place] = _shallow_copy(value)
                pending.append(copy[place])
    return top[0]


def _shallow_copy(value: dict[Any, Any] | list[Any]) -> dict[Any, Any] | list[Any]:
    if isinstance(value, list):
        return list(value)
    return {_ado_key(key, value): item for key, item in value.items()}


def _ado_key(key: Any, siblings: dict[Any, Any]) -> Any:
    if not isinstance(key, str):
        return key
    for prefix, replacement in _ADO_PREFIXES.items():
        if key.startswith(prefix):
            renamed = replacement + key[len(prefix) :]
            return key if renamed in siblings else renamed
    return key


def _function_of(strategy: NormalizationStrategy) -> Callable[[Any], Any]:
    if strategy not in _STRATEGIES:
        raise ValueError(f"no normalization strategy {strategy!r}; known: {sorted(_STRATEGIES)}")
    return _STRATEGIES[strategy]


def _unchanged(obj: Any) -> Any:
    return obj


_STRATEGIES: dict[NormalizationStrategy, Callable[[Any], Any]] = {
    "none": _unchanged,
    "ado-pascal-case": normalize_ado_fields,
}
"""One function per strategy: to add one, name it in `NormalizationStrategy` and enter it here."""
