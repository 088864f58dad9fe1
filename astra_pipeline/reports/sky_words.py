"""The one thing in the sky as a letter tells it: the fact in a sentence, and what it is worth. Pure."""

from __future__ import annotations

from collections.abc import Callable

from astra_pipeline.language.composing import Book, Pool
from astra_pipeline.language.voice import the
from astra_pipeline.reports.sky import SkyOfWeek

Field = dict[str, str]
_STAGED = ("return", "sade_sati", "dasha")
_FLOW, _TENSION = ("trine", "sextile"), ("square", "opposition")
_TURNS = {"retrograde": "turns retrograde", "direct": "turns direct"}


def fact_pool(book: Book, sky: SkyOfWeek) -> Pool:
    """The sentences that tell this fact; none for a stage of which there is nothing to tell."""
    return (
        book.pool("sky", "fact", sky.kind, sky.stage) if sky.kind in _STAGED else book.pool("sky", "fact", sky.kind)
    )


def worth(sky: SkyOfWeek) -> str:
    """The key of the sentences on what it is worth to an ordinary week."""
    if sky.kind in ("house", "lunation"):
        return "house"
    if sky.kind == "festival":
        return "festival"
    if sky.kind == "transit":
        return _nature(sky)
    return "slow"


def sky_fields(book: Book, sky: SkyOfWeek, *, vedic: bool, pick: Callable[[Pool], str]) -> Field:
    """The values of the fields of its sentences."""
    matter = book.pool("sky", "points", sky.point) or book.pool("sky", "houses", sky.house)
    verb = book.pool("sky", "aspects", sky.aspect)
    return {
        "day": sky.day,
        "planet": the(sky.planet),
        "point": sky.point,
        "aspect": pick(verb) if verb else f"casts its {sky.aspect} on",
        "landmark": _landmark(sky),
        "turns": _TURNS.get(sky.detail, "stands still"),
        "house": house_named(sky.house, vedic=vedic),
        "matter": pick(matter) if matter else "your own affairs",
    }


def house_named(house: int, *, vedic: bool) -> str:
    """A house: "your 10th house", "the 10th house from your Moon"."""
    number = f"{house}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(house, 'th') }"
    return f"the {number} house from your Moon" if vedic else f"your {number} house"


def _landmark(sky: SkyOfWeek) -> str:
    if sky.kind == "sade_sati":
        kind, _, phase = sky.name.partition(", ")
        return f"the {phase} of {kind.lower()}" if phase else kind.lower()
    if sky.kind == "dasha":
        return f"the {sky.name}"
    return sky.name if sky.kind in ("festival", "return", "lunation") else sky.name[:1].lower() + sky.name[1:]


def _nature(sky: SkyOfWeek) -> str:
    if sky.aspect == "conjunction":
        return "merge"
    if sky.aspect in _FLOW or (sky.aspect not in _TENSION and sky.planet == "Jupiter"):
        return "flow"
    return "tension"
