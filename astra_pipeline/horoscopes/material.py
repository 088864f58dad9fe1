"""The phrases of a horoscope: the models of the files in phrases/. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.language import phrases
from astra_pipeline.language.phrases import (
    MOODS,
    STYLES,
    ByStyle,
    EachOf,
    Fields,
    Greetings,
    HindiByMood,
    HindiFields,
    HindiPool,
    Phrase,
    PhraseFile,
    Phrases,
    Pool,
)

# Sextile and trine, square and opposition, conjunction.
_NATURES = ("flow", "tension", "merge")
_POINTS = (
    *("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto"),
    *("Ascendant", "Midheaven", "Rahu", "Ketu"),
)
# The planets whose transits are spoken of.
_TRANSITING = (*_POINTS[:10], "Rahu")
# The rulers of the periods of a life, in the order of their years.
_LORDS = ("Ketu", "Venus", "Sun", "Moon", "Mars", "Rahu", "Jupiter", "Saturn", "Mercury")
_PHASES = ("New Moon", "First Quarter", "Full Moon", "Last Quarter")

ByNature = Annotated[dict[str, Pool], AfterValidator(EachOf(*_NATURES))]
ByPlanet = Annotated[dict[str, Pool], AfterValidator(EachOf(*_TRANSITING))]
BySign = Annotated[dict[str, Pool], AfterValidator(EachOf(*SIGNS))]
Streaks = Annotated[Phrases, AfterValidator(Fields("streak"))]
Badges = Annotated[Phrases, AfterValidator(Fields("badges"))]
OfTopic = Annotated[Phrases, AfterValidator(Fields("topic"))]
Tails = Annotated[Phrases, AfterValidator(Fields("weekday"))]


class Greeting(PhraseFile):
    """The first and the last words of a greeting."""

    salutations: Greetings
    tails: Tails


class GreetingPhrases(PhraseFile):
    """greetings.yaml: the first and the last sentence."""

    greetings: Annotated[dict[str, Greeting], AfterValidator(STYLES)]
    closings: ByStyle


class TopicPhrases(PhraseFile):
    """topics.yaml: phrases about the topics of the person's conversations."""

    topics: OfTopic
    tender_topics: OfTopic
    learned_topics: OfTopic
    unnamed_topics: Pool
    care: Pool


class ProgressPhrases(PhraseFile):
    """progress.yaml: phrases about streaks and milestones."""

    streaks: Annotated[dict[str, Streaks], AfterValidator(MOODS)]
    milestones: Annotated[dict[str, Badges], AfterValidator(MOODS)]


class HindiPhrases(PhraseFile):
    """hinglish.yaml: sentences of Hindi in Latin letters."""

    salutations: Annotated[dict[str, Greetings], AfterValidator(STYLES)]
    tails: Annotated[dict[str, Annotated[Phrases, AfterValidator(HindiFields("weekday"))]], AfterValidator(MOODS)]
    asides: Annotated[dict[str, HindiPool], AfterValidator(EachOf(*_NATURES, "gentle"))]
    moons: HindiByMood
    relationships: HindiByMood
    work: HindiByMood
    growth: HindiByMood
    topics: Annotated[Phrases, AfterValidator(HindiFields("topic"))]
    streaks: Annotated[dict[str, Annotated[Phrases, AfterValidator(HindiFields("count"))]], AfterValidator(MOODS)]
    closings: HindiByMood


class Guidance(PhraseFile):
    """guidance.yaml: counsel for each part of life, and the points of a chart that belong to each."""

    relationships: Annotated[dict[str, Pool], AfterValidator(EachOf(*_NATURES, "quiet", "gentle"))]
    work: Annotated[dict[str, Pool], AfterValidator(EachOf(*_NATURES, "quiet", "gentle"))]
    growth: Annotated[dict[str, Pool], AfterValidator(EachOf(*_NATURES, "quiet", "gentle"))]
    significators: Annotated[dict[str, Phrases], AfterValidator(EachOf("relationships", "work", "growth"))]


class House(PhraseFile):
    """A house of a chart: its name, another name for hard times, and advice while the Moon walks through it."""

    name: Phrase
    quiet: Phrase | None = None
    advice: Pool
    light: Pool


