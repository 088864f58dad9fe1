"""The regular expressions by which a clause tells whose birth it is about, made of the words of owners.yaml.

All are for texts in small Latin letters.
"""

from __future__ import annotations

import re
from functools import cache

from astra_pipeline.language.spoken_birth import words


def word_of(*lists: list[str]) -> str:
    return rf"(?<![\w']){words.any_of(*lists)}(?:'s)?(?![\w'])"


@cache
def lead() -> re.Pattern[str]:
    return re.compile(rf"(?:[^\w']|{word_of(words.owners().fillers)})*")


@cache
def introduces() -> re.Pattern[str]:
    """ "My name is Ravi" before the first words about a birth."""
    return re.compile(
        r"^\W*(?:my name is|mera naam) \w+(?: hai)?,? (?=(?:and )?(?:dob|date of birth|born|i was|mera|janam)\b)"
    )


@cache
def born() -> re.Pattern[str]:
    into_the_world = words.any_of(words.owners().into_the_world)
    return re.compile(rf"\bborn\b|\b(?:took|take|taken) (?:my )?birth\b|\b{into_the_world}\b")


@cache
def paida() -> re.Pattern[str]:
    return re.compile(r"\b(?:paida|paidaa|peda|janma hu|janmi hu|janma tha|janmi thi)\b")


@cache
def birth_noun() -> re.Pattern[str]:
    return re.compile(word_of(words.owners().birth_nouns))


@cache
def no_details() -> re.Pattern[str]:
    return re.compile(word_of(words.owners().no_birth_nouns))


@cache
def first_person() -> re.Pattern[str]:
    return re.compile(word_of(words.owners().first_person, words.owners().first_person_hindi))


@cache
def of_mine() -> re.Pattern[str]:
    return re.compile(word_of(words.owners().of_mine, words.owners().of_mine_hindi))


@cache
def i_before_born() -> re.Pattern[str]:
    """ "I was actually", "my wife and me were", and not "a new me was"."""
    known = words.owners()
    between = words.any_of(known.between_subject_and_born)
    subject = (
        rf"{words.any_of(known.first_person)}|(?:(?:^|and |both |, ?){words.any_of(known.first_person_objects)})"
    )
    return re.compile(rf"(?<![\w'])(?:{subject})(?: {between}| \w+ly)*$")


@cache
def figurative() -> re.Pattern[str]:
    """Words of a birth that is only a figure of speech: "spiritually born", "born as a singer"."""
    return re.compile(word_of(words.owners().figurative))


@cache
def brought_forth_me() -> re.Pattern[str]:
    """ "My mother gave birth to me", "mom had me", "mujhe janam diya"."""
    return re.compile(_brought_forth("me|us", "mujhe|mujhko|hamein"))


@cache
def brought_forth_you() -> re.Pattern[str]:
    """The same, asked by the agent: "where did your mother give birth to you"."""
    return re.compile(_brought_forth("you", "aapko|tumhe|tumhein"))


def _brought_forth(whom: str, whom_hindi: str) -> str:
    known = words.owners()
    return (
        rf"\b{words.any_of(known.brings_forth)} (?:{whom})\b(?! (?:to|a|an|the|that|for|any|ever)\b)"
        rf"|\b{words.any_of(known.mothers)} (?:had|have) (?:{whom})\b(?=\W*$| (?:on|in|at|when|back|through|there)\b)"
        rf"|\b(?:brought|bring) (?:{whom}) into (?:this|the) world\b"
        rf"|\b(?:{whom_hindi})\b(?: \S+){{0,8}} {words.any_of(known.brings_forth_hindi)}\b"
    )


@cache
def at_their_house() -> re.Pattern[str]:
    """Somebody else's house as a place: "nani ke ghar", "at my uncle's house"."""
    known = words.owners()
    relations, houses = words.any_of(known.relations), words.any_of(known.houses)
    return re.compile(
        rf"(?:{determiner()})?\b{relations} ke {houses}\b|\bat {determiner()}*(?:\w+ )?{relations}'s? {houses}\b"
    )


@cache
def elliptic() -> re.Pattern[str]:
    """The caller's side of a comparison: "mine is 3 May", "aur meri 17 June", "main 9 May ko"."""
    known = words.owners()
    months = words.any_of(*words.dates().months.values())
    date = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {months}\b|{months} \d|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d|(?:19|20)\d\d|\d{{1,2}}(?:st|nd|rd|th)(?=\W*$))"
    mine = words.any_of(["mine", "mine's"], known.of_mine_hindi, ["my own"])
    verbs = r"(?: (?:is|was|hai|wala|wali|toh|to|on|the|in|falls on))*"
    return re.compile(rf"(?:(?:{mine}){verbs}|(?:main|mai|i'm|i am|i was|i|me){verbs}) (?:the )?(?P<date>{date})")


