"""What staff pages say of infractions and whom they are about. Pure."""

from datetime import datetime
from urllib.parse import quote

from banstream_console.access.people import Person
from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import Texts
from banstream_console.presentation.wording import Wording
from banstream_console.staff.durations import written
from banstream_console.staff.events_in_words import punishments_in_words
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Punishments, Scope, Severity, Status
from banstream_privacy.visible import clean

_LONGEST_NAME = 64
_OF_SCOPE = {Scope.GLOBAL: Right.SCOPE_GLOBAL, Scope.COMMUNITY: Right.SCOPE_COMMUNITY}


def name_of(infraction: Infraction) -> str:
    """Somebody's name as it may be seen, else their id; of an address alone nothing."""
    known = cut(clean(infraction.player_name or ""), _LONGEST_NAME)
    return known or (str(infraction.player) if infraction.player else "")


def path_of(service: str, player_id: str) -> str:
    """The page of one player. Dots alone behind a slash lead browsers upwards, also where they are quoted."""
    between = ":" if player_id in {".", ".."} else "/"
    return f"/console/players/{quote(service, safe='')}{between}{quote(player_id, safe='')}"


def state_of(infraction: Infraction, now: datetime) -> str:
    """`in_force`, `lifted`, `expired` or `session`."""
    if infraction.status is Status.LIFTED:
        return "lifted"
    if infraction.is_in_force(now):
        return "in_force"
    is_session = infraction.status is Status.ACTIVE and infraction.lifetime is Lifetime.SESSION
    return "session" if is_session else "expired"


def may_edit(person: Person, infraction: Infraction) -> bool:
    """Everybody's, or what they issued themselves."""
    if person.may(Right.EDIT_ALL):
        return True
    is_own = infraction.issuer.kind == "person" and infraction.issuer.id == person.account.id
    return is_own and person.may(Right.ISSUE)


def lacking(person: Person, punishments: Punishments, scope: Scope | None) -> dict[str, Right]:
    """By field, the first right that somebody lacks to punish so, or so far."""
    missing: dict[str, Right] = {}
    for punishment in punishments:
        right = Right(punishment.value)
        if not person.may(right):
            missing.setdefault("punishments", right)
    wide = _OF_SCOPE.get(scope) if scope else None
    if wide and not person.may(wide):
        missing["scope"] = wide
    return missing


def punishments_of(person: Person) -> list[Punishment]:
    """Those that somebody may give."""
    return [punishment for punishment in Punishment if person.may(Right(punishment.value))]


def scopes_of(person: Person) -> list[Scope]:
    """Where somebody may let an infraction hold."""
    return [scope for scope in Scope if scope not in _OF_SCOPE or person.may(_OF_SCOPE[scope])]


class Saying:
    """Infractions in somebody's language."""

    def __init__(self, texts: Texts, wording: Wording) -> None:
        self._texts = texts
        self._wording = wording

    def punishments(self, punishments: Punishments) -> str:
        """`Ban, Voice block`; of none a warning."""
        return punishments_in_words(self._texts, [each.value for each in punishments])

    def end(
        self, lifetime: Lifetime, expires_at: datetime | None, time_left_seconds: int | None, *, said: bool = True
    ) -> str:
        """When it ends; with `said` in a whole phrase."""
        match lifetime:
            case Lifetime.TIMED if expires_at:
                at = self._wording.moment(expires_at)
                return self._texts.say("ban-until", at=at) if said else at
            case Lifetime.ONLINE:
                return self._texts.say("ban-online", left=written(time_left_seconds) or "0s")
            case Lifetime.SESSION:
                return self._texts.say("ban-session")
            case _:
                return self._texts.say("desk-permanent")

    def end_of(self, infraction: Infraction) -> str:
        """When an infraction ends."""
        return self.end(infraction.lifetime, infraction.expires_at, infraction.time_left_seconds)

    def category(self, category: str | None) -> str:
        """What it is about."""
        return self._wording.category(category)

    def severity(self, severity: Severity | None) -> str:
        """How bad it is."""
        return self._wording.severity(severity)

    def scope(self, scope: Scope | None) -> str:
        """Where it holds."""
        return self._texts.say(f"desk-scope-{scope.value}") if scope else ""
