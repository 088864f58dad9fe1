"""The task `horoscope-refresher` without an LLM: a horoscope composed of the real transits of a day. Pure.

The same input always gives the same text, a person's texts do not repeat a clause within a week, and every
astrological statement is one of the input's facts. A text for somebody in hard times keeps a low voice throughout.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astra_pipeline.horoscopes.input import Dasha, HoroscopeInput, SkyEvent, Transit
from astra_pipeline.horoscopes.material import material
from astra_pipeline.horoscopes.rules import MORNING
from astra_pipeline.language.hinglish import in_register
from astra_pipeline.language.manner import MUCH_HINGLISH, SOME_HINGLISH
from astra_pipeline.language.topics import Tenor, as_yours, in_a_sentence, is_nameable, kind_of, tenor_of, weightier
from astra_pipeline.language.voice import Voice, addressed, badges, cased, joined, listed, numbered, the

_TRANSITS = 3
_ADVICE = 2
# The number of sentences about planets in houses when there is no transit to write about.
_DWELLINGS = 3
_TOPICS = 3
# Phrases that once were in one file keep its name in their slots: under another name each reader's round would
# begin anew, and a phrase of yesterday could come back today.
_SLOTS = {
    "greetings": "company",
    "topics": "company",
    "progress": "company",
    "hinglish": "company hinglish",
}


def compose(day: HoroscopeInput) -> dict[str, Any]:
    """{content}: three paragraphs about the person's day."""
    date = dt.date.fromisoformat(day.local_date)
    reading = _Reading(day, Voice(day.reader, date.toordinal()), weightier(tenor_of(day.recent_topics), day.care))
    paragraphs = [_opening(reading), _sky(reading), _guidance(reading)]
    return {"content": "\n\n".join(joined(sentences) for sentences in paragraphs)}


@dataclass(frozen=True)
class _Reading:
    """The day of a text and its reader, with the voice that picks its phrases."""

    day: HoroscopeInput
    voice: Voice
    tenor: Tenor

    @property
    def is_gentle(self) -> bool:
        return self.tenor != "usual"

    @property
    def is_crisis(self) -> bool:
        return self.tenor == "crisis"

    @property
    def mood(self) -> str:
        """The pool of phrases for the reader's mood, where there are two."""
        return "gentle" if self.is_gentle else "usual"

    @property
    def manner(self) -> str:
        """The pool of phrases for the reader's style, where there is one for each."""
        return "gentle" if self.is_gentle else self.day.communication_style

    @property
    def some_hindi(self) -> bool:
        return self.day.hinglish_level >= SOME_HINGLISH

    @property
    def much_hindi(self) -> bool:
        return self.day.hinglish_level >= MUCH_HINGLISH

    def pick(self, file: str, *path: Any, place: int = 0, places: int = 1) -> Any:
        """A phrase of the pool at that path in a file of phrases."""
        pool: Any = material(file)
        for step in path:
            pool = pool[step]
        slot = " ".join(map(str, (_SLOTS.get(file, file), *path)))
        return self.voice.pick(slot, pool, place=place, places=places)

    def hindi(self, *path: str) -> str:
        """A phrase of Hindi, in the register of the reader's style."""
        return in_register(self.pick("hinglish", *path), polite=self.day.communication_style == "formal")

    def house(self, number: int) -> str:
        house = material("sky")["houses"][number]
        return house.get("quiet", house["name"]) if self.is_gentle else house["name"]


def _opening(reading: _Reading) -> list[str]:
    moon = [_moon(reading), _moon_advice(reading)]
    identity = [_identity(reading)]
    middle = identity + moon if reading.voice.alternates("order") else moon + identity
    return [_greeting(reading), _milestone(reading), *middle, *_moon_remarks(reading)]


def _greeting(reading: _Reading) -> str:
    day, manner = reading.day, reading.manner
    greetings = ("greetings", "greetings", manner)
    hinglish = day.hinglish_level > 0
    salutation = reading.hindi("salutations", manner) if hinglish else reading.pick(*greetings, "salutations")
    tail = reading.hindi("tails", reading.mood) if reading.much_hindi else reading.pick(*greetings, "tails")
    return addressed(f"{salutation}, {tail.replace('{weekday}', day.weekday)}.", day.name)


def _milestone(reading: _Reading) -> str:
    titles = reading.day.milestones
    if not titles or reading.is_crisis:
        return ""
    return reading.pick("progress", "milestones", reading.mood).format(**cased(badges=badges(titles)))


def _identity(reading: _Reading) -> str:
    day, sky = reading.day, material("sky")
    parts = [f"the Sun in {day.sun_sign}", f"the Moon in {day.moon_sign}"]
    traits = [*sky["sun_signs"][day.sun_sign], *sky["moon_signs"][day.moon_sign]]
    if day.rising_sign:
        parts.append(f"{day.rising_sign} rising")
        traits += sky["rising_signs"][day.rising_sign]
    frame = reading.pick("sky", "gentle_identity" if reading.is_gentle else "identity")
    return frame.format(placements=listed(parts), trait=reading.voice.pick("trait", traits))


