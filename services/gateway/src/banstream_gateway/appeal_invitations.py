"""What a banned player is told about an appeal: where, and the one-time code. Worked out at each refusal; pure."""

from dataclasses import dataclass

from banstream_contracts.infractions import Punishment
from banstream_gateway.held.standings import Restriction
from banstream_privacy.appeal_codes import appeal_code

LONGEST_REASON = 280
"""Of the reasons that GFLBans' clients show (facts gflbans 1.1); a longer one stays without the hint."""


@dataclass(frozen=True, slots=True)
class AppealInvitations:
    """`console_url` is the console's public address without a slash at its end, `key` makes the codes.

    `hint` is put behind the reasons of the older protocols, with `{url}` and `{code}` in it; empty puts nothing.
    """

    console_url: str
    key: bytes
    hint: str = ""

    def of(self, restriction: Restriction) -> dict[str, str]:
        """Where to appeal, and with which code."""
        return {
            "url": f"{self.console_url}/appeal/{restriction.infraction_id}",
            "code": appeal_code(self.key, restriction.infraction_id, restriction.appeal_code_renewals or 0),
        }


def check_hint(hint: str) -> None:
    """Raises ValueError for a hint that says less than where and with what, or could not be shown on one line."""
    if not hint:
        return
    if not hint.isprintable():
        raise ValueError("BANSTREAM_APPEAL_HINT is one line of printable characters")
    try:
        shown = hint.format(url="\0", code="\1")
    except (KeyError, IndexError, ValueError, AttributeError):
        shown = ""
    if "\0" not in shown or "\1" not in shown:
        raise ValueError("BANSTREAM_APPEAL_HINT is a text with {url} and {code} in it")


def invited(restriction: Restriction, invitations: AppealInvitations | None) -> dict[str, str] | None:
    """The invitation of a ban; nothing of other punishments, and nothing where the operator has set no address."""
    if invitations is None or Punishment.BAN not in restriction.punishments:
        return None
    return invitations.of(restriction)


def hinted(restriction: Restriction, invitations: AppealInvitations | None) -> str:
    """The reason as a client of an older protocol shows it: with the hint where that is set and fits."""
    if invitations is None or not invitations.hint or Punishment.BAN not in restriction.punishments:
        return restriction.reason
    whole = f"{restriction.reason} {invitations.hint.format(**invitations.of(restriction))}"
    return whole if len(whole) <= LONGEST_REASON else restriction.reason
