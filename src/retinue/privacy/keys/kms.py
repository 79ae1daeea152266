"""A key-encrypting key in a key-management service, reached through Tink's own clients.

Tink knows clients by the address they support. `encryption.kms_client` names a function `module:function`
without arguments that returns a client (`tink.KmsClient`), or registers one itself and returns None. For
Google's service that function is three lines:

    def client():
        from tink.integration import gcpkms
        return gcpkms.GcpKmsClient("gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "")
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Protocol

from retinue.errors import PluginError, SettingsError

__all__ = ["KmsClient", "kms_aead"]


class KmsClient(Protocol):
    """What Tink asks of a client; `tink.KmsClient` is its base class."""

    def does_support(self, key_uri: str) -> bool:
        """Whether the key of this address is its own."""

    def get_aead(self, key_uri: str) -> Any:
        """The key as an `Aead`: its `encrypt` and `decrypt` are calls to the service."""


def kms_aead(address: str, client: str | None) -> Any:
    """The key of an address as Tink's `Aead`.

    Raises PluginError when the client cannot be made, SettingsError when no client knows the address or the
    service refuses the key.
    """
    import tink
    from tink import aead

    aead.register()
    if client is not None:
        _register(client)
    try:
        return tink.kms_client_from_uri(address).get_aead(address)
    except tink.TinkError as error:
        raise SettingsError(
            "No client of a key-management service gives this key.",
            where=f"encryption.kek = {address!r}",
            fix=f"Correct the address, or name its client in encryption.kms_client ({error}).",
        ) from error


@cache
def _register(client: str) -> None:
    import tink

    module, _, function = client.partition(":")
    try:
        made = getattr(import_module(module), function)()
    except Exception as error:
        raise PluginError(
            f"The client of the key-management service cannot be made: {type(error).__name__}: {error}.",
            where=f"encryption.kms_client = {client!r}",
            fix="Name a function without arguments as 'module:function', and install what it imports.",
        ) from error
    if made is not None:
        tink.register_kms_client(made)
