"""The birth that one clause is about: the caller's ("mera janam"), somebody else's, none, or one left unsaid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from astra_pipeline.language.spoken_birth import owner_patterns as patterns
from astra_pipeline.language.spoken_birth.numerals import counted

_UNREAL_BIRTH = r"\b(?:born|birth|paida|janam|janm)\b"


class About(Enum):
    """The birth that a clause by itself is about."""

    CALLER = "the caller's birth"
    OTHER = "somebody else's birth, or somebody else"
    BIRTH = "a birth, and not whose"
    EVENT = "something that is no birth"
    NOTHING = "a question, or a birth that never was"
    DOCUMENT = "what a document says"
    DENIED = "the caller's birth, of which a value is denied"
    ELLIPTIC = "the caller's side of a comparison"
    OPEN = "nothing that tells whose it is"


@dataclass(frozen=True)
class Clause:
    """A clause in small Latin letters, and what it tells of whose birth its values are of."""

    plain: str
    about: About
    # A first person is its subject.
    of_me: bool = False
    # Somebody else is named in it, as its subject or not.
    names_another: bool = False
    # There is a number, a month or a place in it.
    has_value: bool = False
    # It turns to another date than a birth.
    turns_away: bool = False
    # Somebody else reports something in it that may be of the caller's birth: "she's saying 6 June".
    is_report: bool = False
    # It makes a birth behind it a figure of speech: "spiritually".
    is_figure: bool = False


def clause_of(plain: str) -> Clause:
    """A clause read by itself; `plain` is in small Latin letters."""
    plain = patterns.at_their_house().sub("ghar", patterns.no_details().sub("chart", plain))
    core = core_of(plain)
    about = _about(core, plain)
    return Clause(
        plain=plain,
        about=about,
        is_report=about is About.OPEN and bool(_reports(core)) and not patterns.first_person().match(core),
        of_me=bool(patterns.first_person().match(core) or patterns.of_mine().match(core)),
        names_another=bool(patterns.anybody_else().search(plain)) and not _reports(core),
        has_value=has_value(plain),
        turns_away=turns_away(core),
        is_figure=bool(patterns.figurative().search(plain)),
    )


def has_value(plain: str) -> bool:
    """True for a text with a number, a month or "in ..." in it."""
    return bool(patterns.value().search(counted(plain).plain))


def is_unreal(plain: str) -> int | None:
    """The position from which a sentence speaks of a birth that never was; None when it does not."""
    found = patterns.hypothetical().search(plain)
    if found and re.search(_UNREAL_BIRTH, plain[found.start() :]):
        return found.start()
    return 0 if patterns.unreal_ending().search(plain) and re.search(_UNREAL_BIRTH, plain) else None


def holds_only_a_value(said: str) -> bool:
    """True for words that, beside numbers, months and names in capitals, are all such as go with any birth."""
    has_capitals = any(sign.isupper() for sign in said.strip()[1:])
    unknown = [word for word in re.findall(r"[^\W\d_][\w']*", said) if not word[0].isupper() or not has_capitals]
    plain = re.sub(r"\b\d+(?:st|nd|rd|th)\b", " ", counted(" ".join(unknown)).plain)
    left = patterns.goes_with_a_value().sub(" ", plain)
    return len(re.findall(r"[^\W\d_]+", left)) <= (0 if has_capitals or has_value(said.lower()) else 1)


def opens_a_question(plain: str) -> bool:
    """True for a clause that begins like a question: "what about the 5th", "was i born"."""
    return bool(patterns.question().match(core_of(plain)))


def names_a_birth(plain: str) -> bool:
    """True for a text that names a detail of a birth, or being born."""
    plain = patterns.no_details().sub("chart", plain)
    births = (patterns.birth_noun(), patterns.born(), patterns.paida(), patterns.brought_forth_me())
    return any(pattern.search(plain) for pattern in births) and not patterns.figurative().search(plain)


def asks_of_whom_was_brought_forth(plain: str) -> bool:
    """True for a question of the agent by the mother's side: "where did your mother give birth to you"."""
    return bool(patterns.brought_forth_you().search(plain))


def names_another(plain: str) -> bool:
    """True for a text that names somebody else than the one who is spoken to."""
    return bool(patterns.anybody_else().search(plain) or patterns.genitive().search(plain))


def is_of_another(plain: str) -> bool:
    """True for a text of the agent in which the birth is somebody else's."""
    if patterns.brought_forth_you().search(plain):
        return False
    if (born := patterns.born().search(plain)) and not patterns.you_were().search(plain[: born.end()]):
        subject = patterns.asked_subject().search(plain[: born.start()])
        if subject and not re.fullmatch(r"\s*(?:you|aap|tum|the|exactly|actually|\W)*", subject["who"]):
            return True
    return names_another(plain) or bool(patterns.birth_of_another().search(plain))


def _about(core: str, plain: str) -> About:
    if patterns.figurative().search(core):
        return About.EVENT
    if patterns.brought_forth_me().search(core) and not opens_a_question(core):
        return About.CALLER
    for test in (_english_birth, _hindi_birth, _birth_detail):
        found = test(core)
        if found is not None:
            return found
    if opens_a_question(plain):
        return About.EVENT if turns_away(core) else About.NOTHING
    return _without_birth(core, plain)


