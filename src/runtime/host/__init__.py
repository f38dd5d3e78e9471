"""Connections that outlive a script: a process that holds them, and the way to it.

A script that wants them kept (`keepAlive`) finds the host of its user, config, environment and
version by a Unix socket in a private folder, or starts one. The host answers calls with the
manager that a script would otherwise have had itself, and leaves when it has been idle long enough.

- ``address``: which host is meant, and where its socket is
- ``wire``: what is said over the socket
- ``client``: the script's side
- ``service``, ``__main__``: the host's process
- ``command``: ``mcp-host``
"""
