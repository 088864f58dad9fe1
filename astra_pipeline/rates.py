"""A rate such as `10/hour;burst=5`: how often something may happen, and how often at once. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_SHORT = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
_WRITTEN = re.compile(
    r"(?P<count>[1-9]\d{0,6})/(?P<unit>second|minute|min|hour|day|s|h|d)(;burst=(?P<burst>[1-9]\d{0,6}))?", re.ASCII
)


@dataclass(frozen=True)
class Rate:
    """`count` times in `seconds`, of which at most `burst` at once."""

    count: int
    seconds: int
    burst: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """The rate in a text such as `120/minute;burst=60`; without a burst it is the count. Raises ValueError."""
        found = _WRITTEN.fullmatch(text.strip().replace(" ", "").lower())
        if found is None:
            raise ValueError("the value is no rate such as 10/hour;burst=5")
        count, unit = int(found["count"]), found["unit"]
        return cls(count, _SECONDS[_SHORT.get(unit, unit)], int(found["burst"] or count))

    @property
    def interval_ms(self) -> float:
        """The milliseconds after which one more is allowed."""
        return self.seconds * 1000 / self.count

    def times(self, factor: int) -> Rate:
        """So many times the rate, in count and in burst."""
        return Rate(self.count * factor, self.seconds, self.burst * factor)
