"""Skeletons: the order of a text's sentences, its paragraphs, and its length. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Skeleton = tuple[tuple[str, ...], ...]
"""The slots of each paragraph, in order."""


@dataclass(frozen=True)
class Limits:
    """The limits on a text: what its prompt asks for, its validator holds and its composer keeps."""

    fewest_words: int
    most_words: int
    fewest_paragraphs: int
    most_paragraphs: int

    @property
    def words_asked(self) -> str:
        """The words, as a prompt asks for them."""
        return f"{self.fewest_words} to {self.most_words} words"

    @property
    def paragraphs_asked(self) -> str:
        """The paragraphs, as a prompt asks for them."""
        return f"{self.fewest_paragraphs} to {self.most_paragraphs} paragraphs"


def word_count(text: str) -> int:
    """The words of a text: what white space separates."""
    return len(text.split())


def assembled(
    skeleton: Skeleton,
    sentences: Mapping[str, str],
    limits: Limits,
    *,
    extra: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> str:
    """The sentences in the order of the skeleton, in paragraphs, within the limits on words as far as can be.

    Slots without a sentence are left out. `extra` slots come in, the first first, only while the text is too short;
    `spare` ones go, the first first, while it is too long.
    """
    kept = {slot: text for paragraph in skeleton for slot in paragraph if (text := sentences.get(slot))}
    waiting = [slot for slot in extra if slot in kept]
    present = [slot for slot in kept if slot not in waiting]
    count = sum(word_count(kept[slot]) for slot in present)
    for slot in waiting:
        if count >= limits.fewest_words:
            break
        present.append(slot)
        count += word_count(kept[slot])
    for slot in spare:
        if count <= limits.most_words:
            break
        if slot in present:
            present.remove(slot)
            count -= word_count(kept[slot])
    paragraphs = [" ".join(kept[slot] for slot in paragraph if slot in present) for paragraph in skeleton]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
