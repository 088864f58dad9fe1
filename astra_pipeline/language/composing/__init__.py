"""The grammar of texts composed without an LLM: phrases, choice with memory, skeletons, registers, tongues. Pure.

A product keeps its phrases in YAML files in a folder of its own and reads them as a `Book`. To compose a text it

1. makes a `Choice` for the reader and the day, with the `Memory` of what the last texts used,
2. picks a phrase for each slot of a `Skeleton` out of the book's pools, in English or in Hinglish as `hindi_slots`
   says, and fills its fields with `filled`,
3. has `assembled` set the sentences in paragraphs within the limits on words, and
4. keeps `Choice.picked` beside the text, so that the next texts avoid those phrases.
"""

from astra_pipeline.language.composing.choice import Choice, Pick
from astra_pipeline.language.composing.frames import capitalised, contracted, filled, led, sentence
from astra_pipeline.language.composing.grammar import agreeing, counted, plural, with_article
from astra_pipeline.language.composing.memory import REMEMBERED_DAYS, Memory
from astra_pipeline.language.composing.phrasebook import BadPhrases, Book, Phrase, Pool
from astra_pipeline.language.composing.registers import Register, register_of
from astra_pipeline.language.composing.skeleton import Limits, Skeleton, assembled, word_count
from astra_pipeline.language.composing.tongue import Grade, grade_of, hindi_slots

__all__ = [
    "REMEMBERED_DAYS",
    "BadPhrases",
    "Book",
    "Choice",
    "Grade",
    "Limits",
    "Memory",
    "Phrase",
    "Pick",
    "Pool",
    "Register",
    "Skeleton",
    "agreeing",
    "assembled",
    "capitalised",
    "contracted",
    "counted",
    "filled",
    "grade_of",
    "hindi_slots",
    "led",
    "plural",
    "register_of",
    "sentence",
    "with_article",
    "word_count",
]
