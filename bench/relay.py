"""`python -m bench.relay ADDRESS PORT...`: what comes to a port of the address goes to that port of the loopback.

The embedded MongoDB and the stand-ins listen on the loopback only, as they should; a namespace has one of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

import uvloop

_PIECE = 256 * 1024


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _serve(address: str, ports: list[int]) -> None:
    async def connect(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, to_them = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, to_them), _pass_on(theirs, writer))

    for port in ports:
        await asyncio.start_server(lambda r, w, port=port: connect(port, r, w), address, port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], [int(port) for port in sys.argv[2:]]))
