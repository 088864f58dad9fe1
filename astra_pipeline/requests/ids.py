"""Ids of requests: `req_` and a UUID of version 7, so that they sort by time and nobody guesses one."""

from __future__ import annotations

import re
import secrets
import time
import uuid

_ID = re.compile(r"req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


def uuid7(at_ms: int, randomness: bytes) -> uuid.UUID:
    """The UUID of version 7 (RFC 9562, section 5.7) of a moment and ten random bytes.

    `at_ms` is in milliseconds since 1970 (UTC). Of the random bytes 74 bits are used.
    """
    drawn = int.from_bytes(randomness[:10])
    value = (at_ms & (1 << 48) - 1) << 80 | 7 << 76 | (drawn >> 64 & 0xFFF) << 64 | 2 << 62 | drawn & (1 << 62) - 1
    return uuid.UUID(int=value)


def new_id() -> str:
    """The id of a new request."""
    return f"req_{uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))}"


def is_id(value: str) -> bool:
    """Whether a text has the form of a request's id."""
    return _ID.fullmatch(value) is not None
