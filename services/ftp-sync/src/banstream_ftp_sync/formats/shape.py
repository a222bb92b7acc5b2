"""What every ban-file format is made of, and how a file is read and rendered by it. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from banstream_ftp_sync.formats.editing import Desired, Found, edited, own_pieces
from banstream_ftp_sync.formats.json_array import JsonArray
from banstream_ftp_sync.formats.text_lines import TextLines
from banstream_ftp_sync.formats.wanted import WantedEntry

MARK = "[banstream]"
"""What our lines end with, in formats that have room for it."""


class CannotHold(Exception):
    """The format has no way to ban this player or address; the text says why."""


@dataclass(frozen=True, slots=True)
class BanFile:
    """A file taken apart: the whole of it, its pieces, and those in a form of ours.

    `refusal` says why the file cannot be understood; then it has no pieces and is never changed.
    """

    content: bytes
    frame: TextLines | JsonArray | None
    found: tuple[Found | None, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Unheld:
    """A ban that is not in the file, and why."""

    infraction_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The new file, and what became of each ban.

    `held` maps infraction ids to the key that bans them; `own` maps our keys to their meaning; `covered` and
    `orphans` see `Edit`.
    """

    content: bytes
    held: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    unheld: tuple[Unheld, ...] = ()
    covered: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A ban-file format.

    `write` gives the piece for a ban, or raises `CannotHold`; `read` recognises exactly the pieces that `write`
    makes (and what the game itself makes of them). `has_mark` tells whether such a piece can only be ours.
    """

    name: str
    write: Callable[[WantedEntry], str]
    read: Callable[[str], Found | None]
    has_mark: bool
    is_json: bool = False
    newline: str = "\n"
    ends_last_line: bool = True
    max_bytes: int | None = None

    @property
    def empty(self) -> bytes:
        """A file without bans."""
        return b"[]" if self.is_json else b""

    def parse(self, content: bytes) -> BanFile:
        """Take any bytes apart; what cannot be understood is refused, never lost."""
        try:
            frame = self._frame(content)
        except ValueError as error:
            return BanFile(content, None, refusal=f"the file is not in the format {self.name}: {error}")
        return BanFile(content, frame, tuple(map(self.read, frame.texts)))

    def render(
        self,
        file: BanFile,
        wanted: Sequence[WantedEntry],
        owned: Collection[str] = (),
        untouched: Collection[str] = (),
    ) -> Rendered:
        """The file with exactly the wanted bans as our pieces; all else stays byte for byte.

        `owned` are the keys we wrote before; pieces of ours with `untouched` keys stay as they are.
        """
        if file.frame is None:
            return Rendered(file.content, unheld=tuple(Unheld(e.infraction_id, file.refusal or "") for e in wanted))
        desired, held, unheld = self.desired(file, wanted)
        edit = edited(file.found, desired, owned, untouched, has_mark=self.has_mark)
        content = file.frame.rewritten(edit.fates, edit.added)
        return Rendered(content, held, edit.own, tuple(unheld), edit.covered, edit.orphans)

    def desired(
        self, file: BanFile, wanted: Sequence[WantedEntry]
    ) -> tuple[dict[str, Desired], dict[str, str], list[Unheld]]:
        """The pieces for the wanted bans by key, the strongest of each; which ban is held by which; which cannot be."""
        strongest: dict[str, tuple[WantedEntry, Desired]] = {}
        held: dict[str, str] = {}
        unheld: list[Unheld] = []
        for entry in sorted(wanted, key=lambda entry: (entry.issued_at, entry.infraction_id)):
            try:
                piece = self._piece(file, entry)
            except CannotHold as reason:
                unheld.append(Unheld(entry.infraction_id, str(reason)))
                continue
            held[entry.infraction_id] = piece.found.key
            known = strongest.get(piece.found.key)
            if known is None or known[0].strength < entry.strength:
                strongest[piece.found.key] = (entry, piece)
        return {key: piece for key, (_, piece) in strongest.items()}, held, unheld

    def foreign(self, file: BanFile, owned: Collection[str], wanted: Collection[str] = ()) -> tuple[str, ...]:
        """The pieces that are not ours, blank ones left out."""
        own = own_pieces(file.found, owned, wanted, has_mark=self.has_mark)
        ours = {index for indexes in own.values() for index in indexes}
        texts = file.frame.texts if file.frame else ()
        return tuple(text for index, text in enumerate(texts) if index not in ours and text.strip())

    def _piece(self, file: BanFile, entry: WantedEntry) -> Desired:
        text = self.write(entry)
        narrow = file.frame.narrowed(text) if file.frame else text
        found = self.read(narrow)
        if found is None:
            raise CannotHold("what would be written could not be told from other lines")
        return Desired(found, narrow)

    def _frame(self, content: bytes) -> TextLines | JsonArray:
        if self.is_json:
            return JsonArray.split(content)
        return TextLines.split(content, self.newline, ends_last_line=self.ends_last_line)
