"""Birthplaces: coordinates and a time zone for a text such as "Bandra, Mumbai", offline.

The library stands by itself: it imports nothing of the project, and needs no network and no database.
"""

from astra_pipeline.places.errors import UnknownPlace as UnknownPlace
