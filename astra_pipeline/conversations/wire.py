"""Conversations as ElevenLabs sends them, by GET, in lists and in webhooks, as far as they are used.

The vendor types roles and states as open: another role is a turn to skip, another state is not final. A number out
of range, and a value of another type, count as absent. What is odd in one turn, or in one conversation of a list,
costs nothing beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from astra_pipeline.errors import NotReady
from astra_pipeline.store import clock
from astra_pipeline.zones import place_zone

FinalStatus = Literal["done", "failed"]
_NOT_FINAL = frozenset({"initiated", "in-progress", "processing"})
_ROLES = frozenset({"user", "agent"})
# Unix seconds of this century, and a call of a week at most. A call begins when the clocks of both sides have it
# begun, give or take a day.
_EARLIEST, _LATEST, _LONGEST_CALL = 1_000_000_000, 4_102_444_800, 604_800
_A_DAY = 86_400
_LONGEST_ID = 256


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _any_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(value: object) -> object:
    return value if _is_number(value) and 0 <= value <= _LONGEST_CALL else None  # type: ignore[operator]


def _whole(low: int, high: int) -> BeforeValidator:
    def read(value: object) -> int | None:
        return int(value) if _is_number(value) and low <= value <= high else None  # type: ignore[operator, arg-type, call-overload]

    return BeforeValidator(read)


def _begun(value: object) -> int | None:
    read = int(value) if _is_number(value) and _EARLIEST <= value <= _LATEST else None  # type: ignore[operator, arg-type, call-overload]
    return None if read is None or read > clock.now().timestamp() + _A_DAY else read


Text = Annotated[str | None, BeforeValidator(_text)]
Status = Annotated[str, BeforeValidator(_any_text)]
Id = Annotated[str | None, BeforeValidator(_id)]
Truth = Annotated[bool | None, BeforeValidator(_truth)]
UnixSeconds = Annotated[int | None, BeforeValidator(_begun)]
CallSeconds = Annotated[int | None, _whole(0, _LONGEST_CALL)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Turn(_Wire):
    """One turn of the conversation; `message` is null where the agent only used a tool."""

    role: Literal["user", "agent"]
    message: Text = None
    interrupted: Truth = None
    """Whether the caller cut the agent short."""
    time_in_call_secs: Annotated[float | None, BeforeValidator(_seconds)] = None


class CallMetadata(_Wire):
    """Facts about a call. `start_time_unix_secs` is UTC."""

    start_time_unix_secs: UnixSeconds = None
    call_duration_secs: CallSeconds = None
    termination_reason: Text = None
    main_language: Text = None
    timezone: Annotated[str | None, BeforeValidator(place_zone)] = None
    """The IANA zone where the caller was; None for a value that names no place, such as `Etc/Unknown`."""


class _Initiation(_Wire):
    """The data with which the client began the call."""

    user_id: Id = None
    dynamic_variables: dict[str, Any] = Field(default_factory=dict)

    @field_validator("dynamic_variables", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {}


class Times(_Wire):
    """The times of a call: start and end in UTC, None where ElevenLabs does not say."""

    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    duration_ms: int | None = None

    @classmethod
    def of(cls, start: int | None, seconds: int | None) -> Self:
        """The times of a call that began at `start` (Unix seconds) and lasted for `seconds`."""
        started_at = None if start is None else dt.datetime.fromtimestamp(start, dt.UTC)
        ended_at = None
        if started_at is not None and seconds is not None:
            ended_at = started_at + dt.timedelta(seconds=seconds)
        return cls(
            started_at=started_at, ended_at=ended_at, duration_ms=None if seconds is None else seconds * 1000
        )


class ElevenLabsConversation(_Wire):
    """`GET /v1/convai/conversations/{id}`, and the data of a `post_call_transcription`."""

    conversation_id: str
    agent_id: Text = None
    user_id: Id = None
    status: Status = ""
    transcript: list[Turn] = Field(default_factory=list)
    metadata: CallMetadata = CallMetadata()
    conversation_initiation_client_data: _Initiation = _Initiation()

    @field_validator("transcript", mode="before")
    @classmethod
    def _spoken(cls, value: object) -> object:
        if not isinstance(value, list):
            return [] if value is None else value
        return [turn for turn in value if isinstance(turn, Mapping) and _role(turn) in _ROLES]

    @field_validator("metadata", "conversation_initiation_client_data", mode="before")
    @classmethod
    def _there(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {}

    @property
    def is_final(self) -> bool:
        """Whether the transcript will not change any more."""
        return self.final_status is not None

    @property
    def final_status(self) -> FinalStatus | None:
        """ElevenLabs' last word; None while there is none."""
        return final_status(self.status)

    @property
    def times(self) -> Times:
        """The times of the call."""
        return Times.of(self.metadata.start_time_unix_secs, self.metadata.call_duration_secs)

    @property
    def callers(self) -> tuple[str, ...]:
        """The ids that name the caller, the best one first."""
        began = self.conversation_initiation_client_data
        named = (self.user_id, began.user_id, _id(began.dynamic_variables.get("user_id")))
        return tuple(dict.fromkeys(one for one in named if one))

    def require_final(self) -> Self:
        """Itself when the transcript is final; NotReady while it may still grow."""
        if not self.is_final:
            raise NotReady(
                f"ElevenLabs says {self.status if self.status in _NOT_FINAL else 'neither done nor failed'}"
            )
        return self


class Listed(_Wire):
    """A conversation in a list."""

    conversation_id: str
    agent_id: Text = None
    start_time_unix_secs: UnixSeconds = None
    call_duration_secs: CallSeconds = None
    status: Status = ""

    @property
    def times(self) -> Times:
        """The times of the call."""
        return Times.of(self.start_time_unix_secs, self.call_duration_secs)

    @property
    def final_status(self) -> FinalStatus | None:
        """ElevenLabs' last word; None while there is none."""
        return final_status(self.status)


class Page(_Wire):
    """`GET /v1/convai/conversations`: conversations, the newest first."""

    conversations: list[Listed]
    has_more: Truth = False
    next_cursor: Text = None

    @field_validator("conversations", mode="before")
    @classmethod
    def _with_ids(cls, value: object) -> object:
        return _of_mappings(value, "conversation_id")


class Webhook(_Wire):
    """A webhook of the workspace, as ElevenLabs sees it."""

    webhook_url: Annotated[str, BeforeValidator(_any_text)] = ""
    is_disabled: Truth = False
    is_auto_disabled: Truth = False
    most_recent_failure_error_code: Annotated[int | None, _whole(0, 999)] = None


class Webhooks(_Wire):
    """`GET /v1/workspace/webhooks`."""

    webhooks: list[Webhook]

    @field_validator("webhooks", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return _of_mappings(value)


def final_status(status: str) -> FinalStatus | None:
    """A state of a conversation, where it is the last one."""
    return "done" if status == "done" else "failed" if status == "failed" else None


def _role(turn: Mapping[str, Any]) -> str:
    return _any_text(turn.get("role"))


def _of_mappings(value: object, named: str | None = None) -> object:
    """The entries of a list that are objects, with a text under `named`; nothing for a null."""
    if not isinstance(value, list):
        return [] if value is None else value
    return [one for one in value if isinstance(one, Mapping) and (named is None or _id(one.get(named)))]
