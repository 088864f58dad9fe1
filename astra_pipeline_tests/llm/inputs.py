"""An input for each task, with people's words of any kind in it."""

from __future__ import annotations

import functools
from typing import Any

import hypothesis
from hypothesis import strategies as st

from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.horoscopes.facts import Fact
from astra_pipeline.horoscopes.input import (
    Dasha,
    Glance,
    HoroscopeInput,
    Moon,
    NatalPlanet,
    NoDasha,
    NotVedic,
    PlanetToday,
    SkyEvent,
    Transit,
)
from astra_pipeline.judge.input import JudgeInput
from astra_pipeline.llm.helpline import Helpline, NoHelpline
from astra_pipeline.personas.input import Figures, PersonaInput
from astra_pipeline.reports.input import ReportInput, WeekEvent
from astra_pipeline.reports.last_letter import LastLetter, NoLetter
from astra_pipeline.reports.sky import NoChart
from astra_pipeline.reports.told import DateTold, Intention, TalkOfWeek

words = st.text(max_size=100) | st.sampled_from(
    [
        "",
        "<<<READER",
        "TRANSCRIPT>>>",
        "<<<<>>>>>",
        "{name}",
        "{{steps[0].output.name}}",
        "$ _.name",
        'a "b"\\n',
        "शादी",
    ]
)
_lists = st.lists(words, max_size=4)
_signs = st.sampled_from(["Aries", "Leo", "Pisces"])
_houses = st.integers(1, 12)
_styles = st.sampled_from(["casual", "balanced", "formal"])
_counts = st.integers(0, 500)
_levels = st.integers(0, 100)
_care = st.sampled_from(["none", "tender", "crisis"])

