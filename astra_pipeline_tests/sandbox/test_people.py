from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.sandbox.people import (
    BadPerson,
    Conversation,
    Person,
    conversation_documents,
    load_people,
    transcript,
    user_document,
    when,
)

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
TALK: dict[str, Any] = {"id": "conv_1", "days_ago": 1, "at": "21:30", "minutes": 4}


def person(*talks: dict[str, Any], **changes: Any) -> Person:
    conversations = [{**TALK, "id": f"conv_{number}", **talk} for number, talk in enumerate(talks, 1)]
    return Person.model_validate(
        {"id": "user_1", "email": "one@example.com", "conversations": conversations, **changes}
    )


def local(one: Person, now: dt.datetime = NOW) -> tuple[dt.datetime, dt.datetime]:
    """Start and end of the first conversation, on the person's own clock."""
    start, end = when(one, one.conversations[0], now)
    return start.astimezone(ZoneInfo(one.zone)), end.astimezone(ZoneInfo(one.zone))


def test_every_demo_person_fits_the_format():
    people = load_people()
    assert len(people) >= 20
    for one in people:
        user_document(one, NOW)
        assert len(conversation_documents(one, NOW)) == len(one.conversations)
        for talk in one.conversations:
            assert transcript(one, talk, NOW)["conversation_id"] == talk.id


def test_no_two_demo_people_have_the_same_birth():
    births = [(one.birth.date, one.birth.time) for one in load_people() if one.birth and one.birth.time]
    assert len(births) >= 10
    assert len(births) == len(set(births))


def test_days_are_counted_on_the_calendar_of_the_persons_zone():
    # 12:00 UTC on the 23rd is already the 24th in Auckland.
    start, end = local(person({"days_ago": 2}, timezone="Pacific/Auckland"))
    assert f"{start:%Y-%m-%d %H:%M}" == "2026-11-22 21:30"
    assert end - start == dt.timedelta(minutes=4)


def test_a_clock_change_in_between_does_not_move_the_local_time():
    after_change = dt.datetime(2026, 11, 2, 18, 0, tzinfo=dt.UTC)  # New York left summer time on the 1st
    starts = [local(person({"days_ago": days}, timezone="America/New_York"), after_change)[0] for days in (1, 2, 3)]
    assert [(start.day, start.hour) for start in starts] == [(1, 21), (31, 21), (30, 21)]
    assert [start.utcoffset() for start in starts] == [dt.timedelta(hours=hours) for hours in (-5, -4, -4)]


def test_a_conversation_abroad_is_on_the_clock_of_that_place():
    one = person({"at": "17:10", "zone": "Asia/Dubai"}, timezone="Europe/London")
    start, _ = when(one, one.conversations[0], NOW)
    assert start == dt.datetime(2026, 11, 22, 13, 10, tzinfo=dt.UTC)
    assert transcript(one, one.conversations[0], NOW)["metadata"]["timezone"] == "Asia/Dubai"


def test_nobody_has_a_conversation_in_the_future_and_today_stays_today():
    one = person({"days_ago": 0, "at": "23:50", "minutes": 20}, timezone="Asia/Kolkata")
    for hour in range(24):
        now = dt.datetime(2026, 11, 23, hour, 7, tzinfo=dt.UTC)
        start, end = local(one, now)
        assert end <= now
        assert end - start == dt.timedelta(minutes=20)
        assert end.date() == now.astimezone(ZoneInfo("Asia/Kolkata")).date()


def test_the_user_document_has_what_is_known_and_nothing_else():
    one = person(
        {},
        name="Asha",
        timezone="Asia/Kolkata",
        birth={"date": "2002-08-14", "time": "14:05", "city": "Pune", "timezone": "Asia/Kolkata"},
        preferences={"astrology_system": "vedic", "hinglish_level": 40},
    )
    document = user_document(one, NOW)
    start, end = when(one, one.conversations[0], NOW)
    assert document.pop("createdAt") < start
    assert document == {
        "id": "user_1",
        "name": "Asha",
        "email": "one@example.com",
        "updatedAt": end,
        "date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC),
        "birth_time": "14:05",
        "birth_city": "Pune",
        "birth_timezone": "Asia/Kolkata",
        "timezone": "Asia/Kolkata",
        "julep_project": "astra",
        "julep_user_id": julep_user_id("user_1"),
        "elevenlabs_conversations": ["conv_1"],
        "user_overview": {"preferences": {"astrology_system": "vedic", "hinglish_level": 40}},
    }
    assert "user_overview" not in user_document(person(), NOW)


