"""The gate behind every runner: an opening that a bystander must not hear gives way to the rules' own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astra_pipeline.conversations.exchanges import exchanges_of
from astra_pipeline.conversations.opening.aloud import is_fit_for_bystanders
from astra_pipeline.conversations.opening.compose import compose
from astra_pipeline.conversations.opening.tongue import tongue_of
from astra_pipeline.conversations.said_facts import is_said
from astra_pipeline.conversations.sentences import said
from astra_pipeline.language import hinglish


def gated(answer: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with an opening in the caller's language that tells a bystander nothing.

    In a crisis the opening is always the rules' own. None stays None: there was nothing to take up.
    """
    opening, level = answer["first_message"], answer["care"]["level"]
    sentences = said(exchanges_of(context["transcript"]))
    if opening is None and level == "none":
        return dict(answer)
    names = [one["name"] for one in answer["people"] if one.get("name")]
    has_hindi = bool(hinglish.spoken_in(opening or "") - {"namaste"})
    in_their_language = has_hindi == (tongue_of(sentences) != "english")
    if (
        opening is not None
        and level != "crisis"
        and "[USERNAME]" in opening
        and in_their_language
        and is_said(opening, answer, context)
        and is_fit_for_bystanders(opening, names=names if level != "none" else ())
    ):
        return dict(answer)
    style = answer["preferences"].get("communication_style")
    ours = compose(sentences, answer, level=level, style=style, seed=context["conversation_id"])
    return {**answer, "first_message": ours}
