"""httpx2 on aiohttp's connections, for answers that are read whole: half the CPU of its own transport."""

from __future__ import annotations

import ssl
import urllib.request
from typing import TYPE_CHECKING

import aiohttp
import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterable


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """A transport with at most `connections` connections to all hosts. No answer is streamed.

    The time-outs are those of the request: `connect`, and `read` from one piece of the answer to the next. Raises
    httpx2's errors.
    """

    def __init__(self, *, connections: int) -> None:
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], str | None] = {}

    @property
    def _session(self) -> aiohttp.ClientSession:
        # It belongs to the event loop that runs when it is first needed.
        if self._opened is None:
            connector = aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=60, ssl=ssl.create_default_context()
            )
            # httpx2 decodes what it gets by itself.
            self._opened = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self._opened

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(sock_connect=limits.get("connect"), sock_read=limits.get("read"))
        stream = request.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        try:
            async with self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await _whole(stream),
                timeout=timeout,
                allow_redirects=False,
                proxy=self._proxy_of(request.url.scheme, request.url.host),
                skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
            ) as answer:
                return httpx2.Response(
                    answer.status, headers=list(answer.raw_headers), content=await answer.read(), request=request
                )
        except aiohttp.ConnectionTimeoutError as error:
            raise httpx2.ConnectTimeout(type(error).__name__, request=request) from error
        except aiohttp.ClientConnectorError as error:
            raise httpx2.ConnectError(type(error).__name__, request=request) from error
        except TimeoutError as error:
            raise httpx2.ReadTimeout(type(error).__name__, request=request) from error
        except aiohttp.ClientError as error:
            raise httpx2.ReadError(type(error).__name__, request=request) from error

    def _proxy_of(self, scheme: str, host: str) -> str | None:
        """The proxy for a host, by the environment (HTTPS_PROXY, NO_PROXY)."""
        if (scheme, host) not in self._proxies:
            through = urllib.request.getproxies().get(scheme)
            self._proxies[scheme, host] = None if urllib.request.proxy_bypass(host) else through
        return self._proxies[scheme, host]

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.close()


async def _whole(stream: AsyncIterable[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])
