"""The slots in which a text tells its facts of the sky. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from astra_pipeline.horoscopes.facts import LANDMARKS, Fact, ordinal
from astra_pipeline.horoscopes.pen import Pen, Slot, slot
from astra_pipeline.horoscopes.words import book

_VERBS: Mapping[str, str] = {
    "conjunction": "meets",
    "sextile": "sextiles",
    "trine": "trines",
    "square": "squares",
    "opposition": "opposes",
}
# The house that a planet speaks of where nothing says which it stands in.
_HOME = {
    **{
        "Sun": 1,
        "Moon": 4,
        "Mars": 3,
        "Mercury": 3,
        "Jupiter": 9,
        "Venus": 7,
        "Saturn": 10,
        "Rahu": 11,
        "Ketu": 12,
    },
    **{"Uranus": 11, "Neptune": 12, "Pluto": 8, "North Node": 11},
}
_FESTIVE = 11
_NODES = ("Rahu", "North Node")
# Days of the dead and of fasting, on which a text does not feast.
_SOLEMN = ("Sarva Pitru Amavasya",)


def domain(fact: Fact, moon_house: int) -> int:
    """The house that a text about this fact speaks of."""
    if fact.kind == "dasha":
        return _HOME.get(lord_of(fact), moon_house)
    if fact.kind == "festival":
        return _FESTIVE
    if fact.kind in ("life_date", "tara", "chandrashtama"):
        return moon_house
    return fact.house or _HOME.get(fact.planet, moon_house)


def lord_of(fact: Fact) -> str:
    """The planet whose dasha begins."""
    return fact.name.split()[0]


def pairs_of(pen: Pen, fact: Fact) -> Slot | None:
    """The opening and the close of a text whose theme is this landmark; None for any other theme."""
    if fact.kind not in LANDMARKS:
        return None
    path = ("landmarks", fact.kind, _stage(fact), "pairs")
    return Slot((path,), landmark_fields(pen, fact), hindi_fields(pen, fact)) if book().pool(*path) else None


def about(pen: Pen, fact: Fact) -> Slot | None:
    """A sentence on what a landmark means, where there is one."""
    last = {"return": "Rahu" if fact.planet in _NODES else fact.planet, "dasha": lord_of(fact) if fact.name else ""}
    paths = {
        "return": ("landmarks", "return", "about", last["return"]),
        "sade_sati": ("landmarks", "sade_sati", "about"),
        "dasha": ("landmarks", "dasha", "about", last["dasha"]),
    }
    path = paths.get(fact.kind, ("landmarks", fact.kind, _stage(fact), "sense"))
    return Slot((path,), landmark_fields(pen, fact), hindi_fields(pen, fact)) if book().pool(*path) else None


def told(pen: Pen, fact: Fact) -> Slot | None:
    """The slot that tells a fact in a sentence of its own; None for a date of the reader's own."""
    quiet = pen.register != "usual"
    if fact.kind in LANDMARKS:
        return _landmark(pen, fact, quiet=quiet)
    if fact.kind == "house":
        return _moon(pen, fact)
    if fact.kind in ("transit", "glance"):
        return _aspect(pen, fact, quiet=quiet)
    if fact.kind == "tara":
        return slot(("sky", "tara", fact.detail), star=fact.name)
    return slot(("sky", "chandrashtama")) if fact.kind == "chandrashtama" else None


def house_of(pen: Pen, house: int) -> str:
    """A house in a sentence: of the chart when western, counted from the natal Moon when vedic."""
    if pen.day.astrology_system == "western":
        return f"your {ordinal(house)} house"
    return f"the {ordinal(house)} house from your Moon"


def hindi_house_of(pen: Pen, house: int) -> str:
    """The same in Hinglish."""
    if pen.day.astrology_system == "western":
        return f"{'aapke' if pen.is_polite else 'tumhare'} {ordinal(house)} house"
    return f"{'aapki' if pen.is_polite else 'tumhari'} rashi se {ordinal(house)} house"


