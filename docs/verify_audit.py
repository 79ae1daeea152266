"""Verifies an export of the audit trail without Retinue: python verify_audit.py trail.jsonl [PUBLIC_KEY]."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELDS = ("number", "at", "actor", "action", "kind", "object", "detail", "previous")


def plain(values: list[object]) -> bytes:
    """What is hashed and signed: a JSON array without spaces, in UTF-8."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def main(path: str, key: str = "") -> None:
    """Say the first thing that is wrong, and end with 1; or what was verified."""
    first, *lines = map(json.loads, Path(path).read_bytes().splitlines())
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or first["key"]))
    hashes, number, last = {}, 0, "0" * 64
    for record in (line for line in lines if "checkpoint" not in line):
        number += 1
        found = hashlib.sha256(plain([record[name] for name in FIELDS])).hexdigest()
        if (record["number"], record["previous"], record["hash"]) != (number, last, found):
            sys.exit(f"record {number} is not what was written")
        hashes[number] = last = found
    for mark in (line["checkpoint"] for line in lines if "checkpoint" in line):
        signed = plain([mark[name] for name in ("count", "head", "at", "previous", "key")])
        public.verify(bytes.fromhex(mark["signature"]), signed)
        if hashes.get(mark["count"]) != mark["head"]:
            sys.exit(f"record {mark['count']} is not the one of the checkpoint of {mark['at']}, or is gone")
    sys.stdout.write(f"{number} records are as they were written\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
