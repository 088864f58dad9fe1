"""What a text that people read must keep, held against prose as an LLM writes it and against what spoils it."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.horoscopes.material import FILES, material
from astra_pipeline.language import contract as texts
from astra_pipeline.language import hinglish
from astra_pipeline.language.contract import SHORTEST
from astra_pipeline.llm.models import HoroscopeText, WeeklyReportText
from astra_pipeline.reports.material import material as report_material

TOLD: dict[str, Any] = {
    "name": "Meera",
    "astrology_system": "western",
    "sun_sign": "Leo",
    "moon_sign": "Virgo",
    "rising_sign": "Libra",
    "moon": {"sign": "Taurus", "nakshatra": "Rohini", "house": 8},
    "planets": {"Mars": {"sign": "Leo", "house": 11}, "Saturn": {"sign": "Aries", "house": 7}},
    "transits": [
        {"planet": "Saturn", "point": "Venus", "aspect": "square", "sign": "Aries", "house": 7},
        {"planet": "Moon", "point": "Moon", "aspect": "trine", "sign": "Taurus", "house": 8},
    ],
    "recent_topics": ["Career", "Mother's health"],
    "hinglish_level": 0,
}
HOROSCOPE = (
    "Good morning, Meera. The Moon is in Taurus today and passes through Rohini, so the day may move at the pace "
    "of a slow meal. She crosses your 8th house, and what you usually keep to yourself could want an ear. Your Sun "
    "in Leo likes to be seen, your Moon in Virgo likes to be useful, and with Libra rising you will look calm "
    "either way.\n\n"
    "Saturn squares your Venus from your 7th house. That can feel like a cool hand on a warm plan, and it asks "
    "what you would still want if nobody applauded. No aspect guarantees anything; this one only makes the "
    "question louder. With Mars in Leo, your circle of friends is ready to help, if you say what you need.\n\n"
    "With the people you love, I can't help but think that one honest sentence would do more than ten polite ones. "
    "At work, finish what you promised before you promise more. Where your mother's health worries you, sit with "
    "her for a while, and leave the answers to her doctors. Twelve days in a row you have come here: it shows."
)
HINGLISH_TOLD = TOLD | {"name": "Rohan", "rising_sign": "", "hinglish_level": 80, "recent_topics": []}
HINGLISH_HOROSCOPE = (
    "Namaste Rohan, kaise ho? Aaj chand Taurus mein hai aur Rohini nakshatra se guzar raha hai, toh mann thoda "
    "sukoon chahta hai. As a Leo Sun you like a full room, and your Virgo Moon would rather count the chairs, so "
    "today you may feel both at once. Dono theek hain.\n\n"
    "Saturn squares your Venus, matlab dil jaldi mein hai aur waqt dheere chal raha hai. If a plan with somebody "
    "close is delayed, it may simply need another week. Ghar par ek baar seedhe bol do ki kya chahiye. At work, "
    "pehle ek kaam khatam karo, phir agla. Bas, apna khayal rakhna!"
)
WEEK: dict[str, Any] = {
    "name": "Meera",
    "conversations": 3,
    "topics": ["Career", "Sleep"],
    "streak_days": 3,
    "milestones": ["3-Day Streak"],
    "hinglish_level": 0,
}
REPORT = (
    "Good evening, Meera. We talked three times this week, and each time you sounded a little less tired than the "
    "time before.\n\n"
    "Most of it was about your career. On Tuesday you asked whether a good job can be the wrong job, and I have "
    "been turning that over. Sleep came up as well; you said it was better on the nights you left the phone in the "
    "kitchen.\n\n"
    "Three days in a row, and with them the 3-Day Streak: may I be a little proud of you? You kept your word to "
    "yourself in a week that was not made for it.\n\n"
    "The Full Moon comes on Tuesday, a fine evening to put one thing down. Which part of your work would you keep "
    "if you could keep only one?"
)


def refusal(text: str, **changes: Any) -> str:
    """Why a horoscope for the example is refused; empty when it is not."""
    return _why(HoroscopeText, text, TOLD | changes)


def refusal_of_report(text: str, **changes: Any) -> str:
    return _why(WeeklyReportText, text, WEEK | changes)


def _why(model: type[HoroscopeText | WeeklyReportText], text: str, told: dict[str, Any]) -> str:
    try:
        model.model_validate({"content": text}, context=told)
    except ValidationError as error:
        return "; ".join(problem["msg"] for problem in error.errors(include_url=False))
    return ""


def with_sentence(sentence: str) -> str:
    return f"{HOROSCOPE} {sentence}"


def refusal_in_hinglish(sentence: str) -> str:
    return _why(HoroscopeText, f"{HINGLISH_HOROSCOPE} {sentence}", HINGLISH_TOLD)


def test_prose_as_an_llm_writes_it_is_accepted():
    assert refusal(HOROSCOPE) == ""
    assert _why(HoroscopeText, HINGLISH_HOROSCOPE, HINGLISH_TOLD) == ""
    assert refusal_of_report(REPORT) == ""


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("", "at least 1 character"),
        (HOROSCOPE.replace("\n\n", " "), "1 paragraphs, want 2 to 3"),
        (HOROSCOPE + "\n\nAnd one more thing.\n \nAnd another.", "5 paragraphs"),
        ("Meera, Leo.\n\nVirgo, Libra.", "characters, want 300 to"),
        (HOROSCOPE + "\n\n" + "x" * 4000, "characters, want 300 to 4000"),
        (f"```json\n{json.dumps({'content': HOROSCOPE})}\n```", "markup or JSON"),
        (json.dumps({"content": HOROSCOPE}), "markup or JSON"),
        ("## Your day\n" + HOROSCOPE, "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n- ", 1), "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n1. ", 1), "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n• ", 1), "markup"),
        (HOROSCOPE.replace("one honest sentence", "**one honest sentence**"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "*one honest sentence*"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "_one_ honest sentence"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "<b>one</b> honest sentence"), "markup"),
        (with_sentence("I'm sorry, but I can't assist with that."), "apology"),
        (with_sentence("As an AI language model I have no body."), "apology"),
        (with_sentence("I cannot provide a horoscope."), "apology"),
        (with_sentence("I’m sorry, but I can’t help with that."), "apology"),
        (with_sentence("I am unable to generate this content."), "apology"),
        (with_sentence("As an assistant, I have no opinion."), "apology"),
        (with_sentence("I apologize for the confusion in my previous answer."), "apology"),
        (with_sentence("That would be against my guidelines."), "apology"),
        (with_sentence("Here is the horoscope you requested."), "a remark about the text"),
        (with_sentence("Let me know if you would like any changes."), "a remark about the text"),
        (with_sentence("I hope this meets your requirements."), "a remark about the text"),
        (with_sentence("READER>>>"), "a remark about the text"),
        (HOROSCOPE.replace("Meera", "dear"), "name is not used"),
        (HOROSCOPE.replace("Rohini", "रोहिणी").replace("Taurus", "वृषभ"), "Latin letters"),
        (with_sentence("नमस्ते."), "Latin letters"),
        (with_sentence("Добрый день, сегодня хороший день, и завтра тоже будет хороший день."), "Latin letters"),
        (with_sentence("Aaj ka din tumhara hai, bas dheere chalo."), "want plain English"),
    ],
)
def test_what_spoils_a_text_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal(spoilt)


@pytest.mark.parametrize(
    "placeholder",
    "[USERNAME] [first_name] [name] (name) {{user_name}} {name} ${name} <name> USERNAME User TODO XXX ___".split(),
)
def test_a_placeholder_is_refused(placeholder: str):
    assert "a placeholder is left in the text" in refusal(with_sentence(f"Dear {placeholder}, be well."))


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Your Sun in Virgo wants order.", "sun sign"),
        ("Your Sun sign is Virgo.", "sun sign"),
        ("Your Virgo Sun wants order.", "sun sign"),
        ("As a Virgo Sun you want order.", "sun sign"),
        ("You were born under the Sun in Virgo.", "sun sign"),
        ("Your Sun sits in Aries, at the door of courage.", "sun sign"),
        ("Aries is your Sun sign, so run first.", "sun sign"),
        ("Aries, your Sun sign, runs first.", "sun sign"),
        ("Your natal Moon in Libra seeks peace.", "moon sign"),
        ("Your Moon sign, Libra, seeks peace.", "moon sign"),
        ("Your Libra Moon seeks peace.", "moon sign"),
        ("For a Libra moon that is much.", "moon sign"),
        ("Your Sun in Leo and Moon in Libra are friends.", "moon sign"),
        ("Your Moon sits in Taurus, so you love slow meals.", "moon sign"),
        ("With your Moon placed in Taurus you crave rest.", "moon sign"),
        ("Your Moon (Taurus) wants rest.", "moon sign"),
        ("Your Moon was in Aries when you were born.", "moon sign"),
        ("As a Taurus Moon you crave rest.", "moon sign"),
        ("You are a Taurus Moon.", "moon sign"),
        ("With Taurus as your Moon sign you crave rest.", "moon sign"),
        ("Born with the Sun in Leo and the Moon in Taurus, you love slow meals.", "moon sign"),
        ("Your rising sign is Virgo.", "rising sign"),
        ("Your Ascendant in Virgo is neat.", "rising sign"),
        ("Your Ascendant falls in Aries.", "rising sign"),
        ("Your lagna, Virgo, is neat.", "rising sign"),
        ("Virgo rising makes you neat.", "rising sign"),
        ("Taurus is your rising sign.", "rising sign"),
    ],
)
def test_another_sign_than_the_persons_own_is_refused(sentence: str, part: str):
    assert f"another {part} than the person's is claimed" in refusal(with_sentence(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Dear Aries, be well.",
        "Hello Aries!",
        "Good morning, Taurus.",
        "You, a Taurus at heart, like the slow way.",
        "You're an Aries, so begin.",
        "As a Taurus, you crave rest.",
        "As an Aries with a big heart you give too much.",
        "Like every Taurus, you want a good lunch.",
        "Taureans like you enjoy a slow day.",
        "Aries, you are early today.",
    ],
)
def test_nobody_is_addressed_by_a_sign_that_is_not_theirs(sentence: str):
    assert "addressed by a sign that is not theirs" in refusal(with_sentence(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "The Moon in Taurus trines your Moon in Virgo.",
        "As a Leo you know this.",
        "For a Virgo Moon that is much.",
        "Your rising sign, Libra, loves company.",
        "The Sun in Leo loves company.",
        "Your Sun sign is Leo and your Moon sign is Virgo.",
        "Your Sun sits in Leo and your Moon rests in Virgo.",
        "Leo is your Sun sign, and Libra your rising sign.",
        "You are a Leo Sun with a Virgo Moon.",
        "Your Sun, Moon and rising signs, Leo, Virgo and Libra, are on speaking terms.",
        "As a Leo with your Moon in Virgo, you like order and applause.",
        "You, a Leo at heart, like a full room.",
        "Hello Leo, if I may.",
        "As a Taurus Moon climbs the sky, give the evening to something slow.",
        "For a Taurus Moon, the evening is remarkably quiet.",
        "For an Aries season, this is a surprisingly patient day.",
        "For a Taurus day like this one, good food counts as wisdom.",
        "Saturn moves like an Aries Saturn should: as an Aries Saturn it wants courage before comfort.",
        "With the Moon in Taurus, your Moon sign Virgo feels understood.",
        "Taurus, where the Moon is today, asks for a slow lunch.",
        "Taurus, your 8th house, holds the Moon until the evening.",
        "The Moon in Taurus, you will notice, is in no hurry.",
        "Saturn is in Aries as your Moon looks on.",
    ],
)
def test_the_persons_own_signs_and_those_of_the_sky_may_be_named(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


def test_a_sign_that_is_in_none_of_the_facts_is_refused():
    assert "Gemini, Pisces is in none of the facts" in refusal(with_sentence("Mind Pisces and Gemini."))
    assert refusal(with_sentence("Mind the month of Aries.")) == ""


@pytest.mark.parametrize("sign", ["Leo", "Virgo", "Libra"])
def test_each_of_the_persons_signs_must_be_named(sign: str):
    assert "sign is not named" in refusal(HOROSCOPE.replace(sign, "it"))


def test_who_has_no_rising_sign_is_given_none():
    assert "another rising sign" in refusal(HOROSCOPE, rising_sign="")
    without = HOROSCOPE.replace("with Libra rising you will", "you will")
    assert refusal(without, rising_sign="") == ""


@pytest.mark.parametrize("own", SIGNS)
def test_somebody_called_leo_may_be_greeted_whatever_their_sign(own: str):
    text = HOROSCOPE.replace("Sun in Leo", f"Sun in {own}").replace("Meera", "Leo")
    assert refusal(text, name="Leo", sun_sign=own) == ""
    assert "another sun sign" in refusal(HOROSCOPE.replace("Meera", "Leo"), name="Leo", sun_sign="Pisces")
    assert "not named" in refusal(
        HOROSCOPE.replace("Sun in Leo", "Sun").replace("Meera", "Leo"), name="Leo", sun_sign="Pisces"
    )


@pytest.mark.parametrize(
    "name", ["Ar", "V", "Li", "s", "Todo", "Will", "🌙✨", "مريم", "דוד", "आशा", "Аня", "O'Brien"]
)
def test_any_name_may_be_in_a_text(name: str):
    assert refusal(HOROSCOPE.replace("Meera", name), name=name) == ""
    assert "certainty" in refusal(with_sentence(f"{name}, you will recover."), name=name)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("aarav", "Aarav"),
        ("PRIYA", "Priya"),
        ("Mary-Ann", "mary-ann"),
        ("O’Neil", "O'Neil"),
        ("O'Neil", "O’Neil"),
        (unicodedata.normalize("NFD", "José"), "José"),
        ("José", unicodedata.normalize("NFD", "José")),
        ("Asha", "Asha's"),
    ],
)
def test_a_name_may_be_in_another_case_and_form(name: str, written: str):
    assert refusal(HOROSCOPE.replace("Meera", written), name=name) == ""


@pytest.mark.parametrize(
    ("name", "written"), [("Ar", "Arun"), ("Asha", "Natasha"), ("Jo", "Joseph"), ("A", "Meera")]
)
def test_a_part_of_another_word_is_no_name(name: str, written: str):
    without = HOROSCOPE.replace("Meera", written).replace(" a ", " the ").replace("A ", "The ")
    assert "name is not used" in refusal(without, name=name)


@pytest.mark.parametrize(
    "topic", ["शादी", "Guaranteed profit", "Todo", "Kya meri shaadi hogi", "IVF", "Leo season"]
)
def test_a_topic_may_be_named_as_the_person_put_it(topic: str):
    assert refusal(with_sentence(f"You spoke of {topic}."), recent_topics=[topic]) == ""


CERTAIN = """
You will definitely recover.
Your mother will be cured.
You'll soon get pregnant.
She is going to conceive this month.
Your illness will disappear.
You will not die of it.
You will fall ill in March.
You are certain to win.
Stop taking your medicines.
You may skip the tablets.
Trust the stars instead of a doctor.
You do not need to see a doctor.
A guaranteed profit awaits.
Success is guaranteed.
You will get rich.
You will make a big profit.
It's a safe investment.
Put all your money into crypto.
Invest everything on Friday.
I am 100% sure.
You are doomed.
A disaster is coming.
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
Sell your shares before Thursday.
You should invest your savings in crypto now.
Today is a good day for investing.
Do not sell your shares until Friday.
Take the loan, Jupiter is with you.
It's a risk-free investment.
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
Do not take your antidepressants today.
Skip the insulin if you feel light.
Reduce the dose while Mercury is retrograde.
Avoid the operation this month.
Postpone the surgery until Saturn turns direct.
Schedule the operation for Thursday.
It is an auspicious day for surgery.
Try turmeric milk in place of your tablets.
You can heal this without medicines.
This mantra cures cancer.
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
The job is yours.
A promotion is on its way.
Recovery is guaranteed for your mother.
Jupiter promises you wealth.
I see a baby in your future.
Expect a promotion this week.
Your husband is cheating on you.
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
Wealth is coming to you.
Money is on its way to you.
A windfall awaits you.
Buy land this month.
So buy the shares and wait.
Now is the right time to invest your savings in gold.
Consider selling your house this month.
Put your savings into stocks.
Go ahead and take the loan.
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
The case will be decided in your favour.
You will be acquitted.
You will lose the lawsuit.
You will crack the interview.
You're going to ace your exams.
She will pass the exam.
Your exam will go well.
An accident is coming.
A tragedy will strike your family.
There will be a divorce.
You will be robbed.
You will suffer a heavy loss.
Bad luck will find you.
The stars have decided, and you will win custody.
Don’t worry, you’ll get the job.
Rest easy: your mother’s operation will go well.
The offer letter will be in your inbox by Wednesday.
Rest assured, the promotion is yours.
This is the month you get married.
By March you will be holding your baby.
Financial abundance is guaranteed.
Financial abundance will flow to you.
Prosperity will come to you this year.
You will become financially free.
The scan will show nothing.
The lump is benign.
You do not have cancer.
Throw your pills away.
Leave your medicines aside for a week.
Thursday is good for the operation.
Thursday is lucky for buying gold.
Put money in stocks.
Gold is a safe bet today.
Now is the time to sell.
Borrow the money now.
Success in court is assured.
You'll be cleared of all charges.
This year brings you a child.
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
Death is near.
The medical report will be fine.
Your reports will come back normal.
Your flat will double in value, so buy the flat.
You will be married to him by June.
The raise will happen this month.
Don't worry about the interview — you'll get the job.
By Diwali your money troubles will be over and you will be rich.
Trust me, the biopsy will be negative.
Your mother is going to be completely fine.
You can expect a promotion before the month is over.
The visa is coming through this week.
This transit brings you a baby.
You'll be married within six months.
Your ex-husband will lose the custody case.
Your business is going to make a huge profit this year.
The stars are clear: your father will recover fully.
You are sure to pass the exam.
You're certain to get the loan.
You're bound to lose money on that deal.
Now is a good time to buy shares.
You should sell your flat this month.
Move your savings into gold before the weekend.
Pull your money out of the market today.
Saturn says: avoid surgery until March.
Ask the surgeon to wait, and postpone the operation.
Give up the antidepressants and walk instead.
You no longer need your blood pressure tablets.
You won't need your medicines anymore.
Your cancer is gone.
Your disease is cured.
You will never have a child.
You won't be able to conceive this year.
Someone in your family will die.
A death in the family is coming.
You will meet with an accident on Thursday.
Beware, a serious accident awaits you.
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
Expect unexpected money on Friday.
You'll receive good news about your pregnancy: it will be a boy.
Jupiter in your 2nd house ensures you wealth this year.
This transit will bring you money and a promotion.
By the end of the year you will own a house.
Marriage is certain this year.
The divorce will go through in May.
Your boss will fire you.
You will be fired on Monday.
Take your mother off the medication and give her tulsi instead.
Avoid doctors this week, their hands are unlucky.
It is a bad day for surgery.
You have nothing to fear: the tumour is benign.
You'll live to see ninety.
Your sister will conceive this month.
Your dog will recover.
Bitcoin will skyrocket.
The market will crash on Thursday.
You will recover your lost money this week.
""".strip().splitlines()
CERTAIN_IN_HINGLISH = """
Tum pakka theek ho jaoge.
Dawai lena band karo.
Is hafte zaroor munafa hoga.
Tumhari naukri pakki hai.
Is mahine shaadi ho jaayegi, pakka.
Paisa zaroor aayega.
Maa bilkul theek ho jaayengi, guarantee hai.
Operation mat karwao.
Sona khareed lo aaj, daam badhega.
Dawai chhod do, sitare saath hain.
Goli mat khao aaj.
Tumhe promotion mil jaayega.
Tum case jeet jaoge.
Exam mein tum zaroor pass ho jaoge.
Agle saal bachcha hoga.
Beta hoga, yeh pakka hai.
Papa ki tabiyat bilkul theek ho jaayegi.
Share mein paisa laga do.
Aaj accident ho jaayega, bahar mat jao.
Tumhara karz utar jaayega.
Visa mil jaayega is hafte.
Ghar bech do is mahine.
Naukri nahi milegi is saal.
Tumhe naukri zaroor milegi.
Paise aane wale hain, tayyar raho.
Tumhari salary badhegi.
Is saal shaadi pakki hai.
Tumhari shaadi tay ho jaayegi.
Rishta pakka ho jaayega.
Tum maa banogi is saal.
Beti hogi.
Bimari khatam ho jaayegi.
Operation safal ho jaayega.
Tum bilkul theek ho jaoge.
Sugar kam ho jaayegi.
Insulin band kar do.
Ilaaj mat karwao.
Tumhara interview clear ho jaayega.
Case tum haar jaoge.
Woh mar jaayega.
Zameen khareed lo.
Crypto mein paisa lagao.
Munafa hoga is hafte.
Is mahine naukri lag jaayegi.
Shaadi zaroor hogi is saal.
Bahut paisa aayega.
Dhan ki barsaat hogi.
Tum ameer ban jaoge.
Mummy jaldi theek ho jaayengi.
Tumhari bimari door ho jaayegi.
Dawai lene ki zaroorat nahi hai.
Doctor ke paas jaane ki zaroorat nahi.
Gold khareed lo.
Tumhe beta hoga.
Court case tum jeet jaoge.
Exam pass ho jaoge.
Promotion pakka hai.
Operation taal do.
Paisa doob jaayega.
""".strip().splitlines()
HARMLESS = """
Nothing is guaranteed, and that is a freedom.
The stars never guarantee a profit.
You will recover your rhythm by noon.
You may feel better when you rest.
Ask your doctor about the tablets.
Money is a subject today; look at the figures.
An old habit can end here.
This transit guarantees nothing, but it does open a window.
There are no guarantees here, only good odds for a kind word.
Saturn is slow, and slow is not a guarantee of anything.
You wanted a guarantee, and life offers you a question instead.
Invest everything you have learned into one honest conversation.
Invest an hour in rest and the evening pays you back.
Let an old quarrel die down; it will die of itself if you stop feeding it.
That hope will never die, and you need not hide it.
You will get rich material for your writing out of a talk like that.
The evening is bound to win you over if you let it.
You are sure to recover your sense of humour by the afternoon.
You will soon recover from a busy morning, and tea helps.
The roses will die back in winter, and so may a worry.
It is a safe return to an old habit.
This is not a sure profit, and nobody should call it one.
You may find that an investment in rest pays the safest returns of the week.
There will be a loss of pace around noon, so stop treatment of the day as a race.
Reduce any treatment of yourself as a machine.
If the pain will end one day, it is because you let it speak.
You may get the job, and you may find that you no longer want it.
You could be married to your work without noticing; look up once.
If you apply this week, you might hear back sooner than you think.
You'll get the job done by noon if you start with the dull part.
You will have a job to do before the fun begins.
Nobody can promise you that your mother will recover, and yet the hour beside her counts.
No chart can tell whether you will get married this year.
I hope your mother will recover soon, and that you sleep well meanwhile.
You asked whether you will get the promotion, and I would rather ask what you would do with it.
You told me that your father will have surgery on Friday; be near your phone and near your people.
The fear that you will lose your job is loudest at night.
Perhaps your salary is not the number that matters today.
Ask your doctor before you change the dose.
Never stop your medicine without a word with the doctor.
Do not skip your tablets because the day is full.
Take your tablets with breakfast, as you were told, and then take a walk.
You asked if you should sell the house; write down what you would miss.
If you want to buy a house one day, this is a good evening to dream on paper.
Look at the figures before you buy shares because a friend is excited.
Never invest money you would miss in the morning.
A friend may offer you gold, and a silver tongue is worth a second look.
Your mother's health worries you; sit with her and leave the answers to her doctors.
The day will end better than it began if you eat on time.
Money is a subject today, and you will feel lighter after you have looked at it.
You will find the job easier once you have asked for help.
Your business with the past will keep until tomorrow.
Your patience will pay off in small coins, such as a quiet evening.
The market will be crowded, so go early and come home with flowers.
The result of a good talk will be there tomorrow as well.
Success is yours to define, and this week you may define it kindly.
In this case will matters less than rest.
Somebody will come to you with a question; listen to the end.
A small accident of timing may turn out well.
You are not doomed to repeat the argument.
Never think that you are cursed; you are tired.
You do not have to be a hundred percent sure before you begin.
There is no such thing as a safe investment in other people's moods.
You will pass the test of patience at the breakfast table.
You will win no argument before coffee, and you need not.
The child in you will welcome an hour without a plan.
Expect nothing from the morning and be surprised by the afternoon.
Do not expect a windfall; expect a Tuesday.
Where there is a will, there is also a need for lunch.
Time heals pain slowly, and it does its work better when you sleep.
A wonderful idea will come to you in the shower, so keep a pen near.
You will be engaged in three conversations at once.
Your friend will be fine without an answer until the evening.
It will be fine to say no.
You will die laughing at your own joke, if you dare to tell it.
What you will get out of this week depends on what you leave out of it.
You'll make money talk less loudly if you write the figures down.
You will see money differently after one honest look at the account.
She will be healthy company for you, that friend who never hurries.
Sign nothing in a hurry, and read the lease twice.
There is one thing I will not write down here, and I ask you to say it to somebody close to you.
A colleague may step in as an assistant to your plan.
I cannot write the ending for you, but I can sit with you.
I can't help thinking that you already know the answer.
I'm sorry you could not sleep; I can't mend that, but I can keep you company.
I am afraid I cannot count the times you have made me smile.
I will not give advice where a hug would do.
I won't create a drama out of a delay.
You are unable to create when you are this tired, so rest.
You asked, "Courage": what is it?
Put it on your todo list and let it rest there.
Good morning to you, dear reader of skies.
Your test of courage will be a short phone call.
You will have the house to yourself, so play the old songs.
The results of your work will be seen in time.
You might find that the promotion matters less than the praise.
Your mother may feel better after a quiet afternoon.
It may help to look at your debts with somebody you trust.
A raise could be a fair thing to ask for.
You will be asked about the job, so think of one plain answer.
You will think about marriage when the invitations arrive.
You will hear about the results when they come; until then, breathe.
The case for patience is strong today.
Your appeal lies in how you listen.
Nobody wins when two tired people argue about money.
You do not need to decide about the surgery before you have slept.
You said that the doctor will call on Thursday.
Let the doctor decide about the operation, and let yourself be looked after.
If the doctor says you will recover, believe the doctor.
You asked what will happen to your marriage, and I have no answer, only company.
Will you get the job? That is not mine to say.
When will you marry? Ask rather whom you can laugh with.
You wondered if the loan will be approved; gather the papers and see.
You feel that you will never recover from this, and feelings are not forecasts.
It can seem as if the pain will never end.
There will be an end to it, as to every rainy week.
There will be a moment for the truth before dinner.
Something good may happen when you stop pushing.
The accident of birth gave you this Moon; the rest is yours.
Death and taxes can wait until Monday.
Put all your heart into the small thing.
Put your savings in order before you dream aloud.
Keep your gold for the people who earned it, which is to say your attention.
Buy flowers, not arguments.
Sell nobody short, least of all yourself.
Trade a complaint for a request.
You will buy yourself time by answering late.
Share the plan and the credit with the house.
Take the stairs and take your time.
A loan of sugar from the neighbour counts as friendship.
Your fortune is a long friendship.
Your fortunes may turn when you ask for help.
The price of silence will rise with every day.
Gold light will fall on the evening; go out and see it.
Your pain is real, and talking helps.
Rest is good medicine for a tired mind.
Laughter is the best medicine today.
Tea is no cure, but it is company.
Do not take medicine lightly, and do not take yourself too seriously.
Skip the second coffee.
Stop carrying everybody's bag.
Avoid the market at noon.
Cancel one meeting and keep one promise.
Postpone the argument until you have eaten.
You will be happy to be healthy company for someone.
The baby of the family may call.
A child will come to you with a question.
Your son may surprise you with his kindness.
You may become a mentor to someone younger.
You will give birth to an idea over lunch.
You are expecting a lot of yourself.
Expect a slow morning and a kinder evening.
You will have an accident of luck, such as an empty seat.
Nothing is written in stone.
The stars do not promise you money, they offer you a morning.
No planet brings you a promotion; you bring yourself.
You will never be rich in hours, so spend them on people.
You will be rich in company.
You'll be in good hands tonight.
You will end the week lighter than you began it.
The exam asks for sleep as much as for study.
You will do well to rest before the exam.
You will do well in company of people who laugh.
You will pass a bakery; go in.
Success will follow its own clock.
Your job will ask a little more of you this week.
The job will still be there after lunch.
The visa papers will need a second look.
Your offer of help will be welcome.
Your offer will be heard, whatever the answer.
Your application deserves one more reading.
Your divorce was hard, and you are still here.
You will live with the question a little longer.
You will survive the meeting.
This could be a good week to talk about your promotion; your manager may be more receptive than you expect.
You'll find that money matters feel lighter once you have written them down.
Your finances may ask for a second look, particularly subscriptions you no longer use.
With Jupiter supporting your 2nd house, opportunities to earn could appear, though nothing is certain.
Health-wise, your body will thank you for an early night.
If you've been waiting on a medical report, be gentle with yourself while you wait.
The stars can't tell you whether the surgery will go well, but they can remind you to pack a book.
You will feel stronger after a walk.
Don't let the fear of failing the exam steal the joy of learning.
Someone will bring good news, or at least good cookies.
An opportunity will present itself at work; say yes before you overthink it.
You'll be rewarded for your patience.
A job well done will speak for itself.
The promotion you want will take patience and one honest talk.
Your new job will feel less new by Friday.
Your savings will thank you for one quiet weekend.
Your wedding will need a list, a budget and a sense of humour.
Marriage is a long conversation, and you will have the next sentence ready.
You will see the doctor on Tuesday; write your questions down.
Your mother will need you this week.
Your mother will call; let it ring only twice.
Your mother will be better company after lunch.
He will be fine with tea.
She will be safe in your memory.
You will not lose yourself by losing an argument.
You might lose money if you hurry, so sleep on it.
You could lose your temper before lunch.
Your debts of sleep will vanish after two early nights.
A headache will sometimes leave when the phone does.
Depression is not a mood, and you deserve help; a doctor is a good first door.
You will be blessed with good company.
You will be given a chance to speak.
You will receive a message about a job.
You will earn more than money from it.
You will make money decisions more calmly.
You will gain a wealth of experience.
You will get your savings in order, one envelope at a time.
You will see money in a new light.
You will keep the job in perspective.
It is a good day to invest in yourself.
It is a good time to buy time.
The best day for a decision is the one after a good night.
This is the week you find your rhythm.
You have cancelled three dinners; keep the fourth.
Your growth is nothing to apologise for.
Leave the tablets to the people who prescribed them, and leave the worry at the door.
The trade wind is in your favour.
A proposal will land on your desk; read it twice.
Your child may need your ear more than your advice.
Whoever you marry one day will have to like your mother.
There will be no accident in how kindly you are received.
The end of the pain is not on any calendar, and you are not late.
You will learn to live with the noise, or you will move the chair.
You will live through this week as you lived through the last.
You will be better at this by Friday.
Her results will surprise no one who saw her study.
The court of public opinion will be in session at dinner.
Nothing will be decided in your favour or against you today.
A treatment of kindness works on most moods.
The operation of the household will run more smoothly with a list.
A stroke of the pen will settle the small dispute.
You will have a stroke of luck with the bus.
You need not see a deadline as a verdict.
Saturn cures nothing, he only asks for patience.
You will be sick of the noise by noon, so take the quiet road.
You'll be ill at ease for an hour, and then you will laugh.
You are rich in friends and you will be richer in sleep.
The post will arrive by noon, and with it a card.
Your appointment will be confirmed by the afternoon.
Your report will be good if you sleep first.
Time will heal this pain, and it may take its time.
You will conceive a plan over breakfast.
You will need a doctor you trust, so ask your cousin whom she sees.
Death will come up in the talk, and you may change the subject.
The hike is near the lake, and so is your good mood.
Buy flat shoes and walk home.
Buy house plants, not arguments.
Sign the loan papers only after a second reading.
You could be married to your work without noticing.
You will be married to your desk by Thursday, so book the evening.
Whether to stay, I cannot give you an answer; I can only sit beside the question.
I will not give you a prediction about the exam, only a pat on the shoulder.
I cannot write the report for you, but I can ask what scares you about it.
I can't write the letter for you, but I can tell you where to begin.
The report you asked for will be on your desk when it is ready.
Your portfolio meets the requirements you set for yourself.
Read the safety guidelines before the climb.
Your word count is not your worth.
The loan is confirmed, as you told me, so plan the move slowly.
By Friday you'll have a clearer sense of what you want to ask for — and from whom.
You talked about your father's operation twice, and both times you sounded braver than you felt.
Career was the loudest word this week, and the promotion came up every single time.
You said you would rather lose the job than lose the evenings with your daughter.
The interview on Thursday came and went, and you were kinder to yourself afterwards than I expected.
It isn't my place to say if you'll recover what you lost; it is my place to keep you company.
If your mother will not rest, perhaps a cup of tea can talk her into it.
You will be tempted to check the market every ten minutes; close the app.
Money will be on your mind, so give it a quiet hour and then close the notebook.
Somebody at work will take the credit, and you will let it go.
There's no telling what the doctor will say, so eat something before you go.
The thought of marriage will come up at dinner, as it does.
You will hear back when you hear back.
The week will end on a gentler note than it began.
Whatever the results say, you will not be alone with them.
Even good news about the job may take a while to feel real.
You're not going to fix your finances in one night, and nobody asks you to.
You are going to be asked for your opinion about the wedding menu.
Let the doctors do the medicine and do the hand-holding yourself.
A visit to the doctor is on your list; keep it there and keep the date.
Book the check-up you have been putting off.
Your body asks for sleep and your mind asks for answers; give the body what it wants first.
Some of the pain in this week was old, and old pain softens when it is named.
You can stop carrying the family's money worries as if they were your own medicine to swallow.
It may be wise to read the loan agreement with somebody who likes small print.
A colleague might share a tip about stocks; smile and change the subject.
You do not have to sell yourself; you only have to show up.
I wish you a visa to the country of good sleep.
Saturn squares your Venus, so love may ask for patience before it gives you a gift.
The Moon in your 2nd house invites you to count what you have, not what you will get.
An honest talk will do more for your marriage than a perfect plan.
Your brother will get the last word, as ever, and you may let him.
The kids will be fine company after school.
You'll win points for showing up early.
You will lose track of time in the best way.
Someone will lose patience, and it need not be you.
Don't bet your mood on one message.
You'll be healthier company for yourself after lunch.
The case of the missing keys will be solved by noon.
It's fine to fail at resting; try again after dinner.
This phase will pass.
The storm will pass, and so will the need to win it.
You are not going to die of embarrassment, whatever your cheeks say.
An hour of sunlight is better than any pill I could think of.
The baby steps are the ones that count today.
A new child of your imagination wants a name.
He may never say sorry, and you may still sleep well.
In the end you'll get what you came for, which was a good talk.
You'll get a second wind around four.
You will get a raise of spirits from an unexpected text.
With Saturn squaring your Venus, you may feel that love asks for more patience than you have to spare, but this pressure can also help you define what you truly value.
At work, your attention to detail will be your greatest asset today; a colleague may notice it and a new opportunity could follow.
Financially, it might be a good day to review your budget rather than make any big purchases.
This is not the day to sign anything you have not read; sleep on the contract and the loan.
Your health benefits from routine: a glass of water, a short walk, an early night.
If you are considering a job change, gather information first and decide later.
Trust that the right opportunity will find you when you are ready.
You will know when it is time to speak.
Today, the universe will remind you that rest is productive too.
You'll feel a surge of energy around midday, so plan the hardest task for then.
Your creativity will flow more freely once you stop judging it.
Love will feel simpler if you let it be small.
A conversation with your mother will bring you both some relief.
Your relationships will benefit from a little honesty.
Someone will surprise you with kindness today.
You will be proud of yourself by the evening.
Your efforts at work will not go unnoticed for long.
Things will get better, one small step at a time.
It will get easier once you have slept.
You will get through this.
You'll get there, even if the road bends.
You will find the words when you need them.
The tension will ease by the weekend.
The heaviness will lift when you share it.
Your confidence will grow with each small success.
Old wounds will heal at their own pace, and there is no prize for hurrying.
Your heart will mend in its own time.
You will recover from this disappointment, as you did from the others.
You will never be alone with this while I am here.
The Full Moon will bring feelings to the surface.
Jupiter brings you a sense of possibility, which you may or may not act on.
Venus promises nothing, she only smiles.
The stars promise no fortune, only weather.
Expect a few delays and pack a snack.
You can expect mixed signals from a friend.
Mercury will help you find the right tone in a difficult email.
Mars will give you the push you need to start.
A trusted friend will give you good advice about money, if you ask.
You will have more energy for your family tonight.
You will have a chance to show what you can do.
You will have enough.
You will lose nothing by waiting a day.
You will win more by listening.
You will make a good impression at the interview if you breathe first.
You will be fine.
Everything will be fine in the end, and if it is not fine, it is not the end.
Your mother will appreciate a call.
Your father will want to hear about your week.
Your son will test your patience and then hug you.
Your partner will understand if you say it plainly.
Your doctor is the right person for that question.
Take care of your body as you would of a friend.
Keep taking your medicine as prescribed, and keep taking walks.
Keep your appointment with the doctor and take a friend along.
If something hurts, see a doctor rather than a star chart.
Don't ignore the pain; have it looked at.
Put your health first today.
Save a little, spend a little, and enjoy both.
Money flows more easily when you look at it without fear.
Wealth is more than money, and you are learning to count it differently.
Success will look different this year.
Your success is not in doubt, only its schedule.
Life is not a court case, and you need not win it.
Let the judge in you take the day off.
The verdict on this week: you were braver than you felt.
""".strip().splitlines()
HARMLESS_IN_HINGLISH = """
Apna vaada mat todo, aur kisi ka dil mat todo.
Goli khana mat bhoolna, doctor ne jo kaha hai woh karo.
Dawai time par lena mat bhoolna.
Dawai band mat karo, doctor se pehle baat karo.
Zaroor thik ho jaayega yeh din.
Sab theek ho jaayega, bas saans lo.
Shaadi kab hogi, yeh sitare nahi bata sakte.
Naukri milegi ya nahi, yeh koi kundli nahi jaanti.
Shayad naukri ki baat aage badhe, shayad thoda ruk jaaye.
Iski koi guarantee nahi hai, aur yeh bhi theek hai.
Paise ki baat aaj khul kar karo.
Job mein aaj mazaa aayega agar tum thoda hanso.
Maa ki tabiyat ki chinta ho toh unke saath baitho.
Operation ki baat ho toh doctor se poocho.
Ghar mein shaadi ki baat hogi, tum bas chai piyo.
Aaj paisa sochne ki cheez hai, darne ki nahi.
Kya meri shaadi hogi, tumne poocha tha.
Agar exam ka darr ho toh ek chapter se shuru karo.
Sone se pehle phone band kar do.
Khareedne se pehle ek raat ruk jao.
Paisa aata jaata rehta hai, dosti rakho.
Job ki chinta raat ko mat karo.
Shaadi ka sawaal ho toh pehle khud se poocho.
Naukri ke baare mein kal socho.
Exam se pehle neend poori lo.
Dawai lene ka waqt mat chhodo.
Maa ko phone karo, unhe achha lagega.
Dard ho toh doctor ko dikhao.
Kaash paisa ped par ugta, hai na.
Agar loan lena ho toh pehle sab padh lo.
Ghar khareedne ka sapna sundar hai, jaldi mat karo.
Case ki tareekh yaad rakho, baaki vakil par chhodo.
Paise ka hisaab rakho.
Beta, thoda aaram karo.
Papa se baat karo, woh khush ho jaayenge.
Aaj ka din achha jaayega, bas jaldi mat karo.
Kaam mein maza aayega, dost saath honge.
Shaam ko sukoon milega, ek cup chai ke saath.
Thoda aaram karoge toh achha lagega.
Dil ka bojh halka ho jaayega jab baat karoge.
Job interview ke liye best of luck, yaar.
Paisa sab kuch nahi hai, par hisaab rakhna achha hai.
Papa ki dawai ka waqt yaad dila dena.
Operation ke din unke saath rehna.
Jo hoga dekha jaayega.
Naya ghar ho ya purana, neend zaroori hai.
Beti ke saath khelo, woh khush ho jaayegi.
Kal ka exam kal dekhenge, aaj so jao.
Rishton mein aaj pyaar badhega.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", CERTAIN)
def test_certainty_about_health_money_or_misfortune_is_refused(sentence: str):
    assert refusal(with_sentence(sentence)) == (
        "Value error, certainty about health, money or misfortune, want possibilities"
    )


