"""What is kept of a reader's last horoscopes, so that the next one says something else. Pure.

Each stored horoscope has the recollection up to and with itself: the next one reads one document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from astra_pipeline.language.composing import Memory
from astra_pipeline.store.documents import iso_date

TEXTS = 14
"""The last texts whose theme, first sentence and suggestions are kept."""


@dataclass(frozen=True)
class ToldText:
    """One text: its date, its theme, its first sentence and what it suggested."""

    date: dt.date
    theme: str
    image: str
    suggestions: tuple[str, ...]

    @classmethod
    def read(cls, value: object) -> ToldText | None:
        """The text in a stored value; None for any other value."""
        stored = value if isinstance(value, Mapping) else {}
        date, theme, image = iso_date(stored.get("date")), stored.get("theme"), stored.get("image")
        listed = stored.get("suggestions")
        if date is None or not isinstance(theme, str) or not isinstance(image, str):
            return None
        suggestions = listed if isinstance(listed, list) else []
        return cls(date, theme, image, tuple(one for one in suggestions if isinstance(one, str)))

    def as_stored(self) -> dict[str, Any]:
        """{date (ISO), theme, image, suggestions}."""
        return {
            "date": self.date.isoformat(),
            "theme": self.theme,
            "image": self.image,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True)
class Recollection:
    """The last texts, the newest first, and the phrases of the days before."""

    texts: tuple[ToldText, ...] = ()
    memory: Memory = field(default_factory=Memory)

    @classmethod
    def read(cls, value: object) -> Recollection:
        """The recollection in a stored value; an empty one for a value that is none."""
        stored = value if isinstance(value, Mapping) else {}
        listed = stored.get("texts")
        texts = (ToldText.read(one) for one in (listed if isinstance(listed, list) else []))
        return cls(tuple(one for one in texts if one is not None), Memory.read(stored.get("phrases")))

    def before(self, date: dt.date) -> Recollection:
        """The part that a text of the date may know: nothing of the date itself or of a later one."""
        earlier = sorted((one for one in self.texts if one.date < date), key=lambda one: one.date, reverse=True)
        return replace(self, texts=tuple(earlier[:TEXTS]), memory=self.memory.before(date))

    def with_text(self, text: ToldText, phrases: Iterable[str]) -> Recollection:
        """The recollection after one more text."""
        known = self.before(text.date)
        return Recollection((text, *known.texts)[:TEXTS], known.memory.with_day(text.date, phrases))

    def told(self) -> list[str]:
        """The last texts, a line each: theme, first sentence, suggestions."""
        return ["; ".join(filter(None, (one.theme, one.image, *one.suggestions))) for one in self.texts]

    def as_stored(self) -> dict[str, Any]:
        """{texts, phrases}, as it is kept in a horoscope's document."""
        return {"texts": [one.as_stored() for one in self.texts], "phrases": self.memory.as_stored()}
