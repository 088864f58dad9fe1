"""Birthplaces: cities of the world and of India by present and older names, and what a text leaves open."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astra_pipeline.places import UnknownPlace, gazetteer
from astra_pipeline.places import search as places
from astra_pipeline.zones import is_zone

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


def _flag_words(found: places.Place) -> list[str]:
    return [flag.split(":")[0] for flag in found.flags]


_OURS = yaml.safe_load((files("astra_pipeline.places") / "regions.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("section", ["aliases", "surroundings"])
def test_every_name_we_add_is_a_city_of_its_country(section: str):
    for country, cities in _OURS[section].items():
        for city, names in cities.items():
            for name in names:
                assert name == gazetteer.normalised(name)
                found, meant = places.find(f"{name}, {country}"), places.find(f"{city}, {country}")
                assert found.label == meant.label, name
                assert (places.APPROXIMATE in _flag_words(found)) == (section == "surroundings"), name


def test_every_city_we_add_is_found_where_we_put_it():
    for country, cities in _OURS["cities"].items():
        for name, (_division, latitude, longitude, _population, zone) in cities.items():
            found = places.find(f"{name}, {country}")
            assert (found.latitude, found.longitude, found.zone) == (latitude, longitude, zone)


FAMOUS = [
    "London", "Paris", "Berlin", "Munich", "Tokyo", "Moscow", "New York", "Chicago", "Istanbul", "Cairo", "Sydney",
    "New Delhi", "Delhi", "Mumbai", "Bombay", "Kolkata", "Calcutta", "Chennai", "Madras", "Bengaluru", "Bangalore",
    "Pune", "Varanasi", "Pondicherry", "Vadodara", "Baroda", "Simla", "Jhajjar, Haryana, India", "Gorakhpur",
    "Bijapur", "Midnapore", "Mexico City", "Salt Lake City", "Ahmednagar", "Ho Chi Minh City", "Waltair",
    "LA", "SF",
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
def test_an_unknown_place_is_refused_by_name(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["Qwrtplk" * 500, "Qwrtplk " * 500, ",".join(map(str, range(500))) + ",Pune"])
def test_a_long_unknown_place_is_named_in_short(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "text", ["Haryana", "Haryana, India", "India", "Kerala", "Punjab", "UP", "Texas, USA", "Sri Lanka", "Georgia"]
)
def test_a_state_or_a_country_alone_is_not_a_birthplace(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert repr(text) in str(refused.value)
    assert "the city is missing" in str(refused.value)


def test_a_city_in_the_wrong_country_is_refused_and_the_city_named():
    with pytest.raises(UnknownPlace, match="'paris' alone is known"):
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
    "Bijapur, Chhattisgarh": "Bījāpur, Chhattisgarh, India",
    "Ballia, Bihar": "Ballia, Bihar, India",
    "Kanpur, U.P.": "Kanpur, Uttar Pradesh, India",
    "Dehradun, UK": "Dehradun, Uttarakhand, India",
    "Delhi, Delhi, India": "Delhi, India",
    "New York, New York": "New York City, New York, United States",
    "Haryana, Jhajjar": "Jhajjar, Haryana, India",
    "Maidstone, Kent": "Maidstone, England, United Kingdom",
    "Cordoba, Andalusia": "Córdoba, Spain",
    "Metairie, LA": "Metairie, Louisiana, United States",
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
        ("Salisbury, Rhodesia", "Harare, Zimbabwe"),
        ("Lahore, British India", "Lahore, Punjab, Pakistan"),
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
        ("Rajnandgaon", "Raj Nandgaon", "raj-nandgaon"),
    ],
)
def test_case_accents_and_spacing_do_not_matter(texts: tuple[str, ...]):
    assert len({places.find(text).label for text in texts}) == 1


def test_spaces_do_not_matter_where_no_city_is_spelled_so():
    assert places.find("Nadi").label == "Nadi, Fiji"  # Na Di is in Thailand


NEAR = {
    "Beri, Jhajjar": "Beri Khās, Haryana, India",
    "Beri, Dist. Jhajjar, Haryana - 124201": "Beri Khās, Haryana, India",
    "village Beri Jhajjar district Haryana": "Beri Khās, Haryana, India",
    "Richmond, London": "Richmond, England, United Kingdom",
    "Thane, Mumbai": "Thāne, Maharashtra, India",
    "Howrah, Kolkata": "Howrah, West Bengal, India",
    "Noida, Delhi": "Noida, Uttar Pradesh, India",
    "Gurgaon, Delhi, Haryana": "Gurugram, Haryana, India",
    "Mohali, Chandigarh": "Mohali, Punjab, India",
    "Georgetown, Washington": "Georgetown, District of Columbia, United States",
    "Virajpet, Coorg": "Virajpet, Karnataka, India",
}


@pytest.mark.parametrize(("text", "label"), NEAR.items(), ids=NEAR)
def test_a_city_after_the_name_says_near_which_it_lies(text: str, label: str):
    found = places.find(text)
    assert (found.label, found.flags) == (label, ())


QUARTERS = {
    "Andheri Qwest, Mumbai, India": ("Mumbai, Maharashtra, India", "andheri qwest"),
    "Bandra, Mumbai": ("Mumbai, Maharashtra, India", "bandra"),
    "Malad, Mumbai": ("Mumbai, Maharashtra, India", "malad"),
    "Model Town, Ludhiana": ("Ludhiana, Punjab, India", "model town"),
    "Kalyanpur, Kanpur": ("Kanpur, Uttar Pradesh, India", "kalyanpur"),
    "Park Street, Kolkata": ("Kolkata, West Bengal, India", "park street"),
    "Dwarka, New Delhi": ("New Delhi, Delhi, India", "dwarka"),
    "Dwarka, Delhi": ("Delhi, India", "dwarka"),
    "Model Town, Delhi": ("Delhi, India", "model town"),
    "Sector 17, Chandigarh": ("Chandigarh, India", "sector 17"),
    "Adyar, Chennai": ("Chennai, Tamil Nadu, India", "adyar"),
    "Victoria, London": ("London, England, United Kingdom", "victoria"),
    "Rampur, Rohtak": ("Rohtak, Haryana, India", "rampur"),
    "Rampur, near Rohtak": ("Rohtak, Haryana, India", "rampur"),
    "Whitefield, Bangalore": ("Bengaluru, Karnataka, India", "whitefield"),
    "York, Toronto": ("Toronto, Ontario, Canada", "york"),
    "Soho, New York": ("New York City, New York, United States", "soho"),
    "Xanadu, Singapore": ("Singapore", "xanadu"),
    "Salem, Washington": ("Washington, District of Columbia, United States", "salem"),
    "Xanadu, Model Town, Ludhiana": ("Ludhiana, Punjab, India", "xanadu"),
    "Bandra Mumbai": ("Mumbai, Maharashtra, India", "bandra"),
    "Andheri West Mumbai": ("Mumbai, Maharashtra, India", "andheri west"),
    "Model Town Delhi": ("Delhi, India", "model town"),
    "Civil Hospital Rohtak": ("Rohtak, Haryana, India", "civil hospital"),
    "Rohtak district, Haryana": ("Rohtak, Haryana, India", "rohtak district"),
    "Dist. Jhajjar, Haryana": ("Jhajjar, Haryana, India", "dist jhajjar"),
    "near Pune": ("Pune, Maharashtra, India", "near pune"),
    "Coorg": ("Madikeri, Karnataka, India", "coorg"),
}


@pytest.mark.parametrize(("text", "label", "unknown"), [(text, *found) for text, found in QUARTERS.items()])
def test_an_unknown_quarter_village_or_district_is_its_city_and_says_so(text: str, label: str, unknown: str):
    found = places.find(text)
    assert found.label == label
    assert _flag_words(found) == [places.APPROXIMATE]
    assert repr(unknown) in found.flags[0]


@pytest.mark.parametrize(
    ("text", "label", "unread"),
    [
        ("Paris, Atlantis", "Paris, France", "atlantis"),
        ("Paris, Qwertyland", "Paris, France", "qwertyland"),
        ("Delhi, Dwarka", "Delhi, India", "dwarka"),
        # Many villages have this name: without knowing the district this may be another.
        ("Rampur, Qwertyganj, Uttar Pradesh", "Rāmpur, Uttar Pradesh, India", "qwertyganj"),
        ("Springfield, London, Illinois", "Springfield, Illinois, United States", "london"),
        ("Belfort, Suwon, France", "Belfort, France", "suwon"),
    ],
)
def test_what_could_not_be_placed_is_named_and_not_dropped(text: str, label: str, unread: str):
    found = places.find(text)
    assert found.label == label
    assert _flag_words(found) == [places.UNREAD]
    assert repr(unread) in found.flags[0]


@pytest.mark.parametrize(
    "text",
    [
        "Lyon, Rhône-Alpes, France",
        "Guadalajara, Jalisco, Mexico",
        "Cork, Munster, Ireland",
        "Surabaya, East Java, Indonesia",
    ],
)
def test_a_province_between_city_and_country_may_be_unknown_to_us(text: str):
    found = places.find(text)
    assert (found.label.split(",")[0], found.flags) == (text.split(",")[0], ())


@pytest.mark.parametrize(
    ("text", "rival"),
    [
        ("Newark, New York", "Newark, New Jersey, United States"),
        ("Latifabad, Hyderabad", "Hyderabad, Sindh, Pakistan"),
    ],
)
def test_two_ways_to_read_what_follows_the_name_are_both_told(text: str, rival: str):
    (flag,) = (flag for flag in places.find(text).flags if flag.startswith(places.AMBIGUOUS))
    assert rival in flag


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("Pune city", "Pune"),
        ("Mumbai City, Maharashtra", "Mumbai"),
        ("Mumbai 400001", "Mumbai"),
        ("Mumbai - 400 001, India", "Mumbai"),
        ("400001, Mumbai", "Mumbai"),
        ("New York, NY 10001", "New York City"),
        ("Kanpur Nagar", "Kanpur"),
        ("born in Pune", "Pune"),
    ],
)
def test_words_that_do_not_change_the_city_are_left_out(text: str, city: str):
    found = places.find(text)
    assert (found.label.split(",")[0], found.flags) == (city, ())


_NONSENSE = st.text("qxzj", min_size=6, max_size=12)


@given(st.sampled_from([city for city in FAMOUS if len(city) > 2]), _NONSENSE, st.booleans())
def test_nothing_said_beside_a_city_is_dropped_silently(city: str, word: str, first: bool):
    found = places.find(f"{word}, {city}" if first else f"{city}, {word}")
    assert found.label == places.find(city).label
    (flag,) = (flag for flag in found.flags if not flag.startswith(places.AMBIGUOUS))
    assert flag.startswith(places.APPROXIMATE if first else places.UNREAD)
    assert repr(word) in flag


@pytest.mark.parametrize(
    ("text", "zone", "label"),
    [
        ("Hyderabad", "Asia/Karachi", "Hyderabad, Sindh, Pakistan"),
        ("Hyderabad", "Asia/Kolkata", "Hyderabad, Telangana, India"),
        ("Birmingham", "America/Chicago", "Birmingham, Alabama, United States"),
        ("Birmingham", "US/Central", "Birmingham, Alabama, United States"),
        ("London", "America/Toronto", "London, Ontario, Canada"),
        ("Cambridge", "America/New_York", "Cambridge, Massachusetts, United States"),
        ("Springfield", "America/New_York", "Springfield, Massachusetts, United States"),
        ("Paris", "Asia/Tokyo", "Paris, France"),  # no Paris there: the zone says nothing
        ("Paris", "Mars/Olympus", "Paris, France"),
    ],
)
def test_a_zone_speaks_for_the_places_that_keep_its_time(text: str, zone: str, label: str):
    assert places.find(text, zone=zone).label == label


@pytest.mark.parametrize("text", ["Paris", "Rome", "Calcutta", "London"])
def test_a_zone_does_not_make_a_small_town_of_a_famous_city(text: str):
    assert places.find(text, zone="America/New_York").label == places.find(text).label


def test_a_place_only_the_zone_prefers_names_the_one_it_is_preferred_to():
    (flag,) = places.find("Cambridge", zone="America/New_York").flags
    assert "Cambridge, England, United Kingdom" in flag


@given(
    st.sampled_from([city["text"] for city in CITIES]),
    st.sampled_from(
        [("US/Central", "America/Chicago"), ("Asia/Calcutta", "Asia/Kolkata"), ("Japan", "Asia/Tokyo")]
    ),
)
def test_a_zone_means_the_same_by_each_of_its_names(text: str, names: tuple[str, str]):
    one, other = (places.find(text, zone=name) for name in names)
    assert one == other


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An environment and a home of a machine that has no index, and a builder that takes no time."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gazetteer, "_build", lambda path: path.write_text("index"))
    gazetteer.prepare.cache_clear()
    yield tmp_path
    gazetteer.prepare.cache_clear()


def test_the_index_stands_beside_the_environment_for_every_user(unbuilt: Path, monkeypatch: pytest.MonkeyPatch):
    built = gazetteer.prepare()
    assert built.parent == unbuilt / "environment" / "var" / "astra_pipeline"
    assert built.stat().st_mode & 0o044 == 0o044
    monkeypatch.setenv("XDG_CACHE_HOME", str(unbuilt / "another"))
    monkeypatch.setattr(gazetteer, "_build", lambda path: pytest.fail("built twice"))
    gazetteer.prepare.cache_clear()
    assert gazetteer.prepare() == built


def test_the_index_stands_in_the_cache_where_the_environment_is_closed(unbuilt: Path):
    (unbuilt / "environment").write_text("no folder")
    assert unbuilt / "cache" in gazetteer.prepare().parents


def test_an_index_of_other_names_is_not_used(unbuilt: Path, monkeypatch: pytest.MonkeyPatch):
    built = gazetteer.prepare()
    monkeypatch.setattr(gazetteer, "_own_data", lambda: b"other names")
    gazetteer.prepare.cache_clear()
    assert gazetteer.prepare() != built


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
