"""The section `[api]`: how the HTTP service answers, and to whom."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from retinue.settings.base import Section
from retinue.settings.secret import LEAST_SECRET, read_secret

__all__ = ["LEAST_SECRET", "ApiSettings"]


class ApiSettings(Section):
    """The service behind `retinue serve`. Secrets are best given as `${VARIABLE}` or as a file."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8000, ge=1, le=65_535, description="port to listen on")
    tls_cert: Path | None = Field(
        None,
        description="certificate (PEM, its chain behind it); with `tls_key` the service speaks TLS 1.3",
    )
    tls_key: Path | None = Field(None, description="its key: PEM, PKCS#8, without a password")
    token: str | None = Field(
        None,
        repr=False,
        description="what machines send as `Authorization: Bearer …`; without one only this machine may call",
    )
    token_file: Path | None = Field(None, description="file that holds the token instead")
    cancel_secret: str | None = Field(
        None,
        repr=False,
        description="shared with the backend that signs customers' tokens; without one there is no cancel "
        "moment",
    )
    cancel_secret_file: Path | None = Field(None, description="file that holds the secret instead")
    public_url: str | None = Field(
        None,
        description="how others reach the service, such as https://retinue.example.com; messages then hold a "
        "link to unsubscribe",
    )
    dashboard: bool = Field(True, description="whether the service shows the dashboard, at its address alone")
    body_limit_kb: int = Field(1024, ge=1, description="longest body of a request, except of an upload")
    upload_limit_mb: int = Field(512, ge=1, description="longest upload of outcomes, events or ids")
    cors_origins: tuple[str, ...] = Field(
        (), description="origins whose pages may use the cancel script, such as https://shop.example.com"
    )
    agents_act: bool = Field(
        False,
        description="agents at /api/v1/mcp may also plan campaigns and answer reviews, as who they ask for",
    )
    ready_run_hours: float | None = Field(
        None,
        gt=0,
        description="`/readyz` says no when the newest run looked longer ago than this; default: runs do not "
        "matter to it, as the service takes in outcomes without any",
    )
    read_model: bool = Field(
        True,
        description="a run leaves its customers in a file of their own, from which the service answers",
    )
    read_models: int = Field(30, ge=1, description="of how many runs these files are kept, newest first")
    prediction_hours: float = Field(
        24.0, gt=0, le=24 * 365, description="how long the result of a job of predictions is kept"
    )
    graphql_introspection: bool = Field(
        True, description="whoever is proven may ask GraphQL which questions there are"
    )
    graphql_cost: int = Field(
        10_000,
        ge=100,
        description="what one question may cost at most: fields, times the length of the lists they are in",
    )
    graphql_seconds: float = Field(1.0, gt=0, description="a live answer looks for changes this often")
    graphql_listeners: int = Field(
        5, ge=0, description="live answers that one principal may have at once, in each process"
    )
    behind_proxy: bool = Field(
        False,
        description="a proxy of yours stands before the service: a caller's address is the last entry of "
        "X-Forwarded-For",
    )

    @field_validator("public_url")
    @classmethod
    def _no_slash(cls, given: str | None) -> str | None:
        if given is not None and not given.startswith(("http://", "https://")):
            raise ValueError("write it with https://")
        return given.rstrip("/") if given else given

    @field_validator("cors_origins")
    @classmethod
    def _plain_origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for origin in given:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise ValueError(f"'{origin}' is no origin; write one like https://shop.example.com")
        return given

    @model_validator(mode="after")
    def _one_place_each(self) -> ApiSettings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("give tls_cert and tls_key together")
        if self.token is not None and self.token_file is not None:
            raise ValueError("give token or token_file, not both")
        if self.cancel_secret is not None and self.cancel_secret_file is not None:
            raise ValueError("give cancel_secret or cancel_secret_file, not both")
        return self

    @property
    def issuer(self) -> str:
        """What tokens of our own name as who made them: how others reach the service."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared only
        scheme = "http" if self.tls_cert is None else "https"
        return self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def cancel_moment(self) -> bool:
        """Whether customers who want to cancel are to be answered."""
        return self.cancel_secret is not None or self.cancel_secret_file is not None

    def bearer(self, root: Path) -> str | None:
        """The token of machines; None when none is set. Raises SettingsError when it cannot be read."""
        return read_secret(self.token, self.token_file, "api.token", root)

    def secret(self, root: Path) -> str | None:
        """The secret of customers' tokens; None when none is set. Raises SettingsError."""
        return read_secret(self.cancel_secret, self.cancel_secret_file, "api.cancel_secret", root)