def _moon(reading: _Reading) -> str:
    moon = reading.day.moon
    return reading.pick("sky", "moon_frames").format(
        sign=moon.sign,
        nakshatra=moon.nakshatra,
        omen=reading.pick("sky", "nakshatras", moon.nakshatra),
        house=reading.house(moon.house),
    )


def _moon_advice(reading: _Reading) -> str:
    if reading.is_crisis:
        return ""
    number = reading.day.moon.house
    house = material("sky")["houses"][number]
    advice = house["advice"] if reading.is_gentle else [*house["advice"], *house["light"]]
    return f"{reading.pick('sky', 'moon_openers')} {reading.voice.pick(f'moon in house {number}', advice)}."


def _moon_remarks(reading: _Reading) -> list[str]:
    """A word of Hindi for readers of much Hinglish; the tithi for readers of the Indian calendar."""
    remarks = [reading.hindi("moons", reading.mood)] if reading.much_hindi else []
    if reading.day.astrology_system != "vedic":
        return remarks
    tithi = reading.day.moon.tithi
    tithis = material("sky")["gentle_tithis"] if reading.is_gentle else material("sky")["tithis"][tithi.split()[0]]
    return [*remarks, reading.voice.pick("tithi", tithis).format(tithi=tithi)]


def _sky(reading: _Reading) -> list[str]:
    day = reading.day
    transits = day.transits[: _ADVICE if reading.is_crisis else _TRANSITS]
    sentences: list[str] = []
    for place, group in enumerate(_together(transits, reading)):
        sentences.append(_transit(group, reading, place))
        sentences += _advice(group[0], reading, place)
    sentences += [_event(event, reading) for event in day.events[:1]]
    if not transits:
        sentences += [reading.pick("sky", "wide"), *_dwellings(reading, _DWELLINGS)]
    elif not reading.is_crisis and reading.voice.alternates("background"):
        sentences += _dwellings(reading, 1)
    if (
        isinstance(day.dasha, Dasha)
        and not reading.is_crisis
        and not (transits and reading.voice.alternates("background"))
    ):
        sentences.append(_dasha(day.dasha, reading))
    if reading.some_hindi:
        nature = transits[0].nature if transits else "merge"
        sentences.append(reading.hindi("asides", "gentle" if reading.is_gentle else nature))
    return sentences


def _together(transits: Sequence[Transit], reading: _Reading) -> list[list[Transit]]:
    """Groups of transits that share one sentence: of one planet, to two points, with the same reading."""
    groups: dict[tuple[str, str], list[Transit]] = {}
    for transit in transits:
        reads = "" if reading.is_gentle else transit.nature
        groups.setdefault((transit.planet, reads), []).append(transit)
    return [group[:2] for group in groups.values()]


def _transit(group: Sequence[Transit], reading: _Reading, place: int) -> str:
    first, last = group[0], group[-1]
    planet, nature = first.planet, first.nature
    if len(group) == 1:
        frame = reading.pick("transits", "frames", place=place, places=_TRANSITS)
    else:
        frame = reading.pick("transits", "double")
    return frame.format(
        planet=the(planet),
        it=_again(planet),
        verb=_verb(first, reading, place),
        point=first.point,
        aspect=first.aspect,
        orb=_degrees(first.orb),
        meets=_meets(first, last, reading),
        act=_act(planet, nature, reading),
        sign=first.sign,
        house=reading.house(first.house),
        timing=_timing(first),
    )


def _verb(transit: Transit, reading: _Reading, place: int = 0) -> str:
    return reading.pick("transits", "verbs", transit.aspect, place=place, places=_TRANSITS)


def _meets(first: Transit, second: Transit, reading: _Reading) -> str:
    verb = "" if second.aspect == first.aspect else f"{_verb(second, reading)} "
    meets = f"{_verb(first, reading)} your natal {first.point} ({_degrees(first.orb)})"
    return f"{meets} and {verb}your {second.point} ({_degrees(second.orb)})"


def _act(planet: str, nature: str, reading: _Reading) -> str:
    kind = ("gentle", planet) if reading.is_gentle else ("movers", planet, nature)
    return reading.pick("transits", *kind)


def _again(planet: str) -> str:
    """The pronoun of a planet in our texts: the Moon is a she."""
    return "she" if planet == "Moon" else "it"


def _degrees(orb: float) -> str:
    return "less than 0.1°" if orb < 0.1 else f"{orb:.1f}°"


def _timing(transit: Transit) -> list[str]:
    """The phrase for the exact hour of a transit, in the words of each frame with a timing."""
    timing = material("transits")["timing"]["applying" if transit.applying else "separating"]
    return [f" around {transit.exact_around}"] * len(timing) if transit.exact_around else timing


def _advice(transit: Transit, reading: _Reading, place: int) -> list[str]:
    """The advice for one of the first transits: in hard times only for the very first, in a crisis for none."""
    if reading.is_gentle:
        return [reading.pick("transits", "gentle_advice")] if place == 0 and not reading.is_crisis else []
    if place >= _ADVICE:
        return []
    nature, point = transit.nature, transit.point
    opener = reading.pick("transits", "openers", nature, place=place, places=_ADVICE)
    return [f"{opener} {reading.pick('transits', 'points', point, nature)}."]


