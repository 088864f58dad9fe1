"""Nothing that nobody can know is stated as a fact, or guaranteed."""

from __future__ import annotations

import pytest

from astra_pipeline_tests.language.contract.example import CERTAINTY, refusal, with_sentence

CERTAIN = """
A guaranteed profit awaits.
Success is guaranteed.
It's a safe investment.
I am 100% sure.
You are doomed.
A disaster is coming.
Today is a good day for investing.
It's a risk-free investment.
This mantra cures cancer.
The job is yours.
A promotion is on its way.
Recovery is guaranteed for your mother.
Jupiter promises you wealth.
I see a baby in your future.
Expect a promotion this week.
Your husband is cheating on you.
Wealth is coming to you.
Money is on its way to you.
A windfall awaits you.
An accident is coming.
Rest assured, the promotion is yours.
This is the month you get married.
Financial abundance is guaranteed.
Thursday is lucky for buying gold.
Gold is a safe bet today.
Now is the time to sell.
Success in court is assured.
This year brings you a child.
Death is near.
You can expect a promotion before the month is over.
The visa is coming through this week.
This transit brings you a baby.
Your cancer is gone.
Your disease is cured.
A death in the family is coming.
Beware, a serious accident awaits you.
Expect unexpected money on Friday.
Jupiter in your 2nd house ensures you wealth this year.
Marriage is certain this year.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", CERTAIN)
def test_a_claim_or_guarantee_is_refused(sentence: str):
    assert CERTAINTY in refusal(with_sentence(sentence))


HARMLESS = """
Nothing is guaranteed, and that is a freedom.
The stars never guarantee a profit.
You may feel better when you rest.
This transit guarantees nothing, but it does open a window.
There are no guarantees here, only good odds for a kind word.
Saturn is slow, and slow is not a guarantee of anything.
You wanted a guarantee, and life offers you a question instead.
This is not a sure profit, and nobody should call it one.
Success is yours to define, and this week you may define it kindly.
You are not doomed to repeat the argument.
Never think that you are cursed; you are tired.
You do not have to be a hundred percent sure before you begin.
Expect nothing from the morning and be surprised by the afternoon.
Do not expect a windfall; expect a Tuesday.
Time heals pain slowly, and it does its work better when you sleep.
I am afraid I cannot count the times you have made me smile.
Your mother may feel better after a quiet afternoon.
The accident of birth gave you this Moon; the rest is yours.
You are expecting a lot of yourself.
Expect a slow morning and a kinder evening.
Nothing is written in stone.
No planet brings you a promotion; you bring yourself.
Your finances may ask for a second look, particularly subscriptions you no longer use.
With Jupiter in your 10th house, opportunities to earn could appear, though nothing is certain.
If you've been waiting on a medical report, be gentle with yourself while you wait.
This is the week you find your rhythm.
Saturn cures nothing, he only asks for patience.
The hike is near the lake, and so is your good mood.
I cannot write the report for you, but I can ask what scares you about it.
Your portfolio meets the requirements you set for yourself.
The interview on Thursday came and went, and you were kinder to yourself afterwards than I expected.
Saturn squares your Venus, so love may ask for patience before it gives you a gift.
Don't bet your mood on one message.
It's fine to fail at resting; try again after dinner.
Jupiter brings you a sense of possibility, which you may or may not act on.
Expect a few delays and pack a snack.
You can expect mixed signals from a friend.
Take care of your body as you would of a friend.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_denied_or_asked_guarantee_and_everyday_statements_are_accepted(sentence: str):
    assert refusal(with_sentence(sentence)) == ""
