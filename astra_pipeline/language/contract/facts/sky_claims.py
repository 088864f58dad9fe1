"""The claims of a sentence on the sky and the chart: signs, houses, aspects, stars, phases, periods. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from astra_pipeline.language.contract.facts.fact import Claim, Fact, named
from astra_pipeline.language.contract.facts.mentions import Mention
from astra_pipeline.language.contract.facts.numbers import ordinal_at
from astra_pipeline.language.contract.facts.scene import Scene
from astra_pipeline.language.contract.facts.words import words

_HALVES = {"Waxing": "Shukla", "Waning": "Krishna"}
_ECLIPSED = {"lunar": "Moon", "solar": "Sun"}
_FULL = {"Purnima": "Full Moon", "Amavasya": "New Moon"}
# Conjunctions in plain words.
_JOINED = frozenset(("meets", "meet", "met", "joins", "join", "joined", "joining", "meeting", "sits", "sit"))
_SITS_IN_HINDI = frozenset(("baitha", "baithi", "baithe"))
# Words by which what is said of several bodies is said of each.
_OF_EACH = frozenset(("both", "share", "dono"))
_NO_POINTS = frozenset(("sign", "sign's", "signs", "lord", "dasha", "mahadasha", "antardasha", "period"))
# The last word of a glance that is counted; several are told of at once only to teach.
_GLANCES = frozenset((("drishti",), ("glance",), ("gaze",), ("aspect",)))
_LEVELS = ("mahadasha", "antardasha")
# So many words from a planet in the sky to one at birth are of one statement, when nothing breaks it.
_A_FEW_WORDS = 5
# Of a day that is gone, an input says nothing.
_GONE = frozenset(("last", "ago", "yesterday", "was", "were"))
_BREAK = re.compile(r"[,:()—–]")
_BREAKS = frozenset("and but while as aur lekin jabki than like unlike or from".split())


def sky_claims(scene: Scene) -> Iterator[Claim]:
    """The claims of a sentence about the sky and the chart."""
    for place in scene.sentence.of("sign", "house"):
        yield _place(place, scene)
        yield from _of_each(place, scene)
    for body in scene.counted_from:
        yield claim(body, "house", Fact("counted from", "", body.value))
    yield from _aspects(scene)
    yield from _touched(scene)
    yield from _numbers_of_glances(scene)
    yield from _stars(scene)
    yield from _motions(scene)
    yield from _periods(scene)
    yield from _landmarks(scene)


def claim(mention: Mention, kind: str, *readings: Fact, is_bound: bool = True) -> Claim:
    """A claim that a mention makes."""
    return Claim(kind, tuple(dict.fromkeys(readings)), mention.start, mention.end, is_bound)


def _place(place: Mention, scene: Scene) -> Claim:
    holders = scene.holders(place)
    readings = [fact for body in holders for fact in scene.places(place.kind, body, place.value)]
    if scene.sentence.small[max(0, place.first - 1) : place.first] in (("are",), ("you're",)):
        readings = [Fact("natal sign", body.value, place.value) for body in holders]
    if not readings or _is_of_somebody(place, scene):
        return claim(place, place.kind, *readings, named(place.kind, place.value), is_bound=False)
    return claim(place, place.kind, *readings)


def _of_each(place: Mention, scene: Scene) -> Iterator[Claim]:
    """The claims of a place that is said of several bodies: "the Sun and Venus share Libra"."""
    holders = scene.holders(place)
    if len(holders) > 1 and _OF_EACH & set(scene.sentence.small) and all(body.kind == "body" for body in holders):
        for body in holders:
            yield claim(place, place.kind, *scene.places(place.kind, body, place.value))


def _is_of_somebody(place: Mention, scene: Scene) -> bool:
    """Whether the sign is that of a person or of a season: "as a Leo", "Leo season"."""
    small = scene.sentence.small
    after = small[place.behind] if place.behind < len(small) else ""
    before = small[place.first - 1] if place.first else ""
    if after in ("season", "day", "energy", "weather") or scene.is_greeted(place):
        return True
    bodies = any(body.first == place.behind for body in scene.bodies)
    return before in ("a", "an", "every", "fellow", "dear") and not bodies


def _aspects(scene: Scene) -> Iterator[Claim]:
    small = scene.sentence.small
    found = [one for one in scene.sentence.of("aspect") if not scene.is_denied(one)]
    found = [one for one in found if "up" not in small[one.behind : one.behind + 1]]
    found += [one for one in scene.sentence.of("glance") if _is_at_a_body(one, scene)]
    orbs = scene.sentence.of("orb")
    bodies = [body for body in scene.bodies if body.kind == "body"]
    # "squares your Moon sign's habits"
    bodies = [body for body in bodies if not _NO_POINTS & set(small[body.behind : body.behind + 1])]
    sky, points = [b for b in bodies if b.is_own is not True], [b for b in bodies if b.is_own is not False]
    if not sky and (eclipses := scene.sentence.of("eclipse")):
        # "A lunar eclipse falls opposite your natal Sun" is of the Moon.
        sky = [replace(one, kind="body", value=_ECLIPSED[one.value]) for one in eclipses if one.value in _ECLIPSED]
    if not sky:
        sky = [body for body in scene.carried if body.is_own is not True and body.kind == "body"]
    if not points and (orbs or len(sky) < 2):
        points = [body for body in scene.carried if body.is_own is not False and body.kind == "body"]
    for aspect in found:
        if not any(body in bodies for body in sky) and sum(body.is_own is True for body in bodies) > 1:
            yield claim(aspect, "aspect", Fact("natal aspect", "", aspect.value))
        elif len(sky) > 1 and not points:
            pairs = [(one, other) for one in sky for other in sky if one is not other]
            yield claim(aspect, "aspect", *(Fact(aspect.value, p.value, q.value) for p, q in pairs))
        elif sky and points:
            yield claim(aspect, "aspect", *_met(aspect.value, sky, points))
        elif aspect.kind == "aspect" and (sky or points):
            half_told = [Fact(aspect.value, planet.value, "") for planet in sky]
            half_told += [Fact(aspect.value, "", point.value) for point in points]
            yield claim(aspect, "aspect", *half_told, is_bound=False)
    if found and sky:
        # Each point of the chart in such a sentence is met by some planet of it.
        own = [point for point in points if point.is_own and point in bodies]
        for point in own:
            readings = [fact for aspect in found for fact in _met(aspect.value, sky, [point])]
            if _JOINED & set(scene.sentence.small):
                readings += _met("conjunction", sky, [point])
            at_birth = [Fact("natal sign", point.value, sign.value) for sign in scene.sentence.of("sign")]
            yield claim(point, "point", *readings, *at_birth)
    for body in bodies if sky else []:
        # "sits with your Venus", "tumhare Venus par baitha hai"
        sits = {"sits", "sit"} & set(small[max(0, body.first - 4) : body.first])
        if body.is_own and (sits or _SITS_IN_HINDI & set(small[body.behind : body.behind + 3])):
            looks = _met("glance", sky, [body]) if scene.sentence.of("glance") else ()
            yield claim(body, "point", *_met("conjunction", sky, [body]), *looks)
    for body in bodies if not found else []:
        if body.is_own is not False and {"on", "opposite"} & set(small[max(0, body.first - 3) : body.first]):
            yield claim(body, "point", Fact("on", "", body.value))
    for orb in orbs:
        yield claim(orb, "orb", *_orbs(orb, sky, points))


def _touched(scene: Scene) -> Iterator[Claim]:
    """A planet of the sky and one of the birth chart, with a few words between: "Saturn leans on your Sun".

    Whatever the verb is, there has to be an aspect of some kind between them.
    """
    if _GONE & set(scene.sentence.small):
        return
    bodies = [body for body in scene.bodies if body.kind == "body"]
    taken = [*scene.sentence.of("aspect", "glance", "sign", "house", "return"), *scene.counted_from]
    for one, other in pairwise(bodies):
        between = scene.sentence.small[one.behind : other.first]
        if one.is_own is not False or other.is_own is not True or not 1 < len(between) <= _A_FEW_WORDS:
            continue
        text = scene.sentence.between(one, other)
        is_elsewhere = any(one.behind <= place.first < other.first for place in taken)
        behind = scene.sentence.small[other.behind : other.behind + 1]
        if is_elsewhere or _BREAK.search(text) or _BREAKS & set(between) or words().not_there & set(between):
            continue
        if _NO_POINTS & set(behind) or scene.is_denied(other):
            continue
        kinds = [*words().aspects, *words().glances, "conjunction", "with"]
        readings = [Fact(kind, one.value, other.value) for kind in dict.fromkeys(kinds)]
        # "Mercury turns direct on your Venus": a station at a point is no aspect.
        stations = [Fact("on", "", other.value)] if scene.sentence.of("motion") else []
        yield claim(other, "point", *readings, *stations)


def _numbers_of_glances(scene: Scene) -> Iterator[Claim]:
    """The number of a planet's glance, which is one of those given: "Saturn's tenth glance", "Shani ki dasvi drishti"."""
    small = scene.sentence.small
    bodies = [body for body in scene.bodies if body.kind == "body"]
    sky = [body for body in bodies if body.is_own is not True]
    sky = sky or [body for body in scene.carried if body.kind == "body" and body.is_own is not True]
    points = [body for body in bodies if body.is_own is True]
    for at in range(len(small)):
        number = ordinal_at(small, at)
        if not sky or number is None or small[number[1] : number[1] + 1] not in _GLANCES:
            continue
        behind = number[1] + 1
        found = scene.sentence.words
        glance = Mention("glance", str(number[0]), found[at].start, found[behind - 1].end, at, behind)
        # "At second glance Saturn is kind" counts nothing.
        if (number[0] <= 2 and small[behind - 1] != "drishti") or scene.is_denied(glance):
            continue
        pairs = [(one.value, point.value) for one in sky for point in points]
        if pairs:
            yield claim(glance, "aspect", *(Fact(f"drishti {number[0]}", one, point) for one, point in pairs))
        else:
            yield claim(glance, "aspect", *(Fact("drishti", one.value, str(number[0])) for one in sky))


