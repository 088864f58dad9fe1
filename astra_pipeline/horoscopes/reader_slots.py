"""The slots in which a text takes up its reader's own life: dates, plans, people, topics, badges. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from astra_pipeline.conversations.happenings import tells
from astra_pipeline.conversations.life_words import life_words
from astra_pipeline.horoscopes.pen import Pen, Slot, slot
from astra_pipeline.language.composing import counted, with_article
from astra_pipeline.language.contract import is_quotable
from astra_pipeline.language.giving_up import is_to_stop
from astra_pipeline.language.topics import as_yours, in_a_sentence, is_nameable, kind_of
from astra_pipeline.language.voice import badges

# People of whom the phrases would be wrong: several at once, a pet, or somebody one has parted from.
_LEFT_OUT = frozenset(
    (
        *("ex", "landlord", "dog", "cat", "baby", "kids", "children", "twins", "parents", "in-laws", "gharwale"),
        *("bachche", "bachcha", "grandparents", "neighbours", "friends"),
    )
)
_OF_NOBODY = frozenset(("love", "romance", "friendship", "marriage", "money", "astrology", "dating", "politics"))
_LONGEST_PLAN = 110
# Days from today within which a date is near.
_PAST, _AHEAD = 2, 12
# Days within which it is told of every day.
_URGENT = 2
_HEAVY_URGENT = 3
_STREAKS = frozenset((3, 7, 10, 14, 21, 30, 40, 50, 75, 100, 150, 200, 250, 300, 365))
SOMEBODY = ("somebody you trust", "one person you trust", "a friend", "somebody kind", "somebody close")
"""People for a text that names none."""


@dataclass(frozen=True)
class Own:
    """One thing of the reader's own that a text may take up, with the key by which the memory knows it."""

    key: str
    slot: Slot


def own(pen: Pen) -> list[Own]:
    """The things of the reader's own for a usual text, two at most.

    A date within two days comes first, the rest as it was told longest ago.
    """
    dated = [*_dates(pen, heavy=False)]
    urgent = [one for days, one in dated if abs(days) <= _URGENT]
    rest = [one for days, one in dated if abs(days) > _URGENT]
    rest += [*_plans(pen), *_people(pen), *_topics(pen), *_profession(pen)]
    ordered: list[Own] = urgent
    while rest and len(ordered) < 2:
        found = pen.choice.pick_fact(rest, [one.key for one in rest])
        rest.remove(found)
        ordered.append(found)
    return ordered[:2]


def heavy(pen: Pen) -> list[Own]:
    """The heavy dates and topics that a tender text may take up."""
    dated = [*_dates(pen, heavy=True)]
    # Every day would be too much of a heavy date that is still far.
    dates = [one for days, one in dated if days <= _HEAVY_URGENT or not pen.date.toordinal() % 3]
    topics = [
        Own(f"own:{topic}", slot(("quiet", "topics"), topic=as_yours(topic), hindi={"topic": in_a_sentence(topic)}))
        for topic in pen.day.recent_topics
        if kind_of(topic) == "tender" and is_nameable(topic)
    ]
    if dates:
        return dates[:1]
    # Every third day is often enough.
    if pen.date.toordinal() % 3:
        return []
    return [pen.choice.pick_fact(topics, [one.key for one in topics])] if topics else []


def light_today(pen: Pen) -> list[Own]:
    """A date of today that is not heavy, for a tender text; its theme may be that day."""
    found = [what for day, what in _near(pen) if day == pen.date and kind_of(what) not in ("unspoken", "tender")]
    return [
        Own(
            f"own:{what}:0",
            slot(("quiet", "told_today"), plan=_quoted(what))
            if tells(what)
            else slot(("quiet", "today"), event=_yours(what), hindi={"event": in_a_sentence(what)}),
        )
        for what in found[:1]
    ]


def today(pen: Pen) -> Slot | None:
    """The opening of a text whose theme is a date of the reader's own."""
    for day, what in _near(pen):
        if day == pen.date and kind_of(what) not in ("unspoken", "tender"):
            if tells(what):
                return slot(("person", "life_date", "told"), plan=_quoted(what))
            return slot(("person", "life_date", "pairs"), event=_yours(what), hindi={"event": in_a_sentence(what)})
    return None


def progress(pen: Pen) -> Slot | None:
    """A word on a new badge, or on days in a row when their number is a round one."""
    day = pen.day
    if day.milestones:
        return slot(("person", "milestones"), badges=badges(day.milestones))
    if day.streak_days in _STREAKS:
        return slot(("person", "streak"), streak=counted(day.streak_days, "day").rpartition(" ")[0])
    return None


def somebody(pen: Pen, place: int) -> str:
    """Somebody for a careful text: one whom the reader named, unless that may be whom it is about."""
    named = [said for said in map(_named, pen.day.people) if said]
    if pen.register == "crisis" or pen.day.care_kind in ("grief", "separation", "") or not named:
        return SOMEBODY[(pen.date.toordinal() + place) % len(SOMEBODY)]
    return named[(pen.date.toordinal() + place) % len(named)]


