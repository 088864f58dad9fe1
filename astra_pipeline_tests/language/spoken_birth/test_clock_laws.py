"""Laws that the reading of times keeps for every minute of the day and for any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from astra_pipeline.language.spoken_birth import time_of
from astra_pipeline_tests.language.spoken_birth.caller import born, sayings

_ONES = (
    "twelve one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()


def _in_words(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens = "twenty thirty forty fifty".split()[number // 10 - 2]
    return f"{tens}-{_ONES[number % 10]}" if number % 10 else tens


def _ways_to_say(hour: int, minute: int) -> list[str]:
    clock, half = hour % 12 or 12, "am" if hour < 12 else "pm"
    following = clock % 12 + 1
    part = "at night" if hour < 4 or hour > 20 else "in the morning" if hour < 12 else "in the afternoon"
    part = part if hour < 17 or hour > 20 else "in the evening"
    hindi = "raat" if hour < 3 or hour > 19 else "subah" if hour < 12 else "dopahar" if hour < 16 else "shaam"
    devanagari = {"raat": "रात", "subah": "सुबह", "dopahar": "दोपहर", "shaam": "शाम"}[hindi]
    digits = str.maketrans("0123456789", "०१२३४५६७८९")
    figures = f"{clock}:{minute:02d}"
    spoken = f"oh {_in_words(minute)}" if 0 < minute < 10 else _in_words(minute) if minute else "o'clock"
    return [
        f"{hour:02d}:{minute:02d}",
        f"{hour:02d}:{minute:02d}:30",
        f"{hour:02d}{minute:02d} hours",
        f"{figures} {half}",
        f"{figures}{half.upper()}",
        f"about {clock}.{minute:02d} {half[0]}.m.",
        f"{figures} {part}",
        f"{_in_words(clock)} {spoken} {half}",
        f"{_in_words(clock)} {spoken} {part}",
        f"{minute or 1} minutes past {clock} {part}" if minute else f"{clock} o'clock {part}",
        # A quarter to twelve pm may be before either twelve.
        f"{60 - minute} minutes to {following} {part}" if minute and following != 12 else f"{figures} {half}",
        f"{hindi} ke {clock} baj kar {minute} minute",
        f"{hindi} {figures}",
        f"{devanagari} {figures.translate(digits)} बजे",
        f"it was {figures}, {part}, I think",
        f"on 14 August 2002 at {figures} {half} in Pune",
    ]


_minutes_of_the_day = st.tuples(st.integers(0, 23), st.integers(0, 59))
_way = st.integers(0, 12)


@given(_minutes_of_the_day)
def test_every_minute_of_the_day_is_understood_however_it_is_said(time: tuple[int, int]) -> None:
    hour, minute = time
    for words in _ways_to_say(hour, minute):
        assert time_of(words).time == f"{hour:02d}:{minute:02d}", words


@given(_minutes_of_the_day, _minutes_of_the_day, _way, _way)
@example((0, 0), (12, 0), 0, 0)
@example((12, 0), (0, 0), 0, 11)
def test_of_two_times_none_is_chosen(
    one: tuple[int, int], other: tuple[int, int], way: int, other_way: int
) -> None:
    if one == other:
        return
    first, second = _ways_to_say(*one)[way], _ways_to_say(*other)[other_way]
    for joint in ("{} or {}", "between {} and {}", "{}, maybe {}", "{} - {}", "{} to {}", "{} ya {}"):
        words = joint.format(first, second)
        assert time_of(words).time is None, words
    said = born(f"I was born at {first} or {second}.").get("birth_time", "")
    assert not re.fullmatch(r"\d\d:\d\d", said), said


@given(_minutes_of_the_day, _minutes_of_the_day, _way, _way)
def test_a_corrected_time_gives_way_to_the_correction(
    wrong: tuple[int, int], right: tuple[int, int], way: int, other_way: int
) -> None:
    hour, minute = right
    # Ten past ten, written as 10:10 and nothing else, may be in the half of the day that was said before.
    first, second = _ways_to_say(*wrong)[way], _ways_to_say(hour, minute)[max(other_way, 2)]
    for joint in (
        "{}, no wait, {}",
        "{}, sorry, {}",
        "{}... no, it was {}",
        "not {}, {}",
        "{} nahi, {}",
        "{}, I mean {}",
    ):
        words = joint.format(first, second)
        assert time_of(words).time == f"{hour:02d}:{minute:02d}", words


@given(sayings)
@example(["midnight , I , 7:15"])
def test_a_birth_time_is_a_time_or_words_that_are_none(said: list[str]) -> None:
    found = born(*said, asked="What time were you born?").get("birth_time")
    if found is None or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", found):
        return
    # A clause about something else is blanked out between the words.
    pieces = [piece for piece in re.split(r"\s*\.?\s{2,}", found) if piece]
    assert any(all(piece in words.lower() for piece in pieces) for words in said)
    assert time_of(found).time is None


@given(st.text(max_size=80) | sayings.map(" ".join))
def test_any_text_is_a_time_or_has_a_reason_not_to_be(words: str) -> None:
    clock = time_of(words)
    assert re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", clock.time) if clock.time else clock.problem


@pytest.mark.parametrize(
    "words", ["7 or ", "at the in a ", "7:15 in the morning no wait ", "not 7:15 ", "saat ", "सात ", "7, ", "half "]
)
def test_a_long_ramble_is_read_too(words: str) -> None:
    ramble = "I was born " + words * 5000
    assert not re.fullmatch(r"\d\d:\d\d", born(ramble).get("birth_time", "")) or "no wait" in words
    assert time_of(ramble).time is None
