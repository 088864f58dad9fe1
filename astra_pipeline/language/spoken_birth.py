"""Birth details out of spoken English, Hinglish and Hindi. Pure.

Values are taken only where the person speaks of their own birth or answers a question about it. What the words do
not settle ("7:15" without morning or evening, "between 7 and 8", "27 o'clock", "the 31st of February") stays in
words: a guessed birth time is a wrong ascendant, and nobody would notice.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

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
# How Hindi numbers are spelled in Latin letters. "bara", "tera" and "no" are other words far more often.
_HINDI = {
    name: number
    for number, names in enumerate(
        (
            "ek", "do", "teen", "char chaar", "paanch panch paach", "chhe chhah che chah cheh", "saat sat", "aath ath",
            "nau", "das", "gyarah gyaarah gyara", "barah baarah", "terah", "chaudah", "pandrah pandra", "solah",
            "satrah", "atharah atthaarah", "unnees unnis", "bees bis", "ikkees ikkis", "baees bais", "teis teyis",
            "chaubees chaubis", "pachees pachis pacchis", "chhabbees chhabbis chabbis", "sattaees sattais",
            "atthaees atthais", "untees untis unatis", "tees tis", "ikattees ikattis iktis", "battees battis",
            "taintees taintis", "chauntees chauntis", "paintees paintis", "chhattees chhattis chattis",
            "saintees saintis", "adtees adtis", "untalees untalis", "chalees chalis chaalees chaalis",
            "iktalees iktalis", "bayalees bayalis", "taintalees taintalis", "chavalees chavalis chauvalis",
            "paintalees paintalis", "chhiyalees chhiyalis", "saintalees saintalis", "adtalees adtalis",
            "unchaas unchas", "pachaas pachas", "ikyavan", "bavan", "tirpan", "chauvan", "pachpan",
            "chhappan chappan", "sattavan", "atthavan", "unsath",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# "A teen may", "we sat": no days of a month.
_ENGLISH_TOO = frozenset("teen sat che".split())

# Hindi as a transcript in Devanagari has it, in the spellings known here; without nukta and with anusvara.
_DEVANAGARI = {
    word: latin.replace("_", " ")
    for word, _, latin in (
        pair.partition("=")
        for pair in (
            "जनवरी=january फरवरी=february मार्च=march अप्रैल=april मई=may जून=june जुलाई=july अगस्त=august सितंबर=september "
            "सितम्बर=september अक्टूबर=october अक्तूबर=october नवंबर=november नवम्बर=november दिसंबर=december "
            "दिसम्बर=december सुबह=subah सवेरे=savere तडके=tadke भोर=bhor दोपहर=dopahar शाम=shaam संध्या=shaam रात=raat "
            "आधी=aadhi मध्यरात्रि=midnight दिन=din बजे=baje बजकर=bajkar बजके=bajkar बज=baj कर=kar बजने=bajne मिनट=minute "
            "साढे=saadhe सवा=sava पौने=paune पौन=paune डेढ=dedh ढाई=dhai एक=ek दो=do सौ=sau हजार=hazaar "
            "करीब=kareeb लगभग=lagbhag शायद=shayad या=ya और=aur से=se तक=tak बीच=beech पहले=pehle बाद=baad नहीं=nahi "
            "गलत=galat माफ=sorry मैं=main मेरा=mera मेरी=meri मेरे=mere मुझे=mujhe मेरेको=mujhe जन्म=janam जन्मदिन=janam_din "
            "जन्मतिथि=janam_tithi तारीख=tareekh तिथि=tithi जगह=jagah स्थान=jagah शहर=shehar कहां=kahan कब=kab समय=time "
            "टाइम=time पैदा=paida हुआ=hua हुई=hui हुए=hue हूं=hoon है=hai हैं=hain था=tha थी=thi थे=the को=ko में=mein के=ke "
            "की=ki का=ka पर=par ने=ne यह=yeh वह=woh वो=woh तो=toh ही=hi भी=bhi जी=ji हां=haan साल=saal सन=saal "
            "भारत=india उसका=uska उसकी=uski भाई=bhai भैया=bhai दीदी=behen बहन=behen बेटा=beta बेटे=beta बेटी=beti दोस्त=dost मां=maa मम्मी=mummy पापा=papa पिता=pita पति=pati "
            "पत्नी=patni बच्चा=baby बच्चे=baby अस्पताल=hospital घर=ghar गांव=gaon एएम=am पीएम=pm"
        ).split()
    )
}
_DEVANAGARI_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "एक दो तीन चार पांच छह/छः/छे/छ सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह/पन्द्रह सोलह सत्रह अठारह/अट्ठारह "
            "उन्नीस बीस इक्कीस बाईस/बाइस तेईस/तेइस चौबीस पच्चीस छब्बीस सत्ताईस/सत्ताइस अट्ठाईस/अट्ठाइस/अठाईस उनतीस/उन्तीस तीस इकतीस "
            "बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अडतीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस/चवालीस पैंतालीस "
            "छियालीस सैंतालीस अडतालीस उनचास पचास इक्यावन बावन तिरपन/तिरेपन चौवन पचपन छप्पन सत्तावन अट्ठावन/अठावन उनसठ साठ "
            "इकसठ बासठ तिरसठ/तिरेसठ चौंसठ पैंसठ छियासठ सडसठ अडसठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर "
            "सतहत्तर अठहत्तर उन्यासी/उनासी अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी/अठासी नवासी नब्बे "
            "इक्यानवे बानवे तिरानवे चौरानवे पचानवे/पंचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
        ).split(),
        start=1,
    )
    for name in names.split("/")
    # "one" is an article as well, and "two" also means "give": they stay words until "o'clock" follows.
    if number > 2
}
_DEVANAGARI_WORD = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")

_UNITS = "|".join(sorted(_ONES[1:10], key=len, reverse=True))
_TEENS = "|".join(sorted(_ONES[10:], key=len, reverse=True))
_TENS_WORDS = "|".join(_TENS)
_BELOW_HUNDRED = rf"(?:(?:{_TENS_WORDS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_YEAR_WORDS = re.compile(
    rf"\b(?:(nineteen|twenty)[ -](?:hundred(?: and)? )?({_BELOW_HUNDRED})|two thousand(?:(?: and)? ({_BELOW_HUNDRED}))?)\b"
)
_ORDINAL_WORDS = re.compile(rf"\b(?:(twenty|thirty)[ -])?({'|'.join(_ORDINALS)})\b")
_NUMBER_WORDS = re.compile(rf"\b(?:({_TENS_WORDS})(?:[ -]({_UNITS}))?|({_TEENS}|{_UNITS}))\b")
_HINDI_NUMBER = "|".join(sorted(_HINDI, key=len, reverse=True))
_HINDI_HOUR = "|".join(word for word, number in _HINDI.items() if number <= 12)
_HINDI_MINUTE = "|".join(word for word, number in _HINDI.items() if number >= 10)

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<iso>(?:19|20)\d\d-\d{{1,2}}-\d{{1,2}})\b"
    rf"|\b(?P<n1>\d{{1,2}})[/.-](?P<n2>\d{{1,2}})[/.-](?P<ny>(?:19|20)\d\d)\b"
    rf"|(?<!\d[:.])\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ ,]{{1,2}}(?P<m1>{_MONTH})\b\.?(?:,? (?:of |in )?(?P<y1>(?:18|19|20|21)\d\d)\b)?"
    rf"|\b(?P<m2>{_MONTH})\b\.?,? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:| ?(?:[ap]\.?m\b|o ?'?clock|baj))(?:,? (?:of |in )?(?P<y2>(?:18|19|20|21)\d\d)\b)?"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)\b(?! (?:floor|birthday|house|standard|grade))"
    rf"|\b(?P<m4>{_MONTH})\b(?:,? (?:of )?(?P<y4>(?:19|20)\d\d)\b)?"
    rf"|\b(?:in|year|year is|year was|saal) (?P<y5>(?:19|20)\d\d)\b(?! ?(?:h|hrs?|hours?)\b)"
)
# What stands before "15 August" in "14 or 15 August".
_OTHER_DAY = re.compile(
    rf"(?<![:.\d])\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)?(?: (?:{_MONTH}))?|(?:{_MONTH})(?: \d{{1,2}}(?:st|nd|rd|th)?)?)(?:,? (?:19|20)\d\d)?"
    r"(?:[/-]|,? (?:or|ya|to|and|maybe|perhaps) )(?:(?:maybe|perhaps|the|on|was|it) )*\Z"
)

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
    r"bhai|behen|beta|beti|dost|girlfriend|boyfriend|child|baby|kid|mother|father|mom|dad|partner|maa|mummy|papa|pita|pati|"
    r"patni)(?:'s)? (?:\w+ )?(?:was|is|were|ka|ki|birth|birthday|turns|paida|janam)\b"
    r"|\b(?:uska|uski|unka|unki) (?:janam|janm|birth|birthday)\b|\bwoh (?:\S+ ){0,6}paida\b"
)
_CORRECTION = re.compile(
    r"\b(?:no,? wait|wait,? no|sorry|actually|i mean|correction|i meant|nahi+n?|galat|rather|scratch that|not \w+,? but|oops"
    r"|make that|(?:is|was) wrong|no(?=[,. —-]+(?:it|at|that|i|the|around|about|make|in)\b|[,. —-]*\Z))\b"
)
_NEGATED_BEFORE = re.compile(
    r"\b(?:not|isn't|wasn't|never|nor|neither|(?:don't|not) think it was)(?: (?:at|on|the|in|it's|it|was|about|around))*\s*\Z"
)
_NEGATED_AFTER = re.compile(
    r"[, ]*(?:nahi+n?|is wrong|was wrong|(?:is|was) not right|isn't right)\b(?![\s,.]*(?:wait|sorry|pata|subah|dopahar|shaam|sham|raat)\b)"
)
# "7 a.m. or 8" goes on.
_SENTENCE = re.compile(r"(?<=[.!?।])(?<![ap]\.m\.)(?<![AP]\.M\.)\s+(?=[^\s.])")

_NAME = r"[^\W\d_a-z][\w'’]*(?:[- ](?:de|do|da|del|of|la|[^\W\d_a-z][\w'’]*))*"
_PLACE_EN = re.compile(
    rf"\b(?:born|birth ?place|place of birth|place|janam)\b(?:[^.?!]{{0,80}}?)\b(?:in|at|is|was|from) (?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})"
)
_PLACE_IN = re.compile(rf"\b(?:in|from) (?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})")
_PLACE_BARE = re.compile(rf"^(?P<place>{_NAME}(?:, (?:in )?{_NAME}){{0,2}})(?=[.,!]|$)")
_LACKS = re.compile(r"\b(?:need|no (?:birth )?time|missing|isn't|don't have|nahi hai)\b", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:where|place|city|town|village|jagah|kahan|kaha|sheher|shehar|born|birth details)\b")
_PLACE_HI = re.compile(rf"(?P<place>{_NAME}) (?:mein|me|main)\b(?:, ?(?P<region>{_NAME}(?:, {_NAME})?))?")
# What is still in Devanagari after its common words are not is a name.
_DEVANAGARI_NAME = r"(?:(?:नई|नयी|न्यू|नवी|ग्रेटर) )?[\u0900-\u0963\u0970-\u097f]{2,}"
_PLACE_DEVANAGARI = re.compile(rf"(?P<place>{_DEVANAGARI_NAME}) mein\b")
_PLACE_DEVANAGARI_BARE = re.compile(rf"^\W*(?P<place>{_DEVANAGARI_NAME})(?: mein)?\W*$")
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
_LONGEST_TURN = 2000
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_Rewrite = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


@dataclass(frozen=True)
class _Text:
    """`source` in plainer words. `at` tells for each character of `plain`, and for its end, where in `source` it was."""

    source: str
    plain: str
    at: list[int]

    @classmethod
    def of(cls, source: str) -> _Text:
        return cls(source, source, list(range(len(source) + 1)))

    def rewritten(self, rewrites: Sequence[_Rewrite]) -> _Text:
        text = self
        for pattern, new in rewrites:
            pieces, at, done = [], [], 0
            for match in pattern.finditer(text.plain):
                words = new(match) if callable(new) else match.expand(new)
                pieces += [text.plain[done : match.start()], words]
                at += [*text.at[done : match.start()], *[text.at[match.start()]] * len(words)]
                done = match.end()
            if done:
                text = _Text(text.source, "".join([*pieces, text.plain[done:]]), [*at, *text.at[done:]])
        return text

    def words(self, start: int, end: int) -> str:
        return self.source[self.at[start] : self.at[end]].strip()


def _year(match: re.Match[str]) -> str:
    century, low, late = match.groups()
    # "twenty one" is 21 more often than 2001; a year in the twenty-hundreds needs two figures.
    if century == "twenty" and low in _ONES[:10]:
        return match.group()
    return str({"nineteen": 1900, "twenty": 2000}.get(century, 2000) + _below_hundred(low or late or "zero"))


def _below_hundred(words: str) -> int:
    return sum(_TENS.get(word) or _ONES.index(word) for word in re.split("[ -]", words))


def _from_devanagari(match: re.Match[str]) -> str:
    word = unicodedata.normalize("NFC", match.group())
    for sign, plainer in (("\u093c", ""), ("\u0901", "\u0902"), ("\u200c", ""), ("\u200d", "")):
        word = word.replace(sign, plainer)
    number = _DEVANAGARI_NUMBERS.get(word)
    return str(number) if number else _DEVANAGARI.get(word, match.group())


_LATIN_REWRITES: list[_Rewrite] = [
    (re.compile(r"[^\D0-9]"), lambda digit: str(unicodedata.decimal(digit[0]))),
    (_DEVANAGARI_WORD, _from_devanagari),
]
# Number words of dates and times as digits: "third of may nineteen eighty-eight" -> "3rd of may 1988".
_NUMBER_REWRITES: list[_Rewrite] = [
    (re.compile(r"(?<=[a-z])-(?=\w)|(?<=\d)-(?=[a-z])"), " "),
    (re.compile(r"(?<=\d)t(?=\d\d:)"), " "),
    (_YEAR_WORDS, _year),
    (re.compile(r"\b(19|20) sau (\d\d)\b"), r"\1\2"),
    (
        re.compile(rf"\b(?:2|do) hazaar (\d{{1,2}}|{_HINDI_NUMBER})\b(?! ?baj)"),
        lambda year: str(2000 + _number(year[1])),
    ),
    (re.compile(r"\b(?:2|do) hazaar(?=\W*$| ?[,.।]| (?:ko|mein|me|ka|ki)\b)"), "2000"),
    (_ORDINAL_WORDS, lambda word: f"{_TENS.get(word[1] or '', 0) + _ORDINALS[word[2]]}th"),
    (re.compile(rf"\b({_BELOW_HUNDRED}|noon|midnight)ish\b"), r"\1 ish"),
    (_NUMBER_WORDS, lambda word: str(_below_hundred(word.group()))),
    (
        re.compile(rf"\b({_HINDI_NUMBER})(?= (?:{_MONTH})\b)"),
        lambda day: day[0] if day[0] in _ENGLISH_TOO else str(_HINDI[day[0]]),
    ),
]


def _plain(text: str) -> str:
    # The one letter that becomes two when it is made small would shift everything after it.
    return text.replace("İ", "I").lower().replace("’", "'")


def _latin(text: str) -> _Text:
    return _Text.of(_plain(text)).rewritten(_LATIN_REWRITES)


def _counted(text: str) -> _Text:
    return _latin(text).rewritten(_NUMBER_REWRITES)


def _spoken(text: str) -> _Text:
    """A text as times are read in it: without its dates, and with one spelling of each thing."""
    return _counted(text).rewritten([(_DATE, "DATE"), *_TIME_REWRITES])


# A time is a clock face ("quarter past seven") and the parts of the day said with it ("in the evening"). Each leaves
# some minutes of the day possible; when all is put together, a single minute is an answer and anything else is none.

_NO_TIME = "is no time of day"
_HALF_OPEN = "leaves open whether it was morning or evening"
_SEVERAL = "does not settle on one time"
_WHICH_DAY = "is where two days meet: 00:00 with the later date, or 23:59 with the earlier one, will do"

# The hours that a part of the day may mean. "5 at night" is neither 05:00 nor 17:00; "3 at night" is before dawn.
_PARTS: dict[str, frozenset[int]] = {
    word: frozenset(hours)
    for words, hours in (
        ("AM", range(12)),
        ("PM", range(12, 24)),
        ("morning", range(12)),
        ("smallhours", range(7)),
        ("dawn subah savere sawere savera sabere tadke bhor", range(1, 12)),
        ("sunrise", range(3, 10)),
        ("daytime", range(7, 18)),
        ("noon", range(11, 16)),
        ("dopahar dopahr dopeher", range(11, 18)),
        ("afternoon", range(12, 21)),
        ("evening shaam sham sandhya", range(15, 24)),
        ("sunset dusk", range(15, 22)),
        ("night raat", [*range(18, 24), *range(5)]),
        ("midnight", [23, 0, 1, 2, 3]),
    )
    for word in words.split()
}
_PART = re.compile(rf"\b(?:{'|'.join(_PARTS)})\b")

# To one spelling of each thing. Words in capitals are nobody's words: DATE, THING (a number of no time), AM, PM.
_TIME_REWRITES: list[_Rewrite] = [
    (re.compile(r"\b(?:ward|room|bed|floor|house|flat|gate|block|sector|age|aged|class|number|no\.)(?: no\.| number)? ?\d+\b(?!:)"), "THING"),
    (
        re.compile(
            rf"\b(?:(?:saadhe|sava|dedh|dhai) )?(?:\d+(?:[.,]\d+)?|{'|'.join(_HINDI)})(?: and a half)? ?"
            r"(?:kilos?|kgs?|kilograms?|grams?|pounds?|lbs?|ounces?|oz|percent|degrees?|years?|yrs?|saal|months?|mahine"
            r"|weeks?|hafte|days?|children|people|log|km|miles?|rupees)\b"
        ),
        "THING",
    ),
    (re.compile(r"(?: ?'? ?\b|(?<=\d))o ?'? ?clock\b"), " oclock"),
    (re.compile(r"(?:(?<=\d)|(?<=noon)|(?<=midnight)|(?<=clock))[ -]?ish\b"), ""),
    # "nine oh five", "zero seven fifteen", "oh seven hundred"; a mere "oh" before a time is a sigh.
    (re.compile(r"\b(\d{1,2}) (?:oh|zero|o|0) (?:oh|zero|o|0)\b"), r"\1 00"),
    (re.compile(r"\b(?:zero|oh|o) (?:zero|oh|o) (?=[0-5]\d\b)"), "00 "),
    (re.compile(r"(?<=\d )(?:oh|zero|o|0) (\d)\b(?!:)"), r"0\1"),
    (re.compile(r"\b(?:oh|zero|o|0) (\d)(?= hundred\b| [0-5]\d hours\b)|\b(?:zero|0) (\d)(?= [0-5]\d\b)"), lambda found: f"0{found[1] or found[2]}"),
    (re.compile(r"\bzero (?=hundred\b|[0-5]\d hours\b)"), "00 "),
    (
        re.compile(r"(?:(?<=\d)|(?<=clock)|(?<=baje)|(?<=\bin the))\s*([ap])(?:\. ?m\b\.?| ?m\b)"),
        lambda found: f" {found[1].upper()}M",
    ),
    (
        re.compile(r"(\b(?:or|ya|mean|meant|no,?|sorry,?|wait,?|not) |/ ?)(?:in the )?([ap])\.?m\b(?=\W*(?:$|[,.;!?]))"),
        lambda found: f"{found[1].replace('/', ' or ')}{found[2].upper()}M",
    ),
    (re.compile(r"\bmid ?night\b|\ba?adhi raat\b"), "midnight"),
    (re.compile(r"\bmid ?day\b|\bnoon ?time\b|\bhigh noon\b"), "noon"),
    (re.compile(r"\b(?:early|small|wee) hours\b"), "smallhours"),
    (re.compile(r"(?<=:\d\d)(,?) (?:just |shortly |soon |right |a (?:little|bit) )?(?:before|after|past) (?=(?:dawn|sunrise|noon|sunset|dusk|midnight)\b)"), r"\1 at "),
    (re.compile(r"(?<!janam )(?<!janm )(?<!us )(?<!is )\bdin (?=(?:ke|mein|me)\b)|(?<=baje )din\b|\bin the day(?: ?time)?\b"), "daytime "),
    (re.compile(r"\b(?:a )?quarter(?: of an)? hour\b"), "15 minutes"),
    (re.compile(r"\bhalf(?: an)? hour\b"), "30 minutes"),
    (re.compile(r"\bday or night\b|\bnight or day\b|\bdin ya raat\b|\braat ya din\b"), "morning or night"),
    (re.compile(r"\b(?:close|near) to\b"), "nearly"),
    (re.compile(r"\b(?:the )?stroke of\b|\bor (?:so|thereabouts|something)\b"), "about"),
    (re.compile(r"(?:\bgive or take\b|\bplus(?: or)? minus\b|\+/-|±)(?: ?(?:an?|\d{1,2}) ?(?:minutes?|mins?)\b)?"), " about "),
    # Mornings and evenings that are not when it was: "one morning at 7", "good morning", "not in the evening".
    (re.compile(r"\b1 (?=(?:(?!(?:in|at|the|am|pm|oclock|baje|early|late)\b)[a-z]+ )?(?:morning|afternoon|evening|night)\b)"), ""),
    (re.compile(r"\bek (?=(?:subah|dopahar|shaam|sham|raat)\b)"), ""),
    (
        re.compile(
            r"\b(?:good|this|every|each|tomorrow|yesterday|next|last|aaj|kal|roz|har|shubh) (?:ki |ke |early |late )?"
            r"(?:morning|noon|afternoon|evening|night|subah|dopahar|shaam|sham|raat)\b"
        ),
        "THING",
    ),
    (re.compile(r"\b(?:not|isn't|wasn't|never) (?:in |at )?(?:the )?(?:(?:morning|afternoon|evening|night)\b|\d{1,2}(?=,? but\b))"), ","),
]  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """What words say of a time of day: `time` is "HH:MM", or else `problem` tells why not ("is no time of day")."""

    time: str | None
    problem: str = ""


@dataclass
class _Heard:
    """A clock face somewhere in a text: the minutes of the day that it may mean, none when there is a problem."""

    start: int
    end: int
    face: frozenset[int]
    problem: str = ""
    # Numbers alone are a time only in company: "7" of a "part" of the day, "7 15" of that or of the word "at".
    needs: str = ""
    # "07:15" and "12:15 hours" are said by somebody who counts to 24, unless "in the evening" follows.
    counted: frozenset[int] = frozenset()
    parts: list[re.Match[str]] = field(default_factory=list)

    @property
    def first(self) -> int:
        return min([self.start, *(part.start() for part in self.parts)])

    @property
    def last(self) -> int:
        return max([self.end, *(part.end() for part in self.parts)])

    @property
    def hours(self) -> frozenset[int]:
        return _ALL_DAY.intersection(*(_PARTS[part.group()] for part in self.parts))

    @property
    def minutes(self) -> frozenset[int]:
        if self.counted and not self.parts:
            return self.counted & self.face
        return frozenset(minute for minute in self.face if minute // 60 in self.hours)

    def broken(self, problem: str) -> _Heard:
        self.face, self.problem = frozenset(), self.problem or problem
        return self


_ALL_DAY = frozenset(range(24))


def _face(match: re.Match[str], hour: int, minute: int, *, exact: bool = False, needs: str = "") -> _Heard:
    """An hour and minute as both halves of the day have them, unless they are counted to 24."""
    heard = _Heard(match.start(), match.end(), frozenset(), needs=needs)
    if hour == 24 and minute == 0:
        return heard.broken(_WHICH_DAY)
    if hour > 23 or minute > 59:
        return heard.broken(_NO_TIME)
    halves = [hour] if exact or hour == 0 or hour > 12 else [hour % 12, hour % 12 + 12]
    heard.face = frozenset(half * 60 + minute for half in halves)
    return heard


def _number(word: str | None) -> int:
    return _HINDI[word] if word in _HINDI else int(word or 0)


def _digital(match: re.Match[str]) -> _Heard:
    said = match.groupdict()
    hour, minute = _number(said["hour"]), _number(said["minute"])
    settled = said.get("hours") or said.get("baje")
    needs = "" if settled or said["between"] in (":", "h") else "at"
    military = bool(said.get("hours")) and said["between"] != ":"
    heard = _face(match, hour, minute, exact=military, needs=needs)
    if said.get("hours") or said["hour"].startswith("0"):
        heard.counted = frozenset([hour * 60 + minute])
    # "9 10 baje", "nau das": from nine to ten.
    hindi = said.get("baje") or said["hour"] in _HINDI
    if said["between"] == " " and hindi and (minute == hour + 1 or (said.get("baje") and minute <= 12)):
        return heard.broken(_SEVERAL)
    return heard.broken(_NO_TIME) if _number(said.get("second")) > 59 else heard


def _hour_alone(match: re.Match[str]) -> _Heard:
    return _face(match, _number(match["hour"]), 0, needs="part")


def _oclock(match: re.Match[str]) -> _Heard:
    return _face(match, _number(match["hour"]), 0)


def _hundred(match: re.Match[str]) -> _Heard | None:
    military = match["hours"] or match["hour"].startswith("0")
    return _face(match, int(match["hour"]), 0, exact=True) if military else None


def _half(match: re.Match[str]) -> _Heard:
    return _face(match, int(match["hour"]), 30, needs="at")


def _baje(match: re.Match[str]) -> _Heard:
    heard = _face(match, _number(match["hour"]), _number(match["minute"]))
    # "7 baje 3 log the": the number goes on to something else.
    if match["minute"] and not match["unit"] and not _GOES_NO_FURTHER.match(match.string, match.end()):
        return heard.broken(_SEVERAL)
    return heard


def _before_baje(match: re.Match[str]) -> _Heard:
    return _shifted(_face(match, _number(match["hour"]), 0), -_number(match["minute"]))


def _fraction(match: re.Match[str]) -> _Heard:
    return _shifted(_face(match, _number(match["hour"]), 0), _FRACTIONS[match["part"]])


def _fraction_alone(match: re.Match[str]) -> _Heard:
    return _face(match, *_ALONE[match["part"]])


def _around_hour(match: re.Match[str]) -> _Heard | None:
    amount, unit, hour, way = match["amount"], match["unit"] or "", match["of"], match["way"]
    offset = {"quarter": 15, "half": 30, "a": 1, "an": 1}.get(amount) or int(amount)
    anchored, later, hours = hour in _ANCHORS, way in ("past", "after"), unit.startswith("hour")
    if (amount in ("a", "an") and not unit) or (amount in ("quarter", "half") and unit):
        return None
    if (hours and not anchored) or (amount == "half" and not later) or (unit and way == "of"):
        return None
    heard = _face(match, _ANCHORS[hour] if anchored else int(hour), 0, exact=anchored)
    if offset > 59 and not anchored:
        return heard.broken(_NO_TIME)
    heard = _shifted(heard, offset * (60 if hours else 1) * (1 if later else -1))
    if amount.isdigit() and not unit:
        # "5 to 6" and "10 to 12" may be from five to six; nobody says "seven to eight" for 7:53.
        of_a_clock = offset % 5 == 0 or offset > 12 or way == "past"
        of_a_range = way in ("to", "till", "til", "until") and not anchored and 0 < int(hour) - offset <= 2
        if not of_a_clock or of_a_range:
            return heard.broken(_SEVERAL)
    # Ten to "twelve pm", or "ten to twelve" pm?
    if hour == "12" and not later and match.string.startswith((" AM", " PM"), match.end()):
        return heard.broken(_HALF_OPEN)
    return heard


def _shifted(heard: _Heard, minutes: int) -> _Heard:
    heard.face = frozenset((minute + minutes) % 1440 for minute in heard.face)
    return heard


_ANCHORS = {"noon": 12, "midnight": 0}
_FRACTIONS = {"sava": 15, "sawa": 15, "paune": -15, "pone": -15, "paun": -15} | dict.fromkeys(
    ("saadhe", "sadhe", "saade", "sade", "saarhe", "sarhe"), 30
)
_ALONE = {"dedh": (1, 30), "sava": (1, 15), "sawa": (1, 15)} | {
    **dict.fromkeys(("dhai", "dhaai", "adhai"), (2, 30)),
    **dict.fromkeys(("paune", "pone", "paun"), (12, 45)),
}
_N = rf"(?:{_HINDI_NUMBER}|\d{{1,2}})"
_HERE = r"(?<!\d[:.])(?<![\w#$₹])"
_GOES_NO_FURTHER = re.compile(
    rf"\s*(?:$|[,.;!?)]|(?:ko|par|pe|hua|hui|tha|thi|DATE|in|at|on|or|ya|ke|{_PART.pattern})\b)"
)

# How times are said, and who reads each; what comes first takes its words.
_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], _Heard | None]]] = [
    (re.compile(form), read_form)
    for form, read_form in (
        # quarter to eight, 20 minutes past 6, an hour before midnight
        (
            rf"{_HERE}(?:a )?(?P<amount>quarter|half|\d{{1,3}}|an?) ?(?P<unit>minutes?|mins?|hours?)? (?P<way>to|past|after|before|of|till?|until) "
            r"(?P<of>noon|midnight|\d{1,2}(?![\w:]|\.\d))(?: ?oclock\b| ?baje\b)?",
            _around_hour,
        ),
        # 7:15, 07:15:30, 19h30, 7:15 baje
        (
            rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>[:h])(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:]|\.\d)(?: ?(?P<hours>h|hrs?|hours?)\b| ?(?:baje|oclock)\b)?",
            _digital,
        ),
        # 1915 hours, 715 pm, 0715
        (rf"{_HERE}(?P<hour>\d\d)(?P<between>)(?P<minute>\d\d) ?(?P<hours>h|hrs?|hours?)\b", _digital),
        (rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>)(?P<minute>\d\d)(?= [AP]M\b)", _digital),
        (rf"{_HERE}(?P<hour>0\d)(?P<between>)(?P<minute>[0-5]\d)\b", _digital),
        # oh seven hundred, 19 hundred hours
        (rf"{_HERE}(?P<hour>\d{{1,2}}) hundred\b(?P<hours> (?:hours?|hrs?)\b)?", _hundred),
        # saat bajne mein das minute
        (rf"\b(?P<hour>{_N}) ?bajne (?:mein|me|main|se|ko) (?P<minute>{_N}) ?(?:minutes?|minat)\b(?: (?:pehle|pahle)\b)?", _before_baje),
        # saadhe saat baje
        (rf"\b(?P<part>{'|'.join(_FRACTIONS)}) (?P<hour>{_N})\b(?: ?(?:baje|bajkar|oclock)\b)?", _fraction),
        # dedh baje, sava baje
        (rf"\b(?P<part>{'|'.join(_ALONE)}) baje\b", _fraction_alone),
        # 7 15, 7.15, 7 15 hours
        (
            rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>[ .])(?P<minute>[0-5]\d)(?![\w:]|[.,]\d)(?: ?(?P<hours>h|hrs?|hours?)\b| ?(?P<baje>baje)\b| ?oclock\b)?",
            _digital,
        ),
        # chhe chaalis
        (rf"\b(?P<hour>{_HINDI_HOUR})(?P<between> )(?P<minute>{_HINDI_MINUTE})\b(?: (?P<baje>baje)\b)?", _digital),
        # saat baje, 7 baj ke 15 minute
        (
            rf"\b(?P<hour>{_HINDI_NUMBER}|\d{{1,3}}) ?(?:baje|bajkar|bajke|baj ?kar|baj ?ke)\b"
            rf"(?: (?P<minute>(?!ek\b(?! minute)){_N})\b(?! ?(?:baj|oclock))(?: ?(?P<unit>minutes?|minat|mins?)\b)?)?",
            _baje,
        ),
        (rf"{_HERE}(?P<hour>\d{{1,3}}) oclock\b", _oclock),
        # half seven: the British one
        (rf"{_HERE}half (?P<hour>\d{{1,2}})(?![\w:]|\.\d)(?: oclock\b)?", _half),
        (rf"{_HERE}(?P<hour>1?\d|2[0-4]|0\d)(?![\w:]|[.,]\d)", _hour_alone),
    )
]  # fmt: skip

_GLUE_WORDS = (
    "DATE in the at of on during early late later very that it was a an about around approximately approx roughly nearly almost exactly "
    "precisely sharp local time into monday tuesday wednesday thursday friday saturday sunday ke ki ka ko hi mein me par pe "
    "lagbhag kareeb karib theek aas paas hua hui tha thi but"
)
_SPACE = r"[\s,;–—-]"
_WORDS_OF_A_PLACE = r"(?!(?:or|ya|and|aur|but|not|no|nahi)\b)[^\W\d]+"
_GLUE = rf"(?:{_SPACE}|(?:{_GLUE_WORDS.replace(' ', '|')})\b)*"
# What may stand between a time and its part of the day: "7:15 in Pune, in the evening", "shaam ke 7 baje".
_BETWEEN = re.compile(
    rf"{_GLUE}(?:(?:in|at|on an?) {_WORDS_OF_A_PLACE}(?: {_WORDS_OF_A_PLACE})?|{_WORDS_OF_A_PLACE} (?:mein|me))?{_GLUE}"
)
_BETWEEN_PARTS = re.compile(
    rf"{_GLUE}(?:[.…!?]*\s*(?:/|(?:or|ya|and|maybe|perhaps|possibly|could|might|may|even|be|been|have|also|though|although|unless|shayad)\b){_GLUE})*"
)
_PAUSE = re.compile("[,;–—-]")
_FAR = 60

_LEADS = (
    "at around about approximately approx roughly nearly almost exactly precisely maybe perhaps probably like say says said tells told "
    "think thinks thought reckon reckons believe believes guess remember remembers struck was were is it's its be been that so then wait sorry "
    "actually rather mean meant no not isn't wasn't never nahi yes haan but born birth time DATE hua hui tha thi ko ke ki lagbhag kareeb karib theek shayad either"
)
_LEAD = re.compile(rf"(?:(?!\d)[^\w\s]|\b(?:{_LEADS.replace(' ', '|')}))\s*\Z")
_AT = re.compile(r"\b(?:at|around|about|approximately|exactly)\s*\Z")

_COUNT = rf"(?<!\d)\d{{1,3}}|\b(?:zero|hundred|half|quarter|{'|'.join(_FRACTIONS)}|{_HINDI_NUMBER})"
_JOINT = (
    r"(?:or|and|to|past|till?|until|ya|se|aur|through|then|vs|versus|a|the|oh|o|maybe|perhaps|possibly|shayad|(?:could|might|may) (?:be|have been))\b"
    r"(?: (?:at|around|about|even|it|was)\b)*"
)
_COUNT_BEFORE = re.compile(rf"(?:{_COUNT})(?:[\s/,&+:()–—-]|\b{_JOINT})*\Z")
_COUNT_AFTER = re.compile(
    rf"(?:[\s/,&+()–—-]|\b{_JOINT})*(?:\d{{1,3}}(?!\d|st\b|nd\b|rd\b|th\b)|\b(?:oh|zero|hundred|half|quarter|minutes?|mins?|something|odd|hour|oclock|baje|{'|'.join(_FRACTIONS)})\b)"
    rf"|[\s,–—-]*\b(?:or|ya|se|aur) (?!ek\b)(?:{_HINDI_NUMBER})\b"
    r"|\s+(?:ke |se |aur |and )?\w+ (?:minutes?|minat)\b"
)
_LIMIT_BEFORE = re.compile(
    r"\b(?:before|after|by|until|till?|past|to|(?<!time )(?<!the hour )of|since|beyond|gone|from|between|under|over|within|than|least|most|prior|upto|up|towards?)"
    r"(?: (?:about|around|roughly|the))?\s*\Z"
)
_JUST = re.compile(
    r"\b(?:just|right|shortly|soon|bit|little|slightly|immediately|moments|seconds|few minutes|couple of minutes) (?:before|after|past|to)\s*\Z"
)
_MOMENT = re.compile(r"(?:dawn|sunrise|noon|sunset|dusk|midnight)\b")
_ALMOST = re.compile(r"\b(?:before|to|almost|nearly|approaching|towards?)\s*\Z")
_LIMIT_AFTER = re.compile(
    r"\s*,?\s*(?:or (?:later|earlier|before|after)|onwards?|and (?:later|after)|at (?:the )?(?:latest|earliest)|(?:ke|se) (?:thodi |kuch )?(?:der )?(?:pehle|pahle|baad|bad)|tak|plus|utc|gmt|zulu|z)\b"
)
_UNSURE = re.compile(
    r"\b(?:or(?! rather)|maybe|perhaps|possibly|might|could|either|ya|shayad|not sure|don't know)\b"
)
_AND_ON = re.compile(r"\s*(?:[/&–-]|(?:and|to|till?|until|se|aur|vs|versus)\b)")
_SINCE_ANOTHER = re.compile(
    r"\b(?:minutes?|mins?|hours?) (?:after|before|later than|earlier than) (?:my|our|the|his|her|mere|meri)\b"
)
_TAKEN_BACK = re.compile(
    r"\b(?:scratch that|forget (?:that|it)|(?:no|wait|actually|sorry|nahi)\b[^.!?]{0,20}\b(?:don't know|not sure|no idea|pata nahi|nahi pata))\b"
)
_ONLY_CORRECTS = re.compile(rf"(?:[.!?…]|{_SPACE})*(?:(?:{_CORRECTION.pattern}|\b(?:no|wait)\b)[.!?…]*{_GLUE})+")
_ANOTHER_SAYS = re.compile(
    r"\b(?:says?|said|thinks?|reckons?|claims?|insists?|bolt[ai]|keht[ai])(?: (?:hai|it|was|at|around|about|more|like))* "
    rf"(?:\d{{1,2}}(?!\d|st\b|nd\b|rd\b|th\b)|half|quarter|{_HINDI_NUMBER})\b"
)
# Clauses that tell when something else happens.
_BUSINESS = re.compile(
    r"\b(?:wakes?|woke|waking|got up|gets? up|sleep|slept|goes|go|going|went|gone|works?|working|leaves?|leaving|left|reach|call|flight"
    r"|train|bus|meeting|class|classes|exam|shift|appointment|dinner|lunch|breakfast|now|today|tonight|tomorrow|every day|daily"
    r"|office|school|college|labou?r|contractions|admitted|uthta|uthti|sota|soti|abhi|aaj|roz)\b"
)
_CLAUSE = re.compile(
    r"[,.;!?]\s|\b(?:and|but|aur|par|because|when)\b"
)  # What a sentence may say around a time without being about anything else.
_NEUTRAL_WORDS = (
    f"{_GLUE_WORDS} {_LEADS} {' '.join(_PARTS)} no not wasn't isn't or and but i my we you she he they mum mom mother mummy mama maa ammi dad "
    "papa father nani nana dadi dada aunt aunty uncle grandmother gran family certificate record hospital bracelet paper papers diary "
    "according checked asked looked up just now out found out it'd i'd i'll let me us check should could might may would have has had "
    "be to for from with which one oh okay ok well um uh hmm yeah sure really definitely only even also still local clock between "
    "wrong right correct correction rather make scratch oops either ya aur se tak beech nahi nahin galat haan hai hain toh bhi mera meri "
    "mere janam janm paida hoon main mujhe time samay pata bataya bola boli bolti bolta kehti kehta ne old"
)
_NEUTRAL = re.compile(rf"(?:[^\w]|(?:in {_WORDS_OF_A_PLACE}|{_NEUTRAL_WORDS.replace(' ', '|')})\b)*")
_WHICH_HALF = re.compile(r"\b(?:morning|evening|afternoon|night|subah|shaam|raat|am|pm)\b.*\b(?:or|ya)\b")


@dataclass(frozen=True)
class _Reading:
    """What the times of a text come to together: one minute, or more, or none."""

    minutes: frozenset[int]
    problem: str
    heard: _Heard
    start: int
    end: int

    @property
    def clock(self) -> Clock:
        if len(self.minutes) == 1:
            (minute,) = self.minutes
            return Clock(f"{minute // 60:02d}:{minute % 60:02d}")
        return Clock(None, _HALF_OPEN if self.minutes else self.problem or _SEVERAL)


_SPARE_NUMBER = re.compile(r"\b\d{1,2}\b")
# "Seven fifteen", with nothing around it.
_NUMBERS_ONLY = re.compile(rf"(?:[^\w]|(?:{_LEADS.replace(' ', '|')})\b)*\d{{1,2}}(?:[ .][0-5]\d)?[^\w]*")


def time_of(words: str) -> Clock:
    """07:15 for "7:15 in the morning", "saadhe saat baje subah" or "0715 hours"."""
    if _CLOCK.fullmatch(words.strip()):
        return Clock(words.strip()[:5])
    if len(words) > _LONGEST_TURN:
        return Clock(None, _NO_TIME)
    text = _spoken(words)
    plain, heard = _times(text.plain)
    reading = _together(plain, heard, None)
    if reading:
        for face in heard:
            plain = plain[: face.start] + " " * (face.end - face.start) + plain[face.end :]
        # Said as a birth time, and with a number in it that was not understood: better asked again.
        return Clock(None, _SEVERAL) if reading.clock.time and _SPARE_NUMBER.search(plain) else reading.clock
    return Clock(None, _HALF_OPEN if _NUMBERS_ONLY.fullmatch(text.plain) else _NO_TIME)


def _times(plain: str) -> tuple[str, list[_Heard]]:
    """The times said in a text, in order, and the text without those that are denied ("not at 7, ...")."""
    while True:
        heard = _with_parts(plain)
        denials = [_denied(plain, face, heard[:number], heard[number + 1 :]) for number, face in enumerate(heard)]
        if not any(denials):
            return plain, heard
        for start, end in filter(None, denials):
            plain = plain[:start] + " " * (end - start) + plain[end:]


def _denied(plain: str, heard: _Heard, earlier: list[_Heard], later: list[_Heard]) -> tuple[int, int] | None:
    """From where to where the text denies this time."""
    if found := _NEGATED_BEFORE.search(plain, max(0, heard.first - 40), heard.first):
        # "8:15, not 7:15, in the morning": the morning is the other's.
        lent = not later and earlier and not earlier[-1].parts
        return found.start(), heard.end if lent else heard.last
    # With more to come it is a correction, which lends its part of the day: "subah 7 baje nahi, 8 baje".
    if later:
        return None
    found = _NEGATED_AFTER.match(plain, heard.last) or _NEGATED_AFTER.match(plain, heard.end)
    return (heard.first, max(found.end(), heard.last)) if found else None


def _with_parts(plain: str) -> list[_Heard]:
    heard = _faces(plain)
    parts = [
        part
        for part in _PART.finditer(plain)
        if not any(face.start < part.end() and part.start() < face.end for face in heard)
    ]
    taken = 0  # parts before this one are another time's
    for number, face in enumerate(heard):
        before = [part for part in parts[taken:] if part.end() <= face.start]
        edge, between = face.start, _BETWEEN
        for part in reversed(before):
            if edge - part.end() > _FAR or not between.fullmatch(plain, part.end(), edge):
                break
            face.parts.append(part)
            edge, between = part.start(), _BETWEEN_PARTS
        taken += len(before)
        limit = heard[number + 1].start if number + 1 < len(heard) else len(plain)
        edge, between = face.end, _BETWEEN
        for part in parts[taken:]:
            if part.end() > limit or part.start() - edge > _FAR or not between.fullmatch(plain, edge, part.start()):
                break
            # "..., subah ke 7 baje": the next one's.
            follows = limit < len(plain) and _BETWEEN.fullmatch(plain, part.end(), limit)
            if follows and _PAUSE.search(plain, edge, part.start()) and not _PAUSE.search(plain, part.end(), limit):
                break
            face.parts.append(part)
            edge, between = part.end(), _BETWEEN_PARTS
            taken += 1
    heard = [face for face in heard if _is_time(plain, face)]
    # Noon and midnight are times where they are not part of one ("12 noon").
    used = {part.start() for face in heard for part in face.parts}
    heard += [
        _Heard(part.start(), part.end(), frozenset([_ANCHORS[part.group()] * 60]))
        for part in parts
        if part.group() in _ANCHORS and part.start() not in used
    ]
    return sorted(heard, key=lambda face: face.start)


def _faces(plain: str) -> list[_Heard]:
    heard: list[_Heard] = []
    for form, read_form in _FORMS:
        for match in form.finditer(plain):
            free = all(match.end() <= other.start or other.end <= match.start() for other in heard)
            if free and (face := read_form(match)):
                heard.append(face)
    return sorted(heard, key=lambda face: face.start)


def _is_time(plain: str, heard: _Heard) -> bool:
    if not heard.needs:
        return True
    opens, near = not plain[: heard.start].strip(), max(0, heard.start - _FAR)
    if not heard.parts:
        return heard.needs == "at" and (opens or bool(_AT.search(plain, near, heard.start)))
    if any(part.group() in ("AM", "PM") for part in heard.parts):
        return True
    if heard.first == heard.start:
        leads = (_LEAD, _COUNT_BEFORE, _LIMIT_BEFORE, _JUST)
        return opens or any(lead.search(plain, near, heard.start) for lead in leads)
    # "noon fifteen" is not three o'clock
    if heard.parts[0].group() in _ANCHORS and heard.face.isdisjoint((0, 720)):
        return False
    # "shaam ke 6 log": six of something
    return heard.needs == "at" or heard.last > heard.end or bool(_GOES_NO_FURTHER.match(plain, heard.end))


def _clings(plain: str, heard: _Heard, lower: int, upper: int) -> str:
    """The problem of a time to which more clings than was understood: "6 or 7 pm", "before 7 am", "7 am or later"."""
    for edge in {heard.start, heard.first}:
        near = max(lower, edge - _FAR)
        # Nearly midnight is on the other side of it, a day away.
        if heard.minutes == {0} and _ALMOST.search(plain, near, edge):
            return _WHICH_DAY
        # "Before sunrise, at 5:30" says when, "before 5:30" does not.
        of_a_part = edge < heard.start and _MOMENT.match(plain, edge)
        if just := _JUST.search(plain, near, edge):
            edge = just.start()
        limited = _LIMIT_BEFORE.search(plain, near, edge) and not of_a_part
        if limited or _COUNT_BEFORE.search(plain, near, edge):
            return _SEVERAL
    for edge in {heard.end, heard.last}:
        if _LIMIT_AFTER.match(plain, edge, upper) or _COUNT_AFTER.match(plain, edge, upper):
            return _SEVERAL
    return ""


def _together(plain: str, heard: list[_Heard], said_before: _Reading | None) -> _Reading | None:
    """The times of a text in one: what is said twice agrees, what is corrected gives way, else it stays open."""
    reading: _Reading | None = None
    heard = [face for face in heard if not _BUSINESS.search(_clause(plain, face))]
    # "20 minutes after my twin, who came at 7 am"
    since_another = _SEVERAL if _SINCE_ANOTHER.search(plain) else ""
    for number, face in enumerate(heard):
        lower = heard[number - 1].last if number else 0
        upper = heard[number + 1].first if number + 1 < len(heard) else len(plain)
        if problem := since_another or _clings(plain, face, lower, upper):
            face.broken(problem)
        gap = plain[lower : face.first]
        corrects = bool(_CORRECTION.search(gap)) and not _UNSURE.search(gap)
        earlier = reading or said_before
        minutes = face.minutes
        if earlier and len(minutes) == 2 and (corrects or not reading):
            minutes = _same_half(face, earlier) if corrects else minutes & earlier.minutes or minutes
        if reading and not corrects:
            # In "19:15 or 7:15" the second is the other 7:15; in "ten to five in the morning, so 4:50" the same.
            other = _UNSURE.search(gap) or _AND_ON.match(gap)
            agreed = frozenset[int]() if other and reading.minutes != minutes else reading.minutes & minutes
            problem = reading.problem if reading.problem == face.problem else _SEVERAL
            kept = face if face.parts or not reading.heard.parts else reading.heard
            reading = _Reading(agreed, problem, kept, reading.start, face.last)
        else:
            problem = face.problem or _HALF_OPEN
            reading = _Reading(minutes, problem, face, face.first, face.last)
    return reading and _afterthought(plain, reading)


def _same_half(face: _Heard, earlier: _Reading) -> frozenset[int]:
    """ "7:15 in the morning, no wait, 8:15": in the morning too. Around twelve nobody can tell."""
    parts = earlier.heard.hours
    halves = {minute // 720 for minute in earlier.minutes}
    same = frozenset(minute for minute in face.minutes if minute // 60 in parts and minute // 720 in halves)
    around_twelve = any(minute // 60 % 12 == 0 for minute in face.minutes)
    return same if earlier.heard.parts and len(halves) == 1 and not around_twelve else face.minutes


def _afterthought(plain: str, reading: _Reading) -> _Reading:
    """What comes after the last time: "..., no, in the evening"; "..., scratch that"; "..., but dad says eight"."""
    rest = plain[reading.end :]
    if _TAKEN_BACK.search(rest) or _ANOTHER_SAYS.search(rest):
        return replace(reading, minutes=frozenset(), problem=_SEVERAL, end=len(plain))
    part = _PART.search(plain, reading.end)
    if part and _ONLY_CORRECTS.fullmatch(plain, reading.end, part.start()) and reading.heard.face:
        reading.heard.parts = [part]
        return _Reading(reading.heard.minutes, _HALF_OPEN, reading.heard, reading.start, part.end())
    return reading


def _clause(plain: str, heard: _Heard) -> str:
    before = plain[max(0, heard.first - 120) : heard.first]
    after = plain[heard.last : heard.last + 120]
    return f"{_CLAUSE.split(before)[-1]} {_CLAUSE.split(after, maxsplit=1)[0]}"


def date_of(words: str) -> str | None:
    """2002-08-14 for "14th of August 2002"; None when the words settle no date."""
    said = _Said()
    _read_dates(said, _counted(words[:_LONGEST_TURN]), correcting=False)
    text = _date_text(said, None)
    return text if text and _ISO.fullmatch(text) else None


@dataclass
class _Said:
    """What has been said so far."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    date_words: str | None = None
    time: str | None = None
    reading: _Reading | None = None
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
        latin = _latin(words).plain
        own = bool(_SELF.search(latin))
        question = _question(asked)
        answers = not own and bool(_ASKED.search(question))
        corrects = turns_since_birth <= 2 and bool(_CORRECTION.search(latin))
        heard = words[:_LONGEST_TURN]
        if _WHICH_HALF.search(question) and _read_half(said, heard):
            turns_since_birth = 0
        elif own or answers or corrects:
            found = _read_time(said, heard, answers=answers)
            for sentence in _SENTENCE.split(heard):
                found |= _read_sentence(
                    said, sentence, answers=answers, corrects=corrects, asked_where=bool(_WHERE.search(question))
                )
            turns_since_birth = 0 if own or found else turns_since_birth + 1
        else:
            turns_since_birth += 1
    return _result(said, countries, today)


