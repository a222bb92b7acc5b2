"""The networks that a new installation starts with: well-known operators, from public knowledge, by AS number.

It is a beginning and no complete list. Cloud-gaming services that rent their machines (Amazon Luna, Xbox Cloud Gaming,
Boosteroid, Shadow) come from the networks of their hosts, and cannot be told from those by the number.
"""

from collections.abc import Iterator

from banstream_contracts.networks import NetworkKind, NetworkMark

_CLOUD_GAMING = {
    11414: "NVIDIA (GeForce NOW)",
    20347: "NVIDIA (GeForce NOW)",
    33353: "Sony Interactive Entertainment (PlayStation streaming)",
    50889: "NVIDIA (GeForce NOW)",
    60977: "NVIDIA (GeForce NOW)",
}
_VPN = {
    9009: "M247 (many VPN services)",
    13335: "Cloudflare (WARP)",
    22781: "Strong Technology (StrongVPN, IPVanish)",
    39351: "31173 Services (Mullvad)",
    60068: "Datacamp (CDN77, many VPN services)",
    136787: "PacketHub (NordVPN)",
    198605: "Avast (SecureLine, HMA)",
    199218: "Proton (Proton VPN)",
    207137: "PacketHub (NordVPN)",
    208172: "Proton (Proton VPN)",
    209103: "Proton (Proton VPN)",
    212238: "Datacamp (CDN77, many VPN services)",
}
_HOSTING = {
    3223: "Voxility",
    8075: "Microsoft (Azure, Xbox Cloud Gaming)",
    8100: "QuadraNet",
    8560: "IONOS",
    12876: "Scaleway",
    14061: "DigitalOcean",
    14618: "Amazon (AWS, Luna)",
    16276: "OVHcloud",
    16509: "Amazon (AWS, Luna)",
    19318: "Interserver",
    20473: "Vultr (The Constant Company)",
    24940: "Hetzner",
    24961: "myLoc (WIIT)",
    25820: "IT7 Networks",
    26496: "GoDaddy",
    28753: "Leaseweb Germany",
    29802: "HIVELOCITY",
    30633: "Leaseweb USA",
    31898: "Oracle Cloud",
    35916: "MULTACOM",
    36351: "IBM Cloud (SoftLayer)",
    36352: "HostPapa (ColoCrossing)",
    40676: "Psychz Networks",
    43350: "NForce Entertainment",
    45102: "Alibaba Cloud",
    46562: "Performive",
    46606: "Unified Layer",
    47583: "Hostinger",
    49981: "WorldStream",
    51167: "Contabo",
    53667: "FranTech (BuyVM)",
    55286: "ServerMania (B2 Net Solutions)",
    60781: "Leaseweb Netherlands",
    62240: "Clouvider",
    62904: "Eonix",
    63949: "Akamai Connected Cloud (Linode)",
    132203: "Tencent Cloud",
    197540: "netcup",
    202053: "UpCloud",
    396982: "Google Cloud",
}


def default_networks() -> tuple[NetworkMark, ...]:
    """What to mark, in the order of the kinds."""
    return (
        *_marks(NetworkKind.CLOUD_GAMING, _CLOUD_GAMING),
        *_marks(NetworkKind.VPN, _VPN),
        *_marks(NetworkKind.HOSTING, _HOSTING),
    )


def _marks(kind: NetworkKind, operators: dict[int, str]) -> Iterator[NetworkMark]:
    for number, operator in operators.items():
        yield NetworkMark(network=f"AS{number}", kind=kind, owner=operator)
