"""The part of docs/samples.md about letters and first messages: four and six, read aloud before they were kept."""

from __future__ import annotations

from bench.words.calls import Call, Letter, calls, letters

_LETTERS = (("Ngozi", 1), ("Lakshmi", 1), ("Maeve", 1), ("Farah", 0))
_OPENINGS = (
    ("Beatriz", 0, 0),
    ("Arif", 0, 5),
    ("Lakshmi", 0, 0),
    ("Maeve", 0, 1),
    ("Devika", 0, 3),
    ("Joel", 0, 0),
)


def sections() -> list[str]:
    """The paragraphs of Markdown."""
    parts = [
        "# Letters and first messages",
        "Four Sunday letters and six first messages, written by the offline composers out of the calls in "
        "`bench/words/calls.yaml`: an ordinary week in English and in Hinglish, a tender one, a crisis.",
    ]
    for name, week in _LETTERS:
        parts += _letter(next(one for one in letters() if (one.person, one.week) == (name, week)))
    parts.append("## First messages")
    parts += [_opening(name, week, day) for name, week, day in _OPENINGS]
    return parts


def _letter(letter: Letter) -> list[str]:
    week = letter.task_input
    care = f"{week.care} ({week.care_kind})" if week.care_kind else "no care needed"
    return [
        f"## {letter.person}: the week",
        f"*{week.astrology_system.title()}, Hinglish {week.hinglish_level}, {care}*",
        letter.content,
    ]


def _opening(name: str, week: int, day: int) -> str:
    call = next(one for one in calls() if (one.person, one.week) == (name, week) and _is_of(one, day))
    opening = (call.fact.insights.first_message or "").replace("[USERNAME]", name)
    level = call.fact.insights.care.level
    return f"*{name}, after a call that asks for {'no care' if level == 'none' else f'{level} care'}:* {opening}"


def _is_of(call: Call, day: int) -> bool:
    return call.fact.conversation_id.endswith(f"-{day}")
