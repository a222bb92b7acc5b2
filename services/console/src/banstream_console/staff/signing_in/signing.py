"""Signing in, step by step: attempts are counted, the password is compared, the second factor is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar

import structlog
from aiohttp import web

from banstream_console.access.staff import Staff
from banstream_console.problems.exceptions import Away, Problem, Refused
from banstream_console.staff.signing_in.attempts import Attempts
from banstream_console.staff.signing_in.lockout import OF_ADDRESS, OF_NAME
from banstream_console.staff.signing_in.passwords import LONGEST, Passwords
from banstream_console.staff.signing_in.second_factor import Secrets, hashed, step_of
from banstream_contracts.accounts import AccountEntry, SignInAttempts
from banstream_contracts.commands.accounts import (
    AccountCommand,
    JoinAccount,
    RecordLockout,
    RecordSignIn,
    UseRecoveryCode,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import new_id, new_short_id, secret_hash
from banstream_runtime.telemetry import correlation_id

logger = structlog.stdlib.get_logger(__name__)

SecondFactor = Literal["none", "totp", "recovery_code"]
Asked = TypeVar("Asked", bound=AccountCommand)

_CATCH_UP_SECONDS = 1.0
_SYSTEM = Actor(kind="system", id="sign-in")


class WrongCredentials(Problem):
    """Name, password and code do not go together; which of them is wrong is not said."""

    status = 200
    text_id = "error-credentials"
    """200 with a page, as scripts of the system before know it."""


class NotSetUp(Problem):
    """The console has no key to open passwords with."""

    status = 503
    text_id = "error-not-set-up"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody types to get in. `code` is of an app, a recovery code, or empty."""

    login: str
    password: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Signing:
    """What signing in needs; built once, by `app`."""

    staff: Staff
    attempts: Attempts
    passwords: Passwords
    secrets: Secrets
    link_key: bytes = field(repr=False)
    """Links of forms are made of it."""
    now: Callable[[], datetime]

    async def sign_in(self, given: Credentials, address: str, agent: str) -> str:
        """The token of a new session. Raises WrongCredentials, TooMany, Away."""
        self.staff.must_be_loaded()
        now = self.now()
        place = self.attempts.of_address(address)
        attempt = await self.attempts.begin(place, OF_ADDRESS, now)
        account = self.staff.accounts.by_login(given.login.strip().lower())
        factor = await self._prove(given, account, now)
        if account is None:
            raise WrongCredentials
        await self.attempts.take_back(place, attempt)
        person = Actor(kind="person", id=account.id, name=account.name)
        await self._store(_asked(RecordSignIn, account, person, sign_in_id=new_short_id(), second_factor=factor))
        return await self.staff.sessions.begin_session(account.id, agent, self.now(), account.password)

    async def prove_again(self, account: AccountEntry, password: str, code: str = "") -> None:
        """Who is signed in shows that it is still them. Raises WrongCredentials, TooMany, Away."""
        await self._prove(Credentials(account.login, password, code), account, self.now(), asks_code=bool(code))

    async def join(self, account: AccountEntry, token: str, password: str) -> CommandResult | None:
        """Choose a password by a link. Raises Refused, TooMany, Away."""
        sealed = await self.passwords.sealed(account.id, password)
        actor = Actor(kind="person", id=account.id, name=account.name)
        command = _asked(JoinAccount, account, actor, invitation=secret_hash(token), password=sealed)
        result = await self.staff.commands.send(command)
        await self.catch_up(result)
        await self.attempts.succeed(self.attempts.of_name(account.login))
        return result

    async def catch_up(self, result: CommandResult | None) -> None:
        """Wait a moment until this console knows what a command has done."""
        if result is not None:
            await self.staff.accounts.wait_for(result.position, _CATCH_UP_SECONDS)

    def invited_by(self, token: str, now: datetime) -> AccountEntry | None:
        """Whose password a link sets."""
        invitation = secret_hash(token)
        return next((each for each in self.staff.accounts if each.accepts(invitation, now)), None)

    async def _prove(
        self, given: Credentials, account: AccountEntry | None, now: datetime, *, asks_code: bool = True
    ) -> SecondFactor:
        """What was shown beside the password; the attempt is counted first, and forgotten when it succeeds."""
        key = self.attempts.of_name(account.login if account else given.login.strip().lower())
        attempt = await self.attempts.begin(key, OF_NAME, now)
        is_right = await self.passwords.match(account, given.password[: LONGEST + 1])
        if account is None or not is_right:
            await self._failed(account, attempt)
            raise WrongCredentials
        if account.totp is None or not asks_code:
            await self.attempts.succeed(key)
            return "none"
        return await self._second_factor(account, key, given.code, attempt)

    async def _second_factor(self, account: AccountEntry, key: str, code: str, attempt: SignInAttempts) -> SecondFactor:
        secret = self.secrets.of(account)
        step = step_of(secret, code, self.now()) if secret else None
        if step is not None and await self.attempts.succeed(key, step):
            return "totp"
        if step is None and hashed(code) in account.recovery and await self._use_recovery_code(account, code):
            await self.attempts.succeed(key)
            return "recovery_code"
        await self._failed(account, attempt)
        raise WrongCredentials

    async def _use_recovery_code(self, account: AccountEntry, code: str) -> bool:
        """It is good for once, so infractions has to say that it was. Raises Away where it does not."""
        actor = Actor(kind="person", id=account.id, name=account.name)
        try:
            result = await self.staff.commands.send(_asked(UseRecoveryCode, account, actor, code=hashed(code)))
        except Refused:
            return False
        if result is None:
            raise Away("a recovery code cannot be used right now")
        return True

    async def _failed(self, account: AccountEntry | None, attempt: SignInAttempts) -> None:
        """A lockout is told where there is somebody to lock out; each wait once."""
        if account is None or account.disabled or attempt.locked_until is None:
            return
        locked = {"failures": attempt.failures, "locked_until": attempt.locked_until}
        try:
            await self._store(_asked(RecordLockout, account, _SYSTEM, sign_in_id=new_short_id(), **locked))
        except Away:
            logger.warning("lockout_not_recorded", account=account.id)

    async def _store(self, command: AccountCommand) -> None:
        await self.staff.commands.store(command)


def _asked(kind: type[Asked], account: AccountEntry, actor: Actor, **fields: object) -> Asked:
    asked = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": actor,
        "correlation_id": correlation_id(),
        "account_id": account.id,
    }
    return kind.model_validate({**asked, **fields})


SIGNING: web.AppKey[Signing | None] = web.AppKey("signing", Signing)
"""None where the key is not set."""


def signing_of(request: web.Request) -> Signing:
    """The one of the application. Raises NotSetUp."""
    signing = request.app[SIGNING]
    if signing is None:
        raise NotSetUp
    return signing
