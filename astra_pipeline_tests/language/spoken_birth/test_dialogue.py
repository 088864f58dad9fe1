"""Birth details out of a conversation: only the caller's own, the last correction, words where unsettled."""

from __future__ import annotations

import pytest

from astra_pipeline.language.spoken_birth import read, time_of
from astra_pipeline.places import search as places
from astra_pipeline_tests.language.spoken_birth.caller import COUNTRIES, TODAY, born


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "So, I was born on the 2nd of October 1997, at 7:15... no wait, 7:45 in the morning, in Pokhara.",
            {"date_of_birth": "1997-10-02", "birth_time": "07:45", "city": "Pokhara", "place_text": "Pokhara"},
        ),
        (
            "I was born on March 3rd 1988 at 4:20 pm in Guadalajara, Mexico.",
            {
                "date_of_birth": "1988-03-03",
                "birth_time": "16:20",
                "city": "Guadalajara",
                "country": "Mexico",
                "place_text": "Guadalajara, Mexico",
            },
        ),
        (
            "I was born in Odesa, on the third of May 1980, at 27 o'clock.",
            {"date_of_birth": "1980-05-03", "birth_time": "27 o'clock", "city": "Odesa", "place_text": "Odesa"},
        ),
        (
            "मेरा जन्म 14 अगस्त 2002 को सुबह सात बजे दिल्ली में हुआ था",
            {"date_of_birth": "2002-08-14", "birth_time": "07:00", "city": "दिल्ली", "place_text": "दिल्ली"},
        ),
        (
            "मैं १४ अगस्त २००२ को रात साढ़े ग्यारह बजे नई दिल्ली में पैदा हुई।",
            {"date_of_birth": "2002-08-14", "birth_time": "23:30", "city": "नई दिल्ली", "place_text": "नई दिल्ली"},
        ),
        (
            "मेरा जन्म दो मई उन्नीस सौ अट्ठासी को हुआ। शाम के पाँच बजे।",
            {"date_of_birth": "1988-05-02", "birth_time": "17:00"},
        ),
    ],
)
def test_the_callers_own_birth_is_read(words: str, expected: dict[str, str]) -> None:
    assert born(words) == expected


def test_the_last_correction_wins() -> None:
    found = born("I was born on 14 August 2002.", "Sorry, actually the 15th of August 2002.")
    assert found["date_of_birth"] == "2002-08-15"
    found = born("I was born at 7:15 in the morning.", "Actually my mother checked, it was 8:15.")
    assert found["birth_time"] == "08:15"


def test_an_answer_needs_no_more_than_its_words() -> None:
    assert born("Nagpur.", asked="Where were you born?") == {"city": "Nagpur", "place_text": "Nagpur"}
    assert born("दिल्ली।", asked="आप कहाँ पैदा हुए थे?") == {"city": "दिल्ली", "place_text": "दिल्ली"}
    assert born(
        "Mum reckons it was quarter to seven in the morning.",
        asked="Date, time and place. I have the 16th of May 1982 and Hobart, but no time yet.",
    ) == {"birth_time": "06:45"}
    exchanges = [("What time were you born?", "7:15."), ("In the morning, or in the evening?", "Evening.")]
    assert read(exchanges, COUNTRIES, TODAY)["birth_time"] == "19:15"


def test_a_place_in_devanagari_is_known_to_the_gazetteer() -> None:
    city = born("मेरा जन्म दिल्ली में हुआ था")["city"]
    assert places.find(city).label == "Delhi, India"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "We've been in Dubai for nine years."),
        ("", "My daughter was born in Lima on 3 March 2010."),
        ("", "मेरी बेटी का जन्म 14 अगस्त 2012 को सुबह सात बजे दिल्ली में हुआ था"),
        ("", "मेरा जन्म अस्पताल में हुआ"),
        ("A full Moon birth often feels pulled.", "Nine. I counted."),
        ("Birth certificate ya hospital ka record dekha?", "Hospital toh band ho gaya. Lol."),
        (
            "When you were born, Samoa was on the other side of the date line.",
            "In 2011 we skipped a day. After that, nothing.",
        ),
        ("Where were you born?", "I'll ask my mother."),
    ],
)
def test_the_birth_and_dates_of_others_are_left_alone(asked: str, words: str) -> None:
    found = born(words, asked=asked)
    assert "city" not in found
    assert "date_of_birth" not in found
    assert "birth_time" not in found


@pytest.mark.parametrize(
    ("said", "birth_time"),
    [
        (["I was born at 7:15 in the morning. I go to work at 8 in the morning."], "07:15"),
        (["I was born at 7:15 in the morning.", "Sorry, I have to leave at 8 pm."], "07:15"),
        (["I was born at 7:15 in the morning.", "Actually it's 7 pm here, good night."], "07:15"),
        (["My mother went into labour at 3 am and I was born at 7:15 am."], "07:15"),
        (["I was born in Delhi and I wake up at 6 am."], None),
        (["I was born in ward 7, at 3 kilos."], None),
    ],
)
def test_the_time_of_something_else_is_no_birth_time(said: list[str], birth_time: str | None) -> None:
    assert born(*said).get("birth_time") == birth_time


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("I was born between 7 and 8 in the morning in Pune.", "7 and 8 in the morning"),
        ("I was born at 7:15 am. Or 8:15 am.", "7:15 am. or 8:15 am"),
        ("I was born at 7 a.m. or 8 p.m. in Pune.", "7 a.m. or 8 p.m."),
        ("I was born at quarter past seven.", "quarter past seven"),
        ("I was born at twenty-seven o'clock.", "twenty-seven o'clock"),
        # "10:15" alone would read as if somebody had counted to 24.
        ("I was born at 10:15.", "10:15."),
        ("I was born at 10:15 in Pune.", "at 10:15"),
        ("मेरा जन्म सात या आठ बजे हुआ", "सात या आठ बजे"),
    ],
)
def test_a_time_left_open_keeps_the_words_that_leave_it_open(words: str, kept: str) -> None:
    assert born(words)["birth_time"] == kept
    assert time_of(kept).time is None
