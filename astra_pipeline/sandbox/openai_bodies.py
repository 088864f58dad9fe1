"""The body of the request that the `openai` SDK sends to /v1/chat/completions, as strict models.

An unknown field is refused, because a real server would either refuse it too or ignore it silently.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextPart(_Body):
    """A part of a message that is text."""

    type: Literal["text"]
    text: str


class Message(_Body):
    """One message of the conversation. Pictures, sound and answers of tools are not spoken here."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        """The message's words."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class Function(_Body):
    """A function that the model may call."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool | None = None


class Tool(_Body):
    """A tool that the model may use; all are functions."""

    type: Literal["function"]
    function: Function


class JsonSchema(_Body):
    """The schema of an answer."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    schema_: dict[str, Any] = Field(alias="schema")
    description: str = ""
    strict: bool | None = None


class ResponseFormat(_Body):
    """The form of an answer that is no call of a tool."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class CompletionBody(_Body):
    """The body of POST on /v1/chat/completions, without streaming."""

    model: str = Field(min_length=1)
    messages: list[Message] = Field(min_length=1)
    tools: list[Tool] = []
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = None
    stream: Literal[False] | None = None
