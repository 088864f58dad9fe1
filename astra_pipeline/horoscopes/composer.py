"""The task `horoscope-refresher` without an LLM: one theme, from the first sentence to the last. Pure.

The same input always gives the same text. The text keeps the limits of its task, tells at most three facts of the
sky, takes up the reader's own life, and avoids what the last sixty days used. In hard times it has only what helps,
and in a crisis it names a helpline.
"""

from __future__ import annotations

from typing import Any

from astra_pipeline.horoscopes import fact_slots, reader_slots
from astra_pipeline.horoscopes.facts import LANDMARKS, Fact
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.limits import LIMITS
from astra_pipeline.horoscopes.pen import Pen, Slot, slot
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.composing import Skeleton, assembled, capitalised, sentence
from astra_pipeline.llm.helpline import Helpline

# What a text takes up only while it is too short: its reader told of nothing.
_MORE = ("more", "more1", "more2", "more3", "more4", "more5")
_USUAL: tuple[Skeleton, ...] = (
    (
        ("open", "sky", "sky2"),
        ("own", "relationships", "work", "growth"),
        ("own2", "sky3", *_MORE, "progress", "try", "close"),
    ),
    (
        ("open", "sky", "own"),
        ("work", "sky2", "relationships", "growth"),
        ("sky3", "own2", *_MORE, "progress", "try", "close"),
    ),
    (
        ("open", "own", "sky", "sky2", "relationships"),
        ("growth", "work", "own2", "sky3", *_MORE, "progress", "try", "close"),
    ),
)
_TENDER: tuple[Skeleton, ...] = (
    (
        ("open", "own", "permission", "sky"),
        ("body", "near", "helps", "sky2", "sky3"),
        ("permission2", "body2", "helps2", "body3", "permission3", "body4", "permission4", "close"),
    ),
    (
        ("open", "permission", "body", "near"),
        ("own", "sky", "helps", "permission2"),
        ("sky2", "sky3", "body2", "helps2", "body3", "permission3", "body4", "permission4", "close"),
    ),
    (
        ("open", "sky", "sky2", "helps", "body"),
        ("own", "near", "permission", "permission2", "helps2", "sky3"),
        ("body2", "body3", "permission3", "body4", "permission4", "close"),
    ),
)
_CRISIS: tuple[Skeleton, ...] = (
    (
        ("open", "line", "urgent"),
        ("tell", "steady"),
        ("sky", "sky2", "sky3", "steady3", "steady2", "steady4", "steady5", "steady6", "close"),
    ),
    (
        ("open", "tell", "line"),
        ("urgent", "steady", "steady2"),
        ("sky", "sky2", "sky3", "steady3", "steady4", "steady5", "steady6", "close"),
    ),
    (
        ("open", "line", "tell", "urgent"),
        ("steady", "steady2", "sky", "sky2", "sky3", "steady3", "steady4", "steady5", "steady6", "close"),
    ),
)


def compose(day: HoroscopeInput) -> dict[str, Any]:
    """{content, theme, suggestions}: the text about the person's day."""
    pen = Pen(day)
    if pen.register == "crisis":
        return _composed(
            pen,
            _CRISIS,
            _crisis(pen),
            extra=("steady3", "steady4", "steady5", "steady6"),
            spare=("sky2", "steady2"),
        )
    if pen.register == "tender":
        extra = ("helps2", "body2", "permission2", "body3", "permission3", "body4", "permission4")
        spare = ("sky3", "permission", "body")
        return _composed(pen, _TENDER, _tender(pen), extra=extra, spare=spare)
    extra, spare = ("own2", "sky3", *_MORE), ("try", "progress", "sky2")
    return _composed(pen, _USUAL, _usual(pen), extra=extra, spare=spare)


def _composed(
    pen: Pen,
    skeletons: tuple[Skeleton, ...],
    plan: dict[str, Slot],
    *,
    extra: tuple[str, ...],
    spare: tuple[str, ...],
) -> dict[str, Any]:
    # A landmark is told on its day, whatever the length.
    landmarks = [name for name in plan if plan[name].paths[0][0] == "landmarks"]
    extra = tuple(name for name in extra if name not in landmarks)
    said = pen.write(plan, extra=extra, fewest_words=LIMITS.fewest_words)
    content = assembled(
        pen.choice.of("skeleton", skeletons),
        said,
        LIMITS,
        extra=extra,
        spare=[name for name in spare if name not in landmarks],
    )
    suggestion = said.get("try") or said.get("body") or said.get("tell") or ""
    return {
        "content": content,
        "theme": pen.day.theme.text,
        "suggestions": [suggestion] if suggestion in content and suggestion else [],
    }


def _usual(pen: Pen) -> dict[str, Slot]:
    day = pen.day
    house = fact_slots.domain(day.theme, day.moon.house)
    plan = {"open": _opening(pen, house)}
    plan |= _sky(pen, day.theme)
    for number, own in enumerate(reader_slots.own(pen)):
        plan["own2" if number else "own"] = own.slot
        pen.choice.tell(own.key)
    for part in ("relationships", "work", "growth"):
        plan[part] = slot(("domains", house, part), ("any", part))
    for number, part in enumerate(("growth", "relationships", "work", "growth", "relationships", "work")):
        plan[f"more{number or ''}"] = slot(("any", part))
    if progress := reader_slots.progress(pen):
        plan["progress"] = progress
    tried = [pen.pick(book().pool("person", "try", house, hindi=hindi)) for hindi in (False, True)]
    plan["try"] = slot(("person", "try_frames"), sense=tried[0], hindi={"sense": tried[1]})
    return plan


