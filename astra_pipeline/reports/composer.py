"""The task `weekly-report-generator` without an LLM: four paragraphs about one person's week. Pure.

The same input always gives the same text. Every fact of a text is one of the input's.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from astra_pipeline.language import contract
from astra_pipeline.language.hinglish import in_register
from astra_pipeline.language.manner import MUCH_HINGLISH, SOME_HINGLISH
from astra_pipeline.language.topics import Tenor, as_yours, in_a_sentence, is_nameable, kind_of, tenor_of, weightier
from astra_pipeline.language.voice import Voice, addressed, badges, cased, joined, listed, numbered, the
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.material import material, tone_words

Mood = Literal["dark", "bright", "mixed", "quiet"]

_TOPICS, _EVENTS = 4, 3
_LONGEST_QUESTION, _LEAST_CONTENT = 110, 2
_ASKING = re.compile(
    r"^(?:how|what|why|when|where|who|which|should|shall|will|would|can|could|is|are|am|was|do|does|did|have|has)\b"
    r"|\b(?:kya|kab|kaise|kaisa|kaisi|kyun|kyon|kahan|kaun|kitna|kitni)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"\b(?:i|i'm|my|me|we|our|main|mera|meri|mere|mujhe|hum|hamara|hamari)\b", re.IGNORECASE)
_OF_THE_LISTENER = re.compile(r"\b(?:you\w*|u|ur|astra|tu|tum\w*|tujh\w*|aap\w*)\b", re.IGNORECASE)
_OF_LIFE_AND_DEATH = re.compile(
    r"\b(?:surviv\w*|alive|treatments?|doctors?|mar(?:na|ne|unga|ungi| ja\w*)|bach(?:na|ne|enge|ega|egi|unga|ungi)|"
    r"ilaaj|dawai?)\b",
    re.IGNORECASE,
)
_WITH_ARTICLE = re.compile(
    r"(?:birth|natal) chart|(?:sun|moon|rising) sign|ascendant|daily horoscope", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_TONES_BESIDE = re.compile(r"\s*(?:[,/&+;]|\band\b)\s*")
_ADJECTIVE = re.compile(r"\w{3,}(?:ed|ful|ous|ive|less)$")
_SAYS_NOTHING = frozenset("mixed neutral unknown varied undefined unspecified undetermined balanced".split())
_DENIALS = frozenset("not no less never without".split())
_SHADE = re.compile(r"\w{3,}ly$|(?:a|bit|little|very|quite|rather|still|somewhat|but|yet)$")


def compose(week: ReportInput) -> dict[str, Any]:
    """{content}: greeting, journey, celebration, looking ahead with one question."""
    monday = dt.date.fromisoformat(week.week_start)
    letter = _Letter(week, Voice(week.reader, monday.toordinal() // 7), _mood(week), _tenor(week))
    paragraphs = [_greeting(letter), _journey(letter), _celebration(letter), _ahead(letter)]
    return {"content": "\n\n".join(joined(sentences) for sentences in paragraphs)}


@dataclass(frozen=True)
class _Letter:
    """The week of a letter and its reader, with the voice that picks its phrases."""

    week: ReportInput
    voice: Voice
    mood: Mood
    tenor: Tenor

    @property
    def topics(self) -> list[str]:
        """The week's topics that can be named to the person."""
        return [topic for topic in self.week.topics if kind_of(topic) != "unspoken" and is_nameable(topic)][
            :_TOPICS
        ]

    @property
    def is_gentle(self) -> bool:
        return self.tenor != "usual"

    @property
    def is_sober(self) -> bool:
        return self.is_gentle or self.mood == "dark"

    @property
    def shade(self) -> Mood | Literal["gentle"]:
        """The pool of phrases that fits the week."""
        return "gentle" if self.is_gentle and self.mood != "dark" else self.mood

    @property
    def is_formal(self) -> bool:
        return self.week.communication_style == "formal"

    def pick(self, *path: str) -> str:
        """A phrase of the pool at that path in the phrase material."""
        pool: Any = material()
        for step in path:
            pool = pool[step]
        return self.voice.pick(" ".join(path), pool)

    def hindi(self, part: str, *, from_level: int) -> list[str]:
        """A sentence of Hindi, for readers of at least that level; else nothing."""
        if self.week.hinglish_level < from_level:
            return []
        phrase = self.pick("hindi", part, "gentle" if self.is_sober else "usual")
        return [in_register(phrase, polite=self.is_formal)]