@cache
def is_of_a_date() -> re.Pattern[str]:
    """Somebody who "is" a date, as the whole clause: "I'm 9 May 1986", "main 28 February 1991 ka hoon"."""
    months = words.any_of(*words.dates().months.values())
    year = r"(?:,? (?:of )?(?:19|20)\d\d| ['’]?\d\d)"
    date = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {months}{year}?|{months} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?{year}?|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}})"
    hindi = r"(?: (?:ka|ki|ke|ko|wala|wali)(?: paidaish)?(?: (?:hoon|hun|hu|hai|hain))?)?"
    return re.compile(rf"(?:i'm|i am|im|main|mai) (?:(?:the|from|of|born|actually) )*{date}{hindi}(?: born)?\W*")


@cache
def only_between() -> re.Pattern[str]:
    return re.compile(rf"(?:\b{words.any_of(words.owners().between_subject_and_born)}\b|\b\w+ly\b|[^\w])+")


@cache
def in_passing() -> re.Pattern[str]:
    """Words before a "born" without a subject that name nobody: a date, a place."""
    months = words.any_of(*words.dates().months.values())
    return re.compile(rf"(?:(?:on|in|at|the|of|\d+(?:st|nd|rd|th)?|{months}|am|pm|[^\w])\s*)+")


@cache
def denied_birth() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words.any_of(words.owners().denies_the_birth)}(?: (?:actually|really|even))*$")


@cache
def denied_after_paida() -> re.Pattern[str]:
    return re.compile(r"\s*nahi+n? ?(?:hua|hui|hue|tha|thi)")


@cache
def denied_after() -> re.Pattern[str]:
    """ "Mera janam Delhi mein nahi hua", and not "nahi, 1991 ko hua"."""
    return re.compile(r"\b(?:nahi+n?|wasn't|isn't) (?:hua|hui|hue|tha|thi|hai)\b")


@cache
def place_or_date() -> re.Pattern[str]:
    """Words before "paida" that are no subject: a date, a time, "delhi mein"."""
    months = words.any_of(*words.dates().months.values())
    parts = words.any_of(
        words.owners().fillers, words.dates().before_its_year, words.day_parts().hindi, words.clock().about,
        ["baje", "bajkar", "ko", "ke", "ki", "ka", "mein", "me", "par", "pe", "th", "kareeb", "lagbhag", "tha", "hua", "am", "pm"],
    )  # fmt: skip
    return re.compile(
        rf"(?<!\S)[^\s\d,.]+(?: [^\s\d,.]+)?(?:, [^\s\d,.]+)? (?:mein|me)(?!\S)|\d+(?:st|nd|rd|th)?|(?<!\S){months}(?!\S)|(?<!\S){parts}(?![^\s,.])|[,.:]"
    )


@cache
def takes_back() -> re.Pattern[str]:
    """Words that take back what was said just before them: "but that's wrong", "that's my son's"."""
    return re.compile(rf"{word_of(words.owners().taken_back)}|{belongs_to_another().pattern}")


@cache
def belongs_to_another() -> re.Pattern[str]:
    """ "That's my son's", "that's my wedding date", "woh toh bhai ka hai"."""
    known = words.owners()
    others = words.any_of(known.relations, known.other_topics)
    return re.compile(
        rf"\b(?:that's|that is|that was|those are|these are|this is|which is) {determiner()}(?:\w+ )?{others}(?:'s)?(?![\w'])"
        rf"|\b(?:woh|wo|ye|yeh) (?:toh |to )?(?:{determiner()})?{others} (?:ka|ki|ke) (?:hai|hain|tha|thi)\b"
    )


@cache
def another_birth() -> re.Pattern[str]:
    return re.compile(rf"\W*{words.any_of(words.owners().another_birth)}\b")


@cache
def am_hindi() -> re.Pattern[str]:
    return re.compile(rf"\b(?:hua|hui|hue|huwa|huyi) {words.any_of(words.owners().am_hindi)}\b")


