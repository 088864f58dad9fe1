"""All requests of a kind go into one run, and none waits for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.requests.ids import new_id
from astra_pipeline.requests.planning import Place, RunPlan, plan_again, plan_runs
from astra_pipeline.requests.request import Kind, TaskRequest

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
KOLKATA = "asia-kolkata-001"


def request(kind: Kind, number: int, **fields: Any) -> TaskRequest:
    user = f"user_{number}"
    item = {"transcript": f"conv_{number}", "chart": user}.get(kind, f"{user}@2026-11-29")
    made: dict[str, Any] = {
        "_id": new_id(),
        "kind": kind,
        "user_id": user,
        "item": item,
        "requested_by": {"kind": "person", "id": user},
        "requested_at": NOW + dt.timedelta(seconds=number),
        "status": "queued",
        "dedupe": f"{kind}:{item}",
        "expires_at": NOW + dt.timedelta(days=30),
    }
    return TaskRequest.read(made | fields)


def placed(requests: Sequence[TaskRequest], **place: Any) -> dict[str, Place]:
    days: dict[str, Any] = {} if requests[0].kind == "chart" else {"first_day": TODAY}
    seat: dict[str, Any] = {} if requests[0].kind == "transcript" else {"cohort": KOLKATA}
    return {one.id: Place(**(days | seat | place)) for one in requests}


def planned(requests: Sequence[TaskRequest], places: dict[str, Place], **options: Any) -> list[RunPlan]:
    return plan_runs(requests, places, **({"busy": (), "at_most": 500} | options))


def test_fifty_requests_of_a_kind_are_one_run_that_names_all_of_them() -> None:
    talks = [request("transcript", number) for number in range(50)]
    (plan,) = planned(talks, placed(talks))
    assert len(plan.conversation_ids) == len(plan.user_ids) == 50
    assert (plan.first_day, plan.last_day) == (TODAY, TODAY)


def test_each_kind_has_a_run_of_its_own_unless_it_is_busy() -> None:
    both = [request("chart", 1), request("horoscope", 2)]
    places = placed(both[:1]) | placed(both[1:])
    assert [plan.kind for plan in planned(both, places)] == ["chart", "horoscope"]
    assert [plan.kind for plan in planned(both, places, busy={"chart"})] == ["horoscope"]


def test_a_run_is_bounded_and_the_rest_waits_in_its_order() -> None:
    charts = [request("chart", number) for number in range(5)]
    (plan,) = planned(charts[::-1], placed(charts), at_most=2)
    assert plan.requests == tuple(charts[:2])


def test_what_has_no_place_waits() -> None:
    assert planned([request("chart", 1)], {}) == []


def test_what_is_forced_is_not_in_the_run_of_what_is_not() -> None:
    calm, forced = request("horoscope", 1), request("horoscope", 2, force=True)
    (plan,) = planned([calm, forced], placed([calm, forced]))
    assert (plan.force, plan.requests) == (False, (calm,))


def test_texts_of_another_date_are_in_another_run_because_a_grid_runs_over_all_of_its_cells() -> None:
    here, there = request("horoscope", 1), request("horoscope", 2)
    places = placed([here]) | placed([there], first_day=TODAY - dt.timedelta(days=1), cohort="america-la-001")
    (plan,) = planned([here, there], places)
    assert plan.requests == (here,)
    assert plan.cohorts == {KOLKATA}


def test_an_old_conversation_does_not_stretch_the_run_over_months_and_is_next() -> None:
    fresh, old = request("transcript", 2), request("transcript", 1)
    places = placed([fresh]) | placed([old], first_day=TODAY - dt.timedelta(days=300))
    (first,) = planned([fresh, old], places)
    assert first.requests == (old,)
    (second,) = planned([fresh], places)
    assert second.requests == (fresh,)


def test_a_repeated_tick_asks_by_the_same_key_and_another_run_of_the_same_requests_by_another() -> None:
    charts = [request("chart", number) for number in range(3)]
    (first,), (second,) = (planned(order, placed(charts)) for order in (charts, charts[::-1]))
    assert first.key == second.key
    asked = [one.model_copy(update={"asked": {"key": first.key, "at": NOW, "times": 1}}) for one in charts]
    again = [TaskRequest.read(one.model_dump(by_alias=True)) for one in asked]
    (third,) = planned(again, placed(again))
    assert third.key != first.key
    lost = plan_again(again, placed(again))
    assert lost is not None
    assert (lost.key, lost.requests) == (first.key, tuple(again))


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=30))
def test_every_request_is_in_a_run_within_as_many_ticks_as_there_are(drawn: list[tuple[int, bool]]) -> None:
    waiting = [request("transcript", number, force=forced) for number, (_, forced) in enumerate(drawn)]
    places = {
        one.id: Place(first_day=TODAY - dt.timedelta(days=ago))
        for one, (ago, _) in zip(waiting, drawn, strict=True)
    }
    for _ in drawn:
        for plan in planned(waiting, places):
            assert plan.first_day is not None
            assert plan.last_day is not None
            assert (plan.last_day - plan.first_day).days <= 31
            assert waiting[0] in plan.requests
            waiting = [one for one in waiting if one not in plan.requests]
    assert waiting == []
