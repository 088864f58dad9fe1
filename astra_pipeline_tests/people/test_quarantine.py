"""Values that no rule reads are quarantined as they were, and afterwards there is room for ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.migration.plan import RULES
from astra_pipeline.people.quarantine import DOCUMENTS, quarantined, room
from astra_pipeline.store.documents import at_path, with_changes
from astra_pipeline_tests.store.test_documents import ANYTHING


@given(ANYTHING)
def test_every_rule_reads_anything_or_says_no(value: Any) -> None:
    assert {type(rule.reads(value)) for rule in RULES.values()} == {bool}


@pytest.mark.parametrize(
    ("user", "path", "becomes"),
    [
        ({"user_overview": "text"}, "user_overview", {}),
        ({"user_overview": ["x"]}, "user_overview", {}),
        ({"user_overview": {"preferences": ["casual"]}}, "user_overview.preferences", {}),
        ({"user_overview": {"recent_conversations": "all"}}, "user_overview.recent_conversations", []),
        ({"user_overview": {"insights": {"a": "b"}}}, "user_overview.insights", []),
        ({"user_overview": {"incident_map": 7}}, "user_overview.incident_map", []),
        ({"user_overview": {"gamification": "streak 5"}}, "user_overview.gamification", {}),
        ({"user_overview": {"weekly_reports": "words"}}, "user_overview.weekly_reports", []),
        ({"user_overview": {"latest_horoscope": "lucky"}}, "user_overview.latest_horoscope", None),
        ({"astra": {"applied": [1]}}, "astra.applied", {}),
        ({"astra": "text"}, "astra", {"set_aside": {"astra": "text"}}),
    ],
)
def test_an_odd_value_is_set_aside_as_it_was(user: dict[str, Any], path: str, becomes: Any) -> None:
    made = with_changes(user, room(user))
    assert at_path(made, path) == becomes
    assert quarantined(made) == {path.replace(".", "_"): at_path(user, path)}


def test_numbered_entries_are_a_list_and_reports_may_stand_under_their_weeks() -> None:
    user = {
        "user_overview": {
            "insights": {"1": {"content": "b"}, "0": {"content": "a"}},
            "weekly_reports": {"2025-01-06": {"content": "words"}},
        }
    }
    assert room(user) == {
        "user_overview.insights": [{"content": "a"}, {"content": "b"}],
        "user_overview.weekly_reports": [{"week_start": "2025-01-06", "content": "words"}],
    }


def test_there_is_room_also_where_the_quarantine_itself_is_a_null() -> None:
    user: dict[str, Any] = {"astra": {"set_aside": None, "applied": None}}
    assert room(user) == {"astra.applied": {}, "astra.set_aside": {}}


def test_a_second_odd_value_goes_beside_the_first_and_the_same_once() -> None:
    user: dict[str, Any] = {"user_overview": {"insights": "tea"}}
    for value in ("tea", "coffee", "tea"):
        user = with_changes(user, {"user_overview.insights": value})
        user = with_changes(user, room(user))
    assert quarantined(user) == {"user_overview_insights": "tea", "user_overview_insights_2": "coffee"}


@given(st.dictionaries(st.sampled_from([*RULES, "astra", "astra.set_aside", "astra.applied"]), ANYTHING))
def test_after_making_room_there_is_room(values: dict[str, Any]) -> None:
    user: dict[str, Any] = {"id": "u"}
    for path in sorted(values):
        if isinstance(at_path(user, path.rpartition(".")[0]) if "." in path else user, dict):
            user = with_changes(user, {path: values[path]})
    made = with_changes(user, room(user))
    assert room(made) == {}
    for path in DOCUMENTS:
        assert at_path(made, path) is None or isinstance(at_path(made, path), dict)
