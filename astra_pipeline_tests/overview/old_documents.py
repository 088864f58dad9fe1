"""Documents of the old system, drawn at random by hypothesis, and facts about the same conversations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from astra_pipeline.conversations.fact import EMPTY_SUMMARY, Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.migration.plan import RULES
from astra_pipeline.store.documents import at_path, canonical, says_something
from astra_pipeline_tests.overview.test_fold import fact
from astra_pipeline_tests.store.test_documents import ANYTHING

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
NOW = NOON + dt.timedelta(days=60)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def empty(number: int, **more: Any) -> Fact:
    return fact(number, summary=EMPTY_SUMMARY, topics=[], emotional_tone="unknown", **more)


def old_user(**overview: Any) -> dict[str, Any]:
    return {"id": "u", "timezone": "Asia/Kolkata", "user_overview": overview}


def quarantined(user: Mapping[str, Any], field: str) -> Any:
    return at_path(user, f"astra.set_aside.user_overview_{field}")


_MINUTES = st.integers(-3, 3).map(lambda number: NOON + number * 4 * MINUTE)
_ENDS = st.one_of(_MINUTES, st.integers(-30, 30).map(lambda number: NOON + number * HOUR))
_WORDS = st.sampled_from(["Exam.", "exam", "Surgery.", EMPTY_SUMMARY])
_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%a, %d %b %Y %H:%M:%S GMT", "someday")


@st.composite
def dates(draw: st.DrawFn) -> Any:
    at = draw(_ENDS)
    milliseconds = int(at.timestamp() * 1000)
    return draw(st.sampled_from([at, milliseconds, {"$date": milliseconds}, None, *map(at.strftime, _FORMS)]))


_IDS = st.sampled_from([None, "", "conv_001", "conv_002", "conv_003", "older_1", "older_2", {"$oid": "x"}, 7])


def _document(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


_ENTRIES = _document(
    conversation_id=_IDS, date=dates(), summary=_WORDS, topics=st.just(["health"]), mood=st.sampled_from([3, "sad"])
)


_INSIGHTS = _document(conversation_id=_IDS, type=st.just("family"), content=_WORDS, generated_at=dates())
_INCIDENTS = _document(title=st.sampled_from([None, "Move", ["x"]]), description=_WORDS, tags=st.none())
_WORDED = st.sampled_from([None, "A nurse.", "", ["A nurse."], 5])
_LISTED = st.sampled_from(["Saturn, Tarot", ["Saturn", None], ["tarot", {"a": 1}], {"0": "Tarot"}, {"a": "b"}, 3])
_OVERVIEWS = _document(
    recent_conversations=st.lists(st.one_of(_ENTRIES, st.sampled_from(["a sentence", 5, None])), max_size=6),
    insights=st.lists(st.one_of(_INSIGHTS, st.sampled_from(["a sentence", "Exam", None])), max_size=5),
    incident_map=st.lists(st.one_of(_INCIDENTS, st.sampled_from(["fell", 5])), max_size=4),
    profile_summary=_WORDED,
    first_message=_WORDED,
    birth_details=_document(city=_WORDED, country=_WORDED, extra=st.just(1)),
    preferences=_document(
        communication_style=st.sampled_from(["formal", "chatty", ["formal"]]),
        hinglish_level=st.sampled_from(["30", 30, "a lot", "²", None]),
        astrology_system=st.sampled_from(["western", {}]),
        topics_of_interest=_LISTED,
        flirt_opt_in=st.booleans(),
    ),
    last_updated=dates(),
    updated_by=st.sampled_from(["old", None]),
    other=st.just({"a": [1]}),
)


@st.composite
def old_users(draw: st.DrawFn) -> dict[str, Any]:
    overview = draw(_OVERVIEWS)
    for path in draw(st.lists(st.sampled_from([p for p in RULES if p.startswith("user_overview.")]), max_size=2)):
        parent = path.rpartition(".")[0].removeprefix("user_overview").lstrip(".")
        holder = at_path(overview, parent) if parent else overview
        if isinstance(holder, dict):
            holder[path.rpartition(".")[2]] = draw(ANYTHING)
    user = {"id": "u", "user_overview": draw(st.sampled_from([overview] * 9 + [None, "text", [overview]]))}
    user |= draw(
        _document(
            timezone=st.sampled_from(["Asia/Kolkata", "America/New_York", "Mars/Phobos"]),
            birth_time=st.just("05:42"),
            birth_location=st.just("Pune, India"),
            astra=st.sampled_from([None, {"cohort": "c"}, {"migration": {"synced_at": NOON}}]),
        )
    )
    return user


@st.composite
def facts_of(draw: st.DrawFn) -> list[Fact]:
    names = draw(
        st.lists(st.sampled_from(["conv_001", "conv_002", "conv_003", "conv_004"]), unique=True, min_size=1)
    )
    found = []
    for name in names:
        words = draw(_WORDS)
        if words == EMPTY_SUMMARY:
            told: dict[str, Any] = {"summary": EMPTY_SUMMARY, "topics": [], "emotional_tone": "unknown"}
        else:
            told = {
                "summary": words,
                "topics": ["Career"],
                "emotional_tone": "calm",
                "insights": draw(st.lists(st.just({"type": "emotion", "content": "Exam."}), max_size=1)),
                "incidents": draw(st.lists(st.just({"title": "Move", "description": "Exam."}), max_size=1)),
                "profile_summary": draw(st.sampled_from([None, f"Portrait {name}."])),
                "first_message": draw(st.sampled_from([None, f"Hello {name}."])),
                "preferences": draw(
                    st.sampled_from(
                        [
                            {},
                            {"communication_style": "casual", "topics_of_interest": ["tarot"]},
                            {"hinglish_level": 10, "topics_of_interest": ["Dreams"]},
                        ]
                    )
                ),
                "birth_details": draw(st.sampled_from([{}, {"city": "Delhi"}, {"birth_time": "07:15"}])),
            }
        ended = draw(_ENDS)
        zone = draw(st.sampled_from([None, None, "Asia/Dubai"]))
        found.append(Fact(name, ended, ended + MINUTE, TranscriptInsights.model_validate(told), zone))
    return found


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif says_something(value):
        yield " ".join(value.split()).casefold() if isinstance(value, str) else canonical(value)
