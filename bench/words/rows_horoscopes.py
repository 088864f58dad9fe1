"""The rows of the table of words that concern horoscopes."""

from __future__ import annotations

import itertools
import re
import statistics
import time
from collections.abc import Callable, Iterator

from astra_pipeline.astrology.landmarks import Landmark
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.limits import LIMITS
from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.composing import contracted, register_of
from astra_pipeline.language.composing.frames import one_colon
from astra_pipeline.language.hinglish import made_polite
from astra_pipeline.llm.helpline import Helpline
from astra_pipeline.llm.runner import read_answer
from bench.words import texts
from bench.words.readers import Written, every_text, written
from bench.words.registry import Figure, at_least, at_most, row, share

_CHEER = re.compile(
    r"\b(?:congratulat\w*|well done|streak|badge\w*|days in a row|days running|proud|wonderful|exciting)\b", re.I
)
# The Moon's own return comes every month; nobody waits for it.
_NAMED = ("return", "sade_sati", "dasha", "eclipse", "festival")


def _register(one: Written) -> str:
    return register_of(one.day.care, one.day.recent_topics)


def _of(*registers: str) -> list[Written]:
    return [one for one in every_text() if _register(one) in registers]


def _all_but(found: list[Written], is_wrong: Callable[[Written], object]) -> Figure:
    wrong = [one for one in found if is_wrong(one)]
    return share(len(wrong), len(found), tuple(f"{one.life.name} {one.date}: {one.content}" for one in wrong))


@row("horoscopes that their own contract refuses", "0", at_most(0))
def refused() -> Figure:
    """Texts that the task's validator would not take."""

    def problem(one: Written) -> str:
        try:
            read_answer(HoroscopeText, one.answer, one.day.model_dump())
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the figure)
            return str(error)
        return ""

    found = [(one, why) for one in every_text() if (why := problem(one))]
    return share(len(found), len(every_text()), tuple(f"{one.life.name} {one.date}: {why}" for one, why in found))


@row("horoscopes outside of 110-180 words or 2-3 paragraphs", "0", at_most(0))
def sizes() -> Figure:
    """Texts of another size."""

    def wrong(one: Written) -> bool:
        paragraphs = one.content.count("\n\n") + 1
        words = len(one.content.split())
        return not (LIMITS.fewest_words <= words <= LIMITS.most_words) or not (
            LIMITS.fewest_paragraphs <= paragraphs <= LIMITS.most_paragraphs
        )

    return _all_but(every_text(), wrong)


@row("terms in 100 words of a horoscope, the mean", "at most 6", at_most(6.0))
def terms() -> Figure:
    """The mean over all texts; that with the most astrology in it is printed, too."""
    counted = [(texts.terms_in_100_words(one.content), one) for one in every_text()]
    most, worst = max(counted, key=lambda pair: pair[0])
    mean = statistics.mean(count for count, _ in counted)
    return Figure(mean, f"{mean:.1f} (most {most:.1f})", (worst.content,))


@row("horoscopes whose last sentence answers the first", "100 %", at_least(1.0))
def one_theme() -> Figure:
    """The first and the last sentence are of one pair."""
    pairs = [phrase for pool in book().pools().values() for phrase in pool if phrase.answer]

    def stands_in(phrase: str, text: str) -> bool:
        piece = max(re.split(r"\{\w+\}", phrase), key=len).strip()
        forms = (piece, contracted(piece), made_polite(piece))
        return any(one[1:] in text or one_colon(one)[1:] in text for one in forms)

    def answered(one: Written) -> bool:
        first, last = one.content.split("\n\n")[0], one.content.split("\n\n")[-1]
        return any(stands_in(pair.text, first) and stands_in(pair.answer, last) for pair in pairs)

    found = [one for one in every_text() if answered(one)]
    return share(len(found), len(every_text()))


@row("usual horoscopes with a sentence on relationships, work and growth each", "100 %", at_least(1.0))
def parts_of_life() -> Figure:
    """Each part has a phrase of its own in the text."""
    pools = {
        part: {phrase.id for path, pool in book().pools().items() if path[-1] == part for phrase in pool}
        for part in ("relationships", "work", "growth")
    }
    usual = _of("usual")
    whole = [one for one in usual if all(ids & set(book().used_in(one.content)) for ids in pools.values())]
    return share(len(whole), len(usual))


def _repeated(day: int) -> list[tuple[float, float]]:
    return [texts.share_read_before([(one.content, one.day) for one in of_reader[:day]]) for of_reader in written()]


def _mean_and_most(values: list[float]) -> Figure:
    return Figure(
        statistics.mean(values), f"{100 * statistics.mean(values):.1f} % (worst reader {100 * max(values):.1f} %)"
    )


@row("sentences read before, facts masked, on day 28", "at most 5 %", at_most(0.05))
def sentences_28() -> Figure:
    """Mean over the readers."""
    return _mean_and_most([sentences for sentences, _ in _repeated(28)])


@row("sentences read before, facts masked, on day 60", "at most 10 %", at_most(0.10))
def sentences_60() -> Figure:
    """Mean over the readers."""
    return _mean_and_most([sentences for sentences, _ in _repeated(60)])