def _greeting(letter: _Letter) -> list[str]:
    week = letter.week
    count = letter.pick("counts", "one" if week.conversations == 1 else "several").format(
        **cased(times=_times(week.conversations), conversations=_some(week.conversations, "conversation")),
        spread=_spread(letter),
    )
    mood = "gentle_bright" if (letter.tenor, letter.mood) == ("gentle", "bright") else letter.shade
    greeting = letter.pick("greetings", "gentle" if letter.is_sober else "usual", _manner(letter))
    return [addressed(greeting, week.name), count, letter.pick("moods", mood)]


def _manner(letter: _Letter) -> str:
    level = letter.week.hinglish_level
    if level == 0:
        return letter.week.communication_style
    return f"{'polite_' if letter.is_formal else ''}{'deep' if level >= MUCH_HINGLISH else 'light'}"


def _journey(letter: _Letter) -> list[str]:
    by_tenor = {"usual": _usual_journey, "gentle": _gentle_journey, "crisis": _crisis_journey}
    return by_tenor[letter.tenor](letter) + letter.hindi("journey", from_level=SOME_HINGLISH)


def _usual_journey(letter: _Letter) -> list[str]:
    sentences = _subjects(letter) if letter.week.topics else [letter.pick("journey", "none")]
    return [*sentences, *_incident(letter), *_question(letter), _arc(letter)]


def _subjects(letter: _Letter) -> list[str]:
    if not letter.topics:
        return [letter.pick("company")]
    main, *others = letter.topics
    known = [other for other in others if other.capitalize() in material()["themes"]]
    themes = [_theme(topic, letter) for topic in (main, *known[:1])]
    if not others:
        is_alone = len(letter.week.topics) == 1
        frame = letter.pick("journey", "one") if is_alone else letter.pick("journey", "gentle")
        return [frame.format(**cased(topic=_named([main]), topics=_named([main]))), *themes]
    frame = letter.pick("journey", "several")
    return [frame.format(**cased(topic=_named([main]), others=_named(others))), *themes]


def _gentle_journey(letter: _Letter) -> list[str]:
    """The journey of a gentle letter, without play.

    Nothing is quoted in a dark week or beside an incident.
    """
    topics = letter.topics
    sentences = [letter.pick("journey", "gentle").format(topics=_named(topics))] if topics else []
    tender = [topic for topic in topics if kind_of(topic) == "tender"]
    sentences.append(_theme(tender[0], letter) if tender else letter.pick("gentle_theme"))
    if any(kind_of(title) in ("tender", "unspoken") for title in letter.week.incidents):
        sentences.append(letter.pick("tender_incidents"))
    elif letter.mood != "dark":
        sentences += [*_incident(letter), *_question(letter)]
    return [*sentences, letter.pick("company")]


def _crisis_journey(letter: _Letter) -> list[str]:
    topics = letter.topics
    subjects = letter.pick("journey", "crisis").format(topics=_named(topics)) if topics else ""
    return [subjects or letter.pick("journey", "crisis_alone"), letter.pick("care"), letter.pick("company")]


def _named(topics: Sequence[str]) -> str:
    return listed([_as_said(topic) for topic in topics])


def _as_said(topic: str) -> str:
    # Usual subjects belong to nobody: a person who speaks of children need not have any.
    said = in_a_sentence(topic) if topic.capitalize() in material()["themes"] else as_yours(topic)
    return f"the {said}" if _WITH_ARTICLE.fullmatch(said) else said


def _theme(topic: str, letter: _Letter) -> str:
    if topic.capitalize() in material()["themes"]:
        return letter.pick("themes", topic.capitalize())
    return letter.pick({"tender": "gentle_theme", "learned": "learned_theme"}.get(kind_of(topic), "any_theme"))


