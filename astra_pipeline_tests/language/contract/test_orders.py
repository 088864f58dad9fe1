"""Nobody is advised on medicines, treatments or money."""

from __future__ import annotations

import re

import pytest

from astra_pipeline.language.contract import is_certain
from astra_pipeline.language.contract.nouns import NOUNS
from astra_pipeline_tests.language.contract.example import CERTAINTY, refusal, with_sentence

CERTAIN = """
Stop taking your medicines.
You may skip the tablets.
Trust the stars instead of a doctor.
You do not need to see a doctor.
Put all your money into crypto.
Invest everything on Friday.
Sell your shares before Thursday.
You should invest your savings in crypto now.
Do not sell your shares until Friday.
Take the loan, Jupiter is with you.
Do not take your antidepressants today.
Skip the insulin if you feel light.
Reduce the dose while Mercury is retrograde.
Avoid the operation this month.
Postpone the surgery until Saturn turns direct.
Schedule the operation for Thursday.
It is an auspicious day for surgery.
Try turmeric milk in place of your tablets.
You can heal this without medicines.
Buy land this month.
So buy the shares and wait.
Now is the right time to invest your savings in gold.
Consider selling your house this month.
Put your savings into stocks.
Go ahead and take the loan.
Stop your blood pressure medicine for a day.
You can stop taking the pills now.
Quit your antidepressants.
Double the dose today.
Come off your medication slowly.
Don't take the tablets tonight.
You need not see a doctor.
There is no need to see a doctor.
Cancel your doctor's appointment and rest.
Delay the chemo until the Moon waxes.
Say no to the surgery.
Pray instead of taking your insulin.
The lump is benign.
You do not have cancer.
Throw your pills away.
Leave your medicines aside for a week.
Thursday is good for the operation.
Put money in stocks.
Borrow the money now.
Your flat will double in value, so buy the flat.
Now is a good time to buy shares.
You should sell your flat this month.
Move your savings into gold before the weekend.
Pull your money out of the market today.
Saturn says: avoid surgery until March.
Ask the surgeon to wait, and postpone the operation.
Give up the antidepressants and walk instead.
You no longer need your blood pressure tablets.
You won't need your medicines anymore.
Take your mother off the medication and give her tulsi instead.
Avoid doctors this week, their hands are unlucky.
It is a bad day for surgery.
You have nothing to fear: the tumour is benign.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", CERTAIN)
def test_advice_on_cures_or_money_is_refused(sentence: str):
    assert CERTAINTY in refusal(with_sentence(sentence))


HARMLESS = """
Ask your doctor about the tablets.
Money is a subject today; look at the figures.
Invest everything you have learned into one honest conversation.
Invest an hour in rest and the evening pays you back.
You may find that an investment in rest pays the safest returns of the week.
Reduce any treatment of yourself as a machine.
Ask your doctor before you change the dose.
Never stop your medicine without a word with the doctor.
Do not skip your tablets because the day is full.
Take your tablets with breakfast, as you were told, and then take a walk.
You asked if you should sell the house; write down what you would miss.
If you want to buy a house one day, this is a good evening to dream on paper.
Look at the figures before you buy shares because a friend is excited.
Never invest money you would miss in the morning.
Your mother's health worries you; sit with her and leave the answers to her doctors.
There is no such thing as a safe investment in other people's moods.
Nobody wins when two tired people argue about money.
You do not need to decide about the surgery before you have slept.
Let the doctor decide about the operation, and let yourself be looked after.
Put your savings in order before you dream aloud.
Buy flowers, not arguments.
Sell nobody short, least of all yourself.
A loan of sugar from the neighbour counts as friendship.
Rest is good medicine for a tired mind.
Laughter is the best medicine today.
Do not take medicine lightly, and do not take yourself too seriously.
The stars do not promise you money, they offer you a morning.
You might lose money if you hurry, so sleep on it.
Depression is not a mood, and you deserve help; a doctor is a good first door.
It is a good day to invest in yourself.
It is a good time to buy time.
Your growth is nothing to apologise for.
Leave the tablets to the people who prescribed them, and leave the worry at the door.
A treatment of kindness works on most moods.
Buy flat shoes and walk home.
Buy house plants, not arguments.
Sign the loan papers only after a second reading.
The loan is confirmed, as you told me, so plan the move slowly.
You talked about your father's operation twice, and both times you sounded braver than you felt.
Let the doctors do the medicine and do the hand-holding yourself.
A visit to the doctor is on your list; keep it there and keep the date.
Book the check-up you have been putting off.
You can stop carrying the family's money worries as if they were your own medicine to swallow.
It may be wise to read the loan agreement with somebody who likes small print.
You do not have to sell yourself; you only have to show up.
An hour of sunlight is better than any pill I could think of.
This is not the day to sign anything you have not read; sleep on the contract and the loan.
Your doctor is the right person for that question.
Keep taking your medicine as prescribed, and keep taking walks.
Keep your appointment with the doctor and take a friend along.
If something hurts, see a doctor rather than a star chart.
Money flows more easily when you look at it without fear.
Wealth is more than money, and you are learning to count it differently.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_text_may_speak_of_cures_and_money_without_advice(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


def _spelt_out(word: str) -> str:
    return re.sub(r"[()+*]", "", word)


@pytest.mark.parametrize("cure", [*map(_spelt_out, (*NOUNS.medicines, *NOUNS.treatments))])
def test_every_medicine_and_treatment_of_the_list_is_found_in_advice(cure: str):
    assert is_certain(f"From today on, skip your {cure}.")


@pytest.mark.parametrize("asset", [*map(_spelt_out, NOUNS.assets)])
def test_every_asset_of_the_list_is_found_in_advice(asset: str):
    assert is_certain(f"You should sell your {asset}.")
    assert not is_certain(f"You like your {asset}.")
