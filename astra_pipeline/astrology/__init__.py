"""Astrology, computed: positions, charts, periods, the day's sky, places. Pure; numpy in, numpy or documents out.

Angles are degrees unless a name says otherwise. Julian dates are `jd_ut` (UT1, for which UTC serves: they differ
by less than a second) or `jd_tt` (Terrestrial Time). No Dagster, no MongoDB.
"""
