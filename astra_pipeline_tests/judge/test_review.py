"""No text of an LLM reaches a person that no judge read; one that is refused to the end gives way to the rules'."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import Writer
from astra_pipeline.errors import BadDocument, ServiceAway
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.judge.review import is_judged
from astra_pipeline.llm.model_errors import Declined
from astra_pipeline.orchestration.metadata import llm_metadata
from astra_pipeline.reports import write as reports
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, HOROSCOPES, LEASES, REPORTS
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import LLM_SERVICE, World
from astra_pipeline_tests.horoscopes.runs import DATE, KOLKATA, reading, run, someone
from astra_pipeline_tests.judge.scripted import ACCEPTED, Scripted, at_work, refused
from astra_pipeline_tests.pipeline import metadata_of
from astra_pipeline_tests.reports import test_weekly_reports as weekly
from astra_pipeline_tests.working import work

# Between two paragraphs that keep the contract stands what a judge is to find.
TEXT = (
    "Good morning, Asha. The Moon is gentle with you today, and what you usually keep to yourself could want an "
    "ear. With your Sun in {sun} and your Moon in {moon} and {rising} rising you may look calm either way.\n\n"
    "{between} At work, finish what you began before you begin more. With the people you love, one honest "
    "sentence may do more than ten polite ones, and the evening could be a good time for it. Rest when the day was "
    "long."
)
PROMISE = "On Friday the offer is yours to hold, says the sky."
HARMLESS = "Perhaps somebody asks you for a favour."


@pytest.fixture
def judging(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every text is judged, and two answers may be refused."""
    environment.setenv("ASTRA_JUDGE_SHARE", "1")
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "2")
    forget_settings()
    return environment


def text(world: World, user_id: str, between: str) -> dict[str, Any]:
    """An answer of horoscope-refresher that keeps the contract for this person."""
    document = world.db["user"].find_one({"id": user_id})
    assert document is not None
    signs = document["user_overview"]["birth_chart"]["vedic"]
    named = {part: signs[f"{part}_sign"] for part in ("sun", "moon", "rising")}
    return {"content": TEXT.format(between=between, **named)}


def written(model: Scripted, *, run_id: str = "test") -> tuple[Any, dict[str, Any]]:
    """(the outcome of a batch of horoscopes, its figures)."""
    cell = CohortDate(dt.date.fromisoformat(DATE), KOLKATA, "Asia/Kolkata")
    with at_work(model, run_id) as work:
        result = work.run(horoscopes.write(work, Scope(cohort_dates=(cell,))))
        return result, llm_metadata(work.runner, verdicts=work.verdicts)


def stored_of(world: World, user_id: str) -> dict[str, Any]:
    found = world.db[HOROSCOPES].find_one({"_id": f"{user_id}@{DATE}"})
    assert found is not None
    return found


def test_a_text_that_is_accepted_is_stored_and_says_so(world: World, judging: pytest.MonkeyPatch) -> None:
    asha = join(world, someone(), name="Asha")
    model = Scripted(horoscope_refresher=[text(world, asha, HARMLESS)], text_judge=[ACCEPTED])
    result, figures = written(model)
    assert len(result.done) == 1, result
    stored = stored_of(world, asha)
    assert HARMLESS in stored["content"]
    assert stored["judged"] == "accepted"
    assert "by" not in stored
    assert figures["llm_calls"] == figures["judge_calls"] == figures["judged"] == 1
    assert figures["judge_refused"] == figures["composed"] == 0
    _, given, _ = model.asked[-1]
    assert given.name == "Asha"
    assert f". {HARMLESS}" in "\n".join(given.sentences)
    assert '"transits"' in given.facts
    assert "Asha" not in given.facts


def test_a_refused_text_is_asked_for_again_with_the_sentence_and_the_reason(
    world: World, judging: pytest.MonkeyPatch
) -> None:
    asha = join(world, someone(), name="Asha")
    model = Scripted(
        horoscope_refresher=[text(world, asha, PROMISE), text(world, asha, HARMLESS)],
        text_judge=[refused("the offer is yours"), ACCEPTED],
    )
    result, figures = written(model)
    assert len(result.done) == 1, result
    assert HARMLESS in stored_of(world, asha)["content"]
    feedback = [told for name, _, told in model.asked if name == "horoscope-refresher"][1]
    assert PROMISE in feedback
    assert "a promise or a threat" in feedback
    assert (figures["llm_calls"], figures["judge_calls"], figures["judge_refused"]) == (2, 2, 1)
    assert figures["judge_findings"].records[0].data == {"kind": "promise", "sentences": 1}


