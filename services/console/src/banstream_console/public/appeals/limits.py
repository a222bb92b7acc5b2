"""How often somebody may try: of an address, and of the code of one infraction. In this process's memory."""

from collections import OrderedDict, deque
from collections.abc import Callable

from aiohttp import web

from banstream_edge.client_address import household

_MOST_KEYS = 20_000


class Attempts:
    """At most so many of each key in so many seconds; what was longest silent is forgotten first."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, key: str) -> None:
        """One more."""
        times = self._times.setdefault(key, deque(maxlen=self._most))
        times.append(self._now())
        self._times.move_to_end(key)
        while len(self._times) > _MOST_KEYS:
            self._times.popitem(last=False)

    def wait(self, key: str) -> float:
        """The seconds until the next is allowed; 0 where it is now."""
        times = self._times.get(key)
        if times is None or len(times) < self._most:
            return 0.0
        return max(0.0, times[0] + self._seconds - self._now())


class AppealLimits:
    """All that holds for the pages of appeals. `address` is whoever asks, by network where that is one household's."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._asked = Attempts(60, 600, now)
        self._wrong_of_address = Attempts(10, 3600, now)
        self._wrong_of_infraction = Attempts(30, 3600, now)

    def wait(self, address: str, infraction_id: str) -> float:
        """The seconds until this may be tried; 0 for now, which counts as one."""
        who = household(address)
        seconds = max(
            self._asked.wait(who),
            self._wrong_of_address.wait(who),
            self._wrong_of_infraction.wait(infraction_id),
        )
        if not seconds:
            self._asked.note(who)
        return seconds

    def note_wrong(self, address: str, infraction_id: str) -> None:
        """The code was wrong, or the infraction is not there: both look the same."""
        self._wrong_of_address.note(household(address))
        if infraction_id:  # what cannot be one is nobody's: all who mistype theirs would wait for each other
            self._wrong_of_infraction.note(infraction_id)


LIMITS: web.AppKey[AppealLimits] = web.AppKey("appeal_limits", AppealLimits)
