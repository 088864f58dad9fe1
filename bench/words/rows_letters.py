"""The rows about Sunday letters."""

from __future__ import annotations

import re
import time

from astra_pipeline.language import hinglish
from astra_pipeline.language.second_person import plan_of
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.reports.composer import book, compose
from astra_pipeline.reports.last_letter import LastLetter
from astra_pipeline.reports.task import WeeklyReportText
from bench.words.calls import Letter, letters
from bench.words.registry import Figure, at_least, at_most, row, share

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_QUOTED = re.compile(r'"([^"]+)"')
_WORD = re.compile(r"[a-z']+")
_CHEER = re.compile(
    r"\b(?:celebrat\w*|well done|days in a row|days running|badge|medal|trumpets|biscuits)\b", re.IGNORECASE
)
_SHORT, _STRETCH = 3, 30
_MS = 1000


def _flat(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _named(letter: Letter) -> list[str]:
    """The concrete things of the week that the letter may name: people, plans, dates, and what was said."""
    week = letter.task_input
    people = [one.split()[-1] for one in week.people]
    plan = plan_of(week.intention.intention) or week.intention.intention
    dates = [f"{int(one.date[8:])} " for one in week.dates]
    quoted = [words for talk in week.talks for words in (*talk.events, *talk.questions, *talk.intentions)]
    return [one for one in (*people, plan, *dates, *quoted) if one]


@row("letters that their own contract refuses", "0", at_most(0))
def refused() -> Figure:
    def problem(letter: Letter) -> str:
        try:
            read_answer(WeeklyReportText, {"content": letter.content}, letter.task_input.model_dump())
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the figure)
            return str(error)
        return ""

    found = [f"{letter.person}: {why}" for letter in letters() if (why := problem(letter))]
    return share(len(found), len(letters()), tuple(found))


@row("letters that tell one concrete thing of the week", "at least 80 %", at_least(0.8))
def concrete() -> Figure:
    """A name, a date, a plan or words that were said; in a crisis a letter must not."""
    found = [letter for letter in letters() if letter.task_input.care != "crisis"]
    vague = [one for one in found if not any(_flat(thing) in _flat(one.content) for thing in _named(one))]
    return share(len(found) - len(vague), len(found), tuple(f"{one.person}: {one.content}" for one in vague))


@row("last week's intention taken up, where there is one", "100 %", at_least(1.0))
def taken_up() -> Figure:
    def plan(letter: Letter) -> str:
        before = letter.task_input.last_letter
        return before.last_intention if isinstance(before, LastLetter) else ""

    found = [letter for letter in letters() if plan(letter) and letter.task_input.care != "crisis"]
    missed = [one for one in found if _flat(plan_of(plan(one)) or plan(one)) not in _flat(one.content)]
    return share(len(found) - len(missed), len(found), tuple(f"{one.person}: {one.content}" for one in missed))


@row("claims in letters that nobody recorded", "0", at_most(0))
def unrecorded() -> Figure:
    """Quotations that nobody said, and plans, questions and people that are not in the week."""
    wrong: list[str] = []
    total = 0
    for letter in letters():
        before = letter.task_input.last_letter
        asked = before.question if isinstance(before, LastLetter) else ""
        for quoted in _QUOTED.findall(letter.content):
            total += 1
            if _flat(quoted) not in _flat(letter.said) and _flat(quoted) != _flat(asked):
                wrong.append(f"{letter.person}: {quoted}")
        claims = re.search(r"\byou (?:asked|told me|mean to)\b|question of yours", letter.content)
        if claims and not any((talk.questions, talk.events, talk.intentions) for talk in letter.task_input.talks):
            wrong.append(f"{letter.person}: {claims[0]}")
    return share(len(wrong), total, tuple(wrong))


@row("tender and crisis letters with cheer, count or badge", "0", at_most(0))
def cheer() -> Figure:
    found = [letter for letter in letters() if letter.task_input.care != "none"]
    wrong = [one for one in found if _CHEER.search(one.content)]
    return share(len(wrong), len(found), tuple(f"{one.person}: {one.content}" for one in wrong))


@row("letters in another register than the care asks for", "0", at_most(0))
def registers() -> Figure:
    """Letters with a phrase that only another register has."""
    of_file = {"none": "letter", "tender": "tender", "crisis": "crisis"}
    stretches = {
        level: [
            stretch
            for path, pool in book().pools().items()
            if path[0].removesuffix("_hi") == file
            for phrase in pool
            if len(stretch := max(re.split(r"[{}]", phrase.text)[::2], key=len)) > _STRETCH
        ]
        for level, file in of_file.items()
    }

    def is_of_another(letter: Letter) -> bool:
        own = letter.task_input.care
        return any(one in letter.content for level, found in stretches.items() if level != own for one in found)

    wrong = [one for one in letters() if is_of_another(one)]
    return share(len(wrong), len(letters()), tuple(one.content[:80] for one in wrong))


@row("sentences of letters that mix languages inside the clause, level 67 and more", "at least 40 %", at_least(0.4))
def mixed() -> Figure:
    sentences = [
        sentence
        for letter in letters()
        if letter.task_input.hinglish_level >= 67
        for sentence in _SENTENCES.split(letter.content)
    ]

    def is_mixed(sentence: str) -> bool:
        words = _WORD.findall(sentence.casefold())
        hindi = [word for word in words if word in hinglish.words()]
        return bool(hindi) and len(words) - len(hindi) >= _SHORT

    found = [one for one in sentences if is_mixed(one)]
    return share(len(found), len(sentences), tuple(one for one in sentences if one not in found))


@row("sentences of a second letter that stood in the first", "at most 5 %", at_most(0.05))
def repeated() -> Figure:
    by_person: dict[str, list[str]] = {}
    for letter in letters():
        by_person.setdefault(letter.person, []).append(letter.content)
    again: list[str] = []
    total = 0
    for first, *others in by_person.values():
        for other in others:
            sentences = [one for one in _SENTENCES.split(other) if len(one.split()) > _SHORT]
            total += len(sentences)
            again += [one for one in sentences if one in first]
    return share(len(again), total, tuple(again))


@row("milliseconds to compose a letter", "under 5", at_most(5.0))
def speed() -> Figure:
    inputs = [letter.task_input for letter in letters()]
    began = time.perf_counter()
    for week in inputs:
        compose(week)
    spent = _MS * (time.perf_counter() - began) / len(inputs)
    return Figure(spent, f"{spent:.2f} ms")