def _incident(letter: _Letter) -> list[str]:
    level, named = letter.week.hinglish_level, {topic.casefold() for topic in letter.topics}
    titles = [title for title in letter.week.incidents if title.casefold() not in named]
    if titles and is_nameable(titles[-1]) and contract.is_quotable(titles[-1], level):
        return [letter.pick("incidents").format(incident=as_yours(titles[-1]))]
    return []


def _question(letter: _Letter) -> list[str]:
    question = _quotable(letter.week)
    return [letter.pick("questions").format(question=question)] if question else []


def _quotable(week: ReportInput) -> str | None:
    """The last question that can be quoted to the person who asked it, preferably one about themselves."""
    asked = [
        question
        for question in reversed(week.questions)
        if question.endswith("?")
        and len(question) <= _LONGEST_QUESTION
        and _ASKING.search(question)
        and '"' not in question
        and _says_something(question)
        and not _OF_LIFE_AND_DEATH.search(question)
        and kind_of(question) not in ("tender", "unspoken")
        and contract.is_quotable(question, week.hinglish_level)
    ]
    return next((question for question in asked if _PERSONAL.search(question)), asked[0] if asked else None)


def _says_something(question: str) -> bool:
    """True for a question that can be understood a week later: not "Can you hear me?" nor "Is that good?"."""
    content = {word for word in _WORD.findall(question.casefold()) if len(word) > 1} - tone_words().small_words
    return len(content) >= _LEAST_CONTENT and not _OF_THE_LISTENER.search(question)


def _arc(letter: _Letter) -> str:
    """The person's tone in the first talk and in the last, where both are known and both say something."""
    tones = [_as_adjective(tone) for tone in letter.week.tones]
    if not tones or len(tones) != letter.week.conversations or not (tones[0] and tones[-1]):
        return ""
    first, last = tones[0], tones[-1]
    if len(tones) == 1:
        return letter.pick("once").format(tone=first)
    if first != last:
        return letter.pick("arcs").format(**cased(first=first, last=last))
    return letter.pick("steady" if {*tones} == {first} else "returned").format(tone=first)


def _celebration(letter: _Letter) -> list[str]:
    """The paragraph about coming back; badges too, unless the letter is gentle; without counting in a crisis."""
    week, tone = letter.week, "sober" if letter.is_sober else "other"
    counts = letter.tenor != "crisis"
    sentences: list[str] = []
    if week.streak_days >= 2 and counts:
        sentences.append(letter.pick("streaks", tone).format(**cased(streak=numbered(week.streak_days))))
    else:
        sentences.append(letter.pick("starts", letter.shade if letter.is_sober else "other"))
    if week.milestones and not letter.is_gentle:
        sentences.append(letter.pick("milestones", tone).format(**cased(badges=badges(week.milestones))))
    total = week.total_conversations
    if total > week.conversations and counts:
        sentences.append(
            letter.pick("totals").format(times=_times(total), conversations=_some(total, "conversation"))
        )
    sentences.append(letter.pick("praise", letter.shade))
    return sentences + letter.hindi("celebration", from_level=MUCH_HINGLISH)


def _ahead(letter: _Letter) -> list[str]:
    events = [f"{_event(event.what)} on {event.day}" for event in letter.week.next_week[:_EVENTS]]
    tone = "sober" if letter.is_sober else "usual"
    sky = letter.pick("ahead", tone).format(events=listed(events)) if events else letter.pick("quiet_sky")
    asked = letter.hindi("reflections", from_level=MUCH_HINGLISH)
    return [
        sky,
        letter.pick("intentions", letter.shade),
        *letter.hindi("ahead", from_level=SOME_HINGLISH),
        *(asked or [letter.pick("reflections", _asked(letter))]),
    ]


