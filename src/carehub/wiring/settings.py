"""The only reader of the environment. Every setting has the prefix CAREHUB_ and is documented in docs/operations.md."""

from __future__ import annotations

import hmac
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_SECRET = "change-me-this-is-the-default-secret"  # noqa: S105  production refuses it
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class UnsafeSettings(ValueError):
    """Settings that production refuses; the message names each."""


def complaint(error: ValidationError) -> str:
    """What is wrong with which variable, without its value."""
    named = (
        ("CAREHUB_" + "_".join(map(str, found["loc"])).upper() if found["loc"] else "settings", found["msg"]) for found in error.errors()
    )
    return "; ".join(f"{variable}: {words}" for variable, words in named)


class Settings(BaseSettings):
    """env: demo, development or production. database_url: "" means SQLite files in the var folder. redis_url: "" means work is done in process.

    audit_database_url: a database of its own for the audit trail. read_only_file: while it lies there nothing is written; "read-only" in the var folder.
    summaries_…: who the emergency summaries are of, where they go and in whose role they are read; see wiring.summaries.

    backup_recipient: the public key that backups are encrypted to, age1…
    audit_key_file: what the audit trail is sealed with; without it a key made of the secret key.
    source_keys_file: JSON {"sha256 of credential": {"name": …, "feeds": ["gp/structured-record"]}} of those who may submit.
    clients_file: JSON {"sha256 of credential": {"user", "name", "role", "organisation", "organisation_name", "purpose"}} of API clients.
    public_url: the address at which browsers and apps reach this hub, https; "" means http at host and port.
    apps_file: JSON of the apps and backend clients that may get access tokens; see tokens.apps.
    oidc_issuer: the sign-in provider; "" means no browser signs in outside the demonstration. oidc_client_id, and oidc_client_secret or a JWK in
    oidc_key_file: how we are known there. oidc_acr: how strong a sign-in must be, values parted by spaces; "" for any. oidc_hosts: host names that
    may be called for it beside the issuer's. roles: who may be what here, a TOML file; see tokens.roles.
    mapping_processes: how many map a long backlog at once; 0 for as many as there are processors. mapping_seconds: so long an adapter may take for
    one message. mapping_memory_mb: so much address space a Celery worker's process may have; 0 for as much as there is.
    discharge_grace_days: so long after a discharge a medicine that only the hospital lists is a difference, and then a conflict.
    body_seconds: so long the next piece of a request's body is waited for.
    export_hours: so long the files of an export stay; see wiring.exporting.
    adapters: see wiring.loading.load_adapters. overlay: the site overlay, a TOML file. identity_rules: the site's own rules file for matching;
    see wiring.matching_rules. agreements: the site's sharing agreements, a TOML file; see governance.agreements. caseload: the site's criteria of
    the caseload, a TOML file; see caseload.criteria. retention: the site's retention schedule, a TOML file; see governance.retention.
    unproved_per_minute: so many requests of one address without a credential that is known are answered with 401 by one process, further ones with 429.
    searches_per_minute: for people, by one user, in one process; 0 for as many as are asked.
    max_body_bytes: the largest submission over HTTP.
    max_streamed_bytes: the largest that is a table, and so stored as it comes.
    mllp_…: see intake.mllp.Limits. mllp_tls_certificate, mllp_tls_key: PEM files; with them the door speaks TLS only. mllp_tls_clients: PEM
    certificates of the authorities whose clients may connect; without it any client may.
    subscription_hosts: host names that notifications may be sent to, parted by commas; "" means nobody is told anything.
    pds_url: base address of the PDS FHIR API; "" means PDS is never asked. pds_hosts: host names that may be called, parted by commas.
    otlp_endpoint: base address of an OpenTelemetry collector; "" means nobody is told of spans; see wiring.telemetry.
    pds_token, pds_token_file: the bearer token; the file is read again for every request. pds_api_key, pds_organisation: see outside.pds.Pds.
    """

    # Inputs stay out of errors: one of them is the secret.
    model_config = SettingsConfigDict(env_prefix="CAREHUB_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    env: Literal["demo", "development", "production"] = "development"
    var: Path = Path("var")
    database_url: str = ""
    audit_database_url: str = ""
    read_only_file: Path | None = None
    summaries_folder: Path | None = None
    summaries_people: Path | None = None
    summaries_role: str = "care-coordinator"
    summaries_organisation: str = ""
    summaries_minutes: int = Field(default=60, ge=5, le=1440)
    redis_url: str = ""
    secret_key: SecretStr = SecretStr(DEFAULT_SECRET)
    secret_key_file: Path | None = None
    backup_recipient: str = ""
    audit_key_file: Path | None = None
    source_keys_file: Path | None = None
    clients_file: Path | None = None
    public_url: str = ""
    apps_file: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_key_file: Path | None = None
    oidc_acr: str = "AAL3_ANY"
    oidc_hosts: str = ""
    roles: Path | None = None
    adapters: Path | None = None
    overlay: Path | None = None
    identity_rules: Path | None = None
    agreements: Path | None = None
    caseload: Path | None = None
    retention: Path | None = None
    unproved_per_minute: int = Field(default=60, ge=0)
    searches_per_minute: int = Field(default=300, ge=0)
    max_body_bytes: int = 50_000_000
    max_streamed_bytes: int = 4_000_000_000
    mapping_processes: int = 0
    mapping_seconds: float = Field(default=120, gt=0)
    mapping_memory_mb: int = Field(default=4096, ge=0)
    discharge_grace_days: int = Field(default=7, ge=0, le=365)
    export_hours: int = Field(default=24, ge=1, le=168)
    body_seconds: float = Field(default=60, gt=0)
    host: str = "127.0.0.1"
    port: int = 8000
    mllp_frame_bytes: int = 16_777_216
    mllp_connections: int = 256
    mllp_idle_seconds: float = 1800.0
    mllp_frame_seconds: float = 60.0
    mllp_tls_certificate: Path | None = None
    mllp_tls_key: Path | None = None
    mllp_tls_clients: Path | None = None
    subscription_hosts: str = ""
    otlp_endpoint: str = ""
    pds_url: str = ""
    pds_hosts: str = "api.service.nhs.uk,int.api.service.nhs.uk,sandbox.api.service.nhs.uk"
    pds_token: SecretStr = SecretStr("")
    pds_token_file: Path | None = None
    pds_api_key: SecretStr = SecretStr("")
    pds_organisation: str = ""

    @field_validator("database_url", "audit_database_url")
    @classmethod
    def _an_address(cls, told: str) -> str:
        if told and not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", told):
            raise ValueError("an address begins with sqlite:/// and a path, or with postgresql://")
        return told

    @field_validator("otlp_endpoint")
    @classmethod
    def _a_collector(cls, told: str) -> str:
        if told and not re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?(/[\w./-]*)?", told):
            raise ValueError("an address begins with http:// or https://, and holds no credential and no query")
        return told

    @model_validator(mode="after")
    def _from_files(self) -> Settings:
        if self.secret_key_file is not None:
            try:
                self.secret_key = SecretStr(self.secret_key_file.read_text().strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"CAREHUB_SECRET_KEY_FILE: {self.secret_key_file}: {type(error).__name__}") from error
        return self

    @property
    def public(self) -> str:
        """The address at which this hub is reached, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def store_url(self) -> str:
        """The SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{(self.var / 'carehub.db').resolve()}"

    @property
    def read_only_order(self) -> Path:
        """The file that orders the hub to be read-only."""
        return self.read_only_file or self.var / "read-only"

    @property
    def exports_folder(self) -> Path:
        """Where the files of exports are. Every process that serves the API or makes exports must see the same."""
        return self.var / "exports"

    @property
    def audit_key(self) -> bytes:
        """What the audit trail is sealed with. Raises UnsafeSettings for a file that cannot be read or holds fewer than 32 characters."""
        if self.audit_key_file is None:
            return hmac.digest(self.secret_key.get_secret_value().encode(), b"audit", "sha256")
        try:
            key = self.audit_key_file.read_bytes().strip()
        except OSError as error:
            raise UnsafeSettings(f"CAREHUB_AUDIT_KEY_FILE: {self.audit_key_file}: {type(error).__name__}") from error
        if len(key) < 32:
            raise UnsafeSettings("CAREHUB_AUDIT_KEY_FILE must hold at least 32 characters")
        return key

    @property
    def subscription_names(self) -> frozenset[str]:
        """The hosts that notifications may be sent to."""
        return _names(self.subscription_hosts)

    @property
    def oidc_names(self) -> frozenset[str]:
        """The hosts that may be called for a sign-in."""
        return _names(f"{self.oidc_hosts},{urlsplit(self.oidc_issuer).hostname or ''}")

    @property
    def pds_names(self) -> frozenset[str]:
        """The hosts PDS may be asked at."""
        return _names(self.pds_hosts)

    @staticmethod
    def environment(**told: str) -> dict[str, str]:
        """The environment of a process to be started: this one's, and these settings by their field names instead of what it says of them."""
        return {**os.environ, **{f"CAREHUB_{name.upper()}": value for name, value in told.items()}}

    def refuse_unsafe(self) -> None:
        """Raise UnsafeSettings when production would run with demo sign-in, SQLite, a default or short secret, or no credentials files, ask
        PDS without TLS or at a host that is not named, or tell a collector elsewhere without TLS."""
        if self.env != "production":
            return
        wrong = []
        if self.store_url.startswith("sqlite"):
            wrong.append("CAREHUB_DATABASE_URL must name a PostgreSQL database")
        if self.audit_database_url.startswith("sqlite"):
            wrong.append("CAREHUB_AUDIT_DATABASE_URL must name a PostgreSQL database")
        secret = self.secret_key.get_secret_value()
        if secret == DEFAULT_SECRET or len(secret) < 32:
            wrong.append("CAREHUB_SECRET_KEY must be at least 32 characters and not the default")
        if not self.redis_url:
            wrong.append("CAREHUB_REDIS_URL must name the Redis that nudges the workers")
        if self.source_keys_file is None or self.clients_file is None:
            wrong.append("CAREHUB_SOURCE_KEYS_FILE and CAREHUB_CLIENTS_FILE must name the credential files")
        if self.apps_file is not None and not self.public.startswith("https://"):
            wrong.append("CAREHUB_PUBLIC_URL must be the https address at which apps reach this hub")
        if self.oidc_issuer and not (_may_be_called(self.oidc_issuer, self.oidc_names) and self.public.startswith("https://")):
            wrong.append("CAREHUB_OIDC_ISSUER and CAREHUB_PUBLIC_URL must be https")
        if self.oidc_issuer and not (
            self.oidc_client_id and (self.oidc_key_file or self.oidc_client_secret.get_secret_value()) and self.roles
        ):
            wrong.append("CAREHUB_OIDC_CLIENT_ID, CAREHUB_OIDC_KEY_FILE or _CLIENT_SECRET, and CAREHUB_ROLES must be set")
        if self.oidc_issuer and not self.oidc_acr.split():
            wrong.append("CAREHUB_OIDC_ACR must say how strong a sign-in must be")
        if self.pds_url and not _may_be_called(self.pds_url, self.pds_names):
            wrong.append("CAREHUB_PDS_URL must be https, at a host that CAREHUB_PDS_HOSTS names, without a credential in it")
        if self.otlp_endpoint.startswith("http://") and urlsplit(self.otlp_endpoint).hostname not in _LOOPBACK:
            wrong.append("CAREHUB_OTLP_ENDPOINT must be https, unless the collector is on this machine")
        if wrong:
            raise UnsafeSettings("production refuses to start: " + "; ".join(wrong))


def _names(said: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in said.split(",") if name.strip())


def _may_be_called(base: str, hosts: frozenset[str]) -> bool:
    from carehub.outside.http import callable_address  # only where PDS is set up: its client takes half a second to import

    return callable_address(base, hosts)
