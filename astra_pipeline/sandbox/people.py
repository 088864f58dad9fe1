"""The demo people: YAML files in `people/`, turned into the documents and transcripts of a given moment.

Everything is dated relative to a `now` that the caller gives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from copy import deepcopy
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    StringConstraints,
    ValidationError,
    model_validator,
)

from astra_pipeline.errors import AstraError
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.zones import is_zone

AGENT_ID = "agent_astra"  # the ElevenLabs agent with whom everybody talks
DEFAULT_ZONE = "Asia/Kolkata"


class BadPerson(AstraError):
    """A file in people/ does not fit the format; the message names the file and the field."""


def _clock_time(value: object) -> object:
    # YAML 1.1 reads an unquoted 14:30 as a number in base 60.
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError(f"{value!r} is not an IANA time zone such as Asia/Kolkata")
    return value


ClockTime = Annotated[str, BeforeValidator(_clock_time), StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Zone = Annotated[str, AfterValidator(_zone)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Birth(_Part):
    """The birth data that the person has given; every field may be missing. `time` is local, "HH:MM"."""

    date: dt.date | None = None
    time: ClockTime | None = None
    location: str | None = None
    city: str | None = None
    country: str | None = None
    timezone: Zone | None = None


class Preferences(_Part):
    """The preferences of a person, as the app stores them; every field may be missing."""

    communication_style: Literal["casual", "balanced", "formal"] | None = None
    topics_of_interest: list[str] | None = None
    hinglish_level: int | None = Field(default=None, ge=0, le=100)
    flirt_opt_in: bool | None = None
    astrology_system: Literal["vedic", "western", "both"] | None = None
    favorite_astro_topics: list[str] | None = None
    notification_preferences: dict[str, Any] | None = None


class Turn(_Part):
    """One turn of a talk: either `agent: text` (null: the agent only used a tool) or `user: text`."""

    agent: str | None = None
    user: str | None = None

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a turn has exactly one of agent, user")
        if "user" in self.model_fields_set and self.user is None:
            raise ValueError("only the agent's words may be null")
        return self

    @property
    def role(self) -> Literal["agent", "user"]:
        return "agent" if "agent" in self.model_fields_set else "user"

    @property
    def message(self) -> str | None:
        return self.agent if self.role == "agent" else self.user


class Conversation(_Part):
    """A conversation `days_ago` local calendar days before today, from `at` (local) for `minutes`.

    zone: where the person was then, when not at home
    elevenlabs: the status of the transcript
    processing_requests: the number of requests for which that status is `processing` first
    """

    id: Id
    days_ago: int = Field(ge=0)
    at: ClockTime
    minutes: PositiveFloat
    status: Literal["completed", "abandoned"] = "completed"
    elevenlabs: Literal["done", "processing", "failed"] = "done"
    processing_requests: int = Field(default=0, ge=0)
    zone: Zone | None = None
    language: str = "en"
    turns: list[Turn] = []


class Person(_Part):
    """A demo person: the account, the birth data and all conversations."""

    id: Id
    name: str | None = None
    email: str
    timezone: Zone | None = None
    birth: Birth | None = None
    preferences: Preferences | None = None
    # `user_overview` as the system before this one left it, odd types included.
    old_overview: dict[str, Any] | None = None
    conversations: list[Conversation] = []

    @property
    def zone(self) -> str:
        """The zone in which they live: their current one, else that of their birth, else the project's default."""
        return self.timezone or (self.birth and self.birth.timezone) or DEFAULT_ZONE


def load_people(folder: Traversable | None = None) -> list[Person]:
    """Every person in `folder` (one YAML file each; default: the package's own), in order of file name.

    Raises BadPerson with one line per field that does not fit, in the form `file: field: why`.
    """
    folder = folder if folder is not None else resources.files("astra_pipeline.sandbox") / "people"
    files = sorted((file for file in folder.iterdir() if file.name.endswith((".yaml", ".yml"))), key=_name)
    people: list[Person] = []
    problems: list[str] = []
    for file in files:
        try:
            people.append(Person.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))))
        except yaml.YAMLError as error:
            problems.append(f"{file.name}: not YAML: {' '.join(str(error).split())}")
        except ValidationError as error:
            problems += [
                f"{file.name}: {'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
                for problem in error.errors(include_url=False)
            ]
    problems += _repeated("person id", (person.id for person in people))
    problems += _repeated("conversation id", (talk.id for person in people for talk in person.conversations))
    if problems:
        raise BadPerson("\n".join(problems))
    return people


def _name(file: Traversable) -> str:
    return file.name


