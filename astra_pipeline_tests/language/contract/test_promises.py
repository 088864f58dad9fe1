"""Nothing that nobody can know is promised or threatened."""

from __future__ import annotations

import pytest

from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline_tests.language.contract.example import (
    CERTAINTY,
    HOROSCOPE,
    HOROSCOPE_INPUT,
    refusal,
    refusal_by,
    with_sentence,
)

CERTAIN = """
You will definitely recover.
Your mother will be cured.
You'll soon get pregnant.
She is going to conceive this month.
Your illness will disappear.
You will not die of it.
You will fall ill in March.
You are certain to win.
You will get rich.
You will make a big profit.
You will get the job you interviewed for this week.
You'll land that promotion before the month is out.
You will definitely receive the offer letter on Friday.
You are going to get a raise.
You will lose your job this month.
You will get married before the end of the year.
Your marriage will happen in March.
You'll meet your future husband at a wedding.
You will marry him, the stars are clear about it.
A large sum of money will come to you on Friday.
You will come into money this week.
Your salary will double next month.
Your income is going to increase soon.
You'll earn a fortune from this.
You will win the lottery.
Money will flow to you without effort.
Buy gold today; the price will rise.
Your stocks will go up tomorrow, so buy before noon.
Your debts will vanish by Diwali.
You will clear all your debts.
The loan will be approved.
It is certain that the loan will be approved.
The business will be profitable this quarter.
Your investment will pay off.
Your migraine will be gone by tonight.
Your blood pressure will return to normal.
Your mother's health will improve this month.
Your mother will be fine.
Your father will not survive the winter.
Your father will pass away.
You will recover soon.
You won't need surgery.
Your mother's surgery will be successful.
Your test results will be fine.
The biopsy will come back clear.
You will have a baby next year.
You will be blessed with a son.
The baby will be a boy.
You'll soon become a mother.
Your pregnancy will be smooth.
An accident will happen if you drive today.
You will have an accident.
Something terrible will happen on Friday.
There will be a death in the family.
You will win the court case.
The judge will rule in your favour.
The verdict will be in your favor.
You'll pass the UPSC exam, no doubt about it.
You will fail the interview.
Your interview will go well.
Your visa will be approved.
You will get the visa.
Your partner will leave you.
You are bound to fail.
Nothing can stop it: you will get rich.
I have no doubt that you will get the job.
If you apply on Tuesday, you will get the job.
The new job will be yours by Friday.
You'll get a better paid job soon.
By the end of the month you will have the job.
Your boss will give you a promotion.
This week will bring you a promotion.
Venus will bring you a husband this year, and you will marry him.
You are going to be promoted.
You will soon be hired.
You will be selected for the post.
You will find your soulmate in March.
He will propose to you on Sunday.
He will leave you.
Your wedding will take place this year.
You shall be married by spring.
You will never get married.
You won't get the visa.
You will not get the loan.
You will probably get the job.
You will likely lose money on Thursday.
You will get your money back.
Your finances will improve.
Gold will go up this week.
The price of gold will rise.
Your shares will double.
You will become wealthy.
You will be rich by forty.
Your illness will end soon.
The cancer will not return.
Your diabetes will be cured.
Your anxiety will disappear.
She will get well soon.
He will be cured.
Your grandmother will die this winter.
You will live to be ninety.
Your back will heal.
Your health will suffer this week.
You will fall seriously ill.
You will get sick in March.
The treatment will work.
The operation will be a success.
Your IVF will succeed.
You will conceive this month.
You will be pregnant by spring.
You will have twins.
You will become a father.
You will have a miscarriage.
The case will be decided in your favour.
You will be acquitted.
You will lose the lawsuit.
You will crack the interview.
You're going to ace your exams.
She will pass the exam.
Your exam will go well.
A tragedy will strike your family.
There will be a divorce.
You will be robbed.
You will suffer a heavy loss.
Bad luck will find you.
The stars have decided, and you will win custody.
Don’t worry, you’ll get the job.
Rest easy: your mother’s operation will go well.
The offer letter will be in your inbox by Wednesday.
By March you will be holding your baby.
Financial abundance will flow to you.
Prosperity will come to you this year.
You will become financially free.
The scan will show nothing.
You'll be cleared of all charges.
You'll get selected.
You will get into medical school.
Your residency will be approved.
Health will remain good.
Financial gains will increase.
Your father will be discharged soon.
The pain will go away by itself.
Your anxiety will vanish when Venus turns.
Your knees will get better.
Your fertility will improve.
Your wife will leave you.
Your daughter will get married in December.
Your son will clear NEET.
He will get the visa.
They will approve it, and the loan will come through.
Your promotion will be confirmed on Monday.
You will receive a large sum from an uncle.
You will be debt-free by summer.
Mark my words, you will be a millionaire.
You are destined to marry him.
You are about to lose your job.
Your shop will make a profit if you open it on Friday, and your business will flourish.
The medical report will be fine.
Your reports will come back normal.
You will be married to him by June.
The raise will happen this month.
Don't worry about the interview — you'll get the job.
By Diwali your money troubles will be over and you will be rich.
Trust me, the biopsy will be negative.
Your mother is going to be completely fine.
You'll be married within six months.
Your ex-husband will lose the custody case.
Your business is going to make a huge profit this year.
The stars are clear: your father will recover fully.
You are sure to pass the exam.
You're certain to get the loan.
You're bound to lose money on that deal.
You will never have a child.
You won't be able to conceive this year.
Someone in your family will die.
You will meet with an accident on Thursday.
You are going to inherit a large sum.
Lottery numbers ending in 7 will win you money.
Your husband will come into wealth.
The court will decide in your favour.
You'll definitely be selected.
Your results will be excellent.
The pregnancy test will be positive.
It will be a girl.
You will deliver a healthy baby boy.
The money you lent will come back to you on Friday.
Your stuck money will be released this week.
The new medicine will cure you.
Your thyroid will be normal by the next test.
You'll get rid of your migraines for good.
Your bank balance will grow, and a new job offer will land in your lap by Tuesday.
Financially this is a lucky week: you will receive unexpected money.
You'll receive good news about your pregnancy: it will be a boy.
This transit will bring you money and a promotion.
By the end of the year you will own a house.
The divorce will go through in May.
Your boss will fire you.
You will be fired on Monday.
You'll live to see ninety.
Your sister will conceive this month.
Your dog will recover.
Bitcoin will skyrocket.
The market will crash on Thursday.
You will recover your lost money this week.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", CERTAIN)
def test_a_promise_about_health_money_or_misfortune_is_refused(sentence: str):
    assert CERTAINTY in refusal(with_sentence(sentence))


def test_a_topic_makes_no_promise_harmless():
    assert "certainty" in refusal(
        with_sentence("Your mother's health will improve."), recent_topics=["Mother's health"]
    )
    assert "certainty" in refusal(with_sentence("You will get the job."), recent_topics=["job"])


def test_cancer_is_an_illness_in_lower_case_and_a_sign_otherwise():
    task_input = HOROSCOPE_INPUT | {"moon_sign": "Cancer"}
    text = HOROSCOPE.replace("Moon in Virgo", "Moon in Cancer")
    assert (
        refusal_by(
            HoroscopeText, f"{text} The Moon in Cancer will leave you softer than she found you.", task_input
        )
        == ""
    )
    assert "certainty" in refusal_by(HoroscopeText, f"{text} The cancer will leave you.", task_input)
