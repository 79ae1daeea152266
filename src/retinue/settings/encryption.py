"""The section `[encryption]`: the key that wraps every other key."""

from __future__ import annotations

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["EncryptionSettings"]


class EncryptionSettings(Section):
    """Where the key-encrypting key is. It is never kept in the store beside what it opens."""

    kek: str = Field(
        "file:key",
        min_length=1,
        description="`file:PATH` (in .retinue; 64 hexadecimal digits, mode 600), `env:NAME`, or the address "
        "of a key in a KMS such as `gcp-kms://…`; default the workspace's own key file",
    )
    kms_client: str | None = Field(
        None,
        pattern=r"^[\w.]+:\w+$",
        description="for a KMS: `module:function` that gives, or registers, Tink's client of it",
    )
