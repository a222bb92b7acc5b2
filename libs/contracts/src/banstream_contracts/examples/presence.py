"""Examples of what gateways keep about game servers."""

from banstream_contracts.examples import parts
from banstream_contracts.presence import RpcPlace, ServerPresence

EXAMPLES = (
    ServerPresence(
        server_id=parts.SERVER_ID,
        beat_at=parts.AT,
        counted_until=parts.AT,
        hostname="Dust 24/7",
        map="de_dust2",
        mod="csgo",
        operating_system="Linux",
        max_slots=32,
        locked=True,
        ignores_others=True,
        players=(parts.player,),
    ),
    RpcPlace(incarnation="hb6jn8gypc", sequence=4711, taken=("0" * 23 + "1",)),
)
