"""The grammar of composed texts: books that refuse mistakes, choice that remembers, texts within their limits."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.language.composing import (
    BadPhrases,
    Book,
    Choice,
    Limits,
    Memory,
    assembled,
    contracted,
    counted,
    filled,
    grade_of,
    hindi_slots,
    plural,
    register_of,
    sentence,
    with_article,
    word_count,
)
from astra_pipeline.language.composing.tongue import SHARES

DAY = dt.date(2026, 11, 29)
FIELDS = frozenset({"person", "planet"})
GOOD = """\
work: ["{Planet} is at work.", "Ask {person} today."]
pairs: [["A door can stay shut.", "Leave the door as it is."]]
"""


def book(text: str = GOOD, name: str = "home") -> Book:
    return Book({name: text}, FIELDS)


def test_a_book_gives_pools_by_their_paths_and_none_where_there_is_none() -> None:
    assert [phrase.text for phrase in book().pool("home", "work")] == [
        "{Planet} is at work.",
        "Ask {person} today.",
    ]
    assert book().pool("home", "pairs")[0].answer == "Leave the door as it is."
    assert book().pool("home", "work", hindi=True) == ()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("home", "work: ['Ask {persn}.']", "{persn} is filled in by nothing"),
        ("home", "work: ['Ask  them.']", "a space"),
        ("home", "work: ['Ask {them.']", "brace"),
        ("home", "work: ['पूछो.']", "not Latin"),
        ("home", "work: [7]", "want a text"),
        ("home", "work: [[a, b, c]]", "want a text"),
        ("home", "work: ['Ask.', 'Ask.']", "one phrase twice"),
        ("home", "work: ['{tum} bolo.']", "{tum} is filled in by nothing"),
        ("home", "work: ['Ask.", "home.yaml"),
    ],
)
def test_a_wrong_phrase_is_refused_with_its_place(name: str, text: str, problem: str) -> None:
    with pytest.raises(BadPhrases, match="home") as refused:
        book(text, name)
    assert problem in str(refused.value)


def test_hinglish_may_have_words_with_a_polite_form() -> None:
    (phrase,) = book("work: ['{Tum} aaram se {bolo}.']", "home_hi").pool("home", "work", hindi=True)
    assert filled(phrase.text, {}) == "Tum aaram se bolo."
    assert filled(phrase.text, {}, polite=True) == "Aap aaram se boliye."


def pool(count: int) -> tuple:
    return book("work: [" + ", ".join(f"'Phrase {number}.'" for number in range(count)) + "]").pool("home", "work")


@given(st.text(min_size=1, max_size=8), st.integers(2, 40))
def test_no_phrase_returns_before_all_others_were_used(reader: str, count: int) -> None:
    memory, told = Memory(), []
    for number in range(count):
        date = DAY + dt.timedelta(days=number)
        choice = Choice(reader, date.toordinal(), memory.before(date))
        told.append(choice.pick(pool(count)).text)
        memory = memory.with_day(date, choice.picked)
    assert len(set(told)) == count
    # Then the one that was used longest ago.
    after = DAY + dt.timedelta(days=count)
    assert Choice(reader, after.toordinal(), memory.before(after)).pick(pool(count)).text == told[0]


def test_the_same_reader_day_and_memory_get_the_same_phrases_and_others_get_others() -> None:
    picked = {
        (reader, turn): tuple(Choice(reader, turn).pick(pool(40)).text for _ in range(2))
        for reader in ("a", "b", "c")
        for turn in (1, 2, 3)
    }
    assert picked["a", 1] == (Choice("a", 1).pick(pool(40)).text,) * 2
    assert len(set(picked.values())) > 6


def test_a_text_has_no_phrase_twice() -> None:
    choice = Choice("a", 1)
    assert len({choice.pick(pool(5)).text for _ in range(5)}) == 5


def test_a_day_that_is_composed_again_remembers_only_the_days_before_it() -> None:
    memory = Memory().with_day(DAY, ["aaaaa"]).with_day(DAY + dt.timedelta(days=1), ["bbbbb"])
    assert Memory.read(memory.as_stored()).before(DAY + dt.timedelta(days=1)).last_used == {"aaaaa": "2026-11-29"}
    assert Memory.read("nothing").last_used == {}
    assert memory.with_day(DAY + dt.timedelta(days=61), []).last_used == {"bbbbb": "2026-11-30"}


def test_the_fact_told_longest_ago_comes_first() -> None:
    facts = ["Mars", "Venus", "Saturn"]
    yesterday = Choice("a", 1)
    yesterday.tell("Mars")
    memory = Memory().with_day(DAY, yesterday.picked)
    assert Choice("a", 2, memory).pick_fact(facts, facts) == "Venus"


def test_fields_are_filled_in_and_begin_a_sentence_with_a_capital() -> None:
    assert filled("{Person}, not {person}", {"person": "your sister"}) == "Your sister, not your sister"
    with pytest.raises(KeyError):
        filled("{person}", {})
    assert sentence("some days are long") == "Some days are long."
    assert sentence("Really?") == "Really?"
    assert contracted("Do not run; it is not far, and you cannot miss it.") == (
        "Don't run; it isn't far, and you can't miss it."
    )


@pytest.mark.parametrize(
    ("noun", "written"),
    [
        ("exam", "an exam"),
        ("visa appointment", "a visa appointment"),
        ("MRI", "an MRI"),
        ("your exam", "your exam"),
        ("results", "results"),
        ("Rohan's wedding", "Rohan's wedding"),
        ("", ""),
    ],
)
def test_articles_fit_the_noun(noun: str, written: str) -> None:
    assert with_article(noun) == written


def test_counts_agree_with_their_nouns() -> None:
    assert counted(1, "day") == "one day"
    assert counted(3, "conversation") == "three conversations"
    assert counted(40, "day") == "40 days"
    assert counted(0, "call") == "no calls"
    assert plural("child") == "children"


LIMITS = Limits(fewest_words=6, most_words=8, fewest_paragraphs=1, most_paragraphs=2)


def test_a_short_text_gets_what_is_extra_and_a_long_one_loses_what_can_be_spared() -> None:
    skeleton = (("open", "work"), ("more", "close"))
    said = {"open": "One two.", "work": "Three four.", "more": "Five six.", "close": "Seven."}
    assert assembled(skeleton, said, LIMITS, extra=["more"]) == "One two. Three four.\n\nFive six. Seven."
    long = said | {"open": "One two three four five."}
    assert assembled(skeleton, long, LIMITS, extra=["more"], spare=["work"]) == (
        "One two three four five. Three four.\n\nSeven."
    )
    longer = said | {"open": "One two three four five six."}
    assert word_count(assembled(skeleton, longer, LIMITS, extra=["more"], spare=["work"])) == 7


@pytest.mark.parametrize(
    ("level", "grade", "count"), [(0, "english", 0), (20, "light", 1), (50, "mixed", 4), (80, "full", 6)]
)
def test_the_hinglish_level_says_how_many_sentences_are_mixed(level: int, grade: str, count: int) -> None:
    slots = [f"slot {number}" for number in range(10)]
    assert grade_of(level) == grade
    chosen = hindi_slots(SHARES[grade_of(level)], slots, slots[:8], Choice("a", 1))
    assert len(chosen) == count
    assert chosen <= set(slots[:8])


def test_the_weightier_of_care_and_topics_sets_the_register() -> None:
    assert register_of("none", ["Career"]) == "usual"
    assert register_of("tender", []) == register_of("none", ["Grief"]) == "tender"
    assert register_of("crisis", ["Career"]) == "crisis"
