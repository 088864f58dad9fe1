"""Faults that the sandbox makes on request: delays, refusals, rate limits and spoilt answers.

Of the delays, `timeout` does the work and answers late, `hang` accepts the request and does nothing, and `drip`
does the work and sends its answer byte by byte.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeFloat, PositiveFloat, model_validator

from astra_pipeline.astrology.signs import SIGNS

Service = Literal["elevenlabs", "julep", "openai"]
Kind = Literal[
    "429",
    "500",
    "timeout",
    "hang",
    "drip",
    "truncated_json",
    "wrong_types",
    "fenced_json",
    "apology",
    "other_sign",
    "one_paragraph",
    "refusal",
    "content_filter",
    "context_length",
    "quota",
    "unknown_model",
]


def _as_text(kind: object) -> object:
    return str(kind) if isinstance(kind, int) else kind


_KindOrStatus = Annotated[Kind, BeforeValidator(_as_text)]

# Kinds that spoil a text as an LLM does. Only the executions of Julep, and the answers of a model, have such texts.
SPOILT_TEXTS: frozenset[Kind] = frozenset({"fenced_json", "apology", "other_sign", "one_paragraph"})
# Kinds in which a model, or its provider, does not answer what it was asked.
DECLINED: frozenset[Kind] = frozenset({"refusal", "content_filter", "context_length", "quota", "unknown_model"})
# Kinds that spoil an answer. The other kinds concern the request.
SPOILT_ANSWERS: frozenset[Kind] = frozenset({"truncated_json", "wrong_types", *SPOILT_TEXTS, *DECLINED})

# Spoilt executions, as seen of Julep servers: an output cut short, a failure explained in `error`, and (older
# servers) a failure explained in `output`.
Spoilt = Literal[
    "truncated_output",
    "failed_with_error",
    "failed_with_output",
    "wrong_types",
    "fenced_json",
    "apology",
    "other_sign",
    "one_paragraph",
]
_SPOILT: dict[Kind, Spoilt] = {
    "wrong_types": "wrong_types",
    "fenced_json": "fenced_json",
    "apology": "apology",
    "other_sign": "other_sign",
    "one_paragraph": "one_paragraph",
}
_TRUNCATIONS: tuple[Spoilt, ...] = ("truncated_output", "failed_with_error", "failed_with_output")


class FaultRule(BaseModel):
    """A share of a service's requests that go wrong.

    `rate` (0 to 1) is the share, `kinds` are the faults to draw from, `seed` seeds the generator that draws. A kind
    that is impossible for a request is not drawn for it: Julep's spoilt answers are drawn when an execution is
    created, and its output is then spoilt.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Service
    rate: float = Field(ge=0, le=1)
    kinds: list[_KindOrStatus] = Field(min_length=1)
    retry_after: NonNegativeFloat = 1.0  # seconds, in the `Retry-After` of a 429
    # The time for which a request that times out waits for its answer, and for which one that hangs is kept.
    timeout_seconds: NonNegativeFloat = 30.0
    drip_seconds: PositiveFloat = 1.0  # the pause between two bytes
    seed: int = 0

    @model_validator(mode="after")
    def _kinds_are_the_services(self) -> Self:
        if self.service == "elevenlabs" and SPOILT_TEXTS & set(self.kinds):
            raise ValueError(f"{', '.join(sorted(SPOILT_TEXTS))} are kinds of julep and openai alone")
        if self.service != "openai" and DECLINED & set(self.kinds):
            raise ValueError(f"{', '.join(sorted(DECLINED))} are kinds of openai alone")
        return self


class SettingsChange(BaseModel):
    """The body of `PUT /_sandbox/settings`. A field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    llm_seconds: NonNegativeFloat | None = None
    faults: list[FaultRule] | None = None
    requests_per_second: dict[Service, PositiveFloat] | None = None
    reject_keys: bool | None = None


class Fault(BaseModel):
    """A fault that was drawn for one request."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    retry_after: float
    timeout_seconds: float
    drip_seconds: float = 1.0


