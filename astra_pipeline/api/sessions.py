"""Sessions of the web app's auth library (better-auth): a cookie becomes a person, or nobody.

The cookie's value is `token.signature`, percent-encoded once. The signature is HMAC-SHA256 over the token, keyed
by the app's secret, as 44 characters of base64. So a forged cookie costs no look-up. The session and its person are
then read from MongoDB and kept in this process for some seconds. The cookie `session_data` beside it is ignored: it
proves nothing about a session that was ended. Tokens and cookies are never logged.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import unquote

from astra_pipeline.api.under_way import UnderWay
from astra_pipeline.errors import SettingError
from astra_pipeline.people.sessions import Session, read_session
from astra_pipeline.settings import Settings
from astra_pipeline.store import clock

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

Bearer = Literal["off", "signed", "any"]

# better-auth falls back to it where no secret is set, outside of production. It is printed in its source.
_PUBLIC_SECRET = "better-auth-secret-12345678901234567890"
_SECRET_CHARACTERS = 32
_SIGNATURE_CHARACTERS = 44
_TOKEN_CHARACTERS = 256
_SCHEME = "bearer "
# Seconds for which a session, or the lack of one, is believed; and how many of them are kept.
_BELIEVED = 15.0
_NOT_FOUND_BELIEVED = 2.0
Kept = TypeVar("Kept")
_KEPT = 1_000


@dataclass(frozen=True)
class SignedIn:
    """The person of a request, proven by a session that is not over."""

    user_id: str
    """`user.id`, the key everywhere; the text of `user._id` for somebody who has none yet."""
    verified_email: str | None = field(default=None, repr=False)
    """Their e-mail address in lower case; None for one that nobody has verified."""
    by: Literal["cookie", "bearer"] = "cookie"
    """A browser sends cookies by itself, so that a write with one also needs a trusted origin."""


def session_secrets(configured: Settings) -> tuple[bytes, ...]:
    """The secrets whose cookies are taken, the app's own first.

    Raises SettingError, which names the variable and never the value, when the app's is not set, when one is the
    auth library's public default, or when one is shorter than 32 characters.
    """
    found: list[tuple[str, str]] = []
    if configured.better_auth_secrets is not None:
        found.append(("BETTER_AUTH_SECRETS", _first(configured.better_auth_secrets.get_secret_value())))
    elif configured.better_auth_secret is None and configured.auth_secret is not None:
        found.append(("AUTH_SECRET", configured.auth_secret.get_secret_value()))
    else:
        found.append(("BETTER_AUTH_SECRET", configured.required("BETTER_AUTH_SECRET")))
    if configured.astra_session_old_secrets is not None:
        old = configured.astra_session_old_secrets.get_secret_value().split(",")
        found += [("ASTRA_SESSION_OLD_SECRETS", secret.strip()) for secret in old if secret.strip()]
    for variable, secret in found:
        if secret == _PUBLIC_SECRET:
            raise SettingError(f"{variable} has the public default of better-auth, with which anybody can sign")
        if len(secret) < _SECRET_CHARACTERS:
            raise SettingError(f"{variable} has a secret of fewer than {_SECRET_CHARACTERS} characters")
    return tuple(secret.encode() for _, secret in found)


def _first(versions: str) -> str:
    """The secret that signs, of "2:new,1:old"."""
    version, colon, secret = versions.split(",")[0].strip().partition(":")
    if not (colon and version.strip().isdecimal() and secret.strip()):
        raise SettingError("BETTER_AUTH_SECRETS does not begin with VERSION:SECRET")
    return secret.strip()


def cookie_value(headers: Iterable[str], names: Sequence[str]) -> str | None:
    """The decoded value of the first of `names` that the `Cookie` headers have; None when they have none.

    A name's first cookie counts, and its value is percent-decoded once, in which a plus is a plus: as better-auth
    itself reads them. A name that is present decides, whatever its value is worth: a sibling domain can set a
    cookie without `__Secure-`, and must not sign people in as somebody else.
    """
    found: dict[str, str] = {}
    for name, value in _cookies(headers):
        found.setdefault(name, value)
    return next((_decoded(found[name]) for name in names if name in found), None)


def _cookies(headers: Iterable[str]) -> Iterator[tuple[str, str]]:
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                value = value.strip()
                yield name.strip(), value[1:-1] if value.startswith('"') else value


def _decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value


def verified_token(value: str, secrets: Iterable[bytes]) -> str | None:
    """The token of a decoded cookie value, if one of the secrets signed it."""
    token, _, signature = value.rpartition(".")
    if not _is_token(token) or not signature.isascii():
        return None
    if len(signature) != _SIGNATURE_CHARACTERS or not signature.endswith("="):
        return None
    expected = [_signature(secret, token.encode()) for secret in secrets]
    return token if any(hmac.compare_digest(signature.encode(), one) for one in expected) else None


def _is_token(text: str) -> bool:
    """Whether the text may be a token: better-auth's are 32 letters and digits."""
    return 0 < len(text) <= _TOKEN_CHARACTERS and text.isascii()


