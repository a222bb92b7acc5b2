"""Connecting to an FTP server, protecting the connection, logging in and out."""

import asyncio
import ssl
from contextlib import suppress

import aioftp

from banstream_remote_files.errors import CutOff, LoginRefused, NotTrusted, RemoteFileError, Unreachable
from banstream_remote_files.ftp_place import FtpPlace, Tls, tls_context
from banstream_remote_files.ftp_replies import spoken
from banstream_remote_files.ftp_transfer import GONE, closed

_GOODBYE_SECONDS = 2.0
_MOST_LINES = 1000


class _Client(aioftp.Client):
    """aioftp's, but words in another encoding (`220 Bem-vindo ao serviço`) are no reason to break off.

    Nor is any other code within a reply of several lines, which ends with its own (RFC 959, 4.2): whoever takes such a
    line for the answer takes the rest for the answer to the next command.
    """

    async def parse_response(self) -> tuple[aioftp.Code, list[str]]:
        code, rest = await self.parse_line()
        lines = [rest]
        while lines[0].startswith("-"):
            if len(lines) > _MOST_LINES:
                raise ValueError("a reply without end")
            again, rest = await self.parse_line()
            lines.append(rest if again == code else f"{again}{rest}")
            if again == code and rest[:1] in {"", " "}:
                break
        return code, lines

    async def _do_epsv(self) -> tuple[None, int]:
        """By PASV from then on where the server refuses EPSV; its address is not believed."""
        try:
            return await super()._do_epsv()
        except aioftp.StatusCodeError as error:
            if error.received_codes[-1].matches("421"):
                raise
        self._passive_commands = ("pasv",)
        _, port = await self._do_pasv()
        return None, port

    async def parse_line(self) -> tuple[aioftp.Code, str]:
        line = await self.stream.readline()
        if not line:
            self.stream.close()
            raise ConnectionResetError
        text = line.decode(self.encoding, "replace").rstrip()
        return aioftp.Code(text[:3]), text[3:]


async def connected(place: FtpPlace) -> aioftp.Client:
    """A client that is logged in. Raises `Unreachable`, `NotTrusted`, `LoginRefused`, `CutOff`."""
    context = _rules_of(place)
    client = _Client(
        socket_timeout=place.timeout_seconds,
        connection_timeout=place.timeout_seconds,
        encoding=place.encoding,
        ssl=context if place.tls is Tls.IMPLICIT else None,
    )
    try:
        await _reached(client, place, context)
        await _logged_in(client, place)
    except BaseException:
        await hung_up(client)
        raise
    return client


async def hung_up(client: aioftp.Client) -> None:
    """Say goodbye if the server still listens, and close the connection."""
    try:
        stream = client.stream
    except ConnectionError:
        return
    try:
        with suppress(OSError, ValueError, aioftp.AIOFTPException, *GONE):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await client.command("QUIT", "2xx")
    finally:
        await closed(stream.writer, _GOODBYE_SECONDS)


def _rules_of(place: FtpPlace) -> ssl.SSLContext | None:
    if place.tls is Tls.NONE:
        return None
    try:
        return tls_context(place)
    except OSError as error:
        why = f"{place.authorities} cannot be read ({error.strerror or type(error).__name__})"
        raise NotTrusted(place.host, "", why) from error


async def _reached(client: aioftp.Client, place: FtpPlace, context: ssl.SSLContext | None) -> None:
    try:
        await client.connect(place.host, place.port)
        if place.tls is Tls.EXPLICIT:
            await client.upgrade_to_tls(context)
    except ssl.SSLError as error:
        raise NotTrusted(place.host, "", _ssl_words(error)) from error
    except TimeoutError:
        raise Unreachable(place.host, "", f"no answer within {place.timeout_seconds:g} s") from None
    except OSError as error:
        raise Unreachable(place.host, "", error.strerror or type(error).__name__) from error
    except aioftp.StatusCodeError as error:
        raise _refused_at_the_door(place, error) from None
    except (ValueError, aioftp.AIOFTPException) as error:
        raise Unreachable(place.host, "", f"does not speak FTP ({type(error).__name__})") from error


def _refused_at_the_door(place: FtpPlace, error: aioftp.StatusCodeError) -> RemoteFileError:
    code = str(error.received_codes[-1])
    detail = spoken(code, error.info, place.password)
    if place.tls is Tls.EXPLICIT and code.startswith("5"):
        return NotTrusted(place.host, "", f"offers no TLS ({detail})")
    return Unreachable(place.host, "", detail)


async def _logged_in(client: aioftp.Client, place: FtpPlace) -> None:
    try:
        await client.login(place.user, place.password)
        if place.tls is Tls.IMPLICIT:
            await client.command("PBSZ 0", "200")
            await client.command("PROT P", "200")
        await _asked_for_utf8(client, place)
    except aioftp.StatusCodeError as error:
        code = str(error.received_codes[-1])
        kind = CutOff if code == "421" else LoginRefused
        raise kind(place.host, "", spoken(code, error.info, place.password)) from None
    except TimeoutError:
        raise CutOff(place.host, "", f"silent for {place.timeout_seconds:g} s") from None
    except OSError as error:
        raise CutOff(place.host, "", error.strerror or type(error).__name__) from error
    except GONE:
        raise CutOff(place.host, "", "the connection is gone") from None
    except (ValueError, aioftp.AIOFTPException):
        raise CutOff(place.host, "", "an answer that cannot be read") from None


async def _asked_for_utf8(client: aioftp.Client, place: FtpPlace) -> None:
    """IIS speaks another encoding unless asked (draft-ietf-ftpext-utf-8-option); others say they do not know it."""
    if place.encoding.replace("-", "").lower() == "utf8":
        await client.command("OPTS UTF8 ON", ("2xx", "4xx", "5xx"))


def _ssl_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.reason or type(error).__name__