def hindi_fields(pen: Pen, fact: Fact) -> dict[str, str]:
    """The words that fill a phrase of Hinglish about a landmark where they differ."""
    name = _landmark_name(fact)
    return {
        "landmark": name.removeprefix("your ").removeprefix("the ").removeprefix("a "),
        "planet": fact.planet,
        "house": hindi_house_of(pen, fact.house) if fact.house else "",
    }


def landmark_fields(pen: Pen, fact: Fact) -> dict[str, str]:
    """The words that fill a phrase about a landmark."""
    side = "opposite" if "opposition" in fact.detail else "on"
    return {
        "landmark": _landmark_name(fact),
        "planet": the(fact.planet),
        "lord": lord_of(fact) if fact.name else "",
        "festival": fact.name,
        "turned": fact.detail,
        "where": f"{side} your natal {fact.point}" if fact.point else "",
        "house": house_of(pen, fact.house) if fact.house else "",
        "ends": {"begins": "begins", "ends": "ends"}.get(fact.stage, "is exact"),
    }


def _stage(fact: Fact) -> str:
    """The name of the phrases about a landmark: its stage, the phase of a lunation, or "solemn"."""
    if fact.kind == "festival" and fact.name in _SOLEMN:
        return "solemn"
    return fact.name if fact.kind == "lunation" else fact.stage


def the(body: str) -> str:
    """A heavenly body in a sentence: the Sun, but Mars."""
    return f"the {body}" if body in ("Sun", "Moon", "North Node") else body


def _landmark_name(fact: Fact) -> str:
    if fact.kind == "return":
        return "the return of your nodes" if fact.planet in _NODES else f"your {fact.name}"
    if fact.kind == "sade_sati":
        return f"the {fact.detail} phase of sade sati" if fact.stage != "ends" else "sade sati"
    if fact.kind == "eclipse":
        return f"a {fact.name[:1].lower()}{fact.name[1:]}"
    if fact.kind == "lunation":
        return f"the {fact.name}"
    return fact.name


def _landmark(pen: Pen, fact: Fact, *, quiet: bool) -> Slot:
    fields, hindi = landmark_fields(pen, fact), hindi_fields(pen, fact)
    if quiet:
        lasts = fact.kind in ("return", "sade_sati", "dasha")
        return Slot((("landmarks", "tender" if lasts else "tender_day"),), fields, hindi)
    return Slot((("landmarks", fact.kind, _stage(fact), "also"),), fields, hindi)


def _moon(pen: Pen, fact: Fact) -> Slot:
    where, hindi = house_of(pen, fact.house), {"moon_house": hindi_house_of(pen, fact.house)}
    if pen.register == "crisis":
        calm = [pen.pick(book().pool("crisis", "calm", hindi=one)) for one in (False, True)]
        return slot(("crisis", "moon"), hindi={**hindi, "sense": calm[1]}, moon_house=where, sense=calm[0])
    if pen.register == "tender":
        sense = pen.pick(book().pool("quiet", "places", fact.house))
        return slot(("quiet", "moon"), hindi=hindi, moon_house=where, sense=sense)
    return slot(("sky", "moon", fact.house), hindi=hindi, moon_house=where)


def _aspect(pen: Pen, fact: Fact, *, quiet: bool) -> Slot:
    vedic = pen.day.astrology_system == "vedic"
    verb = _VERBS[fact.aspect] if not vedic else "sits with" if fact.aspect == "conjunction" else "looks at"
    kind = ("quiet", "transit") if quiet else ("sky", "exact" if fact.stage == "peak" else "transit")
    planet, nature = "Rahu" if fact.planet == "Ketu" else fact.planet, "tender" if quiet else fact.nature
    hindi = {"sense": pen.sense(planet, nature, hindi=True), "planet": fact.planet}
    return slot(
        kind,
        hindi=hindi,
        planet=the(fact.planet),
        verb=verb,
        point=f"your {fact.point}",
        sense=pen.sense(planet, nature),
    )
