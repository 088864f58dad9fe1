"""Births through the whole pipeline on a real MongoDB: another's, one that waits, and what settles it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from rich.console import Console

from astra_pipeline.cli.display.overview import print_overview
from astra_pipeline.store.documents import at_path
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.personal_data.lives import erase_as_cli
from astra_pipeline_tests.pipeline import run_pipeline

_BORN = {
    "date_of_birth": dt.datetime(1986, 6, 14, tzinfo=dt.UTC),
    "birth_day": 14,
    "birth_month": 6,
    "birth_time": "06:20",
    "birth_location": "Kota, Rajasthan, India",
    "birth_city": "Kota",
    "birth_country": "India",
    "birth_timezone": "Asia/Kolkata",
}
_OTHERWISE = ("I was born on 9 April 1984.",)
_ASKED = "agent: You said you were born on 9 April 1984. Is that right?"
# Person -> (their first call, their second one, the date that stands after it).
_CALLS = {
    "user_wife": (
        ("agent: When was your husband born?", "9 April 1984, 5 am, Udaipur."),
        ("Hello.",),
        "1986-06-14",
    ),
    "user_confirms": (_OTHERWISE, (_ASKED, "Yes, that's right."), "1984-04-09"),
    "user_denies": (_OTHERWISE, (_ASKED, "No, that's my husband's."), "1986-06-14"),
    "user_corrects": (_OTHERWISE, (_ASKED, "No, it's 14 June 1987."), "1987-06-14"),
    "user_erased": (_OTHERWISE, (), ""),
}


def _stored(world: World, user_id: str) -> dict[str, Any]:
    stored = world.db["user"].find_one({"id": user_id})
    assert stored is not None
    return stored


def _waiting(world: World) -> dict[str, Any]:
    """Person -> the value of their date of birth that waits."""
    stored = {user_id: at_path(_stored(world, user_id), "astra.birth_pending.date_of_birth") for user_id in _CALLS}
    return {user_id: pending["value"] for user_id, pending in stored.items() if pending}


def test_what_disagrees_waits_until_it_is_settled(world: World) -> None:
    for user_id, (first, _, _) in _CALLS.items():
        world.talk(world.join(user_id, **_BORN), *first, ended_at=recently(minutes=30))
    assert run_pipeline().success
    for user_id in _CALLS:
        stored = _stored(world, user_id)
        assert {field: stored[field] for field in _BORN} == _BORN, user_id
    says_otherwise = [user_id for user_id, (first, _, _) in _CALLS.items() if first == _OTHERWISE]
    assert _waiting(world) == dict.fromkeys(says_otherwise, "1984-04-09")
    shown = io.StringIO()
    print_overview(Console(file=shown, width=100), _stored(world, "user_denies"))
    assert "To be confirmed" in shown.getvalue()
    assert "1984-04-09" in shown.getvalue()

    erase_as_cli(None, "user_erased")
    assert at_path(_stored(world, "user_erased"), "astra.birth_pending") is None
    for user_id, (_, second, _) in _CALLS.items():
        if second:
            world.talk(user_id, *second, ended_at=recently(minutes=5))
    for _ in range(2):
        assert run_pipeline().success
        assert _waiting(world) == {}
        for user_id, (_, _, date) in _CALLS.items():
            assert not date or _stored(world, user_id)["date_of_birth"].date().isoformat() == date, user_id
