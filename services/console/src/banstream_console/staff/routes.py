"""Every page of staff, and where the navigation leads."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff import (
    appeals,
    audit,
    ban_files,
    bans,
    credentials,
    evidence,
    imports,
    log_sources,
    overview,
    players,
    policies,
    protected,
    reviews,
    signing_in,
    styleguide,
    targets,
    tiers,
    undoing,
)

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *bans.PAGES,
    *evidence.PAGES,
    *players.PAGES,
    *reviews.PAGES,
    *appeals.PAGES,
    *policies.PAGES,
    *tiers.PAGES,
    *protected.PAGES,
    *credentials.PAGES,
    *targets.PAGES,
    *ban_files.PAGES,
    *log_sources.PAGES,
    *audit.PAGES,
    *imports.PAGES,
    *undoing.PAGES,
    *signing_in.PAGES,
    *styleguide.PAGES,
)
"""In the order of the navigation; each area brings its own."""

NAVIGATION: tuple[Entry, ...] = (
    *overview.ENTRIES,
    *bans.ENTRIES,
    *reviews.ENTRIES,
    *appeals.ENTRIES,
    *policies.ENTRIES,
    *protected.ENTRIES,
    *credentials.ENTRIES,
    *targets.ENTRIES,
    *ban_files.ENTRIES,
    *log_sources.ENTRIES,
    *audit.ENTRIES,
    *imports.ENTRIES,
    *signing_in.ENTRIES,
)
