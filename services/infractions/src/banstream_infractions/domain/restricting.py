"""What restricts somebody: infractions as models, and as rows of the read model. Pure.

Who keeps what restricts somebody, as gateways do, compares ends with the time again at each check: it is given what
restricts by the events so far, until when is in it. Who answers once asks what is in force at that moment.
"""

from datetime import datetime

from banstream_contracts.infractions import Infraction, Lifetime, Status


def has_passed(infraction: Infraction, now: datetime) -> bool:
    """Whether its time is over at `now`, noticed or not."""
    match infraction.lifetime:
        case Lifetime.TIMED:
            return infraction.expires_at is not None and infraction.expires_at <= now
        case Lifetime.ONLINE:
            return not infraction.time_left_seconds
        case Lifetime.PERMANENT | Lifetime.SESSION:
            return False


def restricts(infraction: Infraction) -> bool:
    """Whether it restricts somebody by the events so far.

    Session infractions restrict nobody. A warning restricts nobody either, but gateways count the time connected, so
    one that runs out by it is among them.
    """
    return (
        infraction.status is Status.ACTIVE
        and infraction.lifetime is not Lifetime.SESSION
        and (bool(infraction.punishments) or infraction.lifetime is Lifetime.ONLINE)
    )


def at_address(infraction: Infraction) -> Infraction:
    """The infraction as it binds who comes from its address: no longer than the address does."""
    end = infraction.address_expires_at
    if end is None:
        return infraction
    lifetime = Lifetime.TIMED if infraction.lifetime is Lifetime.PERMANENT else infraction.lifetime
    expires_at = min(end, infraction.expires_at or end)
    return infraction.model_copy(update={"lifetime": lifetime, "expires_at": expires_at})


RESTRICTING = (
    "status = 'active' and not is_warning and lifetime <> 'session'",
    "status = 'active' and is_warning and lifetime = 'online'",
)
"""The same of rows, in two conditions that no row fulfils both: each has indexes of its own."""

IN_FORCE = (
    "(status = 'active' and (lifetime = 'permanent' or (lifetime = 'timed' and expires_at > now())"
    " or (lifetime = 'online' and coalesce((document ->> 'time_left_seconds')::bigint, 0) > 0)))"
)
"""`Infraction.is_in_force` of rows."""

HOLDS_ADDRESS = (
    "(address_token is not null and coalesce((document ->> 'address_expires_at')::timestamptz > now(), true))"
)
"""`Infraction.holds_address` of rows."""
