"""Callers of the API and what each may do: the one place of these rules.

A *person* proves themselves by a session and reaches only themselves. A *service* (the web app's server) has a
token of ASTRA_API_TOKENS and names the person it asks for. An *admin* is a person of ASTRA_ADMINS and reaches
anybody, which is logged. Nothing is ever allowed by a `user_id` alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import structlog
from starlette.requests import Request

from astra_pipeline.api import errors
from astra_pipeline.counters import SESSION_CHECKS, count
from astra_pipeline.settings import Settings

log = structlog.get_logger(__name__)

_SCHEME = "bearer "
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    """The proven sender of a request."""

    kind: Literal["person", "service", "admin"]
    id: str
    """The `user.id` of a person or an admin; of a service the beginning of its token's digest."""

    @property
    def subject(self) -> str:
        """The subject of the caller's rates: a person, or a token."""
        return f"{'service' if self.kind == 'service' else 'person'}:{self.id}"

    def person(self, user_id: str | None) -> str:
        """The id of the person whom a request with this `user_id` is about.

        Raises Refused: 403 when a person names another one, 400 when a service names nobody.
        """
        named = user_id or None
        if self.kind == "service":
            if named is None:
                raise errors.invalid({"user_id": "is missing"})
            return named
        if named is None or named == self.id:
            return self.id
        if self.kind == "person":
            raise errors.forbidden()
        log.info("an admin reaches another person", admin=self.id, user_id=named)
        return named

    def may_see(self, *user_ids: str | None) -> bool:
        """Whether the caller may see what concerns these people, of whom they may be one."""
        if self.kind == "person":
            return self.id in user_ids
        if self.kind == "admin" and self.id not in user_ids:
            log.info("an admin reaches another person", admin=self.id, user_id=next(filter(None, user_ids), None))
        return True


class SignedIn(Protocol):
    """The person of a session."""

    @property
    def user_id(self) -> str: ...
    @property
    def verified_email(self) -> str | None: ...
    @property
    def by(self) -> Literal["cookie", "bearer"]: ...


class Sessions(Protocol):
    """The look-up of sessions (`api/sessions.py`)."""

    async def signed_in(
        self, db: Any, cookie_headers: Sequence[str], authorization: str | None = None
    ) -> SignedIn | None: ...


class Callers:
    """The callers that the settings know."""

    def __init__(
        self,
        *,
        sessions: Sessions | None,
        tokens: Collection[str],
        admins: Collection[str],
        origins: Collection[str],
        takes_any_token: bool = False,
    ) -> None:
        """`takes_any_token`: the token of a session is looked up also when nothing is signed."""
        self._sessions = sessions
        self._tokens = [hashlib.sha256(token.encode()).digest() for token in tokens]
        self._admins = frozenset(admins)
        self._emails = frozenset(admin.casefold() for admin in admins if "@" in admin)
        self._origins = frozenset(origins)
        self._takes_any_token = takes_any_token

    @classmethod
    def of(cls, configured: Settings, sessions: Sessions | None) -> Callers:
        """The callers of these settings; without `sessions` nobody signs in, and services alone are known."""
        return cls(
            sessions=sessions,
            tokens=configured.api_tokens,
            admins=configured.admins,
            origins=configured.trusted_origins,
            takes_any_token=configured.astra_session_bearer == "any",
        )

    async def identify(self, request: Request, db: Any, *, takes_forms: bool = False) -> Caller:
        """The caller of a request. Raises Refused (401, or what a write by cookie needs), ServiceAway.

        `takes_forms`: a write need not be JSON, because the route asks for a token that no other site can know.
        """
        try:
            caller = await self._identify(request, db, takes_forms=takes_forms)
        except errors.Refused as refused:
            if refused.status_code == 401:
                count(SESSION_CHECKS, outcome="refused")
            raise
        count(SESSION_CHECKS, outcome=caller.kind)
        return caller

    async def _identify(self, request: Request, db: Any, *, takes_forms: bool) -> Caller:
        token = _token(request)
        if token is not None and (service := self._service(token)) is not None:
            return service
        if self._sessions is None:
            raise errors.unauthorized()
        # A bad token is not made good by a cookie beside it.
        cookies = [] if token is not None else request.headers.getlist("cookie")
        signed_in = await self._sessions.signed_in(db, cookies, request.headers.get("authorization"))
        if signed_in is None:
            raise errors.unauthorized()
        if signed_in.by == "cookie" and request.method not in _READS:
            self._refuse_foreign_write(request, takes_forms=takes_forms)
        return Caller("admin" if self._is_admin(signed_in) else "person", signed_in.user_id)

    def may_guess(self, request: Request) -> bool:
        """Whether the request has a token of no service that nobody signed, and that is looked up all the same."""
        token = _token(request) if self._takes_any_token else None
        return token is not None and "." not in token and self._service(token) is None

    def _service(self, token: str) -> Caller | None:
        """The service with this token. Every entry is compared, in constant time."""
        digest = hashlib.sha256(token.encode()).digest()
        matches = [hmac.compare_digest(digest, known) for known in self._tokens]
        return Caller("service", digest.hex()[:12]) if any(matches) else None

    def _is_admin(self, signed_in: SignedIn) -> bool:
        email = signed_in.verified_email
        return signed_in.user_id in self._admins or (email is not None and email.casefold() in self._emails)

    def _refuse_foreign_write(self, request: Request, *, takes_forms: bool) -> None:
        """Refuse a write that a page of another site may have caused: a browser sends cookies by itself.

        SameSite=Lax, which the cookie has, does not cover sibling subdomains.
        """
        origins = request.headers.getlist("origin")
        trusted = self._origins or {own_origin(request)}
        if any(origin not in trusted for origin in origins):
            raise errors.forbidden("Origin not allowed")
        if "cross-site" in request.headers.getlist("sec-fetch-site"):
            raise errors.forbidden("Origin not allowed")
        if not takes_forms and has_body(request) and not is_json(request):
            raise errors.unsupported_type()


def _token(request: Request) -> str | None:
    """The token of a request's `Authorization: Bearer`; None without one."""
    authorization = request.headers.get("authorization")
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return authorization[len(_SCHEME) :].strip()


def own_origin(request: Request) -> str:
    """The scheme and host under which the browser knows this service.

    A page cannot set X-Forwarded-Host without asking first (CORS), so the header may be believed here.
    """
    host = request.headers.get("x-forwarded-host", "").partition(",")[0].strip() or request.headers.get("host", "")
    scheme = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip() or request.url.scheme
    return f"{scheme}://{host}".lower()


def has_body(request: Request) -> bool:
    """Whether the request announces a body."""
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def is_json(request: Request) -> bool:
    """Whether the request says that its body is JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().casefold() == "application/json"
