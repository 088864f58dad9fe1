"""Times of a text with the words around them: parts of the day, denials, limits, doubts and other events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clock_faces import (
    SEVERAL,
    WHICH_DAY,
    Face,
    faces,
    goes_no_further,
    hour_fractions,
)
from astra_pipeline.language.spoken_birth.corrections import correction, denied_after, denied_before
from astra_pipeline.language.spoken_birth.day_parts import ANCHORS, part
from astra_pipeline.language.spoken_birth.numerals import hindi_number

_PAUSE = re.compile("[,;–—-]")
_SPACE = r"[\s,;–—-]"
# The characters before a time, or between it and its part of the day, in which a word can belong to it.
_FAR = 60


def times(plain: str) -> tuple[str, list[Face]]:
    """The times of a text, in order, and the text without those that it denies ("not at 7, ...")."""
    while True:
        heard = _with_parts(plain)
        denials = [_denied(plain, face, heard[:number], heard[number + 1 :]) for number, face in enumerate(heard)]
        if not any(denials):
            return plain, heard
        for start, end in filter(None, denials):
            plain = plain[:start] + " " * (end - start) + plain[end:]


def problem_around(plain: str, face: Face, lower: int, upper: int) -> str:
    """The problem of a time with more around it than was understood: "6 or 7 pm", "before 7 am", "7 am or later".

    Words before `lower` and after `upper` belong to other times. Returns "" when there is no problem.
    """
    for edge in {face.start, face.first}:
        near = max(lower, edge - _FAR)
        # Nearly midnight is on the other side of it, a day away.
        if face.minutes == {0} and _almost().search(plain, near, edge):
            return WHICH_DAY
        # "Before sunrise, at 5:30" says when, "before 5:30" does not.
        of_a_part = edge < face.start and _moment().match(plain, edge)
        if just := _just().search(plain, near, edge):
            edge = just.start()
        limited = _limit_before().search(plain, near, edge) and not of_a_part
        if limited or _count_before().search(plain, near, edge):
            return SEVERAL
    for edge in {face.end, face.last}:
        if _limit_after().match(plain, edge, upper) or _count_after().match(plain, edge, upper):
            return SEVERAL
    return ""


def _denied(plain: str, face: Face, earlier: Sequence[Face], later: Sequence[Face]) -> tuple[int, int] | None:
    """The start and end of the words that deny this time, with the time; None when it is not denied."""
    if found := denied_before().search(plain, max(0, face.first - 40), face.first):
        # "8:15, not 7:15, in the morning": the morning is the other's.
        lent = not later and earlier and not earlier[-1].parts
        return found.start(), face.end if lent else face.last
    # With more to come it is a correction, which lends its part of the day: "subah 7 baje nahi, 8 baje".
    if later:
        return None
    found = denied_after().match(plain, face.last) or denied_after().match(plain, face.end)
    return (face.first, max(found.end(), face.last)) if found else None


def _with_parts(plain: str) -> list[Face]:
    """The times of a text, each with its parts of the day; noon and midnight are times where no other has them."""
    heard = faces(plain)
    free_parts = [
        found
        for found in part().finditer(plain)
        if not any(face.start < found.end() and found.start() < face.end for face in heard)
    ]
    kept: list[Face] = []
    for face in _sharing(plain, heard, free_parts):
        if _is_time(plain, face) or (kept and _corrects_a_time(plain, face)):
            kept.append(face)
    used = {found.start() for face in kept for found in face.parts}
    moments = [
        Face(found.start(), found.end(), frozenset([ANCHORS[found.group()] * 60]))
        for found in free_parts
        if found.group() in ANCHORS and found.start() not in used
    ]
    return sorted([*kept, *moments], key=lambda face: face.start)


def _sharing(plain: str, heard: Sequence[Face], parts: Sequence[re.Match[str]]) -> list[Face]:
    """The faces, each with the parts of the day that belong to it. A part belongs to one face only."""
    shared: list[Face] = []
    taken = 0  # parts before this one are another time's
    for number, face in enumerate(heard):
        before = [found for found in parts[taken:] if found.end() <= face.start]
        taken += len(before)
        limit = heard[number + 1].start if number + 1 < len(heard) else len(plain)
        after = _parts_after(plain, face, parts[taken:], limit)
        taken += len(after)
        shared.append(replace(face, parts=(*_parts_before(plain, face, before), *after)))
    return shared


def _parts_before(plain: str, face: Face, parts: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Those of the parts that are said right before the face, the nearest first."""
    own: list[re.Match[str]] = []
    edge, between = face.start, _between()
    for found in reversed(parts):
        if edge - found.end() > _FAR or not between.fullmatch(plain, found.end(), edge):
            break
        own.append(found)
        edge, between = found.start(), _between_parts()
    return own


def _parts_after(plain: str, face: Face, parts: Sequence[re.Match[str]], limit: int) -> list[re.Match[str]]:
    """Those of the parts that are said right after the face, and before the next face at `limit`."""
    own: list[re.Match[str]] = []
    edge, between = face.end, _between()
    for found in parts:
        is_far = found.end() > limit or found.start() - edge > _FAR
        if is_far or not between.fullmatch(plain, edge, found.start()):
            break
        # "..., subah ke 7 baje": the next one's.
        leads_on = limit < len(plain) and _between().fullmatch(plain, found.end(), limit)
        if leads_on and _PAUSE.search(plain, edge, found.start()) and not _PAUSE.search(plain, found.end(), limit):
            break
        own.append(found)
        edge, between = found.end(), _between_parts()
    return own


