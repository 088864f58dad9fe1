"""The offline composer of horoscopes repeats neither a clause within a week nor a text between two people."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.astrology import transits
from astra_pipeline.astrology.aspects import NAMES as ASPECTS
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS, SIGNS
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.material import FILES, material
from astra_pipeline_tests.composed import sentences
from astra_pipeline_tests.horoscopes.days import DAY, FIRST, a_day, facts, text_of
from bench.samples import DATE, horoscopes_of, sample_people, samples

FACTS = re.compile(
    r"\b(?:the )?(?:"
    + "|".join(
        [
            *(
                house[name]
                for house in material("sky")["houses"].values()
                for name in ("name", "quiet")
                if name in house
            ),
            *SIGNS,
            *NAKSHATRAS,
            *{point for points in transits.NATAL_POINTS.values() for point in points},
            *(f"{date:%A}" for date in (FIRST + DAY * number for number in range(7))),
            *itertools.chain(*material("transits")["verbs"].values(), ASPECTS),
            *("Purnima", "Amavasya", r"less than 0\.1°", r"[\d:.]+(?:°| [ap]m)?"),
        ]
    )
    + r")(?!\w)",
    re.IGNORECASE,
)


def said_in(text: str) -> list[str]:
    """The clauses of a text, between punctuation marks, of five words or more besides their facts."""
    parts = (FACTS.sub(" ", part) for part in re.split(r"[,;:()]+|[.!?](?!\d)|\n+", text))
    return [" ".join(words) for part in parts if len(words := re.findall(r"[\w'’]+", part.lower())) >= 5]


@settings(max_examples=60)
@given(facts())
def test_the_same_facts_all_week_give_seven_texts_without_a_repeated_clause(day: dict[str, Any]) -> None:
    """The transits stay, which is harder than life: not even slow ones make a clause return."""
    week = []
    for number in range(7):
        date = FIRST + DAY * number
        # The Moon changes her nakshatra and tithi, and the orbs and the streak move on, as they do.
        moon = day["moon"] | {
            "nakshatra": NAKSHATRAS[(NAKSHATRAS.index(day["moon"]["nakshatra"]) + number) % 27],
            "tithi": tithi_name(number),
        }
        week.append(day | {"local_date": date.isoformat(), "weekday": f"{date:%A}", "moon": moon, "milestones": []})
    texts = [text_of(one | {"events": []}) for one in week]
    for parts in (sentences, said_in):
        said = [part for text in texts for part in parts(text)]
        assert sorted(said) == sorted(set(said))


def test_no_phrase_returns_within_a_week_because_there_are_enough_of_each() -> None:
    sky, transit_words, guidance, hindi = (material(name) for name in ("sky", "transits", "guidance", "hinglish"))
    daily = [sky["moon_frames"], sky["moon_openers"], sky["identity"], sky["gentle_identity"], sky["wide"]]
    daily += [sky["dasha"], sky["dasha_alone"], *sky["lords"].values(), *sky["dwellers"].values()]
    daily += [sky["gentle_tithis"], *(house["advice"] for house in sky["houses"].values())]
    daily += [material("topics")[part] for part in ("topics", "tender_topics", "learned_topics", "care")]
    daily += [*material("progress")["streaks"].values(), *material("greetings")["closings"].values()]
    daily += [pool for part in ("tails", "asides", "moons", "streaks", "closings") for pool in hindi[part].values()]
    daily += [pool for natures in transit_words["movers"].values() for pool in natures.values()]
    daily += [pool for natures in transit_words["points"].values() for pool in natures.values()]
    daily += [*transit_words["gentle"].values(), transit_words["gentle_advice"], transit_words["double"]]
    daily += [pool for part in ("relationships", "work", "growth") for pool in guidance[part].values()]
    assert min(map(len, daily)) > 7
    # As many as days in a week would bring back the same on every Tuesday.
    assert all(len(pool) % 7 for pool in daily)
    assert min(map(len, transit_words["openers"].values())) >= 7 * 2
    assert len(transit_words["frames"]) >= 7 * 3
    for traits in itertools.product(sky["sun_signs"].values(), sky["moon_signs"].values()):
        assert len([*itertools.chain(*traits)]) > 7


def said_by(part: Any) -> Iterator[str]:
    """All phrases of a part of the phrase material."""
    if isinstance(part, str):
        yield part
    else:
        for inner in part.values() if isinstance(part, Mapping) else part:
            yield from said_by(inner)


def test_no_phrase_stands_twice_in_the_material() -> None:
    said = [
        phrase.strip(".").lower()
        for words in map(material, FILES)
        for phrase in said_by({part: inner for part, inner in words.items() if part != "significators"})
        if len(phrase.split()) > 4
    ]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("style", ["casual", "balanced", "formal"])
@pytest.mark.parametrize("level", [0, 20, 50, 100])
@pytest.mark.parametrize("topics", [[], ["Grief"]])
def test_four_weeks_bring_no_greeting_twice_and_no_closing_on_the_same_weekday(
    style: str, level: int, topics: list[str]
) -> None:
    manner = {"communication_style": style, "hinglish_level": level, "recent_topics": topics}
    month = [sentences(text_of(a_day(date=FIRST + DAY * number, **manner))) for number in range(28)]
    assert len({text[0] for text in month}) == 28
    assert all(text[-1] != later[-1] for text, later in zip(month, month[7:], strict=False))


def test_two_people_with_different_charts_never_read_the_same() -> None:
    texts = [text for _, _, text in horoscopes_of(sample_people(), DATE)]
    assert len(set(texts)) == len(texts) == 10
    said = [sentence for text in texts for sentence in set(sentences(text)) if len(sentence) > 40]
    assert len(set(said)) > 0.8 * len(said)


@pytest.mark.parametrize("topics", [["Career"], ["Divorce", "Travel"], ["Suicide"]])
def test_in_four_weeks_of_real_days_no_clause_of_real_charts_returns_within_a_week(topics: list[str]) -> None:
    styles_and_levels = itertools.cycle(itertools.product(["casual", "balanced", "formal"], [0, 50, 100]))
    manners = {
        person.id: {"communication_style": style, "hinglish_level": level}
        for person, (style, level) in zip(sample_people(), styles_and_levels, strict=False)
    }
    said: dict[str, list[list[str]]] = {}
    for number in range(28):
        day = horoscopes_of(sample_people(), DATE + DAY * number)
        for person, (_, day_facts, _) in zip(sample_people(), day, strict=True):
            changes = {**manners[person.id], "recent_topics": topics, "streak_days": number + 2}
            written = compose(day_facts.model_copy(update=changes))
            said.setdefault(person.id, []).append(said_in(written["content"]))
    for person, days in said.items():
        for first in range(len(days) - 6):
            week = [clause for day in days[first : first + 7] for clause in day]
            assert sorted(week) == sorted(set(week)), person


def test_the_samples_are_what_the_composer_writes_today() -> None:
    file = Path(__file__).parents[2] / "docs" / "samples.md"
    assert file.read_text(encoding="utf-8") == samples(), "run `make samples`"