class Faults:
    """Draws a fault, or none, for each request. The same requests in the same order get the same faults."""

    def __init__(self) -> None:
        self.injected: dict[Service, Counter[Kind]] = {
            "elevenlabs": Counter(),
            "julep": Counter(),
            "openai": Counter(),
        }
        self._spoiling = random.Random(0)
        self._rules: list[tuple[FaultRule, random.Random]] = []

    @property
    def rules(self) -> list[FaultRule]:
        return [rule for rule, _ in self._rules]

    def replace(self, rules: Sequence[FaultRule]) -> None:
        """Replace all rules; each starts with its generator at the beginning."""
        self._rules = [(rule, random.Random(rule.seed)) for rule in rules]
        self._spoiling = random.Random(rules[0].seed if rules else 0)

    def draw(self, service: Service, *, answer_can_be_spoilt: bool) -> Fault | None:
        for rule, generator in self._rules:
            if rule.service != service:
                continue
            kinds: list[Kind] = [kind for kind in rule.kinds if answer_can_be_spoilt or kind not in SPOILT_ANSWERS]
            if kinds and generator.random() < rule.rate:
                kind = generator.choice(kinds)
                self.injected[service][kind] += 1
                return Fault(
                    kind=kind,
                    retry_after=rule.retry_after,
                    timeout_seconds=rule.timeout_seconds,
                    drip_seconds=rule.drip_seconds,
                )
        return None

    def spoil(self, kind: Kind) -> Spoilt:
        """The way in which a fault of this kind spoils the output of an execution."""
        return self._spoiling.choice(_TRUNCATIONS) if kind not in _SPOILT else _SPOILT[kind]


class RateLimit:
    """A limit of requests a second for each service, as a token bucket that holds the requests of one second."""

    def __init__(self) -> None:
        self._per_second: dict[Service, float] = {}
        self._tokens: dict[Service, tuple[float, float]] = {}

    @property
    def per_second(self) -> dict[Service, float]:
        return dict(self._per_second)

    def replace(self, per_second: dict[Service, float]) -> None:
        self._per_second = dict(per_second)
        self._tokens = {}

    def refuse(self, service: Service, at: float) -> int | None:
        """None when the request at `at` (monotonic seconds) may pass, else the whole seconds to wait."""
        rate = self._per_second.get(service)
        if rate is None:
            return None
        capacity = max(1.0, rate)
        tokens, since = self._tokens.get(service, (capacity, at))
        tokens = min(capacity, tokens + (at - since) * rate)
        if tokens < 1.0:
            self._tokens[service] = (tokens, at)
            return max(1, math.ceil((1.0 - tokens) / rate))
        self._tokens[service] = (tokens - 1.0, at)
        return None


def spoilt_text(text: str, how: Spoilt) -> str:
    """The text spoilt as an LLM does: in fenced JSON, as an apology, with other signs, or in one paragraph."""
    match how:
        case "fenced_json":
            return f"```json\n{json.dumps({'content': text})}\n```"
        case "apology":
            return "I'm sorry, but I cannot create a horoscope for this person. " * 8
        case "other_sign":
            following: dict[str, str] = dict(zip(SIGNS, (*SIGNS[1:], SIGNS[0]), strict=True))
            return re.sub("|".join(SIGNS), lambda sign: following[sign.group()], text)
        case _:
            return " ".join(text.split())


def truncated(output: Any) -> str:
    """The JSON text of `output`, cut in the middle, as by an LLM that ran out of tokens."""
    text = json.dumps(output, ensure_ascii=False)
    return text[: max(1, len(text) * 2 // 3)]


def wrongly_typed(value: Any) -> Any:
    """`value` with the same keys and every value of another JSON type."""
    if isinstance(value, dict):
        return {key: _another_type(inner) for key, inner in value.items()}
    return _another_type(value)


def _another_type(value: Any) -> Any:
    match value:
        case str():
            return {"text": value}
        case bool() | int() | float():
            return [value]
        case None:
            return {"value": None}
        case _:
            return json.dumps(value, ensure_ascii=False)
