"""`horoscope-refresher` without an LLM: a horoscope composed from the real transits of one person's day. Pure.

The same input always gives the same text, a person's texts do not repeat a sentence within a week, and every
astrological statement is one of the input's facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from astra_pipeline.tasks.offline.voice import Voice, addressed, in_a_sentence, joined, listed, phrases

Told = Mapping[str, Any]

_TRANSITS = 3
_SLOW = ("Jupiter", "Saturn", "Rahu", "Mars", "Sun", "Venus", "Mercury")
"""Of whose stay in a house a sentence is made, another each day of the week."""
_SOME_HINGLISH, _MUCH_HINGLISH = 34, 67


def compose(told: Told) -> dict[str, Any]:
    """{content}: three paragraphs, from the task's input."""
    date = dt.date.fromisoformat(told["local_date"])
    voice = Voice(told["reader"], date.toordinal())
    paragraphs = [_opening(told, voice), _sky(told, voice), _guidance(told, voice)]
    return {"content": "\n\n".join(paragraphs)}


def _opening(told: Told, voice: Voice) -> str:
    sky = phrases("sky")
    moon = told["moon"]
    house = sky["houses"][moon["house"]]
    omen = voice.pick(f"omen {moon['nakshatra']}", sky["nakshatras"][moon["nakshatra"]])
    frame = voice.pick("moon", sky["moon_frames"])
    walks = frame.format(sign=moon["sign"], nakshatra=moon["nakshatra"], omen=omen, house=house["name"])
    opener, advice = voice.pair(f"moon {moon['house']}", sky["moon_openers"], house["advice"])
    much = _level(told) >= _MUCH_HINGLISH
    return joined(
        [
            _greeting(told, voice),
            _milestone(told, voice),
            _identity(told, voice),
            walks,
            f"{opener} {advice}.",
            voice.pick("moon aside", _hindi("deep")["moons"]) if much else "",
            voice.pick("tithi", sky["tithis"]).format(tithi=moon["tithi"])
            if told["astrology_system"] == "vedic"
            else "",
        ]
    )


def _sky(told: Told, voice: Voice) -> str:
    sentences: list[str] = []
    for place, transit in enumerate(told["transits"][:_TRANSITS]):
        sentences.append(_transit(transit, voice, place))
        if place < _TRANSITS - 1:
            sentences.append(_advice(transit, voice, place))
    sentences += [_event(event, voice) for event in told["events"][:1]]
    if not told["transits"] or voice.alternates("background"):
        sentences.append(_dwelling(told, voice))
    if told["dasha"] and (not told["transits"] or not voice.alternates("background")):
        sentences.append(_dasha(told["dasha"], voice))
    if _level(told) >= _SOME_HINGLISH:
        nature = told["transits"][0]["nature"] if told["transits"] else "merge"
        sentences.append(voice.pick(f"aside {nature}", _hindi("deep")["asides"][nature]))
    return joined(sentences)


def _guidance(told: Told, voice: Voice) -> str:
    guidance, company = phrases("guidance"), phrases("company")
    sentences = []
    for part, points in guidance["significators"].items():
        tone = next((t["nature"] for t in told["transits"] if t["point"] in points), "quiet")
        sentences.append(voice.pick(f"{part} {tone}", guidance[part][tone]))
    if told["recent_topics"]:
        topic = voice.pick("topic", told["recent_topics"][:3])
        frame = voice.pick("topic frame", company["topics"])
        sentences.append(frame.format(topic=in_a_sentence(topic)))
    if told["streak_days"] >= 2:
        sentences.append(voice.pick("streak", company["streaks"]).format(streak=told["streak_days"]))
    if _level(told) >= _SOME_HINGLISH:
        sentences.append(voice.pick("closing", _hindi("deep")["closings"]))
    else:
        sentences.append(voice.pick("closing", company["closings"][told["communication_style"]]))
    return joined(sentences)


def _greeting(told: Told, voice: Voice) -> str:
    level = _level(told)
    if level >= _MUCH_HINGLISH:
        greetings = _hindi("deep")["greetings"]
    elif level > 0:
        greetings = _hindi("light")["greetings"]
    else:
        greetings = phrases("company")["greetings"][told["communication_style"]]
    return addressed(voice.pick("greeting", greetings), told["name"]).format(weekday=told["weekday"])


def _milestone(told: Told, voice: Voice) -> str:
    if not told["milestones"]:
        return ""
    return voice.pick("milestone", phrases("company")["milestones"]).format(milestone=listed(told["milestones"]))


def _identity(told: Told, voice: Voice) -> str:
    parts = [f"the Sun in {told['sun_sign']}", f"the Moon in {told['moon_sign']}"]
    if told["rising_sign"]:
        parts.append(f"{told['rising_sign']} rising")
    placements = listed(parts)
    sky = phrases("sky")
    frame, trait = voice.pair("identity", sky["identity"], sky["moon_signs"][told["moon_sign"]])
    return frame.format(placements=placements, Placements=placements[:1].upper() + placements[1:], trait=trait)


def _transit(transit: Mapping[str, Any], voice: Voice, place: int) -> str:
    material = phrases("transits")
    planet, point, aspect = transit["planet"], transit["point"], transit["aspect"]
    acts = material["movers"][planet][transit["nature"]]
    frame, act = voice.pair(
        "transit", material["frames"], acts, of=f"{planet} {aspect} {point}", place=place, places=_TRANSITS
    )
    return frame.format(
        planet=f"the {planet}" if planet in ("Sun", "Moon") else planet,
        verb=voice.pick("verb", material["verbs"][aspect], place=place, places=_TRANSITS),
        point=point,
        aspect=aspect,
        act=act,
        sign=transit["sign"],
        house=phrases("sky")["houses"][transit["house"]]["name"],
        orb=_degrees(transit["orb"]),
        closeness=f"{_degrees(transit['orb'])} from exact",
        timing=_timing(transit),
    )


def _degrees(orb: float) -> str:
    return "less than 0.1°" if orb < 0.1 else f"{orb:.1f}°"


def _timing(transit: Mapping[str, Any]) -> str:
    if transit["exact_around"]:
        return f"around {transit['exact_around']}"
    return "with the aspect still tightening" if transit["applying"] else "with the aspect already easing"


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
    return voice.pick(f"event {what}", frames.get(kind, frames["ingress"])).format(event=what, time=event["at"])


def _dwelling(told: Told, voice: Voice) -> str:
    sky = phrases("sky")
    planet = voice.pick("dwelling", [name for name in _SLOW if name in told["planets"]])
    stands = told["planets"][planet]
    house = sky["houses"][stands["house"]]
    frame, advice = voice.pair(f"dwelling {planet}", sky["dwelling"], house["advice"])
    return frame.format(planet=planet, sign=stands["sign"], house=house["name"], advice=advice)


def _dasha(dasha: Mapping[str, str], voice: Voice) -> str:
    sky = phrases("sky")
    outer, inner = sky["lords"][dasha["mahadasha"]], sky["lords"][dasha["antardasha"]]
    frame, first = voice.pair("dasha", sky["dasha"], outer)
    second = voice.pick("dasha theme", inner)
    themes = first if first == second else f"{first} and, inside that, {second}"
    return frame.format(maha=dasha["mahadasha"], antar=dasha["antardasha"], until=dasha["until"], themes=themes)


def _hindi(depth: str) -> Mapping[str, Any]:
    return phrases("company")["hinglish"][depth]


def _level(told: Told) -> int:
    return told["hinglish_level"]