def _is_at_a_body(glance: Mention, scene: Scene) -> bool:
    """Whether a glance is a planet's: "looks at your Venus", "Saturn's glance", "Shani ki drishti"."""
    if glance.value == "glance" and "drishti" in scene.sentence.small[glance.first : glance.behind]:
        return True
    near = [body for body in scene.bodies if 0 <= body.first - glance.behind <= 3]
    before = [body for body in scene.bodies if 0 <= glance.first - body.behind <= 1]
    return bool(before and (near or glance.behind - glance.first == 1))


def _met(aspect: str, sky: list[Mention], points: list[Mention]) -> Iterator[Fact]:
    for planet in sky:
        for point in points:
            if planet is not point:
                yield Fact(aspect, planet.value, point.value)


def _orbs(orb: Mention, sky: list[Mention], points: list[Mention]) -> Iterator[Fact]:
    pairs = [(planet.value, point.value) for planet in sky for point in points if planet is not point]
    for planet, point in pairs:
        yield Fact("orb", f"{planet} {point}", orb.value)
    if not pairs:
        for planet in sky:
            yield Fact("orb", planet.value, orb.value)
        for point in points:
            yield Fact("orb", point.value, orb.value)
    if not sky and not points:
        yield named("orb", orb.value)


def _stars(scene: Scene) -> Iterator[Claim]:
    sentence, small = scene.sentence, set(scene.sentence.small)
    for star in sentence.of("nakshatra"):
        readings = [Fact("nakshatra", "Moon", star.value)]
        if small & words().at_birth or small & words().own:
            readings.append(Fact("natal nakshatra", "Moon", star.value))
        yield claim(star, "nakshatra", *readings)
    for day in sentence.of("tithi"):
        if day.first and sentence.small[day.first - 1] in ("to", "towards", "toward"):
            continue  # "on the way to Amavasya"
        half = sentence.small[day.first - 1].title() if day.first else ""
        halves = [half] if half in ("Shukla", "Krishna") else ["Shukla", "Krishna"]
        readings = [Fact("tithi", "", day.value), *(Fact("tithi", "", f"{one} {day.value}") for one in halves)]
        if day.value in _FULL:
            readings.append(Fact("phase", "", _FULL[day.value]))
        yield claim(day, "tithi", *readings)
    for half in sentence.of("half"):
        yield claim(half, "half", Fact("half", "", half.value))
    for phase in sentence.of("phase"):
        half = _HALVES.get(phase.value)
        yield claim(phase, "phase", Fact("half", "", half) if half else Fact("phase", "", phase.value))