def _asked(letter: _Letter) -> str:
    """The subject of the closing question: the week's first with questions; after a dark week, rest and help."""
    topics = [topic for topic in letter.week.topics if topic.capitalize() in material()["reflections"]]
    if letter.is_sober:
        at_heart = letter.week.topics[:1] if letter.tenor == "gentle" else []
        topics = [topic for topic in topics if topic in at_heart and kind_of(topic) == "tender"]
    return topics[0].capitalize() if topics else letter.shade if letter.is_sober else "any"


def _event(what: str) -> str:
    """An event such as "Full Moon" or "Mercury turns direct", in words that can be marked in a calendar."""
    for verb, noun in (("turns direct", "turning direct"), ("turns retrograde", "turning retrograde")):
        if what.endswith(verb):
            return what.replace(verb, noun)
    body, enters, sign = what.partition(" enters ")
    return f"{the(body)} entering {sign}" if enters else f"the {what}"


def _mood(week: ReportInput) -> Mood:
    """The mood of the week: dark or bright when most of its conversations were."""
    moods = _moods(week)
    dark, bright = (sum(kinds == {kind} for kinds in moods) for kind in ("dark", "bright"))
    if 2 * dark > len(moods):
        return "dark"
    if 2 * bright > len(moods):
        return "bright"
    return "mixed" if (dark and bright) or {"dark", "bright"} in moods else "quiet"


def _moods(week: ReportInput) -> list[set[str]]:
    """The moods of each conversation: dark, bright, both or neither."""
    kinds = {"grave": "dark", "sorrow": "dark", "dark": "dark", "bright": "bright"}
    return [
        {"dark", "bright"} if tone == "mixed" else {kinds[group] for group in _groups(tone) if group in kinds}
        for tone in map(str.casefold, week.tones)
        if tone != "unknown"
    ]


def _tenor(week: ReportInput) -> Tenor:
    return weightier(_tenor_of_the_words(week), week.care)


def _tenor_of_the_words(week: ReportInput) -> Tenor:
    subjects = [*week.topics, *week.incidents]
    if tenor_of([*subjects, *week.questions, *week.key_insights, *week.tones]) == "crisis":
        return "crisis"
    tones = [_groups(tone) for tone in week.tones]
    sorrowful = sum("sorrow" in groups for groups in tones)
    is_grave = any("grave" in groups for groups in tones) or 2 * sorrowful >= len(tones) > 0
    return "gentle" if is_grave else tenor_of(subjects)


def _groups(tone: str) -> set[str]:
    words = _WORD.findall(tone.casefold())
    return set() if not _DENIALS.isdisjoint(words) else {_tones()[word][0] for word in words if word in _tones()}


def _as_adjective(tone: str) -> str:
    """A tone in the form that follows "you sounded", or nothing: frustrated for frustration, none for neutral."""
    if tone.strip().casefold() in _SAYS_NOTHING:
        return ""
    parts = [_part_of_tone(part.split()) for part in _TONES_BESIDE.split(tone.strip().casefold())]
    return listed(parts) if all(parts) else ""


def _part_of_tone(words: Sequence[str]) -> str:
    *shades, last = [_tones()[word][1] if word in _tones() else word for word in words] or [""]
    known = {adjective for _, adjective in _tones().values()}
    plain = last in known or _ADJECTIVE.match(last)
    return (
        " ".join([*shades, last])
        if plain and all(shade in known or _SHADE.match(shade) for shade in shades)
        else ""
    )


@functools.cache
def _tones() -> dict[str, tuple[str, str]]:
    """Word for a tone -> its group and its adjective."""
    return {
        word: (group, adjective)
        for group, adjectives in tone_words().tones.model_dump().items()
        for adjective, others in adjectives.items()
        for word in (adjective, *others)
    }


def _spread(letter: _Letter) -> str:
    """The phrase for the distribution of several conversations over the week."""
    conversations, days = letter.week.conversations, letter.week.days
    how = "together" if days == 1 else "daily" if days == 7 else "apart" if days == conversations else "scattered"
    return letter.pick("spreads", how).format(all="both" if conversations == 2 else "all", days=numbered(days))


def _some(count: int, noun: str) -> str:
    return f"{numbered(count)} {noun}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{numbered(count)} times")