@row("runs of five words read before on day 28", "at most 20 %", at_most(0.20))
def runs_28() -> Figure:
    """Mean over the readers."""
    return _mean_and_most([runs for _, runs in _repeated(28)])


def _landmarks(one: Written) -> Iterator[Landmark]:
    """The landmarks of the table, each on its first day, its peak and its last day."""
    yield from (
        mark for mark in one.landmarks if mark.kind in _NAMED and (mark.kind, mark.body) != ("return", "Moon")
    )


def _is_named(one: Written, mark: Landmark) -> bool:
    content = one.content.casefold()
    if mark.kind == "return":
        planet = "nodes" if mark.body in ("Rahu", "North Node") else mark.body.casefold()
        return "return" in content and planet in content
    if mark.kind in ("dasha", "festival"):
        return mark.name.casefold() in content
    return {"sade_sati": "sade sati", "eclipse": "eclipse"}[mark.kind] in content


@row("landmarks named on their first day, peak and last day", "100 %", at_least(1.0))
def landmarks_named() -> Figure:
    """Of those that the day's sky has, whether or not the input chose them."""
    found = [(one, mark) for one in every_text() for mark in _landmarks(one)]
    missed = [
        f"{one.life.name} {one.date} {mark}: {one.content}" for one, mark in found if not _is_named(one, mark)
    ]
    return share(len(found) - len(missed), len(found), tuple(missed))


def _keys(one: Written) -> list[str]:
    return [mark.key for mark in _landmarks(one)]


@row("landmarks named two days running in the same words", "0", at_most(0))
def landmarks_repeated() -> Figure:
    """Masked sentences about one landmark that stand in the text of the day before."""
    count, same = 0, []
    for of_reader in written():
        for before, one in itertools.pairwise(of_reader):
            if not (set(_keys(one)) & set(_keys(before))):
                continue
            count += 1
            known = {texts.masked(said, before.day) for said in texts.sentences(before.content)}
            if twice := [said for said in texts.sentences(one.content) if texts.masked(said, one.day) in known]:
                same.append(f"{one.life.name} {one.date}: {twice}")
    return share(len(same), count, tuple(same))


@row("Western horoscopes that speak nakshatra, tithi or dasha", "0", at_most(0))
def western() -> Figure:
    """Of the texts for readers of the Western tradition."""
    found = [one for one in every_text() if one.life.system == "western"]
    return _all_but(found, lambda one: texts.speaks_vedic(one.content))


@row("Vedic horoscopes with decimals, squares, sextiles or trines", "0", at_most(0))
def vedic() -> Figure:
    """Of the texts for readers of the Vedic tradition."""
    found = [one for one in every_text() if one.life.system == "vedic"]
    return _all_but(found, lambda one: texts.speaks_western(one.content))


@row("sentences that mix languages inside the clause, Hinglish level 67 and more", "at least 40 %", at_least(0.4))
def mixing() -> Figure:
    """Over all sentences of these readers' texts; the text with the fewest is printed, too."""
    found = [one for one in every_text() if one.life.hinglish >= 67]
    shares = []
    for one in found:
        said = texts.sentences(one.content)
        shares.append((sum(texts.mixes(sentence, one.day) for sentence in said), len(said), one))
    mixed, said = sum(part for part, _, _ in shares), sum(whole for _, whole, _ in shares)
    fewest = min(shares, key=lambda one: one[0] / one[1])
    figure = share(mixed, said, (fewest[2].content,))
    return Figure(figure.value, f"{figure.printed}, fewest {100 * fewest[0] / fewest[1]:.0f} %", figure.missed)


@row("crisis horoscopes that name the helpline of the country", "100 %", at_least(1.0))
def help_named() -> Figure:
    """The number, or the site where there is none."""
    crisis = _of("crisis")
    named = [
        one
        for one in crisis
        if isinstance(line := one.day.helpline, Helpline) and (line.number or line.site) in one.content
    ]
    return share(len(named), len(crisis))


@row("crisis and tender horoscopes with cheer, a streak or a badge", "0", at_most(0))
def cheer() -> Figure:
    """By a list of words."""
    return _all_but(_of("crisis", "tender"), lambda one: _CHEER.search(one.content))


@row(
    "usual horoscopes that take up a person, a date, a plan or a topic of the reader's",
    "at least 95 %",
    at_least(0.95),
)
def taken_up() -> Figure:
    """Of readers who told of any."""
    found, taken = 0, 0
    for one in _of("usual"):
        dates = [line.partition(" ")[2] for line in one.day.dates]
        own = [*one.day.people, *one.day.intentions, *one.day.recent_topics, *dates]
        if own:
            found += 1
            taken += any(words.rstrip(".").casefold() in one.content.casefold() for words in own)
    return share(taken, found)


@row("milliseconds to compose a horoscope, the median", "under 5", at_most(5.0))
def speed() -> Figure:
    """After the phrases were read once."""
    taken = []
    for one in every_text()[::7]:
        begun = time.perf_counter()
        compose(one.day)
        taken.append(1000 * (time.perf_counter() - begun))
    return Figure(statistics.median(taken), f"{statistics.median(taken):.2f} (slowest {max(taken):.1f})")