def _motions(scene: Scene) -> Iterator[Claim]:
    for body in scene.bodies:
        # "Saturn, direct in Aries": elsewhere "direct" is a plain word.
        if body.kind == "body" and scene.sentence.small[body.behind : body.behind + 1] == ("direct",):
            known = Fact("natal motion", body.value, "direct")
            yield claim(
                body, "motion", Fact("motion", body.value, "direct"), *([] if body.is_own is False else [known])
            )
    for motion in scene.sentence.of("motion"):
        if scene.is_denied(motion):
            continue
        bodies = [body for body in scene.bodies if body.kind == "body"]
        before = [body for body in bodies if body.first < motion.first]
        near = before[-1:] or bodies[:1] or list(scene.carried)[:1]
        if motion.value.startswith("turns"):
            # A planet of the birth chart does not turn: "Mercury stands still on your natal Venus and turns direct".
            near = [body for body in before if body.is_own is not True][-1:] or near
        # "retrograde Mars"
        near = [body for body in bodies if body.first == motion.behind] or near
        readings = [Fact("motion", body.value, motion.value) for body in near]
        readings += [Fact("natal motion", body.value, motion.value) for body in near if body.is_own is not False]
        yield claim(motion, "motion", *(readings or [named("motion", motion.value)]), is_bound=bool(near))


