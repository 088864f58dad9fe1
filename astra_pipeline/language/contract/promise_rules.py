"""The promises with "will" that no text may make: their subjects, and the verbs that follow. Pure.

Sentences are in small letters.
"""

from __future__ import annotations

from astra_pipeline.language.contract.fragments import END, END_OR_WHOSE, SOME_WORDS
from astra_pipeline.language.contract.nouns import (
    APPLICATION,
    ASSET,
    BODY,
    COURT,
    DEBT,
    EXAM,
    ILLNESS,
    INCOME,
    JOB,
    KIN,
    LAW_CASE,
    MEDICINE,
    MISHAP,
    MONEY,
    PERSON,
    TEST_RESULT,
    TREATMENT,
    WEDDING,
)

# Any subject, but for "I will", "we will" and "those who will".
_ANYBODY = r"(?<!\bi)(?<!\bwe)(?<!\bwho)"

# (expression for the words right before "will", expressions for the words right after it)
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _ANYBODY,
        (
            r"(?:be (?:getting|receiving|winning|given|offered|granted|handed)|have (?:got|received|won|landed|"
            r"secured|found)|get|land|win|receive|secure|clinch|bag|obtain|gain|grab|inherit|lose|keep (?:your|"
            r"the)|bring|give you|grant|attract|earn|ensure|find (?:an?|another|the right)|make|double|triple|"
            rf"multiply|come into) {SOME_WORDS}(?:{JOB}|{MONEY}){END_OR_WHOSE}",
            rf"see {SOME_WORDS}(?:profits?|returns){END_OR_WHOSE}",
            rf"(?:get|receive|land) (?:the|that|an?) (?:\w+ )?(?:offer|contract|proposal){END}",
            rf"have (?:the|your|that|an? new) (?:job|visa|promotion|loan|money){END}",
            rf"(?:lose|win) (?:your|his|her|their) (?:house|home){END}|(?:fire|hire|sack|promote) you{END}",
            rf"recover {SOME_WORDS}(?:money|savings|dues|investments?){END}",
            rf"have (?:plenty|lots|a lot|loads|enough) of money{END}",
            r"(?:be|get|become) (?:\w+ )?(?:married(?! to (?:the|your (?:work|job|phone|plan|desk|list|idea)))|"
            r"remarried|divorced|a millionaire|a crorepati|financially \w+|bankrupt|debt[- ]free|out of debt|"
            rf"wealthy|pregnant|hospitali[sz]ed|diagnosed|rich and famous|rich{END}(?! and))\b",
            rf"(?:be|get) (?:rid|free|cured|healed) of {SOME_WORDS}(?:debts?|{ILLNESS}|{MEDICINE})",
            r"(?:get )?engaged(?! in| with| by)\b",
            rf"(?:clear|pay off|repay|settle|get out of) {SOME_WORDS}(?:debts?|loans?|emis?|mortgage)\b",
            rf"(?:buy|own) (?:an?|your) (?:\w+ )?(?:house|home|flat|apartment|property){END}",
            rf"marry(?:{END}| (?:him|her|them|some(?:one|body)|your|early|late|into|(?:the|a) (?:man|woman|"
            r"person|one)))",
            r"tie the knot|(?:find|meet) (?:your|an?|the) (?:\w+ )?(?:husband|wife|spouse|life partner|"
            r"soulmate)\b",
            r"(?:have|be having|give birth to|be blessed with|deliver|bear|welcome|bring you|become parents "
            rf"of) {SOME_WORDS}(?:baby|child|children|son|daughter|twins|baby boy|boy|girl){END}",
            r"conceive(?! (?:of|an? (?!child|baby|son|daughter)))|become (?:an? )?(?:mother|father|parents?)|"
            r"(?:have an? )?miscarr",
            r"(?:pass|clear|crack|top|ace|fail|flunk|qualify(?: for)?|succeed in|do (?:very )?well in|"
            rf"get through|score well in) {SOME_WORDS}{EXAM}\b",
            rf"(?:win|lose) {SOME_WORDS}{LAW_CASE}\b",
            rf"(?:have|meet with|be in|suffer|face|cause|be hit by) {SOME_WORDS}{MISHAP}{END_OR_WHOSE}",
            rf"(?:need|require|undergo|avoid|escape) {SOME_WORDS}(?:{TREATMENT}|{MEDICINE}){END}",
            rf"need (?:to see )?a doctor{END}",
            r"(?:bring|give|grant|mean|lead to|result in|cause) (?:(?:you|to) )?"
            rf"{SOME_WORDS}(?:baby|{WEDDING}|recovery|divorce|accident|death|pregnancy){END}",
            r"fall (?:\w+ )?(?:ill|sick|pregnant)\b",
        ),
    ),
    (r"(?<!\btime)(?<!\blove)", (rf"(?:cure|heal) {SOME_WORDS}{ILLNESS}\b",)),
    (
        PERSON,
        (
            rf"(?:recover|get well|make a (?:\w+ )?recovery|pull through)(?:{END}| from (?:your|the|this|that|"
            rf"his|her|their)? ?(?:{ILLNESS}|{TREATMENT}|accident|stroke|heart attack)\b)",
            rf"get (?:better|sick|ill){END}|(?:get|have|develop) {SOME_WORDS}(?:cancer|diabetes|tumou?r)\b",
            rf"be (?:cured|healed)|heal (?:completely|fully|from (?:your|the|this|his|her) {ILLNESS})",
            r"walk again|regain (?:your|his|her|their) (?:health|strength|eyesight)",
            r"die(?! (?:laughing|down|out|away|back|hard|for|of (?:laughter|boredom|curiosity|shame)))\b",
            r"pass away|perish|live (?:long|a long|to (?:be|see)|past|for (?:many|another|\w+ more)|until|"
            r"till)\b",
            rf"survive(?:{END}| (?:the|this) (?:{ILLNESS}|{TREATMENT}|winter|summer|year|night|month|attack))",
            rf"lose (?:your|a|the|his|her) (?:{KIN}|life)\b|outlive",
            r"be (?:hired|promoted|selected|shortlisted|laid off|sacked|fired(?! up)|transferred|acquitted|"
            r"convicted|arrested|jailed|deported|cheated|robbed|betrayed|defrauded|attacked|ruined|doomed|"
            rf"cursed|widowed|a (?:mother|father|parent))\b|(?:be|get|become) (?:very |filthy )?rich{END}(?! "
            r"and)",
            r"be (?:admitted|accepted) (?:to|into|by|at) (?:the|a|your) (?:\w+ )?(?:university|college|school|"
            r"course|program\w*|institute)",
            r"get (?:hired|promoted|selected|shortlisted|admitted|fired|sacked|arrested)\b",
            r"get into (?:\w+ ){0,3}(?:university|college|school|iit|iim)\b|be cleared of",
            r"(?:hold|be holding) your (?:own |newborn )?(?:baby|child|son|daughter)\b",
            rf"(?:leave you|cheat on you|betray you|propose(?: to you)?|marry you){END}",
        ),
    ),
    (
        rf"\b(?:{KIN}|he|she)",
        (
            r"be (?:\w+ )?(?:fine|okay|ok|well|healthy|all ?right|safe|better|stable|normal|out of danger|"
            rf"discharged|gone forever|no more|dead){END}",
            r"be back on (?:his|her|their) feet",
        ),
    ),
    (
        rf"\b{ILLNESS}",
        (
            r"(?:be (?:gone|over|cured|healed|history|better|worse|fine|normal|no more|under control|behind)|"
            rf"go(?: away| into remission|{END})|vanish|disappear|heal|leave(?: you| your)?|end|improve|"
            rf"return|subside|clear up|worsen|get (?:better|worse)|stop{END}|come back|shrink|spread|"
            r"normali[sz]e)\b",
        ),
    ),
    (
        rf"\b(?:health|recovery|fertility|immunity|pregnancy|{BODY})",
        (
            rf"(?:improve|recover{END}|heal|bounce back|decline|worsen|suffer|deteriorate|fail|return to "
            r"normal|get (?:better|worse)|go (?:well|smoothly|fine)|(?:be|remain|stay) (?:\w+ )?(?:excellent|"
            r"fine|good|better|perfect|restored|strong|normal|complete|quick|swift|full|robust|smooth|safe|"
            rf"healthy|cured){END})",
        ),
    ),
    (
        rf"\b(?:{TREATMENT}|{MEDICINE}|procedure|delivery|therapy)",
        (
            r"(?:be (?:an? )?(?:\w+ )?(?:success(?:ful)?|safe|smooth|easy|painless|unnecessary|fine)|succeed|"
            rf"fail|cure|heal|work(?:{END}| wonders)|go (?:\w+ )?(?:well|smoothly|fine|perfectly|wrong|badly|"
            r"without))\b",
        ),
    ),
    (
        rf"\b{TEST_RESULT}",
        (
            r"(?:be|come (?:back|out)|turn out|show|return) (?:to be )?(?:all |quite |completely |perfectly |"
            r"very |absolutely )?(?:fine|good|great|excellent|normal|clear|clean|negative|positive|benign|"
            r"malignant|ok|okay|bad|perfect|favou?rable|satisfactory|nothing|in (?:your|his|her) "
            rf"favou?r){END}",
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
        rf"\b(?:{WEDDING}|divorce)",
        (
            rf"(?:happen|take place|last{END}|survive|break|fail|end{END}|go through|be (?:fixed|"
            r"finali[sz]ed|arranged|delayed|settled|granted|final|over|early|late|happy|successful))\b",
        ),
    ),
    (
        rf"\b(?:{JOB}|{APPLICATION})",
        (
            r"(?:be (?:yours(?! to)|approved|granted|sanctioned|accepted|rejected|refused|denied|cleared|"
            r"stamped)|come (?:through|to you|your way)|go through|materiali[sz]e)\b",
        ),
    ),
    (
        rf"\b{JOB}",
        (
            r"(?:come (?:soon|by|this|next)|be (?:confirmed|finali[sz]ed|in your (?:inbox|hands?))|arrive|"
            r"happen)\b",
        ),
    ),
    (
        rf"\b(?:{LAW_CASE}|{COURT})",
        (
            r"[^,;]{0,40}\bin (?:your|his|her|their) favou?r\b",
            r"favou?r you\b|go your way\b|acquit|convict|be (?:won|lost|dismissed)\b",
        ),
    ),
    (
        r"\b(?:exams?|examinations?|interviews?|viva)",
        (rf"go (?:\w+ )?(?:well|smoothly|great|badly){END}|be (?:cleared|passed|a success|successful)\b",),
    ),
    (
        rf"\b(?:{MONEY}|{INCOME}|prices?(?: of (?:the )?{ASSET})?|(?:sum|amount) of (?:money|cash)|money (?:that )?(?:you (?:lent|lost|invested|are owed)|owed to you))",
        (
            r"(?:double|triple|rise|go (?:up|down)|drop|grow|increase|multiply|soar|climb|crash|recover|"
            r"skyrocket|plunge|collapse|boom|flourish|thrive|improve|pick up|stabili[sz]e|pay (?:off|out|well)|"
            r"fall(?! (?:quiet|silent|into|asleep|away))|come (?:to you|back to you|in(?! handy)|your way|from|"
            rf"soon|this|next|by|on|through|easily|unexpectedly|pouring)|arrive|flow(?:{END}| in| to| freely)|"
            r"reach you|make (?:an? )?(?:\w+ )?(?:profit|money)|turn an? profit|(?:remain|stay) (?:strong|"
            r"stable|steady|good)|be (?:profitable|yours(?! to)|doubled|abundant|plentiful|recovered|released|"
            r"credited|wiped out))\b",
        ),
    ),
    (
        rf"\b{DEBT}",
        (r"(?:vanish|disappear|end|grow|be (?:paid off|cleared|repaid|settled|gone|over|history))\b",),
    ),
    (
        rf"\b(?:{MISHAP}|something (?:bad|terrible|awful|tragic|dreadful|evil|horrible)|bad luck)",
        (r"(?:happen|occur|strike|come|befall|take place|follow|hit|arrive|find you|be yours)\b(?! up)",),
    ),
    (r"\bthere", (rf"be (?!no ){SOME_WORDS}(?:{MISHAP}|windfall|{WEDDING}|pregnancy|promotion)\b",)),
)
