"""Kinds of wording by which care is heard or not: who does it, of what, and to whom."""

from __future__ import annotations

import pytest

from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.care.patterns import compiled


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        # An English verb made Hindi by "karna", in either order.
        ("mera boyfriend mujhe abuse karta hai roz", "violence"),
        ("papa mummy ko slap karte hain sharab peekar", "violence"),
        ("punch kiya mujhe usne", "violence"),
        # What is done is not named.
        ("my uncle does things to me when nobody is home", "violence"),
        ("he did bad things to my sister when she was small", "violence"),
        # Exposure and acid, whatever stands first.
        ("he says he will put my pictures online unless i marry him", "danger"),
        ("kehta hai tezab phenk dega", "danger"),
        ("wo mujhe blackmail kar raha hai", "violence"),
        # Somebody else, by two weak signs.
        ("my brother sent goodbye to everyone and his phone is switched off", "danger"),
        ("she is not answering and left a letter", "danger"),
        ("she swallowed a whole strip of crocin", "danger"),
        # Hindi says it in any order.
        ("khatam kar lun apne aap ko bas", "self_harm"),
        ("guzar gaye mere dadaji", "grief"),
        ("chali gayi meri naukri", "loss"),
        ("boss ne aaj nikal diya", "loss"),
        # One sound, two spellings.
        ("zinda rahne ka koi matlab nahi", "self_harm"),
        ("मुझे ज़िंदा नहीं रहना", "self_harm"),
        ("the nurse could not find a heartbeat at the scan", "grief"),
        ("doctors ne jawab de diya hai papa ke liye", "illness"),
        # No idiom and no old story takes a loss of today away.
        ("he hits me with full force every night", "violence"),
        ("my husband hit me with something heavy", "violence"),
        ("she took all her pills for the pain to end", "danger"),
        ("i had thirty tablets after dinner", "self_harm"),
        ("i do not feel very safe at home", "violence"),
        ("my great grandmother died yesterday", "grief"),
        ("we lost the baby in the 18th week", "grief"),
        ("i am at work and dad is in icu", "illness"),
        ("i missed my exam because of dad's cancer", "illness"),
        ("we have an appointment with an oncologist for my mother", "illness"),
        ("pet mein hi bachcha khatam ho gaya", "grief"),
    ],
)
def test_care_is_heard_in_other_words(said: str, kind: str) -> None:
    assert heard([said]).kind == kind


@pytest.mark.parametrize(
    "said",
    [
        # A quantity of something else, and a medicine that is taken as it should be.
        "my son has eaten all his lunch",
        "she drank a lot of water after the run",
        "papa took his medicines and is sleeping",
        "mum took all her tablets on time today",
        # The reaction to a story is the caller's, its deaths are not.
        "kal film mein villain mar jata hai mujhe accha laga",
        # An agent with "ne" has done it already.
        "traffic ne meri jaan le li",
        "hit me with your best prediction",
        "i work in the icu and i love my job",
        "my great grandfather died in the 1971 war",
        "i am not at home now",
        "usko punch karte dekh maza aaya boxing mein",
        "my colleague left a note saying sorry for the mess in the kitchen",
        "chale gaye papa office",
        "he will post my photos from the wedding on the site",
        "company ne naya phone nikaal diya",
        "pet mein bachcha kick maar raha hai",
        "mummy emotional blackmail kar rahi hai shaadi ke liye",
        "she took her clothes out of the dryer",
        "the courier is not answering and left a note",
        "she hit me with a brilliant plan",
        "my cousin is an oncologist",
        "my sister is a nurse on the cancer ward",
    ],
)
def test_what_only_sounds_alike_is_not_heard(said: str) -> None:
    assert heard([said]).level == "none"


def test_a_list_with_a_phrase_that_no_word_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="beats"):
        compiled(["{beats} me"], {"beats": ["(hit|slap) kiya"]})
