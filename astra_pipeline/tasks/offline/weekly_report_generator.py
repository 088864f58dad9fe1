"""`weekly-report-generator` without an LLM: four paragraphs about one person's week. Pure.

The same input always gives the same text. Only what the input tells of the week is told.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from astra_pipeline.tasks import hinglish
from astra_pipeline.tasks.offline.voice import Voice, addressed, in_a_sentence, joined, listed, phrases

Told = Mapping[str, Any]

_DARK = frozenset(
    "sad anxious angry lonely tired worried afraid grieving stressed frustrated overwhelmed hurt guilty".split()
)
_BRIGHT = frozenset(
    "joyful happy hopeful excited calm grateful proud relieved curious playful confident content".split()
)
_SOME_HINGLISH, _MUCH_HINGLISH = 34, 67
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def compose(told: Told) -> dict[str, Any]:
    """{content}: greeting, journey, celebration, looking ahead with one question."""
    week = dt.date.fromisoformat(told["week_start"])
    voice = Voice(told["reader"], week.toordinal() // 7)
    material = phrases("week")
    mood = _mood(told["tones"])
    paragraphs = [
        _greeting(told, voice, material, mood),
        _journey(told, voice, material),
        _celebration(told, voice, material, mood),
        _ahead(told, voice, material, mood),
    ]
    return {"content": "\n\n".join(paragraphs)}


def _greeting(told: Told, voice: Voice, material: Mapping[str, Any], mood: str) -> str:
    level = told["hinglish_level"]
    depth = "deep" if level >= _MUCH_HINGLISH else "light" if level > 0 else told["communication_style"]
    counts = material["counts"]["one" if told["conversations"] == 1 else "several"]
    count = voice.pick("count", counts).format(
        **_both("times", _times(told["conversations"])),
        **_both("conversations", _some(told["conversations"], "conversation")),
        days=_some(told["days"], "day"),
    )
    return joined(
        [
            addressed(voice.pick("greeting", material["greetings"][depth]), told["name"]),
            count,
            voice.pick(f"mood {mood}", material["moods"][mood]),
        ]
    )


def _journey(told: Told, voice: Voice, material: Mapping[str, Any]) -> str:
    topics = told["topics"]
    sentences: list[str] = []
    if topics:
        main, others = topics[0], topics[1:4]
        frame = voice.pick("journey", material["journey"]["several" if others else "one"])
        sentences.append(
            frame.format(
                **_both("topic", in_a_sentence(main)),
                others=listed([in_a_sentence(other) for other in others]) if others else "",
            )
        )
        sentences.append(voice.pick(f"theme {main}", material["themes"].get(main) or material["any_theme"]))
        known = [other for other in others if other in material["themes"]]
        if known:
            sentences.append(voice.pick(f"theme {known[0]}", material["themes"][known[0]]))
    else:
        sentences.append(voice.pick("journey none", material["journey"]["none"]))
        sentences.append(voice.pick("any theme", material["any_theme"]))
    if told["incidents"]:
        frame = voice.pick("incident", material["incidents"])
        sentences.append(frame.format(incident=told["incidents"][-1]))
    question = _quotable(told)
    if question:
        sentences.append(voice.pick("question", material["questions"]).format(question=question))
    sentences.append(_arc(told["tones"], voice, material))
    if told["hinglish_level"] >= _SOME_HINGLISH:
        sentences.append(voice.pick("hindi journey", material["hindi_journey"]))
    return joined(sentences)


def _arc(tones: Sequence[str], voice: Voice, material: Mapping[str, Any]) -> str:
    told = [tone for tone in tones if tone not in ("neutral", "mixed")]
    if not told:
        return ""
    if len(told) == 1 or told[0] == told[-1]:
        return voice.pick("steady", material["steady"]).format(tone=told[0])
    return voice.pick("arc", material["arcs"]).format(first=told[0], last=told[-1])


def _celebration(told: Told, voice: Voice, material: Mapping[str, Any], mood: str) -> str:
    sentences: list[str] = []
    if told["streak_days"] >= 2:
        frame = voice.pick("streak", material["streaks"])
        sentences.append(frame.format(**_both("streak", _number(told["streak_days"]))))
    else:
        sentences.append(voice.pick("start", material["starts"]))
    if told["milestones"]:
        frame = voice.pick("milestone", material["milestones"])
        sentences.append(frame.format(**_both("milestones", listed(told["milestones"]))))
    if told["total_conversations"] > told["conversations"]:
        sentences.append(voice.pick("total", material["totals"]).format(total=told["total_conversations"]))
    sentences.append(voice.pick(f"praise {mood}", material["praise"][mood]))
    if told["hinglish_level"] >= _MUCH_HINGLISH:
        sentences.append(voice.pick("hindi praise", material["hindi_praise"]))
    return joined(sentences)


def _ahead(told: Told, voice: Voice, material: Mapping[str, Any], mood: str) -> str:
    events = [f"{_event(event['what'])} on {event['day']}" for event in told["next_week"][:3]]
    sky = (
        voice.pick("ahead", material["ahead"]).format(events=listed(events))
        if events
        else voice.pick("quiet sky", material["quiet_sky"])
    )
    asked = next((topic for topic in told["topics"] if topic in material["reflections"]), "any")
    return joined(
        [
            sky,
            voice.pick(f"intention {mood}", material["intentions"][mood]),
            voice.pick(f"reflection {asked}", material["reflections"][asked]),
        ]
    )


def _event(what: str) -> str:
    """ "Full Moon" and "Mercury turns direct" as something that can be marked in a calendar."""
    for verb, noun in (("turns direct", "turning direct"), ("turns retrograde", "turning retrograde")):
        if what.endswith(verb):
            return what.replace(verb, noun)
    body, enters, sign = what.partition(" enters ")
    if enters:
        return f"{'the ' if body == 'Sun' else ''}{body} entering {sign}"
    return f"the {what}"


def _mood(tones: Sequence[str]) -> str:
    counts = Counter("dark" if tone in _DARK else "bright" if tone in _BRIGHT else "mixed" for tone in tones)
    mood, times = counts.most_common(1)[0] if counts else ("mixed", 0)
    return mood if times * 2 > len(tones) else "mixed"


def _quotable(told: Told) -> str | None:
    """The last question that can be quoted in the language the person reads."""
    english_only = told["hinglish_level"] < _SOME_HINGLISH
    for question in reversed(told["questions"]):
        if question.endswith("?") and not (english_only and hinglish.spoken_in(question)):
            return question
    return None


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _some(count: int, noun: str) -> str:
    return f"{_number(count)} {noun}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{_number(count)} times")


def _both(field: str, text: str) -> dict[str, str]:
    """A text for a frame, as {field} and, where it begins a sentence, as {Field}."""
    return {field: text, field.capitalize(): text[:1].upper() + text[1:]}
