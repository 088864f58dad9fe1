"""Two or three true sentences about a chart, from its placements alone."""

from __future__ import annotations

from typing import Any

_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th", "12th")


def vedic_summary(vedic: dict[str, Any]) -> str:
    """Sentences about the `vedic` part of a chart document."""
    sun, moon = vedic["planets"][:2]
    periods = vedic["dasha"]
    birth = f"{periods['mahadasha']} mahadasha, {periods['antardasha']} antardasha"
    text = (
        f"{vedic['ascendant']} rises, with the Sun in {sun['sign']} in the {_ORDINALS[sun['house']]} house and "
        f"the Moon in {moon['sign']} in the {_ORDINALS[moon['house']]}. "
        f"The Moon's nakshatra is {moon['nakshatra']}, pada {moon['pada']}, so life began in {birth}."
    )
    together = _gathering(vedic["planets"], "house")
    if together:
        house, names = together
        text += f" {_listed(names)} gather in the {_ORDINALS[house]} house."
    return text


def western_summary(western: dict[str, Any]) -> str:
    """Sentences about the `western` part of a chart document."""
    elements: dict[str, int] = western["elements"]
    most = max(elements.values())
    leading = [name for name, count in elements.items() if count == most]
    sun, moon = western["planets"][:2]
    text = (
        f"Sun in {sun['sign']} in the {_ORDINALS[sun['house']]} house, Moon in {moon['sign']} in the "
        f"{_ORDINALS[moon['house']]}, {western['rising_sign']} rising. "
        f"{most} of the ten planets stand in {' and as many in '.join(leading)} signs."
    )
    if western["aspects"]:
        closest = min(western["aspects"], key=lambda aspect: aspect["orb"])
        text += (
            f" The closest aspect is the {closest['aspect']} of {closest['planet1']} and {closest['planet2']}, "
            f"exact to {closest['orb']:.1f} degrees."
        )
    return text


def _gathering(planets: list[dict[str, Any]], by: str) -> tuple[int, list[str]] | None:
    groups: dict[int, list[str]] = {}
    for planet in planets:
        groups.setdefault(planet[by], []).append(planet["name"])
    house, names = max(groups.items(), key=lambda group: (len(group[1]), -group[0]))
    return (house, names) if len(names) >= 3 else None


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
