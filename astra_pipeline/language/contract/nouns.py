"""What promises, threats and advice are about, as regular expressions made of nouns.yaml. Pure.

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


_NOUNS = vocabulary.load("astra_pipeline.language.contract", "nouns.yaml", Nouns)

KIN = one_of(_NOUNS.kin)
PERSON = (
    rf"\b(?:you|he|she|they|both|{KIN}|{one_of(_NOUNS.people)})"
    r"(?: (?:in (?:the|your) family|close to you|you (?:love|know)))?"
)
BODY = one_of(_NOUNS.body_parts)
ILLNESS = one_of(_NOUNS.illnesses)
TREATMENT = one_of(_NOUNS.treatments, r"treatments?(?! of (?:the|your|yourself|others))")
MEDICINE = one_of(_NOUNS.medicines, r"dose(?! of (?!\w*(?:medic|insulin)))")
# Beginnings of which one is in every text that names a medicine or a treatment.
CURE_STEMS = stems((*_NOUNS.medicines, *_NOUNS.treatments, "dose", "treatment"))
TEST_RESULT = one_of(_NOUNS.test_results)
EXAM = one_of(_NOUNS.exams, r"tests?(?! of)")
LAW_CASE = one_of(_NOUNS.law_cases)
COURT = one_of(_NOUNS.courts)
JOB = one_of(_NOUNS.jobs_and_papers)
APPLICATION = one_of(_NOUNS.applications)
MONEY = one_of(_NOUNS.money, r"fortune(?! cookie)")
INCOME = one_of(_NOUNS.incomes)
DEBT = one_of(_NOUNS.debts)
ASSET = rf"{one_of(_NOUNS.assets)}(?! {one_of(_NOUNS.harmless_after_assets)}\b)"
WEDDING = one_of(_NOUNS.weddings)
MISHAP = one_of(_NOUNS.misfortunes)
