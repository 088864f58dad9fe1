"""The cost of an answer of a model: tokens, and money by the price list of genai-prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Usage:
    """Tokens read and written, and their price in US dollars; None where no price is known of the model."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


class Purse(Protocol):
    """The money that may still be spent today, and the book of what was."""

    @property
    def is_limited(self) -> bool:
        """Whether money has to be set aside."""
        ...

    async def reserve(self, estimate: float, /) -> float:
        """Set US dollars aside for one answer; returns how many. Raises BudgetSpent when the day has no more."""
        ...

    async def pay(self, usage: Usage, reserved: float, /) -> None:
        """Book an answer that arrived, in place of what was set aside for it."""
        ...
