"""The opening and the profile of a conversation's insights are judged, and its care where it is in doubt."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.conversations import insights, transcripts
from astra_pipeline.llm.model_errors import Declined
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import INSIGHTS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.judge.scripted import ACCEPTED, Scripted, at_work, refused

NOW = dt.datetime.now(dt.UTC)
LATELY = Scope(days=Days(NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1)))
OPENING = "Hi [USERNAME], the job in Pune is yours by now, I am sure."
PROFILE = "Works as a nurse."


@pytest.fixture(autouse=True)
def _judging(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_JUDGE_SHARE", "1")
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "2")
    forget_settings()


def answer(**changes: Any) -> dict[str, Any]:
    """An answer of transcript-processor."""
    return {
        "summary": "They talked of a job.",
        "topics": ["Career"],
        "emotional_tone": "hopeful",
        "care": {"level": "none", "kind": None},
        "intentions": ["Call the clinic."],
        "first_message": OPENING,
        "profile_summary": PROFILE,
    } | changes


def extracted(world: World, model: Scripted, *said: str) -> dict[str, Any]:
    """The insights as stored of a conversation in which the caller said so."""
    world.talk(world.join("user_asha", name="Asha"), *said)
    with at_work(model) as work:
        work.run(transcripts.fetch(work, LATELY))
        result = work.run(insights.extract(work, LATELY))
    assert len(result.done) == 1, result
    stored = world.db[INSIGHTS].find_one({"user_id": "user_asha"})
    assert stored is not None
    return stored


PLAIN = "I work as a nurse. I worry about my career. I will call the clinic."


def test_texts_that_are_accepted_stay(world: World) -> None:
    model = Scripted(transcript_processor=[answer()], text_judge=[ACCEPTED])
    stored = extracted(world, model, PLAIN)
    assert stored["output"]["first_message"] == OPENING
    assert (stored["judged"], stored["composed"]) == ("accepted", [])
    _, given, _ = model.asked[-1]
    assert given.sentences == [f"1. {OPENING}", f"2. {PROFILE}"]
    assert PLAIN.split(".")[0] in given.facts
    assert given.name == "Asha"


def test_a_refused_opening_gives_way_to_the_rules_and_nothing_else_does(world: World) -> None:
    model = Scripted(transcript_processor=[answer()], text_judge=[refused("is yours by now")])
    stored = extracted(world, model, PLAIN)
    output = stored["output"]
    assert output["first_message"].startswith("Hi [USERNAME], last time we spoke about ")
    assert output["profile_summary"] == PROFILE
    assert output["summary"] == "They talked of a job."
    assert (stored["judged"], stored["composed"]) == ("refused", ["first_message"])
    assert stored["composed_because"] == "promise"
    assert model.times("transcript-processor") == 2


def test_without_texts_and_without_doubt_nobody_is_asked(world: World) -> None:
    model = Scripted(transcript_processor=[answer(first_message=None, profile_summary=None)], text_judge=[ACCEPTED])
    stored = extracted(world, model, PLAIN)
    assert model.times("text-judge") == 0
    assert stored["judged"] is None


@pytest.mark.parametrize(
    ("said", "by_model", "by_judge", "care"),
    [
        (PLAIN, "crisis", "none", "none"),
        (PLAIN, "crisis", "tender", "tender"),
        (PLAIN, "tender", "crisis", "crisis"),
        ("I want to end it all.", "none", "none", "crisis"),
        ("My grandmother passed away on Sunday.", "none", "none", "tender"),
        ("My grandmother passed away on Sunday.", "none", "crisis", "crisis"),
    ],
)
def test_care_in_doubt_is_judged_and_never_falls_below_the_rules(
    world: World, said: str, by_model: str, by_judge: str, care: str
) -> None:
    given = answer(care={"level": by_model, "kind": None}, first_message="Hello [USERNAME].", profile_summary=None)
    model = Scripted(transcript_processor=[given], text_judge=[{"findings": [], "care": by_judge}])
    stored = extracted(world, model, said)
    assert model.times("text-judge") == 1
    assert stored["output"]["care"]["level"] == care
    assert stored["care"] == (None if care == "none" else care)


def test_what_a_false_alarm_took_away_comes_back(world: World) -> None:
    given = answer(care={"level": "crisis", "kind": "self_harm"})
    model = Scripted(transcript_processor=[given], text_judge=[{"findings": [], "care": "none"}])
    output = extracted(world, model, PLAIN)["output"]
    assert output["first_message"] == OPENING
    assert "Urgent support" not in output["topics"]


def test_a_finding_on_an_opening_that_a_crisis_replaces_concerns_nobody(world: World) -> None:
    given = answer(care={"level": "tender", "kind": "grief"})
    verdict = refused("is yours by now", care="crisis")
    model = Scripted(transcript_processor=[given], text_judge=[verdict])
    stored = extracted(world, model, PLAIN)
    assert stored["output"]["first_message"].startswith("Hello [USERNAME].")
    assert stored["judged"] == "accepted"
    assert model.times("transcript-processor") == 1


def test_care_that_agrees_is_not_asked_about(world: World) -> None:
    model = Scripted(transcript_processor=[answer()], text_judge=[{"findings": [], "care": "crisis"}])
    assert extracted(world, model, PLAIN)["output"]["care"]["level"] == "none"


def test_a_crisis_is_judged_whatever_the_share(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_JUDGE_SHARE", "0.0000001")
    forget_settings()
    crisis = answer(care={"level": "crisis", "kind": "self_harm"})
    model = Scripted(
        transcript_processor=[crisis, answer()],
        text_judge=[refused("is yours by now", care="none"), ACCEPTED],
    )
    stored = extracted(world, model, PLAIN)
    assert model.times("text-judge") == 2, "the next answer is read as well, although it hears no crisis"
    assert stored["judged"] == "accepted"


def test_a_plain_conversation_is_sampled(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_JUDGE_SHARE", "0.0000001")
    forget_settings()
    model = Scripted(transcript_processor=[answer()], text_judge=[ACCEPTED])
    assert extracted(world, model, PLAIN)["judged"] is None
    assert model.times("text-judge") == 0


@pytest.mark.parametrize("share", ["1", "0"])
def test_where_the_writer_declines_the_rules_hear_the_crisis(
    world: World, environment: pytest.MonkeyPatch, share: str
) -> None:
    environment.setenv("ASTRA_JUDGE_SHARE", share)
    forget_settings()
    model = Scripted(transcript_processor=[Declined("the writer's filter")])
    stored = extracted(
        world,
        model,
        "I was born on 3 May 1990. My sister Neha lives with me. I want to end it all, I cannot go on.",
    )
    output = stored["output"]
    assert stored["care"] == output["care"]["level"] == "crisis"
    assert output["first_message"].startswith("Hello [USERNAME].")
    assert output["birth_details"]["date_of_birth"] == "1990-05-03"
    assert [one["name"] for one in output["people"]] == ["Neha"]
    assert (stored["judged"], stored["composed_because"]) == ("unread", "the writer declined")


@pytest.mark.parametrize(
    ("second", "later"),
    [
        ("none", ACCEPTED),
        ("tender", {"findings": [], "care": "none"}),
        ("none", refused("Works as a nurse", sentence=2)),
        ("none", {}),
    ],
    ids=["no doubt", "less care", "refused", "unread"],
)
def test_the_care_that_a_judge_found_stays_when_the_text_is_asked_for_again(
    world: World, second: str, later: Any
) -> None:
    doubted = answer(
        care={"level": "tender", "kind": "loss"}, profile_summary="Works as a nurse, for ever and ever."
    )
    model = Scripted(
        transcript_processor=[doubted, answer(care={"level": second, "kind": None})],
        text_judge=[refused("for ever and ever", care="crisis", sentence=2), later],
    )
    stored = extracted(world, model, PLAIN)
    assert model.times("transcript-processor") == 2
    assert stored["output"]["care"]["level"] == stored["care"] == "crisis"
    assert stored["output"]["first_message"].startswith("Hello [USERNAME].")
    assert stored["output"]["intentions"] == []
