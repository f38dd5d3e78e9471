"""Runs Python scripts that use MCP servers as typed Python functions.

The map of the package; each layer imports only from the ones below it:

========  ==========================================================  ============================
layer     modules                                                     what it is
========  ==========================================================  ============================
commands  harness, generate_wrappers, discover_schemas                ``mcp-exec``, ``mcp-generate``,
                                                                      ``mcp-discover``
wrapper   tool                                                        what generated modules import
service   mcp_client                                                  the only way to reach a server
edge      _connection, _stdio, _http, _loop                           transports and their I/O thread
pure      config, schema_utils, schema_inference, normalize_fields,   no network, no disk, no loop
          _results, _naming
ground    exceptions, _paths                                          errors and where files are
========  ==========================================================  ============================

Importing this package loads none of them.
"""

__version__ = "2.0.0"