def turns_away(core: str) -> bool:
    """True for a clause that turns to another date than a birth: "tell me about my wedding"."""
    return bool(patterns.other_topic().search(core))


def _english_birth(core: str) -> About | None:
    """The owner of "born" in a clause; None without it."""
    found = patterns.born().search(core)
    if not found:
        return None
    before, after = core[: found.start()].strip(" ,.'"), core[found.end() :]
    if patterns.another_birth().match(after):
        return About.EVENT
    if opens_a_question(core):
        return About.NOTHING
    if denied := patterns.denied_birth().search(before):
        mine = patterns.i_before_born().search(before[: denied.start()].strip() + " was")
        return About.DENIED if mine else About.NOTHING
    if patterns.i_before_born().search(before):
        return About.CALLER
    stripped = patterns.only_between().sub("", core_of(before)).strip()
    return About.BIRTH if not stripped or patterns.in_passing().fullmatch(stripped) else About.OTHER


def _hindi_birth(core: str) -> About | None:
    if not (found := patterns.paida().search(core)):
        return None
    if patterns.am_hindi().search(core, found.end()):
        return About.CALLER
    before, after = core[: found.start()], core[found.end() :]
    if patterns.denied_after_paida().match(after):
        return About.DENIED if patterns.first_person().match(core) else About.NOTHING
    if patterns.anybody_else().match(core) or patterns.genitive().search(before):
        return About.OTHER
    if re.search(r"\b(?:main|mai|mujhe)\b", before) or patterns.first_person().match(core):
        return About.CALLER
    return About.OTHER if patterns.anybody_else().search(before) or _has_a_subject(before) else About.BIRTH


def _has_a_subject(before: str) -> bool:
    """True for the words before "paida" that begin with a name: "gandhi ji 2 october 1869 ko"."""
    return bool(patterns.place_or_date().sub(" ", counted(before).plain).strip(" ,.'-"))


def _birth_detail(core: str) -> About | None:
    """The owner of "date of birth", "birthday", "janam" in a clause; None without one."""
    found = patterns.birth_noun().search(core)
    if not found:
        return None
    if patterns.of_somebody().match(core, found.end()):
        return About.OTHER
    before = core[: found.start()]
    if patterns.denied_after().search(core, found.end()):
        return About.DENIED if patterns.mine_before().search(before) else About.NOTHING
    if mine := patterns.mine_before().search(before):
        return About.EVENT if patterns.beside_the_birthday().search(before[: mine.start()]) else About.CALLER
    others = (patterns.other_before(), patterns.anybody_else(), patterns.genitive())
    if any(other.search(before) for other in others):
        return About.OTHER
    if re.search(r"\b(?:my|mera|meri|mere|i|we)\b", before):
        return About.EVENT  # "my 30th birthday", "I had a birthday"
    return About.BIRTH


def _without_birth(core: str, plain: str) -> About:
    if patterns.only_corrects().fullmatch(plain) or patterns.lone_place().fullmatch(core):
        return About.OPEN  # "I misspoke,"; a place whose name is a word: "in Gaya"
    if patterns.is_of_a_date().fullmatch(counted(core).plain):
        return About.CALLER
    if patterns.elliptic().match(counted(core).plain) and not patterns.event().search(core):
        return About.ELLIPTIC
    reported = _reports(core)
    if reported:
        rest = core[reported.end() :]
        if patterns.first_person().match(core) and re.match(r"\s*(?:you )?(?:on|in|at|last|yesterday)\b", rest):
            return About.EVENT  # "I told you on 3 March"
        inner = core_of(rest)
        found = clause_of(inner).about if inner and inner != core else About.OPEN
        return About.OPEN if found is About.DOCUMENT else found
    if patterns.document().search(core):
        return About.DOCUMENT
    if patterns.another_subject().match(core) or patterns.about_another().search(plain):
        return About.OTHER
    if patterns.about_somebody().search(plain):
        return About.OTHER
    if _is_an_event(core):
        return About.EVENT
    return About.OPEN


def _is_an_event(core: str) -> bool:
    if patterns.event().search(core):
        return True
    if patterns.first_person().match(core):
        return not re.match(
            r"(?:i'm|im|i am|main|mai) (?:from\b|\d{1,2}(?:st|nd|rd|th)?\b|not sure)", counted(core).plain
        )
    if re.match(r"(?:my|our|mera|meri|mere|hamara|hamari)\b", core):
        return not patterns.subject_of_a_birth().match(core)
    return bool(patterns.other_noun_is().match(core))


def core_of(plain: str) -> str:
    """The clause without the words that clauses begin with: "so, um, ..."."""
    plain = patterns.introduces().sub("", plain)
    return plain[patterns.lead().match(plain).end() :]  # type: ignore[union-attr]


def _reports(core: str) -> re.Match[str] | None:
    """The beginning of a clause by which somebody reports: "my mother says that", "i think", "mummy ne bataya"."""
    return patterns.report().match(core)
