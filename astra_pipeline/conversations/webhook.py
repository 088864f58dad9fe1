"""ElevenLabs' webhooks: who signed a body, and what it says. Pure.

Signed is the text of the header's time, a dot, and the raw bytes of the body: a body that was parsed and written
again has another signature. So the bytes are hashed as they come in, and read only when the signature holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from astra_pipeline.conversations.ending import EndedCall
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.conversations.wire_json import readable
from astra_pipeline.errors import BadDocument

HEADER = "ElevenLabs-Signature"
FUTURE = dt.timedelta(seconds=300)
"""The time by which ElevenLabs' clock may be ahead of ours."""
TRANSCRIPTION, OTEL = "post_call_transcription", "post_call_transcription_otel"
AUDIO, INITIATION_FAILURE = "post_call_audio", "call_initiation_failure"
KNOWN_TYPES = (TRANSCRIPTION, OTEL, AUDIO, INITIATION_FAILURE)

Ignored = Literal["foreign agent", "audio", "otel", "unknown type", "too large", "no conversation_id"]

_TIME = re.compile(r"\d{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
# The beginning of a body too large to keep, which names its type and its conversation.
_HEAD_BYTES = 4096
_NAMED = {
    name: re.compile(rb'"' + name.encode() + rb'"\s*:\s*"([A-Za-z0-9_.-]{1,200})"')
    for name in ("type", "agent_id", "conversation_id")
}
_LONGEST_TYPE = 100
_A_DAY = dt.timedelta(days=1)
_LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC).timestamp()


@dataclass(frozen=True)
class Signed:
    """The signature's header, read."""

    time: str
    """The time as it was signed, as text."""
    digests: tuple[str, ...]
    """Hexadecimal, lower case. One that matches is enough."""

    @property
    def at(self) -> dt.datetime:
        """When the body was signed (UTC)."""
        return dt.datetime.fromtimestamp(min(int(self.time), _LATEST), dt.UTC)


def read_header(text: str | None) -> Signed | None:
    """The header `t=<unix>,v0=<hex>`; None when it is missing or malformed.

    Spaces, upper case, another order and further schemes are no fault. Each of several `v0` may match. Of several
    times nobody knows which one was signed.
    """
    parts = [part.strip().partition("=") for part in (text or "").split(",")]
    times = [value.strip() for name, _, value in parts if name.strip().lower() == "t"]
    digests = tuple(value.strip().lower() for name, _, value in parts if name.strip().lower() == "v0")
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        return None
    read = tuple(digest for digest in digests if _DIGEST.fullmatch(digest))
    return Signed(times[0], read) if read else None


def is_fresh(signed: Signed, *, now: dt.datetime, tolerance: dt.timedelta) -> bool:
    """Whether the body was signed lately: not longer ago than `tolerance`, and not in the future."""
    return now - tolerance <= signed.at <= now + FUTURE


class Incoming:
    """A body while it comes in: hashed as a whole, kept as long as it is small. Memory does not grow with it."""

    def __init__(self, signed: Signed, secrets: Sequence[str], *, keep_bytes: int) -> None:
        self.size = 0
        self._signed = signed
        self._sums = [hmac.new(secret.encode(), f"{signed.time}.".encode(), hashlib.sha256) for secret in secrets]
        self._digest = hashlib.sha256()
        self._keep_bytes = keep_bytes
        self._kept: bytearray | None = bytearray()
        self._head = bytearray()

    def take(self, piece: bytes) -> None:
        """Hash the next piece, and keep it if the body is still small."""
        self.size += len(piece)
        self._digest.update(piece)
        for total in self._sums:
            total.update(piece)
        if len(self._head) < _HEAD_BYTES:
            self._head += piece[: _HEAD_BYTES - len(self._head)]
        if self._kept is not None:
            if self.size > self._keep_bytes or self._is_recording:
                self._kept = None
            else:
                self._kept += piece

    @property
    def _is_recording(self) -> bool:
        """Whether the beginning says that the rest is sound."""
        return self.size > _HEAD_BYTES and _named(bytes(self._head))["type"] == AUDIO

    @property
    def is_authentic(self) -> bool:
        """Whether one of the secrets gives one of the header's digests."""
        pairs = [(total.hexdigest(), given) for total in self._sums for given in self._signed.digests]
        return any(hmac.compare_digest(ours, given) for ours, given in pairs)

    def event(self) -> Event:
        """The event in an authentic body. Raises BadDocument when it is no JSON object."""
        digest = self._digest.hexdigest()
        if self._kept is None:
            return _by_its_head(bytes(self._head), digest, self._signed.at)
        return read_event(bytes(self._kept), digest=digest, signed_at=self._signed.at)


