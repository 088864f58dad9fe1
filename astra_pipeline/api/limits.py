"""The rates of the API: how much one caller, or one address that proves nothing, may ask.

A caller has a bucket for each kind of request (`Bucket`), shared by all processes (store/rates.py). An address pays
only for requests that prove nobody: so a house full of signed-in people is not held to the rate of a stranger. An
address that is refused costs MongoDB nothing: a cookie that is not signed is not looked up.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from astra_pipeline.api import errors
from astra_pipeline.api.callers import Caller
from astra_pipeline.api.reads import Reads, share
from astra_pipeline.api.under_way import UnderWay
from astra_pipeline.counters import LIMITED, Bucket, count
from astra_pipeline.rates import Rate
from astra_pipeline.settings import Settings
from astra_pipeline.store import rates
from astra_pipeline.store.outages import is_outage

# A service asks for many people.
_OF_A_SERVICE = 50
# How many refused addresses and callers a process remembers.
_REMEMBERED = 10_000


class Limits:
    """The rates of the settings over one database; `off` allows everything."""

    def __init__(self, configured: Settings) -> None:
        self._off = configured.astra_rate_limits == "off"
        self._configured = configured
        self._reads = Reads()
        self._counts = UnderWay()
        # Address, or caller -> the moment of the monotonic clock until which it is above its rate.
        self._refused: OrderedDict[str, float] = OrderedDict()

    def spend_counted(self, request: Request, caller: Caller, bucket: Bucket) -> bool:
        """Whether a request of the caller is counted already, so that nothing need be asked of MongoDB."""
        if self._off:
            return True
        counted = self._reads.use(caller.subject) if bucket == "read" else None
        if counted is None:
            return False
        _note(request, bucket, self._rate(bucket, caller), counted)
        return True

    async def spend(self, request: Request, db: Any, caller: Caller, bucket: Bucket) -> None:
        """Count a request of the caller. Raises Refused (429), and what the driver raises.

        A read is let pass while MongoDB cannot count it.
        """
        if self._off:
            return
        rate = self._rate(bucket, caller)
        if bucket == "read":
            grant = await self._read(db, caller.subject, rate)
        else:
            grant = await rates.take(db, bucket, caller.subject, rate)
        if grant is None:
            return
        _note(request, bucket, rate, grant)
        if not grant.allowed:
            count(LIMITED, bucket=bucket)
            self._remember(caller.subject, grant.wait_seconds)
            raise errors.too_many(grant.wait_seconds)

    def is_above(self, caller: Caller) -> bool:
        """Whether this process has found the caller to be above a rate."""
        return self._refused.get(caller.subject, 0.0) > time.monotonic()

    async def _read(self, db: Any, subject: str, rate: Rate) -> rates.Grant | None:
        """The grant of a read, perhaps counted ahead (`api/reads.py`); None while MongoDB cannot count it."""
        ahead = share(rate)
        if ahead:
            await self._counts.wait(subject)
        if (counted := self._reads.use(subject)) is not None:
            return counted
        try:
            with self._counts.doing(subject):
                grant = await rates.take(db, "read", subject, rate, ahead=ahead)
                self._reads.note(subject, rate, grant)
        except Exception as error:
            if is_outage(error):
                return None
            raise
        # One that is refused may use what another one counted ahead meanwhile.
        return replace(grant, left=grant.left + grant.ahead) if grant.allowed else self._reads.use(subject) or grant

    def refuse_known(self, request: Request) -> None:
        """Refuse a request that proves nobody when this process has found its address to be above its rate.

        Raises Refused (429). It is not counted again.
        """
        until = self._refused.get(address_of(request), 0.0)
        if (wait := until - time.monotonic()) > 0:
            count(LIMITED, bucket="address")
            raise errors.too_many(wait)

    async def spend_unproven(self, request: Request, db: Any, *, failed: bool) -> None:
        """Count a request that proved nobody: `failed` when its credentials were bad, else it had none.

        Raises Refused (429) when its address is above the rate. Nothing is counted while MongoDB is away.
        """
        if self._off:
            return
        bucket = "failed" if failed else "address"
        rate = self._configured.astra_rate_failed if failed else self._configured.astra_rate_address
        address = address_of(request)
        try:
            grant = await rates.take(db, bucket, address, rate)
        except Exception as error:
            if is_outage(error):
                return
            raise
        _note(request, bucket, rate, grant)
        if grant.allowed:
            return
        count(LIMITED, bucket=bucket)
        self._remember(address, grant.wait_seconds)
        raise errors.too_many(grant.wait_seconds)

    def _remember(self, subject: str, wait_seconds: float) -> None:
        self._refused[subject] = time.monotonic() + wait_seconds
        self._refused.move_to_end(subject)
        while len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)

    def _rate(self, bucket: Bucket, caller: Caller) -> Rate:
        if bucket.startswith("force-") and caller.kind == "admin":
            return self._configured.astra_rate_force_admin
        rate: Rate = getattr(self._configured, f"astra_rate_{bucket.replace('-', '_')}")
        return rate.times(_OF_A_SERVICE) if caller.kind == "service" else rate


def address_of(request: Request) -> str:
    """The client's address: the server has put the one from X-Forwarded-For there, if a trusted hop named it.

    Of IPv6 the network (/64), since one household has as many addresses as it likes.
    """
    host = request.client.host if request.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def _note(request: Request, bucket: str, rate: Rate, grant: rates.Grant) -> None:
    """Note what the answer tells of a rate (draft-ietf-httpapi-ratelimit-headers-11)."""
    noted = request.scope.setdefault("state", {}).setdefault("rates", [])
    reset = math.ceil(grant.full_in_seconds)
    noted.append((f'"{bucket}";q={rate.count};w={rate.seconds}', f'"{bucket}";r={grant.left};t={reset}'))


def rate_headers(state: dict[str, Any]) -> dict[str, str]:
    """The headers that tell the rates noted in a request's `state`."""
    noted = state.get("rates")
    if not noted:
        return {}
    policies, left = zip(*noted, strict=True)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
