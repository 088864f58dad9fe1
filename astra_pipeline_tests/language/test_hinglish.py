"""The list of Hindi words, and how Hindi is said politely."""

from astra_pipeline.language import hinglish
from astra_pipeline_tests.language.contract.example import HINGLISH_HOROSCOPE, HOROSCOPE, REPORT


def test_the_list_of_hindi_words_holds_no_common_english():
    assert not hinglish.spoken_in(f"{HOROSCOPE} {REPORT}", besides="Meera")
    assert len(hinglish.spoken_in(HINGLISH_HOROSCOPE, besides="Rohan")) > 20


def test_familiar_words_in_braces_become_polite_and_other_braces_stay():
    phrase = "{Tumhara} din hai, {karo} jo {topic} kahe."
    assert hinglish.in_register(phrase, polite=True) == "Aapka din hai, kijiye jo {topic} kahe."
    assert hinglish.in_register(phrase, polite=False) == "Tumhara din hai, karo jo {topic} kahe."