def _is_time(plain: str, face: Face) -> bool:
    """True when the words around the face make it a time, and not the number of something."""
    if not face.needs:
        return True
    opens, near = not plain[: face.start].strip(), max(0, face.start - _FAR)
    if not face.parts:
        return face.needs == "at" and (opens or bool(_announced().search(plain, near, face.start)))
    if any(found.group() in ("AM", "PM") for found in face.parts):
        return True
    if face.first == face.start:
        leads = (_lead(), _count_before(), _limit_before(), _just())
        return opens or any(lead.search(plain, near, face.start) for lead in leads)
    # "noon fifteen" is not three o'clock
    if face.parts[0].group() in ANCHORS and face.possible.isdisjoint((0, 720)):
        return False
    # "shaam ke 6 log": six of something
    return face.needs == "at" or face.last > face.end or bool(goes_no_further().match(plain, face.end))


def _corrects_a_time(plain: str, face: Face) -> bool:
    """True for a mere number behind a time and a correction: "7 in the morning, no, 8"."""
    corrected = re.compile(rf"{correction().pattern}[\s,.:—-]*(?:(?:it's|it is|it was|at|make it) )*\Z")
    ends = re.compile(r"\s*(?:\Z|[.,!?;])")
    return bool(corrected.search(plain, 0, face.start) and ends.match(plain, face.end))


@cache
def glue() -> str:
    """The regular expression of the words and signs that add nothing to a time."""
    return rf"(?:{_SPACE}|{words.any_of(words.clock_context().between, ['DATE'])}\b)*"


@cache
def word_of_a_place() -> str:
    """The regular expression of a word that may belong to a place's name."""
    return rf"(?!{words.any_of(words.clock_context().never_a_place)}\b)[^\W\d]+"


@cache
def _between() -> re.Pattern[str]:
    """The words between a time and its part of the day: "7:15 in Pune, in the evening", "shaam ke 7 baje"."""
    place = word_of_a_place()
    return re.compile(rf"{glue()}(?:(?:in|at|on an?) {place}(?: {place})?|{place} (?:mein|me))?{glue()}")


@cache
def _between_parts() -> re.Pattern[str]:
    """The words between two parts of the day of one time: "in the morning or maybe evening"."""
    joins = words.any_of(words.clock_context().between_parts)
    return re.compile(rf"{glue()}(?:[.…!?]*\s*(?:/|{joins}\b){glue()})*")


@cache
def _lead() -> re.Pattern[str]:
    leads = words.any_of(words.clock_context().leads_in, ["DATE"])
    return re.compile(rf"(?:(?!\d)[^\w\s]|\b{leads})\s*\Z")


@cache
def _announced() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.clock_context().announces)}\s*\Z")


@cache
def _joint() -> str:
    known = words.clock_context()
    return rf"{words.any_of(known.joins)}\b(?: {words.any_of(known.after_a_join)}\b)*"


@cache
def _count_before() -> re.Pattern[str]:
    """A number before a time, joined to it: "6 or" before "7 pm"."""
    counts = words.any_of(words.clock_context().parts_before_a_time, hour_fractions())
    count = rf"(?<!\d)\d{{1,3}}|\b(?:{counts}|{hindi_number()})"
    return re.compile(rf"(?:{count})(?:[\s/,&+:()–—-]|\b{_joint()})*\Z")


@cache
def _count_after() -> re.Pattern[str]:
    """A number after a time, joined to it: "or 8" after "7 am"."""
    counts = words.any_of(words.clock_context().parts_of_a_time, hour_fractions())
    return re.compile(
        rf"(?:[\s/,&+()–—-]|\b{_joint()})*(?:\d{{1,3}}(?!\d|st\b|nd\b|rd\b|th\b)|\b{counts}\b)"
        rf"|[\s,–—-]*\b(?:or|ya|se|aur) (?!ek\b){hindi_number()}\b"
        r"|\s+(?:ke |se |aur |and )?\w+ (?:minutes?|minat)\b"
    )


@cache
def _limit_before() -> re.Pattern[str]:
    known = words.clock_context()
    limits = words.any_of(known.limits_before)
    # "The time of 7:15" and "the hour of 7" say when; any other "of" is the end of something larger.
    return re.compile(rf"\b(?:{limits}|(?<!time )(?<!the hour )of)(?: {words.any_of(known.softens_a_limit)})?\s*\Z")


@cache
def _limit_after() -> re.Pattern[str]:
    limits = words.any_of(words.clock_context().limits_after)
    return re.compile(rf"\s*,?\s*(?:{limits}|(?:ke|se) (?:thodi |kuch )?(?:der )?(?:pehle|pahle|baad|bad))\b")


@cache
def _just() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.clock_context().close_to_it)} (?:before|after|past|to)\s*\Z")


@cache
def _moment() -> re.Pattern[str]:
    return re.compile(rf"{words.any_of(words.day_parts().moments)}\b")


@cache
def _almost() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.clock_context().almost)}\s*\Z")
