"""The way into the admin page: for a person of ASTRA_ADMINS, or with ASTRA_ADMIN_TOKEN. All others find nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import structlog
from starlette.requests import Request

from astra_pipeline.api import errors
from astra_pipeline.api.callers import Callers
from astra_pipeline.api.limits import Limits
from astra_pipeline.settings import Settings

log = structlog.get_logger(__name__)

_SCHEME = "basic "
LOGIN = "/admin/login"
# The id of an admin whom a token let in: no person.
BY_TOKEN = "admin-token"
_CSRF = b"astra admin form"


@dataclass(frozen=True)
class Admin:
    """An admin who was let in, and the token that their forms carry."""

    id: str
    csrf: str

    def may_act(self, given: str) -> bool:
        """Whether a form carries this session's token, which no other site knows."""
        return hmac.compare_digest(self.csrf.encode(), given.encode())


async def admin_of(request: Request) -> Admin:
    """The admin who calls. Raises Refused: 404 for everybody else, 429 above the rate of bad credentials."""
    configured: Settings = request.app.state.configured
    authorization = request.headers.get("authorization", "")
    if authorization[: len(_SCHEME)].lower() == _SCHEME:
        if not _knows_token(authorization, configured):
            await _count_failed(request)
            raise errors.not_found("Page")
        return Admin(BY_TOKEN, _csrf(authorization))
    callers: Callers = request.app.state.callers
    try:
        caller = await callers.identify(request, request.app.state.db, takes_forms=True)
    except errors.Refused as refused:
        if refused.status_code == 401:
            if authorization or "cookie" in request.headers:
                await _count_failed(request)
            raise errors.not_found("Page") from None
        raise
    if caller.kind != "admin":
        raise errors.not_found("Page")
    return Admin(caller.id, _csrf(authorization or request.headers.get("cookie", "")))


def asks_for_password(configured: Settings) -> bool:
    """Whether the page has a sign-in of its own."""
    return configured.astra_admin_token is not None


def _knows_token(authorization: str, configured: Settings) -> bool:
    """Whether the password of an `Authorization: Basic` is the token; the name is anything."""
    try:
        given = base64.b64decode(authorization[len(_SCHEME) :].strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    known = configured.astra_admin_token
    return known is not None and hmac.compare_digest(given, known.get_secret_value().encode())


async def _count_failed(request: Request) -> None:
    limits: Limits = request.app.state.limits
    limits.refuse_known(request)
    await limits.spend_unproven(request, request.app.state.db, failed=True)


def _csrf(credential: str) -> str:
    """The token of a session's forms. It follows from the credential, which another site cannot read."""
    return hmac.digest(credential.encode(), _CSRF, hashlib.sha256).hex()
