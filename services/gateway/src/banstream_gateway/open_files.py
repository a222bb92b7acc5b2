"""How many connections the system lets this process have: each takes a file, and past the limit nobody is let in."""

import resource

import structlog

logger = structlog.stdlib.get_logger(__name__)

_SHARE = 2
"""One in so many files at most is for clients that wait; the others are for whoever comes to ask, and for NATS."""


def seats_within_limit(wanted: int) -> int:
    """How many clients may wait, `wanted` at most; raises the limit for them as far as this process may.

    A login shell and systemd give 1,024 files at first and allow far more.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted * _SHARE:
        return wanted
    raised = wanted * _SHARE if hard == resource.RLIM_INFINITY else min(wanted * _SHARE, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (OSError, ValueError):
        raised = soft
    seats = min(wanted, raised // _SHARE)
    if seats < wanted:
        logger.warning("fewer_clients_may_wait", open_files=raised, wanted=wanted, seats=seats)
    return seats
