"""Every format, by the name that a command is given."""

from banstream_cli.importing.formats import (
    advancedban,
    banmanager,
    banstream,
    battlemetrics,
    battleye,
    bigodetexas,
    csv_table,
    flask,
    gflbans,
    ids,
    libertybans,
    litebans,
    ndp,
    rewind,
    rust,
    source_engine,
    sourcebans,
    sourcebans_table,
    squad,
    txadmin,
    vanilla,
)
from banstream_cli.importing.rows import Format

_ALL = (
    advancedban.FORMAT,
    banmanager.FORMAT,
    banstream.FORMAT,
    battlemetrics.FORMAT,
    battleye.FORMAT,
    bigodetexas.FORMAT,
    csv_table.FORMAT,
    flask.FORMAT,
    gflbans.FORMAT,
    ids.FORMAT,
    libertybans.FORMAT,
    litebans.FORMAT,
    ndp.FORMAT,
    rewind.FORMAT,
    rust.FORMAT,
    source_engine.FORMAT,
    sourcebans.FORMAT,
    sourcebans_table.FORMAT,
    squad.FORMAT,
    txadmin.FORMAT,
    vanilla.FORMAT,
)

FORMATS: dict[str, Format] = {each.name: each for each in _ALL}
"""In the order of their names, as help lists them."""
