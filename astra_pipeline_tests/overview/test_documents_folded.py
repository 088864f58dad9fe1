"""Documents of the old system under a fold: nothing they knew is lost, nothing is told twice, and neither how often
nor in which order conversations are folded matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import EMPTY_SUMMARY, Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.migration.plan import RULES
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.quarantine import room
from astra_pipeline.store.documents import at_path, canonical, says_something, texts
from astra_pipeline_tests.overview.test_fold import applied, fact, folded, overview_of
from astra_pipeline_tests.store.test_documents import ANYTHING

_NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
_NOW = _NOON + dt.timedelta(days=60)
_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
_RICH = {"summary": "Told of her mother's surgery.", "topics": ["health"], "mood": "sad"}


def empty(number: int, **more: Any) -> Fact:
    return fact(number, summary=EMPTY_SUMMARY, topics=[], emotional_tone="unknown", **more)


def old_user(**overview: Any) -> dict[str, Any]:
    return {"id": "u", "timezone": "Asia/Kolkata", "user_overview": overview}


def summaries(user: Mapping[str, Any]) -> list[Any]:
    return [entry.get("summary") for entry in overview_of(user)["recent_conversations"]]


def set_aside(user: Mapping[str, Any], field: str) -> Any:
    return at_path(user, f"astra.set_aside.user_overview_{field}")


# --- an old conversation does not overwrite newer knowledge ----------------------------------------------------

_KNOWN = {
    "profile_summary": "Rich portrait of last month.",
    "first_message": "How did the surgery go?",
    "preferences": {"astrology_system": "western", "hinglish_level": 80, "communication_style": "formal"},
    "birth_details": {"city": "Pune"},
}
_OTHERWISE: dict[str, Any] = {
    "profile_summary": "Talks about Education.",
    "first_message": "Hi [USERNAME], and the exam?",
    "preferences": {"astrology_system": "vedic", "hinglish_level": 0, "communication_style": "casual"},
    "birth_details": {"city": "Delhi", "birth_time": "07:15", "date_of_birth": "2002-08-14"},
    "zone": "America/New_York",
}
_BORN = {"birth_time": "05:42", "date_of_birth": dt.datetime(1997, 11, 3, tzinfo=dt.UTC), "birth_location": "Pune"}


def knowing(**evidence: Any) -> dict[str, Any]:
    return old_user(**_KNOWN, **evidence) | _BORN


def stands(user: Mapping[str, Any]) -> bool:
    overview = overview_of(user)
    return (
        {name: overview[name] for name in _KNOWN} == _KNOWN
        and user["timezone"] == "Asia/Kolkata"
        and {name: user[name] for name in _BORN} == _BORN
    )


def gave_way(user: Mapping[str, Any]) -> bool:
    overview = overview_of(user)
    return (
        overview["profile_summary"] == "Talks about Education."
        and overview["first_message"] == "Hi {{user_name}}, and the exam?"
        and overview["preferences"].items() >= _OTHERWISE["preferences"].items()
        and overview["birth_details"]["city"] == "Delhi"
        and (user["timezone"], user["birth_time"]) == ("America/New_York", "07:15")
        and user["birth_city"] == "Delhi"
    )


@pytest.mark.parametrize(
    "evidence",
    [
        {"recent_conversations": [{"date": _NOON, "summary": "Spoke of a move."}]},
        {"recent_conversations": [{"date": "2026-11-01", "conversation_id": "old", "summary": "Spoke of a move."}]},
        {"last_updated": _NOON},
        {"last_updated": "2026-11-01T12:00:00Z"},
    ],
)
def test_an_older_conversation_changes_nothing_that_was_known_and_a_newer_one_does(
    evidence: dict[str, Any],
) -> None:
    older, newer = fact(-48, **_OTHERWISE), fact(48, **_OTHERWISE)
    user = folded(knowing(**evidence), older)
    assert stands(user)
    assert "conv_-48" in [entry.get("conversation_id") for entry in overview_of(user)["recent_conversations"]]
    assert gave_way(folded(user, older, newer))
    assert gave_way(folded(knowing(**evidence), newer))


def test_conversations_that_were_processed_before_us_tell_how_far_knowledge_reaches() -> None:
    user, older = knowing(), fact(-48, **_OTHERWISE)
    assert stands(applied(user, fold(user, [older], processed_until=_NOON, now=_NOW)))
    assert gave_way(applied(user, fold(user, [older], now=_NOW))), "nothing says that it is older"
    synced = user | {"astra": {"migration": {"synced_at": _NOON}}}
    assert stands(applied(synced, fold(synced, [older], now=_NOW)))


def test_what_is_still_to_come_tells_nothing() -> None:
    user = knowing(recent_conversations=[{"date": _NOW + _HOUR}, {"date": "9999-12-31"}], last_updated=_NOW + _HOUR)
    assert gave_way(applied(user, fold(user, [fact(-48, **_OTHERWISE)], now=_NOW)))


def test_the_stamp_of_a_chart_of_ours_is_not_taken_for_the_old_system_s() -> None:
    user = knowing(last_updated=_NOON) | {"astra": {"chart_key": "engine:1"}}
    assert gave_way(folded(user, fact(-48, **_OTHERWISE)))


def test_an_older_conversation_fills_what_was_missing() -> None:
    user = old_user(last_updated=_NOON, preferences={"hinglish_level": 80}, profile_summary="  ")
    user = folded(user, fact(-48, **_OTHERWISE))
    overview = overview_of(user)
    assert overview["preferences"] == {
        "hinglish_level": 80,
        "astrology_system": "vedic",
        "communication_style": "casual",
    }
    assert overview["profile_summary"] == "Talks about Education."
    assert (user["birth_time"], user["birth_city"], user["timezone"]) == ("07:15", "Delhi", "Asia/Kolkata")
    later = fact(-24, profile_summary="A nurse.", preferences={"communication_style": "formal"})
    user = folded(user, fact(-48, **_OTHERWISE), later)
    assert overview_of(user)["profile_summary"] == "A nurse."
    assert overview_of(user)["preferences"]["communication_style"] == "formal"


def test_what_was_set_in_the_app_since_stands_against_old_conversations() -> None:
    user = folded(old_user(last_updated=_NOON), fact(-48))
    overview_of(user)["preferences"] = {"communication_style": "formal"}
    user |= {"birth_time": "05:42"}
    older = fact(-24, **_OTHERWISE)
    user = folded(user, fact(-48), older)
    assert overview_of(user)["preferences"]["communication_style"] == "formal"
    assert user["birth_time"] == "05:42"
    assert gave_way(folded(user, fact(-48), older, fact(48, **_OTHERWISE)))


def test_a_document_folded_before_there_was_anything_to_remember_by_stays_as_it_is() -> None:
    told = [fact(1, **_OTHERWISE), fact(2, profile_summary="A nurse.")]
    user = folded({"id": "u"}, *told)
    del user["astra"]["old_knowledge"]
    assert fold(user, told).keys() == {"astra.old_knowledge"}
    assert overview_of(folded(user, *told, fact(3, profile_summary="A pilot.")))["profile_summary"] == "A pilot."
    assert set_aside(folded(user, *told, fact(3, profile_summary="A pilot.")), "profile_summary") is None


def test_what_the_old_system_knew_is_set_aside_once_when_it_gives_way() -> None:
    user = knowing(last_updated=_NOON)
    for number in (48, 72):
        said: dict[str, Any] = _OTHERWISE | {"profile_summary": f"Portrait {number}."}
        user = folded(user, *[fact(n, **said) for n in range(48, number + 1, 24)])
    assert set_aside(user, "profile_summary") == _KNOWN["profile_summary"]
    assert set_aside(user, "preferences_hinglish_level") == 80
    assert set_aside(user, "birth_details_city") == "Pune"
    assert set_aside(user, "profile_summary_2") is None


# --- an entry and its conversation -----------------------------------------------------------------------------


def test_of_two_calls_within_minutes_each_keeps_its_entry() -> None:
    told = fact(0, summary="Talked about Education.")
    first = {"date": (told.ended_at - 8 * _MINUTE).isoformat(), "summary": "FIRST CALL: the surgery on Friday."}
    second = {"date": told.ended_at.isoformat(), "summary": "Second call: exam."}
    user = folded(old_user(recent_conversations=[first, second]), told)
    assert summaries(user) == ["FIRST CALL: the surgery on Friday.", "Talked about Education."]
    assert set_aside(user, "recent_conversations") == [second]


def test_one_entry_is_told_by_one_fact() -> None:
    entry = {"date": _NOON, "summary": "Exam."}
    near, far = fact(0, hours=0), fact(1, hours=8 / 60)
    for order in ((near, far), (far, near)):
        user = old_user(recent_conversations=[entry])
        for count in (1, 2):
            user = folded(user, *order[:count])
        assert summaries(user) == ["Summary 0", "Summary 1"]
        assert set_aside(user, "recent_conversations") == [entry]


def test_an_emptied_transcript_leaves_the_entry_and_its_insights() -> None:
    insights = [{"type": "family", "content": "Her mother has surgery."}]
    named = _RICH | {"conversation_id": "conv_001", "date": "2026-11-01T12:58:00"}
    for entry in (named, {**named, "conversation_id": None}):
        mine = [insights[0] | {"conversation_id": entry["conversation_id"]}]
        user = folded(old_user(recent_conversations=[entry], insights=mine), empty(1))
        assert overview_of(user)["recent_conversations"] == [named]
        assert overview_of(user)["insights"] == mine
        assert fold(user, [empty(1)]) == {}


def test_an_entry_that_says_nothing_is_no_reason_to_keep_it() -> None:
    bare = {"conversation_id": "conv_001", "summary": EMPTY_SUMMARY, "topics": []}
    (entry,) = overview_of(folded(old_user(recent_conversations=[bare]), empty(1)))["recent_conversations"]
    assert entry["date"] == empty(1).ended_at


def test_what_is_told_anew_takes_the_place_of_the_old_and_keeps_its_extras() -> None:
    entry = _RICH | {"conversation_id": "conv_001", "date": _NOON}
    insight = {"conversation_id": "conv_001", "type": "family", "content": "Her mother has surgery."}
    told = fact(1, insights=[{"type": "emotion", "content": "Felt anxious."}])
    user = folded(old_user(recent_conversations=[entry], insights=[insight]), told)
    (shown,) = overview_of(user)["recent_conversations"]
    assert (shown["summary"], shown["mood"]) == ("Summary 1", "sad")
    assert set_aside(user, "recent_conversations") == [entry]
    assert set_aside(user, "insights") == [insight]
    again = folded(user, fact(1, summary="Told anew", insights=[{"type": "emotion", "content": "Felt sad."}]))
    assert summaries(again) == ["Told anew"]
    assert set_aside(again, "recent_conversations") == [entry]
    assert set_aside(again, "insights") == [insight]


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M",
        "%m/%d/%Y, %I:%M:%S %p",
        "%m/%d/%Y",
        "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
        "%a, %d %b %Y %H:%M:%S GMT",
        "%s",
    ],
)
def test_a_conversation_is_not_told_twice_however_its_entry_is_dated(form: str) -> None:
    told = fact(1, hours=2)
    written = str(int(told.ended_at.timestamp())) if form == "%s" else told.ended_at.strftime(form)
    user = folded(old_user(recent_conversations=[{"date": written, "summary": "Exam."}]), told)
    assert summaries(user) == ["Summary 1"]


def test_a_date_without_a_time_is_matched_on_the_local_day_where_that_is_one_conversation() -> None:
    entry = {"date": "2026-11-02", "summary": "Exam."}  # in Kolkata
    told = fact(1, hours=7)
    assert summaries(folded(old_user(recent_conversations=[entry]), told)) == ["Summary 1"]
    other = fact(2, hours=9)
    both = folded(folded(old_user(recent_conversations=[entry]), told), told, other)
    assert sorted(summaries(both)) == ["Exam.", "Summary 1", "Summary 2"], "which of the two it tells is open"
    second = {"date": "2026-11-02", "summary": "Once more."}
    assert summaries(folded(old_user(recent_conversations=[entry, second]), told, other)) == [
        "Summary 1",
        "Summary 2",
    ]


def test_ids_titles_and_contents_of_any_type_are_kept() -> None:
    odd = old_user(
        recent_conversations=[{"conversation_id": {"$oid": "x"}, "summary": "a"}, {"date": {"a": 1}}],
        insights=[{"conversation_id": ["x"], "content": "a"}, {"content": {"a": 1}}, 5],
        incident_map=[{"title": ["a"], "description": "b"}, {"title": "a", "description": {"x": 1}}],
    )
    told = fact(1, incidents=[{"title": "Move", "description": "Moved."}])
    user = folded(odd, told)
    kept = overview_of(user)
    assert kept["recent_conversations"][:2] == odd["user_overview"]["recent_conversations"]
    assert kept["insights"] == [5, *odd["user_overview"]["insights"][:2]]
    assert kept["incident_map"][:2] == odd["user_overview"]["incident_map"]


def test_entries_that_newer_ones_crowd_out_are_set_aside() -> None:
    old = [{"date": _NOON - number * _HOUR, "summary": f"Old {number}"} for number in range(12, 0, -1)]
    user = folded(old_user(recent_conversations=["a sentence", *old]), *map(fact, range(1, 4)))
    assert len(overview_of(user)["recent_conversations"]) == 10
    assert set_aside(user, "recent_conversations") == ["a sentence", *old[:5]]


# --- the laws, for whatever an old document holds ---------------------------------------------------------------

_MINUTES = st.integers(-3, 3).map(lambda number: _NOON + number * 4 * _MINUTE)
_ENDS = st.one_of(_MINUTES, st.integers(-30, 30).map(lambda number: _NOON + number * _HOUR))
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
            astra=st.sampled_from([None, {"cohort": "c"}, {"migration": {"synced_at": _NOON}}]),
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
        found.append(Fact(name, ended, ended + _MINUTE, TranscriptInsights.model_validate(told), zone))
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


def kept_of(user: Mapping[str, Any]) -> set[str]:
    """All that a document knows: in the overview (topics in one text as they are read), and in quarantine."""
    topics = [at_path(user, f"user_overview.preferences.{name}") for name in ("topics_of_interest",)]
    named = [text for value in topics if isinstance(value, str) for text in texts(value)[0]]
    places = (user["user_overview"], at_path(user, "astra.set_aside"), named)
    return {leaf for place in places for leaf in leaves(place)}


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_nothing_an_old_document_knew_is_lost(user: dict[str, Any], facts: list[Fact]) -> None:
    after = folded(user, *facts)
    lost = kept_of(user) - kept_of(after)
    topics = at_path(user, "user_overview.preferences.topics_of_interest")
    assert lost <= {*leaves(topics)} if isinstance(topics, str) else not lost


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_folding_an_old_document_again_changes_nothing(user: dict[str, Any], facts: list[Fact]) -> None:
    once = folded(user, *facts)
    assert fold(once, facts) == {}
    assert room(once) == {}


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_nothing_is_told_twice(user: dict[str, Any], facts: list[Fact]) -> None:
    overview = overview_of(folded(user, *facts))
    entries, insights, incidents = (
        [entry for entry in overview[name] if isinstance(entry, Mapping)]
        for name in ("recent_conversations", "insights", "incident_map")
    )
    shown = [entry.get("conversation_id") for entry in entries]
    assert all(shown.count(fact.conversation_id) == 1 for fact in facts)
    said = {insight.content for fact in facts for insight in fact.insights.insights}
    telling = sum(len(fact.insights.insights) for fact in facts)
    nameless = [entry for entry in insights if not isinstance(entry.get("conversation_id"), str)]
    assert not any(entry.get("content") in said for entry in nameless)
    assert sum(entry.get("type") == "emotion" for entry in insights) == telling
    events = [(entry.get("title"), entry.get("description")) for entry in incidents]
    told = {(incident.title, incident.description) for fact in facts for incident in fact.insights.incidents}
    assert all(events.count(event) == 1 for event in told)


@settings(max_examples=300)
@given(old_users(), facts_of(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter_to_an_old_document(
    user: dict[str, Any], facts: list[Fact], random: Any
) -> None:
    at_once = folded(user, *facts)
    shuffled = list(facts)
    random.shuffle(shuffled)
    step_by_step = user
    for count in range(1, len(shuffled) + 1):
        step_by_step = folded(step_by_step, *shuffled[:count])
    for document in (at_once, step_by_step):
        for name, value in list((at_path(document, "astra.set_aside") or {}).items()):
            if value == []:  # there was something, and it found its place again
                del document["astra"]["set_aside"][name]
        if at_path(document, "astra.set_aside") == {}:
            del document["astra"]["set_aside"]
        # The order of topics is the one in which the app and conversations named them.
        if isinstance(topics := at_path(document, "user_overview.preferences.topics_of_interest"), list):
            topics.sort(key=canonical)
    assert canonical(step_by_step) == canonical(at_once)
