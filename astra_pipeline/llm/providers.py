"""The models that ASTRA_MODEL and ASTRA_FALLBACK_MODEL name, as pydantic-ai knows them. Imported when selected."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import SettingError
from astra_pipeline.llm.model_errors import key_of
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider
    from pydantic_ai.settings import ModelSettings

# OpenAI's own API keeps what the newer one is sent, and compatible servers speak this one.
_CHAT = "openai-chat"
_RESPONSES = "openai-responses"


@dataclass(frozen=True)
class NamedModel:
    """A model, and its name with its provider, such as "openai:gpt-5-mini"."""

    name: str
    model: Model
    options: ModelSettings
    """Settings that each request of this provider has."""
    setting: str = "ASTRA_MODEL"
    """The variable that names it."""

    @property
    def provider(self) -> str:
        """The service behind it, whose pauses are for all of its models."""
        return self.name.partition(":")[0].removesuffix("-chat").removesuffix("-responses")


@asynccontextmanager
async def opened_models(names: Mapping[str, str]) -> AsyncIterator[list[NamedModel]]:
    """The models of these names, for one event loop, with as many connections as executions may run.

    `names` has the variable that names each. Raises SettingError when a name, a key or a package is missing; the
    message says which.
    """
    try:
        from pydantic_ai.exceptions import UnsupportedSettingWarning
    except ImportError:
        raise SettingError(
            "ASTRA_TASK_RUNNER=model needs pydantic-ai: pip install 'astra-pipeline[model]'"
        ) from None
    # Models that think have no temperature, and say so at each request.
    warnings.filterwarnings("ignore", category=UnsupportedSettingWarning)
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(_client())
        models = [
            NamedModel(name, _model(name, client), _options(name), setting) for name, setting in names.items()
        ]
        for one in models:
            await opened.enter_async_context(one.model)
        yield models


def _client() -> httpx2.AsyncClient:
    """The HTTP client of all of OpenAI's models: its connections and its waiting are bounded."""
    import httpx2

    from astra_pipeline.llm.aiohttp_transport import AiohttpTransport

    configured = settings()
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(
            configured.astra_llm_timeout_seconds, connect=configured.astra_http_timeout_seconds, pool=None
        ),
        transport=AiohttpTransport(connections=configured.astra_llm_concurrency),
        follow_redirects=True,
    )


def _model(name: str, client: httpx2.AsyncClient) -> Model:
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model
    from pydantic_ai.providers import infer_provider

    def provider(kind: str) -> Provider[Any]:
        return _openai(client, name) if kind == _RESPONSES else infer_provider(kind)

    kind, _, model = name.partition(":")
    try:
        if kind in ("openai", _CHAT):
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.profiles import ModelProfile

            # Our schemas are written out in full: walking through them at each request is half of its CPU.
            as_it_is = ModelProfile(json_schema_transformer=None)
            return OpenAIChatModel(model, provider=_openai(client, name), profile=as_it_is)
        return infer_model(name, provider)
    except ImportError:
        raise SettingError(f"{name} needs a package: pip install 'pydantic-ai-slim[{kind}]'") from None
    except UserError as error:
        if "key" in str(error).lower() or "credential" in str(error).lower():
            raise SettingError(f"{key_of(name)} is not set, and {name} needs it") from None
        raise SettingError(_unknown(name)) from None
    except ValueError:
        raise SettingError(_unknown(name)) from None


def _unknown(name: str) -> str:
    return f"{name} is no model that pydantic-ai knows: write PROVIDER:MODEL"


def _openai(client: httpx2.AsyncClient, name: str) -> Provider[Any]:
    from openai import AsyncOpenAI
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    configured = settings()
    key, base_url = configured.openai_api_key, configured.openai_base_url
    if key is None and base_url is None:
        raise SettingError(f"OPENAI_API_KEY is not set, and {name} needs it")
    sdk = AsyncOpenAI(
        # A server in one's own rack asks for none, and the SDK insists on one.
        api_key=key.get_secret_value() if key else "none",
        base_url=base_url,
        http_client=client,
        timeout=client.timeout,
        max_retries=0,
    )
    if base_url is None:
        return OpenAIProvider(openai_client=sdk)
    return OpenAICompatibleProvider("openai-compatible", openai_client=sdk)


def _options(name: str) -> ModelSettings:
    # SDKs send a request again by themselves unless told not to, and it may be paid for twice.
    return {} if name.startswith("openai") else {"max_retries": 0}
