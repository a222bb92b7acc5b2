"""How every command finds the gateway, NATS and Postgres: options and environment first, then a local stack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.private_file import read_json
from banstream_cli.terminal.exits import Stuck, Unreachable

HOW = (
    "Where things are: options and the environment come first (BANSTREAM_URL and BANSTREAM_TOKEN;"
    " BANSTREAM_NATS_URL, BANSTREAM_NATS_USER and BANSTREAM_NATS_PASSWORD; BANSTREAM_ADMIN_DATABASE_URL). What is not"
    " set there comes from the files of a local `banstream up` in BANSTREAM_DATA_DIR. `migrate` is always told"
    " BANSTREAM_INFRACTIONS_PASSWORD, BANSTREAM_ABUSE_TRACKER_PASSWORD, BANSTREAM_NOTIFIER_PASSWORD,"
    " BANSTREAM_FTP_SYNC_PASSWORD and BANSTREAM_DAYZ_FEED_PASSWORD. Secrets have no options, since other users can"
    " read a command line."
    "\n\n"
    "Times for people are those of this terminal, with their offset from UTC (Z is UTC); JSON and exports hold UTC."
    "\n\n"
    "Exit codes: 0 done; 1 the answer is no; 2 used wrongly, or something cannot be reached;"
    " 3 accepted, not confirmed yet."
)

_LOCAL = "or run `banstream up`"


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the gateway is and what it is shown."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NatsLogin:
    """Where NATS is and who we are there."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set, and where the files of a local stack would be. Each method raises Stuck with what to set."""

    data_dir: Path
    environment: Mapping[str, str] = field(repr=False)
    gateway_url: str | None = None
    nats_url: str | None = None
    nats_user: str | None = None

    def gateway(self) -> Gateway:
        """The local stack's token is never shown to another gateway than its own, nor to who has its port after it."""
        given = (self._set("BANSTREAM_TOKEN") or "").strip()  # a file of Windows leaves a carriage return
        if not given.isprintable():
            raise Stuck("BANSTREAM_TOKEN holds more than a token: more than one line, or control characters")
        if self.gateway_url and given:  # files of a stack that somebody else owns are not asked
            return Gateway(self.gateway_url.rstrip("/"), given)
        local = self._file("dev-credentials.json")
        local_url = _text(local, "url")
        url = (self.gateway_url or local_url or "").rstrip("/")
        if not url:
            raise Stuck(f"the gateway is not known: set BANSTREAM_URL and BANSTREAM_TOKEN, {_LOCAL}")
        if url == local_url and not given:
            self._running_stack()
        token = given or (_text(local, "admin_token") if url == local_url else None)
        if not token:
            raise Stuck(f"no token for {url}: set BANSTREAM_TOKEN (make one with `banstream tokens create`)")
        return Gateway(url, token)

    def known_gateway_url(self) -> str | None:
        """For what needs no token."""
        url = self.gateway_url or _text(self._file("dev-credentials.json"), "url") or _text(self._stack(), "url")
        return url.rstrip("/") if url else None

    def console_url(self, given: str | None = None) -> str:
        """Where people reach the console, for links."""
        url = given or self.known_console_url()
        if not url or not url.startswith(("http://", "https://")):
            raise Stuck(f"the console is not known: set BANSTREAM_CONSOLE_URL or --console to its URL, {_LOCAL}")
        return url.rstrip("/")

    def known_console_url(self) -> str | None:
        """None where nothing tells it."""
        url = self._set("BANSTREAM_CONSOLE_URL") or _text(self._file("dev-credentials.json"), "console_url")
        return url.rstrip("/") if url else None

    def nats(self) -> NatsLogin:
        """The operator's login; that of the local stack belongs to its own server only."""
        if self.nats_url:
            password, ca_file = self._set("BANSTREAM_NATS_PASSWORD"), self._set("BANSTREAM_NATS_CA_FILE")
            return NatsLogin(self.nats_url, self.nats_user, password, ca_file)
        stack = self._running_stack()
        if url := _text(stack, "nats_url"):
            return NatsLogin(url, _text(stack, "nats_user"), _text(stack, "nats_password"))
        raise Unreachable(f"NATS is not known: set BANSTREAM_NATS_URL, BANSTREAM_NATS_USER and …_PASSWORD, {_LOCAL}")

    def admin_database_url(self) -> str:
        """Of an administrator of the database."""
        url = self._set("BANSTREAM_ADMIN_DATABASE_URL") or _text(self._running_stack(), "admin_database_url")
        if not url:
            raise Unreachable(f"Postgres is not known: set BANSTREAM_ADMIN_DATABASE_URL, {_LOCAL}")
        return url

    def is_own_database(self) -> bool:
        """Whether the database that is named, if any, is that of the local stack."""
        given = self._set("BANSTREAM_ADMIN_DATABASE_URL")
        return not given or given == self._own_database_url()

    def stack_keys(self) -> str | None:
        """The keys of the local stack as text, where it is the stack's own database that was named, if any was."""
        if not self.is_own_database():
            return None
        try:
            return (self.data_dir / "secrets.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Stuck(f"the keys of the stack cannot be read ({error}); --without-keys leaves them out") from error

    def master_key(self) -> tuple[str | None, str | None]:
        """What wraps the keys of persons, or the file that holds it; those of the local stack where none is set."""
        return self._key("master_key")

    def address_key(self) -> tuple[str | None, str | None]:
        """The same of what addresses are hashed with."""
        return self._key("address_key")

    def role_passwords(self, variables: Iterable[str]) -> dict[str, str]:
        """What the roles of services log in with, by variable; an empty one would lock its role out."""
        passwords = {variable: self._set(variable) or "" for variable in variables}
        if missing := [variable for variable, password in passwords.items() if not password]:
            raise Stuck(f"set {', '.join(missing)}: each the password that the role of its service shall have")
        return passwords

    def _key(self, name: str) -> tuple[str | None, str | None]:
        value, file = self._set(f"BANSTREAM_{name.upper()}"), self._set(f"BANSTREAM_{name.upper()}_FILE")
        if value is None and file is None and self.is_own_database():
            value = _text(self._file("secrets.json"), name)
        return value, file

    def _set(self, name: str) -> str | None:
        return self.environment.get(name) or None

    def _running_stack(self) -> dict[str, object]:
        stack = self._stack()
        if stack and stack.get("pid") is None:
            raise Unreachable(f"the local stack in {self.data_dir} is stopped: run `banstream up`")
        return stack

    def _own_database_url(self) -> str | None:
        try:
            return _text(self._stack(), "admin_database_url")
        except Stuck:  # a stack of somebody else
            return None

    def _stack(self) -> dict[str, object]:
        return self._file("stack.json")

    def _file(self, name: str) -> dict[str, object]:
        try:
            return read_json(self.data_dir / name) or {}
        except StackError as error:
            raise Stuck(str(error)) from error
        except OSError as error:
            what = f"{self.data_dir / name} cannot be read ({error.strerror})"
            raise Unreachable(f"{what}: run this as who runs the stack, or set BANSTREAM_DATA_DIR") from error


def _text(content: Mapping[str, object], name: str) -> str | None:
    value = content.get(name)
    return value if isinstance(value, str) and value else None
