"""`weekly-report-generator` without an LLM: four paragraphs about one person's week. Pure.

The same input always gives the same text. Only what the input tells of the week is told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from astra_pipeline.tasks import texts
from astra_pipeline.tasks.offline.voice import (
    Voice,
    addressed,
    badges,
    cased,
    in_a_sentence,
    joined,
    kind_of,
    listed,
    numbered,
    phrases,
    the,
)

Told = Mapping[str, Any]
Mood = Literal["dark", "bright", "mixed", "quiet"]

_DARK = frozenset(
    "sad anxious angry lonely tired worried afraid scared grieving stressed frustrated overwhelmed hurt guilty ashamed "
    "exhausted depressed hopeless heartbroken upset nervous disappointed distressed restless desperate numb".split()
)
_BRIGHT = frozenset(
    "joyful happy hopeful excited calm grateful proud relieved playful confident content cheerful peaceful "
    "optimistic".split()
)
_NO_MOOD = frozenset(("neutral", "mixed", "unknown"))
_SOME_HINGLISH, _MUCH_HINGLISH = 34, 67
_PERSONAL = re.compile(r"\b(?:i|i'm|my|me|we|our|main|mera|meri|mere|mujhe|hum|hamara|hamari)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"^(?:how|what|why|when|where|who|which|should|shall|will|would|can|could|is|are|am|was|do|does|did|have|has)\b"
    r"|\b(?:kya|kab|kaise|kaisa|kaisi|kyun|kyon|kahan|kaun|kitna|kitni)\b",
    re.IGNORECASE,
)


def compose(told: Told) -> dict[str, Any]:
    """{content}: greeting, journey, celebration, looking ahead with one question."""
    week = dt.date.fromisoformat(told["week_start"])
    voice = Voice(told["reader"], week.toordinal() // 7)
    material = phrases("week")
    mood = _mood(told)
    paragraphs = [
        _greeting(told, voice, material, mood),
        _journey(told, voice, material),
        _celebration(told, voice, material, mood),
        _ahead(told, voice, material, mood),
    ]
    return {"content": "\n\n".join(paragraphs)}


def _greeting(told: Told, voice: Voice, material: Mapping[str, Any], mood: Mood) -> str:
    level = told["hinglish_level"]
    depth = "deep" if level >= _MUCH_HINGLISH else "light" if level > 0 else told["communication_style"]
    counts = material["counts"]["one" if told["conversations"] == 1 else "several"]
    count = voice.pick("count", counts).format(
        **cased(times=_times(told["conversations"]), conversations=_some(told["conversations"], "conversation")),
        spread=_spread(told["conversations"], told["days"]),
    )
    return joined(
        [
            addressed(voice.pick("greeting", material["greetings"][depth]), told["name"]),
            count,
            voice.pick(f"mood {mood}", material["moods"][mood]),
        ]
    )


def _journey(told: Told, voice: Voice, material: Mapping[str, Any]) -> str:
    sentences = _subjects(told, voice, material)
    if told["incidents"]:
        sentences.append(_incident(told["incidents"][-1], told, voice, material))
    if question := _quotable(told):
        sentences.append(voice.pick("question", material["questions"]).format(question=question))
    if _is_heavy(told):
        sentences.append(voice.pick("heavy", material["heavy"]))
    sentences.append(_arc(told["tones"], voice, material))
    if told["hinglish_level"] >= _SOME_HINGLISH:
        sentences.append(voice.pick("hindi journey", material["hindi_journey"]))
    return joined(sentences)


def _subjects(told: Told, voice: Voice, material: Mapping[str, Any]) -> list[str]:
    topics = [topic for topic in told["topics"] if kind_of(topic) != "unspoken"]
    if not topics:
        return [] if told["topics"] else [voice.pick("journey none", material["journey"]["none"])]
    main, *others = topics[:4]
    words = cased(topic=in_a_sentence(main), others=listed([in_a_sentence(other) for other in others] or [""]))
    if kind_of(main) == "tender":
        sentences = [voice.pick("journey tender", material["journey"]["tender"]).format(**words)]
        sentences.append(_theme(main, voice, material))
        if others:
            sentences.append(voice.pick("journey beside", material["journey"]["beside"]).format(**words))
        return sentences
    frames = material["journey"]["several" if others else "one"]
    sentences = [voice.pick("journey", frames).format(**words), _theme(main, voice, material)]
    if known := [other for other in others if other.capitalize() in material["themes"]]:
        sentences.append(_theme(known[0], voice, material))
    return sentences


def _theme(topic: str, voice: Voice, material: Mapping[str, Any]) -> str:
    usual = material["tender_theme"] if kind_of(topic) == "tender" else material["any_theme"]
    return voice.pick(f"theme {topic}", material["themes"].get(topic.capitalize()) or usual)


def _incident(title: str, told: Told, voice: Voice, material: Mapping[str, Any]) -> str:
    if kind_of(title) in ("tender", "unspoken") or not texts.is_quotable(title, told["hinglish_level"]):
        return voice.pick("tender incident", material["tender_incidents"])
    return voice.pick("incident", material["incidents"]).format(incident=in_a_sentence(title))


def _arc(tones: Sequence[str], voice: Voice, material: Mapping[str, Any]) -> str:
    told = [tone for tone in tones if tone.casefold() not in _NO_MOOD]
    if not told:
        return ""
    first, last = told[0], told[-1]
    if len(tones) == 1:
        return voice.pick("once", material["once"]).format(tone=first)
    if first != last:
        return voice.pick("arc", material["arcs"]).format(first=first, last=last)
    return voice.pick("steady", material["steady" if {*tones} == {first} else "returned"]).format(tone=first)


def _celebration(told: Told, voice: Voice, material: Mapping[str, Any], mood: Mood) -> str:
    tone = "dark" if mood == "dark" else "other"
    sentences: list[str] = []
    if told["streak_days"] >= 2:
        frame = voice.pick("streak", material["streaks"][tone])
        sentences.append(frame.format(**cased(streak=numbered(told["streak_days"]))))
    else:
        sentences.append(voice.pick("start", material["starts"][tone]))
    if told["milestones"]:
        frame = voice.pick("milestone", material["milestones"][tone])
        sentences.append(frame.format(**cased(badges=badges(told["milestones"]))))
    if told["total_conversations"] > told["conversations"]:
        sentences.append(
            voice.pick("total", material["totals"]).format(total=numbered(told["total_conversations"]))
        )
    sentences.append(voice.pick(f"praise {mood}", material["praise"][mood]))
    if told["hinglish_level"] >= _MUCH_HINGLISH:
        sentences.append(voice.pick("hindi praise", material["hindi_praise"][tone]))
    return joined(sentences)


def _ahead(told: Told, voice: Voice, material: Mapping[str, Any], mood: Mood) -> str:
    events = [f"{_event(event['what'])} on {event['day']}" for event in told["next_week"][:3]]
    sky = (
        voice.pick("ahead", material["ahead"]).format(events=listed(events))
        if events
        else voice.pick("quiet sky", material["quiet_sky"])
    )
    much = told["hinglish_level"] >= _MUCH_HINGLISH
    asked = _asked(told, material, mood)
    return joined(
        [
            sky,
            voice.pick(f"intention {mood}", material["intentions"][mood]),
            voice.pick("hindi ahead", material["hindi_ahead"]) if much else "",
            voice.pick(f"reflection {asked}", material["reflections"][asked]),
        ]
    )


def _asked(told: Told, material: Mapping[str, Any], mood: Mood) -> str:
    """What the question is about: the week's first subject there is one for; after a dark week, rest and help."""
    topics = [topic.capitalize() for topic in told["topics"]]
    if mood == "dark" and topics[:1] != ["Grief"]:
        return "dark"
    return next((topic for topic in topics if topic in material["reflections"]), "any")


