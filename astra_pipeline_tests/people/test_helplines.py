"""Helplines: the reviewed table, and whose country it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from astra_pipeline.people.helplines import (
    CountryHelp,
    HelplineTable,
    country_of,
    help_for,
    helplines,
    review_is_due,
)
from astra_pipeline.people.person import Person

# Written down a second time, so that a slip in the table is seen; who changes one side reviews the other.
NUMBERS = {
    "IN": ("112", "14416"),
    "US": ("911", "988"),
    "CA": ("911", "988"),
    "GB": ("999", "116 123"),
    "IE": ("112", "116 123"),
    "AU": ("000", "13 11 14"),
    "NZ": ("111", "1737"),
    "SG": ("999", "1767"),
    "AE": ("999", "800 4673"),
}
_LINE: dict[str, Any] = {
    "name": "A line",
    "number": "123",
    "for": "despair",
    "hours": "always",
    "operator": "Somebody",
    "source": "https://example.org",
    "reviewed": dt.date(2026, 1, 1),
}


def test_each_country_has_its_numbers() -> None:
    table = helplines()
    assert {code: (one.emergency, one.lines[0].number) for code, one in table.countries.items()} == NUMBERS
    assert table.elsewhere.site == "findahelpline.com"


def test_every_line_has_a_source_and_the_date_of_a_review() -> None:
    for country in helplines().countries.values():
        for line in country.lines:
            assert line.source.startswith("https://")
            assert line.reviewed >= dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("stored", "country"),
    [
        ({"timezone": "Asia/Kolkata"}, "IN"),
        ({"timezone": "asia/calcutta"}, "IN"),
        ({"timezone": "America/Los_Angeles", "birth_timezone": "Asia/Kolkata"}, "US"),
        ({"timezone": "America/Toronto"}, "CA"),
        ({"timezone": "Europe/Dublin"}, "IE"),
        ({"timezone": "Australia/Perth"}, "AU"),
        ({"timezone": "Pacific/Chatham"}, "NZ"),
        ({"timezone": "Asia/Singapore"}, "SG"),
        ({"timezone": "Asia/Dubai", "birth_country": "India"}, "AE"),
        ({"timezone": "Asia/Muscat"}, "OM"),
        ({"timezone": "Etc/Unknown", "birth_timezone": "Europe/London"}, "GB"),
        ({"birth_country": " United  Kingdom "}, "GB"),
        ({"birth_country": "U.S.A."}, "US"),
        ({"birth_country": "भारत"}, "IN"),
        ({"birth_country": "Atlantis"}, None),
        ({"birth_country": 91}, None),
        ({}, None),
    ],
)
def test_the_country_is_where_somebody_is_before_where_they_were_born(
    stored: dict[str, Any], country: str | None
) -> None:
    assert country_of(Person.read(stored)) == country


def test_lands_of_another_code_share_the_lines_that_answer_there() -> None:
    jersey, guam = ({"timezone": zone} for zone in ("Europe/Jersey", "Pacific/Guam"))
    assert [found.name for one in (jersey, guam) if (found := help_for(Person.read(one)))] == [
        "the United Kingdom",
        "the United States",
    ]
    assert help_for(Person.read({"timezone": "Europe/Berlin"})) is None
    assert help_for(Person.read({})) is None


def test_a_need_without_a_line_of_its_own_has_the_first() -> None:
    india, canada = (helplines().countries[code] for code in ("IN", "CA"))
    assert india.line_for("violence").number == "181"
    assert canada.line_for("violence") is canada.lines[0]


def test_numbers_are_due_for_a_review_after_a_year() -> None:
    oldest = helplines().oldest_review
    assert not review_is_due(oldest + dt.timedelta(days=365))
    assert review_is_due(oldest + dt.timedelta(days=366))


@pytest.mark.parametrize(
    "change",
    [{"number": "call me"}, {"source": "example.org"}, {"for": "fun"}, {"reviewed": "soon"}, {"operator": " "}],
)
def test_a_line_that_lacks_something_is_refused(change: dict[str, Any]) -> None:
    help = {"name": "X", "names": ["x"], "emergency": "112", "lines": [_LINE]}
    CountryHelp.model_validate(help)
    with pytest.raises(ValueError, match=next(iter(change))):
        CountryHelp.model_validate(help | {"lines": [_LINE | change]})


def test_the_first_line_is_for_despair() -> None:
    help = {"name": "X", "names": ["x"], "emergency": "112", "lines": [_LINE | {"for": "violence"}]}
    with pytest.raises(ValueError, match="despair"):
        HelplineTable.model_validate({"elsewhere": {}, "countries": {"XX": help}})
