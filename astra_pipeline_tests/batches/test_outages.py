"""A service that is away uses up no attempt of an item, and everything heals by itself (F12 of the fault list)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.retries import RetryPolicy
from astra_pipeline.errors import NotFound, ServiceAway
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.working import work

_AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
_HOUR = dt.timedelta(hours=1)
_SUBJECT = Subject("conv_1", conversation_id="conv_1", user_id="user_asha")


def test_after_an_outage_an_item_is_tried_again_within_an_hour_however_long_it_lasts() -> None:
    policy = RetryPolicy(base_seconds=60, attempts=6, waiting_base_seconds=10)
    delays = [policy.next_after_outage(outages, _AT) - _AT for outages in (1, 2, 3, 4, 5, 500)]
    assert [delay.total_seconds() / 60 for delay in delays] == [1, 4, 16, 60, 60, 60]


def test_an_outage_of_a_night_parks_nothing_and_leaves_all_attempts_to_the_item(world: World) -> None:
    def stored() -> dict[str, Any]:
        found = world.db[FAILURES].find_one({"_id": "transcripts:conv_1"})
        assert found is not None
        return found

    with work() as at_work:
        for _ in range(12):
            noted = at_work.run(
                failures.record(at_work.db, "transcripts", _SUBJECT, ServiceAway("away"), run_id="test")
            )
            assert not noted.parked
        first = stored()
        assert (first["attempt"], first["outages"], first["parked_at"]) == (0, 12, None)
        assert first["next_attempt_at"] - first["last_failed_at"] == _HOUR
        assert first["outage_since"] == first["first_failed_at"]
        at_work.run(failures.record(at_work.db, "transcripts", _SUBJECT, NotFound("gone"), run_id="test"))
        answered = stored()
        assert (answered["attempt"], answered["outages"], answered["outage_since"]) == (1, 0, None)
        assert answered["next_attempt_at"] - answered["last_failed_at"] == dt.timedelta(minutes=1)
