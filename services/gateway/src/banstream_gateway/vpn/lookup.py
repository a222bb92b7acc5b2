"""From an address to a verdict: own marks first, then providers where there are any."""

from collections.abc import Callable
from dataclasses import dataclass

from banstream_gateway.vpn.asn_database import AsnDatabase
from banstream_gateway.vpn.marks import Marks
from banstream_gateway.vpn.opinions import Opinions
from banstream_gateway.vpn.verdicts import (
    Address,
    Verdict,
    is_of_the_internet,
    marked_verdict,
    opinion_verdict,
    verdict_inside,
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What decides. `hosting_is_vpn`: whether a host of machines counts as a VPN, as GFLBans' own lists do."""

    marks: Marks
    database: AsnDatabase
    opinions: Opinions
    judged: Callable[[str], None]
    hosting_is_vpn: bool = True

    async def verdict(self, address: Address) -> Verdict:
        """What an address is. Asks a provider only about an address that staff have not marked; never fails."""
        verdict = self.own_verdict(address)
        if verdict.source == "none" and (given := await self.opinions.of(address)):
            verdict = opinion_verdict(*given, verdict)
        self.judged(verdict.source)
        return verdict

    def own_verdict(self, address: Address) -> Verdict:
        """What the marks say: without a network, from memory alone."""
        if not is_of_the_internet(address):
            return verdict_inside()
        owner = self.database.owner_of(address)
        known = Verdict(country=owner.country, asn=owner.asn, operator=owner.operator)
        mark = self.marks.find(address, owner.asn)
        return marked_verdict(mark, known) if mark else known
