"""What the forms of servers and tokens ask for. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from banstream_console.access.people import Person
from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_contracts.credential_scopes import RIGHTS_OF_SCOPE, CredentialScope
from banstream_runtime.identifiers import SERVER_KEY_PREFIX, TOKEN_PREFIX, new_secret

SCOPES: tuple[CredentialScope, ...] = ("check", "report", "punish", "admin")
DAYS = (7, 30, 90, 365)
_SERVER_SCOPES, _REVIEWED_SCOPES = ("check", "report", "punish"), ("check", "report")


class Kind(StrEnum):
    """Whom a secret is for."""

    SERVER = "server"
    TOKEN = "token"  # noqa: S105 - a word, no secret


def scopes_of(person: Person) -> tuple[str, ...]:
    """Those that somebody may give: nobody gives out more than they hold."""
    return tuple(scope for scope in SCOPES if RIGHTS_OF_SCOPE[scope] <= person.account.role.rights)


def new_credential_secret(kind: str) -> str:
    """Letters and digits only."""
    return new_secret(SERVER_KEY_PREFIX if kind == Kind.SERVER else TOKEN_PREFIX)


def made_by(kind: Kind, form: Mapping[str, Sequence[str]], allowed: Sequence[str]) -> dict[str, object]:
    """The fields of the command that a form makes, with no scope but `allowed` ones. Raises Unfit."""
    given = {name: values[0] for name, values in form.items()}
    wanted: dict[str, object] = {"kind": kind.value, "name": given.get("name", ""), "review": "review" in form}
    if not wanted["name"]:
        raise Unfit({"name": Wrong("needed")})
    if kind is Kind.SERVER:
        own = _REVIEWED_SCOPES if "review" in form else _SERVER_SCOPES
        return {**wanted, "game": given.get("game") or None, "scopes": own}
    if not set(form.get("scopes", ())) <= set(allowed):
        raise Unfit({"scopes": Wrong("choice")})
    scopes = tuple(scope for scope in SCOPES if scope in form.get("scopes", ()))
    if not scopes:
        raise Unfit({"scopes": Wrong("scopes")})
    if wanted["review"] and ("punish" in scopes or "report" not in scopes):
        raise Unfit({"scopes": Wrong("scopes-reviewed")})
    return {**wanted, "scopes": scopes, "expires_at": _end(given.get("days", ""))}


def _end(days: str) -> datetime | None:
    if not days:
        return None
    if days not in {str(each) for each in DAYS}:
        raise Unfit({"days": Wrong("choice")})
    return datetime.now(UTC) + timedelta(days=int(days))
