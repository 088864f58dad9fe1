"""Care at the moment of a call: the register, the day it began, and the help to name in a crisis. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from astra_pipeline.language.care import Level
from astra_pipeline.people.helplines import Need, help_for, helplines
from astra_pipeline.people.person import Person

_DESPAIR: Need = "despair"
_TENDER_WORDS = {
    "grief": "is grieving a death",
    "illness": "is living with an illness, their own or of somebody close",
    "separation": "is going through a separation",
    "loss": "has lost something that held them, such as work or a home",
    "failure": "has met with a failure or a rejection",
}
_CRISIS_WORDS = {
    "self_harm": "may be in danger from themselves",
    "violence": "may be in danger from somebody",
    "danger": "told of a danger to a life",
}


@dataclass(frozen=True)
class CareNow:
    """The care of a call."""

    level: Level
    words: str = ""
    """The words for the agent, without a word of what was said."""
    since: dt.date | None = None
    helpline: str = ""
    """The line of the person's country and the emergency number; empty where there is no crisis."""

    @classmethod
    def of(cls, person: Person, today: dt.date) -> CareNow:
        """The care that a person needs on a local date."""
        level = person.care_at(today)
        if level == "none":
            return cls("none")
        spells = [one for one in person.care.spells if one.level == level and one.since <= today <= one.until]
        kind = spells[0].kind
        words = (_CRISIS_WORDS if level == "crisis" else _TENDER_WORDS).get(kind, "is having a hard time")
        need: Need = "violence" if kind == "violence" else _DESPAIR
        line = _help(person, need) if level == "crisis" else ""
        return cls(level, words, spells[0].since, line)


def _help(person: Person, need: Need) -> str:
    """The helpline of the person's country in words; the directory of the world where the country has none."""
    found = help_for(person)
    if found is None:
        return f"{helplines().elsewhere.name} ({helplines().elsewhere.site}), or the local emergency number"
    line = found.line_for(need)
    hours = "at any hour" if line.hours == "always" else line.hours
    return f"{line.name} {line.number} ({hours}), in danger now {found.emergency}"