def in_hindi(somebody: str) -> dict[str, str]:
    """Somebody, by the English words of `somebody`, in Hinglish: before a postposition, and where they act."""
    if somebody in SOMEBODY:
        return {"person": "kisi trusted insaan", "who": "koi trusted insaan"}
    named = somebody.removeprefix("your ")
    return {"person": named, "who": named}


def _near(pen: Pen) -> Iterator[tuple[dt.date, str]]:
    for line in pen.day.dates:
        day, _, what = line.partition(" ")
        is_near = -_PAST <= (dt.date.fromisoformat(day) - pen.date).days <= _AHEAD
        # An event that was told with a verb is quoted.
        if is_near and (not tells(what) or is_quotable(what, pen.day.hinglish_level)):
            yield dt.date.fromisoformat(day), what


def _dates(pen: Pen, *, heavy: bool) -> Iterator[tuple[int, Own]]:
    """(days from today, date) of near dates; of heavy ones only those to come."""
    for day, what in _near(pen):
        days = (day - pen.date).days
        is_heavy = kind_of(what) == "tender"
        if (
            kind_of(what) == "unspoken"
            or is_heavy != heavy
            or (not heavy and pen.day.theme.kind == "life_date" and not days)
        ):
            continue
        fields = {"event": _yours(what), "when": _when(day, days)}
        book, pool = ("quiet", "ahead") if heavy else ("person", "ahead" if days >= 0 else "behind")
        if days >= 0 or not heavy:
            hindi = {"event": in_a_sentence(what), "when": _when_in_hindi(day, days)}
            if tells(what):
                fields, pool = {"plan": _quoted(what), "when": fields["when"]}, f"told_{pool}"
                hindi = {"when": hindi["when"]}
            # A date further ahead is one of many things, which the memory knows by its name.
            key = f"own:{what}:{days}" if abs(days) <= _URGENT else f"own:{what}"
            yield days, Own(key, Slot(((book, pool),), fields, hindi))


def _plans(pen: Pen) -> Iterator[Own]:
    for text in pen.day.intentions:
        said = text.strip().strip('"“”')
        if said and len(said) <= _LONGEST_PLAN and is_quotable(said, pen.day.hinglish_level):
            yield Own(
                f"own:{text}", slot(("person", "stopping" if is_to_stop(said) else "intention"), plan=_quoted(said))
            )


def _quoted(said: str) -> str:
    """The reader's own words as a quotation that is a sentence."""
    ended = said if said.endswith((".", "!", "?")) else f"{said}."
    return f'"{ended[:1].upper()}{ended[1:]}"'


def _people(pen: Pen) -> Iterator[Own]:
    for person in pen.day.people:
        if said := _named(person):
            yield Own(f"own:{person}", slot(("person", "people"), person=said, hindi={"person": person}))


def _named(person: str) -> str:
    """Somebody in a sentence: "your sister Neha", "Neha"; empty for those of whom the phrases would be wrong."""
    words = person.split()
    if not words or any(word.casefold().split("-")[0] in _LEFT_OUT for word in words):
        return ""
    return f"your {person}" if words[0][:1].islower() else person


def _topics(pen: Pen) -> Iterator[Own]:
    for topic in pen.day.recent_topics:
        kind = kind_of(topic)
        if kind == "learned":
            yield Own(f"own:{topic}", slot(("person", "learned"), topic=in_a_sentence(topic)))
        elif kind == "plain" and is_nameable(topic) and not _is_somebody(topic):
            yield Own(
                f"own:{topic}",
                slot(("person", "topics"), topic=_owned(topic), hindi={"topic": in_a_sentence(topic)}),
            )


def _is_somebody(topic: str) -> bool:
    """Whether a topic is a person or a pet ("Landlord", "My boss"), of whom phrases on topics would be wrong."""
    return topic.casefold().split()[-1] in life_words().relations


def _profession(pen: Pen) -> Iterator[Own]:
    if work := pen.day.profession:
        yield Own("own:profession", slot(("person", "profession"), work=with_article(in_a_sentence(work))))


def _owned(topic: str) -> str:
    """A topic as the reader's: "your second job"; feelings and names stay as they are."""
    said = as_yours(topic)
    first = said.split()[0]
    is_owned = first in ("your", "the", "a", "an") or first.endswith(("'s", "’s"))
    return said if is_owned or not first[:1].islower() or first in _OF_NOBODY else f"your {said}"


def _yours(what: str) -> str:
    """An event as the reader's: "your job interview", "your sister's wedding", "Rohan's wedding"."""
    said = as_yours(what)
    first, *others = said.split()
    # "Zoya ki sagai" has its owner in Hindi.
    is_owned = first.endswith(("'s", "’s")) or others[:1] in (["ki"], ["ka"], ["ke"])
    return said if first in ("your", "the") or is_owned else f"your {said}"


def _when(day: dt.date, days: int) -> str:
    near = {-2: "the day before yesterday", -1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return near[days]
    return f"on {day:%A}" if 0 < days < 7 else f"in {counted(days, 'day')}"


def _when_in_hindi(day: dt.date, days: int) -> str:
    near = {-2: "parson", -1: "kal", 0: "aaj", 1: "kal"}
    if days in near:
        return near[days]
    return f"{day:%A} ko" if 0 < days < 7 else f"{days} din mein"
