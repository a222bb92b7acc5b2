"""What can go wrong with a file on another machine; every error says host and path, and never a password."""


class RemoteFileError(Exception):
    """Base of all errors of this package.

    `host` is where it happened, `path` the file or folder asked for (empty while connecting), `detail` what the
    other side or the operating system said.
    """

    def __init__(self, host: str, path: str, detail: str) -> None:
        self.host = host
        self.path = path
        self.detail = detail
        where = f"{host}: {path}" if path else host
        super().__init__(f"{where}: {self.told()}: {detail}")

    @classmethod
    def told(cls) -> str:
        """The first sentence of the error's own description, for people."""
        return (cls.__doc__ or cls.__name__).split(".", 1)[0]


class Unreachable(RemoteFileError):
    """No connection could be made."""


class NotTrusted(RemoteFileError):
    """The server could not prove who it is: its certificate or host key is not the expected one."""


class LoginRefused(RemoteFileError):
    """The server did not take name and password or key."""


class CutOff(RemoteFileError):
    """The connection broke or fell silent; whether the last request took effect is not known."""


class NotThere(RemoteFileError):
    """There is no such file or folder.

    The folder it should be in could be looked into. An answer that may also mean "you may not" is `ReadRefused`: a file
    must never be taken for absent by mistake.
    """


class ReadRefused(RemoteFileError):
    """The server would not show the file or folder."""


class WriteRefused(RemoteFileError):
    """The server would not write, rename or delete."""


class NoSpace(WriteRefused):
    """The disk or the quota is full."""


class TooLarge(RemoteFileError):
    """The file is larger than the most that is read."""