def _signature(secret: bytes, message: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, message, hashlib.sha256))


class Sessions:
    """The look-up of sessions, with what was found in the last seconds. One a process and database."""

    def __init__(
        self,
        secrets: Sequence[bytes],
        cookie_names: Sequence[str],
        bearer: Bearer = "off",
        *,
        now: Callable[[], dt.datetime] = clock.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = tuple(secrets)
        self._cookie_names = tuple(cookie_names)
        self._bearer: Bearer = bearer
        self._now = now
        self._monotonic = monotonic
        # SHA-256 of a token -> (until, session). Whoever reads this memory finds no token to use.
        self._found: OrderedDict[bytes, tuple[float, Session | None]] = OrderedDict()
        # SHA-256 of `Cookie` headers -> SHA-256 of the token that one of the secrets signed in them.
        self._verified: OrderedDict[bytes, bytes] = OrderedDict()
        self._look_ups = UnderWay()

    @classmethod
    def of(cls, configured: Settings) -> Sessions:
        """The sessions of the app that the settings name. Raises SettingError as `session_secrets` does."""
        names = [name.strip() for name in configured.astra_session_cookie.split(",") if name.strip()]
        return cls(session_secrets(configured), names, configured.astra_session_bearer)

    async def signed_in(
        self, db: Database, cookie_headers: Iterable[str], authorization: str | None = None
    ) -> SignedIn | None:
        """The person of a request with these `Cookie` headers, and this `Authorization` header where it is taken.

        None without a session, or with one that is forged, over or ended (ended ones are found out within 15 s).
        Raises ServiceAway when MongoDB cannot answer: nobody is signed out because of it.
        """
        by: Literal["cookie", "bearer"] = "bearer"
        token = self._bearer_token(authorization)
        if token is not None:
            session = await self._session(db, token)
        else:
            by, session = "cookie", await self._session_of_cookies(db, list(cookie_headers))
        if session is None or session.expires_at <= self._now():
            return None
        return SignedIn(session.user_id, session.verified_email, by)

    async def _session_of_cookies(self, db: Database, headers: list[str]) -> Session | None:
        """The session of `Cookie` headers. Those that were verified lately are not parsed and verified again."""
        sent = hashlib.sha256("\n".join(headers).encode()).digest()
        if (key := self._verified.get(sent)) is not None:
            until, session = self._found.get(key, (0.0, None))
            if self._monotonic() < until:
                return session
        value = cookie_value(headers, self._cookie_names)
        token = verified_token(value, self._secrets) if value else None
        if token is None:
            return None
        _keep(self._verified, sent, hashlib.sha256(token.encode()).digest())
        return await self._session(db, token)

    def _bearer_token(self, authorization: str | None) -> str | None:
        if self._bearer == "off" or not authorization or authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        value = authorization[len(_SCHEME) :].strip()
        if "." in value:
            return verified_token(_decoded(value), self._secrets)
        return value if self._bearer == "any" and _is_token(value) else None

    async def _session(self, db: Database, token: str) -> Session | None:
        key = hashlib.sha256(token.encode()).digest()
        # A page asks for several things at once.
        await self._look_ups.wait(key)
        until, session = self._found.get(key, (0.0, None))
        if self._monotonic() < until:
            return session
        asked_at = self._monotonic()
        with self._look_ups.doing(key):
            session = await read_session(db, token)
        _keep(self._found, key, (asked_at + (_BELIEVED if session else _NOT_FOUND_BELIEVED), session))
        return session


def _keep(known: OrderedDict[bytes, Kept], key: bytes, value: Kept) -> None:
    """Keep a value as the newest one, and forget the oldest ones above the bound."""
    known[key] = value
    known.move_to_end(key)
    while len(known) > _KEPT:
        known.popitem(last=False)
