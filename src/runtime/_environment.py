"""Which variables of this process's environment matter to a server, and which it gets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping

VARIABLE = re.compile(r"\$\{([^{}]*)\}")
"""A variable in the config; the group is its expression: see `split_expression`."""

# What a stdio server inherits: the SDK's own list (mcp.client.stdio, 2.3.0), and what fetching
# launchers such as uvx and npx need to work behind a proxy or a private certificate authority.
_SDK_VARIABLES = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
_PLACE_VARIABLES = ("LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP")
_NETWORK_VARIABLES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("NODE_EXTRA_CA_CERTS", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"),
)
_SAFE_VARIABLES = frozenset((*_SDK_VARIABLES, *_PLACE_VARIABLES, *_NETWORK_VARIABLES))
_SAFE_PREFIXES = ("LC_", "XDG_")
_SESSION_VARIABLES = frozenset({"SHELL", "TERM", "LOGNAME", "_", "SHLVL", "PWD", "OLDPWD"})


def split_expression(expression: str) -> tuple[str, bool, str]:
    """Variable, whether there is a default, and the default, of ``VAR``, ``env:VAR`` and
    ``VAR:-default``."""
    variable, separator, default = expression.partition(":-")
    return variable.removeprefix("env:"), bool(separator), default


def inherited_environment(
    environ: Mapping[str, str], inherit: bool | Iterable[str]
) -> dict[str, str]:
    """What a server inherits: all of it where ``inherit`` is True, else a safe base and the names
    in ``inherit``. Its ``PATH`` ends in the folder of this interpreter's scripts."""
    if inherit is True:
        inherited = dict(environ)
    else:
        wanted = _SAFE_VARIABLES.union(inherit or ())
        inherited = {
            name: value
            for name, value in environ.items()
            if name in wanted or name.startswith(_SAFE_PREFIXES)
        }
    scripts = os.path.dirname(sys.executable)
    path = inherited.get("PATH", os.defpath)
    inherited["PATH"] = f"{path}{os.pathsep}{scripts}" if path else scripts
    return inherited


def what_servers_see(config_text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The part of ``environ`` that what the config describes depends on.

    What a server inherits in any case, every variable that the text names, in whatever place, and
    all there is where it says ``inheritEnv``; less what differs between two terminals of one user.
    """
    if "inheritEnv" in config_text:
        seen = dict(environ)
    else:
        named = {split_expression(found)[0] for found in VARIABLE.findall(config_text)}
        seen = inherited_environment(environ, named)
    return {
        name: value
        for name, value in seen.items()
        if name not in _SESSION_VARIABLES and not name.startswith("XDG_SESSION")
    }
