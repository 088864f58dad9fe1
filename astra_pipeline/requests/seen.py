"""The items of requests as MongoDB knows them: their facts, their failures, and whether their person is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from astra_pipeline.charts import birth_data
from astra_pipeline.charts import write as charts
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.errors import BadDocument
from astra_pipeline.people.person import Person
from astra_pipeline.requests.outcome import Seen, Setback
from astra_pipeline.requests.request import Kind, Pointer, TaskRequest
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, HOROSCOPES, INSIGHTS, PERSONAS, REPORTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

# Kind -> the collection of its facts.
_FACTS: Mapping[Kind, str] = {
    "transcript": INSIGHTS,
    "chart": USERS,
    "horoscope": HOROSCOPES,
    "weekly-report": REPORTS,
    "persona": PERSONAS,
}
_USER: dict[str, Any] = {**charts.READ, "astra.erased_at": 1, "user_overview.birth_chart.calculated_at": 1}
_CONVERSATION: dict[str, Any] = dict.fromkeys(
    (
        "conversation_id",
        "ended_at",
        "started_at",
        "duration_ms",
        "updated_at",
        "metadata.transcript_processed",
        "astra.erased_at",
    ),
    1,
)


def where(request: TaskRequest) -> Pointer:
    """The place of the fact that a request asks for."""
    return Pointer(collection=_FACTS[request.kind], id=request.item)


async def see(db: Database, requests: Sequence[TaskRequest]) -> dict[str, Seen]:
    """Request id -> what is known of its item now. A few queries for all requests, each through an index."""
    of_kind = {kind: [one for one in requests if one.kind == kind] for kind in _FACTS}
    users = await _by(db, USERS, "id", {one.user_id for one in requests}, _USER)
    nameless = await _without_id(db, {one.user_id for one in requests} - users.keys())
    named = {one.item for one in of_kind["transcript"]}
    talks = await _by(db, CONVERSATIONS, "conversation_id", named, _CONVERSATION)
    folded = await _by(db, INSIGHTS, "_id", named, {"folded_at": 1})
    texts = {
        kind: await _by(db, _FACTS[kind], "_id", {one.item for one in of_kind[kind]}, {"run_id": 1})
        for kind in ("horoscope", "weekly-report")
    }
    learnt = {one.user_id for one in of_kind["persona"]}
    personas = await _by(db, PERSONAS, "_id", learnt, {"computed_at": 1})
    setbacks = await _setbacks(db, requests)
    found = {}
    for one in requests:
        user, talk = users.get(one.user_id), talks.get(one.item)
        if one.kind == "transcript":
            done = _is_processed(talk, folded.get(one.item))
        elif one.kind == "chart":
            done = _is_charted(one, user)
        elif one.kind == "persona":
            done = _is_learnt(one, personas.get(one.item))
        else:
            done = _is_written(one, texts[one.kind].get(one.item))
        found[one.id] = Seen(
            result=where(one) if done else None,
            erased=_is_erased(user, talk),
            unknown=user is None and one.user_id not in nameless,
            too_early=_is_too_early(talk),
            setback=_latest(setbacks, one),
        )
    return found


async def _by(
    db: Database, collection: str, field: str, values: Iterable[str], projection: Mapping[str, Any]
) -> dict[str, Document]:
    """The documents by the value of one of their fields."""
    return {
        document[field]: document
        for chunk in chunks(list(values))
        async for document in db[collection].find({field: {"$in": list(chunk)}}, projection)
    }


async def _without_id(db: Database, user_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are the key of a person whose sign-up has set no `id` yet: they will have this one."""
    keys = [ObjectId(user_id) for user_id in user_ids if ObjectId.is_valid(user_id)]
    return {str(user["_id"]) async for user in db[USERS].find({"_id": {"$in": keys}, "id": None}, {"_id": 1})}


def _is_processed(talk: Document | None, insights: Document | None) -> bool:
    processed = at_path(talk or {}, "metadata.transcript_processed") is True
    return processed and insights is not None and insights.get("folded_at") is not None


def _is_charted(request: TaskRequest, user: Document | None) -> bool:
    person = Person.read(user or {})
    if not birth_data.has_current_chart(person, engine=charts.engine()):
        return False
    computed = at_path(user or {}, "user_overview.birth_chart.calculated_at")
    return not request.force or (isinstance(computed, dt.datetime) and computed >= request.requested_at)


def _is_learnt(request: TaskRequest, persona: Document | None) -> bool:
    """Whether the persona was learnt since it was asked for: an older one is why somebody asks."""
    learnt = _moment(persona, "computed_at") if persona else None
    return learnt is not None and learnt >= request.requested_at


def _is_written(request: TaskRequest, text: Document | None) -> bool:
    """Whether the text is there, and of the request's own run where it was to be written anew."""
    if text is None:
        return False
    return not request.force or (request.run_id is not None and text.get("run_id") == request.run_id)


def _is_erased(user: Document | None, talk: Document | None) -> bool:
    """Whether the person was erased. A conversation that ended after that is theirs again, with its request."""
    if talk is not None and _moment(talk, "astra.erased_at"):
        return True
    erased_at = _moment(user or {}, "astra.erased_at")
    if erased_at is None:
        return False
    end = _end(talk)
    return end is None or end <= erased_at


def _is_too_early(talk: Document | None) -> bool:
    end = _end(talk)
    return end is not None and end.date() < settings().astra_start_date


def _end(talk: Document | None) -> dt.datetime | None:
    try:
        return conversations.ended_at(talk) if talk else None
    except BadDocument:
        return None


def _moment(document: Mapping[str, Any], path: str) -> dt.datetime | None:
    value = at_path(document, path)
    return value if isinstance(value, dt.datetime) and value.timestamp() > 0 else None


def _failure_keys(request: TaskRequest) -> list[str]:
    """The ids that failures of the request's item have."""
    if request.kind != "transcript":
        return [f"{request.asset}:{request.item}"]
    return [
        f"transcripts:{request.item}",
        f"conversation_insights:{request.item}",
        f"user_overviews:{request.user_id}",
    ]


async def _setbacks(db: Database, requests: Sequence[TaskRequest]) -> dict[str, Setback]:
    """Failure key -> the failure, of the items of the requests."""
    keys = {key for request in requests for key in _failure_keys(request)}
    fields: dict[str, Any] = dict.fromkeys(("error", "message", "last_failed_at", "parked_at"), 1)
    found = await _by(db, FAILURES, "_id", keys, fields)
    return {
        key: Setback(
            error=failure["error"],
            message=failure["message"],
            at=failure["last_failed_at"],
            parked=failure.get("parked_at") is not None,
        )
        for key, failure in found.items()
    }


def _latest(setbacks: Mapping[str, Setback], request: TaskRequest) -> Setback | None:
    own = [setbacks[key] for key in _failure_keys(request) if key in setbacks]
    return max(own, key=lambda setback: setback.at, default=None)
