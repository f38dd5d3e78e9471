"""``discovery_config.json``: the tools that may be called for samples, and with which params.

Nothing here touches the disk: `DiscoveryConfig.parse` takes the file's text.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ._jsonc import parse_jsonc
from .config import described
from .exceptions import ConfigurationError

Params = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class SampleCalls(_Strict):
    """One tool's entry: ``PARAMS``, ``[PARAMS, ...]``, or an object that also confirms that the
    tool only reads: ``{"confirmedReadOnly": true, "params": PARAMS or [PARAMS, ...]}``."""

    params: Annotated[list[Params], Field(min_length=1)]
    """The params of each call."""
    confirmed_read_only: bool = Field(default=False, alias="confirmedReadOnly")

    @model_validator(mode="before")
    @classmethod
    def _from_entry(cls, entry: Any) -> Any:
        if not isinstance(entry, dict):
            return {"params": entry}
        rest = dict(entry)
        confirmed = rest.pop("confirmedReadOnly", False)
        params = rest["params"] if len(rest) < len(entry) and rest.keys() == {"params"} else rest
        listed = params if isinstance(params, list) else [params]
        return {"params": listed, "confirmedReadOnly": confirmed}


class ServerSamples(_Strict):
    """One server's entry."""

    safe_tools: dict[str, SampleCalls] = Field(alias="safeTools")


class DiscoveryConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(strict=True, frozen=True)

    servers: dict[str, ServerSamples]

    @classmethod
    def parse(cls, text: str, origin: str) -> DiscoveryConfig:
        """The config that ``text`` holds; comments and trailing commas are allowed.

        Raises:
            ConfigurationError: with line and column of a syntax error, or the path of each field
                that is wrong. ``origin`` names the file in the message; no value is repeated.
        """
        data = parse_jsonc(text, origin)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise ConfigurationError(f"{origin}: {described(error)}") from None
