"""A rehearsal: one made-up person is taken through the rules that runs apply, before any run is forked.

Rules read their tables and compile their expressions when they are first asked. A run that found them all unread
would spend most of a second of a core on them, between the LLM's answer and the overview.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_ZONE = "Asia/Kolkata"
_DAY = dt.timedelta(days=1)
# Every kind of rule has something to read here: births of two people, a plan, dates, grief, Hindi, times of day.
_TALK = """\
agent: Hello! What would you like to talk about?
user: I was born on 14 March 1991 at twenty past five in the morning in Nashik, India. My husband was born in 1989.
agent: So you were born on the 14th of March 1991 at 5:20 in the morning, is that right?
user: Yes, that's right. My sister Leela has her interview on Friday, and I want to call the landlord tomorrow.
agent: How do you feel about it?
user: Mujhe bahut akela lagta hai. Raat ko neend nahi aati, paanch baje tak. My grandmother passed away last month.
user: Sometimes I can't go on, sab khatam ho gaya. I love music, and my job is fine. Why is Saturn so slow?
"""


def rehearse() -> None:
    """Do the rules of the tasks once. A fault in them is logged: a run that meets it again tells of it itself."""
    for rehearsed in (_a_conversation, _a_horoscope):
        try:
            rehearsed()
        except Exception as error:  # noqa: BLE001 - runs start without it as well, somewhat later
            log.warning("rules could not be rehearsed", rules=rehearsed.__name__, error=type(error).__name__)


def _a_conversation() -> None:
    """The rules that hold an answer of `transcript-processor` against its transcript."""
    from astra_pipeline.conversations.input import TranscriptInput
    from astra_pipeline.conversations.task import TASK
    from astra_pipeline.llm.runner import read_answer

    today = dt.datetime.now(dt.UTC)
    given = TranscriptInput(
        conversation_id="rehearsal",
        ended_at=today.isoformat(),
        local_date=today.date().isoformat(),
        transcript=_TALK,
        user_name="Asha",
        known_topics=["Career"],
    )
    _ = str(TASK.task_id)
    read_answer(TASK.output_model, dict(TASK.offline(given)), given.model_dump())


def _a_horoscope() -> None:
    """The sky of today for a chart, the composer's text of it, and the check of its facts."""
    from astra_pipeline.batches.cohort_dates import CohortDate
    from astra_pipeline.charts.sky import computed
    from astra_pipeline.horoscopes.input import horoscope_input
    from astra_pipeline.horoscopes.recollections import phrases_told
    from astra_pipeline.horoscopes.rules import MORNING, Reader, reader_of
    from astra_pipeline.horoscopes.sky_facts import Wanted, sky_facts
    from astra_pipeline.horoscopes.task import TASK
    from astra_pipeline.llm.runner import read_answer
    from astra_pipeline.zones import at_local

    person, today = _person(), dt.datetime.now(dt.UTC).date()
    reader = reader_of(person)
    assert isinstance(reader, Reader), "the made-up person has a chart"
    skies = {day: computed(day) for day in (today + step * _DAY for step in (-2, -1, 0, 1, 2))}
    wanted = Wanted(CohortDate(today, "rehearsal", _ZONE), person, reader)
    (sky,) = sky_facts({"rehearsal": wanted}, skies).values()
    given = horoscope_input(person, reader, today, _ZONE, sky, now=at_local(today, MORNING, _ZONE))
    _ = str(TASK.task_id)
    answer = dict(TASK.offline(given))
    read_answer(TASK.output_model, answer, given.model_dump())
    phrases_told(answer["content"], given)


def _person() -> Any:
    from astra_pipeline.astrology.births import birth
    from astra_pipeline.astrology.chart import charts
    from astra_pipeline.people.person import Person

    born = birth(dt.date(1991, 3, 14), dt.time(5, 20), 20.0, 73.8, _ZONE)
    (chart,) = charts([born], now=dt.datetime.now(dt.UTC))
    overview = {"birth_chart": chart, "preferences": {"astrology_system": "vedic"}}
    return Person.read({"id": "rehearsal", "name": "Asha", "timezone": _ZONE, "user_overview": overview})
