"""The claims of a sentence on days, hours and counts. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence

from astra_pipeline.language.contract.facts.fact import Claim, Fact
from astra_pipeline.language.contract.facts.mentions import Mention, Sentence, Word
from astra_pipeline.language.contract.facts.numbers import number_at, ordinal_at
from astra_pipeline.language.contract.facts.scene import Scene
from astra_pipeline.language.contract.facts.sky_claims import claim
from astra_pipeline.language.contract.facts.words import words

_SKY = (
    "body",
    "phase",
    "aspect",
    "glance",
    "motion",
    "eclipse",
    "mark",
    "return",
    "tithi",
    "nakshatra",
    "festival",
)
_EVENTS = ("phase", "motion", "festival", "eclipse", "return")
# Words before a day that is only advised on: "leave it for Sunday".
_LIMITS = ("until", "till", "by", "before", "tak")
_ADVISED = (*_LIMITS, "every")
_KEPT_FOR = frozenset(
    ("leave", "keep", "save", "wait", "waits", "waiting", "plan", "book", "set", "rest", "hold", "put")
)
_OF_TODAY = (("it", "is"), ("is", "a"), ("today", "is"), ("aaj",))
_ON_A_DAY = frozenset(("on", "from", "by", "and", "aur"))
_ON_A_DAY_IN_HINDI = frozenset(("ko", "ke", "ki", "ka", "se", "aur"))
_ON_END = re.compile(r"\b(?:on end|without a break|without a gap|in a row|one after another)\b")
_SINCE_DAYS = frozenset(("din", "se"))
_MONTHS = tuple(calendar.month_name)[1:]


def day_claims(scene: Scene) -> Iterator[Claim]:
    """The claims of a sentence about days, hours and counts."""
    yield from _times(scene)
    yield from _weekdays(scene)
    yield from _dates(scene)
    yield from _streaks(scene)
    yield from _conversations(scene)


def _times(scene: Scene) -> Iterator[Claim]:
    # An hour beside nothing of the sky is a piece of advice: "lights out by 11 pm".
    if not scene.sentence.of(*_SKY):
        return
    for time in scene.sentence.of("time"):
        hour, _, minute = time.value.partition(":")
        readings = [Fact("time", "", f"{hour}:{'00' if minute == '~' else minute}")]
        if minute == "~":
            readings.append(Fact("hour", "", hour))
        yield claim(time, "time", *readings)


def _weekdays(scene: Scene) -> Iterator[Claim]:
    sentence = scene.sentence
    events = sentence.of(*_EVENTS)
    about_the_sky = bool(sentence.of(*_SKY))
    heard: set[str] = set()
    for day in sentence.of("weekday"):
        if day.value in heard and "and" in sentence.small[max(0, day.first - 1) : day.first]:
            yield claim(day, "weekday", Fact("weekday", "twice", day.value))
        heard.add(day.value)
        if _is_of_today(sentence, day):
            yield claim(day, "weekday", Fact("weekday", "today", day.value))
            continue
        if _is_to_come(sentence.small, day):
            yield claim(day, "weekday", Fact("weekday", "to come", day.value))
            continue
        if not about_the_sky and _is_advised(sentence.small[: day.first]):
            # "Leave it for Sunday" chooses a free day. "Have it ready by Sunday" says that something is on it.
            if _is_a_limit(sentence, day):
                yield claim(day, "weekday", Fact("weekday", "any", day.value))
            continue
        event = next((one for one in reversed(events) if one.first < day.first), None)
        between = sentence.of("weekday") if event is None else []
        if event is not None:
            between = [one for one in sentence.of("weekday") if event.first < one.first < day.first]
        if event is not None and not between and "," not in sentence.between(event, day):
            yield claim(day, "weekday", Fact("weekday", _called(event, sentence.of("body")), day.value))
        else:
            about = ["sky"] if about_the_sky else []
            about += ["talk"] if _is_of_a_talk(sentence.small, day) and not _is_of_a_plan(scene, day) else []
            yield claim(day, "weekday", *(Fact("weekday", one, day.value) for one in about or [""]))


def _is_of_a_talk(small: Sequence[str], day: Mention) -> bool:
    """Whether a sentence tells of a day on which the person said something: "on Tuesday you asked"."""
    before, behind = small[max(0, day.first - 1) : day.first], small[day.behind : day.behind + 1]
    if not (_ON_A_DAY & set(before) or _ON_A_DAY_IN_HINDI & set(behind)):
        return False
    return bool(words().told & set(small) and words().of_us & set(small)) or bool(words().talks & set(small))


def _is_of_today(sentence: Sentence, day: Mention) -> bool:
    """Whether a sentence calls the day of the text by its name: "it is Sunday", "Sunday, the thin Moon, and rest"."""
    before = sentence.small[max(0, day.first - 2) : day.first]
    rest = sentence.text[day.end - sentence.start :].lstrip()
    return before in _OF_TODAY or (day.first == 0 and rest.startswith((", the ", ", a ")))


def _is_to_come(small: Sequence[str], day: Mention) -> bool:
    """Whether a sentence speaks of the day with which the next week begins: "before Monday comes"."""
    before, behind = small[max(0, day.first - 3) : day.first], small[day.behind : day.behind + 3]
    return (
        (before[-1:] == ("before",) and behind[:1] in (("comes",), ("begins",)))
        or (before[-1:] == ("let",) and behind[:2] == ("be", "just"))
        or before[-2:] == ("be", "just")
        or behind[:2] in (("may", "come"), ("jitna", "dheere"), ("se", "pehle"))
        or (behind[:2] == ("ko", "bas") and behind[2:3] == small[day.first : day.behind])
        or (before[-2:] == ("ko", "bas") and behind[:1] == ("rehne",))
    )


def _is_of_a_plan(scene: Scene, day: Mention) -> bool:
    """Whether a day stands in a plan that is told of: "a plan, said on Tuesday: to call the landlord on Friday"."""
    earlier = [one for one in scene.sentence.of("weekday") if one.first < day.first]
    return bool(earlier) and ":" in scene.sentence.between(earlier[-1], day)


def _is_advised(before: Sequence[str]) -> bool:
    last = before[-1] if before else ""
    return last in _ADVISED or (last == "for" and bool(_KEPT_FOR & set(before[-6:])))


def _is_a_limit(sentence: Sentence, day: Mention) -> bool:
    """Whether something is to be done up to a day: "have it ready by Sunday"; not "it can wait until Sunday"."""
    last, before = sentence.small[day.first - 1], sentence.small[: day.first - 1]
    is_put_off = last in ("until", "till") and not _KEPT_FOR.isdisjoint(before)
    return last in _LIMITS and not is_put_off and not sentence.small[day.first].endswith("days")


def _called(event: Mention, bodies: Sequence[Mention]) -> str:
    """The event as a fact's subject: "Full Moon", "Mercury direct"."""
    if event.kind != "motion":
        return event.value
    before = [body.value for body in bodies if body.first < event.first]
    return f"{before[-1]} {event.value}" if before else event.value


