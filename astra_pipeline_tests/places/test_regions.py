"""States, provinces and countries after the name of a city."""

from __future__ import annotations

import pytest

from astra_pipeline.places import UnknownPlace
from astra_pipeline.places import search as places


@pytest.mark.parametrize(
    "text", ["Haryana", "Haryana, India", "India", "Kerala", "Punjab", "UP", "Texas, USA", "Sri Lanka", "Georgia"]
)
def test_a_state_or_a_country_alone_is_not_a_birthplace(text: str):
    with pytest.raises(UnknownPlace) as refused:
        places.find(text)
    assert text not in str(refused.value)
    assert "the city is missing" in str(refused.value)


def test_a_city_in_the_wrong_country_is_refused_and_the_name_alone_is_offered():
    with pytest.raises(UnknownPlace, match="the first name alone is known"):
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