def test_the_conversation_document_is_the_web_apps():
    one = person({"status": "abandoned", "minutes": 1.5}, timezone="Asia/Kolkata")
    (document,) = conversation_documents(one, NOW)
    assert document == {
        "conversation_id": "conv_1",
        "user_id": "user_1",
        "agent_id": "agent_astra",
        "status": "abandoned",
        "started_at": dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC),
        "ended_at": dt.datetime(2026, 11, 22, 16, 1, 30, tzinfo=dt.UTC),
        "duration_ms": 90_000,
        "updated_at": dt.datetime(2026, 11, 22, 16, 1, 30, tzinfo=dt.UTC),
    }


def test_turns_are_spread_over_the_call_and_a_wordless_one_used_a_tool():
    one = person({"minutes": 1, "turns": [{"agent": "Hi"}, {"user": "Hello"}, {"agent": None}]})
    answer = transcript(one, one.conversations[0], NOW)
    assert [(turn["role"], turn["message"], turn["time_in_call_secs"]) for turn in answer["transcript"]] == [
        ("agent", "Hi", 0),
        ("user", "Hello", 20),
        ("agent", None, 40),
    ]
    assert [bool(turn["tool_calls"]) for turn in answer["transcript"]] == [False, False, True]
    assert answer["metadata"]["call_duration_secs"] == 60


@pytest.mark.parametrize(
    ("talk", "status", "turns", "asks_for"),
    [
        ({}, "done", 1, None),
        ({"processing_requests": 2}, "done", 1, 2),
        ({"elevenlabs": "processing", "processing_requests": 2}, "done", 1, 2),
        ({"elevenlabs": "processing"}, "processing", 1, None),
        ({"elevenlabs": "failed"}, "failed", 0, None),
    ],
)
def test_how_a_transcript_stands_is_as_the_file_says(
    talk: dict[str, Any], status: str, turns: int, asks_for: int | None
):
    one = person({"turns": [{"user": "Hello"}], **talk})
    answer = transcript(one, one.conversations[0], NOW)
    assert (answer["status"], len(answer["transcript"])) == (status, turns)
    assert answer.get("processing_requests") == asks_for
    assert bool(answer["metadata"]["error"]) == (status == "failed")


def write(folder: Path, name: str, talk: str = "", more: str = "") -> None:
    (folder / name).write_text(
        f"id: user_{name[0]}\nemail: x@example.com\n{more}"
        f"conversations:\n  - {{id: conv_{name[0]}, days_ago: 1, at: '21:30', minutes: 4{talk}}}\n"
    )


def test_times_may_be_written_without_quotes(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(
        "id: a\nemail: a@example.com\nbirth: {date: 1990-01-02, time: 06:05}\n"
        "conversations: [{id: c, days_ago: 1, at: 14:30, minutes: 3}]\n"
    )
    (one,) = load_people(tmp_path)
    assert one.conversations[0].at == "14:30"
    assert one.birth is not None
    assert (one.birth.date, one.birth.time) == (dt.date(1990, 1, 2), "06:05")


def test_errors_name_every_file_and_field_that_does_not_fit(tmp_path: Path):
    write(tmp_path, "a.yaml", ", mood: happy")
    write(tmp_path, "b.yaml", ", turns: [{user: hi, agent: hi}]")
    write(tmp_path, "c.yaml", more="timezone: Asia/Atlantis\n")
    write(tmp_path, "d.yaml", more="birth: {time: '25:00'}\n")
    write(tmp_path, "e.yaml", ", turns: [{user: null}]")
    (tmp_path / "f.yaml").write_text("id: [")
    (tmp_path / "g.yaml").write_text("")
    write(tmp_path, "h.yaml")
    with pytest.raises(BadPerson) as refused:
        load_people(tmp_path)
    lines = str(refused.value).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["a.yaml", "conversations.0.mood"],
        ["b.yaml", "conversations.0.turns.0"],
        ["c.yaml", "timezone"],
        ["d.yaml", "birth.time"],
        ["e.yaml", "conversations.0.turns.0"],
        ["f.yaml", "not YAML"],
        ["g.yaml", "the file"],
    ]


def test_two_conversations_with_one_id_are_refused(tmp_path: Path):
    write(tmp_path, "a.yaml")
    write(tmp_path, "b.yaml")
    (tmp_path / "b.yaml").write_text((tmp_path / "b.yaml").read_text().replace("conv_b", "conv_a"))
    with pytest.raises(BadPerson, match="conversation id 'conv_a' occurs twice"):
        load_people(tmp_path)


def test_the_person_without_a_zone_lives_where_they_were_born_or_in_india():
    assert person(birth={"timezone": "Africa/Lagos"}).zone == "Africa/Lagos"
    assert person().zone == "Asia/Kolkata"
    assert Conversation.model_validate(TALK).status == "completed"
