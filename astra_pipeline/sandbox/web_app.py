"""The web app's part in signing in, for the embedded stack: a session, and its cookie as better-auth signs it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from astra_pipeline.errors import NotFound
from astra_pipeline.store.collections import SESSIONS, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

COOKIE = "better-auth.session_token"
_LASTS = dt.timedelta(days=7)
_TOKEN_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class WebApp:
    """The secrets of a web app: of its sessions, of its server's calls to the API, and of ElevenLabs' webhooks."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    api_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    admin_token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    webhook_secret: str = field(default_factory=lambda: f"wsec_{secrets.token_hex(32)}", repr=False)

    initiation_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the API knows this web app."""
        return {
            "BETTER_AUTH_SECRET": self.secret,
            "ASTRA_API_TOKENS": self.api_token,
            "ELEVENLABS_WEBHOOK_SECRETS": self.webhook_secret,
            "ASTRA_ADMIN_TOKEN": self.admin_token,
            "ASTRA_INITIATION_SECRETS": self.initiation_secret,
        }

    def sign_in(self, db: Database[dict[str, Any]], user_id: str) -> str:
        """Make a session for a person; returns the header `Cookie`. Raises NotFound."""
        person = db[USERS].find_one({"id": user_id}, {"_id": 1})
        if person is None:
            raise NotFound(f"no user has the id {user_id!r}")
        now = dt.datetime.now(dt.UTC)
        token = "".join(secrets.choice(_TOKEN_CHARACTERS) for _ in range(32))
        session = {"token": token, "userId": person["_id"], "expiresAt": now + _LASTS}
        db[SESSIONS].insert_one(
            session | {"createdAt": now, "updatedAt": now, "ipAddress": "", "userAgent": "astra dev"}
        )
        return self.cookie(token)

    def note_phone(self, db: Database[dict[str, Any]], user_id: str, number: str) -> None:
        """Note the verified number of a person, as the app does."""
        db[USERS].update_one({"id": user_id}, {"$addToSet": {"astra.phone_numbers": number}})

    def cookie(self, token: str) -> str:
        """The header `Cookie` of a session with this token."""
        signature = base64.b64encode(hmac.digest(self.secret.encode(), token.encode(), hashlib.sha256)).decode()
        return f"{COOKIE}={quote(f'{token}.{signature}', safe='')}"
