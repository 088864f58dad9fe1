"""Astrology, computed: positions, charts, periods and the day's sky. Pure; numpy in, numpy or documents out.

Angles are degrees unless a name says otherwise. Julian dates are `jd_ut` (UT1, for which UTC serves: they differ
by less than a second) or `jd_tt` (Terrestrial Time). The library stands by itself: it imports nothing of the
project.
"""

from astra_pipeline.astrology.errors import UnusableBirth as UnusableBirth