def _periods(scene: Scene) -> Iterator[Claim]:
    periods, small = scene.sentence.of("period"), scene.sentence.small
    if not periods:
        return
    bodies = [body for body in scene.bodies if body.kind == "body" and body.is_own is not True]
    for body in bodies:
        level = next((one.value for one in periods if _is_of(body, one, small) and one.value in _LEVELS), "dasha")
        if level == "dasha" and _is_inside(body, small):
            level = "antardasha"
        yield claim(body, "dasha", Fact(level, "", body.value))
    for period in periods if not bodies else []:
        yield claim(period, "dasha", named("dasha", ""))


def _is_inside(body: Mention, small: tuple[str, ...]) -> bool:
    """Whether it is the inner period: "with Venus inside it", "uske andar Mercury"."""
    return "inside" in small[body.behind : body.behind + 1] or "andar" in small[max(0, body.first - 2) : body.first]


def _is_of(body: Mention, period: Mention, small: tuple[str, ...]) -> bool:
    """Whether a period is the body's: "Jupiter mahadasha", "Jupiter ki mahadasha", "mahadasha of Jupiter"."""
    between = small[body.behind : period.first] if body.first < period.first else small[period.behind : body.first]
    return between in ((), ("ki",), ("ka",), ("of",), ("is",), ("of", "the"))


def _bodies_of_landmarks(scene: Scene) -> Iterator[Claim]:
    """The planets beside a return or sade sati that are in no other relation: it is theirs."""
    sentence = scene.sentence
    sade_sati = any(mark.value == "sade sati" for mark in sentence.of("mark"))
    if not (sentence.of("return") or sade_sati) or sentence.of("sign", "house", "aspect", "glance"):
        return
    for body in scene.bodies:
        if body.kind == "body" and body.is_own is False:
            own = [Fact("of", "sade sati", body.value)] if sade_sati else []
            yield claim(body, "return", Fact("return", body.value, ""), *own)


def _landmarks(scene: Scene) -> Iterator[Claim]:
    sentence, small = scene.sentence, set(scene.sentence.small)
    yield from _bodies_of_landmarks(scene)
    marks = {mark.value for mark in sentence.of("mark")}
    for mark in sentence.of("mark"):
        yield claim(mark, "landmark", Fact("mark", "", mark.value))
    for one in sentence.of("stage"):
        if "sade sati" in marks or "sati" in small:
            yield claim(one, "landmark", Fact("stage", "", one.value))
    for one in sentence.of("eclipse"):
        yield claim(one, "landmark", Fact("eclipse", "", one.value))
    for one in sentence.of("return"):
        at = one.behind
        if at < len(sentence.small) and sentence.small[at] == "to" and not small & words().at_birth:
            continue  # "Venus returns to Libra"
        yield claim(one, "return", Fact("return", one.value, ""))
    for one in sentence.of("tara"):
        yield claim(one, "tara", Fact("tara", "", one.value))
    for one in sentence.of("festival"):
        yield claim(one, "festival", Fact("festival", "", one.value))
    for one in sentence.of("milestone"):
        yield claim(one, "milestone", Fact("milestone", "", one.value))
