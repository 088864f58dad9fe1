"""The recollection of a reader's last horoscopes: bounded, idempotent, and blind to later days."""

from __future__ import annotations

import datetime as dt

from astra_pipeline.horoscopes.recollection import TEXTS, Recollection, ToldText
from astra_pipeline.language.composing import REMEMBERED_DAYS

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 9, 1)


def told(number: int) -> ToldText:
    return ToldText(FIRST + DAY * number, f"Theme {number}.", f"Image {number}.", (f"Do {number}.",))


def after(days: int) -> Recollection:
    known = Recollection()
    for number in range(days):
        known = known.with_text(told(number), [f"p{number:04}"])
    return known


def test_it_keeps_the_last_texts_and_the_phrases_of_sixty_days() -> None:
    known = after(80)
    assert [one.theme for one in known.texts] == [f"Theme {number}." for number in range(79, 79 - TEXTS, -1)]
    assert len(known.memory.days) == REMEMBERED_DAYS + 1
    assert known.told()[0] == "Theme 79.; Image 79.; Do 79."


def test_a_text_written_again_replaces_itself_and_knows_nothing_of_later_ones() -> None:
    known = after(5)
    assert known.with_text(told(4), ["p0004"]) == known
    again = known.with_text(told(2), ["other"])
    assert [one.date for one in again.texts] == [FIRST + DAY * number for number in (2, 1, 0)]
    assert [*again.memory.last_used] == ["p0000", "p0001", "other"]


def test_it_is_stored_and_read_and_nonsense_is_none() -> None:
    known = after(3)
    assert Recollection.read(known.as_stored()) == known
    assert Recollection.read({"texts": [7, {"date": "soon"}], "phrases": 3}) == Recollection()
    assert Recollection.read(None) == Recollection()
