"""Birthplaces by name: the city that is meant, and the doubts that remain."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astra_pipeline.places import UnknownPlace, gazetteer
from astra_pipeline.places import search as places
from astra_pipeline.zones import is_zone
from astra_pipeline_tests.places.cities import CITIES, FAMOUS, flag_words


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


_OURS = yaml.safe_load((files("astra_pipeline.places") / "regions.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("section", ["aliases", "surroundings"])
def test_every_name_we_add_is_a_city_of_its_country(section: str):
    for country, cities in _OURS[section].items():
        for city, names in cities.items():
            for name in names:
                assert name == gazetteer.normalised(name)
                found, meant = places.find(f"{name}, {country}"), places.find(f"{city}, {country}")
                assert found.label == meant.label, name
                assert (places.APPROXIMATE in flag_words(found)) == (section == "surroundings"), name


def test_every_city_we_add_is_found_where_we_put_it():
    for country, cities in _OURS["cities"].items():
        for name, (_division, latitude, longitude, _population, zone) in cities.items():
            found = places.find(f"{name}, {country}")
            assert (found.latitude, found.longitude, found.zone) == (latitude, longitude, zone)


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
        ("Victoria", "HK", "Victoria, British Columbia, Canada"),
        ("Ballia", "IN", "Ballia, Bihar, India"),
        ("Manali", "IN", "Manali, Tamil Nadu, India"),
        ("Londonderry", "GB", "Londonderry, New Hampshire, United States"),
        ("Cornwall", "CA", "a city of cornwall in United Kingdom"),
        ("Gujrat", "PK", "a city of gujrat in India"),
    ],
)
def test_a_name_of_several_cities_is_the_likeliest_and_names_the_others(text: str, country: str, rival: str):
    found = places.find(text)
    (flag,) = found.flags
    assert found.country == country
    assert flag.startswith(places.AMBIGUOUS)
    assert repr(text) in flag
    assert rival in flag


UNKNOWN = [
    "Zzyzzx", "Xanadu, India", "Qwrtplk Vbnmz", "", " , ", "!!!", "12345", "district", "at home", "None", "nan",
    "unknown", "Xanadu, Mexico", "Xanadu, Victoria", "Xanadu, Goa",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_an_unknown_place_is_refused_and_not_repeated(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert repr(text) not in str(refused.value)
    assert str(refused.value).startswith("place is not known")


@pytest.mark.parametrize("text", ["Qwrtplk" * 500, "Qwrtplk " * 500, ",".join(map(str, range(500))) + ",Pune"])
def test_a_long_unknown_place_is_not_repeated(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "texts",
    [
        ("São Paulo", "sao paulo", "SAO PAULO", "São   Paulo"),
        ("München", "MUENCHEN", "munchen", "mu\u0308nchen"),
        ("Łódź", "lodz", "LODZ"),
        ("Saint Petersburg, Russia", "st. petersburg, RUSSIA", "St Petersburg , russia"),
        ("Jhajjar, Haryana, India", "JHAJJAR,HARYANA,INDIA", "  jhajjar , haryana , india.  "),
        ("Stratford-upon-Avon", "stratford upon avon"),
        ("Rajnandgaon", "Raj Nandgaon", "raj-nandgaon"),
    ],
)
def test_case_accents_and_spacing_do_not_matter(texts: tuple[str, ...]):
    assert len({places.find(text).label for text in texts}) == 1


def test_spaces_do_not_matter_where_no_city_is_spelled_so():
    assert places.find("Nadi").label == "Nadi, Fiji"  # Na Di is in Thailand


_WORDS = st.sampled_from(
    "Paris Salem Hyderabad India TX Haryana Goa The St. New - ( , / ' Köln दिल्ली near City 400001".split()
)


@given(st.text() | st.lists(_WORDS, max_size=6).map(" ".join) | st.lists(_WORDS, max_size=4).map(",".join))
@example("\x00")
@example("\ud800")
@example("st " * 50)
@example("in " * 11 + "x")
@example("Delhi, Chandigarh, " * 6)
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_place_on_earth_or_refused(text: str):
    try:
        found = places.find(text)
    except UnknownPlace:
        return
    assert abs(found.latitude) <= 90
    assert abs(found.longitude) <= 180
    assert is_zone(found.zone)
    assert found.label
