"""Plans to stop, to give up or to do less of something, in English and Hinglish: "phone kam karungi". Pure.

An hour for it, a first step or a visit is right for a plan to do something, and a mockery of one to leave it.
"""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_ENDS = _any_of(
    r"stop(?:ping)?(?! (?:by|at|over|in|for)\b)",
    r"quit(?:ting)?",
    r"giv(?:e|ing) up(?! my seat)",
    r"cut(?:ting)? (?:out|down|back|off)(?! (?:the )?cake)",
    r"(?:kick|break|drop|leav|shak)(?:e|ing)? (?:the|this|that|my|an?) (?:\w+ )?(?:habit|addiction|job)",
    r"kick(?:ing)? the",
    r"swear(?:ing)? off",
    r"(?:stay|keep|walk)(?:ing)? away from",
    r"stay(?:ing)? off",
    r"(?:refrain|abstain|wean|detox|resist)(?:ing)?",
    r"(?:avoid|limit)(?:ing)?",
    r"(?:reduc|delet|deactivat|mut)(?:e|ing)",
    r"(?:uninstall|unfollow|block)(?:ing)?",
    r"let(?:ting)? go of",
    r"get(?:ting)? rid of",
    r"go(?:ing)? (?:without|off|cold turkey|sober)",
    r"do(?:ing)? without",
    r"no (?:more|longer)",
    r"any ?more",
    r"never again",
)
_LESS = _any_of(
    r"(?:drink|eat|spend|us|smok|work|scroll|shop|watch|worry|talk|sleep|check|order|gossip|swear|shout|argu|tak|buy)"
    r"(?:e|ing)?\b[^.!?;]{0,40}\b(?:less|fewer)",
    r"less (?:time|sugar|coffee|phone|screen|salt|meat|alcohol|wine|junk)",
)
_NOT = re.compile(
    r"\b(?:i won't|i will (?:not|never)|i'll (?:not|never)|(?:i'm|i am) (?:not|never) going to|decided (?:not|never) to|"
    r"(?:want|plan|promise|mean|aim|going|need) (?:to )?(?:not|never)(?: to)?)\b"
    r"(?! (?:only|just|stop|quit|give up|forget|hesitate|miss|let|wait|leave|avoid|mind|lose))",
    re.IGNORECASE,
)
_WILL = r"(?:dunga|dungi|denge|doonga|doongi|dena|deni)"
_WILL_DO = (
    r"(?:kar ?dunga|kar ?dungi|kar ?denge|kar(?:unga|ungi|enge|oonga|oongi|na|ni)|kar rah[aie]|\w+(?:unga|ungi))"
)
_IN_HINDI = _any_of(
    rf"(?:chhod|chod|chor|chhor)(?:\s?{_WILL}|\s(?:raha|rahi|rahe)|unga|ungi|oonga|oongi|enge|na|ni|ne)",
    rf"(?:band|bandh)(?: (?:kar(?:ke)?|ho))?\s?(?:{_WILL}|kar(?:unga|ungi|enge|oonga|oongi|na|ni)|raha|rahi|unga|ungi)",
    # "Kam karungi" is to do less, "office ka kam karungi" a spelling of work.
    r"(?<!ka )(?<!kaa )(?<!apna )(?<!yeh )(?<!saara )(?<!poora )(?<!naya )(?<!koi )(?:kam|kum)(?! se )(?: \w+)? ?"
    + _WILL_DO,
    r"(?:nahi|nahin|nai)(?: \w+){0,2} \w+(?:unga|ungi|oonga|oongi|enge)",
    r"(?:se )?(?:door|dur|doori) (?:rahunga|rahungi|rahenge|rakhunga|rakhungi|rehna|rahna)",
    r"(?:quit|stop|delete|block|uninstall|unfollow|avoid|control|parhez) kar(?:unga|ungi|enge|na|ni| \w+)?",
    rf"(?:tyag|hata) {_WILL}",
)
# Somebody who is brought to the station is left there, "not to stop" is to go on, and others stop by themselves.
_NO_END = _any_of(
    r"(?:chhod|chod|chhor|chor)ne (?:ja|aa)\w*",
    r"(?:not|never|won't|don't|can't|without) (?:\w+ )?(?:stop|quit|giv(?:e|ing) up|avoid|drop|let(?:ting)? go)",
    r"(?:nahi|nahin|mat) (?:chhod|chod|ruk|rok|bhool|bhul|band)\w*",
    r"kam se kam",
    r"stop (?:him|her|them|the (?:car|bus|train))",
    r"help (?:\w+ ){1,3}(?:stop|quit|give up|cut)",
)


def is_to_stop(words: str) -> bool:
    """Whether a plan is to stop something, to give it up or to do less of it."""
    text = " ".join(words.replace("’", "'").split())
    if _NO_END.search(text):
        return False
    return any(pattern.search(text) for pattern in (_ENDS, _LESS, _NOT, _IN_HINDI))
