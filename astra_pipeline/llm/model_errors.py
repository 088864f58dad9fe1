"""The errors of pydantic-ai in our words. None of them repeats what a provider said, which may quote a person."""

from __future__ import annotations

from astra_pipeline.errors import (
    BadAnswer,
    BadDocument,
    CredentialsRejected,
    ItemError,
    RateLimited,
    ServiceAway,
    SettingError,
)
from astra_pipeline.llm.breaker import LeftAlone

# Provider, by the prefix of ASTRA_MODEL -> the variable its key is in.
_KEYS = {
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "bedrock": "AWS_BEARER_TOKEN_BEDROCK, or your AWS credentials",
}
# The codes of a request that a provider's filter refused.
_FILTERED = ("content_filter", "content_policy_violation")
# A longer pause than this is the next run's to wait for; the second one, where another model can be asked instead.
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_BESIDE_ANOTHER_SECONDS = 5.0


class Busy(RateLimited):
    """A provider asked for a pause. `pause` is its length in seconds, None when it named none."""

    def __init__(self, message: str, pause: float | None) -> None:
        super().__init__(message)
        self.pause = pause


class NotAnswered(ServiceAway):
    """A request was sent and its answer never came: whether it was paid for is unknown."""


class Unreadable(NotAnswered):
    """An answer came that cannot be read: it may have been paid for, and the provider is there."""


class TooLong(ItemError):
    """An input is longer than the model reads."""


class Declined(ItemError):
    """The model, or its provider's filter, would not answer."""


class CutOff(BadAnswer):
    """An answer that ended before its end."""

    feedback = "the answer before this one was cut off: return the whole answer as one JSON object, in fewer words"


def key_of(model: str) -> str:
    """The variable of the environment that holds the key of a model such as "openai:gpt-5-mini"."""
    provider = model.partition(":")[0]
    return _KEYS.get(provider, f"the key of {provider}")


def worth_another(error: Exception, *, longest_pause: float = LONGEST_PAUSE_SECONDS) -> bool | float:
    """Whether the request is sent again in this run, or after how many seconds.

    Only where nothing can have been paid for: the provider refused it, or was never reached.
    """
    if isinstance(error, Busy):
        return (error.pause or True) if (error.pause or 0) <= longest_pause else False
    return isinstance(error, ServiceAway) and not isinstance(error, NotAnswered | LeftAlone)


class model_errors:  # noqa: N801  (reads as a verb at its use)
    """Turns pydantic-ai's errors into ours within a `with` block. `setting`: the variable that names the model."""

    def __init__(self, model: str, setting: str = "ASTRA_MODEL") -> None:
        self._model, self._setting = model, setting

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from pydantic_ai import exceptions as theirs

        if isinstance(error, theirs.AgentRunError | theirs.UserError):
            raise self._ours(error) from None

    def _ours(self, error: Exception) -> Exception:
        from pydantic_ai import exceptions as theirs

        name, status = self._model, getattr(error, "status_code", None)
        code = f" with {status}" if status else ""
        match error:
            case theirs.ModelAuthenticationError():
                return CredentialsRejected(f"{name} refused the key{code}: check {key_of(name)}")
            case theirs.ModelNotFoundError():
                return CredentialsRejected(f"{name} is not known to its provider{code}: check {self._setting}")
            case theirs.ModelQuotaExceededError():
                return CredentialsRejected(f"{name}: the quota of the key is used up: check {key_of(name)}")
            case theirs.ModelRateLimitError():
                return Busy(f"{name}: 429 too many requests", error.retry_after)
            case theirs.ModelContextWindowExceededError():
                return TooLong(f"{name} reads no input of this length: its context is too short for it")
            case theirs.ModelConnectionError(phase="pool" | "connect"):
                return ServiceAway(f"{name} cannot be reached")
            case theirs.ModelConnectionError() | theirs.ModelRequestTimeout():
                return NotAnswered(f"{name}: {type(error).__name__}, no whole answer")
            case theirs.ModelServerError() | theirs.ModelUnavailableError():
                return ServiceAway(f"{name}: {status or 'not available'}")
            case theirs.ContentFilterError():
                return Declined(f"{name} did not answer: content filter")
            case theirs.ModelRequestRejectedError() if error.provider_error_code in _FILTERED:
                return Declined(f"{name} refused the request: content filter")
            case theirs.ModelAPIError() if status and status < 500:
                return BadDocument(f"{name} refused the request{code}")
            case theirs.ModelAPIError():
                return NotAnswered(f"{name}: {type(error).__name__}")
            case theirs.UserError():
                return SettingError(f"{name} cannot do the task: it has neither tools nor structured answers")
            case _:
                return Unreadable(f"{name}: an answer that cannot be read ({type(error).__name__})")
