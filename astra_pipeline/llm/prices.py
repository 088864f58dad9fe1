"""The price of answers, by the list of genai-prices that comes with pydantic-ai."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from astra_pipeline.llm.usage import Usage

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from astra_pipeline.llm.providers import NamedModel

_CHARACTERS_A_TOKEN = 4
# An answer is this long at the most, as a rule; what is set aside for it is given back when it arrives.
_TOKENS_OF_AN_ANSWER = 1_500
# Models, alone or with their provider, that the list does not have: to find that out, it is read to its end.
_WITHOUT_A_PRICE: set[object] = set()


def usage_of(response: ModelResponse, one: NamedModel) -> Usage:
    """The tokens of a response of the model and their price; no price where it tells no tokens."""
    used = response.usage
    if not (used.input_tokens or used.output_tokens):
        return Usage(cost_usd=None)
    return Usage(used.input_tokens, used.output_tokens, _price(response, one.model.model_name))


def estimated(one: NamedModel, prompt: list[dict[str, str]]) -> float:
    """The price of a prompt and a long answer, in US dollars; 0 where no price is known."""
    from pydantic_ai.usage import RequestUsage

    tokens = sum(len(message["content"]) for message in prompt) // _CHARACTERS_A_TOKEN
    usage = RequestUsage(input_tokens=tokens, output_tokens=_TOKENS_OF_AN_ANSWER)
    return _listed(usage, one.model.model_name) or 0.0


def is_priced(one: NamedModel) -> bool:
    """Whether a price is known of the model."""
    from pydantic_ai.usage import RequestUsage

    return _listed(RequestUsage(input_tokens=1, output_tokens=1), one.model.model_name) is not None


def _price(response: ModelResponse, configured: str) -> float | None:
    provider = (response.provider_name, response.provider_url, response.model_name)
    if provider not in _WITHOUT_A_PRICE:
        try:
            return float(Decimal(response.cost().total_price))
        except LookupError:
            _WITHOUT_A_PRICE.add(provider)
        except (ValueError, AssertionError):
            pass  # of this one answer: the model may have a price
    # A gateway has no prices of its own; the model's name has, or the name that it was asked for by.
    named = _listed(response.usage, response.model_name or "")
    return _listed(response.usage, configured) if named is None else named


def _listed(usage: object, model: str) -> float | None:
    from genai_prices import calc_price

    if model in _WITHOUT_A_PRICE:
        return None
    try:
        return float(calc_price(usage, model).total_price)  # pyright: ignore[reportArgumentType]
    except LookupError:
        _WITHOUT_A_PRICE.add(model)
        return None
    except ValueError:
        return None
