"""The JSON Schema of a model, written out in full: a server that reads it need not follow references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of the model, without references and without the titles pydantic makes of names.

    The model must not contain itself.
    """
    schema = model.model_json_schema()
    return _in_full(schema, schema.get("$defs", {}))


def _in_full(part: Any, models: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_in_full(inner, models) for inner in part]
    if not isinstance(part, Mapping):
        return part
    if "$ref" in part:
        model = models[part["$ref"].removeprefix("#/$defs/")]
        beside = {key: value for key, value in part.items() if key != "$ref"}
        return _in_full({**model, **beside}, models)
    return {
        key: {name: _in_full(field, models) for name, field in value.items()}
        if key == "properties"  # A field may be called `title`.
        else _in_full(value, models)
        for key, value in part.items()
        if key not in ("title", "$defs")
    }