def test_after_the_last_refusal_the_composers_text_is_stored_and_marked(
    world: World, judging: pytest.MonkeyPatch
) -> None:
    asha = join(world, someone(), name="Asha")
    model = Scripted(horoscope_refresher=[text(world, asha, PROMISE)], text_judge=[refused("the offer is yours")])
    result, figures = written(model)
    assert len(result.done) == 1, result
    stored = stored_of(world, asha)
    assert stored["content"] == compose(HoroscopeInput.model_validate(stored["input"]))["content"]
    assert reading(world, asha)["content"] == stored["content"]
    assert (stored["judged"], stored["by"], stored["composed_because"]) == ("refused", "composer", "promise")
    assert figures["composed"] == 1
    assert model.times("horoscope-refresher") == model.times("text-judge") == 2
    assert world.db[FAILURES].count_documents({}) == 0
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0


@pytest.mark.parametrize(
    "verdict",
    [
        refused("words that stand nowhere"),
        {"findings": "none"},
        {},
        {"verdict": "accepted", "care": None},
        {"findings": None},
        Declined("the judge's filter"),
    ],
    ids=["a wrong quote", "wrong types", "empty", "other keys", "null", "declined"],
)
def test_what_no_judge_could_read_is_not_shown(world: World, judging: pytest.MonkeyPatch, verdict: Any) -> None:
    asha = join(world, someone(), name="Asha")
    model = Scripted(horoscope_refresher=[text(world, asha, HARMLESS)], text_judge=[verdict])
    result, _ = written(model)
    assert len(result.done) == 1, result
    stored = stored_of(world, asha)
    assert HARMLESS not in stored["content"]
    assert (stored["judged"], stored["by"]) == ("unread", "composer")
    assert model.times("horoscope-refresher") == 1, "the writer is not to blame"


def test_where_the_writer_declines_the_rules_write(world: World, judging: pytest.MonkeyPatch) -> None:
    asha = join(world, someone(), name="Asha")
    for share in ("1", "0"):
        judging.setenv("ASTRA_JUDGE_SHARE", share)
        forget_settings()
        result, _ = written(Scripted(horoscope_refresher=[Declined("the writer's filter")]))
        assert len(result.done) == 1, result
        stored = stored_of(world, asha)
        assert stored["content"] == compose(HoroscopeInput.model_validate(stored["input"]))["content"]
        assert (stored["judged"], stored["by"], stored["composed_because"]) == (
            "unread",
            "composer",
            "the writer declined",
        )
        world.db[HOROSCOPES].delete_many({})


def test_a_writer_that_declines_after_a_refusal_leaves_the_refused_text_unsent(
    world: World, judging: pytest.MonkeyPatch
) -> None:
    asha = join(world, someone(), name="Asha")
    model = Scripted(
        horoscope_refresher=[text(world, asha, PROMISE), Declined("the writer's filter")],
        text_judge=[refused("the offer is yours")],
    )
    result, _ = written(model)
    assert len(result.done) == 1, result
    stored = stored_of(world, asha)
    assert PROMISE not in stored["content"]
    assert (stored["judged"], stored["by"], stored["composed_because"]) == ("refused", "composer", "promise")


@pytest.mark.parametrize("error", [ServiceAway("the judge is away"), BadDocument("refused with 400")])
def test_a_judge_that_cannot_be_asked_leaves_the_item_to_be_tried_again(
    world: World, judging: pytest.MonkeyPatch, error: Exception
) -> None:
    asha = join(world, someone(), name="Asha")
    result, _ = written(Scripted(horoscope_refresher=[text(world, asha, HARMLESS)], text_judge=[error]))
    assert [failed.error for failed in result.failed] == [type(error).__name__]
    assert world.db[HOROSCOPES].count_documents({"user_id": asha}) == 0


def test_an_answer_that_breaks_the_contract_is_judged_by_nobody(world: World, judging: pytest.MonkeyPatch) -> None:
    join(world, someone(), name="Asha")
    model = Scripted(horoscope_refresher=[{"content": "Hello."}], text_judge=[ACCEPTED])
    result, _ = written(model)
    assert [failed.error for failed in result.failed] == ["BadAnswer"]
    assert model.times("text-judge") == 0


def test_a_report_is_judged_as_well(world: World, judging: pytest.MonkeyPatch) -> None:
    user_id = weekly.someone(world)
    weekly.talked(world, user_id, weekly.WEEK, "Career")
    letter = (
        "Good evening, Asha. We talked once this week, and you sounded a little less tired than before.\n\n"
        "Most of it was about your career. You asked whether a good job can be the wrong job, and I have been "
        "turning that over since then, between one thing and another.\n\n"
        "You came back, and that counts. May I be a little proud of you? The week was not made for it.\n\n"
        "The coming days are quiet, a fine time to put one thing down. Which part of your work would you keep?"
    )
    model = Scripted(
        weekly_report_generator=[{"content": letter}], text_judge=[refused("Most of it was", "claim", 3)]
    )
    cell = CohortDate(dt.date.fromisoformat(weekly.WEEK), weekly.KOLKATA, "Asia/Kolkata")
    with at_work(model) as work:
        result = work.run(reports.write(work, Scope(cohort_dates=(cell,))))
    assert len(result.done) == 1, result
    stored = world.db[REPORTS].find_one({"user_id": user_id})
    assert stored is not None
    assert stored["content"] != letter
    assert (stored["judged"], stored["by"], stored["composed_because"]) == ("refused", "composer", "claim")


