"""The contract of texts that people read: what a rule can tell about them. Pure.

`told` is the task's input: what the text may speak of. Problems are told in words that help the next attempt and
never repeat the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from astra_pipeline import names
from astra_pipeline.astrology import signs
from astra_pipeline.language import hinglish

Told = Mapping[str, Any]
_Judge = Callable[[str], bool]
SIGNS = "|".join(signs.SIGNS)
SHORTEST, LONGEST = 300, 4000
"""Characters of a whole text."""
_READ = 2 * LONGEST
"""Characters of a text that are read at all; one that goes on is refused anyway."""

_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"[^.!?\s][^.!?\n]*(?:[.!?]+(?!\s)[^.!?\n]*)*[.!?]*")
_CANCER_THE_SIGN = re.compile(r"(?<=[a-z,] )Cancer\b|\bCancer(?= (?:[Ss]un|[Mm]oon|[Rr]ising|[Ss]eason))")
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_OTHER_SCRIPT = 0.05
"""Share of a text's characters that are letters but not Latin, above which it is not in English."""
_SOME, _MUCH = 34, 67
"""Hinglish levels from which a text must have a few Hindi words, and several."""
_ENOUGH = {_SOME: 2, _MUCH: 4}
_TOLERATED = 2
"""Words a text without Hinglish may share with Hindi: some spell an English word."""


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text, separated by blank lines."""
    return [part.strip() for part in _PARAGRAPHS.split(text.strip()) if part.strip()]


def problems(text: str, told: Told, *, at_least: int, at_most: int) -> list[str]:
    """What breaks the contract every text of ours keeps, in words; empty when nothing does."""
    found: list[str] = []
    count = len(paragraphs(text))
    if not at_least <= count <= at_most:
        wanted = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        found.append(f"{count} paragraphs, want {wanted} separated by blank lines")
    if not SHORTEST <= len(text) <= LONGEST:
        found.append(f"{len(text)} characters, want {SHORTEST} to {LONGEST}")
    text, name = names.plain(text[:_READ]), names.plain(told.get("name") or "")
    if name and not names.is_in(name, text):
        found.append("the person's name is not used")
    topics = [names.plain(topic) for part in ("recent_topics", "topics") for topic in _strings(told.get(part))]
    # Somebody may be called Todo, and worry about a guaranteed profit. Any other topic is a word like others: with
    # "mother's health" among them, nobody knows that her health will improve.
    spoken_of = text.lower()
    foul = [topic for topic in topics if topic.lower() in spoken_of and _is_foul(topic)]
    own = _without(text, [name], foul, "you")
    lowered = _lowered(own)
    found += [problem for problem, hints, pattern in _SPOILT if _has(hints, lowered) and pattern.search(own)]
    if _is_certain(lowered):
        found.append("certainty about health, money or misfortune, want possibilities")
    found += _transit_problems(own, told) + _language_problems(text, told, " ".join([name, *topics]))
    return list(dict.fromkeys(found))


def is_certain(text: str) -> bool:
    """Whether a text promises or threatens what nobody can know, or advises on medicines or investments."""
    return _is_certain(_lowered(names.plain(text)))


def is_quotable(text: str, level: int) -> bool:
    """Whether somebody's own words can stand in a text for a reader of that Hinglish level."""
    return not (_is_foul(text) or _FOREIGN.search(text)) and (level >= _SOME or not hinglish.spoken_in(text))


def _is_foul(text: str) -> bool:
    lowered = _lowered(names.plain(text))
    return any(_has(hints, lowered) and pattern.search(text) for _, hints, pattern in _SPOILT) or _is_certain(
        lowered
    )


def _language_problems(text: str, told: Told, besides: str) -> list[str]:
    if not besides.isascii():
        text = _without(text, besides.split(), [], " ")
    if _DEVANAGARI.search(text) or len(_FOREIGN.findall(text)) > _OTHER_SCRIPT * len(text):
        return ["not written in Latin letters"]
    hindi = len(hinglish.spoken_in(text, besides=besides))
    level = told.get("hinglish_level") or 0
    wanted = max((count for floor, count in _ENOUGH.items() if level >= floor), default=0)
    if hindi < wanted:
        return [f"{hindi} Hindi words, want some Hinglish at level {level}"]
    if level == 0 and hindi > _TOLERATED:
        return [f"{hindi} Hindi words, want plain English"]
    return []


def _lowered(text: str) -> str:
    return (_CANCER_THE_SIGN.sub("sign", text) if "Cancer" in text else text).lower()


def _sentences(text: str) -> list[str]:
    return _SENTENCE.findall(text)


def _has(hints: Sequence[str], text: str) -> bool:
    for hint in hints:  # noqa: SIM110 — twice as fast as any()
        if hint in text:
            return True
    return False


def _without(text: str, exactly: Sequence[str], however_spelt: Sequence[str], instead: str) -> str:
    """The text without what it was given, where that stands as words of its own."""
    for given, flags in ((exactly, 0), (however_spelt, re.IGNORECASE)):
        if parts := "|".join(re.escape(part) for part in sorted(filter(None, given), key=len, reverse=True)):
            text = re.sub(rf"(?<!\w)(?:{parts})(?!\w)", instead, text, flags=flags)
    return text


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


