"""The places up to which the reconciler has listed ElevenLabs' calls, agent by agent: its sensor's cursor. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from astra_pipeline.conversations.wire import Page

OVERLAP = dt.timedelta(hours=2)
"""The time before the watermark that is listed again: a call that began then may be over now."""
FIRST_LOOK = dt.timedelta(days=3)
"""The time that the first tick looks back. What the app recorded is found by its documents, however old."""
# A call that is never over does not hold the watermark back for longer.
_HELD_BACK = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Position:
    """A place in the list of an agent's calls, which runs from the newest back to `since` (UTC)."""

    watermark: dt.datetime
    """Every call that began before it is settled."""
    began: dt.datetime
    """When the first page of this list was asked for: the next watermark, unless a call was not over yet."""
    page: str | None = None
    """ElevenLabs' cursor of the next page; None for the first one."""
    is_done: bool = False

    @property
    def since(self) -> dt.datetime:
        """The start of the calls that are listed."""
        return self.watermark - OVERLAP

    def after(self, page: Page, *, settled: bool) -> Position:
        """The position after a page. A page that could not be settled is listed once more."""
        if not settled:
            return replace(self, is_done=True)
        waiting = [
            start
            for one in page.conversations
            if one.final_status is None and (start := one.times.started_at) is not None
        ]
        held = max(min([self.began, *waiting]), self.began - _HELD_BACK)
        if page.has_more and page.next_cursor:
            return replace(self, began=held, page=page.next_cursor)
        return Position(watermark=max(held, self.watermark), began=held, is_done=True)

    def from_the_first_page(self) -> Position:
        """The same list from its beginning."""
        return replace(self, page=None)


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    watermark: dt.datetime
    began: dt.datetime | None = None
    page: str | None = None


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    agents: dict[str, _Stored] = {}


@dataclass(frozen=True)
class Watermark:
    """The positions of all agents."""

    agents: dict[str, Position] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None, *, now: dt.datetime) -> Self:
        """The watermark in a sensor's cursor. One that cannot be read is as good as none."""
        try:
            stored = _Cursor.model_validate_json(cursor or "{}")
        except ValidationError:
            stored = _Cursor()
        positions = {
            agent: Position(min(_aware(one.watermark), now), _aware(one.began or now), one.page)
            for agent, one in stored.agents.items()
        }
        return cls(positions)

    def position(self, agent_id: str, *, now: dt.datetime) -> Position:
        """The place to go on from: a list that was not gone through to its end, or a new one."""
        known = self.agents.get(agent_id)
        if known is None:
            return Position(now - FIRST_LOOK, began=now)
        return known if known.page else Position(known.watermark, began=now)

    def with_position(self, agent_id: str, position: Position) -> Watermark:
        """The watermark with one agent's position changed."""
        return Watermark({**self.agents, agent_id: position})

    def as_json(self) -> str:
        """The cursor that `read` takes."""
        agents = {
            agent: _Stored(watermark=one.watermark, began=one.began, page=one.page)
            for agent, one in self.agents.items()
        }
        return _Cursor(agents=agents).model_dump_json()


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
