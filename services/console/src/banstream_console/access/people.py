"""Who asks: a person with an account, signed in somewhere."""

import hmac
from dataclasses import dataclass

from aiohttp import web

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admins import Right
from banstream_contracts.appeals import Appeal
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.infractions import ReviewRequest

_MARK = 32
"""Hex digits."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one of their sessions. `token` is that of the cookie, and never leaves the process again."""

    account: AccountEntry
    session_key: str
    token: str

    def may(self, right: Right | None) -> bool:
        """Whether they have a right; None is what everybody with an account may."""
        return right is None or right in self.account.role.rights

    @property
    def actor(self) -> Actor:
        """As they stand in the log."""
        return Actor(kind="person", id=self.account.id, name=self.account.name)

    @property
    def as_assignee(self) -> dict[str, str]:
        """As whoever looks at something: what is asked for, or said, by commands and queries about assignees."""
        return {"assignee": self.account.name, "assignee_id": self.account.id}

    def looks_at(self, found: ReviewRequest | Appeal) -> bool:
        """Whether it is theirs: by their account, or by name where whoever took it named none."""
        own = self.as_assignee
        return found.assignee_id == own["assignee_id"] if found.assignee_id else found.assignee == own["assignee"]

    @property
    def csrf(self) -> str:
        """What every form of theirs carries; it follows from the session, so nothing is kept."""
        return hmac.digest(self.token.encode(), b"csrf", "sha256").hex()

    def mark(self, said: str) -> str:
        """What an address carries beside what it says, so that nobody else makes a page of theirs say it."""
        return hmac.digest(self.token.encode(), f"said {said}".encode(), "sha256").hex()[:_MARK]

    def has_marked(self, said: str, mark: str) -> bool:
        """Whether it was said here, in this session."""
        return hmac.compare_digest(mark.encode("utf-8", "surrogateescape"), self.mark(said).encode())


_PERSON: web.RequestKey[Person] = web.RequestKey("person", Person)


def person_of(request: web.Request) -> Person:
    """Of a page that only people with an account see."""
    return request[_PERSON]


def visitor_of(request: web.Request) -> Person | None:
    """Of a page that everybody sees; None where nobody is signed in."""
    return request.get(_PERSON)


def let_in(request: web.Request, person: Person) -> None:
    """From now on this request is theirs."""
    request[_PERSON] = person
