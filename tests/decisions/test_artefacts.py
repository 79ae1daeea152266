"""The model store: content-addressed, verified, safe to write twice."""

import pytest

from retinue.decisions import ModelStore
from retinue.errors import ArtefactError


def test_bytes_come_back_under_their_hash(tmp_path):
    store = ModelStore(tmp_path / "models")
    name = store.put(b"model")
    assert store.put(b"model") == name
    assert store.get(name) == b"model"
    assert [path.name for path in (tmp_path / "models").iterdir()] == [name]


def test_missing_altered_and_ill_named_models_are_refused(tmp_path):
    store = ModelStore(tmp_path)
    name = store.put(b"model")
    (tmp_path / name).write_bytes(b"another")
    with pytest.raises(ArtefactError, match="was altered"):
        store.get(name)
    (tmp_path / name).unlink()
    with pytest.raises(ArtefactError, match="is missing"):
        store.get(name)
    with pytest.raises(ArtefactError, match="not the hash of a model"):
        store.get("../../etc/passwd")
