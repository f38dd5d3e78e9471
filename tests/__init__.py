"""Tests of mcp-execution."""
