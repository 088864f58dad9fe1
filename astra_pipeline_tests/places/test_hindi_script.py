"""Birthplaces in Hindi script: Indian cities, pairs with their state, neighbours and the cities of the world."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.places import UnknownPlace, gazetteer
from astra_pipeline.places import search as places
from astra_pipeline.places.devanagari import is_devanagari, sound, sounds
from astra_pipeline_tests.places.cities import flag_words

# A spelling a row, as Hindi newspapers write it, the city that it means, and whether another has the name as well.
with (Path(__file__).parent / "hindi_cities.csv").open(encoding="utf-8", newline="") as _file:
    SPELLED = list(csv.DictReader(_file))


@pytest.mark.parametrize("row", SPELLED, ids=[row["text"] for row in SPELLED])
def test_a_city_is_found_by_its_spelling(row: dict[str, str]) -> None:
    found = places.find(row["text"])
    assert found.label == row["label"]
    assert flag_words(found) == ([places.AMBIGUOUS] if row["doubt"] else [])


def test_the_three_hundred_largest_cities_of_india_are_among_them() -> None:
    query = "SELECT name FROM city WHERE country = 'IN' ORDER BY population DESC LIMIT 300"
    largest = {name for (name,) in gazetteer._rows(query)}
    spelled = {row["label"].partition(",")[0] for row in SPELLED}
    # Deoli is a quarter of Delhi, and Ramagundam stands twice among GeoNames' cities.
    assert largest - spelled <= {"Deoli", "Ramagundam", "Rāmgundam"}


PAIRS = {
    "औरंगाबाद, बिहार": "Aurangābād, Bihar, India",
    "श्रीनगर, उत्तराखंड": "Srīnagar, Uttarakhand, India",
    "श्रीनगर, जम्मू और कश्मीर": "Srinagar, Jammu and Kashmir, India",
    "हैदराबाद, सिंध, पाकिस्तान": "Hyderabad, Sindh, Pakistan",
    "हैदराबाद, तेलंगाना": "Hyderabad, Telangana, India",
    "पटना, बिहार, भारत": "Patna, Bihar, India",
    "मुंबई, महाराष्ट्र": "Mumbai, Maharashtra, India",
    "लाहौर, पाकिस्तान": "Lahore, Punjab, Pakistan",
    "बिलासपुर, हिमाचल प्रदेश": "Bilaspur, Himachal Pradesh, India",
    "बिलासपुर, छत्तीसगढ़": "Bilāspur, Chhattisgarh, India",
    "उदयपुर, त्रिपुरा": "Udaipur, Tripura, India",
    "उदयपुर, राजस्थान": "Udaipur, Rajasthan, India",
    "हमीरपुर, उत्तर प्रदेश": "Hamīrpur, Uttar Pradesh, India",
    "हमीरपुर, हिमाचल प्रदेश": "Hamīrpur, Himachal Pradesh, India",
    "प्रतापगढ़, राजस्थान": "Pratāpgarh, Rajasthan, India",
    "जम्मू, जम्मू-कश्मीर": "Jammu, Jammu and Kashmir, India",
    "मेरठ, यूपी": "Meerut, Uttar Pradesh, India",
    "कटक, उड़ीसा": "Cuttack, Odisha, India",
    "देहरादून, उत्तरांचल": "Dehradun, Uttarakhand, India",
    "देहरादून, उत्तर प्रदेश": "Dehradun, Uttarakhand, India",
    "रांची, बिहार": "Ranchi, Jharkhand, India",
    "कराइकल, पांडिचेरी": "Kāraikāl, Puducherry, India",
    "चंडीगढ़, पंजाब": "Chandigarh, India",
    "पुणे महाराष्ट्र भारत": "Pune, Maharashtra, India",
    "हरियाणा, झज्जर": "Jhajjar, Haryana, India",
    "ग्राम बेरी, झज्जर": "Beri Khās, Haryana, India",
    "लंदन, ब्रिटेन": "London, England, United Kingdom",
    "न्यूयॉर्क, अमेरिका": "New York City, New York, United States",
    "बर्मिंघम, अलबामा": "Birmingham, Alabama, United States",
    "पेरिस, टेक्सास": "Paris, Texas, United States",
    "टोरंटो, कनाडा": "Toronto, Ontario, Canada",
    "काठमांडू, नेपाल": "Kathmandu, Nepal",
    "ढाका, बांग्लादेश": "Dhaka, Bangladesh",
    "रंगून, बर्मा": "Yangon, Myanmar",
    "कोलंबो, श्रीलंका": "Colombo, Sri Lanka",
    "सैन फर्नांडो, त्रिनिदाद": "San Fernando, Trinidad and Tobago",
    "दुबई, संयुक्त अरब अमीरात": "Dubai, United Arab Emirates",
    "Rohtak, हरियाणा": "Rohtak, Haryana, India",
    "रोहतक, Haryana": "Rohtak, Haryana, India",
}


@pytest.mark.parametrize(("text", "label"), PAIRS.items(), ids=PAIRS)
def test_a_state_or_country_after_the_city_decides_without_a_flag(text: str, label: str) -> None:
    found = places.find(text)
    assert (found.label, found.flags) == (label, ())


@pytest.mark.parametrize(
    "text", ["महाराष्ट्र", "महाराष्ट्र, भारत", "गोवा", "कश्मीर", "बाली", "पाकिस्तान", "न्यू जर्सी", "मेवाड़"]
)
def test_a_state_a_country_or_an_island_alone_is_not_a_birthplace(text: str) -> None:
    with pytest.raises(UnknownPlace, match="the city is missing"):
        places.find(text)


@pytest.mark.parametrize("text", ["कखगघ", "पटना, नेपाल", "मेरा गाँव", "अस्पताल"])
def test_an_unknown_name_is_refused(text: str) -> None:
    with pytest.raises(UnknownPlace):
        places.find(text)


@pytest.mark.parametrize(
    ("text", "label", "flag"),
    [
        ("रोहतक के पास", "Rohtak, Haryana, India", places.APPROXIMATE),
        ("अंधेरी, मुंबई", "Mumbai, Maharashtra, India", places.APPROXIMATE),
        ("मुंबई, कखगघ", "Mumbai, Maharashtra, India", places.UNREAD),
        ("हैदराबाद", "Hyderabad, Telangana, India", places.AMBIGUOUS),
        ("बिलासपुर", "Bilāspur, Chhattisgarh, India", places.AMBIGUOUS),
    ],
)
def test_a_doubt_is_flagged(text: str, label: str, flag: str) -> None:
    found = places.find(text)
    assert (found.label, flag_words(found)) == (label, [flag])


@pytest.mark.parametrize(
    "spellings",
    [
        ("झांसी", "झाँसी", "झान्सी"),
        ("इंदौर", "इन्दौर"),
        ("अंबाला", "अम्बाला", "अँबाला"),
        ("छत्तीसगढ़", "छत्तीसगढ"),
        ("फ़िरोज़ाबाद", "फिरोजाबाद", unicodedata.normalize("NFC", "फ़िरोज़ाबाद")),
        ("पंचकुला", "पञ्चकूला"),
    ],
)
def test_nukta_nasals_and_long_vowels_do_not_matter(spellings: tuple[str, ...]) -> None:
    assert len({sounds(spelling)[0] for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("hindi", "latin"),
    [
        ("राजकोट", "rajkot"),
        ("जमशेदपुर", "jamshedpur"),
        ("उदयपुर", "udaipur"),
        ("मुज़फ़्फ़रनगर", "muzaffarnagar"),
        ("भरतपुर", "bharatpur"),
        ("दार्जिलिंग", "darjiling"),
        ("छिंदवाड़ा", "chhindwara"),
        ("गुड़गांव", "gurgaon"),
        ("श्रीनगर", "srinagar"),
    ],
)
def test_a_name_sounds_alike_in_both_scripts(hindi: str, latin: str) -> None:
    assert sounds(hindi)[0] == sound(latin)


@given(st.text(alphabet=st.characters(min_codepoint=0x900, max_codepoint=0x97F), max_size=30))
def test_any_letters_have_a_sound_or_none(text: str) -> None:
    for key in sounds(text):
        assert key.isascii()
        assert key.isalpha()
    assert is_devanagari(text) == bool(text)
