"""Plans to stop, to give up or to do less of something are told from plans to do something."""

from __future__ import annotations

import pytest

from astra_pipeline.language.giving_up import is_to_stop


@pytest.mark.parametrize(
    "plan",
    [
        "I'll stop smoking.",
        "I want to quit checking his messages.",
        "I'm going to give up sugar.",
        "I've decided to quit my job.",
        "I will cut down on coffee.",
        "I'll spend less time on Instagram.",
        "I'm planning to drink less.",
        "I won't text my ex.",
        "I'm not going to shout at the kids.",
        "I have decided not to see him anymore.",
        "I want to let go of this anger.",
        "I'm going to stay away from her.",
        "Phone kam karungi",
        "Ab se kam bolungi.",
        "Cigarette chhod dungi.",
        "Main sharaab chhodne wala hoon.",
        "Uske messages check karna band karungi.",
        "Kal se meetha nahi khaungi.",
        "Instagram delete kar dungi.",
        "Usse door rahungi.",
    ],
)
def test_a_plan_to_leave_something_is_heard(plan: str) -> None:
    assert is_to_stop(plan)


@pytest.mark.parametrize(
    "plan",
    [
        "I'll call my landlord.",
        "I'll stop by the bank.",
        "I will never give up.",
        "I won't stop writing.",
        "I won't forget to call her.",
        "I'll help him quit smoking.",
        "I'm going to cut my hair.",
        "I will drop my son at school.",
        "I'll not only run but swim.",
        "I'll take my medicine regularly.",
        "Main himmat nahi chhodungi.",
        "Main nahi rukungi.",
        "Mummy ko station chhodne jaungi.",
        "Kam se kam do chapter padhungi.",
        "Main kaam karungi.",
        "Office ka kam karungi.",
        "Main band mein gaungi.",
        "Kal se walk karungi.",
    ],
)
def test_a_plan_to_do_something_is_none_to_stop(plan: str) -> None:
    assert not is_to_stop(plan)
