"""Topics: the care that each needs, and its form inside a sentence."""

from __future__ import annotations

import pytest

from astra_pipeline.language.topics import as_yours, kind_of

KINDS = {
    "tender": """
        Bereavement, Grief, Grieving, Father's Passing, Dad passed away, Loss of a Friend, Losing my mother,
        Widowhood, Missing Mom, Funeral Planning, Late Husband, Stillbirth, Miscarriage, IVF, Infertility,
        Pregnancy, Childlessness, Health, Mental Health, Mother's health, Cancer, Chemotherapy, Brain
        Tumour, Dementia, Alzheimer's, Stroke, Heart Attack, Heart Surgery, Terminal Illness, Hospice, Blood
        Pressure, Thyroid, Kidney Stones, Asthma, Epilepsy, HIV, Covid, Dialysis, Transplant, Biopsy, Coma,
        ICU, Diabetes, PCOS, Migraines, Chronic Pain, Surgery, Knee Operation, Hospitalization, Accident,
        Autism, ADHD, OCD, Bipolar, Schizophrenia, Eating Disorder, Anorexia, Depression, Anxiety, Panic
        attacks, Trauma, Insomnia, Nightmares, Burnout, Stress, Overthinking, Hopelessness, Worthlessness,
        Loneliness, Crying, Guilt, Low Self-Esteem, Fear of Failure, Divorce, Separation, Break-up, Breakup,
        Heartbreak, Ex-boyfriend, Infidelity, Cheating, Affair, Ghosting, One-sided love, Estrangement,
        Custody Battle, Alimony, Toxic Marriage, Marriage Problems, Family Conflict, Domestic Issues,
        Unemployment, Job Loss, Being Laid Off, Layoffs, Redundancy, Bankruptcy, Eviction, Debt, Loan
        default, Scam, Fraud, Financial Crisis, Rejection, Visa Rejection, Exam Failure, Bullying,
        Harassment, Racism, Arrest, Prison, Court Case, Deportation, Refugee Status, War, Earthquake, Flood,
        Alcohol, Drinking, Gambling, Relapse, Homesickness, Bimari, Tabiyat, Talaq, Akelapan, Naukri chali
        gayi, तलाक, बीमारी, Sepsis, Mastectomy, Arthritis, Caregiving, Pay Cut, Cyberbullying, Feeling
        stuck, Marital Discord
    """,
    "unspoken": """
        Suicide, Suicidal Thoughts, Self-harm, Wanting to die, Ending it all, Domestic Violence, Sexual
        Assault, Child Abuse, Abusive Husband, Rape, Molestation, Overdose, Khudkushi, आत्महत्या, Sex, Sex
        Life, Pornography, Drugs, Drug Addiction, Murder, Dying
    """,
    "learned": """
        Astrology, Birth Chart, My Chart, Sun Sign, Moon Sign, Rising Sign, Leo Rising, My Rising,
        Ascendant, Leo, Cancer Season, Moon in Cancer, Saturn, Saturn Return, Mercury Retrograde, Venus in
        the 7th house, 8th House, Empty Houses, Full Moon, Sun in Leo, Zodiac Signs, Planets, Transits,
        Sextile, Rahu and Ketu, Sade Sati, Mangal Dosha, Dasha, Nakshatra, Kundli, Gemstones, Compatibility,
        Tarot, Numerology, Auspicious timing, Daily horoscope
    """,
    "plain": """
        Career, Career Growth, Job Search, New Job, Love, Marriage, Family, Friends, Money, Travel, Exams,
        UPSC exam, Music, Rising Costs, Rising Rent, Buying Houses, Second House, Sun Protection, Sunday
        plans, Gym charts, Film charts, Traffic Signs, Sign language, Moon landing, Solar Power, Mars
        Mission, Freddie Mercury, Gemini AI, Leo (my son), Public Transit, Hidden Gems, Weight Loss, Lost
        and Found, Fight Club, Boxing fight, Killing time, Murder Mystery, Die hard fitness, Sex Education,
        Drug company job, Drug Research, Phone Addiction, Operations Manager Role, Hospitality job,
        Painting, Skill training, Accident insurance, Blind Date, Current Affairs, Passing the exam,
        Deadlines, Brush Strokes, Problem Solving, Crash Course, Star Wars, Drinking water, शादी, Killer
        workout, Sussex University, Roma, Oklahoma Trip, Courage, Grapes, Rap Music, Painkillers Startup
    """,
}  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "kind"),
    [(" ".join(topic.split()), kind) for kind, topics in KINDS.items() for topic in topics.split(",")],
)
def test_each_topic_is_of_its_kind(topic: str, kind: str) -> None:
    assert kind_of(topic) == kind
    assert kind_of(topic.lower()) == kind


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("Career Transition", "the career transition"), ("Job Search", "the job search"),
        ("Work Stress", "work stress"),
        ("Career", "your career"), ("Mother's Health", "your mother's health"), ("My Job", "your job"),
        ("Missing my mother", "missing your mother"), ("Partner", "your partner"), ("UPSC Exam", "the UPSC exam"),
        ("CAREER GROWTH", "career growth"), ("Moving to South Africa", "moving to South Africa"),
        ("New York Trip", "the New York trip"), ("Grace's Wedding", "Grace's wedding"),
        ("Trip to Lisbon", "trip to Lisbon"),
        ("Saturn Return", "Saturn return"), ("Full Moon", "Full Moon"), ("Alzheimer's", "Alzheimer's"),
        ("Chemotherapy", "chemotherapy"), ("Children", "children"),
        ("Self-Confidence", "self-confidence"), ("शादी", "शादी"),
    ],
)  # fmt: skip
def test_a_topic_stands_in_a_sentence_as_one_would_say_it(topic: str, said: str) -> None:
    assert as_yours(topic) == said