def _dates(scene: Scene) -> Iterator[Claim]:
    small = scene.sentence.small
    for month in scene.sentence.of("month"):
        number = _MONTHS.index(month.value) + 1
        before = [word for word in small[max(0, month.first - 4) : month.first] if word not in ("of", "the")]
        before = [word for word in before if word not in ("st", "nd", "rd", "th")]
        behind = [
            word for word in small[month.behind : month.behind + 3] if word not in ("st", "nd", "rd", "th", "the")
        ]
        day = next((int(word) for word in (before[-1:] + behind[:1]) if word.isdigit() and int(word) <= 31), None)
        year = next((word for word in behind[:2] if word.isdigit() and len(word) == 4), None)
        readings = [Fact("month", "", month.value)]
        if day:
            readings = [Fact("date", "", f"{number:02}-{day:02}")]
        if year:
            readings = [Fact("month", "", f"{year}-{number:02}"), *(readings if day else [])]
        yield claim(month, "date", *readings)


def _streaks(scene: Scene) -> Iterator[Claim]:
    found, small = scene.sentence.words, scene.sentence.small
    lowered = scene.sentence.text.lower()
    if not (words().in_a_row & set(small) or _ON_END.search(lowered) or set(small) >= _SINCE_DAYS):
        return
    milestones = scene.sentence.of("milestone")
    at = 0
    while at < len(small):
        number = number_at(small, at) or _nth_day(small, at)
        if number is None:
            at += 1
            continue
        count, behind = number
        if _is_streak(small, at, behind) and not any(one.first <= at < one.behind for one in milestones):
            yield _counted("streak", "days", count, found, at, behind)
        at = behind


