"""What the operator has set for decisions. Pure."""

from dataclasses import dataclass, field

from banstream_infractions.domain.appeals_terms import AppealTerms


@dataclass(frozen=True, slots=True)
class Terms:
    """`address_seconds` is how long the address of a player's infraction binds; None: as long as the infraction."""

    appeals: AppealTerms = field(default_factory=AppealTerms)
    address_seconds: int | None = None
