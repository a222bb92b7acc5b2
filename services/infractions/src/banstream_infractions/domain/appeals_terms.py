"""Who may decide on an appeal, and how soon a new one may be opened: what the operator has set. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from banstream_contracts.infractions import Actor
from banstream_infractions.domain.record import Decision, refused

DAY_SECONDS = 86_400


class OwnAppeals(StrEnum):
    """Whether somebody decides on appeals against what they issued themselves."""

    NEVER = "never"
    IF_ALONE = "if-alone"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """`wait_seconds` have to pass between a decision and the next appeal against the same infraction.

    `reviewers` are the identities of all who may decide; needed for `if-alone` only.
    """

    own: OwnAppeals = OwnAppeals.IF_ALONE
    wait_seconds: int = 7 * DAY_SECONDS
    reviewers: frozenset[str] = frozenset()


def identity(actor: Actor) -> str:
    """One for everything that somebody does: by the admin in whose name it is, else by the account, token or server."""
    return f"admin:{actor.admin}" if actor.admin else f"{actor.kind}:{actor.id}"


def of_their_own(actor: Actor, issuer: Actor | None, terms: AppealTerms) -> Decision | None:
    """The refusal, where somebody may not decide because the infraction is their own."""
    if issuer is None or identity(actor) != identity(issuer) or terms.own is OwnAppeals.ALLOWED:
        return None
    if terms.own is OwnAppeals.IF_ALONE and not others(actor, terms.reviewers):
        return None
    return refused("own-infraction", "whoever issued an infraction does not decide on the appeal against it")


def others(actor: Actor, reviewers: frozenset[str]) -> frozenset[str]:
    """Other reviewers of the same kind: one person may well hold an account, a token and an admin's rights at once."""
    own = identity(actor)
    kind, _, _ = own.partition(":")
    return frozenset(each for each in reviewers if each != own and each.startswith(f"{kind}:"))