@cache
def genitive() -> re.Pattern[str]:
    """The owner of a thing that is neither the caller nor the one spoken to: "rohan's", "ladki ka"."""
    known = words.owners()
    nobody = words.any_of(
        known.of_mine_hindi, words.questions().the_caller, words.dates().before_a_year, known.birth_nouns,
        known.subjects_of_a_birth, ["raat", "subah", "shaam", "dopahar", "baje", "mujhe"],
    )  # fmt: skip
    names = rf"(?<!\S)(?!{nobody}\b)[^\s\d,.]+ (?:ka|ki|ke) (?=(?:\w+ ){{0,2}}$|(?:\w+ ){{0,2}}(?:janam|janm|birth|dob|paid|date|kundli))"
    return re.compile(
        rf"\b(?!it's|that's|what's|when's|where's|who's|let's|here's|there's|mom's house)[a-z]\w*'s\b(?! \d)|{names}"
    )


@cache
def mine_before() -> re.Pattern[str]:
    known = words.owners()
    between = words.any_of(known.before_a_birth_noun)
    return re.compile(rf"(?<![\w']){words.any_of(known.of_mine, known.of_mine_hindi)}(?: {between})*\s*$")


@cache
def other_before() -> re.Pattern[str]:
    return re.compile(rf"{word_of(words.owners().third_person)}(?: \w+){{0,2}}\s*$")


@cache
def of_somebody() -> re.Pattern[str]:
    of = words.any_of(words.owners().of_somebody)
    return re.compile(rf"\s*(?:is |was )?{of} (?!me\b|mine\b|myself\b|birth\b|the chart)\w")


@cache
def anybody_else() -> re.Pattern[str]:
    known = words.owners()
    return re.compile(word_of(known.relations, known.third_person))


@cache
def determiner() -> str:
    return r"(?:(?:my|our|the|a|an|this|that|his|her|their|your|mera|meri|mere|hamara|hamari|hamare|ek|uska|uski|unka|unki|aapka|aapki|some|one of my) )"


@cache
def another_subject() -> re.Pattern[str]:
    """Somebody else at the start of a clause: "my elder sister", "she's", "ladka 3 march ko"."""
    known = words.owners()
    relations = words.any_of(known.relations)
    mine = rf"{determiner()}+(?:[\w-]+ ){{0,2}}?{relations}(?:'s)?(?![\w'])"
    return re.compile(rf"{word_of(known.third_person)}|{mine}|{relations}(?:'s)?(?: \w|\W*$)")


@cache
def about_another() -> re.Pattern[str]:
    known = words.owners()
    return re.compile(
        rf"\b{words.any_of(known.about_or_for)} (?:{determiner()}*(?:[\w-]+ ){{0,2}}?{words.any_of(known.relations)}|him|her|them)(?![\w'])(?! house| home| place| hospital)"
        rf"|{determiner()}(?:\w+ )?{words.any_of(known.relations)}'s (?:chart|kundli)"
        rf"|\b(?:had|have|having|got|adopted|welcomed) (?:\w+ ){{0,2}}{words.any_of(known.relations)}\b|\bgave birth\b|\bjana?m diya\b|\b{words.any_of(known.relations)} (?:hua|hui|hue|aaya|aayi|arrived|came along)\b"
    )


@cache
def report() -> re.Pattern[str]:
    """ "my mother says that", "i think", "mummy ne bataya ki", "according to my mother"."""
    known = words.owners()
    somebody = rf"(?:{determiner()}*(?:[\w'-]+ ){{0,2}}?{words.any_of(known.relations)}(?:'s)?|{words.any_of(known.first_person, known.first_person_hindi)}|(?:he|she|they|we|you|it|everyone|woh)(?:'s|'re)?|{determiner()}(?:birth )?(?:certificate|record|records|hospital|doctor|nurse|family))"
    verbs = words.any_of(known.reports)
    lead = r"(?: (?:is|are|were|keep|keeps|kept|rahi|rahe|ne|also|always|just|really|only|once|still|do|don't|did|didn't|was|am|have|has|had|would|'d|clearly|distinctly|can|can't|could|mujhe|hamesha|usually|not|for|me|i))*"
    tail = r"(?: (?:rahi hai|rahe hain|raha hai|that|me|us|it|it's|it was|ki|hai|hain|tha|thi|ke|for sure|this|is|was))*(?![\w'])"
    return re.compile(
        rf"(?:{somebody}{lead} {verbs}(?![\w']){tail}|(?:according to|as per|from) {somebody}(?![\w'])|(?:mujhe|mujhko) {verbs}\b{tail})"
    )


