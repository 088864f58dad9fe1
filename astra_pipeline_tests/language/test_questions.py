"""Questions are told from statements, with a question mark and without one, in English and Hinglish."""

from __future__ import annotations

import pytest

from astra_pipeline.language.questions import is_a_question


@pytest.mark.parametrize(
    "words",
    [
        "Will I get the job in Pune?",
        "Will I get the job in Pune",
        "Should I leave my husband.",
        "When will my visa come",
        "When does Saturn leave my sign.",
        "What is my rising sign",
        "How long until I marry",
        "So, is my boss going to fire me",
        "Do we have to sell the flat",
        "I wanted to know when my visa will come.",
        "I was wondering if I should move to Berlin.",
        "I wonder whether he thinks of me.",
        "I asked you if the wedding will happen.",
        "Meri shaadi kab hogi",
        "Kya mera promotion hoga",
        "Mujhe naukri kab milegi.",
        "Main Delhi kaise jaun",
        "Tell me when my luck changes.",
        "My sister is moving out, will she be fine?",
        "How can I forgive my father",
        "Why is my mother so angry with me",
        "Mujhe jaanna hai ki promotion kab hoga",
    ],
)
def test_a_question_is_heard(words: str) -> None:
    assert is_a_question(words)


@pytest.mark.parametrize(
    "words",
    [
        "I drew the bucket and it held.",
        "When I got home my dad had cooked.",
        "What I saw in the garden made me laugh.",
        "My visa came on Tuesday.",
        "I asked my boss for a raise.",
        "We sold the flat in three days.",
        "Main kab se wait kar rahi thi aur letter aa gaya.",
        "Meri shaadi tay ho gayi.",
        "Maine kabhi itni lambi walk nahi ki.",
        "How my brother laughed when I fell into the lake.",
        "I have finished the second chapter of my thesis.",
        "Mera promotion ho gaya.",
        "I will sing at my cousin's wedding.",
        "Will, my brother, painted the door.",
        "I told my mother that I am moving out.",
        "Doctor ne bataya ki kya khana hai, aur main khush hoon.",
        "I can finally do a handstand.",
        "My son asked his teacher for more homework.",
    ],
)
def test_a_statement_is_no_question(words: str) -> None:
    assert not is_a_question(words)
