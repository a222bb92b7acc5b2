"""What an operator can set, all from the environment (BANSTREAM_…)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, StringConstraints, model_validator

from banstream_gateway.appeal_invitations import AppealInvitations, check_hint
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from

_SNOWFLAKE = r"^[0-9]{1,20}$"

DiscordScope = Literal["check", "punish"]
DiscordScopes = Annotated[
    frozenset[DiscordScope], BeforeValidator(lambda scopes: [scopes] if isinstance(scopes, str) else scopes)
]
"""One scope, or a list of them."""


class Settings(NatsSettings):
    """See README.md for what each one means."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    http_trusted_proxies: Annotated[int, Field(ge=0, le=9)] = 0
    worker: int = 0
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(gt=0, le=65_535)] | None = None
    address_key: SecretStr | None = None
    address_key_file: Path | None = None
    sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    seal_names: bool = False
    ban_list_key: SecretStr | None = None
    ban_list_key_file: Path | None = None
    notifier_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    dayz_feed_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    ftp_sync_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    command_timeout_seconds: Annotated[float, Field(ge=0)] = 2.0
    publish_timeout_seconds: Annotated[float, Field(gt=0)] = 3.0
    query_timeout_seconds: Annotated[float, Field(gt=0)] = 2.0
    position_timeout_seconds: Annotated[float, Field(ge=0)] = 0.5
    body_limit_bytes: Annotated[int, Field(gt=0)] = 1024 * 1024
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    rate_limit_per_second: Annotated[float, Field(gt=0)] = 2000
    rate_limit_burst: Annotated[float, Field(ge=1)] = 4000
    push_retention_seconds: Annotated[float, Field(gt=0)] = 900.0
    push_ring_length: Annotated[int, Field(ge=1)] = 50_000
    push_clients: Annotated[int, Field(ge=0)] = 2000
    push_heartbeat_seconds: Annotated[float, Field(gt=0)] = 15.0
    push_send_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    gflbans_guests: bool = False
    rpc_resend_seconds: Annotated[float, Field(gt=0)] = 10.0
    rpc_kick_seconds: Annotated[float, Field(gt=0)] = 15.0
    copy_dir: Annotated[Path | None, BeforeValidator(lambda folder: folder or None)] = None
    copy_after_seconds: Annotated[float, Field(ge=0)] = 5.0
    copy_max_age_seconds: Annotated[float, Field(gt=0)] = 7 * 86_400.0
    asn_database: Path | None = None
    asn_database_check_seconds: Annotated[float, Field(gt=0)] = 30.0
    iphub_key: SecretStr | None = None
    iphub_url: HttpUrl = HttpUrl("https://v2.api.iphub.info")
    proxycheck_key: SecretStr | None = None
    proxycheck_url: HttpUrl = HttpUrl("https://proxycheck.io")
    vpn_provider_timeout_seconds: Annotated[float, Field(gt=0)] = 0.8
    vpn_provider_daily_budget: Annotated[int, Field(ge=0)] = 1000
    vpn_cache_seconds: Annotated[float, Field(ge=0)] = 86_400.0
    vpn_cache_length: Annotated[int, Field(ge=1)] = 50_000
    vpn_hosting_is_vpn: bool = True
    console_url: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s{}]+)?$")] = ""
    appeal_key: SecretStr | None = None
    appeal_key_file: Path | None = None
    appeal_hint: Annotated[str, StringConstraints(max_length=160)] = ""
    discord_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    discord_application_id: Annotated[str, StringConstraints(pattern=_SNOWFLAKE)] | None = None
    discord_roles: dict[Annotated[str, StringConstraints(pattern=_SNOWFLAKE)], DiscordScopes] = Field(
        default_factory=dict
    )
    discord_api_url: HttpUrl = HttpUrl("https://discord.com/api/v10")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        self.address_key_bytes()
        self.ban_list_key_bytes()
        self.appeal_invitations()
        return self

    @model_validator(mode="after")
    def _discord_is_whole(self) -> Self:
        if (self.discord_public_key is None) != (self.discord_application_id is None):
            raise ValueError("set both BANSTREAM_DISCORD_PUBLIC_KEY and BANSTREAM_DISCORD_APPLICATION_ID, or neither")
        return self

    def address_key_bytes(self) -> bytes:
        """The key that addresses are hashed with. Raises ValueError where neither variable nor file holds one."""
        return key_from("BANSTREAM_ADDRESS_KEY", self.address_key, self.address_key_file)

    def appeal_invitations(self) -> AppealInvitations | None:
        """What banned players are told; None without console or key. Raises ValueError for no key or no hint."""
        key = self.appeal_key_bytes()
        check_hint(self.appeal_hint)
        if not self.console_url or key is None:
            return None
        return AppealInvitations(self.console_url.rstrip("/"), key, self.appeal_hint)

    def appeal_key_bytes(self) -> bytes | None:
        """The key that the codes of appeals are made with. Raises ValueError for no key."""
        if self.appeal_key is None and self.appeal_key_file is None:
            return None
        return key_from("BANSTREAM_APPEAL_KEY", self.appeal_key, self.appeal_key_file)

    def ban_list_key_bytes(self) -> bytes | None:
        """The key that listed bans are opened with; None where no lists are served. Raises ValueError for no key."""
        if self.ban_list_key is None and self.ban_list_key_file is None:
            return None
        return key_from("BANSTREAM_BAN_LIST_KEY", self.ban_list_key, self.ban_list_key_file)