@cache
def subject_of_a_birth() -> re.Pattern[str]:
    known = words.owners()
    return re.compile(
        rf"(?:my|our|mera|meri|mere|hamara|hamari) (?:\w+ )?{words.any_of(known.subjects_of_a_birth)}(?![\w'])"
    )


@cache
def other_noun_is() -> re.Pattern[str]:
    """ "The exam is", "result was": a subject that is no detail of a birth."""
    known = words.owners()
    birth = words.any_of(known.subjects_of_a_birth, known.birth_nouns, known.fillers)
    months = words.any_of(*words.dates().months.values())
    return re.compile(
        rf"(?:the |this |that |an? )?(?!{birth}\b|{months}\b|it\b)[a-z][a-z'-]+ (?:is|was|are|were|will|has) (?!born\b)"
    )


@cache
def question() -> re.Pattern[str]:
    known = words.owners()
    auxiliary = words.any_of(known.auxiliaries)
    return re.compile(
        rf"(?:{words.any_of(known.question_words)}(?![\w'])(?! (?:ke|ko|mein)\b)"
        rf"|{words.any_of(known.question_words_before_a_verb)} {auxiliary}(?![\w'])"
        rf"|{auxiliary} {words.any_of(known.asked_subjects)}(?![\w']))"
    )


@cache
def hypothetical() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words.any_of(words.owners().hypothetical)}(?!\w)")


@cache
def unreal_ending() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.owners().unreal_hindi)}\b")


@cache
def you_were() -> re.Pattern[str]:
    return re.compile(r"\byou(?:'re|'ve)?(?: \w+){0,2} born$|\byou(?: (?:exactly|actually|really|yourself))* born")


@cache
def asked_subject() -> re.Pattern[str]:
    return re.compile(r"\b(?:was|were|is|are|did|when|where) (?P<who>(?:(?!\bborn\b).)*)$")


@cache
def value() -> re.Pattern[str]:
    months = words.any_of(*words.dates().months.values())
    return re.compile(rf"\d|\b{months}\b|\b(?:in|at|from) |\bmein\b|\bbaje\b|\bnoon\b|\bmidnight\b")


@cache
def document() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.owners().documents)}\b")


@cache
def about_somebody() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words.any_of(words.owners().about_somebody)}\b")


@cache
def event() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words.any_of(words.owners().events)}(?!\w)")


@cache
def lone_place() -> re.Pattern[str]:
    """A clause of nothing but a place whose name is another word as well: "Gaya mein", "Maine"."""
    names = words.any_of(words.places().also_words)
    return re.compile(rf"\W*(?:(?:in|from|near|at|it's|it was|it is) )*{names}(?: mein| me| city| town)?\W*")


@cache
def only_corrects() -> re.Pattern[str]:
    """A clause of nothing but words that correct: "oh, I misspoke"."""
    corrects = words.any_of(words.corrections().corrections, words.owners().fillers)
    return re.compile(rf"\W*(?:{corrects}\b\W*)+")


@cache
def other_topic() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words.any_of(words.owners().other_topics)}(?!\w)")


@cache
def beside_the_birthday() -> re.Pattern[str]:
    """Words before "my birthday" that make it the day of something else: "on my birthday"."""
    return re.compile(r"\b(?:on|for|before|after|since|by|until|celebrat\w+|of)\s*$")


@cache
def birth_of_another() -> re.Pattern[str]:
    """ "The date of birth of your elder one" and "the other chart", said by the agent."""
    others = words.any_of(words.owners().other_charts)
    return re.compile(rf"\bbirth (?:of|for) (?!you\b(?! [a-z])|yours\b|yourself\b)\w|(?<!\w){others}(?!\w)")


@cache
def goes_with_a_value() -> re.Pattern[str]:
    """Words that say nothing but a value of a birth, or that it is corrected."""
    known, context = words.owners(), words.clock_context()
    listed = word_of(
        known.fillers, known.subjects_of_a_birth, known.birth_nouns, words.corrections().corrections,
        words.corrections().after_a_denial, words.corrections().denials, words.places().before_an_answer,
        context.between, context.leads_in, context.neutral, *words.dates().months.values(), words.dates().before_its_year,
        words.dates().pauses, words.day_parts().english, words.day_parts().hindi, words.day_parts().moments,
        *words.clock().hour_fractions.values(), ["half", "quarter", "past", "th", "st", "nd", "rd", "am", "pm", "baje"],
    )  # fmt: skip
    return re.compile(listed)