def _question(asked: str) -> str:
    """What the agent asked; all it said when it said that something is missing; not what it merely told."""
    if _LACKS.search(asked):
        return _latin(asked).plain
    asks = (sentence for sentence in _SENTENCE.split(asked) if sentence.rstrip().endswith("?"))
    return _latin(" ".join(asks)).plain


def _read_sentence(said: _Said, sentence: str, *, answers: bool, corrects: bool, asked_where: bool) -> bool:
    latin = _latin(sentence)
    if not _tells_of_caller(latin.plain):
        return False
    corrected = bool(_CORRECTION.search(latin.plain))
    of_birth = answers or corrected or bool(_SELF.search(latin.plain))
    read_date = _read_dates(said, _counted(sentence), correcting=corrects or corrected)
    read_place = _read_place(said, sentence[:600], latin.plain[:600], of_birth=of_birth, asked_where=asked_where)
    return read_date or read_place


def _tells_of_caller(sentence: str) -> bool:
    return not _OTHER.search(sentence) and not sentence.rstrip().endswith("?")


def _read_dates(said: _Said, text: _Text, *, correcting: bool) -> bool:
    found = False
    for match in _DATE.finditer(text.plain):
        if _is_negated(text.plain, match):
            continue
        part = {name: value for name, value in match.groupdict().items() if value}
        start = match.start()
        if rival := _OTHER_DAY.search(text.plain, max(0, start - 40), start):
            said.day = said.month = said.year = None
            said.date_words, found = text.words(rival.start(), match.end()), True
            continue
        if "iso" in part:
            said.year, said.month, said.day = map(int, part["iso"].split("-"))
        elif "n1" in part:
            first, second = int(part["n1"]), int(part["n2"])
            if first <= 12 and second <= 12 and first != second:
                said.day = said.month = said.year = None
                said.date_words, found = text.words(start, match.end()), True
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
        said.date_words, found = text.words(start, match.end()), True
    return found