def test_a_share_of_the_items_is_judged_and_always_the_same(judging: pytest.MonkeyPatch) -> None:
    items = [f"user_{number}@2026-11-20" for number in range(2000)]

    def judged(share: str) -> set[str]:
        judging.setenv("ASTRA_JUDGE_SHARE", share)
        forget_settings()
        return {item for item in items if is_judged(item, "none")}

    assert judged("0") == set()
    assert judged("1") == set(items)
    fifth, half = judged("0.2"), judged("0.5")
    assert 300 < len(fifth) < 500
    assert fifth < half, "a larger share has the smaller one's items"
    assert judged("0.2") == fifth
    assert all(is_judged(item, "crisis") for item in items), "a crisis is never sampled away"
    assert judged("0") == set()
    assert not is_judged(items[0], "crisis")


def test_the_rules_own_texts_are_judged_by_nobody(judging: pytest.MonkeyPatch) -> None:
    judging.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    assert not is_judged("user_asha@2026-11-20", "crisis")


def test_a_run_over_http_judges_each_text_once_and_tells_the_figures(
    world: World, judging: pytest.MonkeyPatch, runner: str, instance: dg.DagsterInstance
) -> None:
    users = [join(world, someone(), name=f"N{number}") for number in range(3)]
    told = metadata_of(run(instance), "daily_horoscopes")
    assert (told["done"], told["llm_calls"], told["judge_calls"], told["judged"]) == (3, 3, 3, 3)
    assert (told["judge_refused"], told["composed"], told["llm_calls_per_text"]) == (0, 0, 1.0)
    for user_id in users:
        item = f"{user_id}@{DATE}"
        tasks = [one["task"] for one in (*world.asked(item), *world.judged(item))]
        assert tasks == ["horoscope-refresher", "text-judge"]
        assert stored_of(world, user_id)["judged"] == "accepted"
    again = metadata_of(run(instance), "daily_horoscopes")
    assert again["unchanged"] == 3
    assert "judged" not in again


def test_a_run_that_takes_over_pays_for_neither_text_nor_verdict_again(
    world: World, judging: pytest.MonkeyPatch, runner: str
) -> None:
    asha = join(world, someone(), name="Asha")
    item = f"{asha}@{DATE}"
    cell = CohortDate(dt.date.fromisoformat(DATE), KOLKATA, "Asia/Kolkata")

    async def dies(*_: Any, **__: Any) -> None:
        raise ServiceAway("killed before it could write")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "write", dies)
        with work("run_a") as first:
            first.run(horoscopes.write(first, Scope(cohort_dates=(cell,))))
    assert world.db[HOROSCOPES].count_documents({"user_id": asha}) == 0
    assert len(world.asked(item)) == len(world.judged(item)) == 1
    with work("run_b") as second:
        result = second.run(horoscopes.write(second, Scope(cohort_dates=(cell,), user_ids=(asha,))))
    assert len(result.done) == 1, result
    assert len(world.asked(item)) == len(world.judged(item)) == 1, "both answers were kept"
    assert stored_of(world, asha)["judged"] == "accepted"
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0


def test_an_outage_of_the_llm_at_the_judge_is_paid_for_once(
    world: World, judging: pytest.MonkeyPatch, runner: str
) -> None:
    asha = join(world, someone(), name="Asha")
    item = f"{asha}@{DATE}"
    cell = CohortDate(dt.date.fromisoformat(DATE), KOLKATA, "Asia/Kolkata")
    judging.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    judging.setenv("ASTRA_RETRY_BASE_SECONDS", "0.01")
    forget_settings()
    # Now and then a request of either task is refused. What was paid for is kept, and read when it is back.
    world.sandbox.configure(faults=[{"service": LLM_SERVICE[runner], "rate": 0.3, "kinds": ["500"], "seed": 3}])
    for number in range(40):
        with work(f"run_{number}") as one:
            one.run(horoscopes.write(one, Scope(cohort_dates=(cell,), user_ids=(asha,))))
        if world.db[HOROSCOPES].count_documents({"user_id": asha}):
            break
    assert len(world.asked(item)) == len(world.judged(item)) == 1
