"""Reported zones and the names of zones: cases K12 and K20, and more of their kinds."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.person import Person
from astra_pipeline.store.documents import with_changes
from astra_pipeline.zones import canonical_zone, is_zone, names_of_zone, person_zone, place_zone

NEW_YORK = "America/New_York"
NO_PLACE: list[Any] = [
    *("Etc/Unknown", "undefined", "IST", "null", "", " ", "Unknown", "local", "localtime", "Factory"),
    *(
        "UTC",
        "GMT",
        "Etc/UTC",
        "Etc/GMT",
        "Etc/GMT+5",
        "etc/gmt-5",
        "Zulu",
        "UCT",
        "Universal",
        "Greenwich",
        "GMT0",
    ),
    *("EST", "est", "MST", "HST", "CET", "EET", "MET", "WET", "EST5EDT", "CST6CDT", "PST8PDT", "PST", "BST"),
    *("GMT+5:30", "+05:30", "UTC+5", "India Standard Time", "America", "Asia/", "America/Nowhere", "Mars/Olympus"),
    *("posix/Asia/Kolkata", "right/UTC", "../Asia/Kolkata", "Asia/Kolkata\x00", "Asia / Kolkata", "x" * 10_000),
    *(None, 5.5, 330, -5, True, [NEW_YORK], {"name": NEW_YORK}, b"Asia/Kolkata"),
]
MENDED = {
    "asia/kolkata": "Asia/Kolkata",
    " America/Chicago": "America/Chicago",
    "Asia/Calcutta": "Asia/Calcutta",
    "US/Pacific": "US/Pacific",
    "EUROPE/KIEV\n": "Europe/Kiev",
    "america/argentina/buenos_aires": "America/Argentina/Buenos_Aires",
    "\tAmerica/Port-au-Prince ": "America/Port-au-Prince",
    "japan": "Japan",
    "Asia/Kolkata": "Asia/Kolkata",
    "Antarctica/McMurdo": "Antarctica/McMurdo",
}
# Old name -> the name under which its people are seated.
ALIASES = {
    "Asia/Calcutta": "Asia/Kolkata",
    "US/Pacific": "America/Los_Angeles",
    "US/Eastern": "America/New_York",
    "Europe/Kiev": "Europe/Kyiv",
    "Europe/Uzhgorod": "Europe/Kyiv",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Dacca": "Asia/Dhaka",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Godthab": "America/Nuuk",
    "America/Montreal": "America/Toronto",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Asia/Istanbul": "Europe/Istanbul",
    "Japan": "Asia/Tokyo",
    "GB": "Europe/London",
    "Singapore": "Asia/Singapore",
    # Places that the database merges with another country's clock keep their own country.
    "Iceland": "Atlantic/Reykjavik",
    "Africa/Asmera": "Africa/Asmara",
    "Africa/Timbuktu": "Africa/Bamako",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Virgin": "America/St_Thomas",
    "Atlantic/Jan_Mayen": "Arctic/Longyearbyen",
    "Antarctica/South_Pole": "Antarctica/McMurdo",
    "Pacific/Truk": "Pacific/Chuuk",
    "Pacific/Ponape": "Pacific/Pohnpei",
}
# A country's own names, although the database links some of them to another country's.
OWN = (
    *("Asia/Kolkata", "America/New_York", "Europe/Kyiv", "Europe/Amsterdam", "Europe/Oslo", "Europe/Copenhagen"),
    *("Asia/Kuwait", "Asia/Bahrain", "Asia/Muscat", "Asia/Phnom_Penh", "Africa/Accra", "Africa/Kampala"),
    *("America/Port_of_Spain", "America/Nassau", "Atlantic/Reykjavik", "Arctic/Longyearbyen", "Indian/Maldives"),
    *("America/Argentina/Salta", "America/Kentucky/Monticello"),
)
# A system may list files of its database that name no place.
zones = st.sampled_from(sorted(name for name in available_timezones() if is_zone(name)))


@pytest.mark.parametrize("reported", NO_PLACE, ids=lambda value: repr(value)[:30])
def test_what_names_no_place_says_nothing(reported: Any):
    assert place_zone(reported) is None


@pytest.mark.parametrize(("reported", "zone"), MENDED.items())
def test_a_place_is_read_whatever_its_case_and_the_blanks_around_it(reported: str, zone: str):
    assert place_zone(reported) == zone


@pytest.mark.parametrize("reported", NO_PLACE, ids=lambda value: repr(value)[:30])
def test_a_call_that_reports_no_place_moves_nobody(reported: Any):
    body = {"conversation_id": "c", "status": "done", "metadata": {"timezone": reported}}
    heard = ElevenLabsConversation.model_validate(body)
    assert heard.metadata.timezone is None
    assert _after_a_call(reported) == NEW_YORK


@pytest.mark.parametrize(("reported", "zone"), MENDED.items())
def test_a_call_from_a_place_moves_its_person_there(reported: str, zone: str):
    body = {"conversation_id": "c", "status": "done", "metadata": {"timezone": reported}}
    heard = ElevenLabsConversation.model_validate(body)
    assert heard.metadata.timezone == zone
    assert _after_a_call(reported) == zone


def _after_a_call(reported: Any) -> Any:
    """The zone of a New Yorker after a call that reported a zone."""
    user = {"id": "u", "timezone": NEW_YORK}
    ended = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
    said = TranscriptInsights(summary="They talked.", topics=[], emotional_tone="calm")
    return with_changes(user, fold(user, [Fact("c", ended, ended, said, reported)]))["timezone"]


@pytest.mark.parametrize("stored", NO_PLACE, ids=lambda value: repr(value)[:30])
def test_a_stored_value_that_names_no_place_counts_as_not_said(stored: Any):
    document = {"id": "u", "timezone": stored, "birth_timezone": NEW_YORK}
    assert Person.read(document).zone("Asia/Kolkata") == person_zone(document, "Asia/Kolkata") == NEW_YORK
    document = {"id": "u", "timezone": stored, "birth_timezone": stored}
    assert Person.read(document).zone("Asia/Kolkata") == person_zone(document, "Asia/Kolkata") == "Asia/Kolkata"


@pytest.mark.parametrize(("stored", "zone"), MENDED.items())
def test_a_stored_place_counts_however_it_is_written(stored: str, zone: str):
    assert Person.read({"id": "u", "timezone": stored}).zone("UTC") == zone
    assert person_zone({"timezone": stored}, "UTC") == zone


def test_a_zone_that_a_call_told_before_gives_way_to_the_last_place_told():
    """The old rule stored Etc/Unknown; a later fold of the same facts mends it."""
    said = TranscriptInsights(summary="They talked.", topics=[], emotional_tone="calm")
    times = [dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC) for day in (1, 2)]
    facts = [Fact("a", times[0], times[0], said, NEW_YORK), Fact("b", times[1], times[1], said, "Etc/Unknown")]
    last = {"conversation_id": "b", "ended_at": times[1], "value": "Etc/Unknown"}
    user = {"id": "u", "timezone": "Etc/Unknown", "astra": {"applied": {"timezone": last}}}
    assert fold(user, facts)["timezone"] == NEW_YORK


@pytest.mark.parametrize(("old", "present"), ALIASES.items())
def test_an_old_name_is_another_name_for_a_present_one(old: str, present: str):
    assert canonical_zone(old) == present
    assert {old, present} <= {*names_of_zone(old)} == {*names_of_zone(present)}


@pytest.mark.parametrize("name", OWN)
def test_a_countrys_own_name_stays(name: str):
    assert canonical_zone(name) == name


@given(zones)
def test_the_present_name_is_final_and_a_zone(name: str):
    present = canonical_zone(name)
    assert is_zone(present)
    assert canonical_zone(present) == present
    assert place_zone(name) in (name, None)
    assert (place_zone(name) is None) == (
        place_zone(present) is None or name in ("EST", "MST", "HST", "WET", "CET", "MET", "EET")
    )


@given(zones.filter(lambda name: place_zone(name) is not None), st.integers(0, 2**31))
def test_names_of_one_zone_have_one_clock_since_1970(name: str, seconds: int):
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    names = [one for one in names_of_zone(name) if place_zone(one) is not None]
    offsets = {at.astimezone(ZoneInfo(one)).utcoffset() for one in names}
    assert len(offsets) == 1


@given(
    zones, st.sampled_from([str.lower, str.upper, str.title, str.swapcase]), st.sampled_from(["", " ", "\n", "\t "])
)
def test_case_and_blanks_never_matter(name: str, case: Any, blank: str):
    assert place_zone(blank + case(name) + blank) == place_zone(name)
