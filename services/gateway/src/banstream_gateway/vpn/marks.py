"""The marked networks, in memory: an AS number by a dictionary, an address by the longest range that holds it."""

from ipaddress import ip_network

from banstream_contracts.networks import MarkedNetwork, as_number
from banstream_edge.held import Held
from banstream_gateway.vpn.verdicts import Address

_BITS = {4: 32, 6: 128}
_SITE = 48


class _ByLength:
    """Ranges of one IP version: for each prefix length in use, a dictionary by the leading bits.

    A lookup takes one dictionary entry for each length, however many ranges there are.
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._by_shift: dict[int, dict[int, MarkedNetwork]] = {}

    @property
    def is_empty(self) -> bool:
        return not self._by_shift

    def put(self, first: int, length: int, mark: MarkedNetwork) -> None:
        shift = self._bits - length
        if shift not in self._by_shift:
            self._by_shift = dict(sorted({**self._by_shift, shift: {}}.items()))
        self._by_shift[shift][first >> shift] = mark

    def drop(self, first: int, length: int) -> None:
        shift = self._bits - length
        marks = self._by_shift.get(shift, {})
        marks.pop(first >> shift, None)
        if not marks:
            self._by_shift.pop(shift, None)

    def find(self, address: int) -> MarkedNetwork | None:
        """The mark of the longest range; the smallest shift comes first."""
        for shift, marks in self._by_shift.items():
            mark = marks.get(address >> shift)
            if mark is not None:
                return mark
        return None


class _Ranges:
    """The ranges of one IP version; those of IPv6 that are narrower than a site lie under their first 48 bits.

    So an address is compared with the many lengths that IPv6 allows only where somebody has marked a part of its site.
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._wide = _ByLength(bits)
        self._narrow: dict[int, _ByLength] = {}

    def put(self, first: int, length: int, mark: MarkedNetwork) -> None:
        if length > _SITE:
            self._narrow.setdefault(self._site(first), _ByLength(self._bits)).put(first, length, mark)
        else:
            self._wide.put(first, length, mark)

    def drop(self, first: int, length: int) -> None:
        if length <= _SITE:
            self._wide.drop(first, length)
        elif ranges := self._narrow.get(self._site(first)):
            ranges.drop(first, length)
            if ranges.is_empty:
                del self._narrow[self._site(first)]

    def find(self, address: int) -> MarkedNetwork | None:
        """The mark of the longest range that holds the address."""
        narrow = self._narrow.get(self._site(address)) if self._narrow else None
        return (narrow.find(address) if narrow else None) or self._wide.find(address)

    def _site(self, address: int) -> int:
        return address >> (self._bits - _SITE)


class Marks(Held[MarkedNetwork]):
    """Networks by KV key. Those that are marked no more are held, and never found."""

    def __init__(self) -> None:
        super().__init__()
        self._systems: dict[int, MarkedNetwork] = {}
        self._ranges = {version: _Ranges(bits) for version, bits in _BITS.items()}

    def find(self, address: Address, asn: int | None) -> MarkedNetwork | None:
        """The mark of the autonomous system, or else of the longest range (facts gflbans 3: AS rules come first)."""
        mark = self._systems.get(asn) if asn is not None else None
        return mark or self._ranges[address.version].find(int(address))

    def read(self, value: bytes) -> MarkedNetwork:
        """See Held."""
        return MarkedNetwork.model_validate_json(value)

    def key_of(self, value: MarkedNetwork) -> str:
        """See Held."""
        return value.key

    def put(self, key: str, value: MarkedNetwork) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        if value.unmarked_at is not None:
            return
        number = as_number(value.network)
        if number is not None:
            self._systems[number] = value
        else:
            network = ip_network(value.network)
            self._ranges[network.version].put(int(network.network_address), network.prefixlen, value)

    def drop(self, key: str, value: MarkedNetwork) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        if value.unmarked_at is not None:
            return
        number = as_number(value.network)
        if number is not None:
            self._systems.pop(number, None)
        else:
            network = ip_network(value.network)
            self._ranges[network.version].drop(int(network.network_address), network.prefixlen)
