"""Birth places said in Hindi script: the city with its state and country, as the gazetteer finds them."""

from __future__ import annotations

import datetime as dt

import pytest

from astra_pipeline.conversations.lexicon import read_lexicon
from astra_pipeline.language.spoken_birth import read
from astra_pipeline.language.spoken_birth.numerals import latin
from astra_pipeline.places import search as places


def _born(words: str, asked: str = "") -> dict[str, str | None]:
    return read([(asked, words)], read_lexicon().countries, dt.date(2026, 11, 23))


@pytest.mark.parametrize(
    ("words", "place_text", "label"),
    [
        ("मेरा जन्म औरंगाबाद, बिहार में हुआ था", "औरंगाबाद, बिहार", "Aurangābād, Bihar, India"),
        ("मेरा जन्म औरंगाबाद बिहार में हुआ था", "औरंगाबाद, बिहार", "Aurangābād, Bihar, India"),
        ("मेरा जन्म बिहार के औरंगाबाद में हुआ था", "औरंगाबाद, बिहार", "Aurangābād, Bihar, India"),
        ("मेरा जन्म पटना, बिहार, भारत में हुआ था", "पटना, बिहार, भारत", "Patna, Bihar, India"),
        ("मेरा जन्म गया, बिहार में हुआ था", "गया, बिहार", "Gaya, Bihar, India"),
        ("मेरा जन्म गया में हुआ था", "गया", "Gaya, Bihar, India"),
        ("मैं हैदराबाद, सिंध, पाकिस्तान में पैदा हुआ था", "हैदराबाद, सिंध, पाकिस्तान", "Hyderabad, Sindh, Pakistan"),
        ("मैं हिमाचल प्रदेश के बिलासपुर में पैदा हुई थी", "बिलासपुर, हिमाचल प्रदेश", "Bilaspur, Himachal Pradesh, India"),
        ("मेरा जन्म छत्तीसगढ़ के बिलासपुर शहर में हुआ था", "बिलासपुर, छत्तीसगढ़", "Bilāspur, Chhattisgarh, India"),
        ("मेरा जन्म पोर्ट ब्लेयर में हुआ था", "पोर्ट ब्लेयर", "Port Blair, Andaman and Nicobar Islands, India"),
        ("मेरा जन्म नई दिल्ली में हुआ", "नई दिल्ली", "New Delhi, Delhi, India"),
        ("मेरा जन्म लंदन, ब्रिटेन में हुआ था", "लंदन, ब्रिटेन", "London, England, United Kingdom"),
        ("मेरा जन्म रोहतक जिले में हुआ था", "रोहतक", "Rohtak, Haryana, India"),
        (
            "मेरा जन्म 14 अगस्त 2002 को सुबह सात बजे श्रीनगर, उत्तराखंड में हुआ था",
            "श्रीनगर, उत्तराखंड",
            "Srīnagar, Uttarakhand, India",
        ),
    ],
)
def test_a_city_with_its_state_is_read_and_found(words: str, place_text: str, label: str) -> None:
    assert _born(words)["place_text"] == place_text
    assert places.find(place_text).label == label


@pytest.mark.parametrize(
    ("words", "place_text"),
    [
        ("औरंगाबाद, बिहार।", "औरंगाबाद, बिहार"),
        ("गोरखपुर में।", "गोरखपुर"),
        ("बिहार के गया में", "गया, बिहार"),
        ("इंदौर मध्य प्रदेश", "इंदौर, मध्य प्रदेश"),
        ("पोर्ट लुई, मॉरीशस", "पोर्ट लुई, मॉरीशस"),
    ],
)
def test_an_answer_may_name_the_state(words: str, place_text: str) -> None:
    assert _born(words, "आप कहाँ पैदा हुए थे?")["place_text"] == place_text


def test_the_last_name_is_the_country() -> None:
    found = _born("मेरा जन्म काठमांडू, नेपाल में हुआ था")
    assert (found["city"], found["country"]) == ("काठमांडू", "नेपाल")


@pytest.mark.parametrize(
    "words",
    [
        "मेरी बेटी का जन्म औरंगाबाद, बिहार में हुआ था",
        "मेरा जन्म सरकारी अस्पताल में हुआ",
        "मैं बिहार के बारे में बात करना चाहता हूँ",
    ],
)
def test_another_birth_or_no_place_gives_none(words: str) -> None:
    assert _born(words)["place_text"] is None


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("मैं चला गया", "main चला gaya"),
        ("गया, बिहार", "गया, बिहार"),
        ("गया में", "गया mein"),
        ("वह गया मेंढक", "woh gaya मेंढक"),
    ],
)
def test_gaya_is_a_town_before_in_or_its_state_only(words: str, plain: str) -> None:
    assert latin(words).plain == plain