@pytest.mark.parametrize("sentence", CERTAIN_IN_HINGLISH)
def test_certainty_is_refused_in_hinglish_too(sentence: str):
    assert "certainty" in refusal_in_hinglish(sentence)


@pytest.mark.parametrize("sentence", HARMLESS)
def test_ordinary_prose_and_possibilities_are_accepted(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


@pytest.mark.parametrize("sentence", HARMLESS_IN_HINGLISH)
def test_ordinary_hinglish_is_accepted(sentence: str):
    assert refusal_in_hinglish(sentence) == ""


def test_a_topic_makes_no_promise_harmless():
    assert "certainty" in refusal(
        with_sentence("Your mother's health will improve."), recent_topics=["Mother's health"]
    )
    assert "certainty" in refusal(with_sentence("You will get the job."), recent_topics=["job"])


@pytest.mark.parametrize(
    "question",
    [
        "Will I get the job?",
        "Is my mother going to recover?",
        "Should I sell the house?",
        "Is it a good time to buy a house?",
        "Should I stop taking my tablets?",
        "Is Friday good for the surgery?",
        "Meri shaadi kab hogi?",
    ],
)
def test_what_somebody_asked_can_be_quoted(question: str):
    assert texts.is_quotable(question, 100)


def test_cancer_is_an_illness_in_lower_case_and_a_sign_otherwise():
    told = TOLD | {"moon_sign": "Cancer"}
    text = HOROSCOPE.replace("Moon in Virgo", "Moon in Cancer")
    assert _why(HoroscopeText, f"{text} The Moon in Cancer will leave you softer than she found you.", told) == ""
    assert "certainty" in _why(HoroscopeText, f"{text} The cancer will leave you.", told)


TRANSITS = [
    {"planet": planet, "aspect": aspect, "point": point}
    for planet, aspect, point in (
        ("Saturn", "square", "Venus"),
        ("Moon", "trine", "Moon"),
        ("Rahu", "trine", "Mercury"),
        ("Jupiter", "conjunction", "Ascendant"),
        ("Moon", "opposition", "Sun"),
        ("Mars", "sextile", "Rahu"),
    )
]


@pytest.mark.parametrize(
    ("sentence", "invented"),
    [
        ("Jupiter trines your Mars from the 5th house, exact at noon.", "Jupiter trine Mars"),
        ("Jupiter trine your Mars is a gift.", "Jupiter trine Mars"),
        ("Saturn squares your Moon.", "Saturn square Moon"),
        ("Saturn opposes your Venus.", "Saturn opposition Venus"),
        ("Saturn trines your Venus.", "Saturn trine Venus"),
        ("Venus joins your Sun.", "Venus conjunction Sun"),
        ("Venus conjoins your natal Moon in the 2nd house.", "Venus conjunction Moon"),
        ("Venus is conjunct your Moon.", "Venus conjunction Moon"),
        ("Venus meets your Moon this evening.", "Venus conjunction Moon"),
        ("Mars, moving through Leo, squares your natal Moon.", "Mars square Moon"),
        ("Mars in Leo gently sextiles your Moon.", "Mars sextile Moon"),
        ("From your 11th house, Mars squares your Mercury.", "Mars square Mercury"),
        ("Mars, from your 11th house of friends, opposes your Midheaven.", "Mars opposition Midheaven"),
        ("Mars makes a wonderfully kind trine to your Jupiter.", "Mars trine Jupiter"),
        ("Mars stands opposite your Moon.", "Mars opposition Moon"),
        ("Mars is in trine with your Ascendant.", "Mars trine Ascendant"),
        ("The trine from Jupiter to your Mars opens a door.", "Jupiter trine Mars"),
        ("Jupiter's kind trine to your Mars opens a door.", "Jupiter trine Mars"),
        ("A square between Saturn and your Moon asks for rest.", "Saturn square Moon"),
        ("Your Mars receives a trine from Jupiter.", "Jupiter trine Mars"),
        ("Your Moon is opposed by Saturn.", "Saturn opposition Moon"),
        ("With Saturn square your Moon, eat before you answer.", "Saturn square Moon"),
        ("Today the Sun conjuncts your Mercury.", "Sun conjunction Mercury"),
        ("Mars and Venus trine your Moon.", "Venus trine Moon"),
        ("Saturn now squares your Virgo Moon.", "Saturn square Moon"),
        ("Ketu trines your Mercury.", "Ketu trine Mercury"),
        ("Saturn will square your Moon at 4 pm.", "Saturn square Moon"),
        ("Saturn squares natal Mars.", "Saturn square Mars"),
    ],
)
def test_an_aspect_to_the_chart_that_is_in_none_of_the_facts_is_refused(sentence: str, invented: str):
    told = refusal(with_sentence(sentence), transits=TRANSITS)
    assert told == f"Value error, {invented} is in none of the transits"


@pytest.mark.parametrize(
    "sentence",
    [
        "Saturn, moving through Aries, squares your natal Venus.",
        "Your Venus is squared by Saturn today.",
        "The square from Saturn to your Venus asks for patience.",
        "Rahu trines your Mercury.",
        "Jupiter meets your ascendant with a smile.",
        "The Moon stands opposite your Leo Sun.",
        # The nodes stand opposite each other.
        "Ketu makes a sextile to your Mercury.",
        "The North Node trines your Mercury.",
        "Mars trines your Ketu.",
        # In one sign, whatever the degrees.
        "Mars in Leo joins your Sun.",
        # The sky among itself, the chart among itself, and what is denied or past.
        "Mars squares Saturn in the sky today.",
        "Venus joins Jupiter this evening.",
        "Your natal Mars squares your Venus, as you know.",
        "Your Sun and Mars square your Saturn by birth.",
        "No planet squares your Moon today.",
        "Neither Mars nor Saturn squares your Moon.",
        "Saturn does not oppose your Moon.",
        "Last week Mars joined your Moon; that is over.",
        # No aspect.
        "Saturn teaches; your Sun in Leo prefers to meet your Moon for tea.",
        "Saturn asks for patience, and your Moon would like company.",
        "Mars and your Sun share a taste for speed.",
        "Jupiter in the 10th house squares up to your ambition.",
        "Venus joins your Sunday table.",
        "Saturn squares your Moon sign's habits with the clock.",
    ],
)
def test_aspects_that_are_told_or_not_to_the_chart_may_be_named(sentence: str):
    assert refusal(with_sentence(sentence), transits=TRANSITS) == ""


def test_an_invented_aspect_is_refused_in_hinglish_too():
    assert refusal_in_hinglish("Saturn tumhare Venus ko square kar raha hai.") == ""
    told = refusal_in_hinglish("Jupiter aapke Mars se trine mein hai.")
    assert "Jupiter trine Mars is in none of the transits" in told


def test_aspects_are_not_looked_at_where_no_transits_are_told():
    assert refusal_of_report(REPORT.replace("The Full Moon", "Jupiter trines your Mars. The Full Moon")) == ""


def spoken(material: object, path: str = "") -> Iterator[tuple[str, str]]:
    """(where it stands, phrase) of everything in a file of phrases, but for its lists of words."""
    if isinstance(material, dict):
        for key, value in material.items():
            yield from spoken(value, f"{path}/{key}")
    elif isinstance(material, list):
        for value in material:
            yield from spoken(value, path)
    elif isinstance(material, str) and len(material) < SHORTEST:
        yield path, material


@pytest.mark.parametrize("words", [*map(material, FILES), report_material()], ids=[*FILES, "week"])
def test_no_phrase_of_our_own_reads_as_a_refusal_a_placeholder_or_certainty(words: dict[str, Any]):
    wrong = {
        (path, phrase): refused
        for path, phrase in spoken(words)
        if (refused := refusal(with_sentence(re.sub(r"\{[^{}]*\}", "tea", phrase.replace("{, name}", ", dear")))))
        and re.search("apology|remark|placeholder|certainty", refused)
    }
    assert not wrong


@pytest.mark.parametrize(
    "seed",
    "you will |sure to |your Moon |Saturn in |the job will be |a |I cannot provide a |Leo |....|'|you asked ".split(
        "|"
    ),
)
def test_no_text_takes_long_to_judge(seed: str):
    text = seed * (4000 // len(seed))
    start = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("level", "accepted"), [(0, True), (33, True), (34, False), (66, False), (67, False), (100, False)]
)
def test_english_alone_is_too_little_for_who_wants_hinglish(level: int, accepted: bool):
    assert (refusal(HOROSCOPE, hinglish_level=level) == "") is accepted
    assert ("Hinglish at level" in refusal(HOROSCOPE, hinglish_level=level)) is not accepted


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (REPORT.replace("\n\n", "\n", 1), "3 paragraphs, want 4"),
        (REPORT + "\n\nUntil then.", "5 paragraphs, want 4"),
        (REPORT.rstrip("?") + ".", "0 questions in the last paragraph"),
        (REPORT + " And which would you leave?", "2 questions in the last paragraph"),
        (REPORT.replace("Meera", "dear"), "name is not used"),
        (REPORT.replace("Three days", "- Three days"), "markup"),
        (REPORT + " You will be cured", "certainty"),
    ],
)
def test_what_spoils_a_report_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal_of_report(spoilt)


def test_several_troubles_are_told_at_once():
    told = refusal(with_sentence("**Dear [NAME]**, your Sun in Aries will get rich.").replace("\n\n", " "))
    for why in ("1 paragraphs", "markup", "placeholder", "certainty", "another sun sign"):
        assert why in told


@given(st.text(min_size=20))
def test_a_refusal_never_repeats_the_text(secret: str):
    told = refusal(secret)
    assert secret.strip() not in told or not secret.strip()


@given(st.text(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), st.integers(0, 100))
def test_any_text_name_and_topics_can_be_judged(text: str, name: str, topics: list[str], level: int):
    told = {"name": name, "recent_topics": topics, "hinglish_level": level}
    assert isinstance(texts.problems(text, told, at_least=2, at_most=3), list)
    assert isinstance(texts.sign_problems(text, told), list)


def test_the_list_of_hindi_words_holds_no_common_english():
    assert not hinglish.spoken_in(f"{HOROSCOPE} {REPORT}", besides="Meera")
    assert len(hinglish.spoken_in(HINGLISH_HOROSCOPE, besides="Rohan")) > 20
