"""A time zone as a hint between places of one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.places import search as places
from astra_pipeline_tests.places.cities import CITIES


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
