"""The restrictions of everybody, in memory: in log order as watched, ahead of it where this process wrote itself."""

from asyncio import Future, get_running_loop, timeout
from collections.abc import Collection, Iterable, Mapping, Sequence

from banstream_contracts.streams import POSITION_KEY
from banstream_edge.changes import Changes
from banstream_edge.coverage import Coverage
from banstream_gateway.held.standings import Packing, Restriction, Standing, position_of, read


class Restrictions:
    """Standings by KV key, merged from the watch and from own writes: the higher position wins.

    Whoever is not restricted is not in memory. A cleared standing is remembered only until the watch has reached
    its position: until then an older standing may still come, from either side.
    What came from a copy is apart, and is older than anything: who is named by anybody is not in it any more, and the
    first whole pass of the watch is its end.
    """

    def __init__(self) -> None:
        self.changes = Changes()
        self._coverage = Coverage()
        self._packing = Packing()
        self._held: dict[str, bytes] = {}
        self._copy = _Copy()
        self._cleared: dict[str, int] = {}
        self._own: dict[str, int] = {}
        self._waiting: dict[Future[None], int] = {}

    @property
    def position(self) -> int:
        """The log position that the watch has reached; that of the copy until it has said one."""
        return self._coverage.position or self._copy.position

    @property
    def is_behind(self) -> bool:
        """Whether the running pass of the watch knows less than an earlier one did."""
        return self._coverage.is_behind

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for a position."""
        return bool(self._waiting)

    def __len__(self) -> int:
        """How many players and addresses are restricted."""
        return len(self._held) + len(self._copy.standings)

    @property
    def words(self) -> Sequence[str]:
        """What copied standings are read with."""
        return self._packing.words

    def keys(self) -> list[str]:
        """Every player and address with a restriction, as of now."""
        return [*self._held, *self._copy.standings]

    def lookup(self, key: str) -> Iterable[Restriction]:
        """What restricts the player or address of a KV key."""
        value = self._held.get(key)
        return self._packing.restrictions_of(value) if value is not None else self._copy.lookup(key)

    def has_none_of(self, keys: Iterable[str]) -> bool:
        """Whether nothing is known against any of the KV keys, in force or not; who has a copy has to look it up."""
        return self._held.keys().isdisjoint(keys) and not self._copy.standings

    def position_of(self, key: str) -> int:
        """The log position of what is known of a player or address; 0 of those with nothing to know, or but a copy."""
        held = self._held.get(key)
        if held is not None:
            return position_of(held)
        return self._cleared.get(key, 0) if self._cleared else 0

    def begin(self) -> None:
        """The watch starts again from the beginning; what it does not name until `complete` is gone."""
        self._coverage.begin(empty=not self._held)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one entry of the watch; None is a deletion. Raises msgspec.DecodeError or ValueError."""
        if key == POSITION_KEY:
            self._advance(int(value or b"0"))
        elif value is None:
            self._forget(key)
        else:
            self._coverage.see(key)
            self._merge(key, read(value))

    def complete(self) -> None:
        """Everything of the bucket has been seen. What is gone there goes here, save own writes it has not reached."""
        self._copy = _Copy()
        for key in self._coverage.vanished(self._held.keys()) - self._own.keys():
            del self._held[key]
            self.changes.note(key)

    def apply_own(self, key: str, value: bytes) -> None:
        """Take the standing that a command of this process left, unless the watch has covered it already."""
        standing = read(value)
        if standing.position > max(self._coverage.position, self.position_of(key)):
            self._own[key] = standing.position
            self._merge(key, standing)

    def copied(self, key: str) -> bytes | None:
        """A standing as a copy keeps it; None of who is not restricted."""
        return self._held.get(key)

    def adopt(self, words: Sequence[str], entries: Mapping[str, bytes | None], position: int) -> None:
        """Take entries of a copy, as of a position, of whom nothing is known yet; `words` are more of its words."""
        told = self._coverage.is_lost
        unknown = {key: value for key, value in entries.items() if not (self.position_of(key) or told(key))}
        self._copy.take(words, unknown, position)

    def disown(self) -> None:
        """Forget what was taken of a copy."""
        self._copy = _Copy()

    def covers(self, keys: Collection[str], position: int) -> bool:
        """Whether the answer for these keys shows everything up to a position."""
        if self.position >= position:
            return True
        return bool(keys) and all(self.position_of(key) >= position for key in keys)

    async def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until the watch has reached a position, or for as long as that; whether it has."""
        if self.position >= position:
            return True
        reached: Future[None] = get_running_loop().create_future()
        self._waiting[reached] = position
        try:
            async with timeout(seconds):
                await reached
        except TimeoutError:
            return False
        finally:
            del self._waiting[reached]
        return True

    def _merge(self, key: str, standing: Standing) -> None:
        if standing.position < self.position_of(key):
            return
        if self._copy.standings:
            self._copy.standings.pop(key, None)
        before = self._held.get(key)
        if standing.restrictions:
            self._held[key] = self._packing.packed(standing)
            if self._cleared:
                self._cleared.pop(key, None)
        else:
            self._held.pop(key, None)
            self._coverage.lose(key)
            if standing.position > self._coverage.position:
                self._cleared[key] = standing.position
        if self._held.get(key) != before:
            self.changes.note(key)

    def _forget(self, key: str) -> None:
        """A deletion carries no position: it cannot mean what this process wrote after it."""
        if key not in self._own:
            self._coverage.lose(key)
            self._held.pop(key, None)
            self._copy.standings.pop(key, None)
            self._cleared.pop(key, None)
            self.changes.note(key)

    def _advance(self, position: int) -> None:
        if not self._coverage.advance(position):
            return
        for ahead in (self._cleared, self._own):
            for key in [key for key, needed in ahead.items() if needed <= position]:
                del ahead[key]
        for reached, needed in self._waiting.items():
            if needed <= position and not reached.done():
                reached.set_result(None)


class _Copy:
    """Standings of a copy, packed by the process that wrote it, as of its position."""

    def __init__(self) -> None:
        self.position = 0
        self.standings: dict[str, bytes] = {}
        self._packing = Packing()

    def lookup(self, key: str) -> Iterable[Restriction]:
        value = self.standings.get(key)
        return self._packing.restrictions_of(value) if value is not None else ()

    def take(self, words: Iterable[str], entries: Mapping[str, bytes | None], position: int) -> None:
        self.position = position
        self._packing.learn(words)
        for key, value in entries.items():
            if value is None:
                self.standings.pop(key, None)
            else:
                self.standings[key] = value
