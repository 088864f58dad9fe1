"""The OpenAPI 3.1 document of the API, and a page for people that is rendered from it on the server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

VERSION = version("astra-pipeline")
DESCRIPTION = (
    "The tasks that follow a conversation with Astra. A person calls with the session cookie of the web app and "
    "reaches themselves; a service calls with a token and names the person."
)
_PATH, _PAGE = "/api/tasks/openapi.json", "/api/tasks/docs"
_PUBLIC = {"Cache-Control": "public, max-age=300"}
_SECURITY: dict[str, Any] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "better-auth.session_token",
        "description": "The web app's session cookie; with https `__Secure-better-auth.session_token`.",
    },
    "service": {"type": "http", "scheme": "bearer", "description": "A token of ASTRA_API_TOKENS."},
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h2{border-top:1px solid #ccc;padding-top:1rem;font-size:1.1rem}code,pre{font-size:.9rem;background:#f4f4f4}"
    "pre{padding:.75rem;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #ccc;"
    "padding:.2rem .6rem;text-align:left;vertical-align:top}summary{cursor:pointer}"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_HEADERS = _PUBLIC | {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; frame-ancestors 'none'"
    )
}


def add(app: FastAPI) -> None:
    """Add the routes of the document and of the page to the application."""

    async def document(request: Request) -> Response:
        del request
        return JSONResponse(openapi(app), headers=_PUBLIC)

    async def page(request: Request) -> Response:
        del request
        return HTMLResponse(rendered(openapi(app)), headers=_PAGE_HEADERS)

    app.add_route(_PATH, document, include_in_schema=False)
    app.add_route(_PAGE, page, include_in_schema=False)


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once a process."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        # FastAPI's own answer to a bad request, which is ours here: 400.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for operation in _operations(document):
            operation[2]["responses"].pop("422", None)
            operation[2].setdefault("security", [{"session": []}, {"service": []}])
        document["components"]["securitySchemes"] = _SECURITY
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: Mapping[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def rendered(document: Mapping[str, Any]) -> str:
    """The page: every operation with its parameters, its body and its answers."""
    operations = "".join(_operation(document, *one) for one in _operations(document))
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info.get('description', ''))}</p>"
        f'<p>The same for machines: <a href="{_PATH}">{_PATH}</a> (OpenAPI {escape(document["openapi"])}).</p>'
        f"{operations}</body></html>"
    )


def _operation(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<h2><code>{method.upper()} {escape(path)}</code></h2>", f"<p>{_text(operation)}</p>"]
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
            f"<td>{escape(one.get('description', ''))}</td></tr>"
            for one in parameters
        )
        parts.append(f"<table><tr><th>parameter</th><th>in</th><th></th></tr>{rows}</table>")
    if body := operation.get("requestBody"):
        parts.append(_content("Body", document, body))
    for status, answer in operation["responses"].items():
        parts.append(_content(f"{status} {answer.get('description', '')}", document, answer))
    return "".join(parts)


def _text(operation: Mapping[str, Any]) -> str:
    return escape(operation.get("description") or operation.get("summary") or "")


def _content(heading: str, document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """A folded part, with the fields of its JSON."""
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    lines = "\n".join(_fields(document, schema, "", ()))
    inside = f"<pre>{escape(lines)}</pre>" if lines else ""
    return f"<details><summary>{escape(heading)}</summary>{inside}</details>"


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], indent: str, seen: tuple[str, ...]
) -> Iterable[str]:
    """A line for each field of a schema, fields of inner objects indented."""
    schema, seen = _resolved(document, schema, seen)
    for name, inner in schema.get("properties", {}).items():
        needed = "" if name in schema.get("required", ()) else "?"
        note = f"  {inner['description']}" if inner.get("description") else ""
        yield f"{indent}{name}{needed}: {_kind(inner)}{note}"
        for choice in (inner, inner.get("items", {}), *inner.get("anyOf", ())):
            yield from _fields(document, choice, indent + "  ", seen) if "$ref" in choice else ()


def _resolved(
    document: Mapping[str, Any], schema: Mapping[str, Any], seen: tuple[str, ...]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    reference = schema.get("$ref")
    if reference is None or reference in seen:
        return ({} if reference else schema), seen
    return document["components"]["schemas"][reference.rpartition("/")[2]], (*seen, reference)


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(repr, schema["enum"]))
    if "const" in schema:
        return repr(schema["const"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "any")
