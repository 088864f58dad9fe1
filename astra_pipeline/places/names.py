"""The names in a text about a place, the innermost first: "Bandra, Mumbai" or "pune maharashtra india"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from astra_pipeline.places.gazetteer import cities_named
from astra_pipeline.places.meanings import fitting, regions_named
from astra_pipeline.places.spelling import normalised

MOST_NAMES = 12
"""The most words of a name, and the most names of a text: more are no place, and would take long to try."""

# The population from which a city is separated from the words before it: "Bandra Mumbai".
_KNOWN = 100_000
_COMMAS = re.compile(r"[,;|\n\uff0c\u060c\u3001]")
_POSTCODE = re.compile(r"\b(?:\d{4,6}|\d{3} \d{3})\b")
# With these words a city's name is that of the country around it.
_SURROUNDING_WORDS = (
    "near district dist distt zila zilla zilha jila tehsil tehseel tahsil taluk taluka talluk "
    "जिला ज़िला जिले ज़िले तहसील तालुका पास निकट नजदीक नज़दीक करीब क़रीब"
)
_SURROUNDING = frozenset(map(normalised, _SURROUNDING_WORDS.split()))
_EMPTY_WORDS = "at born city code from in of pin pincode vill village में मे से के का की शहर गांव गाँव ग्राम राज्य पिन कोड"
_EMPTY = frozenset(map(normalised, _EMPTY_WORDS.split()))


def names_of(text: str) -> tuple[list[str], str | None]:
    """(the normalised names in a text, a city before its regions; the text's first words, or None).

    The first words are given when they name the surroundings of a city rather than the city ("near Jhajjar").
    """
    said = list(dict.fromkeys(filter(None, map(normalised, _COMMAS.split(text)))))
    if not 0 < len(said) <= MOST_NAMES:
        return said, None
    named = [_names(words) for words in said]
    # In "Beri village Jhajjar district" it is a village's district that is named.
    alone = said[0] not in named[0] and sum(not regions_named(name) for name in named[0]) <= 1
    around = alone and not _SURROUNDING.isdisjoint(said[0].split())
    # A name said again, as a city's district's, says nothing new.
    return list(dict.fromkeys(itertools.chain(*named))), said[0] if around else None


def _names(text: str) -> list[str]:
    """The names in words without a comma, the city before what it lies in. A known name is never taken apart."""
    words = text.split()
    if _is_known(text) or len(words) > MOST_NAMES:
        return [text]
    if names := _before_regions(words):
        return names
    bare = [word for word in _POSTCODE.sub("", text).split() if word not in _SURROUNDING | _EMPTY]
    if len(bare) < len(words):
        return _names(" ".join(bare)) if bare else []
    return _before_city(words) or [text]


def _is_known(name: str) -> bool:
    return bool(regions_named(name) or cities_named(name))


def _before_regions(words: Sequence[str]) -> list[str] | None:
    """ "pune maharashtra india": a city and the regions it lies in, or regions alone."""
    for count in range(len(words) - 1, -1, -1):
        regions, name = _split_regions(words[count:]), " ".join(words[:count])
        if regions and (not name or fitting(name, regions)):
            return [name, *regions] if name else regions
    return None


def _before_city(words: Sequence[str]) -> list[str] | None:
    """ "andheri west mumbai": an unknown name, a well-known city or one of the regions after it, these regions."""
    for start in range(1, len(words)):
        for end in range(len(words), start - 1, -1):
            regions, name = _split_regions(words[end:]), " ".join(words[start:end])
            if regions is None or not (name or regions):
                continue
            if not name or any(
                city.found_by and (regions or city.population >= _KNOWN) for city in fitting(name, regions)
            ):
                return [" ".join(words[:start]), *filter(None, [name]), *regions]
    return None


def _split_regions(words: Sequence[str]) -> list[str] | None:
    """Words as names of regions one after the other; None when they are not."""
    if not words:
        return []
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if regions_named(head) and (rest := _split_regions(words[count:])) is not None:
            return [head, *rest]
    return None
