"""The faults of a test's FTP server, as pyftpdlib handlers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyftpdlib.filesystems import AbstractedFS, FilesystemError  # type: ignore[import-untyped]
from pyftpdlib.handlers import (  # type: ignore[import-untyped]
    DTPHandler,
    FTPHandler,
    TLS_DTPHandler,
    TLS_FTPHandler,
)


@dataclass(slots=True)
class Faults:
    """What goes wrong at the server, changeable while it runs.

    `quota_bytes` is the most a stored file may have, answered with 552. `cut_stored_after` and `cut_sent_after`
    drop all connections after that many bytes of a transfer. `sends_at_most` ends a download early with a success
    reply. `cut_at_command` drops the connection instead of obeying, `cut_after_command` obeys and drops it before
    the answer. `refused_commands` are answered with 502, those in `replies` with what it says. `wordings` are whole
    replies in place of the server's own, by their code. `shown_address` is what PASV tells.
    """

    quota_bytes: int | None = None
    cut_stored_after: int | None = None
    cut_sent_after: int | None = None
    sends_at_most: int | None = None
    cut_at_command: str | None = None
    cut_after_command: str | None = None
    refused_commands: set[str] = field(default_factory=set)
    replies: dict[str, str] = field(default_factory=dict)
    wordings: dict[str, str] = field(default_factory=dict)
    shown_address: str | None = None
    renames_onto_files: bool = True
    renames_at_all: bool = True


def handler_class(faults: Faults, certificate: Path | None, *, is_implicit: bool) -> Any:  # noqa: ANN401  # untyped library
    """A handler for one server; its class attribute `commands` collects what clients send."""
    data = type("Data", (_TlsData if certificate else _Data,), {"faults": faults})
    files = type("Files", (_Files,), {"faults": faults})
    attributes = {"faults": faults, "commands": list[str](), "dtp_handler": data, "abstracted_fs": files}
    attributes |= {"use_sendfile": False, "auth_failed_timeout": 0, "unicode_errors": "surrogateescape"}
    if not certificate:
        return type("Handler", (_Control,), attributes)
    attributes |= {"certfile": str(certificate), "tls_control_required": True, "tls_data_required": True}
    return type("Handler", (_ImplicitControl if is_implicit else _TlsControl,), attributes)


class _Files(AbstractedFS):  # type: ignore[misc]
    faults: Faults

    def rename(self, src: str, dst: str) -> None:
        """Refuse what the faults say, as some servers do."""
        if not self.faults.renames_at_all or (Path(dst).exists() and not self.faults.renames_onto_files):
            raise FilesystemError("the file exists already")
        super().rename(src, dst)


class _Control(FTPHandler):  # type: ignore[misc]
    faults: Faults
    commands: list[str]
    _is_mute = False

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Note the command; drop the connection before or after it where the faults say so."""
        self.commands.append(f"{cmd} {'***' if cmd == 'PASS' else arg}".strip())
        if cmd == self.faults.cut_at_command:
            self.close()
        elif cmd in self.faults.refused_commands:
            self.respond("502 Command not implemented.")
        elif cmd in self.faults.replies:
            self.respond(self.faults.replies[cmd])
        else:
            self._is_mute = cmd == self.faults.cut_after_command
            super().pre_process_command(line, cmd, arg)
            if self._is_mute:
                self.close()

    def respond(self, resp: str, *rest: object, **named: object) -> None:
        """Answer, unless the connection is to be dropped before the answer."""
        if not self._is_mute:
            super().respond(self.faults.wordings.get(resp[:3], resp), *rest, **named)

    @property
    def masquerade_address(self) -> str | None:
        """What PASV tells in place of the server's own address."""
        return self.faults.shown_address


class _TlsControl(_Control, TLS_FTPHandler):  # type: ignore[misc]
    pass


class _ImplicitControl(_TlsControl):
    """Protected from the first byte; pyftpdlib itself knows only AUTH TLS."""

    def handle(self) -> None:
        """Shake hands before the greeting."""
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        """Greet."""
        super().handle()


class _Data(DTPHandler):  # type: ignore[misc]
    faults: Faults

    def send(self, data: bytes) -> int:
        """Send, and drop the connection in the middle where the faults say so."""
        sent: int = super().send(data)
        self._maybe_cut(self.tot_bytes_sent, self.faults.cut_sent_after)
        return sent

    def handle_read_event(self) -> None:
        """Receive, and end it where the faults say so."""
        super().handle_read_event()
        if self.faults.quota_bytes is not None and self.tot_bytes_received > self.faults.quota_bytes:
            self._resp: object = ("552 Quota exceeded.", _silent)
            self.close()
        self._maybe_cut(self.tot_bytes_received, self.faults.cut_stored_after)

    def push_with_producer(self, producer: object) -> None:
        """Send less than there is where the faults say so."""
        most = self.faults.sends_at_most
        super().push_with_producer(producer if most is None else _Short(producer, most))

    def _maybe_cut(self, done: int, most: int | None) -> None:
        if most is not None and done > most and not self._closed:
            self._resp = ""
            self.cmd_channel.close()


class _TlsData(_Data, TLS_DTPHandler):  # type: ignore[misc]
    pass


class _Short:
    """The beginning of what another producer has."""

    def __init__(self, producer: Any, most: int) -> None:  # noqa: ANN401  # untyped library
        self._producer = producer
        self._left = most

    def more(self) -> bytes:
        """The next chunk."""
        chunk: bytes = self._producer.more()[: self._left]
        self._left -= len(chunk)
        return chunk


def _silent(*_: object) -> None:
    """Write no log."""
