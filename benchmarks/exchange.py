"""Ask a script of the peers' environment: arrays go in as a file, arrays come out, and answers are kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

__all__ = ["PEERS", "PeerMissing", "ask", "kept"]

PEERS = Path(__file__).parent / ".venv" / "bin" / "python"
"""The environment that `make peers` builds."""
Arrays = Mapping[str, np.ndarray]


class PeerMissing(RuntimeError):
    """The peer's script ended with an error; the last line it wrote is the message."""


def ask(
    script: Path, arrays: Arrays, *words: str, python: Path, work: Path, with_: tuple[Path, ...] = ()
) -> Arrays:
    """What `python script IN.npz OUT.npz words…` answers to the arrays.

    Kept in `work` under a hash of the arrays, the words and the script, with the files `with_` that it reads.
    Raises PeerMissing where the script or the environment fails.
    """

    def run(given: Path, out: Path) -> None:
        # The peers' environment must not see this checkout.
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [str(python), str(script), str(given), str(out), *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        except OSError as error:
            raise PeerMissing(f"{python}: {error.strerror}") from error
        if done.returncode != 0:
            raise PeerMissing((done.stderr.strip().splitlines() or ["no message"])[-1])

    texts = [path.read_bytes() for path in (script, *with_)] + [word.encode() for word in words]
    return kept(arrays, texts, work, run)


def kept(arrays: Arrays, texts: list[bytes], work: Path, make: Callable[[Path, Path], None]) -> Arrays:
    """What `make` (from a file of arrays to a file of arrays) gives, made once for the same input."""
    digest = hashlib.sha256()
    columns = [
        f"{key} {a.shape} {a.dtype}".encode() + np.ascontiguousarray(a).tobytes() for key, a in arrays.items()
    ]
    for part in (*texts, *columns):
        digest.update(hashlib.sha256(part).digest())
    work.mkdir(parents=True, exist_ok=True)
    out = work / f"{digest.hexdigest()[:24]}.npz"
    if not out.exists():
        given, fresh = out.with_suffix(".in.npz"), out.with_suffix(".part.npz")
        np.savez(given, **arrays)
        try:
            make(given, fresh)
            fresh.rename(out)
        finally:
            given.unlink()
            fresh.unlink(missing_ok=True)
    with np.load(out) as stored:
        return {name: stored[name] for name in stored.files}
