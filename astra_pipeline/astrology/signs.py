"""The twelve signs in their order, and the two systems that read them; here so that naming one needs no numpy."""

from typing import Literal

SIGNS = (
    "Aries",
    "Taurus",
    "Gemini",
    "Cancer",
    "Leo",
    "Virgo",
    "Libra",
    "Scorpio",
    "Sagittarius",
    "Capricorn",
    "Aquarius",
    "Pisces",
)

System = Literal["vedic", "western"]
"""Vedic: the sidereal zodiac; western: the tropical zodiac."""
