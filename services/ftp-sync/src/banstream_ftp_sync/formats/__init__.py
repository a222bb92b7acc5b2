"""Ban-file formats, each pure and in a module that names its source."""

from banstream_ftp_sync.formats import ark, battleye, dayz, minecraft, nitrado, palworld, rust, source, squad
from banstream_ftp_sync.formats.shape import Format

_ALL = (
    dayz.FORMAT,
    nitrado.FORMAT,
    source.USERS,
    source.ADDRESSES,
    minecraft.PLAYERS,
    minecraft.ADDRESSES,
    rust.FORMAT,
    ark.EVOLVED,
    ark.ASCENDED,
    palworld.FORMAT,
    squad.FORMAT,
    battleye.FORMAT,
)

FORMATS: dict[str, Format] = {ban_format.name: ban_format for ban_format in _ALL}
"""Every format by the name that targets are set up with."""