_transcripts = st.builds(
    TranscriptInput,
    conversation_id=words,
    ended_at=st.just("2026-11-23T12:00:00+00:00"),
    local_date=st.just("2026-11-23"),
    # Longer than what is read of one, too.
    transcript=st.tuples(words, st.sampled_from([1, 1, 90_000])).map(lambda pair: pair[0] * pair[1]),
    user_name=words,
    known_topics=st.tuples(_lists, st.sampled_from([1, 50])).map(lambda pair: pair[0] * pair[1]),
)
_transits = st.builds(
    Transit,
    planet=st.just("Mars"),
    point=st.just("Sun"),
    aspect=st.just("square"),
    nature=st.just("tension"),
    orb=st.floats(0, 4),
    applying=st.booleans(),
    sign=_signs,
    house=_houses,
    exact_around=st.sampled_from(["", "2 pm"]),
)
_facts = st.builds(
    Fact,
    kind=st.just("house"),
    key=st.just("house:Moon:7"),
    text=st.just("The Moon."),
    planet=st.just("Moon"),
    house=_houses,
)
_days = st.builds(
    HoroscopeInput,
    reader=st.just("a1b2c3"),
    name=words,
    local_date=st.just("2026-11-24"),
    weekday=st.just("Tuesday"),
    astrology_system=st.sampled_from(["vedic", "western"]),
    sun_sign=_signs,
    moon_sign=_signs,
    rising_sign=_signs | st.just(""),
    moon=st.builds(
        Moon,
        sign=_signs,
        phase=st.just("Full Moon"),
        house=_houses,
    ),
    panchanga=st.just(NotVedic()),
    theme=_facts,
    facts=st.lists(_facts, max_size=2),
    natal=st.just({"Sun": NatalPlanet(sign="Leo", house=3, retrograde=False)}),
    glances=st.just([Glance(planet="Saturn", point="Moon", glance="10th drishti")]),
    planets=st.dictionaries(st.sampled_from(["Sun", "Mars"]), st.builds(PlanetToday, sign=_signs, house=_houses)),
    transits=st.lists(_transits, max_size=2),
    events=st.lists(st.builds(SkyEvent, what=st.just("Full Moon"), at=st.just("14:20")), max_size=1),
    dasha=st.sampled_from([NoDasha(), Dasha(mahadasha="Sun", antardasha="Moon", until="May 2027")]),
    recent_topics=_lists,
    topic_dates=st.just(["2026-11-20"]),
    people=_lists,
    dates=_lists,
    intentions=_lists,
    place=words,
    profession=words,
    care=_care,
    care_kind=st.sampled_from(["", "grief", "violence"]),
    helpline=st.sampled_from([NoHelpline(), Helpline(name="Tele MANAS", number="14416", site="", emergency="112")]),
    streak_days=_counts,
    milestones=_lists,
    communication_style=_styles,
    hinglish_level=_levels,
    recent_texts=_lists,
    used_phrases=st.just({"2026-11-20": "abcde"}),
)
_plans = st.builds(Intention, intention=words, day=st.sampled_from(["", "Friday"]))
_talks = st.builds(
    TalkOfWeek,
    day=st.just("Friday"),
    topics=_lists,
    tone=words,
    intentions=_lists,
    events=_lists,
    questions=_lists,
    key_insights=_lists,
    follow_ups=_lists,
)
_weeks = st.builds(
    ReportInput,
    reader=st.just("a1b2c3"),
    name=words,
    week_start=st.just("2026-11-16"),
    week_end=st.just("2026-11-22"),
    conversations=_counts,
    days=st.integers(1, 7),
    topics=_lists,
    talks=st.lists(_talks, max_size=2),
    people=_lists,
    dates=st.lists(
        st.builds(DateTold, what=words, date=st.just("2026-12-05"), day=st.just("Saturday"), until=st.just("")),
        max_size=2,
    ),
    intention=_plans,
    last_letter=st.builds(NoLetter)
    | st.builds(LastLetter, weeks_ago=_counts, question=words, last_intention=words, follow_ups=st.lists(_plans)),
    care=_care,
    care_kind=st.sampled_from(["", "grief", "violence"]),
    care_since=st.sampled_from(["", "2026-11-20"]),
    helpline=st.builds(NoHelpline)
    | st.builds(
        Helpline,
        name=st.just("Samaritans"),
        number=st.just("116 123"),
        site=st.just(""),
        emergency=st.just("999"),
    ),
    streak_days=_counts,
    total_conversations=_counts,
    milestones=_lists,
    astrology_system=st.sampled_from(["vedic", "western"]),
    sky=st.just(NoChart()),
    next_week=st.lists(st.builds(WeekEvent, what=st.just("Full Moon"), day=st.just("Friday")), max_size=2),
    communication_style=_styles,
    hinglish_level=_levels,
    used_phrases=st.just({}),
)


_texts = st.builds(
    JudgeInput,
    text=st.sampled_from(["horoscope", "weekly report", "opening and profile"]),
    care=_care,
    care_by_rules=_care,
    care_by_model=_care,
    name=words,
    facts=words | st.just('{"transits": [], "recent_topics": ["Love"]}'),
    sentences=_lists,
)
_pairs = st.lists(st.integers(0, 9), min_size=2, max_size=2)
_personas = st.builds(
    PersonaInput,
    reader=st.just("a1b2c3"),
    talks=_lists,
    said=_lists,
    topics=_lists,
    claims=_lists,
    figures=st.lists(
        st.builds(
            Figures,
            n=st.integers(1, 20),
            words=_counts,
            hinglish=_levels,
            short=_pairs,
            long=_pairs,
            cut_long=st.integers(0, 9),
            forms=st.dictionaries(st.sampled_from(["story", "humour"]), _pairs, max_size=2),
        ),
        max_size=2,
    ),
)


@functools.cache
def plain_input(task: str) -> Any:
    """One input of the task, always the same."""
    one = hypothesis.settings(phases=[hypothesis.Phase.generate], max_examples=1, database=None, derandomize=True)
    return hypothesis.find(INPUTS[task], lambda _: True, settings=one)


INPUTS: dict[str, st.SearchStrategy[Any]] = {
    "transcript-processor": _transcripts,
    "horoscope-refresher": _days,
    "weekly-report-generator": _weeks,
    "persona-enrichment": _personas,
    "text-judge": _texts,
}
"""Task -> inputs of it."""
