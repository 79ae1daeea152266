"""The section `[auth]`: who may use the service, and how they prove who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from retinue.settings.base import Section
from retinue.settings.secret import read_secret

__all__ = ["Algorithm", "AuthSettings", "RoleName", "is_secure"]

RoleName = Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]
"""Signatures by a key pair only: with a shared secret whoever checks a token could also make one."""


_OURS = frozenset(
    {
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    }
)


class AuthSettings(Section):
    """Sign-in by an OpenID Connect provider, by users of Retinue's own, or both."""

    builtin: bool = Field(
        True, description="whether Retinue signs its own users in, at /oauth/authorize and /oauth/token"
    )
    issuer: str | None = Field(
        None,
        description="your OpenID Connect provider, such as https://login.example.com/realms/acme; its tokens "
        "are accepted then",
    )
    audience: str | None = Field(
        None,
        min_length=1,
        description="what the provider writes into `aud` of tokens for Retinue; not the id of a client",
    )
    roles_claim: str = Field(
        "roles",
        min_length=1,
        description="where a token holds roles or groups; dots lead inwards: realm_access.roles",
    )
    roles: dict[str, RoleName] = Field(
        default_factory=dict, description="value of that claim → role; a value that is not here gives nothing"
    )
    algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "ES256", "EdDSA"), min_length=1, description="signatures that are accepted"
    )
    client_id: str | None = Field(
        None,
        min_length=1,
        description="what the dashboard is called at the provider; with it people sign in there by code and "
        "PKCE, and are sent back to /session/callback",
    )
    client_secret: str | None = Field(
        None, repr=False, description="the dashboard's secret there, where the provider gave it one"
    )
    client_secret_file: Path | None = Field(None, description="file that holds the secret instead")
    scopes: tuple[str, ...] = Field(
        ("openid", "profile", "offline_access"),
        description="what the dashboard asks the provider for; without a refresh token a session ends with "
        "its first token",
    )
    sign_in_parameters: dict[str, str] = Field(
        default_factory=dict,
        description="what else the provider wants in the address of its page, such as { audience = "
        '"retinue" }',
    )
    provider_name: str | None = Field(
        None, min_length=1, max_length=60, description="what the dashboard calls the provider; default: host"
    )
    idle_minutes: float = Field(
        30.0, gt=0, le=24 * 60, description="a session of the dashboard ends when nothing is done for so long"
    )
    session_hours: float = Field(
        12.0, gt=0, le=24 * 30, description="a session of the dashboard ends so long after it began"
    )
    keys_minutes: float = Field(60.0, ge=1, le=1_440, description="how long the provider's keys are kept")
    skew_seconds: int = Field(60, ge=0, le=60, description="how far two clocks may differ")
    token_hours: float = Field(24.0, gt=0, description="oldest token of the provider that is accepted")
    access_minutes: int = Field(10, ge=1, le=60, description="life of an access token of Retinue's own")
    refresh_days: float = Field(30.0, gt=0, le=365, description="after so long somebody must sign in again")
    signing_days: float = Field(90.0, ge=1, description="age at which the signing key is replaced")
    per_minute: int = Field(6_000, ge=1, description="requests a minute of each person, key and client")
    address_per_minute: int = Field(12_000, ge=1, description="requests a minute from one address")
    failures_per_minute: int = Field(60, ge=1, description="wrong tokens a minute from one address")
    logins_per_minute: int = Field(5, ge=1, description="tries to sign in a minute, for each name")
    csm_sees_all: bool = Field(
        False, description="whether the role csm sees every customer, not those of their own cases only"
    )

    @field_validator("issuer")
    @classmethod
    def _address(cls, given: str | None) -> str | None:
        if given is not None and not is_secure(given):
            raise ValueError("write it with https:// (http:// is for this machine only), without ? and #")
        return given

    @model_validator(mode="after")
    def _whole(self) -> AuthSettings:
        if (self.issuer is None) != (self.audience is None):
            raise ValueError("give issuer and audience together: a token for somebody else is no token")
        if self.client_id is not None and self.issuer is None:
            raise ValueError("client_id is the dashboard's at the issuer: give that too")
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("give client_secret or client_secret_file, not both")
        taken = _OURS & self.sign_in_parameters.keys()
        if taken:
            raise ValueError(f"sign_in_parameters cannot set {min(taken)}, which guards the sign-in")
        return self

    def secret(self, root: Path) -> str | None:
        """The dashboard's secret at the provider; None for none. Raises SettingsError."""
        return read_secret(self.client_secret, self.client_secret_file, "auth.client_secret", root, least=1)


def is_secure(url: str) -> bool:
    """Whether a URL is https, or http on this machine, and names nothing but a host and a path.

    >>> is_secure("https://login.example.com/a"), is_secure("http://login.example.com")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return False
    plain = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username or parts.password)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return plain and (parts.scheme == "https" or (parts.scheme == "http" and here))
