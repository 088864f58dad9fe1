"""The letter before: what it asked, and the plan that it named, for this one to take up. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from astra_pipeline.llm.task import Given
from astra_pipeline.reports.told import Intention, TalkOfWeek, taken_up

WEEKS_BACK = 4
"""A letter of more weeks ago is not taken up."""
_LAST_QUESTION = re.compile(r"[^.!?\n]+\?(?=[^?]*$)")


class LastLetter(Given):
    """The letter before this one, and what was said of its plan since."""

    weeks_ago: int
    question: str = Field(description="The question it ended with; or empty.")
    last_intention: str = Field(description="The plan it named, in the person's words; or empty.")
    follow_ups: list[Intention] = Field(description="Words of this week that come back to that plan.")


class NoLetter(Given):
    """There was no letter in the last weeks."""


def carried_over(content: str, intention: Intention) -> dict[str, Any]:
    """{question, intention} of a letter, as they are stored for the next one."""
    asked = _LAST_QUESTION.search(content)
    return {"question": asked[0].strip() if asked else "", "intention": intention.intention}


def last_letter(
    stored: Mapping[str, Any] | None, monday: dt.date, talks: Sequence[TalkOfWeek]
) -> LastLetter | NoLetter:
    """The letter of an earlier week as it was stored, as the letter on the week of `monday` takes it up."""
    asked = stored.get("asked") if stored else None
    if stored is None or not isinstance(asked, Mapping):
        return NoLetter()
    question, intention = (asked.get(field) for field in ("question", "intention"))
    plan = intention if isinstance(intention, str) else ""
    return LastLetter(
        weeks_ago=(monday - dt.date.fromisoformat(stored["week_start"])).days // 7,
        question=question if isinstance(question, str) else "",
        last_intention=plan,
        follow_ups=taken_up(plan, talks) if plan else [],
    )
