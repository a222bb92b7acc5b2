"""Every subject on the bus. Nothing else in the repository spells one."""

from banstream_contracts.commands.command import Command

COMMANDS = "banstream.command.>"
INFRACTIONS_COMMANDS = "banstream.command.infractions.>"
ABUSE_COMMANDS = "banstream.command.abuse-tracker.>"
NOTIFIER_COMMANDS = "banstream.command.notifier.>"
FTP_SYNC_COMMANDS = "banstream.command.ftp-sync.>"
DAYZ_COMMANDS = "banstream.command.dayz-feed.>"
TRIAL_COMMAND = "banstream.command.doctor.trial"
"""What an examination stores to see whether anything can be, and takes back; nobody carries it out."""
EVENTS = "banstream.event.>"
RELAYED_EVENTS = "banstream.log.>"
INFRACTION_EVENTS = "banstream.event.infraction.>"
DEAD = "banstream.dead.>"

INFRACTIONS_AGGREGATES = (
    "infraction",
    "credential",
    "request",
    "server",
    "player",
    "admin",
    "tiering",
    "call",
    "network",
    "appeal",
    "account",
    "evidence",
)
ABUSE_AGGREGATES = ("abuse", "policy")
NOTIFIER_AGGREGATES = ("target",)
FTP_SYNC_AGGREGATES = ("ban_file",)
DAYZ_AGGREGATES = ("log_source",)
"""The first part of the types of events that a service publishes."""

QUERY_INFRACTION = "banstream.query.infractions.infraction"
QUERY_INFRACTIONS = "banstream.query.infractions.list"
QUERY_HISTORY = "banstream.query.infractions.history"
QUERY_COMMAND = "banstream.query.infractions.command"
QUERY_CREDENTIALS = "banstream.query.infractions.credentials"
QUERY_REQUESTS = "banstream.query.infractions.requests"
QUERY_REQUEST = "banstream.query.infractions.request"
QUERY_APPEALS = "banstream.query.infractions.appeals"
QUERY_APPEAL = "banstream.query.infractions.appeal"
QUERY_APPEAL_FORM = "banstream.query.infractions.appeal-form"
QUERY_APPEAL_CODE = "banstream.query.infractions.appeal-code"
QUERY_APPEAL_STATISTICS = "banstream.query.infractions.appeal-statistics"
QUERY_FIND = "banstream.query.infractions.find"
QUERY_ADMINS = "banstream.query.infractions.admins"
QUERY_TIERING_POLICIES = "banstream.query.infractions.tiering-policies"
QUERY_NETWORKS = "banstream.query.infractions.networks"
QUERY_STATUS = "banstream.query.infractions.status"
QUERY_WALL = "banstream.query.infractions.wall"
QUERY_WALL_STATISTICS = "banstream.query.infractions.wall-statistics"
QUERY_SEARCH = "banstream.query.infractions.search"
QUERY_PERSONAL = "banstream.query.infractions.personal"
QUERY_EVIDENCE = "banstream.query.infractions.evidence"
QUERY_INFRACTION_STATISTICS = "banstream.query.infractions.statistics"
QUERY_IMPORT_PREVIEW = "banstream.query.infractions.import-preview"
QUERY_IMPORTS = "banstream.query.infractions.imports"
QUERY_IMPORT = "banstream.query.infractions.import"
QUERY_IMPORTED = "banstream.query.infractions.imported"
QUERY_DONE = "banstream.query.infractions.done"
QUERY_PAST = "banstream.query.infractions.past"
QUERY_PAST_IN_FORCE = "banstream.query.infractions.past-in-force"
QUERY_LINKED = "banstream.query.infractions.linked"
QUERIES_INFRACTIONS = "banstream.query.infractions.>"

QUERY_ABUSE = "banstream.query.abuse-tracker.player"
QUERY_INCIDENT = "banstream.query.abuse-tracker.incident"
QUERY_POLICIES = "banstream.query.abuse-tracker.policies"
QUERY_POLICY = "banstream.query.abuse-tracker.policy"
QUERY_PROTECTED = "banstream.query.abuse-tracker.protected"
QUERY_ABUSE_COMMAND = "banstream.query.abuse-tracker.command"
QUERY_ABUSE_STATUS = "banstream.query.abuse-tracker.status"
QUERY_ABUSE_STATISTICS = "banstream.query.abuse-tracker.statistics"
QUERIES_ABUSE = "banstream.query.abuse-tracker.>"

