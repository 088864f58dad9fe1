"""Birthplaces: a text such as "Bandra, Mumbai" to coordinates and a time zone, offline.

The library stands by itself: it imports nothing of the project, and needs no network and no database.
"""

from astra_pipeline.places.errors import UnknownPlace as UnknownPlace
