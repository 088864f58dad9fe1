"""The offline composer of horoscopes: one theme, within limits, in the reader's register, languages and life."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.limits import LIMITS
from astra_pipeline.horoscopes.recollections import phrases_told
from astra_pipeline.horoscopes.words import HOUSES, book
from astra_pipeline.language.composing import Memory
from astra_pipeline_tests.composed import sentences
from astra_pipeline_tests.horoscopes.days import (
    DAY,
    ELSEWHERE,
    FIRST,
    HELPLINE,
    a_day,
    fact,
    facts,
    moon_in,
    text_of,
    told,
    transit,
)
from bench.words.texts import mixes

MERRY = {
    "streak_days": 7,
    "milestones": ["3-Day Streak"],
    "people": ["sister Neha"],
    "intentions": ["I'll call the bank."],
    "recent_topics": ["Career"],
}


@settings(max_examples=150)
@given(facts())
def test_a_text_keeps_its_contract_and_its_limits_on_any_day(day: dict[str, Any]) -> None:
    text = text_of(day)
    assert LIMITS.fewest_words <= len(text.split()) <= LIMITS.most_words
    assert LIMITS.fewest_paragraphs <= len(text.split("\n\n")) <= LIMITS.most_paragraphs
    said = sentences(text)
    assert len(said) == len(set(said))
    assert text == text_of(day)


@pytest.mark.parametrize("house", HOUSES)
def test_the_last_sentence_answers_the_first(house: int) -> None:
    theme = moon_in(house)
    text = text_of(a_day(theme=theme, moon={"sign": "Aries", "phase": "Full Moon", "house": house}, name=""))
    said = sentences(text)
    pairs = {pair.text[1:]: pair.answer for pair in book().pool("domains", house, "pairs")}
    opening = next(text for text in pairs if said[0][1:].startswith(text[:20]))
    assert text.endswith(pairs[opening])


def test_relationships_work_and_growth_have_a_sentence_each() -> None:
    used = set(book().used_in(text_of(a_day())))
    for part in ("relationships", "work", "growth"):
        assert used & {phrase.id for phrase in book().pool("domains", 7, part)}


@pytest.mark.parametrize("stage", ["begins", "peak", "ends"])
@pytest.mark.parametrize("care", ["none", "tender", "crisis"])
def test_a_landmark_is_named_also_beside_another_theme(stage: str, care: str) -> None:
    back = fact("return", name="Saturn return", planet="Saturn", point="Saturn", stage=stage, house=4)
    for day in range(6):
        for theme, others in ((back, [moon_in(7)]), (moon_in(7), [back])):
            text = text_of(a_day(theme=theme, facts=others, care=care, date=FIRST + DAY * day))
            assert "Saturn return" in text


def test_no_sentence_about_a_landmark_returns_the_next_day() -> None:
    back = fact("return", name="Venus return", planet="Venus", point="Venus", stage="peak", house=4)
    memory, said = Memory(), []
    for number in range(3):
        date = FIRST + DAY * number
        day = HoroscopeInput.model_validate(a_day(theme=back, date=date, used_phrases=memory.as_stored()))
        text = compose(day)["content"]
        memory = memory.with_day(date, phrases_told(text, day))
        said += [sentence for sentence in sentences(text) if "Venus" in sentence]
    assert len(said) == len(set(said))


def test_a_month_repeats_no_sentence() -> None:
    memory, said = Memory(), []
    for number in range(28):
        date, house = FIRST + DAY * number, 1 + (number // 2) % 12
        theme = moon_in(house)
        given_ = a_day(theme=theme, date=date, used_phrases=memory.as_stored(), recent_topics=["Career", "Travel"])
        day = HoroscopeInput.model_validate(given_ | {"moon": {"sign": "Aries", "phase": "", "house": house}})
        text = compose(day)["content"]
        memory = memory.with_day(date, phrases_told(text, day))
        said += sentences(text)
    assert len(said) == len(set(said))


@pytest.mark.parametrize("level", [67, 80, 100])
def test_full_hinglish_mixes_inside_the_clause(level: int) -> None:
    mixed = whole = 0
    for number, care in itertools.product(range(6), ("none", "tender", "crisis")):
        day = a_day(hinglish_level=level, date=FIRST + DAY * number, care=care)
        said = sentences(text_of(day))
        mixed += sum(mixes(sentence, HoroscopeInput.model_validate(day)) for sentence in said)
        whole += len(said)
    assert mixed >= 0.4 * whole


def test_formal_hinglish_says_aap_and_no_hindi_says_he_or_she() -> None:
    texts = [
        text_of(a_day(hinglish_level=100, communication_style="formal", date=FIRST + DAY * number))
        for number in range(30)
    ]
    assert not re.search(r"\b(?:tum|tumhara|tumhari|tumhare|tumhe|arre|yaar)\b", " ".join(texts), re.IGNORECASE)
    of_them = r"\b(?:[Tt]um|[Aa]ap|\{[Tt]um\}) (?:[^.,]* )?(?:\w+t[aei]|rah[aei]|gay[aei]|akel[aei]) (?:ho|hain)\b"
    for path, pool in book().pools().items():
        if path[0].endswith("_hi"):
            for phrase in pool:
                assert not re.search(of_them, f"{phrase.text} {phrase.answer}"), phrase.text


@pytest.mark.parametrize(("line", "named"), [(HELPLINE, "14416"), (ELSEWHERE, "findahelpline.com")])
@pytest.mark.parametrize("level", [0, 100])
@pytest.mark.parametrize("kind", ["self_harm", "violence", "danger"])
def test_a_crisis_text_names_the_helpline_and_nothing_of_plans_or_badges(
    line: dict[str, Any], named: str, level: int, kind: str
) -> None:
    for number in range(8):
        day = a_day(
            **MERRY, care="crisis", care_kind=kind, helpline=line, hinglish_level=level, date=FIRST + DAY * number
        )
        text = text_of(day)
        assert named in text
        assert not re.search(r"streak|badge|bank|Neha|career|congratulat", text, re.IGNORECASE)
        assert len(re.findall(r"\bMoon\b", text)) <= 2


@pytest.mark.parametrize("kind", ["grief", "illness", "separation", "loss", "failure", ""])
def test_a_tender_text_has_no_advice_on_work_and_no_streak(kind: str) -> None:
    for number, level in itertools.product(range(6), (0, 100)):
        text = text_of(
            a_day(**MERRY, care="tender", care_kind=kind, hinglish_level=level, date=FIRST + DAY * number)
        )
        assert not re.search(r"streak|badge|bank|congratulat", text, re.IGNORECASE)
        used = set(book().used_in(text))
        cheerful = {phrase.id for path, pool in book().pools().items() if path[0] == "domains" for phrase in pool}
        assert not used & cheerful


def test_nobody_is_sent_to_whom_a_grief_may_be_about() -> None:
    for number in range(10):
        text = text_of(a_day(people=["papa"], care="tender", care_kind="grief", date=FIRST + DAY * number))
        assert "papa" not in text


@pytest.mark.parametrize(
    ("date", "said"),
    [(0, "today"), (1, "tomorrow"), (3, "on Monday"), (9, "in nine days"), (-1, "")],
)
def test_a_near_date_is_taken_up_with_its_day(date: int, said: str) -> None:
    near = [f"{(FIRST + DAY * date).isoformat()} sister's wedding"]
    theme = fact("life_date") if date == 0 else moon_in(7)
    text = text_of(a_day(dates=near, theme=theme))
    assert "our sister's wedding" in text
    assert said.casefold() in text.casefold()


@pytest.mark.parametrize("care", [("none", ""), ("tender", "illness")])
@pytest.mark.parametrize(("what", "level"), [("they replace my hip", 0), ("main shift ho rahi hoon", 90)])
@pytest.mark.parametrize("days", [0, 1, 9])
def test_a_date_told_with_a_verb_is_quoted(care: tuple[str, str], what: str, level: int, days: int) -> None:
    near = [f"{(FIRST + DAY * days).isoformat()} {what}"]
    theme = fact("life_date") if days == 0 else moon_in(7)
    for reader in ("r1", "r2", "r3"):
        day = a_day(dates=near, theme=theme, hinglish_level=level, care=care[0], care_kind=care[1], reader=reader)
        text = text_of(day)
        if care[0] == "none":
            assert f'"{what[0].upper()}{what[1:]}."' in text
        assert not re.search(rf"(?:your|of) {what}", text, re.IGNORECASE)


def test_a_plan_is_quoted_in_the_readers_own_words() -> None:
    assert '"I\'ll call the bank."' in text_of(a_day(intentions=["I'll call the bank"]))


@pytest.mark.parametrize(
    ("plan", "level"),
    [("I'll stop smoking", 0), ("I want to quit checking his messages.", 0), ("Phone kam karungi.", 90)],
)
def test_a_plan_to_stop_gets_no_hour_and_no_first_step(plan: str, level: int) -> None:
    for number in range(14):
        text = text_of(a_day(intentions=[plan], hinglish_level=level, date=FIRST + DAY * number))
        assert plan.rstrip(".") in text
        said = {phrase.id for phrase in book().pool("person", "intention")}
        said |= {phrase.id for phrase in book().pool("person", "intention", hindi=True)}
        assert not said & set(book().used_in(text))


def test_an_aspect_is_told_as_its_tradition_tells_it() -> None:
    west = text_of(
        a_day(facts=[told(transit("Saturn", "square", "Venus"))], transits=[transit("Saturn", "square", "Venus")])
    )
    assert "Saturn squares your Venus" in west
    glance = fact("glance", planet="Saturn", point="Venus", aspect="10th drishti", nature="tension", house=3)
    star = fact("tara", name="Rohini", detail="good", point="Mitra")
    for number in range(8):
        day = a_day(facts=[glance, star], astrology_system="vedic", date=FIRST + DAY * number)
        east = text_of(day)
        assert "Rohini" in east or re.search(r"Saturn\b.{0,10} looks at your Venus", east)
        assert not re.search(r"square|sextile|trine|\d\.\d", east)


def test_the_samples_are_what_the_composers_write_today() -> None:
    from bench.samples import samples

    file = Path(__file__).parents[2] / "docs" / "samples.md"
    assert file.read_text(encoding="utf-8") == samples(), "run `make samples`"
