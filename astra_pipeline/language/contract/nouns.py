"""The subjects of promises, threats and advice, as regular expressions made of nouns.yaml. Pure.

Each constant is an expression in brackets, without word boundaries, for sentences in small letters.
"""

from __future__ import annotations

from astra_pipeline.language import vocabulary
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of, stems


class Nouns(Vocabulary):
    """The lists of nouns.yaml, where each has a comment that says what it is for."""

    kin: Words
    people: Words
    body_parts: Words
    illnesses: Words
    treatments: Words
    medicines: Words
    test_results: Words
    exams: Words
    law_cases: Words
    courts: Words
    jobs_and_papers: Words
    applications: Words
    money: Words
    incomes: Words
    debts: Words
    assets: Words
    harmless_after_assets: Words
    weddings: Words
    misfortunes: Words


NOUNS = vocabulary.load("astra_pipeline.language.contract", "nouns.yaml", Nouns)

KIN = one_of(NOUNS.kin)
PERSON = (
    rf"\b(?:you|he|she|they|both|{KIN}|{one_of(NOUNS.people)})"
    r"(?: (?:in (?:the|your) family|close to you|you (?:love|know)))?"
)
BODY = one_of(NOUNS.body_parts)
ILLNESS = one_of(NOUNS.illnesses)
TREATMENT = one_of(NOUNS.treatments, r"treatments?(?! of (?:the|your|yourself|others))")
MEDICINE = one_of(NOUNS.medicines, r"dose(?! of (?!\w*(?:medic|insulin)))")
# Every text that names a medicine or a treatment has one of these beginnings.
CURE_STEMS = stems((*NOUNS.medicines, *NOUNS.treatments, "dose", "treatment"))
TEST_RESULT = one_of(NOUNS.test_results)
EXAM = one_of(NOUNS.exams, r"tests?(?! of)")
LAW_CASE = one_of(NOUNS.law_cases)
COURT = one_of(NOUNS.courts)
JOB = one_of(NOUNS.jobs_and_papers)
APPLICATION = one_of(NOUNS.applications)
MONEY = one_of(NOUNS.money, r"fortune(?! cookie)")
INCOME = one_of(NOUNS.incomes)
DEBT = one_of(NOUNS.debts)
ASSET = rf"{one_of(NOUNS.assets)}(?! {one_of(NOUNS.harmless_after_assets)}\b)"
WEDDING = one_of(NOUNS.weddings)
MISHAP = one_of(NOUNS.misfortunes)
