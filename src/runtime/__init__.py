"""Runs Python scripts that use MCP servers as typed Python functions.

The map of the package; each layer imports only from the ones below it:

- commands: ``harness`` (mcp-exec) with ``_script`` and ``_interrupt``; ``generate_wrappers``
  (mcp-generate) with ``_generate_*``; ``discover_schemas`` (mcp-discover) with
  ``_discovery_files``, ``_discovery_report`` and ``_discovery_sampling``; ``host.command``
  (mcp-host) and the host's process; ``_cli`` and ``_console`` for all of them
- wrapper: ``tool`` and ``_wrapper_*``, what generated modules import
- service: ``mcp_client``, the only way to reach a server
- edge: ``_connection`` and what it stands on: for servers over stdio ``_stdio`` (with
  ``_supervisor``), ``_stdio_session``, ``_rpc`` and ``_lines``; for those over HTTP ``_http``,
  ``_sdk_session`` and ``_tap``, the only ones that import the SDK; ``_loop`` for both; the
  script's side of ``host``
- pure, with no network, no disk and no event loop:

  - configuration: ``config``, ``_config_file``, ``_jsonc``, ``_environment``, ``_resolve``
  - answers: ``_results``, ``_tools``, ``_protocol``, ``normalize_fields``
  - JSON Schema to Python: ``schema_utils``, ``_schema_*``, ``_emitter``, ``_emit_*``, ``_naming``,
    ``_json_values``
  - samples to JSON Schema: ``schema_inference``, and the pure ``_discovery_*`` modules

- ground: ``exceptions``, ``_paths``, ``_text``

Importing this package loads none of them.
"""

__version__ = "2.0.0"
