"""The documentation page: our own HTML from the OpenAPI document, no script, nothing from elsewhere."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
code,pre{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap}
h2{margin-top:2.5rem}
details{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
td,th{border-bottom:1px solid #8884;padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}
"""

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: dict[str, Any]) -> str:
    """The whole page."""
    info = document["info"]
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    about = "".join(f"<p>{_with_code(line)}</p>" for line in info["description"].splitlines() if line)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API</h1>{about}"
        '<p>As data: <a href="openapi.json">openapi.json</a>, <a href="asyncapi.json">asyncapi.json</a></p>'
        f"<h2>Endpoints</h2>{operations}<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    return (
        f'<details><summary><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary><p>{escape(operation.get('description', 'Open to everybody.'))}</p>"
        f"{_parameters(operation['parameters'])}{_body(operation)}{_responses(operation['responses'])}</details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{_type(each['schema'])}</td><td>{escape(_about(each))}</td></tr>"
        for each in parameters
    )
    return f"<h4>Parameters</h4><table>{rows}</table>" if rows else ""


def _body(operation: dict[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    return f"<h4>Body</h4><p>{_type(operation['requestBody']['content']['application/json']['schema'])}</p>"


def _responses(responses: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(each['description'])}</td><td>{_content(each)}</td></tr>"
        for status, each in responses.items()
    )
    return f"<h4>Answers</h4><table>{rows}</table>"


def _content(response: dict[str, Any]) -> str:
    return ", ".join(_type(content["schema"]) for content in response.get("content", {}).values())


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{'required' if field in required else ''}</td>"
        f"<td>{_type(each)}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for field, each in schema.get("properties", {}).items()
    )
    about = escape(schema.get("description", ""))
    table = f"<table>{rows}</table>" if rows else f"<p>{_type(schema)}</p>"
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><p>{about}</p>{table}</details>'


def _about(parameter: dict[str, Any]) -> str:
    return str(parameter.get("description") or parameter["schema"].get("description", ""))


def _type(schema: dict[str, Any]) -> str:
    """A schema in few words."""
    match schema:
        case {"$ref": str(reference)}:
            name = escape(reference.rpartition("/")[2])
            return f'<a href="#{name}"><code>{name}</code></a>'
        case {"anyOf": list(choices)}:
            return " or ".join(_type(each) for each in choices)
        case {"enum": list(values)}:
            return escape(" | ".join(str(value) for value in values))
        case {"const": value}:
            return escape(str(value))
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items)}"
        case {"type": str(name)}:
            return escape(f"{name} ({schema['format']})" if "format" in schema else name)
        case _:
            return "any"


def _with_code(line: str) -> str:
    """A line of text in which backticks stand around code."""
    return _CODE.sub(r"<code>\1</code>", escape(line))
