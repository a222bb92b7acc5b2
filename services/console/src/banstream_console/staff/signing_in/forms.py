"""What forms say."""

from collections.abc import Mapping

from aiohttp.web_request import FileField


def text_of(form: Mapping[str, str | bytes | bytearray | FileField], name: str) -> str:
    """A field as text; empty where there is none, or a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
