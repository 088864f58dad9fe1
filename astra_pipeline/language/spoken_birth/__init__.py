"""Birth details out of spoken English, Hinglish and Hindi. Pure.

Values are taken only where the caller speaks of their own birth or answers a question about it. A value that the
words do not settle ("7:15" without morning or evening, "between 7 and 8", "27 o'clock", "the 31st of February")
stays in words: a guessed birth time is a wrong ascendant, and nobody would notice.

The words are in YAML files in this folder; the modules, from the letters to the conversation:

- mapped_text, words, numerals: texts in Latin letters with digits, and the way back to the words as they were said
- corrections, dates, place_words: "no wait", dates, names of places
- day_parts, clock_spelling, clock_faces, clock_context, clauses, clock: times of day
- clause_split, direct_speech, owners, ownership: whose birth each clause of a turn is about
- questions, talk, dialogue: which question, the thread of the conversation, and its turns
- told, retractions, nights: the values so far, those that are taken back or in doubt, and times of a date's night
- evidence, replies: the gate for statements, and a yes or no to a value
"""

from astra_pipeline.language.spoken_birth.clock import Clock, time_of
from astra_pipeline.language.spoken_birth.dates import date_of
from astra_pipeline.language.spoken_birth.dialogue import read

__all__ = ["Clock", "date_of", "read", "time_of"]
