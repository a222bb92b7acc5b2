"""Request bodies: bounded in size and time, and JSON without surprises."""

import asyncio
import json
import zlib
from contextlib import suppress
from typing import Any, NoReturn

import orjson
from aiohttp import web

from banstream_gateway.problems import Malformed, TooLarge, TooSlow, UnsupportedMedia

_GZIP = 16 + zlib.MAX_WBITS

_MOST_NESTED = 50_000
"""Lists and objects in one body. A megabyte of brackets takes a second to read, and packed it is a kilobyte."""


class Bodies:
    """Reads bodies up to `limit_bytes`, packed and unpacked, within `seconds`."""

    def __init__(self, limit_bytes: int, seconds: float) -> None:
        self._limit_bytes = limit_bytes
        self._seconds = seconds

    async def json(self, request: web.Request, *, refuse_duplicates: bool, may_be_packed: bool = True) -> object:
        """The JSON of a request. Raises Malformed, UnsupportedMedia, TooLarge or TooSlow.

        `may_be_packed`: not before it is known who sends it, since a little that is packed is much to read.
        """
        if not _is_json(request.content_type):
            raise UnsupportedMedia("Send Content-Type: application/json.")
        if not may_be_packed and "Content-Encoding" in request.headers:
            raise UnsupportedMedia("Send it without Content-Encoding.")
        return parsed(self._unpacked(request, await self._read(request)), refuse_duplicates=refuse_duplicates)

    async def raw(self, request: web.Request) -> bytes:
        """The bytes of a request as they came, for what is signed. Raises UnsupportedMedia, TooLarge, TooSlow, …."""
        if "Content-Encoding" in request.headers:
            raise UnsupportedMedia("What is signed comes without Content-Encoding.")
        if (request.content_length or 0) > self._limit_bytes:
            raise TooLarge(f"At most {self._limit_bytes} bytes.")
        body = await self._read(request)
        if len(body) > self._limit_bytes:
            raise TooLarge(f"At most {self._limit_bytes} bytes.")
        return body

    async def _read(self, request: web.Request) -> bytes:
        try:
            if request.content.is_eof():  # it came along with the head: there is nothing to wait for
                return await request.read()
            async with asyncio.timeout(self._seconds):
                return await request.read()
        except TimeoutError:
            raise TooSlow(headers={"Connection": "close"}) from None
        except web.HTTPRequestEntityTooLarge:
            raise TooLarge(f"At most {self._limit_bytes} bytes.") from None
        except (web.RequestPayloadError, OSError):  # the latter where the client has gone: nobody hears of this
            raise Malformed("The body ended early or is badly framed.") from None

    def _unpacked(self, request: web.Request, body: bytes) -> bytes:
        match request.headers.get("Content-Encoding", "identity").strip().lower():
            case "identity":
                return body
            case "gzip" | "x-gzip":
                return self._inflated(body)
            case _:
                raise UnsupportedMedia("Only Content-Encoding: gzip is understood.")

    def _inflated(self, body: bytes) -> bytes:
        """Inflate no more than the limit: a bomb costs one buffer of that size."""
        inflate = zlib.decompressobj(_GZIP)
        try:
            plain = inflate.decompress(body, self._limit_bytes + 1)
        except zlib.error:
            raise Malformed("The body is not gzip.") from None
        if len(plain) > self._limit_bytes:
            raise TooLarge(f"At most {self._limit_bytes} bytes after unpacking.")
        if not inflate.eof:
            raise Malformed("The gzip body ends early.")
        if inflate.unused_data:
            raise Malformed("The gzip body goes on behind its end.")
        return plain


def parsed(body: bytes, *, refuse_duplicates: bool) -> object:
    """JSON from bytes, with or without a byte order mark. Raises Malformed.

    Refuses what JSON does not have (NaN), what no UTF-8 can carry (lone surrogates), nesting and numbers that
    would cost more than they are worth, and names that come twice, which two readers may read differently.
    """
    if len(body) > _MOST_NESTED and body.count(b"[") + body.count(b"{") > _MOST_NESTED:
        raise Malformed(f"The body holds more than {_MOST_NESTED} lists and objects.")
    if not refuse_duplicates:
        with suppress(orjson.JSONDecodeError):  # it reads less than the other, but three times as fast
            return _without_floats(orjson.loads(body))
    try:
        content: object = json.loads(
            body.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique if refuse_duplicates else None,
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is not valid JSON: {_reason(error)}.") from None
    return content


def _without_floats(content: object) -> object:
    """The same, unless it holds a float: orjson rounds whole numbers beyond 64 bits into one.

    Raises orjson.JSONDecodeError then.
    """
    if isinstance(content, dict) and not any(isinstance(value, float) for value in content.values()):
        return content
    raise orjson.JSONDecodeError("holds a float", "", 0)


class _Refused(ValueError):
    """JSON to other readers, and not to us."""


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or (
        content_type.startswith("application/") and content_type.endswith("+json")
    )


def _refuse_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _Refused("an object names a field twice")
    return content


def _reason(error: Exception) -> str:
    """What was wrong and where; json's messages never quote the text."""
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case _Refused() | json.JSONDecodeError():
            return str(error)[:200]
        case _:
            return "a number has too many digits"
