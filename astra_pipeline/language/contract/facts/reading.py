"""The claims of a text, sentence by sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from astra_pipeline.language.contract.facts.company_claims import company_claims
from astra_pipeline.language.contract.facts.day_claims import day_claims
from astra_pipeline.language.contract.facts.fact import Claim, named
from astra_pipeline.language.contract.facts.mentions import read
from astra_pipeline.language.contract.facts.scene import Scene
from astra_pipeline.language.contract.facts.sky_claims import claim, sky_claims

# They are in every text, and in much that is no claim: "a walk in the sun".
_EVERYDAY = ("Sun", "Moon", "Ascendant", "Midheaven")


def claims_of(text: str) -> list[Claim]:
    """Everything that a text says of the closed vocabulary, in its order."""
    found: list[Claim] = []
    carried = ()
    for sentence in read(text):
        scene = Scene(sentence, carried)
        said = [*sky_claims(scene), *company_claims(scene), *day_claims(scene)]
        found += [*said, *_in_play(scene)]
        carried = tuple(scene.bodies)
    return sorted(found, key=lambda one: one.start)


def _in_play(scene: Scene) -> Iterator[Claim]:
    """The planets of a sentence: each is one that the day's facts give a part to."""
    for body in scene.bodies:
        if body.kind == "body" and body.value not in _EVERYDAY:
            readings = [named("point", body.value)] if body.is_own is not False else []
            yield claim(body, "body", named("body", body.value), *readings, is_bound=False)