def _event(event: SkyEvent, reading: _Reading) -> str:
    """A sentence about an event of the day, in the past tense when it came before the morning."""
    what, is_past = event.what, event.at < f"{MORNING:%H:%M}"
    phases = material("transits")["events"]["phases"]
    kind = "gentle" if reading.is_gentle else _kind_of_event(what, phases)
    frame = reading.pick("transits", "events", "past" if is_past else "ahead", kind)
    return frame.format(**cased(event=_said(what, phases, is_past)), time=_clock(event.at))


def _kind_of_event(what: str, phases: Mapping[str, Any]) -> str:
    return what if what in phases else next((k for k in ("retrograde", "direct") if what.endswith(k)), "ingress")


def _said(what: str, phases: Mapping[str, Sequence[str]], is_past: bool) -> str:
    if what in phases:
        return phases[what][is_past]
    body, _, does = what.partition(" ")
    if is_past:
        verb, _, rest = does.partition(" ")
        does = f"{verb.removesuffix('s')}ed {rest}"
    return f"{the(body)} {does}"


def _clock(at: str) -> str:
    """The time in the texts' form: 2:05 pm for "14:05"."""
    hour, minute = map(int, at.split(":"))
    return f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}"


def _dwellings(reading: _Reading, count: int) -> list[str]:
    """Sentences about the houses of planets, preferably of planets and houses that were not mentioned yet."""
    day, dwellers = reading.day, material("sky")["dwellers"]
    heard = {transit.planet for transit in day.transits[:_TRANSITS]}
    known = [planet for planet in dwellers if planet in day.planets]
    rotated = [reading.voice.pick("dweller", known, place=place, places=count) for place in range(len(known))]
    rotated = sorted(rotated, key=lambda name: (day.planets[name].house == day.moon.house, name in heard))
    return [_dwelling(planet, reading, place) for place, planet in enumerate(rotated[:count])]


def _dwelling(planet: str, reading: _Reading, place: int) -> str:
    stands = reading.day.planets[planet]
    act = reading.pick(*(("transits", "gentle") if reading.is_gentle else ("sky", "dwellers")), planet)
    return reading.pick("sky", "dwelling", place=place, places=_DWELLINGS).format(
        planet=the(planet), it=_again(planet), sign=stands.sign, house=reading.house(stands.house), act=act
    )


def _dasha(dasha: Dasha, reading: _Reading) -> str:
    maha, antar = dasha.mahadasha, dasha.antardasha
    first = reading.pick("sky", "lords", maha)
    second = "" if maha == antar else f" and, inside that, {reading.pick('sky', 'lords', antar)}"
    return reading.pick("sky", "dasha_alone" if maha == antar else "dasha").format(
        maha=maha,
        antar=antar,
        the_maha=the(maha),
        the_antar=the(antar),
        until=dasha.until,
        themes=first + second,
    )


def _guidance(reading: _Reading) -> list[str]:
    closing = reading.hindi("closings", reading.mood) if reading.some_hindi else ""
    closing = closing or reading.pick("greetings", "closings", reading.manner)
    if reading.is_crisis:
        return [reading.pick("topics", "care"), _counsel("growth", reading), closing]
    parts = material("guidance")["significators"]
    return [*(_counsel(part, reading) for part in parts), _topic(reading), _streak(reading), closing]


def _counsel(part: str, reading: _Reading) -> str:
    """Counsel for relationships, work or growth; with much Hinglish, one of them in Hindi."""
    guidance = material("guidance")
    points = guidance["significators"]
    if reading.much_hindi and reading.voice.pick("hindi counsel", list(points)) == part:
        return reading.hindi(part, reading.mood)
    transits = reading.day.transits
    tone = next((transit.nature for transit in transits if transit.point in points[part]), "quiet")
    return reading.pick("guidance", part, "gentle" if reading.is_gentle else tone)


def _topic(reading: _Reading) -> str:
    """A sentence about a recent topic, of the person's life rather than of astrology."""
    topics = [topic for topic in reading.day.recent_topics if kind_of(topic) != "unspoken"]
    lived = [topic for topic in topics if kind_of(topic) != "learned"]
    if not topics:
        return ""
    topic = reading.voice.pick("topic", (lived or topics)[:_TOPICS])
    kind = kind_of(topic)
    if kind == "tender" and not is_nameable(topic):
        return reading.pick("topics", "unnamed_topics")
    if kind != "learned" and reading.much_hindi:
        return reading.hindi("topics").format(**cased(topic=in_a_sentence(topic)))
    frames = "topics" if kind == "plain" else f"{kind}_topics"
    return reading.pick("topics", frames).format(**cased(topic=as_yours(topic)))


def _streak(reading: _Reading) -> str:
    days = reading.day.streak_days
    if days < 2:
        return ""
    if reading.much_hindi:
        return reading.hindi("streaks", reading.mood).format(count=days)
    return reading.pick("progress", "streaks", reading.mood).format(**cased(streak=numbered(days)))
