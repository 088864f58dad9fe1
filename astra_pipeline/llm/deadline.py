"""An HTTP client whose requests end: a client's time-outs are per read, and a server can send a byte a second."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from httpx_aiohttp import HttpxAiohttpClient


class _Cookies(httpx.Cookies):
    """Cookies that look at an answer only when it sets some: httpx takes each one apart, for a third of a
    millisecond."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class DeadlineClient(HttpxAiohttpClient):
    """An async client of httpx in which each request has its answer, body included, in time, or fails.

    A request that takes longer than `deadline_seconds` raises httpx.ReadTimeout. The wait for one of the
    `connections` is not part of it.
    """

    def __init__(self, *, deadline_seconds: float, connections: int, **options: Any) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        super().__init__(timeout=httpx.Timeout(deadline_seconds, pool=None), limits=limits, **options)
        self._kept = _Cookies()
        self._deadline_seconds = deadline_seconds
        self._places = asyncio.Semaphore(connections)

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies of earlier answers."""
        return self._kept

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._kept = _Cookies(cookies)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        async with self._places:
            try:
                async with asyncio.timeout(self._deadline_seconds):
                    return await super().send(request, **options)
            except TimeoutError:
                raise httpx.ReadTimeout("no whole answer in time", request=request) from None
