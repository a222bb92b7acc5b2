"""Lists of networks in files: one a line, or JSON, as they are published."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any

from banstream_cli.arguments.validation import first_message
from banstream_cli.terminal.exits import Stuck
from banstream_contracts.networks import NetworkKind, NetworkMark, markable
from banstream_contracts.text import blank_control_characters

LARGEST_FILE = 64 * 1024 * 1024
_LONGEST_LINE = 1000
_LONGEST_OWNER = 128
_COMMENTS = ("#", ";", "//")
_NETWORK_NAMES = ("network", "asn", "as", "cidr", "prefix", "range", "number")
_OWNER_NAMES = ("owner", "note", "name", "operator", "organization", "org", "comment", "description")


@dataclass(frozen=True, slots=True)
class BadLine:
    """What names no network: the line or element of a JSON list, and `why`, with no more than its beginning."""

    place: str
    why: str


Read = NetworkMark | BadLine


def read_networks(path: Path, kind: NetworkKind) -> Iterator[Read]:
    """What a file names, in its order; `kind` is of those that have none of their own.

    Lines: `AS13335 Cloudflare`, `192.0.2.0/24,Example`, comments and blank lines. JSON: a list of texts, numbers or
    objects, or an object that holds one. Raises Stuck for a file that cannot be read at all.
    """
    content = _content(path)
    if content.lstrip()[:1] in {"[", "{"}:
        yield from _of_json(content, kind, path)
    else:
        yield from _of_lines(content, kind)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = _bounded(file, path)
    except OSError as error:
        raise Stuck(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Stuck(f"{path} is no UTF-8 text (byte {error.start})") from error


def _bounded(file: IO[bytes], path: Path) -> bytes:
    found = file.read(LARGEST_FILE + 1)
    if len(found) > LARGEST_FILE:
        raise Stuck(f"{path} is larger than {LARGEST_FILE // 1024 // 1024} MiB")
    return found


def _of_lines(content: str, kind: NetworkKind) -> Iterator[Read]:
    for number, line in enumerate(content.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith(_COMMENTS):
            continue
        network, owner = _parted(text[:_LONGEST_LINE])
        if _is_address(network) and _is_address(_parted(owner.lstrip("- "))[0]):
            yield BadLine(f"line {number}", "a range from one address to another is written 192.0.2.0/24")
        else:
            yield _mark(f"line {number}", network, kind, owner)


def _parted(text: str) -> tuple[str, str]:
    """The network, and what stands behind it: after a comma, a semicolon, a hash or a blank."""
    ends = [end for sign in (",", ";", "#", "\t", " ") if (end := text.find(sign)) >= 0]
    end = min(ends, default=len(text))
    return text[:end].strip("\"' "), text[end:].strip(",;#\"' \t")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _of_json(content: str, kind: NetworkKind, path: Path) -> Iterator[Read]:
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Stuck(f"{path} begins like JSON and is none: {error}") from error
    elements = found if isinstance(found, list) else next((x for x in found.values() if isinstance(x, list)), None)
    if elements is None:
        raise Stuck(f"{path} holds no list of networks")
    for number, element in enumerate(elements, start=1):
        yield _of_element(f"element {number}", element, kind)


def _of_element(place: str, element: object, kind: NetworkKind) -> Read:
    if not isinstance(element, dict):
        return _mark(place, _text(element), kind, "")
    network = next((element[name] for name in _NETWORK_NAMES if element.get(name)), "")
    owner = next((element[name] for name in _OWNER_NAMES if isinstance(element.get(name), str)), "")
    own = element.get("kind")
    if own is None and element.get("is_cloud") is True:
        own = NetworkKind.CLOUD_GAMING
    try:
        return _mark(place, _text(network), NetworkKind(own) if own is not None else kind, owner)
    except ValueError:
        return BadLine(place, f"the kind is one of {', '.join(each.value for each in NetworkKind)}")


def _text(value: object) -> str:
    """A number is one of an autonomous system; anything else that is no text is no network."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"AS{value}"
    return value if isinstance(value, str) else ""


def _mark(place: str, network: str, kind: NetworkKind, owner: str) -> Read:
    kept = blank_control_characters(owner).strip()[:_LONGEST_OWNER]
    try:
        mark = NetworkMark(network=network, kind=kind, owner=kept or None)
        markable(mark.network)
    except ValueError as error:
        return BadLine(place, first_message(error))
    return mark