class Sky(PhraseFile):
    """sky.yaml: phrases about the Moon of the day and about the natal chart."""

    houses: Annotated[dict[int, House], AfterValidator(EachOf(*range(1, 13)))]
    moon_openers: Pool
    moon_frames: Annotated[Phrases, AfterValidator(Fields("sign", "nakshatra", "omen", "house"))]
    wide: Pool
    nakshatras: Annotated[dict[str, Pool], Field(min_length=27, max_length=27)]
    sun_signs: BySign
    moon_signs: BySign
    rising_signs: BySign
    identity: Annotated[Phrases, AfterValidator(Fields("placements", "trait"))]
    gentle_identity: Annotated[Phrases, AfterValidator(Fields("placements", "trait"))]
    dwelling: Annotated[Phrases, AfterValidator(Fields("planet", "it", "sign", "house", "act"))]
    dwellers: Annotated[dict[str, Pool], Field(min_length=1)]
    lords: Annotated[dict[str, Pool], AfterValidator(EachOf(*_LORDS))]
    dasha: Annotated[Phrases, AfterValidator(Fields("maha", "antar", "the_maha", "the_antar", "until", "themes"))]
    dasha_alone: Annotated[Phrases, AfterValidator(Fields("maha", "the_maha", "until", "themes"))]
    tithis: Annotated[
        dict[str, Annotated[Phrases, AfterValidator(Fields("tithi"))]],
        AfterValidator(EachOf("Shukla", "Krishna", "Purnima", "Amavasya")),
    ]
    gentle_tithis: Annotated[Phrases, AfterValidator(Fields("tithi"))]


# Kind of event -> sentences about it: {event} is "the Sun enters Aries".
EventFrames = Annotated[
    dict[str, Annotated[Phrases, AfterValidator(Fields("event", "time"))]],
    AfterValidator(EachOf("ingress", "retrograde", "direct", "gentle", *_PHASES)),
]
# A phrase about a phase to come, and one about a phase that is past.
BothTenses = Annotated[list[Phrase], Field(min_length=2, max_length=2)]


class Events(PhraseFile):
    """Sentences about events in the sky before and after the reader's morning."""

    ahead: EventFrames
    past: EventFrames
    phases: Annotated[dict[str, BothTenses], AfterValidator(EachOf(*_PHASES))]


class Timing(PhraseFile):
    """Phrases for the time of a transit: one for each frame that has {timing}."""

    applying: Annotated[list[str], Field(min_length=3, max_length=3)]
    separating: Annotated[list[str], Field(min_length=3, max_length=3)]


TransitFrames = Annotated[
    Phrases,
    AfterValidator(
        Fields(
            *("planet", "it", "verb", "point", "aspect", "orb", "act", "sign", "house"),
            *("timing[0]", "timing[1]", "timing[2]"),
        )
    ),
]


class Transits(PhraseFile):
    """transits.yaml: phrases about transits and events in the sky."""

    verbs: Annotated[
        dict[str, Pool], AfterValidator(EachOf("conjunction", "sextile", "trine", "square", "opposition"))
    ]
    frames: TransitFrames
    double: Annotated[Phrases, AfterValidator(Fields("planet", "it", "meets", "act", "sign", "house"))]
    timing: Timing
    movers: Annotated[dict[str, ByNature], AfterValidator(EachOf(*_TRANSITING))]
    gentle: ByPlanet
    gentle_advice: Pool
    openers: ByNature
    points: Annotated[dict[str, ByNature], AfterValidator(EachOf(*_POINTS))]
    events: Events


FILES: Mapping[str, type[PhraseFile]] = {
    "greetings": GreetingPhrases,
    "topics": TopicPhrases,
    "progress": ProgressPhrases,
    "hinglish": HindiPhrases,
    "guidance": Guidance,
    "sky": Sky,
    "transits": Transits,
}


def material(name: str) -> Mapping[str, Any]:
    """Read the phrases of a file of FILES. Raises BadVocabulary naming the file, the line and the problem."""
    return phrases.phrases("astra_pipeline.horoscopes", name, FILES[name])
