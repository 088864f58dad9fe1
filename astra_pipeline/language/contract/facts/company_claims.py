"""The claims of a sentence on what stands together: planets of one sign, a planet on a birth sign, a signature. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from astra_pipeline.language.contract.facts.fact import Claim, Fact
from astra_pipeline.language.contract.facts.mentions import Mention
from astra_pipeline.language.contract.facts.scene import Scene

_JOINS = frozenset(("joined", "joins", "joining", "beside", "alongside", "accompanies"))
_SHARE = frozenset(("share", "shares", "together", "saath"))
_AND = frozenset(("and", "aur"))
_BETWEEN_TWO = _AND | {"the", "both", "your", "natal"}
_ONTO = frozenset(("on", "in", "into", "through", "enters", "crosses"))
_OWN = frozenset(("your", "the", "own", "birth", "natal"))
_OF_A_BIRTH = ("Sun", "Moon", "Ascendant")
_VERBS = {
    "Moon": frozenset(("feel", "feels", "feeling", "heart")),
    "Ascendant": frozenset(("walk", "walks", "walking", "rise", "rises", "rising", "arrives", "enters", "looks")),
}


def company_claims(scene: Scene) -> Iterator[Claim]:
    """The claims of a sentence about what stands together."""
    yield from _pairs(scene)
    yield from _birth_signs(scene)
    yield from _signature(scene)
    yield from _halves(scene)


def _claim(mention: Mention, kind: str, *readings: Fact) -> Claim:
    return Claim(kind, readings, mention.start, mention.end, is_bound=True)


def _pairs(scene: Scene) -> Iterator[Claim]:
    """Two planets of one sign: "Mercury has joined Venus", "the Sun and the Moon share Libra"."""
    small = scene.sentence.small
    for one, other in pairwise(body for body in scene.bodies if body.kind == "body"):
        if one.is_own is True:
            continue
        between, behind = small[one.behind : other.first], small[other.behind : other.behind + 5]
        is_pair = set(between) <= _BETWEEN_TWO and bool(_AND & set(between))
        joined = bool(_JOINS & set(between)) or ({"keeps", "keep"} & set(between) and "company" in behind[:2])
        shared = is_pair and bool(_SHARE & set(behind))
        one_sign = is_pair and any(pair in (("one", "sign"), ("same", "sign")) for pair in pairwise(behind))
        if other.is_own is True and one_sign:
            yield _claim(other, "point", Fact("conjunction", one.value, other.value))
        elif other.is_own is not True and (joined or shared or one_sign):
            yield _claim(other, "aspect", Fact("with", one.value, other.value))


def _birth_signs(scene: Scene) -> Iterator[Claim]:
    """A planet of the sky in the sign of one at birth: "the Sun is in Virgo, on your birth Moon's sign"."""
    small = scene.sentence.small
    sky = [body for body in scene.bodies if body.kind == "body" and body.is_own is False]
    for body in scene.bodies:
        is_sign = body.kind == "body" and body.is_own is True and small[body.behind : body.behind + 1] == ("sign",)
        before = [word for word in small[: body.first] if word not in _OWN]
        if is_sign and sky and before and before[-1] in _ONTO:
            yield _claim(body, "point", *(Fact("conjunction", planet.value, body.value) for planet in sky))


def _signature(scene: Scene) -> Iterator[Claim]:
    """The signs that somebody is: "You are a Leo who feels in Virgo"."""
    small = scene.sentence.small
    if scene.bodies or small[:3] not in (("you", "are", "a"), ("you", "are", "an")):
        return
    said = [(sign, _part(small[max(0, sign.first - 4) : sign.first])) for sign in scene.sentence.of("sign")]
    told = {part for _, part in said if part}
    for sign, part in said:
        parts = [part] if part else [one for one in _OF_A_BIRTH if one not in told]
        yield _claim(sign, "sign", *(Fact("natal sign", one, sign.value) for one in parts))


def _part(before: Sequence[str]) -> str:
    """The part of a signature that the words before a sign name: one feels by the Moon; empty for none."""
    return next((part for part, verbs in _VERBS.items() if verbs & set(before)), "")


def _halves(scene: Scene) -> Iterator[Claim]:
    """A waxing or waning body: it can be the Moon alone."""
    small = scene.sentence.small
    for half in scene.sentence.of("phase"):
        if half.value not in ("Waxing", "Waning"):
            continue
        for body in scene.bodies:
            beside = body.first == half.behind or small[body.behind : half.first] in (("is",), ("hai",))
            if body.kind == "body" and body.value != "Moon" and beside:
                yield _claim(body, "half", Fact("half of", body.value, half.value))
