"""`horoscope-refresher` without an LLM: a horoscope composed from the real transits of one person's day. Pure.

The same input always gives the same text, a person's texts do not repeat a sentence within a week, and every
astrological statement is one of the input's facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from astra_pipeline.tasks.offline.voice import (
    Voice,
    addressed,
    badges,
    cased,
    in_a_sentence,
    joined,
    kind_of,
    listed,
    numbered,
    phrases,
    the,
)

Told = Mapping[str, Any]

_TRANSITS = 3
_DWELLERS = ("Jupiter", "Saturn", "Rahu", "Mars", "Sun", "Venus", "Mercury")
"""Of whose stay in a house a sentence is made, another each day of the week."""
_DWELLINGS = 3
"""Such sentences where there is no transit to tell of."""
_SOME_HINGLISH, _MUCH_HINGLISH = 34, 67


def compose(told: Told) -> dict[str, Any]:
    """{content}: three paragraphs, from the task's input."""
    date = dt.date.fromisoformat(told["local_date"])
    voice = Voice(told["reader"], date.toordinal())
    paragraphs = [_opening(told, voice), _sky(told, voice), _guidance(told, voice)]
    return {"content": "\n\n".join(paragraphs)}


def _opening(told: Told, voice: Voice) -> str:
    about_moon = [_moon(told, voice), _moon_advice(told, voice)]
    identity = [_identity(told, voice)]
    middle = identity + about_moon if voice.alternates("order") else about_moon + identity
    return joined([_greeting(told, voice), _milestone(told, voice), *middle, _moon_aside(told, voice)])


def _sky(told: Told, voice: Voice) -> str:
    sentences: list[str] = []
    for place, transit in enumerate(told["transits"][:_TRANSITS]):
        sentences.append(_transit(transit, voice, place))
        if place < _TRANSITS - 1:
            sentences.append(_advice(transit, voice, place))
    sentences += [_event(event, voice) for event in told["events"][:1]]
    if not told["transits"]:
        sentences += [voice.pick("wide", phrases("sky")["wide"]), *_dwellings(told, voice, _DWELLINGS)]
    elif voice.alternates("background"):
        sentences += _dwellings(told, voice, 1)
    if told["dasha"] and (not told["transits"] or not voice.alternates("background")):
        sentences.append(_dasha(told["dasha"], voice))
    if _level(told) >= _SOME_HINGLISH:
        nature = told["transits"][0]["nature"] if told["transits"] else "merge"
        sentences.append(voice.pick(f"aside {nature}", _hindi("deep")["asides"][nature]))
    return joined(sentences)


def _guidance(told: Told, voice: Voice) -> str:
    hindi = _level(told) >= _SOME_HINGLISH
    closings = _hindi("deep")["closings"] if hindi else phrases("company")["closings"][told["communication_style"]]
    return joined(
        [*_counsel(told, voice), _topic(told, voice), _streak(told, voice), voice.pick("closing", closings)]
    )


def _greeting(told: Told, voice: Voice) -> str:
    level = _level(told)
    if level >= _MUCH_HINGLISH:
        greetings = _hindi("deep")["greetings"]
    elif level > 0:
        greetings = _hindi("light")["greetings"]
    else:
        greetings = phrases("company")["greetings"][told["communication_style"]]
    greeting = voice.pick("greeting", greetings).replace("{weekday}", told["weekday"])
    return addressed(greeting, told["name"])


def _milestone(told: Told, voice: Voice) -> str:
    if not told["milestones"]:
        return ""
    return voice.pick("milestone", phrases("company")["milestones"]).format(badges=badges(told["milestones"]))


def _identity(told: Told, voice: Voice) -> str:
    sky = phrases("sky")
    parts = [f"the Sun in {told['sun_sign']}", f"the Moon in {told['moon_sign']}"]
    traits = [*sky["sun_signs"][told["sun_sign"]], *sky["moon_signs"][told["moon_sign"]]]
    if told["rising_sign"]:
        parts.append(f"{told['rising_sign']} rising")
        traits += sky["rising_signs"][told["rising_sign"]]
    frame, trait = voice.pair("identity", sky["identity"], traits)
    return frame.format(placements=listed(parts), trait=trait)


def _moon(told: Told, voice: Voice) -> str:
    sky, moon = phrases("sky"), told["moon"]
    omen = voice.pick(f"omen {moon['nakshatra']}", sky["nakshatras"][moon["nakshatra"]])
    frame = voice.pick("moon", sky["moon_frames"])
    house = sky["houses"][moon["house"]]["name"]
    return frame.format(sign=moon["sign"], nakshatra=moon["nakshatra"], omen=omen, house=house)


def _moon_advice(told: Told, voice: Voice) -> str:
    sky, house = phrases("sky"), told["moon"]["house"]
    opener, advice = voice.pair(f"moon {house}", sky["moon_openers"], sky["houses"][house]["advice"])
    return f"{opener} {advice}."


def _moon_aside(told: Told, voice: Voice) -> str:
    """The tithi for who reads the Indian calendar; for who wants it, a word of Hindi before."""
    hindi = voice.pick("moon aside", _hindi("deep")["moons"]) if _level(told) >= _MUCH_HINGLISH else ""
    if told["astrology_system"] != "vedic":
        return hindi
    tithi = told["moon"]["tithi"]
    frames = phrases("sky")["tithis"][tithi.partition(" ")[0]]
    return joined([hindi, voice.pick(f"tithi {tithi}", frames).format(tithi=tithi)])


