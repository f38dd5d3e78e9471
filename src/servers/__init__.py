"""Wrappers of the configured MCP servers, one package per server, written by ``mcp-generate``.

Everything below this file is generated and is not kept in git.
"""
