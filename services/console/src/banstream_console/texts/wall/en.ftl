site-name = Hall of Shame
site-tagline = They cheated, they stay here. Bans in force, live.
skip-to-bans = Skip to the bans
nav-label = Sections
nav-bans = Banned
nav-statistics = Statistics
language-label = Language

tile-total = in force
tile-critical = critical
tile-high = severe
tile-today = today
tile-week = in 7 days

search-title = Search
search-label = Name, reason or type
search-hint = at least 3 letters
filter-category = Type
filter-severity = Severity
filter-any = All
filter-any-severity = All
filter-submit = Search
filter-clear = Clear

results-title = Banned
results-count = { $bans ->
    [one] { $shown } ban in force
   *[other] { $shown } bans in force
}
results-found = { $bans ->
    [one] { $shown } ban found
   *[other] { $shown } bans found
}
results-more = More than { $shown } bans found
card-name-unknown = Unnamed player
card-reason-none = No reason published
card-until = until
card-permanent = Permanent
card-served = Until served in game
card-player = Player
card-infraction = Infraction
empty-title = The wall is empty
empty-text = Nobody is banned right now. Fair play!
nothing-title = Nobody fits that description
nothing-text = Try another name, reason or type, or clear the filters.
further-text = Nothing in this part. There are older bans to look at.
pager-label = Pages
pager-newest = ← Newest
pager-older = Older →

stats-title = Statistics
stats-by-type = By type
stats-by-type-text = Bans in force by type of infraction, the most frequent first.
stats-by-day = By day
stats-by-day-text = Bans in force by the day they were issued, over the last { $days } days ({ $zone }). The highest day has { $top }.
stats-table = The numbers as a table
stats-column-type = Type
stats-column-day = Day
stats-column-bans = Bans
stats-missing = The statistics cannot be read right now.

live-on = Live
live-polling = Refreshes every 30 seconds
live-off = Reload the page for news
live-lost = Connection lost, trying again
stale = { $minutes ->
    [one] The ban system does not answer. This is how it was 1 minute ago.
   *[other] The ban system does not answer. This is how it was { $minutes } minutes ago.
}
away-title = The wall cannot be read right now
away-text = The ban system does not answer. Try again in a moment.
delay-note = { $minutes ->
    [0] New bans appear at once.
    [one] New bans appear after 1 minute.
   *[other] New bans appear after { $minutes } minutes.
}
footer-label = About this page
footer-data = The same data:
footer-privacy = No ids, addresses or coordinates. Whoever is no longer banned leaves at once.

error-question-title = This address makes no sense
error-question = A parameter is wrong. Go back to the wall and search again.
error-search-title = This cannot be searched for
error-search = A search takes at least 3 letters (2 in Chinese, Japanese and Korean) and at most 100.
error-missing-title = Nothing is here
error-missing = This address does not exist. The wall is on the front page.
error-method-title = This is only read
error-method = This page takes nothing.
error-away-title = It cannot be read right now
error-away = The ban system does not answer. Try again in a moment.
error-later-title = This release cannot read it
error-later = A later release of banstream wrote it, or it is damaged. Nothing is done for it until a release that can read it runs; if it is damaged, `banstream rebuild` makes it anew.
error-full-title = Many people are watching
error-full = Reload the page for news.
error-too-large-title = Too much at once
error-too-large = No form takes so much. Go back and send less.
error-unreadable-title = This form cannot be read
error-unreadable = It came broken, or in a form that nobody reads here. Send it again from its page.
error-typed = What you wrote was not taken. Copy it before you go on:
error-kept = The form will be filled in again, but for secrets and files.
error-again-text = It may have been stored, or not. Sent again from here it happens once:
error-again = Send it again
error-broken-title = Something broke on our side
error-broken = It is in the log. Please try again.
error-back = Go to the wall

severity-critical = Critical
severity-high = Severe
severity-medium = Medium
severity-low = Low
severity-none = No severity

category-none = No type
category-lag-machine = Lag machine
category-fly-hack = Fly hack
category-sky-base = Sky base
category-underground-base = Underground base
category-banned-item = Banned item
category-item-duplication = Item duplication
category-speed-hack = Speed hack
category-aimbot = Aimbot
category-wallhack = Wallhack
category-alt-account = Alt account
category-garden-exploit = Garden exploit
category-raid-exploit = Raid exploit
category-glitch-abuse = Glitch abuse