def _event(what: str) -> str:
    """ "Full Moon" and "Mercury turns direct" as something that can be marked in a calendar."""
    for verb, noun in (("turns direct", "turning direct"), ("turns retrograde", "turning retrograde")):
        if what.endswith(verb):
            return what.replace(verb, noun)
    body, enters, sign = what.partition(" enters ")
    return f"{the(body)} entering {sign}" if enters else f"the {what}"


def _mood(told: Told) -> Mood:
    """How the week was: dark or bright when most of its conversations were."""
    if _is_heavy(told):
        return "dark"
    moods = [_words(tone) for tone in told["tones"] if tone.casefold() != "unknown"]
    dark = sum(bool(words & _DARK) and not words & _BRIGHT for words in moods)
    bright = sum(bool(words & _BRIGHT) and not words & _DARK for words in moods)
    if 2 * dark > len(moods):
        return "dark"
    if 2 * bright > len(moods):
        return "bright"
    return "mixed" if any(words & (_DARK | _BRIGHT | {"mixed"}) for words in moods) else "quiet"


def _words(tone: str) -> set[str]:
    return {*re.findall(r"[a-z]+", tone.casefold())}


def _is_heavy(told: Told) -> bool:
    """Whether something was told that belongs to a person rather than to a letter."""
    return any(kind_of(text) == "unspoken" for text in (*told["topics"], *told["incidents"], *told["questions"]))


def _quotable(told: Told) -> str | None:
    """The last question that can be quoted to the person who asked it, preferably one about themselves."""
    asked = [
        question
        for question in reversed(told["questions"])
        if question.endswith("?")
        and _ASKING.search(question)
        and '"' not in question
        and kind_of(question) not in ("tender", "unspoken")
        and texts.is_quotable(question, told["hinglish_level"])
    ]
    return next((question for question in asked if _PERSONAL.search(question)), asked[0] if asked else None)


def _spread(conversations: int, days: int) -> str:
    """How several conversations lie in a week."""
    if days == 1:
        return f"{'both' if conversations == 2 else 'all'} on one day"
    if days == 7:
        return "on all seven days"
    return "each on a different day" if days == conversations else f"on {numbered(days)} days"


def _some(count: int, noun: str) -> str:
    return f"{numbered(count)} {noun}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{numbered(count)} times")
