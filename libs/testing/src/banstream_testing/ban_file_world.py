"""Everything but ftp-sync runs, and its files are looked at: for tests of the running service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banstream_contracts import streams, subjects
from banstream_contracts.ban_files import BanFileKind, BanFilePlace
from banstream_contracts.queries import ban_files as queries
from banstream_remote_files.testing.ftp_server import USER, FtpServer
from banstream_testing.ftp_sync import ask, dayz, dayz_ban, ftp_sync
from banstream_testing.infractions import Bus
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

FOREIGN = b"// by hand\r\nsomebody // else\r\n"


@dataclass
class World:
    """What a test works with: everything runs but ftp-sync."""

    nats: NatsServer
    url: str
    to: Bus
    folder: Path
    admin_url: str

    def ftp_sync(self, **settings: Any) -> Any:
        """The service, which may use the folder."""
        return ftp_sync(self.nats, self.url, self.folder, **settings)

    @property
    def file(self) -> Path:
        """The file of most tests."""
        return self.folder / "ban.txt"

    def lines(self, file: Path | None = None) -> list[str]:
        """Those of the file, or of another; none while there is none."""
        try:
            return (file or self.file).read_text().splitlines()
        except FileNotFoundError:  # also while a server that does not rename onto files puts another in its place
            return []

    async def until_lines(self, *starts: str, file: Path | None = None) -> None:
        """Until the file has exactly these lines, by how they begin."""

        async def has_them() -> bool:
            lines = self.lines(file)
            return len(lines) == len(starts) and all(map(str.startswith, lines, starts))

        await eventually(has_them)

    async def receipts(self, ban_file_id: str, **values: Any) -> dict[str, tuple[bool, str, str | None]]:
        """By infraction: whether it is banned in the file, how that went, and what was in the way."""
        question = queries.ListReceipts(ban_file_id=ban_file_id, limit=500, **values)
        items = (await ask(self.to, subjects.QUERY_BAN_FILE_RECEIPTS, question))["items"]
        return {item["infraction_id"]: (item["is_banned"], item["status"], item["error"]) for item in items}

    async def progress(self, ban_file_id: str) -> Any:
        """How a file is doing."""
        found = await ask(self.to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=ban_file_id))
        return found["progress"]

    async def until_outcome(self, ban_file_id: str, *outcomes: str) -> Any:
        """Until an attempt has ended in one of these ways; the progress then."""

        async def progress() -> Any:
            found = await self.progress(ban_file_id)
            return found if found and found["outcome"] in outcomes else None

        return await eventually(progress)

    async def until_failed(self, ban_file_id: str, why: str) -> Any:
        """An attempt before the first load says that the bans are missing."""

        async def progress() -> Any:
            found = await self.until_outcome(ban_file_id, "failed")
            return found if why in found["reason"] else None

        return await eventually(progress)

    async def until_heard(self, *ban_file_ids: str) -> None:
        """Until whatever happens from now on is heard for these files."""

        async def have_consumers() -> bool:
            infos = await self.to.client.jetstream().consumers_info(streams.EVENTS)
            return {f"{streams.FTP_SYNC}-{each}" for each in ban_file_ids} <= {info.name for info in infos}

        await eventually(have_consumers)

    async def until_one_is_heard(self, ban_file_id: str) -> None:
        """Until a file has written down that an event is for it."""

        async def is_one() -> bool:
            consumer = f"{streams.FTP_SYNC}-{ban_file_id}"
            info = await self.to.client.jetstream().consumer_info(streams.EVENTS, consumer)
            return bool(info.ack_floor and info.ack_floor.consumer_seq)

        await eventually(is_one)

    async def told(self, kind: str) -> list[Any]:
        """Events of ftp-sync of one kind."""
        found = await self.to.client.jetstream().subscribe(subjects.event(kind, "*"), ordered_consumer=True)
        info = await found.consumer_info()
        sent = info.delivered.consumer_seq if info.delivered else 0
        messages = [await found.next_msg(30) for _ in range((info.num_pending or 0) + sent)]
        await found.unsubscribe()
        return messages

    async def test(self, ban_file_id: str) -> Any:
        """What an attempt would do."""
        return await ask(self.to, subjects.QUERY_BAN_FILE_TEST, queries.TestBanFile(ban_file_id=ban_file_id))


def line(number: int) -> str:
    """How the line of a ban begins, by the number of its player."""
    return f"{dayz(number).id} // unknown - reason {number} - "


def ftp_place(server: FtpServer, path: str = "ban.txt") -> BanFilePlace:
    """A file on a server."""
    return BanFilePlace(kind=BanFileKind.FTP, host="127.0.0.1", port=server.port, user=USER, path=path)


async def banned(to: Bus, number: int, **values: Any) -> str:
    """Ban a player by number; the id of the infraction."""
    result = await to.send(dayz_ban(number, **values))
    return result.infractions[0].id
