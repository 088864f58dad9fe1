"""The outcome of a request follows from the facts and the ledger, and from its run where they are silent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.requests.outcome import GIVEN_UP_AFTER, RUNS_AT_MOST, Outcome, Seen, Setback, Told, outcome_of
from astra_pipeline.requests.request import Pointer
from astra_pipeline_tests.requests.test_planning import NOW, request

WHERE = Pointer(collection="astra_horoscopes", id="user_1@2026-11-29")
LATER = NOW + dt.timedelta(minutes=1)


def asked(times: int = 1, **fields: Any) -> dict[str, Any]:
    return {"status": "running", "asked": {"key": "k", "at": NOW, "times": times}} | fields


def decided(fields: dict[str, Any], seen: Seen | None = None, run: Any = "unknown", **options: Any) -> Any:
    told, now = options.get("told", Told()), options.get("now", LATER)
    return outcome_of(request("horoscope", 1, **fields), seen or Seen(), run, told, where=WHERE, now=now)


def setback(error: str = "BadAnswer", *, at: dt.datetime = LATER, parked: bool = False) -> Seen:
    return Seen(setback=Setback(error, "the answer has one paragraph", at, parked))


@pytest.mark.parametrize("fields", [{}, asked()])
def test_a_fact_that_is_there_is_the_result_whoever_made_it(fields: dict[str, Any]) -> None:
    assert decided(fields, Seen(result=WHERE)) == Outcome("succeeded", result=WHERE)


def test_what_its_run_did_is_done_before_the_facts_are_read_again() -> None:
    done = Told(done=frozenset({"user_1@2026-11-29"}))
    assert decided(asked(), told=done) == Outcome("succeeded", result=WHERE)


def test_an_attempt_that_failed_since_is_told_by_its_class_and_its_message() -> None:
    outcome = decided(asked(), setback())
    assert (outcome.status, outcome.error.error_class) == ("failed", "BadAnswer")
    assert outcome.error.message == "the answer has one paragraph"


def test_a_failure_of_before_does_not_count_because_the_request_lifts_it() -> None:
    assert decided(asked(), setback(at=NOW - dt.timedelta(seconds=1), parked=True)) is None


def test_what_is_not_ready_stays_open_until_it_is_done_or_parked() -> None:
    assert decided(asked(), setback("NotReady"), "ended") is None
    assert decided(asked(), setback("NotReady", parked=True)).status == "failed"


def test_a_run_that_ended_without_a_word_is_asked_for_again_but_not_for_ever() -> None:
    assert decided(asked(), run="ended") == Outcome("queued")
    last = decided(asked(RUNS_AT_MOST), run="ended")
    assert (last.status, last.error.error_class) == ("failed", "NotDone")


def test_a_run_that_was_cancelled_cancels_what_it_left_undone() -> None:
    assert decided(asked(), run="cancelled").status == "cancelled"
    assert decided(asked(), Seen(result=WHERE), "cancelled").status == "succeeded"


def test_a_person_who_was_erased_is_told_of_nothing() -> None:
    outcome = decided(asked(), Seen(result=WHERE, erased=True))
    assert (outcome.status, outcome.error.error_class, outcome.result) == ("cancelled", "Erased", None)


def test_a_batch_leaves_open_what_passes_and_tells_the_reason_of_what_does_not() -> None:
    result = BatchResult(
        skipped={"a": "leased by another run", "b": "the hour is spent", "c": "no birth chart"},
        spent="the hour is spent",
    )
    assert Told.of(result).skipped == {"c": "no birth chart"}
    skipped = Told(skipped={"user_1@2026-11-29": "no birth chart"})
    outcome = decided(asked(), told=skipped)
    assert (outcome.status, outcome.error.message) == ("skipped", "no birth chart")


def test_a_refused_key_is_told_and_not_tried_three_times() -> None:
    outcome = decided(asked(), told=Told(rejected="Julep answered 401"))
    assert (outcome.status, outcome.error.error_class) == ("failed", "CredentialsRejected")


def test_what_no_run_could_be_asked_for_is_given_up_after_a_day() -> None:
    assert decided({}) is None
    late = NOW + GIVEN_UP_AFTER + dt.timedelta(minutes=1)
    assert decided({}, now=late).status == "failed"
    assert decided(asked(), now=late).status == "failed"
    assert decided(asked(run_id="a run that works"), now=late) is None