@dataclass(frozen=True, kw_only=True)
class Event:
    """An authentic event, as far as it is used."""

    type: str
    conversation_id: str | None
    agent_id: str | None
    at: dt.datetime
    """When it happened (UTC), by ElevenLabs' clock."""
    digest: str
    """SHA-256 of the body, in hexadecimal."""
    payload: str | None = None
    """The body of a transcription as text."""
    call: EndedCall | None = None
    """The call that is over."""
    ignored: Ignored | None = None
    """Why it changes nothing."""

    @property
    def key(self) -> str:
        """The id under which every delivery of it is one document."""
        return event_key(self.type, self.conversation_id or self.digest)


def event_key(kind: str, name: str) -> str:
    """The id of an event of this type about a conversation."""
    return f"{kind}:{name}"


def read_event(body: bytes, *, digest: str, signed_at: dt.datetime) -> Event:
    """Read a body. Raises BadDocument, without the body's words, when it is no JSON object."""
    try:
        text = readable(body).decode()
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadDocument("the body is no JSON") from None
    if not isinstance(document, dict):
        raise BadDocument("the body is no JSON object")
    data = document.get("data")
    data = data if isinstance(data, dict) else {}
    kind = document.get("type")
    known: dict[str, Any] = {
        "type": kind if isinstance(kind, str) and 0 < len(kind) <= _LONGEST_TYPE else "unknown",
        "conversation_id": _id_in(data, "conversation_id"),
        "agent_id": _id_in(data, "agent_id"),
        "at": _moment(document.get("event_timestamp"), until=signed_at + _A_DAY) or signed_at,
        "digest": digest,
    }
    if kind == TRANSCRIPTION and known["conversation_id"]:
        return Event(**known, payload=text, call=_call(data, known["at"]))
    if kind == INITIATION_FAILURE and known["conversation_id"]:
        call = EndedCall(conversation_id=known["conversation_id"], source="webhook", connected=False)
        return Event(**known, call=call)
    return Event(**known, ignored=_reason(kind))


def heard_in(payload: str) -> ElevenLabsConversation | None:
    """The conversation in a stored transcription; None when it cannot be used."""
    try:
        data = json.loads(readable(payload.encode())).get("data")
        return ElevenLabsConversation.model_validate(data)
    except (ValueError, AttributeError, RecursionError):
        return None


def _call(data: Mapping[str, Any], at: dt.datetime) -> EndedCall:
    """The call of a transcription. Fields that cannot be used count as absent: it is over all the same."""
    try:
        heard = ElevenLabsConversation.model_validate(data)
    except ValidationError:
        return EndedCall(
            conversation_id=data["conversation_id"],
            source="webhook",
            user_id=_id_in(data, "user_id"),
            agent_id=_id_in(data, "agent_id"),
            over_by=at,
        )
    return EndedCall.heard(heard, "webhook", over_by=at)


def _by_its_head(head: bytes, digest: str, signed_at: dt.datetime) -> Event:
    """An event of which the beginning alone is known."""
    named = _named(head)
    kind = named["type"] or "unknown"
    return Event(
        type=kind,
        conversation_id=named["conversation_id"],
        agent_id=named["agent_id"],
        at=signed_at,
        digest=digest,
        ignored="too large" if kind in (TRANSCRIPTION, INITIATION_FAILURE) else _reason(kind),
    )


def _named(head: bytes) -> dict[str, str | None]:
    """The values that the beginning of a body names."""
    found = {name: pattern.search(head) for name, pattern in _NAMED.items()}
    return {name: match.group(1).decode() if match else None for name, match in found.items()}


def _reason(kind: object) -> Ignored:
    if kind in (TRANSCRIPTION, INITIATION_FAILURE):
        return "no conversation_id"
    return "audio" if kind == AUDIO else "otel" if kind == OTEL else "unknown type"


def _id_in(data: Mapping[str, Any], field: str) -> str | None:
    value = data.get(field)
    return value if isinstance(value, str) and 0 < len(value) <= 256 else None


def _moment(value: object, *, until: dt.datetime) -> dt.datetime | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 1e9 <= value <= until.timestamp():  # type: ignore[operator]
        return None
    return dt.datetime.fromtimestamp(value, dt.UTC)  # type: ignore[arg-type]
