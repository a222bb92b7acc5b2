"""Several accounts from one address: from BattlEye's lines on PC, the only ones that hold an address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from banstream_dayz_feed.lines.events import BattlEyeConnected, BattlEyeGuid, SessionStarted
from banstream_dayz_feed.lines.players import Player
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.findings import MOST_EVIDENCE, Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import AltAccount
from banstream_privacy.addresses import address_hash
from banstream_privacy.masking import MASK


@dataclass(slots=True)
class Arrival:
    """Who took a slot, and from where, as a hash."""

    name: str
    address: str
    seen: Witness


@dataclass(slots=True)
class Address:
    """The BattlEye ids last seen at an address, with the lines of their latest arrival."""

    arrivals: dict[str, Witness] = field(default_factory=dict)


class AltAccountWatcher(Watcher[AltAccount]):
    """Joins the line with the address and the line with the id by slot and name; the id is BattlEye's.

    Neither what it remembers nor its evidence holds an address: both are kept, and findings are shown.
    """

    name: ClassVar[str] = "alt_account"
    version: ClassVar[int] = 2
    watches: ClassVar[tuple[type, ...]] = (BattlEyeConnected, BattlEyeGuid, SessionStarted)

    def __init__(self, rule: AltAccount, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._slots = Memory(Arrival, most=1000)
        self._addresses = Memory(Address)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """Arrivals by slot, and ids by address."""
        return {"slots": self._slots, "addresses": self._addresses}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """Fires with each new account above the limit."""
        match line.event:
            case SessionStarted():
                self._slots.clear()
            case BattlEyeConnected(slot, name, address):
                told, found, rest = line.text.rpartition(f"({address}:")
                seen = replace(
                    witness(line, moment), text=f"{told}({MASK}) {rest.partition(' ')[2]}" if found else MASK
                )
                self._slots.keep(str(slot), Arrival(name, address_hash(self.scene.address_key, address), seen))
            case BattlEyeGuid(slot, name, guid) if guid not in self.rule.exempt:
                arrival = self._slots.get(str(slot))
                if arrival is not None and arrival.name == name:
                    self._slots.forget(str(slot))
                    yield from self._arrive(Player(name, guid), arrival, witness(line, moment))

    def _arrive(self, player: Player, arrival: Arrival, now: Witness) -> Iterator[Finding]:
        address, window = self._addresses.of(arrival.address, Address), self.rule.window_seconds
        recent = {guid: seen for guid, seen in address.arrivals.items() if abs(now.moment - seen.moment) < window}
        is_new = recent.pop(player.id, None) is None
        address.arrivals = dict(
            [*recent.items(), (player.id, arrival.seen)][-max(MOST_EVIDENCE, self.rule.limit + 1) :]
        )
        count = len(address.arrivals)
        if is_new and count > self.rule.limit:
            detail = f"{count} accounts from one address"
            evidence = [*address.arrivals.values(), now]
            yield self.finding(player, evidence, measured=count, limit=self.rule.limit, unit="accounts", detail=detail)
