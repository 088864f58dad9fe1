"""The composer's texts over three weeks, held to what a person stumbled over when they read them aloud."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from astra_pipeline.horoscopes import reader_life
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.recollections import phrases_told
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language import contract
from astra_pipeline.language.composing import Memory
from astra_pipeline.language.hinglish import made_polite
from astra_pipeline.people.person import Person
from astra_pipeline_tests.horoscopes.days import DAY, FIRST, HELPLINE, a_day, fact

DAYS = 21
# Familiar Hindi, which nobody says who says "aap".
FAMILIAR = re.compile(
    r"\b(?:karo|bolo|rakho|batao|jao|raho|lo|kholo|khao|likho|badlo|chhodo|baitho|dekho|(?:kar|bol|rakh|bata|de|mat|jaane|"
    r"rehne|aane|karne|chalne) do)\b"
)


def read(**given: object) -> HoroscopeInput:
    return HoroscopeInput.model_validate(a_day(**given))


def texts(**given: object) -> list[str]:
    """Three weeks of one reader's texts, each with the memory of those before it."""
    memory, found = Memory({}), []
    for number in range(DAYS):
        date = FIRST + number * DAY
        day = read(date=date, used_phrases=memory.as_stored(), **given)
        found.append(compose(day)["content"])
        memory = memory.with_day(date, phrases_told(found[-1], day))
    return found


CRISIS = {"care": "crisis", "helpline": HELPLINE}


def test_somebody_who_is_hurt_reads_nothing_against_thoughts_of_their_own() -> None:
    own = [
        phrase.text.partition("{")[0][:30]
        for path, pool in book().pools().items()
        if path[-1].endswith("_self_harm") or path[-3:] == ("crisis", "pairs", "self_harm")
        for phrase in pool
    ]
    said = " ".join(texts(**CRISIS, care_kind="violence"))
    assert len(own) > 15
    assert not [one for one in own if len(one) > 12 and one in said]


def test_a_helpline_has_its_article_and_a_hindi_sentence_its_verb() -> None:
    line = HELPLINE | {"name": "National Domestic Violence Hotline", "number": "1-800-799-7233"}
    english = " ".join(texts(care="crisis", care_kind="violence", helpline=line))
    assert english.count("the National Domestic Violence Hotline") == DAYS
    hindi = " ".join(texts(**CRISIS, care_kind="self_harm", hinglish_level=90))
    assert "Tele MANAS ko 14416 par call kijiye" in hindi
    assert not re.search(r"(?:toh|tab bhi|koi bhi aapke liye) call \d", hindi)


def test_somebody_who_acts_is_koi_and_not_kisi() -> None:
    said = " ".join(texts(care="tender", care_kind="grief", hinglish_level=90))
    said += " ".join(texts(**CRISIS, care_kind="self_harm", hinglish_level=90))
    assert "oi trusted insaan" in said
    assert not re.search(r"isi trusted insaan (?:soup|poochhe|doctor|samjhe|pehli|bas)", said)


@pytest.mark.parametrize("kind", ["grief", "separation", "failure"])
def test_hindi_of_hard_times_says_aap_throughout(kind: str) -> None:
    said = " ".join(texts(care="tender", care_kind=kind, hinglish_level=95, dates=[f"{FIRST} exam"]))
    assert not FAMILIAR.findall(said)


def test_two_stays_two_where_a_polite_do_is_dijiye() -> None:
    assert made_polite("Gate tak do kadam, do baar.") == "Gate tak do kadam, do baar."
    assert made_polite("Kisi ko bol do ki aaye, aur rehne do.") == "Kisi ko bol dijiye ki aaye, aur rehne dijiye."


def test_a_date_that_is_far_is_one_thing_among_others() -> None:
    dates = [f"{FIRST + 10 * DAY} flight"]
    said = texts(
        dates=dates, people=["sister Neha"], intentions=["I will learn the tabla."], recent_topics=["Rent"]
    )
    assert sum("flight" in one for one in said[:8]) < 6
    assert any("Neha" in one for one in said[:8])
    assert any("tabla" in one for one in said[:8])


def test_a_profession_is_not_told_of_every_day() -> None:
    said = texts(profession="nurse", recent_topics=["Rent", "Garden"], people=["sister Neha"])
    told = ["nurse" in one for one in said]
    assert not any(all(told[at : at + 3]) for at in range(DAYS - 2))


def test_an_event_has_its_owner_once_and_its_verb_agrees() -> None:
    own = " ".join(texts(dates=[f"{FIRST + number * DAY} Zoya ki sagai" for number in range(DAYS)]))
    assert "Zoya ki sagai" in own
    assert "your Zoya" not in own
    several = " ".join(texts(dates=[f"{FIRST + number * DAY} exam results" for number in range(DAYS)]))
    assert "exam results" in several
    assert not re.search(r"exam results(?:,? which)? (?:is|was|comes)\b", several)


def test_a_person_is_no_topic() -> None:
    assert "landlord" not in " ".join(texts(recent_topics=["Landlord"]))


def test_a_light_date_of_a_hard_time_is_told_on_its_day() -> None:
    theme = fact("life_date", key="life_date:x", text="Today is a date of the person's own.")
    day = read(care="tender", care_kind="loss", theme=theme, dates=[f"{FIRST} Zosia's birthday"])
    assert "Zosia's birthday" in compose(day)["content"]


@pytest.mark.parametrize("level", [0, 90])
def test_the_day_of_the_dead_is_no_feast(level: int) -> None:
    name = "Sarva Pitru Amavasya"
    theme = fact("festival", name=name, stage="peak", text=f"{name}.")
    said = compose(read(astrology_system="vedic", theme=theme, hinglish_level=level))["content"]
    assert name in said
    assert not re.search(r"feast|Mithai|Sweets|street knows|gali ko pata|light of|grandmother", said)


def test_a_sentence_has_one_colon_and_is_remembered_behind_a_lead() -> None:
    for said in (texts(care="tender", care_kind="", hinglish_level=90), texts(care="tender", care_kind="illness")):
        sentences = [one for text in said for one in re.split(r"(?<=[.!?])\s+", text)]
        assert not [one for one in sentences if one.count(": ") > 1]
        evenings = [bool(re.search(r"vening simple|evening simple", text)) for text in said]
        assert not any(all(evenings[at : at + 3]) for at in range(DAYS - 2))


@pytest.mark.parametrize("kind", ["self_harm", "violence", "danger"])
@pytest.mark.parametrize("level", [0, 90])
def test_a_crisis_text_keeps_its_contract(kind: str, level: int) -> None:
    for content in texts(**CRISIS, care_kind=kind, hinglish_level=level):
        day = a_day(**CRISIS, care_kind=kind, hinglish_level=level)
        assert not [one for one in contract.claim_problems(content, day) if "phase" in one or "number" in one]


def test_a_heavy_topic_weighs_as_long_as_care_does() -> None:
    now = dt.datetime(2026, 11, 29, 6, tzinfo=dt.UTC)
    ago = {"Loneliness": 20, "Custody": 3, "Career": 40}
    talks = [{"topics": [topic], "date": now - dt.timedelta(days=days)} for topic, days in ago.items()]
    person = Person.read({"user_overview": {"recent_conversations": talks}})
    assert [topic for topic, _ in reader_life.topics(person, "UTC", until=now)] == ["Career", "Custody"]
