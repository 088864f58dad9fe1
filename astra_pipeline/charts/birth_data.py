"""The birth data in a person's document, and the birth that it describes. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import BadBirth
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import is_zone

if TYPE_CHECKING:
    from astra_pipeline.astrology.births import Birth

Document = Mapping[str, Any]
FIELDS = ("date_of_birth", "birth_time", "birth_location", "birth_city", "birth_country", "birth_timezone")
"""The fields of the user document that a chart depends on."""


def is_complete(user: Document) -> bool:
    """True when there is a date, a time and a place. Incomplete data means no chart, and is no error."""
    return bool(user.get("date_of_birth") and user.get("birth_time") and _place_texts(user))


def birth_of(user: Document, *, now: dt.datetime) -> Birth:
    """The birth that complete data describes, by the clock of its place.

    A `birth_timezone` that is a zone decides between places of one name, as in `births.at_place`. `now` is aware.
    Raises BadBirth naming the field that cannot be used.
    """
    from astra_pipeline.charts import births  # with numpy, which the definitions load without

    date, time = births.parse_date(user.get("date_of_birth")), births.parse_time(user.get("birth_time"))
    if date > now.date() + dt.timedelta(days=1):
        raise BadBirth(f"date {date} lies in the future")
    hint = user.get("birth_timezone")
    zone = str(hint) if is_zone(hint) else None
    day, month = user.get("birth_day"), user.get("birth_month")
    flags: tuple[str, ...] = ()
    if isinstance(day, int) and isinstance(month, int) and (day, month) != (date.day, date.month):
        flags = (f"birth_day_differs: day {day} of month {month} stands beside the date {date}, which is used",)
    return births.at_place(date, time, _place_texts(user), zone=zone, flags=flags)


def birth_key(user: Document, *, engine: str) -> str:
    """The key stored beside a chart. It differs when the birth data or the engine differs."""
    values = [None if user.get(field) is None else str(user[field]) for field in FIELDS]
    return f"{engine}:{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]}"


def has_current_chart(user: Document, *, engine: str) -> bool:
    """True when the stored chart is ours and was computed from this very data."""
    ours = at_path(user, "user_overview.birth_chart.engine") is not None
    return ours and at_path(user, "astra.chart_key") == birth_key(user, engine=engine)


def _place_texts(user: Document) -> list[str]:
    """The texts that name the birthplace; the person's own words come first."""
    city, country = (_text(user.get(field)) for field in ("birth_city", "birth_country"))
    texts = [_text(user.get("birth_location")), ", ".join(filter(None, (city, country))) if city else ""]
    return [text for text in dict.fromkeys(texts) if text]


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