def _opening(pen: Pen, house: int) -> Slot:
    theme = pen.day.theme
    opening = reader_slots.today(pen) if theme.kind == "life_date" else fact_slots.pairs_of(pen, theme)
    return opening or slot(("domains", house, "pairs"))


def _sky(pen: Pen, theme: Fact) -> dict[str, Slot]:
    """The slots of the facts: the theme's own first, or what a landmark that opened the text is about."""
    slots = [] if fact_slots.pairs_of(pen, theme) else [fact_slots.told(pen, theme)]
    # Two facts are enough, unless the others are landmarks, too.
    landmarks = [fact for fact in pen.day.facts if fact.kind in LANDMARKS]
    rest = [fact for fact in pen.day.facts if fact.kind not in LANDMARKS]
    others = [fact_slots.told(pen, fact) for fact in (*landmarks, *rest[: max(0, 1 - len(landmarks))])]
    if pen.register == "usual" and not slots:
        slots.append(fact_slots.about(pen, theme))
    found = [one for one in (*slots, *others) if one is not None]
    return dict(zip(("sky", "sky2", "sky3"), found, strict=False))


def _tender(pen: Pen) -> dict[str, Slot]:
    kind = pen.day.care_kind
    plan = {"open": slot(("quiet", "pairs", kind), ("quiet", "pairs", "any"))}
    plan |= _quiet_sky(pen)
    for own in reader_slots.heavy(pen) or reader_slots.light_today(pen):
        plan["own"] = own.slot
        pen.choice.tell(own.key)
    somebody = reader_slots.somebody(pen, 0)
    plan["near"] = slot(("quiet", "near"), person=somebody, hindi=reader_slots.in_hindi(somebody))
    for name in ("helps", "helps2"):
        plan[name] = slot(("quiet", "helps", kind), ("quiet", "helps", "any"))
    for name in ("permission", "permission2", "permission3", "permission4", "body", "body2", "body3", "body4"):
        plan[name] = slot(("quiet", name.rstrip("234")))
    return plan


def _crisis(pen: Pen) -> dict[str, Slot]:
    kind = pen.day.care_kind if pen.day.care_kind in ("violence", "danger") else "self_harm"
    reach, urgent = help_of(pen.day)
    in_hindi = hindi_help_of(pen.day)
    # What is said against thoughts of one's own would be wrong to somebody who is hurt by another.
    own = [kind] if kind in ("self_harm", "violence") else []
    plan = {
        "open": slot(("crisis", "pairs", kind), ("crisis", "pairs", "any")),
        "line": slot(("crisis", "line"), *(("crisis", f"line_{one}") for one in own), hindi=in_hindi, reach=reach),
        "urgent": slot(
            ("crisis", "urgent"), *(("crisis", f"urgent_{one}") for one in own), hindi=in_hindi, urgent=urgent
        ),
    }
    tell = {"violence": ("crisis", "tell_violence"), "danger": ("quiet", "near")}.get(kind, ("crisis", "tell"))
    somebody = reader_slots.somebody(pen, 0)
    plan["tell"] = slot(tell, person=somebody, hindi=reader_slots.in_hindi(somebody))
    for name in ("steady", "steady2", "steady3", "steady4", "steady5", "steady6"):
        # Small care for the body helps against despair and fear; against violence it would be a mockery.
        others = [("crisis", f"steady_{one}") for one in own] + ([] if kind == "violence" else [("quiet", "body")])
        plan[name] = slot(("crisis", "steady"), *others)
    return plan | _quiet_sky(pen)


def _quiet_sky(pen: Pen) -> dict[str, Slot]:
    """Landmarks of the day, told low, and the Moon's house. Nothing else of the sky is for hard times."""
    day = pen.day
    facts = [fact for fact in (day.theme, *day.facts) if fact.kind in LANDMARKS]
    moon = Fact(kind="house", key="", text="", planet="Moon", sign=day.moon.sign, house=day.moon.house)
    found = [fact_slots.told(pen, fact) for fact in (*facts[:2], moon)]
    return dict(zip(("sky", "sky2", "sky3"), [one for one in found if one is not None], strict=False))


def help_of(day: HoroscopeInput) -> tuple[str, str]:
    """(where to call, what to do when life is in danger) as phrases that begin with a verb."""
    line = day.helpline
    if not isinstance(line, Helpline):
        return "talk to somebody you trust", "call the emergency number where you are"
    hours = f" ({line.hours})" if line.hours else ""
    by_number = f"call {line.named} on {line.number}{hours}"
    reach = by_number if line.number else f"find a line for your country on {line.site}"
    return reach, f"call {line.emergency}" if line.emergency else "call the emergency number where you are"


def hindi_help_of(day: HoroscopeInput) -> dict[str, str]:
    """The same in Hinglish, and the help up to its verb: "112 par call kar"."""
    line = day.helpline
    if not isinstance(line, Helpline):
        emergency, reach = "emergency number", "kisi trusted insaan se baat kijiye"
    else:
        emergency, hours = line.emergency or "emergency number", f" ({line.hours})" if line.hours else ""
        by_number = f"{line.name} ko {line.number}{hours} par call kijiye"
        reach = by_number if line.number else f"{line.site} par apne desh ki helpline dekhiye"
    return {"reach": reach, "urgent": f"{emergency} par call kijiye", "help": f"{emergency} par call kar"}


def first_sentence(content: str) -> str:
    """The first sentence of a text: the image that the next texts avoid."""
    first = content.split("\n", 1)[0].split(". ", 1)[0]
    return sentence(capitalised(first))[:160]
