"""The local days of many conversations at once, each by the clock of its place. Pure, vectorised."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.zones import is_skipped, local_date, place_zone

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_EPOCH_DATE = dt.date(1970, 1, 1)
_DAY_MS = 86_400_000
# Zone and day as one number: a zone has room for so many days, half of them before 1970.
_DAYS = 2**28


@dataclass(frozen=True)
class Calendar:
    """Days as numbers of days since 1970, zones as places in `names`."""

    names: list[str]
    """IANA zones."""
    days: Ints
    """The local date of each conversation, where it took place."""
    zone_of: Ints
    """The zone of each conversation."""
    today: Ints
    """The local date of each user, in their own zone."""
    home_of: Ints
    """The zone of each user."""

    @classmethod
    def of(
        cls, users: Ints, ended: Ints, homes: list[str], places: npt.NDArray[Any] | None, as_of: dt.datetime
    ) -> Calendar:
        """The calendar of conversations of `users` (places in `homes`) that ended at `ended` (milliseconds, UTC).

        `homes` holds each user's own zone, an IANA name, and `places` what each conversation reported; what names
        no place counts as the user's own. Today is as of `as_of` (aware).
        """
        import numpy as np
        import pandas as pd

        codes, names = pd.factorize(np.array(homes, dtype=object))
        home_of, names = codes.astype(np.int64), list(names)
        zone_of = home_of[users]
        if places is not None:
            there, reported = pd.factorize(places)
            numbers = {name: number for number, name in enumerate(names)}
            named = (place_zone(one) for one in reported)
            # The last one is for calls of which nobody knows the place, which have the number -1.
            of_reported = [-1 if name is None else numbers.setdefault(name, len(numbers)) for name in named]
            zone_there = np.array([*of_reported, -1], dtype=np.int64)[there]
            names = list(numbers)
            zone_of = np.where(zone_there < 0, zone_of, zone_there)
        today = np.array([(local_date(as_of, name) - _EPOCH_DATE).days for name in names], dtype=np.int64)
        days = _local_days(ended, zone_of, names)
        return cls(names, days, zone_of, today[home_of] if len(names) else home_of, home_of)

    def follow(self, before: Ints, after: Ints, zone_of: Ints) -> Bools:
        """True where the day `after` comes next after `before`: no day of the zone lies between the two."""
        import numpy as np

        follows = after - before == 1
        (apart,) = np.nonzero(after - before == 2)
        if len(apart):
            between = _numbered(zone_of[apart], after[apart] - 1)
            follows[apart] = np.isin(between, self._skipped(np.unique(between)))
        return follows

    def _skipped(self, dates: Ints) -> Ints:
        """Those of the dates (zone and day in one number) that their zone skipped."""
        import numpy as np

        # A day on which somebody talked there was one.
        doubtful = np.setdiff1d(dates, np.unique(_numbered(self.zone_of, self.days)))
        return np.array([one for one in doubtful.tolist() if self._is_skipped(*divmod(one, _DAYS))], dtype=np.int64)

    def _is_skipped(self, zone: int, day: int) -> bool:
        return is_skipped(_EPOCH_DATE + dt.timedelta(days=day - _DAYS // 2), self.names[zone])


def _numbered(zone_of: Ints, days: Ints) -> Ints:
    return zone_of * _DAYS + days + _DAYS // 2


def _local_days(ended: Ints, zone_of: Ints, names: list[str]) -> Ints:
    import numpy as np
    import pandas as pd

    by_zone = np.argsort(zone_of, kind="stable")
    bounds = np.searchsorted(zone_of[by_zone], np.arange(len(names) + 1))
    days = np.empty(len(ended), dtype=np.int64)
    for code, zone in enumerate(names):
        mine = by_zone[bounds[code] : bounds[code + 1]]
        moments = pd.DatetimeIndex(ended[mine].astype("datetime64[ms]"), tz="UTC")
        days[mine] = moments.tz_convert(zone).tz_localize(None).as_unit("ms").asi8 // _DAY_MS
    return days
