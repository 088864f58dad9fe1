"""Composed texts and their phrase material, taken apart; and the readers they are written for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

NAMES = ["", "Asha", "🌙✨", "مريم", "דוד", "Leo", "Zoë"]


def clean(text: str) -> str:
    assert not re.search(r"[{}]|  | [,.;!?]|,,|\.\.|,\.| None\b", text), text
    for sentence in sentences(text):
        assert sentence[0].isupper() or not sentence[0].isascii() or sentence[0] in "\"'0123456789", sentence
    return text


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


readers = st.text("abcdef0123456789", min_size=4, max_size=8)
hinglish_levels = st.sampled_from([0, 20, 50, 100])
styles = st.sampled_from(["casual", "balanced", "formal"])


def pools(part: Mapping[str, Any]) -> Iterator[list[str]]:
    for inner in part.values():
        if isinstance(inner, list):
            yield inner
        else:
            yield from pools(inner)