def _transit(transit: Mapping[str, Any], voice: Voice, place: int) -> str:
    material = phrases("transits")
    planet, point, aspect, nature = (transit[part] for part in ("planet", "point", "aspect", "nature"))
    # One planet's acts differ where it is told of twice.
    frame, act = voice.pair(
        "transit",
        material["frames"],
        material["movers"][planet][nature],
        of=f"{planet} {nature}",
        place=place,
        places=_TRANSITS,
    )
    orb = _degrees(transit["orb"])
    return frame.format(
        planet=the(planet),
        verb=voice.pick("verb", material["verbs"][aspect], place=place, places=_TRANSITS),
        point=point,
        aspect=aspect,
        act=act,
        sign=transit["sign"],
        house=phrases("sky")["houses"][transit["house"]]["name"],
        orb=orb,
        closeness=f"{orb} from exact",
        timing=_timing(transit),
    )


def _degrees(orb: float) -> str:
    return "less than 0.1°" if orb < 0.1 else f"{orb:.1f}°"


def _timing(transit: Mapping[str, Any]) -> str:
    if transit["exact_around"]:
        return f" around {transit['exact_around']}"
    return ", with the aspect still tightening" if transit["applying"] else ", with the aspect already easing"


def _advice(transit: Mapping[str, Any], voice: Voice, place: int) -> str:
    material = phrases("transits")
    nature, point = transit["nature"], transit["point"]
    openers, clauses = material["openers"][nature], material["points"][point][nature]
    opener, clause = voice.pair(
        f"advice {nature}", openers, clauses, of=f"{point} {nature}", place=place, places=_TRANSITS
    )
    return f"{opener} {clause}."


def _event(event: Mapping[str, Any], voice: Voice) -> str:
    frames = phrases("transits")["events"]
    what = event["what"]
    kind = next((word for word in ("retrograde", "direct") if what.endswith(word)), what)
    body, _, does = what.partition(" ")
    frame = voice.pick(f"event {what}", frames.get(kind, frames["ingress"]))
    return frame.format(event=f"{the(body)} {does}", time=_clock(event["at"]))


def _clock(at: str) -> str:
    """ "14:05" as the texts tell time: 2:05 pm."""
    hour, minute = map(int, at.split(":"))
    return f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}"


def _dwellings(told: Told, voice: Voice, count: int) -> list[str]:
    """Where some planet stands, preferably one that was not spoken of, in a house that was not."""
    sky, moon = phrases("sky"), told["moon"]
    heard = {transit["planet"] for transit in told["transits"][:_TRANSITS]}
    known = [planet for planet in _DWELLERS if planet in told["planets"]]
    rotated = [voice.pick("dweller", known, place=place, places=count) for place in range(len(known))]
    rotated = sorted(
        dict.fromkeys(rotated), key=lambda name: (told["planets"][name]["house"] == moon["house"], name in heard)
    )
    sentences: list[str] = []
    for place, planet in enumerate(rotated[:count]):
        stands = told["planets"][planet]
        house = sky["houses"][stands["house"]]
        frame, advice = voice.pair(
            "dwelling", sky["dwelling"], house["advice"], of=f"{stands['house']}", place=place, places=_DWELLINGS
        )
        sentences.append(frame.format(planet=the(planet), sign=stands["sign"], house=house["name"], advice=advice))
    return sentences


def _dasha(dasha: Mapping[str, str], voice: Voice) -> str:
    sky = phrases("sky")
    maha, antar = dasha["mahadasha"], dasha["antardasha"]
    frame, first = voice.pair("dasha", sky["dasha"], sky["lords"][maha])
    second = voice.pick("dasha theme", [theme for theme in sky["lords"][antar] if theme != first])
    return frame.format(
        maha=maha,
        antar=antar,
        the_maha=the(maha),
        the_antar=the(antar),
        until=dasha["until"],
        themes=f"{first} and, inside that, {second}",
    )


def _counsel(told: Told, voice: Voice) -> list[str]:
    """For relationships, work and growth; with much Hinglish, one of them in Hindi."""
    guidance = phrases("guidance")
    counsel: list[str] = []
    in_hindi = (
        voice.pick("hindi counsel", list(guidance["significators"])) if _level(told) >= _MUCH_HINGLISH else ""
    )
    for part, points in guidance["significators"].items():
        tone = next((transit["nature"] for transit in told["transits"] if transit["point"] in points), "quiet")
        pool = _hindi("deep")[part] if part == in_hindi else guidance[part][tone]
        counsel.append(voice.pick(f"{part} {'hindi' if part == in_hindi else tone}", pool))
    return counsel


def _topic(told: Told, voice: Voice) -> str:
    """One of the last matters talked about, of their life rather than of astrology."""
    company = phrases("company")
    topics = [topic for topic in told["recent_topics"] if kind_of(topic) != "unspoken"]
    lived = [topic for topic in topics if kind_of(topic) != "learned"]
    if not topics:
        return ""
    topic = voice.pick("topic", (lived or topics)[:_TRANSITS])
    kind = kind_of(topic)
    frames = company["topics"] if kind == "plain" else company[f"{kind}_topics"]
    if kind == "plain" and _level(told) >= _MUCH_HINGLISH:
        frames = _hindi("deep")["topics"]
    return voice.pick(f"topic {kind}", frames).format(**cased(topic=in_a_sentence(topic)))


def _streak(told: Told, voice: Voice) -> str:
    days = told["streak_days"]
    if days < 2:
        return ""
    much = _level(told) >= _MUCH_HINGLISH
    frames = _hindi("deep")["streaks"] if much else phrases("company")["streaks"]
    return voice.pick("streak", frames).format(**cased(streak=numbered(days)), count=days)


def _hindi(depth: str) -> Mapping[str, Any]:
    return phrases("company")["hinglish"][depth]


def _level(told: Told) -> int:
    return told["hinglish_level"]