# What no text of ours has in it ---------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"```|\*\*|^\s*(?:[#>*•–—-]+|\d+[.)])\s|(?<!\w)([*_]{1,3})\w(?:[^*_\n]*\w)?\1(?!\w)|</?[a-z]+>", re.MULTILINE
)
_JSON = re.compile(r"^\s*[\[{]|[\]}]\s*$|\"\w+\"\s*:\s*[\"\d\[{]")
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\$?\{\w+\}|\[[A-Z_ ]{2,}\]|[\[(](?:your |user(?:'s)? |first )?name[\])]|<[a-z_ ]+>"
    r"|\bUSER_?NAME\b|\bXXX+\b|_{3,}|lorem ipsum|\b(?:dear|hello|hi|hey|namaste|good \w+),? (?:user|customer)\b"
    # In Hindi "todo" is to break something.
    r"|(?-i:\bTODO\b)",
    re.IGNORECASE,
)
_CANNOT = r"(?:can(?:no|')t|can not|(?:am |'m )?(?:unable|not able) to|will not|won't|must decline to)"
_THE_TEXT = (
    r"(?:(?:(?:an?|the|this|that|such|your|any|full|daily|\w*personal\w*|specific|accurate|kind of|type of) ){0,4}"
    r"(?:horoscopes?|astrological \w+|readings?|json)"
    r"|(?:(?:an?|this|such an?|any|the requested|(?:the|your) weekly|weekly) ){1,2}(?:report|text|letter|response|"
    r"summary|content)|(?:this|that|such|your) (?:request|kind of (?:request|content))|(?:this|such|any) content)\b"
)
# Of being an AI, or of the text itself: "I cannot write the ending for you" is no refusal.
_REFUSAL = re.compile(
    r"\b(?:as|I am|I'm) (?:just |only )?an? (?:AI|artificial|(?:large )?language model|(?:virtual|digital) "
    r"assistant)\b|\bas an assistant,? I\b|\bI(?:'m| am) (?:just |only )?an assistant\b"
    rf"|\b(?:I ?{_CANNOT}|unable to) (?:help (?:you )?with|assist (?:you )?with|provide|generate|create|write|"
    rf"produce|compose|give|complete|fulfil\w*|comply with|answer) {_THE_TEXT}"
    rf"|\bI ?{_CANNOT} (?:(?:help|assist)(?: you)?(?: with (?:that|this|it))?(?=\s*(?:[.!,;]|$))|comply\b)"
    rf"|\bI(?:'m| am) (?:sorry|afraid)\b[^.!?]{{0,40}}\b{_CANNOT} (?:help|assist|comply|provide|generate|create|"
    r"produce|fulfil|do (?:that|this))\b"
    r"|\b(?:I apologi[sz]e|my apologies)\b[^.!?]{0,40}\b(?:inconvenience|confusion|mistake|error|oversight|unable|"
    r"can(?:no|')t|previous|earlier|request|horoscope|report|text|answer|response)\b"
    r"|\bmy (?:guidelines|programming|training data|(?:content|safety|usage) polic(?:y|ies))\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\bhere(?:'s| is) (?:the|your|an?) [\w ]{0,30}\b(?:horoscope|report|text|letter|reading)\b[\w ,]{0,20}"
    r"\b(?:requested|asked for)\b|\bhere(?:'s| is) the (?:revised|corrected|updated|rewritten)\b"
    r"|\b(?:this|it) meets (?:your|the|all) (?:requirements|criteria)\b|\bnote to (?:the )?editor:|\bword count:"
    r"|\blet me know if you(?:'d like| would like| want| need) (?:me to |any )?(?:chang|revis|edit|adjust|modif)"
    r"|<<<|>>>",
    re.IGNORECASE,
)
_SPOILT: tuple[tuple[str, Sequence[str], re.Pattern[str]], ...] = tuple(
    (problem, hints.split("|"), pattern)
    for problem, hints, pattern in (
        ("markup or JSON, want plain prose", "", _MARKUP),
        ("markup or JSON, want plain prose", '[|]|{|}|":', _JSON),
        ("a placeholder is left in the text", "{|}|[|(|<|_|user|customer|todo|xxx|lorem", _PLACEHOLDER),
        (
            "an apology or refusal instead of the text",
            "as a|i'm|i am|i can|i will not|i won't|i must|apolog|able to|guideline|polic|programming|training",
            _REFUSAL,
        ),
        (
            "a remark about the text, want the text alone",
            "requested|asked for|requirements|criteria|editor:|word count|let me know|the revised|the corrected|"
            "the updated|the rewritten|<<<|>>>",
            _REMARK,
        ),
    )
)
"""What is wrong; hints, one of which is in everything that is so; and how it is found. Expressions are slow, and
texts are read a thousand times a morning."""


# Certainty. Sentences are in lower case -------------------------------------------------------------------------

_WILL = re.compile(
    r"(?:\b(?:will|shall|won't|gonna|going to|about to|set to|"
    r"(certain|sure|bound|destined|fated|guaranteed|assured) to)\b|'ll\b)"
    r"(?: (?:definitely|certainly|surely|soon|finally|never|not|also|then|now|probably|likely|most|very|always|"
    r"really|indeed|absolutely|undoubtedly|inevitably|quickly|easily|still|all|both|even|once|again|at last|"
    r"no doubt|for sure|without(?: a)? doubt|be able to|manage to|begin to|start to|simply|just|almost|eventually|"
    r"actually|suddenly|fully|completely))* "
)
_WHEN = (
    r"(?:by|before|after|within|this|next|on|soon|again|one day|some ?day|today|tonight|tomorrow|quickly|fully|"
    r"completely|easily|without|when|once|until|thanks|because|if|eventually|for sure|or|so|in (?:the (?:next|"
    r"coming)|an?|two|three|six|\d+|no time|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|spring|summer|autumn|winter))"
)
_END = rf"(?=\W*$|[.,:;!?)\"]|\s+(?:and|but|well|{_WHEN})\b)"
"""Here a statement ends, or goes on with when, how or why."""
_OR_OF_WHAT = (
    r"(?=\W*$|[.,:;!?)\"]|\s+(?:and|but|you|he|she|they|for|from|at|with|that|which|offer|letter|back|worth|"
    r"in (?!order|mind|hand|place|check|perspective|an? (?:new|different))|"
    rf"of your dreams|{_WHEN})\b)"
)
"""The same, or a noun goes on with whose or what for: "the job you want", but not "the job done"."""
_SOME_WORDS = (
    r"(?:(?!(?:of|to|from|for|with|at|in|on|over|about|and|or|into|by|through|than|who|out|up|off|away|as|if|when|"
    r"like|while|between) )[\w'-]+ ){0,4}"
)
"""A few words of one phrase, such as "a much better paid"."""
_MINE = (
    r"(?:(?:your|the|all|any|this|that|those|these|his|her|their|some|more|every|an?|taking|using|daily|morning|"
    r"evening|night|nightly|prescribed|regular|usual|next|old|current|heart|thyroid|sleeping|sleep|blood pressure|"
    r"pain|of|[a-z]+'s) ){0,4}"
)
_KIN = (
    r"(?:mother|father|mom|mum|mummy|dad|daddy|papa|parents?|wife|husband|spouse|fianc[eé]e?|son|daughter|child|"
    r"children|kids?|baby|brother|sister|siblings?|grand(?:mother|father|ma|pa|parents?|son|daughter|child|"
    r"children)|uncle|aunt|cousin|nephew|niece|in-laws?|loved ones?|relative|dog|cat|pet|maa|nani|dadi)"
)
_ANYONE = r"(?<!\bi)(?<!\bwe)(?<!\bwho)"
_PERSON = (
    rf"\b(?:you|he|she|they|both|{_KIN}|partner|friend|patient|boyfriend|girlfriend|some(?:one|body)|family member)"
    r"(?: (?:in (?:the|your) family|close to you|you (?:love|know)))?"
)
_BODY = (
    r"(?:body|back|skin|knees?|legs?|arms?|bones?|liver|kidneys?|lungs?|stomach|womb|uterus|eyes|eyesight|throat)"
)
_ILLNESS = (
    r"(?:illness(?:es)?|diseases?|sickness|ailments?|cancer|tumou?rs?|diabetes|thyroid|pcos|pcod|migraines?|"
    r"headaches?|fever|cough|infections?|pains?|backache|depression|anxiety|insomnia|asthma|allerg(?:y|ies)|"
    r"arthritis|ulcers?|cysts?|fibroids?|blood pressure|bp|blood sugar|sugar|cholesterol|symptoms?|addiction|"
    r"infertility|injur(?:y|ies)|fractures?|panic attacks?|health (?:problems?|issues?|troubles?))"
)
_CARE = (
    r"(?:surger(?:y|ies)|operations?|transplant|c-section|caesarean|ivf|iui|chemo\w*|radiation|dialysis|"
    r"hospitali[sz]ation|treatments?(?! of (?:the|your|yourself|others)))"
)
_MEDICINE = (
    r"(?:medic(?:ines?|ations?|aments?)|meds|pills?|tablets?|capsules?|insulin|inhaler|anti(?:depressant|biotic|"
    r"psychotic|histamine)s?|painkillers?|steroids?|statins?|sedatives?|blood thinners?|prescriptions?|injections?|"
    r"vaccin\w+|contracepti\w+|dosage|dose(?! of (?!\w*(?:medic|insulin)))|birth control)"
)
_EXAM = (
    r"(?:exams?|examinations?|interviews?|tests?(?! of)|upsc|neet|jee|ielts|toefl|ssc|board exams?|boards|finals|"
    r"entrance|viva|prelims|mains|semester|bar exam)"
)
_COURT = r"(?:case|lawsuit|appeal|custody|trial|verdict|litigation|(?:court|legal) (?:battle|dispute|fight|matter))"
_JOB = (
    r"(?:job(?: offer)?s?|promotions?|pay rise|raise|(?:salary|pay) hike|increments?|appointment letter|offer "
    r"letter|visa|green card|citizenship|residency|(?:work )?permit|admission|scholarship|loans?|mortgage|custody|"
    r"bail|compensation|refund|funding)"
)
_MONEY = (
    r"(?:money|cash|fortune(?! cookie)|wealth|riches|crores?|lakhs?|millions?|profits?|dividends?|windfall|jackpot|"
    r"lottery|inheritance|savings|large sums?|abundance|prosperity)"
)
_ASSET = (
    r"(?:gold|silver|stocks?|shares?|bitcoins?|crypto\w*|bonds?|mutual funds?|etfs?|equit(?:y|ies)|real estate|"
    r"propert(?:y|ies)|land|plots?|flats?|apartments?|houses?|lottery tickets?|commodities|gemstones?|"
    r"stock market)(?! (?:plants?|guests?|keys?|coffee|clothes|shoes|paper)\b)"
)
_WEDDING = r"(?:marriage|wedding|shaadi|engagement)"
_MISHAP = (
    r"(?:accidents?|disasters?|tragedy|tragedies|calamity|catastrophe|misfortunes?|death|divorce|theft|robbery|"
    r"miscarriage|heart attack|stroke|injury|financial loss(?:es)?|(?:great|heavy|big|huge) loss(?:es)?|"
    r"loss of (?:money|life|income|your job)|betrayal|serious illness|bad news)"
)
_PROMISES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(rf"(?:{who})$"), re.compile(rf"(?:{'|'.join(what)})"))
    for who, what in (
        (
            # Whoever it is said of.
            _ANYONE,
            (
                r"(?:be (?:getting|receiving|winning|given|offered|granted|handed)|have (?:got|received|won|landed|"
                r"secured|found)|get|land|win|receive|secure|clinch|bag|obtain|gain|grab|inherit|lose|keep (?:your|"
                r"the)|bring|give you|grant|attract|earn|ensure|find (?:an?|another|the right)|make|double|triple|"
                rf"multiply|come into) {_SOME_WORDS}(?:{_JOB}|{_MONEY}){_OR_OF_WHAT}",
                rf"see {_SOME_WORDS}(?:profits?|returns){_OR_OF_WHAT}",
                rf"(?:get|receive|land) (?:the|that|an?) (?:\w+ )?(?:offer|contract|proposal){_END}",
                rf"have (?:the|your|that|an? new) (?:job|visa|promotion|loan|money){_END}",
                rf"(?:lose|win) (?:your|his|her|their) (?:house|home){_END}|(?:fire|hire|sack|promote) you{_END}",
                rf"recover {_SOME_WORDS}(?:money|savings|dues|investments?){_END}",
                rf"have (?:plenty|lots|a lot|loads|enough) of money{_END}",
                r"(?:be|get|become) (?:\w+ )?(?:married(?! to (?:the|your (?:work|job|phone|plan|desk|list|idea)))|"
                r"remarried|divorced|a millionaire|a crorepati|financially \w+|bankrupt|debt[- ]free|out of debt|"
                rf"wealthy|pregnant|hospitali[sz]ed|diagnosed|rich and famous|rich{_END}(?! and))\b",
                rf"(?:be|get) (?:rid|free|cured|healed) of {_SOME_WORDS}(?:debts?|{_ILLNESS}|{_MEDICINE})",
                r"(?:get )?engaged(?! in| with| by)\b",
                rf"(?:clear|pay off|repay|settle|get out of) {_SOME_WORDS}(?:debts?|loans?|emis?|mortgage)\b",
                rf"(?:buy|own) (?:an?|your) (?:\w+ )?(?:house|home|flat|apartment|property){_END}",
                rf"marry(?:{_END}| (?:him|her|them|some(?:one|body)|your|early|late|into|(?:the|a) (?:man|woman|"
                r"person|one)))",
                r"tie the knot|(?:find|meet) (?:your|an?|the) (?:\w+ )?(?:husband|wife|spouse|life partner|"
                r"soulmate)\b",
                r"(?:have|be having|give birth to|be blessed with|deliver|bear|welcome|bring you|become parents "
                rf"of) {_SOME_WORDS}(?:baby|child|children|son|daughter|twins|baby boy|boy|girl){_END}",
                r"conceive(?! (?:of|an? (?!child|baby|son|daughter)))|become (?:an? )?(?:mother|father|parents?)|"
                r"(?:have an? )?miscarr",
                r"(?:pass|clear|crack|top|ace|fail|flunk|qualify(?: for)?|succeed in|do (?:very )?well in|"
                rf"get through|score well in) {_SOME_WORDS}{_EXAM}\b",
                rf"(?:win|lose) {_SOME_WORDS}{_COURT}\b",
                rf"(?:have|meet with|be in|suffer|face|cause|be hit by) {_SOME_WORDS}{_MISHAP}{_OR_OF_WHAT}",
                rf"(?:need|require|undergo|avoid|escape) {_SOME_WORDS}(?:{_CARE}|{_MEDICINE}){_END}",
                rf"need (?:to see )?a doctor{_END}",
                r"(?:bring|give|grant|mean|lead to|result in|cause) (?:(?:you|to) )?"
                rf"{_SOME_WORDS}(?:baby|{_WEDDING}|recovery|divorce|accident|death|pregnancy){_END}",
                r"fall (?:\w+ )?(?:ill|sick|pregnant)\b",
            ),
        ),
        (r"(?<!\btime)(?<!\blove)", (rf"(?:cure|heal) {_SOME_WORDS}{_ILLNESS}\b",)),
        (
            _PERSON,
            (
                rf"(?:recover|get well|make a (?:\w+ )?recovery|pull through)(?:{_END}| from (?:your|the|this|that|"
                rf"his|her|their)? ?(?:{_ILLNESS}|{_CARE}|accident|stroke|heart attack)\b)",
                rf"get (?:better|sick|ill){_END}|(?:get|have|develop) {_SOME_WORDS}(?:cancer|diabetes|tumou?r)\b",
                rf"be (?:cured|healed)|heal (?:completely|fully|from (?:your|the|this|his|her) {_ILLNESS})",
                r"walk again|regain (?:your|his|her|their) (?:health|strength|eyesight)",
                r"die(?! (?:laughing|down|out|away|back|hard|for|of (?:laughter|boredom|curiosity|shame)))\b",
                r"pass away|perish|live (?:long|a long|to (?:be|see)|past|for (?:many|another|\w+ more)|until|"
                r"till)\b",
                rf"survive(?:{_END}| (?:the|this) (?:{_ILLNESS}|{_CARE}|winter|summer|year|night|month|attack))",
                rf"lose (?:your|a|the|his|her) (?:{_KIN}|life)\b|outlive",
                r"be (?:hired|promoted|selected|shortlisted|laid off|sacked|fired(?! up)|transferred|acquitted|"
                r"convicted|arrested|jailed|deported|cheated|robbed|betrayed|defrauded|attacked|ruined|doomed|"
                rf"cursed|widowed|a (?:mother|father|parent))\b|(?:be|get|become) (?:very |filthy )?rich{_END}(?! "
                r"and)",
                r"be (?:admitted|accepted) (?:to|into|by|at) (?:the|a|your) (?:\w+ )?(?:university|college|school|"
                r"course|program\w*|institute)",
                r"get (?:hired|promoted|selected|shortlisted|admitted|fired|sacked|arrested)\b",
                r"get into (?:\w+ ){0,3}(?:university|college|school|iit|iim)\b|be cleared of",
                r"(?:hold|be holding) your (?:own |newborn )?(?:baby|child|son|daughter)\b",
                rf"(?:leave you|cheat on you|betray you|propose(?: to you)?|marry you){_END}",
            ),
        ),
        (
            rf"\b(?:{_KIN}|he|she)",
            (
                r"be (?:\w+ )?(?:fine|okay|ok|well|healthy|all ?right|safe|better|stable|normal|out of danger|"
                rf"discharged|gone forever|no more|dead){_END}",
                r"be back on (?:his|her|their) feet",
            ),
        ),
        (
            rf"\b{_ILLNESS}",
            (
                r"(?:be (?:gone|over|cured|healed|history|better|worse|fine|normal|no more|under control|behind)|"
                rf"go(?: away| into remission|{_END})|vanish|disappear|heal|leave(?: you| your)?|end|improve|"
                rf"return|subside|clear up|worsen|get (?:better|worse)|stop{_END}|come back|shrink|spread|"
                r"normali[sz]e)\b",
            ),
        ),
        (
            rf"\b(?:health|recovery|fertility|immunity|pregnancy|{_BODY})",
            (
                rf"(?:improve|recover{_END}|heal|bounce back|decline|worsen|suffer|deteriorate|fail|return to "
                r"normal|get (?:better|worse)|go (?:well|smoothly|fine)|(?:be|remain|stay) (?:\w+ )?(?:excellent|"
                r"fine|good|better|perfect|restored|strong|normal|complete|quick|swift|full|robust|smooth|safe|"
                rf"healthy|cured){_END})",
            ),
        ),
        (
            rf"\b(?:{_CARE}|{_MEDICINE}|procedure|delivery|therapy)",
            (
                r"(?:be (?:an? )?(?:\w+ )?(?:success(?:ful)?|safe|smooth|easy|painless|unnecessary|fine)|succeed|"
                rf"fail|cure|heal|work(?:{_END}| wonders)|go (?:\w+ )?(?:well|smoothly|fine|perfectly|wrong|badly|"
                r"without))\b",
            ),
        ),
        (
            r"\b(?:results?|(?:blood|test|medical|lab|health|scan) reports?|scans?|biops(?:y|ies)|mri|ecg|x-rays?|"
            r"tests?)",
            (
                r"(?:be|come (?:back|out)|turn out|show|return) (?:to be )?(?:all |quite |completely |perfectly |"
                r"very |absolutely )?(?:fine|good|great|excellent|normal|clear|clean|negative|positive|benign|"
                r"malignant|ok|okay|bad|perfect|favou?rable|satisfactory|nothing|in (?:your|his|her) "
                rf"favou?r){_END}",
            ),
        ),
        (
            r"\breports?",
            (r"(?:be|come back|show) (?:\w+ )?(?:normal|clear|negative|positive|benign|malignant|nothing)\b",),
        ),
        (
            r"\b(?:baby|child|it|first ?born)",
            (r"be an? (?:\w+ )?(?:boy|girl|son|daughter)\b", r"be (?:born )?(?:healthy|normal)\b"),
        ),
        (
            rf"\b(?:{_WEDDING}|divorce)",
            (
                rf"(?:happen|take place|last{_END}|survive|break|fail|end{_END}|go through|be (?:fixed|"
                r"finali[sz]ed|arranged|delayed|settled|granted|final|over|early|late|happy|successful))\b",
            ),
        ),
        (
            rf"\b(?:{_JOB}|position|offer|application|contract|transfer|petition|passport|proposal|deal|claim|"
            r"licen[cs]e)",
            (
                r"(?:be (?:yours(?! to)|approved|granted|sanctioned|accepted|rejected|refused|denied|cleared|"
                r"stamped)|come (?:through|to you|your way)|go through|materiali[sz]e)\b",
            ),
        ),
        (
            rf"\b{_JOB}",
            (
                r"(?:come (?:soon|by|this|next)|be (?:confirmed|finali[sz]ed|in your (?:inbox|hands?))|arrive|"
                r"happen)\b",
            ),
        ),
        (
            rf"\b(?:{_COURT}|court|judge|judge?ment|ruling|hearing|decision|jury)",
            (
                r"[^,;]{0,40}\bin (?:your|his|her|their) favou?r\b",
                r"favou?r you\b|go your way\b|acquit|convict|be (?:won|lost|dismissed)\b",
            ),
        ),
        (
            r"\b(?:exams?|examinations?|interviews?|viva)",
            (rf"go (?:\w+ )?(?:well|smoothly|great|badly){_END}|be (?:cleared|passed|a success|successful)\b",),
        ),
        (
            rf"\b(?:{_MONEY}|salary|income|earnings|gains|pay|finances|funds?|stocks?|shares|share price|gold|"
            r"silver|bitcoins?|crypto\w*|markets?|sensex|nifty|property|investments?|portfolio|business|turnover|"
            r"sales|sum|amount|bonus|bank balance|prices?(?: of (?:the )?" + _ASSET + r")?|(?:sum|amount) of "
            r"(?:money|cash)|money (?:that )?(?:you (?:lent|lost|invested|are owed)|owed to you))",
            (
                r"(?:double|triple|rise|go (?:up|down)|drop|grow|increase|multiply|soar|climb|crash|recover|"
                r"skyrocket|plunge|collapse|boom|flourish|thrive|improve|pick up|stabili[sz]e|pay (?:off|out|well)|"
                r"fall(?! (?:quiet|silent|into|asleep|away))|come (?:to you|back to you|in(?! handy)|your way|from|"
                rf"soon|this|next|by|on|through|easily|unexpectedly|pouring)|arrive|flow(?:{_END}| in| to| freely)|"
                r"reach you|make (?:an? )?(?:\w+ )?(?:profit|money)|turn an? profit|(?:remain|stay) (?:strong|"
                r"stable|steady|good)|be (?:profitable|yours(?! to)|doubled|abundant|plentiful|recovered|released|"
                r"credited|wiped out))\b",
            ),
        ),
        (
            r"\b(?:debts?|loans?|dues|emis?|mortgage)",
            (r"(?:vanish|disappear|end|grow|be (?:paid off|cleared|repaid|settled|gone|over|history))\b",),
        ),
        (
            rf"\b(?:{_MISHAP}|something (?:bad|terrible|awful|tragic|dreadful|evil|horrible)|bad luck)",
            (r"(?:happen|occur|strike|come|befall|take place|follow|hit|arrive|find you|be yours)\b(?! up)",),
        ),
        (r"\bthere", (rf"be (?!no ){_SOME_WORDS}(?:{_MISHAP}|windfall|{_WEDDING}|pregnancy|promotion)\b",)),
    )
)
"""Who or what, which stands before "will", and what stands behind: what it will do that nobody can know."""
_SOMEBODY = re.compile(rf"(?:{_PERSON})$")
_ONLY_IF_SURE = re.compile(rf"(?:win|lose|fail|succeed|profit|prosper|recover|conceive|die|marry){_END}")
"""Of somebody: harmless after "will", a promise after "certain to"."""
_IS = re.compile(r"(?: (?:is|are|am)|'(?:re|s|m))$")
_CLAUSE = re.compile(
    r"[,;:()\"—–]| (?:but|so|because|yet) | and (?=(?:you|your|he|she|they|it|that|the|this|i|we|my|today|then) )"
)
_OPEN = re.compile(
    # What is asked, hoped, feared or denied, or said by others, is not promised.
    r"\b(?:whether|wonder(?:s|ed|ing)?|hop(?:e|es|ed|ing)|hopefully|wish(?:es|ed|ing)?|pray(?:s|ed|ing)?|perhaps|"
    r"maybe|possibly|as if|as though|imagine|suppose|dream(?:s|t|ed|ing)? (?:of|that|about)|in case|lest|even if|"
    r"what if|fear(?:s|ed)? (?:that|of|you|he|she|it|your)|afraid|worr(?:y|ies|ied)|dread(?:s|ed)?|unsure|not sure|"
    r"(?:question|chance|possibility|idea|thought|belief) (?:of|whether|if|that))\b"
    r"|(?<!no )(?<!not )(?<!n't )(?<!without )(?<!beyond )\bdoubt"
    r"|\byou (?:have )?(?:said|say|told|asked|ask|mentioned|wrote|thought|think|believed?|felt|feel|want|wanted|"
    r"expected|heard|read)\b"
    r"|\b(?:he|she|they|doctors?|somebody|people) (?:said|say|says|told|tells|thinks?|believes?)\b"
    r"|(?:\b(?:no|not|never|nobody|nothing|none|neither|nor|cannot|without|hardly)\b|n't\b)(?! "
    r"wait).{0,40}\b(?:say|says|tell|tells|promises?|know|knows|means?|claims?|decides?|predicts?|swear|think|"
    r"believe|prove|read|shows?|saying|promising)\b"
    r"|^\W*(?:is|are|am|was|were|will|do|does|did)\b"
    r"|\b(?:if|whether|when|until|unless|why|what|which|who)(?: (?:you|he|she|they|it|there)| (?:the|your|his|her|"
    r"their|an?|my|this|that)(?: (?!(?:you|he|she|they|it|the|your|an?)\b)[\w'-]+){1,3})?$"
)
_DENIED = re.compile(
    r"\b(?:no|not|none|nothing|never|nobody|cannot|without|neither|nor|hardly|rarely|whether|if|until|nowhere)\b|"
    r"n't\b"
)
_WANTED = re.compile(
    r"\b(?:want|wanted|ask|asked|asking|need|needs|wish|wait\w*|look\w* for|(?:more|rather) than)\b"
)
_DENIED_AFTER = re.compile(r"\w* (?:nothing|neither|no\b|none|little)|[^.,;!?]{0,20}\b(?:nahin?|kaun|thodi)\b")
_TOLD_OF = re.compile(
    # To tell of somebody who thinks of it is no advice, and doctors may give theirs.
    r"\b(?:whether|if|asked|wonder(?:s|ed|ing)?|(?:he|she|they|you|\w+er) wants? to|wanted to|wish(?:es|ed)?|"
    r"plan(?:s|ned)? to|decid\w+|decision|thinking|thought|tempted|said|told|mention\w*|nobody|no one|who|afraid|"
    r"fear(?:s|ed)?|refus\w+|question of|idea of|stopped|why|doctors?|physician|surgeon|specialist|nurse)\b"
)
_ASKED = re.compile(r"^\W*(?:is|are|should|shall|would|could|can)\b")
_HABIT = re.compile(r"\b(?:you|they|we|i|people)$")
_UNDONE = re.compile(
    r"(?:\b(?:not|never|nor|without|before|after|than|cannot|avoid|against|about|of|for|from|dare|no (?:need|"
    r"reason) to)|n't)(?: (?:just|simply|ever|suddenly|to))?$"
)
_MEDICAL_ORDER = re.compile(
    r"\b(?:stop|skip|quit|reduce|avoid|halve|lower|increase|double|discontinue|pause|ditch|refuse|drop|throw "
    r"(?:away|out)|give up|come off|cut (?:down|back) on|delay|postpone|cancel|put off|reschedule|change|adjust|"
    rf"stopping|skipping) {_MINE}(?:{_MEDICINE}|{_CARE}|therapy|(?:doctor|hospital)(?:'s)? (?:appointment|visit)|"
    rf"check-?up|blood test|scan|biopsy)\b"
    rf"|\btake (?:your \w+|him|her|them) off {_MINE}{_MEDICINE}\b|\bavoid (?:the |all |your )?(?:doctors?|"
    rf"hospitals?)\b|\bthrow {_MINE}{_MEDICINE} (?:away|out)\b|\bleave {_MINE}{_MEDICINE} (?:aside|off|behind|at "
    r"home)\b|\b(?:schedule|undergo|go ahead with|go for|opt for|agree to|consent to|say (?:yes|no) to) "
    rf"{_MINE}{_CARE}\b"
)
_GOOD_DAY = (
    r"\b(?:good|auspicious|lucky|safe|favou?rable|right|best|ideal|bad|unlucky|wrong|perfect) (?:day|time|date|"
    r"week|month|moment|hour|period)"
)
_GOOD_FOR = r"\bis (?:good|auspicious|lucky|safe|favou?rable|right|best|ideal|perfect) for"
_MEDICAL_CLAIM = re.compile(
    r"\b(?:no need|don't need|do not need|needn't|need not|don't have|do not have) (?:for|to see|to visit|"
    rf"to consult|see) a doctor\b"
    rf"|\b(?:no longer|don't|do not|won't|will not) need {_MINE}(?:{_MEDICINE}|{_CARE})(?: anymore| any "
    rf"more)?{_END}|\b(?:instead|in place|in lieu) of {_MINE}(?:{_MEDICINE}|{_CARE}|doctors?|hospital)\b"
    rf"|\b(?:do not|don't|never|should not|shouldn't|no need to|needn't|need not|avoid) (?:take|taking|use|using|"
    rf"start|start|starting) {_MINE}{_MEDICINE}\b(?![^.;!?]*\b(?:without|lightly|for granted)\b)"
    rf"|\b(?:heal|recover|get well|manage)\b[^,;.]{{0,30}} without {_MINE}(?:{_MEDICINE}|{_CARE}|doctors?)\b"
    rf"|{_GOOD_DAY} (?:for|to (?:have|schedule|undergo)) {_MINE}{_CARE}\b|{_GOOD_FOR} {_MINE}{_CARE}\b"
    r"|\b(?:lump|tumou?r|biopsy|growth|cyst) is (?:benign|malignant|nothing|cancer)|\byou (?:do not |don't )?have "
    r"cancer(?! (?:rising|in|sun|moon|placements))|\bdoctors? will (?:find nothing|be amazed)\b"
)
_MONEY_ORDER = re.compile(
    rf"\b(?:buy|sell|purchase|buying|selling|dump|trade) {_SOME_WORDS}{_ASSET}\b"
    r"|\binvest(?:ing)? (?:(?:all|half|everything|more|heavily|now|today|again|boldly|some)(?: of)? )*(?:in (?:the "
    rf")?{_ASSET}|(?:your |the |all your |some )?(?:\w+ )?(?:savings|money|salary|bonus|capital|cash|inheritance|"
    r"rupees))\b"
    rf"|\binvest (?:everything|all|it all|all you have){_END}"
    r"|\bput (?:all|everything|your|some|half|more|the|money|cash)(?: (?:of|your|money|savings|salary|bonus|"
    rf"it)){{0,4}} (?:in|into|on) (?:the )?{_ASSET}\b"
    rf"|\b(?:move|shift|transfer|pull|withdraw|take) {_SOME_WORDS}(?:money|savings|cash|funds) (?:in|into|out of|"
    rf"from) (?:the )?(?:{_ASSET}|markets?)\b"
    r"|\b(?:take|sign|apply for) (?:out )?(?:an?|the|that|this) (?:\w+ )?(?:loan|mortgage)\b(?! (?:papers?|"
    r"documents?))|\bborrow (?:the |some |that |more )?money\b|\bplay the (?:lottery|market|stock market)\b"
)
_ORDERING = re.compile(
    r"(?:^|[.!?;:,)\"(—–-]|\b(?:so|and|then|but|or|now|today|tomorrow|please|should|must|ought to|have to|need to|"
    r"better|go ahead and|(?:time|day|moment|week|month|hour|wise|best|good|smart|safe|free|helps|is|idea) to|just|"
    r"simply|also|definitely|always|never|not|quickly|consider|try|avoid)|n't)$"
)
"""What stands before an imperative."""
_SOON = re.compile(r"\b(?:today|tonight|tomorrow|now|this (?:week|month|year)|until|before|retrograde|\w+day)\b")
_GUARANTEE = re.compile(r"\bguarantee")
_STATED = (
    (
        "certain| sure|assured|inevitab|in the bag|yours|unavoidable|imminent|the corner| way| coming",
        rf"\b(?:{_JOB}|{_MONEY}|recovery|victory|success(?: in \w+)?|{_COURT}|{_MISHAP}(?: in \w+ family)?|"
        r"selection|motherhood|fatherhood) (?:is|are)"
        r"(?: (?:all but|almost|now|already|as good as|absolutely|definitely|completely))* "
        r"(?:certain|sure(?! to)|assured|inevitable|in the bag|yours(?! to)|unavoidable|imminent|"
        r"around the corner|on (?:its|the|their|your) way|"
        r"coming(?! (?:along|up|from|together|out|between|to an?)))",
    ),
    (
        "certain|assured|inevitabl|written|destined",
        rf"\b(?:{_WEDDING}|pregnancy) is (?:certain|assured|inevitable|written|destined)\b",
    ),
    (
        " is gone| is cured| is healed|remission",
        r"\b(?:cancer|disease|illness|tumou?r|diabetes) is (?:gone|cured|healed|in remission)\b",
    ),
    (
        "this is the ",
        r"\bthis is the (?:day|week|month|year) (?:that |when )?you (?:finally )?(?:get (?:the job|married|rich|"
        r"promoted|pregnant|hired)|marry|conceive|become (?:rich|a (?:mother|father))|meet your (?:husband|"
        r"wife))\b",
    ),
    (" near", rf"\b{_MISHAP} is near{_END}"),
    ("awaits", rf"\b(?:{_MISHAP}|{_MONEY}|promotion) awaits\b"),
    ("100|hundred per", r"\b(?:100 ?%|a hundred per ?cent) (?:sure|certain)\b"),
    ("doomed|cursed", r"\byou(?:'re| are) (?:doomed|cursed)\b"),
    (
        "profit|returns|investment|gain",
        r"\b(?:sure|safe|risk-free|certain|assured) (?:profits?|returns(?! to)|investments?|gains?)\b",
    ),
    (
        "cheating|unfaithful|an affair",
        r"\b(?:husband|wife|partner|boyfriend|girlfriend|spouse) (?:is|has been) (?:\w+ )?(?:cheating|"
        r"unfaithful|having an affair)\b",
    ),
    ("cures |heals ", rf"(?<!time )(?<!love )\b(?:cures|heals) {_MINE}{_ILLNESS}\b"),
    (
        "s you |predict you|foretell you",
        r"\b(?:promises|predicts|foretells|foresees|assures|ensures|confirms|brings|grants|predict|foretell) you "
        rf"{_SOME_WORDS}(?:{_JOB}|{_MONEY}|baby|child|son|daughter|husband|wife|proposal|{_WEDDING}|recovery|"
        rf"pregnancy){_OR_OF_WHAT}",
    ),
    (
        "i see|i can see|i foresee|i predict",
        rf"\bi (?:can )?(?:see|foresee|predict) {_SOME_WORDS}(?:{_JOB}|{_MONEY}|baby|{_WEDDING}|{_MISHAP}|illness)"
        r"\b[^.,;]{0,20}\b(?:coming|ahead|in your|soon|this|next|for you)\b",
    ),
    (
        "expect ",
        rf"(?:^|[.!?;:,—–] ?|\b(?:and|so|can|should|now) )expect {_SOME_WORDS}(?:{_JOB}|{_MONEY}|baby|{_WEDDING}|"
        rf"{_MISHAP}|pregnancy){_OR_OF_WHAT}",
    ),
    (
        " for buying| for selling| for invest| for trading| for speculation|to buy|to sell|to invest| buy| bet",
        rf"(?:{_GOOD_DAY} for|{_GOOD_FOR}) (?:buying|selling|investing|trading|speculation|investments?)\b"
        rf"|\b(?:time|day|week|moment) to (?:buy|sell|invest){_END}"
        r"|\b(?:stocks?|shares|gold|bitcoin|crypto) (?:is|are) (?:an? )?(?:good|great|safe|sure|smart) (?:buy|"
        r"bet)\b",
    ),
)
"""Hints, and what nobody can know, told as a fact."""


def _is_certain(lowered: str) -> bool:
    sentences: list[str] = []
    for hints, judge in _JUDGES:
        if heard := [hint for hint in hints if hint in lowered]:
            sentences = sentences or _sentences(lowered)
            if any(judge(sentence) for sentence in sentences if _has(heard, sentence)):
                return True
    return False


def _is_promised(sentence: str) -> bool:
    """Whether somebody or something will do what nobody can know."""
    for will in _WILL.finditer(sentence):
        before, after = sentence[: will.start()].rstrip(), sentence[will.end() :]
        subject = (_IS.sub("", before) if " to " in will.group() else before)[-80:]
        promised = any(what.match(after) and who.search(subject) for who, what in _PROMISES)
        if will.group(1) and not promised:
            promised = bool(_ONLY_IF_SURE.match(after) and _SOMEBODY.search(subject))
        if promised and not _OPEN.search(_clause(before)):
            return True
    return False


def _states(pattern: str) -> _Judge:
    """Whether something that nobody can know is told as a fact."""
    compiled = re.compile(pattern)

    def judge(sentence: str) -> bool:
        befores = [_clause(sentence[: found.start()]) for found in compiled.finditer(sentence)]
        return any(not _OPEN.search(before) and not _DENIED.search(before) for before in befores)

    return judge


def _is_prescribed(sentence: str) -> bool:
    """Whether it is advised on medicines, operations or doctors."""
    orders = [_clause(sentence[: found.start()]) for found in _MEDICAL_ORDER.finditer(sentence)]
    claims = [_clause(sentence[: found.start()]) for found in _MEDICAL_CLAIM.finditer(sentence)]
    return any(
        not (_TOLD_OF.search(before) or _UNDONE.search(before) or _HABIT.search(before)) for before in orders
    ) or any(not (_TOLD_OF.search(before) or _DENIED.search(before)) for before in claims)


def _is_traded(sentence: str) -> bool:
    """Whether it is advised on buying, selling, investing or borrowing."""
    for found in _MONEY_ORDER.finditer(sentence):
        before, after = sentence[: found.start()].rstrip(), sentence[found.end() :]
        clause = _clause(before)
        # Never to invest on a whim is common sense; not to sell this week is advice.
        undone = _UNDONE.search(clause) and not _SOON.search(after)
        if _ORDERING.search(before) and not undone and not _TOLD_OF.search(clause) and not _ASKED.search(clause):
            return True
    return False


def _is_guaranteed(sentence: str) -> bool:
    for found in _GUARANTEE.finditer(sentence):
        before = _clause(sentence[: found.start()])
        denied = _DENIED.search(before) or _WANTED.search(before) or _DENIED_AFTER.match(sentence[found.end() :])
        if not denied:
            return True
    return False


def _clause(before: str) -> str:
    """The last clause of what stands before something."""
    return _CLAUSE.split(before)[-1].strip()


# The same in Hindi, as people spell it in Latin letters.
_GO = r"ja+(?:y?e|o)n?g[aei]"
_BE = rf"(?:hon?g[aei]|ho (?:hi )?{_GO}|ho kar rahe?g[aei]|hone wal[aie]|pakk[aie]\b)"
_COME = rf"(?:mile?n?g[aei]|mil {_GO}|milne wal[aie]|a+y?en?g[aei]|aa {_GO}|aane wal[aie])"
_AMID = r"(?: (?!(?:ki|ke|ka|mein|par|pe|se|ko|wal[aie]|agar|shayad|kya|kab|mat|na|bhool\w*|band)\b)\w+){0,4}?"
_FAMILY = (
    r"(?:maa|mummy|papa|pitaji|mataji|mata|pita|beta|beti|bhai|behen|bahan|dadi|dada|nani|nana|pati|patni|"
    r"bachch?[aei])"
)
_DAWAI = r"(?:dawa(?:i|iyan?|iyaan)?|goli(?:yan?|yaan)?|ilaa?j|insulin|medicines?|tablets?)"
_HINDI = re.compile(
    "|".join(
        (
            r"\b(?:naukri|naukari|job|promotion|visa|loan|salary|tankhwah?|increment|pais[ae]|dhan|daulat|"
            rf"munaf[ae]|lottery|bonus){_AMID} (?:{_COME}|{_BE}|badhe?g[ai]|double ho|(?:badh|lag|doob|chali|"
            rf"chhoot|chhin) {_GO})",
            rf"\b(?:dhan|pais[ae]|paiso?n?) ki (?:barsaat|ba+rish) {_BE}|\b(?:ame+r|amir|crorepati|ma+lama+l) "
            r"(?:ban|ho) ?(?:ja+)?o+g[ei]",
            rf"\b(?:{_DAWAI}|doctor|operation|surgery)(?: \w+){{0,4}} ki (?:koi )?za?r(?:oo|u)rat nahin?\b",
            rf"\b(?:{_COME}) (?:\w+ )?(?:naukri|promotion|visa|paisa)\b",
            rf"\b(?:sha+di|vivah|byah|sagai|mangni|talaa?q){_AMID} (?:{_BE}|tay|(?:lag|toot) {_GO})",
            rf"\brishta{_AMID} (?:pakk[ai]|tay (?:ho )?|aayega)",
            rf"\b(?:bachch?[aei]|bet[ai]|santan|ladk[ai]) (?:zaroor |zarur |pakka |jaldi |hi )*(?:{_BE}|paida)",
            rf"\b(?:pregnant|garbhvati) ho {_GO}|\b(?:tum|aap) (?:maa|baap|papa) ban",
            r"\b(?:exam|pariksha|paper|interview|upsc|neet|jee|case|muka?ddam?[ae]|court)\b"
            rf"(?: (?!agar|shayad|kya)\w+){{0,4}}? (?:pass ho|clear ho|nikal|crack ho|jeet|haar) ?{_GO}",
            r"\b(?:case|muka?ddama|election|lottery) (?:\w+ )?jeeto?e?n?g[aei]",
            rf"\b(?:{_FAMILY}|tabiyat|sehat|bima+ri|bukhar|dard|sugar|bp|cancer|operation|surgery|ilaa?j)\b{_AMID} "
            rf"(?:th?ee?k|thik|sahi|safal|successful|khatam|gayab|door|kam) (?:ho )?{_GO}",
            r"\b(?:zaroor|zarur|pakka|bilkul) (?:theek|thik) ho ja+o+g[ei]",
            r"\b(?:zaroor|zarur|pakka) (?:munaf[ae]|fayda|pais[ae])\b",
            rf"\b(?:{_FAMILY}|tum|aap|woh|wo) (?:\w+ )?(?:mar|guzar) {_GO}|\bmaut {_BE}"
            rf"|\b(?:{_FAMILY}|woh) nahin? bache?n?g",
            rf"\b(?:accident|durghatna|nuksa+n bhari|bhari nuksa+n){_AMID} {_BE}",
            rf"\b(?:karz\w*|udhaar|loan){_AMID} (?:utar|chuk|khatam ho|maaf ho) {_GO}",
            r"\bdaam (?:zaroor |aur )*(?:badhe?n?g|gire?n?g)",
            rf"\b{_DAWAI}(?: (?!(?:mat|na|nahin?|bhool\w*)\b)\w+){{0,2}} (?:band (?:kar|ho)|chh?od(?:o| d|iye|na|"
            r"ein)?\b)",
            rf"\b{_DAWAI}(?: (?!band|chh?od)\w+)? mat (?:lo|le|lena|khao|kha|khana(?! bhool)|lijiye|karwao|karao|"
            r"karo)\b",
            r"\b(?:operation|surgery|ilaa?j|chemo)(?: \w+)? (?:mat (?:kar\w*|ho\w*)|ta+l (?:do|dena|dijiye)|rok do|"
            r"cancel kar|band kar)",
            r"\b(?:sona|gold|chaandi|shares?|stocks?|crypto|bitcoin|zameen|plot|property|flat|ghar|makaan) "
            r"(?:\w+ ){0,2}(?:kha?r(?:ee?|i)d|bech) (?:lo|do|dalo|daalo|lena|dena|lijiye|dijiye)",
            r"\b(?:sone|gold|shares?|stocks?|crypto|bitcoin|zameen|property|market) mein (?:\w+ ){0,2}(?:pais[ae] "
            r")?(?:laga ?o|laga do|invest kar)",
        )
    )
)
_HINDI_CLAUSE = re.compile(r"[,;:]| (?:toh|lekin|magar|aur) ")
_HINDI_OPEN = re.compile(
    r"\b(?:shayad|agar|kya|kab|kaise|kyun|kyon|pata|um+ee?d|um+id|dua|kaash|sakt[aei]|soch[ao]?|lagta|darr?|"
    r"pooch\w*|puchh?\w*|jab|kaun|ya nahin?|zaroori nahin?|zaruri nahin?)\b"
)


def _is_certain_in_hindi(sentence: str) -> bool:
    clauses = _HINDI_CLAUSE.split(sentence)
    return any(_HINDI.search(clause) and not _HINDI_OPEN.search(clause) for clause in clauses)


_JUDGES: tuple[tuple[Sequence[str], _Judge], ...] = tuple(
    (hints.split("|"), judge)
    for hints, judge in (
        (
            "will |'ll |won't |shall |gonna |going to |about to |set to |certain to |sure to |bound to |"
            "destined to |fated to |guaranteed to |assured to ",
            _is_promised,
        ),
        (
            "medic|meds|pill|tablet|capsule|insulin|inhaler|antid|antib|antip|antih|painkill|steroid|statin|sedative|"
            "thinner|prescription|injection|vaccin|contracep|dosage|dose|birth control|surger|operation|transplant|"
            "c-section|caesarean|ivf|iui|chemo|radiation|dialysis|hospital|treatment|therapy|doctor|check-up|checkup|"
            "blood test| scan|biopsy|benign|malignant|cancer|lump",
            _is_prescribed,
        ),
        (
            "buy|sell|purchase|dump|trade|invest|put |borrow|loan|mortgage|play the|money|savings|cash |funds ",
            _is_traded,
        ),
        ("guarantee", _is_guaranteed),
        (
            " ho |hoga|hogi|honge|hongi|hone wal|pakk|zaroor|zarur|mileg|mileng|mil j|milne|ayeg|ayeng|aegi|aega|"
            "aenge|aane w|aa j|badhe|badh j| tay|lag j|paida| bano| banj| ban j|jaa|jay|jae|jaog|jeet| bach|gireg|"
            "gireng|band k|band h|chod|chhod| mat |taal| tal |rok d|cancel kar|kharee|kharid|khared|bech |laga",
            _is_certain_in_hindi,
        ),
        *((hints, _states(pattern)) for hints, pattern in _STATED),
    )
)
"""Hints, and who judges the sentences they are in."""


# Signs ----------------------------------------------------------------------------------------------------------

_SIGN = re.compile(rf"\b(?:{SIGNS})\b")
_PARTS = {"s": "sun_sign", "m": "moon_sign", "a": "rising_sign", "r": "rising_sign", "l": "rising_sign"}
"""What is claimed, by the first letter of Sun, Moon, Ascendant, rising or lagna."""
_RISING = r"[Aa]scendant|[Rr]ising(?: sign)?|[Ll]agna"
_BODY_AT_BIRTH = rf"([Ss]un|[Mm]oon|{_RISING})"
_OWN = r"\b[Yy]our (?:natal |birth |own )?"
# Before and behind a sign: "your Moon sits in" Leo, "your" Leo "Moon", Leo "is your Moon sign", Leo "rising".
_BODY_IN = re.compile(
    rf"{_OWN}{_BODY_AT_BIRTH}(?: sign)?(?:,? which|,)?(?: (?:is|was|sits|stands|lives|rests|shines|falls|lies|"
    r"resides|dwells|being|placed|found|located|situated|at birth|[a-z]+ly)){0,3}(?: in| the sign| of)* \(?$"
    r"|\b[Bb]orn (?:with|under) (?:the |your |a )?(?:Sun in \w+,? and (?:the |your )?)?([Ss]un|[Mm]oon) in $"
    rf"|{_OWN}[Ss]un in (?:{SIGNS})(?:,| and|, and) (?:your )?([Mm]oon) in $"
)
_IS_OWN = re.compile(rf"{_OWN}$|\b[Yy]ou(?: are|'re) an? $")
_OF_BODY = re.compile(rf" {_BODY_AT_BIRTH}\b")
_IS_BODY = re.compile(
    rf" is your (?:natal |birth |own )?{_BODY_AT_BIRTH}\b(?!')|,? (?:as )?your {_BODY_AT_BIRTH} sign(?=[,.;:!?)]| "
    r"you\b)"
)
_IS_RISING = re.compile(rf" (?:{_RISING})\b")
_AS_A = re.compile(r"\b[Aa]s an? $")
_AS_OR_FOR_A = re.compile(r"\b(?:[Aa]s|[Ff]or) an? $")
_AND_SO = re.compile(r"[,.;:!?]| (?:you|your|that|this|it)\b")
_NATIVES = {
    "Arian": "Aries",
    "Taurean": "Taurus",
    "Geminian": "Gemini",
    "Cancerian": "Cancer",
    "Virgoan": "Virgo",
    "Libran": "Libra",
    "Scorpian": "Scorpio",
    "Sagittarian": "Sagittarius",
    "Capricornian": "Capricorn",
    "Aquarian": "Aquarius",
    "Piscean": "Pisces",
}
_SOMEBODY_OF = re.compile(rf"\b(?:{SIGNS}|{'|'.join(_NATIVES)})(?=(?:e?s)?\b)")
_GREETED = re.compile(
    r"\b(?:[Hh]ello|[Hh]i|[Hh]ey|[Nn]amaste|[Gg]reetings|[Ww]elcome|[Gg]ood (?:morning|day|afternoon|evening))"
    r"(?:,| there| dear|, dear)* $|\b(?:[Dd]ear|[Ff]ellow) $|^$"
)
_YOU_AS_A = re.compile(
    r"\b(?:[Aa]s|[Ff]or|[Yy]ou are|[Yy]ou're|[Yy]ou,|[Yy]ou, (?:being|as)|[Ll]ike) (?:an?|every|any) "
    r"(?:true |typical |proud )?$"
)
_WHO_YOU_ARE = re.compile(
    r"$|[,.;:!?)]| (?:you|your|at heart|by (?:birth|nature)|with|who|through and through|native|person|woman|man|"
    r"soul|heart|born)\b"
)
_LIKE_YOU = re.compile(r"(?:e?s)? like you(?:rself)?\b")


def sign_problems(text: str, told: Told) -> list[str]:
    """Signs that are missing, and signs the facts do not know."""
    # Only some sentences name a sign; the others need no reading.
    sentences = [sentence for sentence in _sentences(names.plain(text[:_READ])) if _has(_STEMS_OF_SIGNS, sentence)]
    named = {sign for sentence in sentences for sign in _SIGN.findall(sentence)}
    own = {part: told.get(part) for part in ("sun_sign", "moon_sign", "rising_sign")}
    missing = [part for part, sign in own.items() if sign not in named and (sign or part != "rising_sign")]
    found = [f"the {part.replace('_', ' ')} is not named" for part in missing]
    # A topic may be spelt small ("cancer") and begin a sentence.
    facts = json.dumps(told, ensure_ascii=False, default=str).title()
    if strange := [sign for sign in sorted(named) if not re.search(rf"\b{sign}\b", facts)]:
        found.append(f"{', '.join(strange)} is in none of the facts")
    # Some people are called Leo.
    theirs = {*own.values(), told.get("name")}
    for sentence in sentences:
        for at in _SOMEBODY_OF.finditer(sentence):
            before, after = sentence[max(0, at.start() - 90) : at.start()], sentence[at.end() :]
            sign = _NATIVES.get(at.group(), at.group())
            if (part := _claimed(sign, before, after, told)) and sign != own[part]:
                found.append(f"another {part.replace('_', ' ')} than the person's is claimed")
            if sign not in theirs and _is_addressed(before, after):
                found.append("the person is addressed by a sign that is not theirs")
    return list(dict.fromkeys(found))


def _claimed(sign: str, before: str, after: str, told: Told) -> str | None:
    """Which of the person's signs a sign is said to be, by what stands before and behind it."""
    if found := _BODY_IN.search(before) or _IS_BODY.match(after):
        return _part(next(filter(None, found.groups())))
    if _IS_RISING.match(after):
        return "rising_sign"
    if not (of := _OF_BODY.match(after)):
        return None
    rest = after[of.end() :]
    if _IS_OWN.search(before) or (_AS_A.search(before) and re.match(r",? you\b", rest)):
        return _part(of.group(1))
    # "For a Taurus Moon" may also be said of tonight's.
    if _AS_OR_FOR_A.search(before) and _AND_SO.match(rest) and sign != _sign_today(of.group(1), told):
        return _part(of.group(1))
    return None


def _part(body: str) -> str:
    return _PARTS[body[0].lower()]


def _sign_today(body: str, told: Told) -> str | None:
    planets, moon = told.get("planets"), told.get("moon")
    stands = planets.get(body.title()) if isinstance(planets, Mapping) else None
    stands = moon if body.lower() == "moon" else stands
    return stands.get("sign") if isinstance(stands, Mapping) else None


def _is_addressed(before: str, after: str) -> bool:
    if _LIKE_YOU.match(after):
        return True
    if _WHO_YOU_ARE.match(after) and _YOU_AS_A.search(before):
        return True
    greeted = _GREETED.search(before)
    if greeted and not greeted.group():
        return after.startswith(", you ")
    return bool(greeted) and (before.endswith(("ear ", "ellow ")) or bool(re.match(r"[,.;:!?]|$", after)))


_STEMS_OF_SIGNS = (*signs.SIGNS, *(native for native, sign in _NATIVES.items() if sign not in native))


# Transits -------------------------------------------------------------------------------------------------------

_PLANETS = "Sun|Moon|Mercury|Venus|Mars|Jupiter|Saturn|Uranus|Neptune|Pluto|Rahu|Ketu|North Node|South Node|Chiron"
_POINTS = rf"{_PLANETS}|sun|moon|[Aa]scendant|[Ll]agna|[Mm]idheaven|MC"
_SAME_POINT = {"North Node": "Rahu", "South Node": "Ketu", "Lagna": "Ascendant", "Mc": "Midheaven"}
_ACROSS = {"Rahu": "Ketu", "Ketu": "Rahu"}
_FROM_ACROSS = {
    "conjunction": "opposition",
    "sextile": "trine",
    "square": "square",
    "trine": "sextile",
    "opposition": "conjunction",
}
"""The nodes stand opposite each other: a trine of Rahu's is a sextile of Ketu's."""
_ASPECTS = {"c": "conjunction", "j": "conjunction", "m": "conjunction", "t": "trine", "o": "opposition"}
"""By the first letter of a noun or verb; square and sextile apart."""
_NOUN = r"(conjunction|sextile|square|trine|opposition)"
_PLANET = re.compile(rf"\b(?:{_PLANETS})\b")
_POINT = re.compile(
    rf"\b(?:[Yy]our|natal|aapk[aei]|apk[aei]|tumhar[aei]|ter[aei]) (?:(?:natal|birth|own|radix|janm ke|{SIGNS}) )*"
    rf"({_POINTS})\b(?![-']| (?:sign|lord|dasha|mahadasha|antardasha|period)\b)"
)
_WORD = rf"(?!(?:your|you|and|but|or|not|no|never|while|when|as|if|who|which|that|what|than|{_PLANETS})\b)[\w'-]+"
_MANNER = (
    r"(?:,? (?:now|today|also|still|again|soon|both|then|will|retrograde|direct|tonight|himself|herself|itself|"
    r"this morning|[a-z]+ly)\b)*"
)
_WAY = (
    r"(?:,? (?:(?:moving|walking|travell?ing|passing|standing|sitting|placed|back) )?(?:in|through|from|at)"
    rf"(?: (?:your (?=\d)|(?!{_NOUN[1:-1]}\b))(?:[\d.°]+\w*|{_WORD})){{1,6}})?"
)
_LINK = re.compile(
    # Between planet and point: " in Leo now squares ", " makes a kind trine to ", " stands opposite ".
    rf"{_MANNER}{_WAY},?{_MANNER}"
    r"(?: (?:is|stands|sits|comes|moves|makes|forms|casts|sends|throws|offers|holds|shares|has|draws|lies|stays|"
    rf"being|enters|completes|perfects|reaches|in|makes its|finds itself)(?: {_WORD}){{0,4}}?)?"
    r" (conjoins?|conjuncts?|conjunction|joins?|meets?|sextiles?|squares?|trines?|opposes?|opposite|opposition)"
    r"(?: to| with| from| on| against)?(?: both)? "
)
_ITS_ASPECT = re.compile(rf"'s (?:{_WORD} ){{0,3}}{_NOUN} (?:to|with|from|on|against) ")
_ASPECT_OF = re.compile(rf"\b{_NOUN} (of|from|by|between) (?:the )?$")
_RECEIVES = re.compile(
    rf"{_MANNER} (?:receives|gets|enjoys|catches|takes|feels|welcomes|is under|is given) (?:{_WORD} "
    rf"){{0,4}}{_NOUN} (?:of|from|by) (?:the )?(?:[a-z]+ )?({_PLANETS})\b"
)
_IS_MET = re.compile(
    r" (?:is|gets|being)(?: (?:now|being|[a-z]+ly))* (squared|trined|sextiled|opposed|joined|met|conjoined) by "
    rf"(?:the )?(?:[a-z]+ )?({_PLANETS})\b"
)
_MET_IN_HINDI = re.compile(
    r" (?:ko|se|ke saath|par|pe|ke)(?: [a-z]+){0,3}? (trine|square|sextile|oppos\w*|conjunct\w*)\b"
)
_NOT_NOW = re.compile(
    r"\b(?:no|not|nor|neither|without|never|nothing|instead of|rather than|last|yesterday|earlier|was|were|had|ago|"
    r"if)\b|n't\b"
)
_NOT_IN_THE_SKY = re.compile(r"(?:\b[Yy]our (?:[\w-]+ )?(?:\w+ and (?:the )?)?|\bnatal |\b(?:Full|New) )$")
_HINTS_OF_ASPECT = ("conj", "join", "meet", "met ", "sextile", "square", "trine", "oppos")


def _transit_problems(text: str, told: Told) -> list[str]:
    """Aspects to the chart that are in none of the facts. Only what is unmistakable counts: a planet, an aspect and
    a point of the person's in one clause. Aspects of the sky among itself are not looked at."""
    transits = told.get("transits")
    if not isinstance(transits, list) or not _has(_HINTS_OF_ASPECT, text):
        return []
    known = {fact for transit in transits if isinstance(transit, Mapping) for fact in _facts(transit)}
    claimed = [
        claim
        for sentence in _sentences(text)
        if _has(_HINTS_OF_ASPECT, sentence)
        for claim in _claimed_transits(sentence)
    ]
    invented = dict.fromkeys(claim for claim in claimed if claim not in known and not _share_a_sign(claim, told))
    return [f"{' '.join(claim)} is in none of the transits" for claim in invented]


def _facts(transit: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(planet, aspect, point) of a transit; and as a transit of a node, or to one, is seen from the other."""
    planet, aspect, point = (str(transit.get(part)) for part in ("planet", "aspect", "point"))
    across = _FROM_ACROSS.get(aspect, aspect)
    yield planet, aspect, point
    if planet in _ACROSS:
        yield _ACROSS[planet], across, point
    if point in _ACROSS:
        yield planet, across, _ACROSS[point]
    if planet in _ACROSS and point in _ACROSS:
        yield _ACROSS[planet], aspect, _ACROSS[point]


def _share_a_sign(claim: tuple[str, str, str], told: Told) -> bool:
    """Whether planet and point meet in the sense of the Indian tradition: in one sign, whatever the degrees."""
    planet, aspect, point = claim
    part = _PARTS.get(point[:1].lower()) if point in ("Sun", "Moon", "Ascendant") else None
    return aspect == "conjunction" and part is not None and _sign_today(planet, told) == told.get(part)


def _claimed_transits(sentence: str) -> Iterator[tuple[str, str, str]]:
    for point in _POINT.finditer(sentence):
        in_hindi = not point.group().startswith(("Your", "your", "natal"))
        meeting = _meeting_in_hindi if in_hindi else _meeting
        if met := meeting(sentence[: point.start()], sentence[point.end() :]):
            planet, aspect = met
            name = point.group(1).title()
            yield _SAME_POINT.get(planet, planet), _aspect(aspect), _SAME_POINT.get(name, name)


def _meeting(before: str, after: str) -> tuple[str, str] | None:
    """(planet, word for the aspect) by which a point is said to be met, by what stands before and behind it."""
    if _NOT_NOW.search(before):
        return None
    if met := _RECEIVES.match(after) or _IS_MET.match(after):
        return met.group(2), met.group(1)
    if not (planet := _nearest(before)):
        return None
    lead, link = before[: planet.start()], before[planet.end() :]
    if _NOT_IN_THE_SKY.search(lead):
        return None
    if met := _LINK.fullmatch(link) or _ITS_ASPECT.fullmatch(link):
        return planet.group(), met.group(1)
    met = _ASPECT_OF.search(lead)
    if met and link == (" and " if met.group(2) == "between" else " to "):
        return planet.group(), met.group(1)
    return None


def _meeting_in_hindi(before: str, after: str) -> tuple[str, str] | None:
    planet, met = _nearest(before), _MET_IN_HINDI.match(after)
    if planet and met and not before[planet.end() :].strip():
        return planet.group(), met.group(1)
    return None


def _nearest(before: str) -> re.Match[str] | None:
    """The last planet named."""
    planets = list(_PLANET.finditer(before))
    return planets[-1] if planets else None


def _aspect(word: str) -> str:
    return {"sq": "square", "se": "sextile"}.get(word[:2]) or _ASPECTS[word[0]]