QUERY_TARGET = "banstream.query.notifier.target"
QUERY_TARGETS = "banstream.query.notifier.targets"
QUERY_DELIVERIES = "banstream.query.notifier.deliveries"
QUERY_NOTIFIER_COMMAND = "banstream.query.notifier.command"
QUERY_NOTIFIER_STATUS = "banstream.query.notifier.status"
QUERIES_NOTIFIER = "banstream.query.notifier.>"

QUERY_BANS = "banstream.query.infractions.bans"

QUERY_BAN_FILE = "banstream.query.ftp-sync.ban_file"
QUERY_BAN_FILES = "banstream.query.ftp-sync.ban_files"
QUERY_BAN_FILE_RECEIPTS = "banstream.query.ftp-sync.receipts"
QUERY_BAN_FILE_TEST = "banstream.query.ftp-sync.test"
QUERY_FTP_SYNC_COMMAND = "banstream.query.ftp-sync.command"
QUERY_FTP_SYNC_STATUS = "banstream.query.ftp-sync.status"
QUERIES_FTP_SYNC = "banstream.query.ftp-sync.>"

QUERY_LOG_SOURCE = "banstream.query.dayz-feed.log_source"
QUERY_LOG_SOURCES = "banstream.query.dayz-feed.log_sources"
QUERY_LOG_SOURCE_TEST = "banstream.query.dayz-feed.test"
QUERY_FINDINGS = "banstream.query.dayz-feed.findings"
QUERY_DAYZ_COMMAND = "banstream.query.dayz-feed.command"
QUERY_DAYZ_STATUS = "banstream.query.dayz-feed.status"
QUERIES_DAYZ = "banstream.query.dayz-feed.>"

QUERY_INFRACTIONS_EVENTS = "banstream.query.infractions.events"
QUERY_ABUSE_EVENTS = "banstream.query.abuse-tracker.events"
QUERY_NOTIFIER_EVENTS = "banstream.query.notifier.events"
QUERY_FTP_SYNC_EVENTS = "banstream.query.ftp-sync.events"
QUERY_DAYZ_EVENTS = "banstream.query.dayz-feed.events"
QUERY_SIMULATION = "banstream.query.abuse-tracker.simulation"


def query_events(service: str) -> str:
    """Where a service is asked for the events of its log."""
    return f"banstream.query.{service}.events"


def query_command(service: str) -> str:
    """Where a service is asked what became of a command."""
    return f"banstream.query.{service}.command"


def query_status(service: str) -> str:
    """Where a service is asked how it is."""
    return f"banstream.query.{service}.status"


def command(message: Command) -> str:
    """`banstream.command.<service>.<name>.<whom it is about>`."""
    name = type(message).model_fields["type"].default
    return f"banstream.command.{message.service}.{name}.{message.token}"


def event(event_type: str, token: str) -> str:
    """`banstream.event.<aggregate>.<event>.<token>` of an event type such as `infraction.issued`."""
    return f"banstream.event.{event_type}.{token}"


def events_of(aggregate: str) -> str:
    """Every event of one kind of thing."""
    return f"banstream.event.{aggregate}.>"


def relayed_event(event_type: str, token: str) -> str:
    """Where a relay publishes an event: the same, but for its kind, which EVENTS turns into `event`."""
    return f"banstream.log.{event_type}.{token}"


def relayed_events(aggregate: str) -> str:
    """Every event that a relay publishes of one kind of thing."""
    return f"banstream.log.{aggregate}.>"


def dead(consumer: str) -> str:
    """Where a consumer puts what it cannot handle."""
    return f"banstream.dead.{consumer}"


def entry(bucket: str, key: str) -> str:
    """The subject behind an entry of a KV bucket."""
    return f"$KV.{bucket}.{key}"