def _nth_day(small: Sequence[str], at: int) -> tuple[float, int] | None:
    """The number of a day in a row: "your tenth day in a row"."""
    ordinal = ordinal_at(small, at)
    if ordinal is None or small[ordinal[1] : ordinal[1] + 1] != ("day",):
        return None
    return float(ordinal[0]), ordinal[1]


def _is_streak(small: Sequence[str], at: int, behind: int) -> bool:
    following, before = small[behind : behind + 6], small[max(0, at - 4) : at]
    if before[-1:] in (("day",), ("din",)) and words().in_a_row & set(following[:4]):
        return True  # "day nine in a row"
    if following[:2] == ("din", "se") and {"roz", "aa", "aate", "aati"} & set(small[behind:]):
        return True  # "das din se tum roz aa rahe ho"
    if following[:1] and following[0] in words().days:
        return (
            bool(words().in_a_row & {*following[1:], *before[-2:]})
            or _ON_END.search(" ".join(following)) is not None
        )
    return "streak" in before and small[at - 1] in ("of", "is", "stands", "at", "to", "now", "reached", "streak")


def _conversations(scene: Scene) -> Iterator[Claim]:
    found, small = scene.sentence.words, scene.sentence.small
    if not words().talked & set(small):
        return
    of_us = bool(words().of_us & set(small))
    milestones = scene.sentence.of("milestone")
    at = 0
    while at < len(small):
        number = number_at(small, at)
        if number is None:
            at += 1
            continue
        count, behind = number
        is_ours = of_us or (at == 0 and small[behind : behind + 1] == ("conversations",))
        if not is_ours or any(one.first <= at < one.behind for one in milestones):
            pass
        elif _is_count(small, at, behind):
            yield _counted("count", "conversations", count, found, at, behind)
        elif (
            small[max(0, at - 1) : at] in (("on",), ("over",), ("across",)) and "days" in small[behind : behind + 2]
        ):
            yield _counted("count", "days", count, found, at, behind)
        at = behind


def _is_count(small: Sequence[str], at: int, behind: int) -> bool:
    if small[max(0, at - 1) : at] in (("in",), ("at",)):
        return False  # "engaged in three conversations at once"
    if small[at] in ("once", "twice"):
        if small[behind : behind + 1] in (("your",), ("as",), ("the",), ("that",), ("more",)):
            return False  # "talk to somebody twice your age", "call them once more"
        return any(word in words().talked for word in small[max(0, at - 3) : at])
    following = small[behind : behind + 2]
    if following[:1] in (("par",), ("pe",)):
        return False  # "14416 par call kijiye"
    if following[:1] in (("times",), ("baar",)):
        return True
    if small[at] == "one":  # not "one honest talk", "one of our talks", "one talk at a time"
        is_each = small[behind + 1 : behind + 4] == ("at", "a", "time")
        return following[:1] != () and following[0] in words().talks and not is_each
    return any(word in words().talks for word in following)


def _counted(kind: str, what: str, count: float, found: Sequence[Word], at: int, behind: int) -> Claim:
    fact = Fact(kind, what, f"{count:g}")
    return Claim(kind, (fact,), found[at].start, found[behind - 1].end)
