"""Birthplaces: cities of the world and of India by present and older names, and what a text leaves open."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astra_pipeline.astrology import places
from astra_pipeline.core.errors import BadBirth
from astra_pipeline.core.zones import is_zone

# Geography from general knowledge, not from GeoNames: one row per name.
with (Path(__file__).parent / "cities.csv").open(encoding="utf-8", newline="") as _file:
    CITIES = list(csv.DictReader(_file))


def _kilometres(place: places.Place, latitude: float, longitude: float) -> float:
    """Distance on a sphere, by the angle between the two vectors."""
    one, other = (
        (math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north))
        for north, east in (
            (math.radians(place.latitude), math.radians(place.longitude)),
            (math.radians(latitude), math.radians(longitude)),
        )
    )
    return 6371 * 2 * math.asin(math.dist(one, other) / 2)


def _same_zone(one: str, other: str) -> bool:
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in (1990, 2020) for month in (1, 7)]
    return one == other or all(
        moment.astimezone(ZoneInfo(one)).utcoffset() == moment.astimezone(ZoneInfo(other)).utcoffset()
        for moment in moments
    )


@pytest.mark.parametrize("city", CITIES, ids=[city["text"] for city in CITIES])
def test_a_city_is_found_where_it_is_and_in_its_zone(city: dict[str, str]):
    found = places.find(city["text"])
    away = _kilometres(found, float(city["latitude"]), float(city["longitude"]))
    assert away <= float(city["tolerance_km"]), f"{found.label} is {away:.0f} km away"
    assert _same_zone(found.zone, city["zone"]), found


def test_the_table_of_cities_is_large_and_says_why_a_tolerance_is_wider():
    assert sum(city["zone"] == "Asia/Kolkata" for city in CITIES) >= 100
    assert sum(city["zone"] != "Asia/Kolkata" for city in CITIES) >= 100
    assert all(city["tolerance_km"] == "10" or (city["tolerance_km"] == "12" and city["why"]) for city in CITIES)


def test_every_name_we_add_is_a_city_of_its_country():
    text = (files("astra_pipeline.astrology") / "regions.yaml").read_text(encoding="utf-8")
    for country, cities in yaml.safe_load(text)["aliases"].items():
        for city, names in cities.items():
            for name in names:
                assert name == places.normalised(name)
                found, meant = places.find(f"{name}, {country}"), places.find(f"{city}, {country}")
                assert found.label == meant.label, name


FAMOUS = [
    "London", "Paris", "Berlin", "Munich", "Tokyo", "Moscow", "New York", "Chicago", "Istanbul", "Cairo", "Sydney",
    "New Delhi", "Delhi", "Mumbai", "Bombay", "Kolkata", "Calcutta", "Chennai", "Madras", "Bengaluru", "Bangalore",
    "Pune", "Varanasi", "Pondicherry", "Vadodara", "Baroda", "Simla", "Jhajjar, Haryana, India", "Gorakhpur",
]  # fmt: skip


@pytest.mark.parametrize("text", FAMOUS)
def test_a_famous_city_carries_no_flag(text: str):
    assert places.find(text).flags == ()


@pytest.mark.parametrize(
    ("text", "country", "rival"),
    [
        ("Springfield", "US", "Springfield, Illinois, United States"),
        ("Hyderabad", "IN", "Hyderabad, Sindh, Pakistan"),
        ("Cambridge", "GB", "Cambridge, Massachusetts, United States"),
        ("Birmingham", "GB", "Birmingham, Alabama, United States"),
        ("Salem", "IN", "Salem, Oregon, United States"),
    ],
)
def test_a_name_of_several_cities_is_the_likeliest_and_names_the_others(text: str, country: str, rival: str):
    found = places.find(text)
    (flag,) = found.flags
    assert found.country == country
    assert flag.startswith(places.AMBIGUOUS)
    assert repr(text) in flag
    assert rival in flag


@pytest.mark.parametrize("text", ["Zzyzzx", "Xanadu, India", "Qwrtplk Vbnmz", "", " , ", "!!!", "12345"])
def test_an_unknown_place_is_refused_by_name(text: str):
    with pytest.raises(BadBirth) as refused:
        places.find(text)
    assert repr(text) in str(refused.value)


def test_a_long_unknown_place_is_named_in_short():
    with pytest.raises(BadBirth) as refused:
        places.find("Qwrtplk" * 500)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "text", ["Haryana", "Haryana, India", "India", "Kerala", "Punjab", "UP", "Texas, USA", "Sri Lanka", "Georgia"]
)
def test_a_state_or_a_country_alone_is_not_a_birthplace(text: str):
    with pytest.raises(BadBirth) as refused:
        places.find(text)
    assert repr(text) in str(refused.value)
    assert "the city is missing" in str(refused.value)


def test_a_city_in_the_wrong_country_is_refused_and_the_city_named():
    with pytest.raises(BadBirth, match="'paris' alone is known"):
        places.find("Paris, India")


@pytest.mark.parametrize("text", ["Singapore", "Luxembourg", "Mexico", "Quebec", "Washington", "New York"])
def test_a_city_that_shares_its_name_with_its_region_is_the_city(text: str):
    assert places.find(text).flags == ()


@pytest.mark.parametrize("text", ["Goa", "Bihar"])
def test_a_state_some_city_is_also_called_by_is_only_approximate(text: str):
    assert any(flag.startswith(places.APPROXIMATE) for flag in places.find(text).flags)


QUALIFIED = {
    "Paris, TX": "Paris, Texas, United States",
    "Paris, Texas, USA": "Paris, Texas, United States",
    "Paris, France": "Paris, France",
    "Hyderabad, Pakistan": "Hyderabad, Sindh, Pakistan",
    "Hyderabad, Telangana": "Hyderabad, Telangana, India",
    "Portland, Maine": "Portland, Maine, United States",
    "Birmingham, Alabama": "Birmingham, Alabama, United States",
    "Cambridge, MA": "Cambridge, Massachusetts, United States",
    "Cambridge, UK": "Cambridge, England, United Kingdom",
    "London, Ontario, Canada": "London, Ontario, Canada",
    "London, England, United Kingdom": "London, England, United Kingdom",
    "Aurangabad, Bihar": "Aurangābād, Bihar, India",
    "Aurangabad, Maharashtra": "Aurangabad, Maharashtra, India",
    "Salem, OR": "Salem, Oregon, United States",
    "Springfield, Ohio": "Springfield, Ohio, United States",
    "Sydney NSW": "Sydney, New South Wales, Australia",
    "Jhajjar Haryana India": "Jhajjar, Haryana, India",
}


@pytest.mark.parametrize(("text", "label"), QUALIFIED.items(), ids=QUALIFIED)
def test_a_state_or_country_after_the_city_decides(text: str, label: str):
    found = places.find(text)
    assert (found.label, found.flags) == (label, ())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Hyderabad, Andhra Pradesh, India", "Hyderabad, Telangana, India"),
        ("Gurgaon, Punjab", "Gurugram, Haryana, India"),
        ("Ranchi, Bihar", "Ranchi, Jharkhand, India"),
        ("Raipur, Madhya Pradesh", "Raipur, Chhattisgarh, India"),
        ("Leh, Jammu and Kashmir", "Leh, Ladakh, India"),
        ("Kiev, USSR", "Kyiv, Ukraine"),
        ("Rangoon, Burma", "Yangon, Myanmar"),
    ],
)
def test_a_city_is_found_under_the_state_it_was_part_of(text: str, label: str):
    assert places.find(text).label == label


@pytest.mark.parametrize(
    "texts",
    [
        ("São Paulo", "sao paulo", "SAO PAULO", "São   Paulo"),
        ("München", "MUENCHEN", "munchen", "mu\u0308nchen"),
        ("Łódź", "lodz", "LODZ"),
        ("Saint Petersburg, Russia", "st. petersburg, RUSSIA", "St Petersburg , russia"),
        ("Jhajjar, Haryana, India", "JHAJJAR,HARYANA,INDIA", "  jhajjar , haryana , india.  "),
        ("Stratford-upon-Avon", "stratford upon avon"),
    ],
)
def test_case_accents_and_spacing_do_not_matter(texts: tuple[str, ...]):
    assert len({places.find(text).label for text in texts}) == 1


def test_a_quarter_of_a_city_is_the_city_and_says_so():
    found = places.find("Andheri Qwest, Mumbai, India")
    assert found.label == "Mumbai, Maharashtra, India"
    assert [flag.split(":")[0] for flag in found.flags] == [places.APPROXIMATE]
    assert "andheri qwest" in found.flags[0]


@pytest.mark.parametrize(
    ("text", "zone", "label"),
    [
        ("Hyderabad", "Asia/Karachi", "Hyderabad, Sindh, Pakistan"),
        ("Hyderabad", "Asia/Kolkata", "Hyderabad, Telangana, India"),
        ("Birmingham", "America/Chicago", "Birmingham, Alabama, United States"),
        ("Springfield", "America/New_York", "Springfield, Massachusetts, United States"),
        ("Paris", "Asia/Tokyo", "Paris, France"),  # no Paris there: the zone says nothing
    ],
)
def test_a_zone_decides_between_places_of_one_name(text: str, zone: str, label: str):
    assert places.find(text, zone=zone).label == label


_WORDS = st.sampled_from("Paris Salem Hyderabad India TX Haryana Goa The St. New - ( , / ' Köln दिल्ली".split())


@given(st.text() | st.lists(_WORDS, max_size=6).map(" ".join) | st.lists(_WORDS, max_size=4).map(",".join))
@example("\x00")
@example("\ud800")
@example("st " * 50)
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_place_on_earth_or_refused(text: str):
    try:
        found = places.find(text)
    except BadBirth:
        return
    assert abs(found.latitude) <= 90
    assert abs(found.longitude) <= 180
    assert is_zone(found.zone)
    assert found.label
