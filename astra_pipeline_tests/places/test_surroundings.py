"""Quarters, villages and neighbouring cities in the name of a birthplace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.places import search as places
from astra_pipeline_tests.places.cities import FAMOUS, flag_words

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
    assert flag_words(found) == [places.APPROXIMATE]
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
def test_a_name_that_could_not_be_placed_is_flagged_and_not_dropped(text: str, label: str, unread: str):
    found = places.find(text)
    assert found.label == label
    assert flag_words(found) == [places.UNREAD]
    assert repr(unread) in found.flags[0]


@pytest.mark.parametrize(
    ("text", "rival"),
    [
        ("Newark, New York", "Newark, New Jersey, United States"),
        ("Latifabad, Hyderabad", "Hyderabad, Sindh, Pakistan"),
    ],
)
def test_two_readings_of_the_names_after_a_city_are_both_flagged(text: str, rival: str):
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
