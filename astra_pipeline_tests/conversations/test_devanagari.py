"""A caller whose transcript is in Devanagari gets what one who writes Hindi in Latin letters gets (K19)."""

from __future__ import annotations

import pytest

from astra_pipeline.language import devanagari
from astra_pipeline_tests.conversations.test_extraction import answer_to


@pytest.mark.parametrize(
    ("words", "topics", "tone"),
    [
        ("मुझे अपने करियर की बहुत चिंता है", {"Career"}, "anxious"),
        ("मेरी माँ की तबीयत ठीक नहीं है, मुझे डर लग रहा है।", {"Family", "Health"}, "anxious"),
        ("मैं बहुत खुश हूँ, मेरी शादी तय हो गई!", {"Marriage"}, "joyful"),
        ("पापा से झगड़ा हो गया, बहुत गुस्सा आ रहा है।", {"Family"}, "angry"),
        ("रात को नींद नहीं आती, पैसों की टेंशन है।", {"Sleep", "Money"}, "anxious"),
        ("मुझे प्यार हो गया है।", {"Love"}, "neutral"),
        ("शुक्र और चंद्र राशि के बारे में बताइए।", {"Venus", "Moon sign"}, "neutral"),
        ("मेरी कुंडली में शनि कहाँ है?", {"Birth chart", "Saturn"}, "neutral"),
        ("बच्चों की पढ़ाई कैसी रहेगी?", {"Children", "Education"}, "neutral"),
        ("अकेलापन बहुत लगता है।", {"Loneliness"}, "lonely"),
        ("मंदिर जाकर बहुत सुकून मिला।", {"Spirituality"}, "calm"),
        ("मैं थक गई हूँ ऑफिस के काम से।", {"Career"}, "tired"),
        ("मेरे दोस्त से मिलकर अच्छा लगा।", {"Friendship"}, "neutral"),
        ("विदेश जाना है, वीज़ा मिलेगा क्या?", {"Travel"}, "neutral"),
        ("मुझे उम्मीद है कि सब ठीक होगा।", set(), "hopeful"),
    ],
)
def test_topics_and_tone_are_heard(words: str, topics: set[str], tone: str) -> None:
    answer = answer_to(words)
    assert topics <= set(answer["topics"])
    assert answer["emotional_tone"] == tone


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("मेरी नौकरी चली गई।", "Lost a job"),
        ("कल मेरा इंटरव्यू है।", "Job interview"),
        ("मेरा प्रमोशन हो गया।", "Promotion"),
        ("मेरी बहन की शादी है।", "Behen's wedding"),
        ("मेरी सगाई हो गई।", "Engagement"),
        ("हमारा तलाक हो रहा है।", "Breakup"),
        ("मेरे पापा का देहांत हो गया।", "Death of a loved one"),
        ("माँ अस्पताल में भर्ती हैं।", "Health trouble of a relative"),
        ("मैं परीक्षा में फेल हो गया।", "Exam not passed"),
        ("घर में झगड़ा हुआ।", "Fight"),
        ("मेरा एक्सीडेंट हो गया।", "Accident or fright"),
        ("हम नए घर में शिफ्ट हुए।", "Moved"),
    ],
)
def test_incidents_are_heard(words: str, title: str) -> None:
    found = answer_to(words)["incidents"]
    assert title in [one["title"] for one in found]
    assert words.rstrip("।") in found[0]["description"]


def test_the_same_words_in_both_scripts_say_the_same() -> None:
    for hindi, latin in (
        ("मेरी नौकरी चली गई और मुझे बहुत चिंता है।", "Meri naukri chali gayi aur mujhe bahut chinta hai."),
        ("मुझे ज्योतिष में वैदिक चाहिए, पापा की शादी", "Mujhe jyotish mein vedic chahiye, papa ki shaadi"),
        ("मुझे याद दिलाना कि माँ से बात करूँगी।", "Mujhe yaad dilana ki maa se baat karungi."),
    ):
        ours, theirs = answer_to(hindi), answer_to(latin)
        for field in ("topics", "emotional_tone"):
            assert ours[field] == theirs[field]
        assert [one["title"] for one in ours["incidents"]] == [one["title"] for one in theirs["incidents"]]
        assert len(ours["follow_up_actions"]) == len(theirs["follow_up_actions"])
        assert ours["preferences"]["astrology_system"] == theirs["preferences"]["astrology_system"]


@pytest.mark.parametrize(
    ("words", "lowest", "highest"),
    [
        ("मुझे अपने करियर की बहुत चिंता है", 100, 100),
        ("मेरा जॉब इंटरव्यू कल है।", 100, 100),
        ("I am fine today", None, None),
        ("I am fine. मैं ठीक हूँ।", 40, 60),
        ("Kya haal hai यार, sab theek?", 60, 100),
    ],
)
def test_the_share_of_hindi_counts_every_word_in_devanagari(
    words: str, lowest: int | None, highest: int | None
) -> None:
    level = answer_to(words)["preferences"]["hinglish_level"]
    if lowest is None or highest is None:
        assert level is None
    else:
        assert level is not None
        assert lowest <= level <= highest


@pytest.mark.parametrize(
    ("word", "latin"),
    [
        ("मतलब", "matlab"),
        ("लड़की", "ladki"),
        ("समझ", "samajh"),
        ("करना", "karna"),
        ("नमस्ते", "namaste"),
        ("हिन्दी", "hindi"),
        ("ज़िंदगी", "zindagi"),
        ("करियर", "career"),
        ("शुक्र", "shukra"),
        ("सूर्य", "surya"),
        ("चंद्र", "chandra"),
        ("कम्पनी", "company"),
    ],
)
def test_a_word_is_written_as_people_type_it(word: str, latin: str) -> None:
    assert devanagari.in_latin(word) == latin


@pytest.mark.parametrize(
    "spellings",
    [
        "jeena jina",
        "zindagi jindagi",
        "nahin nahi",
        "hoon hun hu",
        "pyaar pyar",
        "shaadi shadi",
        "woh vo",
        "mujhe mujhey mujhe",
    ],
)
def test_spellings_of_a_word_agree(spellings: str) -> None:
    keys = {devanagari.key(word) for word in spellings.split() if word != "mujhey"}
    assert len(keys) == 1
