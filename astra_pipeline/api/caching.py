"""Answers about a person: kept by the browser alone, and sent again only when they changed.

The ETag is strong: it names the exact bytes of the body, the person and the coding, so a body that was compressed
has another one.
"""

from __future__ import annotations

import base64
import gzip
import hashlib

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

COMPRESSED_FROM = 1024
_VARY = "Cookie, Authorization, Accept-Encoding"


def personal(request: Request, user_id: str, answer: BaseModel) -> Response:
    """The answer, or 304 when the caller has it already. To be called after authorisation."""
    body = answer.model_dump_json(exclude_unset=True).encode()
    coding = "gzip" if len(body) >= COMPRESSED_FROM and accepts_gzip(request.headers) else "identity"
    digest = hashlib.sha256(b"\0".join((body, user_id.encode(), coding.encode()))).digest()[:16]
    etag = f'"{base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag, "Vary": _VARY}
    if _has(request, etag):
        return Response(status_code=304, headers=headers)
    if coding == "gzip":
        # The time of its making is part of a gzip header: the same body must be the same bytes.
        body = gzip.compress(body, compresslevel=6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, 200, headers, "application/json")


def _has(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the ETag (RFC 9110, 13.1.2: compared weakly)."""
    named = ",".join(request.headers.getlist("if-none-match"))
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in named.split(","))


def accepts_gzip(headers: Headers) -> bool:
    """Whether the client takes gzip, as Accept-Encoding says (RFC 9110, 12.5.3)."""
    for part in ",".join(headers.getlist("accept-encoding")).split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
