"""The checker of campaigns sees what is wrong, and nothing where nothing is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from astra_pipeline_tests.campaign.histories import (
    ANN,
    CALL,
    ENDED,
    NOW,
    WORD,
    at,
    broken_by,
    entry,
    event,
    executed,
    inserted_call,
    insights,
    joined,
    metrics,
    record,
    right,
    talked,
    transcript,
    user,
    wrote,
    wrote_user,
)
from bench.campaign import laws
from bench.campaign.evidence import Evidence, Trace
from bench.campaign.history import CONVERSATIONS, PERSONAL, USERS, Event
from bench.campaign.model import world_of

_SECOND = "zqtolare"
_LATER = ENDED + dt.timedelta(minutes=20)


def test_a_history_that_is_right_breaks_no_law():
    assert broken_by(right()) == {}


def test_nothing_recorded_is_seen_as_nothing_examined():
    verdicts = {verdict.law: verdict for verdict in laws.check(Evidence())}
    assert verdicts["nothing is lost"].examined == 0
    assert verdicts["it comes to rest"].broken, "nobody said that it had"


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ({"astra_transcripts": []}, "nothing in astra_transcripts"),
        ({"astra_insights": []}, "nothing in astra_insights"),
        ({CONVERSATIONS: [record(processed=False)]}, "not marked as processed"),
        ({CONVERSATIONS: []}, "the app's record is gone"),
        ({USERS: [user(recent_conversations=[])]}, "the overview has no entry"),
        ({USERS: []}, "the person has no document"),
        ({CONVERSATIONS: [record(ended_at=_LATER)]}, "has an end that was corrected since"),
        (
            {CONVERSATIONS: [record(ended_at=ENDED + dt.timedelta(seconds=1.1))]},
            "has an end that was corrected since",
        ),
    ],
)
def test_a_call_that_is_not_done_and_waits_for_nothing_is_lost(documents: dict[str, Any], said: str):
    (line,) = broken_by(right(documents=documents))["nothing is lost"]
    assert line.startswith(CALL)
    assert said in line


def failure(**fields: Any) -> dict[str, Any]:
    return {
        "conversation_id": CALL,
        "kind": "transcripts",
        "item": CALL,
        "error": "NotFound",
        "parked_at": None,
        "next_attempt_at": at(120),
    } | fields


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({}, False),
        ({"parked_at": NOW, "next_attempt_at": None}, False),
        ({"conversation_id": None, "item": ANN, "user_id": ANN, "kind": "user_overviews"}, False),
        ({"error": ""}, True),
        ({"next_attempt_at": at(60) - dt.timedelta(hours=9)}, True),
        ({"conversation_id": "conv_2", "item": "conv_2"}, True),
        ({"conversation_id": None, "item": "other", "user_id": ANN, "kind": "birth_charts"}, True),
    ],
)
def test_a_call_may_be_parked_or_due_with_a_reason_and_not_overdue(fields: dict[str, Any], lost: bool):
    documents = {"astra_transcripts": [], "astra_insights": [], "astra_failures": [failure(**fields)]}
    assert ("nothing is lost" in broken_by(right(documents=documents))) is lost


def again(**facts: Any) -> Evidence:
    """The call was taken up again after it was processed."""
    events = [joined(), talked(), event("completed_again", 20, call=CALL, word=_SECOND, ended_at=_LATER)]
    documents = {
        USERS: [user(recent_conversations=[entry(CALL, WORD, _SECOND, ended_at=_LATER)], gamification=metrics())],
        CONVERSATIONS: [record(ended_at=_LATER)],
        "astra_transcripts": [transcript(CALL, WORD, _SECOND, ended_at=_LATER)],
        "astra_insights": [insights(CALL, WORD, _SECOND, ended_at=_LATER)],
    }
    documents[USERS][0]["user_overview"]["gamification"]["last_conversation_date"] = _LATER
    return right(events=[*events, Event(at(60), "settled")], documents=documents | facts)


def test_a_call_that_was_taken_up_again_is_done_with_both_halves_and_lost_with_one():
    assert broken_by(again()) == {}
    half = again(astra_transcripts=[transcript(ended_at=_LATER)])
    assert broken_by(half)["nothing is lost"] == [
        f"{CALL}: astra_transcripts knows 1 of 2 completions, and nothing waits for it"
    ]
    shown = user(recent_conversations=[entry(ended_at=_LATER)], gamification=metrics(last_conversation_date=_LATER))
    assert "its entry knows 1 of 2" in broken_by(again(**{USERS: [shown]}))["nothing is lost"][0]


def test_what_is_there_twice_is_seen():
    note = {"conversation_id": CALL, "type": "emotion", "content": "Felt calm."}
    for overview, said in (
        ({"recent_conversations": [entry(), entry()]}, "1 of 2 entries twice"),
        ({"insights": [note, note]}, "1 of 2 insights twice"),
        ({"gamification": metrics(topics_explored=["Career", "career"])}, "1 of 2 topics twice"),
        ({"gamification": metrics(milestones_unlocked=["first_conversation"] * 2)}, "1 of 2 milestones twice"),
        ({"recent_conversations": [entry(), entry("conv_of_bob")]}, "no call of theirs"),
    ):
        (line,) = broken_by(right(documents={USERS: [user(**overview)]}))["nothing is there twice"]
        assert said in line
    twins = [{"id": str(number), "metadata": {"app_id": ANN}} for number in range(2)]
    assert broken_by(right(julep_users=twins)) == {"nothing is there twice": [f"{ANN}: 2 users at Julep"]}


def test_a_second_execution_is_paid_twice_unless_the_first_was_in_flight_at_a_kill():
    twice = [executed(3), executed(20)]
    assert list(broken_by(right(executions=twice))) == ["nothing is paid twice"]
    killed = event("killed", 4, order="run", what="conversation_pipeline")
    assert broken_by(right(executions=twice, events=[joined(), talked(), killed, Event(at(60), "settled")])) == {}
    long_after = event("killed", 3 + 60, order="run", what="conversation_pipeline")
    events = [joined(), talked(), long_after, Event(at(90), "settled")]
    assert list(broken_by(right(executions=twice, events=events))) == ["nothing is paid twice"]
    before = event("killed", 2, order="run", what="conversation_pipeline")
    events = [joined(), talked(), before, Event(at(90), "settled")]
    assert list(broken_by(right(executions=twice, events=events))) == ["nothing is paid twice"]


def test_a_call_without_a_date_ended_when_its_document_was_written_last():
    """Of eleven calls the oldest is not listed; here the app wrote the undated one again, after CALL ended."""
    later = ENDED + dt.timedelta(minutes=1)
    others = [talked(f"conv_{number}", f"zqmela{number}", ended_at=later) for number in range(2, 11)]
    undated = talked("conv_11", "zqmelaru", ended_at=ENDED - dt.timedelta(seconds=3))
    undated = dataclasses.replace(undated, fields={**undated.fields, "dated": False})
    listed = [entry(one["call"], one["word"], ended_at=later) for one in (*others, undated)]
    events = [joined(), talked(), undated, *others, Event(at(60), "settled")]

    def missing(end_of_the_undated: dt.datetime) -> bool:
        facts = [insights(), insights("conv_11", "zqmelaru", ended_at=end_of_the_undated)]
        documents = {USERS: [user(recent_conversations=listed)], "astra_insights": facts}
        lost = broken_by(right(events=events, documents=documents)).get("nothing is lost", [])
        return any(problem.startswith(f"{CALL}: the overview has no entry") for problem in lost)

    assert missing(ENDED - dt.timedelta(seconds=3))
    assert not missing(ENDED + dt.timedelta(seconds=3))


def test_a_persona_may_be_paid_for_with_every_fifth_call():
    calls = [talked(f"conv_{number}", f"zqmela{number}") for number in range(2, 6)]
    events = [joined(), talked(), *calls, Event(at(60), "settled")]
    learnt = [executed(3, ANN), executed(40, ANN)]
    paid = {"nothing is paid twice"}
    assert not paid & set(broken_by(right(executions=learnt[:1], events=events)))
    assert paid <= set(broken_by(right(executions=learnt, events=events)))
    assert paid <= set(broken_by(right(executions=learnt[:1])))


def test_one_kill_excuses_one_call_in_flight_and_not_two():
    killed = event("killed", 4, order="run", what="conversation_pipeline")
    events = [joined(), talked(), killed, Event(at(60), "settled")]
    thrice = [executed(3), executed(20), executed(40)]
    assert list(broken_by(right(executions=thrice, events=events))) == ["nothing is paid twice"]


def test_another_version_may_be_paid_for_and_a_spoilt_answer_asked_for_again():
    assert broken_by(again()) == {}
    evidence = again()
    assert broken_by(right(**vars(evidence) | {"executions": [executed(3), executed(30)]})) == {}
    assert broken_by(right(executions=[executed(3, spoilt=True), executed(5)])) == {}
    assert broken_by(right(executions=[executed(3), executed(9, "user_ann@2026-11-23")])) == {}
    texts = [executed(3), executed(9, "user_ann@2026-11-23"), executed(19, "user_ann@2026-11-23")]
    assert list(broken_by(right(executions=texts))) == ["nothing is paid twice"]


def erased(**changes: Any) -> Evidence:
    """Ann was erased after her call was done."""
    gone = {"id": ANN, "name": "Zqann", "astra": {"erased_at": at(30)}}
    marked = wrote_user(30, "astra.erased_at", erased_at=at(30))
    return right(
        events=[
            joined(),
            talked(),
            event("erasure_asked", 29),
            event("erased", 31, erased_at=at(30)),
            Event(at(60), "settled"),
        ],
        documents={USERS: [gone], "astra_transcripts": [], "astra_insights": []} | changes.pop("documents", {}),
        writes=[
            *right().writes,
            marked,
            *(wrote(name, 31, operation="delete") for name in PERSONAL[:2]),
            *changes.pop("after", []),
        ],
        **changes,
    )


def test_an_erasure_that_is_right_breaks_no_law():
    assert broken_by(erased()) == {}


def test_traces_of_the_erased_are_seen():
    law = "nothing is left of the erased"
    trace = Trace("astra_insights", ANN)
    assert broken_by(erased(traces_of_erased=[trace])) == {law: [f"{ANN}: words in astra_insights"]}
    at_julep = [{"id": "1", "metadata": {"app_id": ANN}}]
    assert broken_by(erased(julep_users=at_julep)) == {law: [f"{ANN}: a user at Julep"]}
    back = user() | {"astra": {"erased_at": at(30)}}
    assert broken_by(erased(documents={USERS: [back]}))[law] == [f"{ANN}: the user document has an overview"]


@pytest.mark.parametrize(
    "late",
    [
        wrote("astra_insights", 40, operation="insert"),
        wrote("astra_transcripts", 40),
        wrote("astra_horoscopes", 40, operation="insert", key="user_ann@2026-11-23"),
        wrote_user(40, "user_overview.gamification.streak_days", erased_at=at(30)),
        wrote_user(40, "julep_user_id", erased_at=at(30)),
        wrote_user(40, "user_overview.profile_summary"),
    ],
)
def test_a_write_for_somebody_who_was_erased_is_seen(late: Any):
    broken = broken_by(erased(after=[late]))
    assert "nothing is written for the erased" in broken


def test_after_the_person_talked_again_writes_are_right_also_while_the_mark_still_stands():
    after = [
        inserted_call(40, "conv_2"),
        wrote_user(41, "elevenlabs_conversations", erased_at=at(30)),
        wrote("astra_transcripts", 42, operation="insert", key="conv_2"),
        wrote_user(43, "user_overview.recent_conversations"),
    ]
    assert "nothing is written for the erased" not in broken_by(erased(after=after))


def test_a_call_of_before_the_erasure_that_is_recorded_late_is_no_talk_and_is_not_missed():
    late = inserted_call(40, "conv_2", ended_at=at(20))
    events = [
        *erased().events[:-1],
        talked("conv_2", _SECOND, seconds=40, ended_at=at(20)),
        Event(at(60), "settled"),
    ]
    recorded = {CONVERSATIONS: [record(), record("conv_2", ended_at=at(20), processed=False)]}
    evidence = erased(after=[late], documents=recorded)
    assert broken_by(dataclasses.replace(evidence, events=events)) == {}
    processed = erased(after=[late, wrote("astra_transcripts", 42, _SECOND, "insert", "conv_2")])
    assert list(broken_by(dataclasses.replace(processed, events=events))) == ["nothing is written for the erased"]


def test_a_call_of_before_an_erasure_stays_erased_whatever_was_said_since():
    world = world_of(
        [
            *erased().events[:-1],
            talked("conv_2", _SECOND, seconds=40, ended_at=at(39)),
            talked("conv_3", "zqvipo", seconds=45, ended_at=at(20)),
        ]
    )
    assert world.people[ANN].erased_at is None
    assert [call.call for call in world.calls_of(ANN)] == ["conv_2"]
    assert [call.call for call in world.calls_of(ANN, erased=True)] == [CALL, "conv_3"]


def test_an_end_that_the_app_wrote_twice_and_rounded_is_one():
    rounded = record(ended_at=ENDED + dt.timedelta(seconds=0.9))
    assert "nothing is lost" not in broken_by(right(documents={CONVERSATIONS: [rounded]}))


def test_a_mark_that_something_was_folded_says_nothing_of_the_person():
    mark = dataclasses.replace(wrote("astra_insights", 40), paths=("folded_at",))
    assert broken_by(erased(after=[mark])) == {}


def test_our_notes_about_the_erased_are_not_personal():
    assert broken_by(erased(after=[wrote_user(40, "astra.cohort", erased_at=at(30))])) == {}


def folded(seconds: float, *words: str, date: dt.datetime = ENDED, **digest: Any) -> Any:
    entries = {CALL: {"date": date, "text": " ".join(words or (WORD,))}}
    return wrote_user(seconds, "user_overview.recent_conversations", entries=entries, **digest)


@pytest.mark.parametrize(
    ("writes", "said"),
    [
        ([folded(5, WORD, _SECOND), folded(9)], "went back to completion 1"),
        ([folded(5, date=_LATER), folded(9)], "went back to an older end"),
        (
            [folded(5, applied={"timezone": _LATER}), folded(9, applied={"timezone": ENDED})],
            "timezone is of an older",
        ),
        ([folded(5, best_streak=3), folded(9, best_streak=2)], "best_streak fell from 3 to 2"),
        (
            [wrote("astra_transcripts", 5, f"{WORD} {_SECOND}"), wrote("astra_transcripts", 9)],
            "completion 2 was replaced by 1",
        ),
    ],
)
def test_a_value_that_is_replaced_by_an_older_one_is_seen(writes: list[Any], said: str):
    again_said = event("completed_again", 2, call=CALL, word=_SECOND, ended_at=_LATER)
    events = [joined(), talked(), again_said, Event(at(60), "settled")]
    broken = broken_by(right(events=events, writes=[inserted_call(1), *writes]))
    assert any(said in line for line in broken["nothing goes back"])


def test_what_grows_again_after_an_erasure_went_not_back():
    writes = [folded(5, best_streak=3), wrote_user(30, erased_at=at(30)), folded(50, best_streak=1)]
    assert "nothing goes back" not in broken_by(right(writes=[inserted_call(1), *writes]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"streak_days": 0}, "streak_days differs"),
        ({"total_conversations": 2}, "total_conversations differs"),
        ({"last_conversation_date": _LATER}, "last_conversation_date differs"),
        ({"topics_explored": []}, "topics_explored differs"),
        ({"chart_completion_percent": 25}, "chart_completion_percent differs"),
        ({"milestones_unlocked": []}, "milestones_unlocked differs"),
        ({"milestones_unlocked": ["first_conversation", "streak_3"]}, "milestones_unlocked differs"),
        ({"best_streak": 2}, "best_streak is 2, recomputed 1"),
    ],
)
def test_metrics_that_differ_from_a_recomputation_are_seen(changes: dict[str, Any], said: str):
    broken = broken_by(right(documents={USERS: [user(gamification=metrics(**changes))]}))
    (line,) = broken["gamification is what a recomputation gets"]
    assert said in line


def test_words_in_a_log_and_sensors_without_rest_and_erasures_undone_are_seen():
    assert broken_by(right(traces_in_logs=[Trace("run.log", ANN)])) == {
        "no words are logged": [f"{ANN}: words in run.log"]
    }
    assert list(broken_by(right(events=[joined(), talked()]))) == ["it comes to rest"]
    asked = [joined(), talked(), event("erasure_asked", 20), Event(at(60), "settled")]
    assert broken_by(right(events=asked)) == {"it comes to rest": [f"{ANN}: an erasure was not done"]}
