"""An attempt that its time limit cuts: the next one works from what was to be remembered before the write."""

from banstream_contracts.ban_files import BanFileFormat, BanFileKind, BanFilePlace
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.players import Player
from banstream_remote_files.testing.ftp_server import PASSWORD, USER
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned
from banstream_testing.ftp_sync import new_ban_file, sealed_secret
from banstream_testing.tcp_proxy import tcp_proxy

FOREIGN, FIRST, SECOND = "76561197960265001", "76561197960265729", "76561197960265730"


async def test_a_line_that_an_attempt_without_an_end_wrote_is_ours_and_leaves_with_its_ban(world: World) -> None:
    """The format has no mark: only what is remembered tells it from a line of others."""
    world.file.write_text(f"{FOREIGN}\n")
    async with sftp_server(world.folder) as server, tcp_proxy("127.0.0.1", server.port) as way:

        def fall_silent() -> None:
            if SECOND in world.file.read_text():
                way.black_hole()

        place = BanFilePlace(kind=BanFileKind.SFTP, host="127.0.0.1", port=way.port, user=USER, path=world.file.name)
        place = place.model_copy(update={"fingerprint": server.fingerprint})
        made = new_ban_file(place, BanFileFormat.ARK_EVOLVED, sealed_secret=sealed_secret(password=PASSWORD))
        await banned(world.to, 1, player=Player(service="steam", id=FIRST))
        async with world.ftp_sync(ftp_sync_attempt_seconds=2.0):
            await world.to.send(made)
            await world.until_outcome(made.ban_file_id, "applied", "unchanged")
            await world.until_heard(made.ban_file_id)
            server.faults.at_transfer = fall_silent
            infraction_id = await banned(world.to, 2, player=Player(service="steam", id=SECOND))
            await world.until_lines(FOREIGN, FIRST, SECOND)
            await world.until_failed(made.ban_file_id, "it took longer than 2 s")
            server.faults.at_transfer = lambda: None
            await world.to.send(LiftInfraction(**asked(infraction_id=infraction_id, reason="shared")))
            way.mend()
            await world.until_lines(FOREIGN, FIRST)