def _repeated(what: str, ids: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [f"{what} {one!r} occurs twice" for one in ids if one in seen or seen.add(one)]


def when(person: Person, conversation: Conversation, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Start and end (UTC, whole seconds) of a conversation, as seen at `now` (aware).

    The day is counted in the person's zone; `at` is read in the zone in which they were. A conversation that would
    end after `now` is moved to end at `now`, so `days_ago: 0` is today at any hour.
    """
    today = now.astimezone(ZoneInfo(person.zone)).date()
    local = dt.datetime.combine(
        today - dt.timedelta(days=conversation.days_ago),
        dt.time.fromisoformat(conversation.at),
        ZoneInfo(conversation.zone or person.zone),
    )
    length = dt.timedelta(seconds=round(conversation.minutes * 60))
    end = min(local.astimezone(dt.UTC) + length, now.astimezone(dt.UTC).replace(microsecond=0))
    return end - length, end


def user_document(person: Person, now: dt.datetime) -> dict[str, Any]:
    """The person as the web app's `user` document (dates are aware, UTC)."""
    times = [when(person, conversation, now) for conversation in person.conversations]
    joined = min((start for start, _ in times), default=now.astimezone(dt.UTC)) - dt.timedelta(minutes=10)
    birth = person.birth or Birth()
    known = {
        "name": person.name,
        "date_of_birth": birth.date and dt.datetime.combine(birth.date, dt.time(), dt.UTC),
        "birth_time": birth.time,
        "birth_location": birth.location,
        "birth_city": birth.city,
        "birth_country": birth.country,
        "birth_timezone": birth.timezone,
        "timezone": person.timezone,
    }
    document: dict[str, Any] = {
        "id": person.id,
        "email": person.email,
        "createdAt": joined,
        "updatedAt": max((end for _, end in times), default=joined),
        **{field: value for field, value in known.items() if value is not None},
        "julep_project": "astra",
        "elevenlabs_conversations": [conversation.id for conversation in person.conversations],
    }
    if person.preferences is not None:
        document["user_overview"] = {"preferences": person.preferences.model_dump(exclude_unset=True)}
    if person.old_overview is not None:
        document["user_overview"] = document.get("user_overview", {}) | deepcopy(person.old_overview)
    else:  # a person of the new system has the Julep user that the app makes at sign-up
        document["julep_user_id"] = julep_user_id(person.id)
    return document


def conversation_documents(person: Person, now: dt.datetime) -> list[dict[str, Any]]:
    """The person's conversations as the web app's `elevenlabs_conversations` documents."""
    documents: list[dict[str, Any]] = []
    for conversation in person.conversations:
        start, end = when(person, conversation, now)
        documents.append(
            {
                "conversation_id": conversation.id,
                "user_id": person.id,
                "agent_id": AGENT_ID,
                "status": conversation.status,
                "started_at": start,
                "ended_at": end,
                "duration_ms": round((end - start).total_seconds() * 1000),
                "updated_at": end,
            }
        )
    return documents


def transcript(person: Person, conversation: Conversation, now: dt.datetime) -> dict[str, Any]:
    """The conversation as ElevenLabs answers it, plus `processing_requests` where the file asks for some."""
    start, end = when(person, conversation, now)
    seconds = round((end - start).total_seconds())
    status = conversation.elevenlabs
    if conversation.processing_requests and status == "processing":
        status = "done"  # it stops processing after that many requests, and then it is done
    failed = status == "failed"
    turns = [] if failed else _turns(conversation, seconds)
    spoken = [turn for turn in turns if turn["message"]]
    answer: dict[str, Any] = {
        "agent_id": AGENT_ID,
        "agent_name": "Astra",
        "conversation_id": conversation.id,
        "user_id": person.id,
        "status": status,
        "transcript": turns,
        "metadata": {
            "start_time_unix_secs": int(start.timestamp()),
            "accepted_time_unix_secs": int(start.timestamp()),
            "call_duration_secs": seconds,
            "cost": seconds * 10,
            "termination_reason": "An error occurred" if failed else "Client disconnected: 1000",
            "error": {"code": 1011, "reason": "The conversation could not be processed"} if failed else None,
            "main_language": conversation.language,
            "timezone": conversation.zone or person.zone,
            "text_only": False,
            "conversation_initiation_source": "react_sdk",
        },
        "analysis": {
            "call_successful": "unknown" if failed or not spoken else "success",
            "transcript_summary": _summary(person, spoken),
            "evaluation_criteria_results": {},
            "data_collection_results": {},
        },
        "conversation_initiation_client_data": {
            "dynamic_variables": {"user_id": person.id, "user_name": person.name or ""}
        },
        "has_audio": bool(spoken),
        "has_user_audio": any(turn["role"] == "user" for turn in spoken),
        "has_response_audio": any(turn["role"] == "agent" for turn in spoken),
        "has_auxiliary_audio": False,
    }
    if conversation.processing_requests:
        answer["processing_requests"] = conversation.processing_requests
    return answer


def transcripts(people: Sequence[Person], now: dt.datetime) -> list[dict[str, Any]]:
    """The `transcript` of every conversation of all the people."""
    return [transcript(person, conversation, now) for person in people for conversation in person.conversations]


def _turns(conversation: Conversation, seconds: int) -> list[dict[str, Any]]:
    count = max(1, len(conversation.turns))
    return [
        {
            "role": turn.role,
            "message": turn.message,
            "time_in_call_secs": index * seconds // count,
            "interrupted": False,
            "tool_calls": [] if turn.message is not None else [_tool_call(conversation.id, index)],
            "tool_results": [],
        }
        for index, turn in enumerate(conversation.turns)
    ]


def _tool_call(conversation_id: str, index: int) -> dict[str, Any]:
    return {
        "type": "client",
        "request_id": f"{conversation_id}_tool_{index}",
        "tool_name": "show_birth_chart",
        "params_as_json": "{}",
        "tool_has_been_called": True,
    }


def _summary(person: Person, spoken: Sequence[dict[str, Any]]) -> str:
    asked = next((turn["message"] for turn in spoken if turn["role"] == "user"), None)
    caller = person.name or "The caller"
    return f"{caller} talked with Astra, beginning with: {asked}" if asked else f"{caller} said nothing."
