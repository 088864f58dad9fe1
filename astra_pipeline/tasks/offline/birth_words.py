"""Birth details out of spoken English and Hinglish. Pure.

Values are taken only where the person speaks of their own birth or answers a question about it. What the words do
not settle ("7:15" without morning or evening, "27 o'clock", "the 31st of February") stays in words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvari",
            "february feb farvari",
            "march mar",
            "april apr aprail",
            "may mai",
            "june jun",
            "july jul julai",
            "august aug agast",
            "september sept sep",
            "october oct aktubar",
            "november nov navambar",
            "december dec disambar",
        ),
        start=1,
    )
    for name in names.split()
}
_ONES: list[str] = [
    *"zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
]
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
} | {"thirtieth": 30}
_HINDI_HOURS = {
    "ek": 1, "do": 2, "teen": 3, "char": 4, "chaar": 4, "paanch": 5, "panch": 5, "chhe": 6, "chhah": 6, "che": 6,
    "saat": 7, "sat": 7, "aath": 8, "nau": 9, "das": 10, "gyarah": 11, "barah": 12, "baarah": 12,
}  # fmt: skip
_HINDI_MINUTES = {
    "das": 10, "pandrah": 15, "bees": 20, "pachees": 25, "tees": 30, "paintees": 35, "chalis": 40, "chaalis": 40,
    "paintalis": 45, "pachaas": 50, "pachpan": 55,
}  # fmt: skip

_UNITS = "|".join(sorted(_ONES[1:10], key=len, reverse=True))
_TEENS = "|".join(sorted(_ONES[10:], key=len, reverse=True))
_TENS_WORDS = "|".join(_TENS)
_BELOW_HUNDRED = rf"(?:(?:{_TENS_WORDS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_YEAR_WORDS = re.compile(
    rf"\b(?:(nineteen|twenty)[ -](?:hundred(?: and)? )?({_BELOW_HUNDRED})|two thousand(?:(?: and)? ({_BELOW_HUNDRED}))?)\b"
)
_ORDINAL_WORDS = re.compile(rf"\b(?:(twenty|thirty)[ -])?({'|'.join(_ORDINALS)})\b")
_NUMBER_WORDS = re.compile(rf"\b(?:({_TENS_WORDS})(?:[ -]({_UNITS}))?|({_TEENS}|{_UNITS}))\b")

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<iso>(?:19|20)\d\d-\d{{1,2}}-\d{{1,2}})\b"
    rf"|\b(?P<n1>\d{{1,2}})[/.-](?P<n2>\d{{1,2}})[/.-](?P<ny>(?:19|20)\d\d)\b"
    rf"|\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ ,]{{1,2}}(?P<m1>{_MONTH})\b\.?(?:,? (?:of |in )?(?P<y1>(?:18|19|20|21)\d\d)\b)?"
    rf"|\b(?P<m2>{_MONTH})\b\.?,? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?:of |in )?(?P<y2>(?:18|19|20|21)\d\d)\b)?"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)\b(?! (?:floor|birthday|house|standard|grade))"
    rf"|\b(?P<m4>{_MONTH})\b(?:,? (?:of )?(?P<y4>(?:19|20)\d\d)\b)?"
    rf"|\b(?:in|year|year is|year was|saal) (?P<y5>(?:19|20)\d\d)\b"
)

_HOUR_HINDI = "|".join(sorted(_HINDI_HOURS, key=len, reverse=True))
_MINUTE_HINDI = "|".join(sorted(_HINDI_MINUTES, key=len, reverse=True))
_PART = r"early morning|morning|afternoon|evening|at night|night|noon|subah|savere|sawere|dopahar|dopahr|shaam|sham|raat"
_TIME = re.compile(
    rf"\b(?P<h1>\d{{1,2}})[:.](?P<m1>\d{{2}})(?!\d|[/.-]\d)\s*(?P<ap1>[ap]\.?m\b\.?)?"
    rf"|\b(?P<h2>\d{{1,2}})(?: (?P<m2>[0-5]\d))?\s*(?P<ap2>[ap]\.?m\b\.?)"
    rf"|\b(?P<h3>\d{{1,3}}) ?o ?'?clock\b"
    rf"|\b(?P<frac>quarter|half|\d{{1,2}})(?: minutes?)? (?P<dir>to|past|before|after) (?P<h4>\d{{1,2}})\b"
    rf"|\b(?P<hfrac>saadhe|sadhe|sava|sawa|paune|pone) (?P<h5>{_HOUR_HINDI}|\d{{1,2}})\b(?: baje)?"
    rf"|\b(?P<h6>{_HOUR_HINDI}|\d{{1,3}}) (?:baje|bajkar)\b(?: (?P<m6>{_MINUTE_HINDI}|\d{{1,2}})\b(?: minute?)?)?"
    rf"|\b(?P<h7>{_HOUR_HINDI}) (?P<m7>{_MINUTE_HINDI})\b"
    rf"|\b(?P<word>noon|midnight|aadhi raat)\b"
    rf"|\b(?P<h8>[1-9]|1[0-2])(?: (?P<m8>[0-5]\d))?(?= (?:in the (?:early )?(?:morning|afternoon|evening)|at night|subah|savere|shaam|raat)\b)"
)
_PARTS = re.compile(rf"\b(?:{_PART})\b")

_SELF = re.compile(
    r"\bi was (?:actually |in fact )?born\b|\bi'?m born\b|\bi am born\b|\bborn (?:on|in|at)\b|\bmy (?:date of )?birth\b"
    r"|\bbirth (?:date|time|day|place|details)\b|\bmy (?:birthday|dob|date of birth|birthplace)\b|\bdate of birth\b"
    r"|\b(?:mera|meri) (?:janam|janm|birth|birthday|dob)\b|\bpaida hu[aie]\b|\bjanam (?:tithi|din|tareekh)\b|\bborn\b(?= \d)"
)
_ASKED = re.compile(
    r"\bborn\b|\bbirth\b|\bjanam\b|\bjanm\b|\bpaida\b|\bdate, (?:the )?time\b|\btime,? (?:aur |and )?(?:jagah|place)\b"
    r"|\bwhat time did you mean\b"
)
_OTHER = re.compile(
    r"\b(?:he|she|they|it) (?:was|were|is) born\b|\b(?:is|was|are) my (?:brother|sister|mother|father|son|daughter|friend"
    r"|husband|wife|cousin)\b|\b(?:my|mera|meri|mere) (?:\w+ )?(?:brother|sister|son|daughter|husband|wife|friend|cousin|"
    r"bhai|behen|beta|beti|dost|girlfriend|boyfriend|child|baby|kid|mother|father|mom|dad|partner)(?:'s)? (?:\w+ )?"
    r"(?:was|is|were|ka|ki|birth|birthday|turns|paida|janam)\b"
)
_CORRECTION = re.compile(
    r"\b(?:no,? wait|wait,? no|sorry|actually|i mean|correction|i meant|nahi+n?|galat|rather|scratch that|not \w+,? but)\b"
)
_NEGATED_BEFORE = re.compile(r"\b(?:not|isn't|wasn't|nahi|never)(?: (?:at|on|the|in|it's))*\s*$")
_NEGATED_AFTER = re.compile(r"^[, ]*(?:nahi+n?|is wrong|was wrong)\b(?! ?[,.]? ?(?:wait|sorry))")
_SENTENCE = re.compile(r"(?<=[.!?।])\s+(?=[^\s.])")

_NAME = r"[^\W\d_a-z][\w'’]*(?:[- ](?:de|do|da|del|of|la|[^\W\d_a-z][\w'’]*))*"
_PLACE_EN = re.compile(
    rf"\b(?:born|birth ?place|place of birth|place|janam)\b(?:[^.?!]{{0,80}}?)\b(?:in|at|is|was|from) (?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})"
)
_PLACE_IN = re.compile(rf"\b(?:in|from) (?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})")
_PLACE_BARE = re.compile(rf"^(?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})(?=[.,!]|$)")
_LACKS = re.compile(r"\b(?:need|no (?:birth )?time|missing|isn't|don't have|nahi hai)\b", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:where|place|city|town|village|jagah|kahan|kaha|sheher|shehar|born|birth details)\b")
_PLACE_HI = re.compile(rf"(?P<place>{_NAME}) (?:mein|me|main)\b(?:, ?(?P<region>{_NAME}(?:, {_NAME})?))?")
_PLACE_LOWER = re.compile(
    r"\bborn in (?P<place>[a-z]{3,20})(?=[,.!?]|$| on\b| at\b)(?:, (?:in )?(?P<region>[a-z]{3,20}))?"
)
_NO_PLACE = frozenset(
    "i i'm a the my it it's yes no okay ok so and but sorry actually wait then she he we you mother mummy mum papa dad ammi"
    " subah shaam raat haan nahi morning evening astra main mera meri time date hospital sun moon saturn venus mars jupiter"
    " mercury aries taurus gemini cancer leo virgo libra scorpio sagittarius capricorn aquarius pisces vedic western hindi"
    " english monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter india's that this what"
    " aur toh bas theek sahi ekdum hello hi please thank independence birth born hmm well oh ha".split()
) | set(_MONTHS)
_LONGEST = 120
_CLOCK = re.compile(r"\d\d:\d\d")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class _Said:
    day: int | None = None
    month: int | None = None
    year: int | None = None
    date_words: str | None = None
    time: str | None = None
    part: str | None = None
    place: list[str] = field(default_factory=list)


def read(
    exchanges: Sequence[tuple[str, str]], countries: frozenset[str], today: dt.date | None
) -> dict[str, str | None]:
    """The caller's birth details out of (what the agent said just before, what the caller said) pairs.

    Returns date_of_birth, birth_time, city, country, place_text; None where unsaid. The last correction wins.
    `countries` are case-folded names; a date after `today` (local) stays in words.
    """
    said = _Said()
    turns_since_birth = 99
    for asked, words in exchanges:
        lowered = _plain(words)
        own = bool(_SELF.search(lowered))
        question = _question(asked)
        answers = not own and bool(_ASKED.search(question))
        corrects = turns_since_birth <= 2 and bool(_CORRECTION.search(lowered))
        if own or answers or corrects:
            found = False
            for sentence in _SENTENCE.split(words[:2000]):
                found |= _read_sentence(
                    said, sentence, answers=answers, corrects=corrects, asked_where=bool(_WHERE.search(question))
                )
            turns_since_birth = 0 if own or found else turns_since_birth + 1
        else:
            turns_since_birth += 1
    return _result(said, countries, today)


def time_of(words: str) -> str | None:
    """ "07:15" for "7:15 in the morning" or "saadhe saat baje subah"; None when the words settle no time."""
    said = _Said()
    _read_times(said, _digits(_plain(words)), answers=True)
    return said.time if said.time and _CLOCK.fullmatch(said.time) else None


def date_of(words: str) -> str | None:
    """ "2002-08-14" for "14th of August 2002"; None when the words settle no date."""
    said = _Said()
    _read_dates(said, _digits(_plain(words)), correcting=False)
    text = _date_text(said, None)
    return text if text and _ISO.fullmatch(text) else None


def _question(asked: str) -> str:
    """What the agent asked; all it said when it said that something is missing; not what it merely told."""
    if _LACKS.search(asked):
        return _plain(asked)
    return _plain(" ".join(sentence for sentence in _SENTENCE.split(asked) if sentence.rstrip().endswith("?")))


def _read_sentence(said: _Said, sentence: str, *, answers: bool, corrects: bool, asked_where: bool) -> bool:
    plain = _plain(sentence)
    if _OTHER.search(plain) or plain.endswith("?"):
        return False
    numbers = _digits(plain)
    of_birth = answers or bool(_CORRECTION.search(plain)) or bool(_SELF.search(plain))
    read_date = _read_dates(said, numbers, correcting=corrects or bool(_CORRECTION.search(plain)))
    read_time = _read_times(said, numbers, answers=of_birth or corrects)
    read_place = _read_place(said, sentence[:600], of_birth=of_birth, asked_where=asked_where)
    return read_date or read_time or read_place


def _read_dates(said: _Said, plain: str, *, correcting: bool) -> bool:
    found = False
    for match in _DATE.finditer(plain):
        if _is_negated(plain, match):
            continue
        part = {name: value for name, value in match.groupdict().items() if value}
        words = match.group().strip()
        if "iso" in part:
            said.year, said.month, said.day = map(int, part["iso"].split("-"))
        elif "n1" in part:
            first, second = int(part["n1"]), int(part["n2"])
            if first <= 12 and second <= 12 and first != second:
                said.day = said.month = said.year = None
                said.date_words, found = words, True
                continue
            day_first = second <= 12
            said.day, said.month = (first, second) if day_first else (second, first)
            said.year = int(part["ny"])
        elif "d3" in part:
            if not (correcting and said.day):
                continue
            said.day = int(part["d3"])
        elif "y5" in part:
            said.year = int(part["y5"])
        else:
            day, month = part.get("d1") or part.get("d2"), part.get("m1") or part.get("m2") or part.get("m4")
            year = part.get("y1") or part.get("y2") or part.get("y4")
            # "may" and "mar" are also words of other meanings.
            if "m4" in part and not year and part["m4"] in ("may", "mar", "march", "mai", "jan"):
                continue
            said.month = _MONTHS[month] if month else said.month
            said.day = int(day) if day else said.day
            said.year = int(year) if year else said.year
        said.date_words, found = words, True
    return found


def _is_negated(plain: str, match: re.Match[str]) -> bool:
    before, after = plain[max(0, match.start() - 24) : match.start()], plain[match.end() : match.end() + 16]
    return bool(_NEGATED_BEFORE.search(before) or _NEGATED_AFTER.search(after))


def _read_times(said: _Said, plain: str, *, answers: bool) -> bool:
    if not answers and not _PARTS.search(plain):
        return False
    found = False
    for match in _TIME.finditer(plain):
        if _is_negated(plain, match):
            continue
        value, part = _time(match, plain, said.part)
        if value is None:
            continue
        said.time, said.part, found = value, part, True
    return found


def _time(match: re.Match[str], plain: str, previous: str | None) -> tuple[str | None, str | None]:
    group = match.groupdict()
    if word := group["word"]:
        return ("12:00" if word == "noon" else "00:00"), None
    hour, minute = 0, 0
    if group["h1"]:
        hour, minute = int(group["h1"]), int(group["m1"])
    elif group["h2"]:
        hour, minute = int(group["h2"]), int(group["m2"] or 0)
    elif group["h3"]:
        hour = int(group["h3"])
    elif group["h4"]:
        fraction = {"quarter": 15, "half": 30}.get(group["frac"]) or int(group["frac"])
        hour, minute = int(group["h4"]), fraction
        if group["dir"] in ("to", "before"):
            hour, minute = (hour - 1 or 12), 60 - fraction
    elif group["hfrac"]:
        hour = _hindi(group["h5"], _HINDI_HOURS)
        match group["hfrac"]:
            case "saadhe" | "sadhe":
                minute = 30
            case "sava" | "sawa":
                minute = 15
            case _:
                hour, minute = (hour - 1 or 12), 45
    elif group["h6"]:
        hour, minute = _hindi(group["h6"], _HINDI_HOURS), _hindi(group["m6"] or "0", _HINDI_MINUTES)
    elif group["h7"]:
        hour, minute = _HINDI_HOURS[group["h7"]], _HINDI_MINUTES[group["m7"]]
    else:
        hour, minute = int(group["h8"]), int(group["m8"] or 0)
    words = match.group().strip()
    part = _part_of_day(group, plain, match) or previous
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return words, None
    if hour == 24:
        return "00:00", None
    if hour == 0 or hour > 12:
        contradicts = part == "am" and hour > 12
        return (words if contradicts else f"{hour:02d}:{minute:02d}"), None
    if part is None:
        leading_zero = words.startswith("0")
        return (f"{hour:02d}:{minute:02d}" if leading_zero else words), None
    if part == "night":
        after_midnight = hour == 12 or hour < 5
        return f"{hour % 12 + (0 if after_midnight else 12):02d}:{minute:02d}", part
    return f"{hour % 12 + (12 if part == 'pm' else 0):02d}:{minute:02d}", part


def _hindi(word: str, numbers: dict[str, int]) -> int:
    return numbers[word] if word in numbers else int(word)


def _part_of_day(group: dict[str, str | None], plain: str, match: re.Match[str]) -> str | None:
    marker = group["ap1"] or group["ap2"]
    if marker:
        return "am" if marker.startswith("a") else "pm"
    after = _PARTS.search(plain, match.end(), match.end() + 40)
    before = (
        None
        if after
        else next(reversed(list(_PARTS.finditer(plain, max(0, match.start() - 25), match.start()))), None)
    )
    found = after or before
    if not found:
        return None
    word = found.group().split()[-1]
    if word in ("morning", "subah", "savere", "sawere"):
        return "am"
    return "night" if word in ("night", "raat") else "pm"


def _read_place(said: _Said, text: str, *, of_birth: bool, asked_where: bool) -> bool:
    matches = list(_PLACE_EN.finditer(text))
    if not matches and of_birth:
        matches = list(_PLACE_HI.finditer(text)) or list(_PLACE_IN.finditer(text))
    if not matches and asked_where:
        matches = list(_PLACE_BARE.finditer(text))
    if not matches:
        matches = list(_PLACE_LOWER.finditer(text.lower()))
    for match in reversed(matches):
        names = [re.sub(r"^in ", "", name.strip()) for name in match["place"].split(",")]
        if (region := match.groupdict().get("region")) is not None:
            names += [name.strip() for name in region.split(",")]
        if not _is_place(names[0]):
            continue
        said.place = [name.title() if name.islower() else name for name in names if _is_place(name)]
        return True
    return False


def _is_place(name: str) -> bool:
    first = name.split()[0].casefold() if name else ""
    # "I'll", "That's": a sentence that goes on, not a town.
    return len(first) > 2 and first not in _NO_PLACE and not re.search(r"['’](?:ll|s|m|ve|d|re|t)$", first)


def _result(said: _Said, countries: frozenset[str], today: dt.date | None) -> dict[str, str | None]:
    city = country = place_text = None
    if said.place:
        place_text = ", ".join(said.place)[:_LONGEST].strip()
        rest = list(said.place)
        if rest[-1].casefold() in countries:
            country = rest.pop()[:_LONGEST]
        city = rest[0][:_LONGEST] if rest else None
    return {
        "date_of_birth": _date_text(said, today),
        "birth_time": said.time[:_LONGEST] if said.time else None,
        "city": city,
        "country": country,
        "place_text": place_text,
    }


def _date_text(said: _Said, today: dt.date | None) -> str | None:
    if said.day and said.month and said.year:
        try:
            date = dt.date(said.year, said.month, said.day)
        except ValueError:
            return said.date_words
        if date.year >= 1900 and (today is None or date <= today):
            return date.isoformat()
    return said.date_words


def _plain(text: str) -> str:
    return text.lower().replace("’", "'").strip()


def _digits(plain: str) -> str:
    """Number words of dates and times as digits: "third of may nineteen eighty-eight" -> "3rd of may 1988"."""

    def year(match: re.Match[str]) -> str:
        century, low, late = match.groups()
        # "twenty one" is 21 more often than 2001; a year in the twenty-hundreds needs two figures.
        if century == "twenty" and low in _ONES[:10]:
            return match.group()
        return str({"nineteen": 1900, "twenty": 2000}.get(century, 2000) + _below_hundred(low or late or "zero"))

    plain = _YEAR_WORDS.sub(year, plain)
    plain = _ORDINAL_WORDS.sub(lambda m: f"{_TENS.get(m[1] or '', 0) + _ORDINALS[m[2]]}th", plain)
    return _NUMBER_WORDS.sub(lambda m: str(_below_hundred(m.group())), plain)


def _below_hundred(words: str) -> int:
    return sum(_TENS.get(word) or _ONES.index(word) for word in re.split("[ -]", words))
