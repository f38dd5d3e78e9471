"""Runs Python scripts that use MCP servers as typed Python functions.

The map of the package; each layer imports only from the ones below it:

- commands: ``harness`` (mcp-exec), ``generate_wrappers`` (mcp-generate), ``discover_schemas``
  (mcp-discover), with ``_cli``, ``_console``, and for mcp-exec ``_script`` and ``_interrupt``
- wrapper: ``tool``, what generated modules import
- service: ``mcp_client``, the only way to reach a server
- edge: ``_connection`` and what it stands on: for servers over stdio ``_stdio`` (with
  ``_supervisor``), ``_stdio_session``, ``_rpc`` and ``_lines``; for those over HTTP ``_http``,
  ``_sdk_session`` and ``_tap``, the only ones that import the SDK; ``_loop`` for both
- pure: ``config``, ``_resolve``, ``schema_utils``, ``schema_inference``, ``normalize_fields``,
  ``_results``, ``_tools``, ``_protocol``, ``_naming``,
  ``_jsonc``, ``_environment``: no network, no disk, no event loop
- ground: ``exceptions``, ``_paths``, ``_text``

Importing this package loads none of them.
"""

__version__ = "2.0.0"