def _is_negated(plain: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    return bool(_NEGATED_BEFORE.search(plain, max(0, start - 24), start) or _NEGATED_AFTER.match(plain, end))


def _read_time(said: _Said, words: str, *, answers: bool) -> bool:
    text = _spoken(words)
    plain, heard = _times(text.plain)
    return _keep(said, text, _together(plain, _of_own_birth(plain, heard, answers=answers), said.reading))


def _read_half(said: _Said, words: str) -> bool:
    """The answer to "morning or evening?"."""
    text = _spoken(words)
    parts = list(_PART.finditer(text.plain))
    if not said.reading or len(said.reading.minutes) != 2 or not parts or not _NEUTRAL.fullmatch(text.plain):
        return False
    face = replace(said.reading.heard, parts=parts)
    reading = replace(said.reading, heard=face, minutes=said.reading.minutes & face.minutes)
    return len(reading.minutes) == 1 and _keep(said, text, reading)


def _keep(said: _Said, text: _Text, reading: _Reading | None) -> bool:
    if reading is None:
        return False
    said.reading, said.time = reading, reading.clock.time or _in_words(text, reading)
    return True


def _of_own_birth(plain: str, heard: list[_Heard], *, answers: bool) -> list[_Heard]:
    """Those in sentences about the caller's birth, or about nothing else ("It was 7 am.", but not "My bus left at 7.")."""
    kept: list[_Heard] = []
    for start, end in itertools.pairwise([0, *(gap.end() for gap in _SENTENCE.finditer(plain)), len(plain)]):
        here = [face for face in heard if start <= face.start < end]
        sentence = around = plain[start:end]
        for face in reversed(here):
            around = around[: max(0, face.first - start)] + " " + around[face.last - start :]
        if _tells_of_caller(sentence) and (answers or _SELF.search(sentence) or _NEUTRAL.fullmatch(around)):
            kept += here
    return kept


def _in_words(text: _Text, reading: _Reading) -> str | None:
    """The words that leave the time open, with as few of those around them as are needed to tell that they do."""
    tokens = [token.span() for token in re.finditer(r"\S+", text.plain)]
    first = next((number for number, (_, end) in enumerate(tokens) if end > reading.start), 0)
    last = next((number for number, (_, end) in enumerate(tokens) if end >= reading.end), len(tokens) - 1)
    wider = sorted(itertools.product(range(7), range(7)), key=lambda more: (sum(more), more[1]))
    spans = [
        (tokens[max(0, first - left)][0], tokens[min(len(tokens) - 1, last + right)][1]) for left, right in wider
    ]
    texts = [text.words(*span) for span in dict.fromkeys([(reading.start, reading.end), *spans])]
    open_ones = [
        (words, clock) for words in texts if len(words) <= _LONGEST and (clock := time_of(words)).time is None
    ]
    for words, clock in open_ones:
        if clock.problem == reading.clock.problem:
            return words
    return open_ones[0][0] if open_ones else None


def _read_place(said: _Said, text: str, latin: str, *, of_birth: bool, asked_where: bool) -> bool:
    matches = list(_PLACE_EN.finditer(text))
    if not matches and of_birth:
        matches = list(_PLACE_DEVANAGARI.finditer(latin))
    if not matches and of_birth:
        matches = list(_PLACE_HI.finditer(text)) or list(_PLACE_IN.finditer(text))
    if not matches and asked_where:
        matches = list(_PLACE_BARE.finditer(text)) or list(_PLACE_DEVANAGARI_BARE.finditer(latin))
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
    return (
        len(first) > (1 if "\u0900" <= first[:1] <= "\u097f" else 2)
        and first not in _NO_PLACE
        and not re.search(r"['’](?:ll|s|m|ve|d|re|t)$", first)
    )


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
