"""The key-encrypting key comes from a file, the environment or a KMS; wrong, the error says where it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from retinue.errors import ArtefactError, PluginError, SettingsError
from retinue.privacy import workspace_key
from retinue.privacy.keys import Kek, Keyset, key_of

HEX = bytes(range(32)).hex()


def opened(kek: Kek, keyset: Keyset, other: Kek | None = None) -> Keyset:
    return Keyset.unwrap(keyset.wrap(kek, "personal"), other or kek, "personal")


def test_every_source_of_a_local_key_is_the_same_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace_key(tmp_path)
    (tmp_path / "key").write_text(HEX)
    (tmp_path / "kek").write_text(f"{HEX}\n")
    (tmp_path / "kek").chmod(0o600)
    monkeypatch.setenv("A_KEK", HEX)
    sources = [
        Kek(state=tmp_path),
        Kek("file:kek", state=tmp_path),
        Kek("env:A_KEK"),
        Kek.of(bytes(range(32))),
    ]
    assert len({kek.id for kek in sources}) == 1
    keyset = Keyset.new()
    sealed = keyset.encrypt(b"x", b"row")
    for one in sources:
        assert opened(sources[0], keyset, one).decrypt(sealed, b"row") == b"x"


def test_the_default_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = Kek(state=tmp_path).id
    assert Kek(state=tmp_path).id == first
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_the_fingerprint_and_the_wrapped_keyset_give_no_key_away() -> None:
    kek = Kek.of(os.urandom(32))
    text = Keyset.new().wrap(kek, "personal")
    assert kek.id not in text
    assert "keyData" not in text
    assert "encryptedKeyset" in text


def test_what_cannot_be_a_key_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "5ec7e7")
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "open").write_text(HEX)
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "words").write_text("5ec7e7 is no key")
    (tmp_path / "words").chmod(0o600)
    for source, said in {
        "env:SHORT": "not of 32 bytes",
        "env:EMPTY": "not there",
        "env:NOWHERE": "not there",
        "file:open": "Others can read",
        "file:words": "not of 32 bytes",
        "file:missing": "cannot be read",
        "vault": "no source of a key",
        "env:RETINUE_KEK": "read as a setting",
    }.items():
        with pytest.raises(SettingsError, match=said) as caught:
            Kek(source, state=tmp_path).id  # noqa: B018 - it is read here
        assert "5ec7e7" not in str(caught.value)
        assert caught.value.fix
    with pytest.raises(SettingsError, match="no workspace is open"):
        Kek().id  # noqa: B018 - it is read here


def test_another_key_or_purpose_does_not_open_a_keyset() -> None:
    kek, keyset = Kek.of(os.urandom(32)), Keyset.new()
    with pytest.raises(ArtefactError, match="cannot be opened by the key"):
        opened(kek, keyset, Kek.of(os.urandom(32)))
    with pytest.raises(ArtefactError):
        Keyset.unwrap(keyset.wrap(kek, "personal"), kek, "signing")


def test_a_rotated_keyset_seals_with_the_new_key_and_opens_both() -> None:
    first = Keyset.new()
    second = first.rotated()
    old, new = first.encrypt(b"old", b"row"), second.encrypt(b"new", b"row")
    assert (key_of(old), key_of(new)) == (first.primary, second.primary)
    assert first.primary != second.primary
    assert [second.decrypt(one, b"row") for one in (old, new)] == [b"old", b"new"]
    third = second.without(first.primary)
    assert third.decrypt(new, b"row") == b"new"
    with pytest.raises(ArtefactError):
        third.decrypt(old, b"row")
    with pytest.raises(ValueError, match="primary"):
        third.without(third.primary)


def local_client() -> Any:
    """A client of a key-management service that is not one: the key is in this process."""
    import tink
    from tink import aead

    aead.register()
    key = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)

    class LocalKms(tink.KmsClient):  # type: ignore[misc]
        def does_support(self, key_uri: str) -> bool:
            return key_uri.startswith("local-kms://")

        def get_aead(self, key_uri: str) -> Any:
            if key_uri.endswith("/gone"):
                raise tink.TinkError("the key is disabled")
            return key

    return LocalKms()


def test_a_key_in_a_kms_wraps_through_the_client_that_is_named() -> None:
    client = f"{__name__}:local_client"
    kek, keyset = Kek("local-kms://keys/1", client=client), Keyset.new()
    assert kek.id == "local-kms://keys/1"
    sealed = keyset.encrypt(b"x", b"row")
    assert opened(kek, keyset).decrypt(sealed, b"row") == b"x"
    for address in ("local-kms://keys/gone", "unknown-kms://keys/1"):
        with pytest.raises(SettingsError, match="No client") as caught:
            Kek(address, client=client).aead  # noqa: B018 - it is asked here
        assert address in caught.value.where
    with pytest.raises(PluginError, match="cannot be made"):
        Kek("local-kms://keys/1", client="nowhere:client").aead  # noqa: B018 - it is asked here
