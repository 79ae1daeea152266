"""The certificate of an erasure: what was erased where, signed, with nothing personal in it.

It names the customer by the token of the erasure list only. The signature is of the key that signs the audit
trail's checkpoints (Ed25519), over the canonical JSON of everything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from retinue.decisions.terms import canonical
from retinue.errors import ArtefactError
from retinue.pipeline.artefacts import write_atomically

if TYPE_CHECKING:
    from retinue.runs.base import Opened
    from retinue.store.privacy_requests import PrivacyRequest

__all__ = ["certificate_named", "in_words", "keep_certificate", "made_certificate", "verify_certificate"]

FORMAT = "retinue/erasure/1"
FOLDER = "privacy/certificates"


def made_certificate(
    opened: Opened, request: PrivacyRequest, token: str, becomes: Callable[[str], str]
) -> dict[str, Any]:
    """The certificate of a request whose work is done. becomes: what became of the rows of a place."""
    before: Mapping[str, int] = request.detail["before"]
    body: dict[str, Any] = {
        "format": FORMAT,
        "request_id": request.request_id,
        "erased": token,
        "asked_at": f"{request.received_at.isoformat()}Z",
        "erased_at": f"{opened.clock:%Y-%m-%dT%H:%M:%SZ}",
        "places": [
            {"place": name, "rows_before": many, "rows_after": 0, "became": becomes(name)}
            for name, many in sorted(before.items())
            if not name.startswith(_STAY)
        ],
        "stays": [
            "audit trail: ids of what was decided and done, which prove it; no names, addresses or words",
            "erasure list: a token, so that nobody brings the customer back by accident",
            "suppressed addresses: tokens, so that nothing is sent there again",
            *(
                ["rows that sums are made of: under random names that nothing leads to any more"]
                if opened.settings.privacy.aggregates == "keep"
                else []
            ),
        ],
        "models": list(request.detail.get("models", [])),
        "retrain": True,
        "not_reached": [
            "the business's own files and systems from which Retinue loaded",
            "files that a command wrote outside .retinue, such as a campaign's list with run --out",
            "backups and exports outside the workspace: replay the erasure list when one is put back",
            "channels that were sent to: they keep what they keep",
        ],
    }
    public, signature = opened.store.checkpoints.sign(canonical(body))
    return {**body, "public_key": public, "signature": signature}


_STAY = ("store audit", "store suppressed", "store privacy_requests")


def keep_certificate(opened: Opened, certificate: Mapping[str, Any]) -> tuple[str, str]:
    """Keep it in the workspace; its file's name and SHA-256."""
    content = (json.dumps(certificate, indent=1, ensure_ascii=False) + "\n").encode()
    name = f"{certificate['request_id']}.json"
    folder = opened.settings.state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / name, content)
    return name, hashlib.sha256(content).hexdigest()


def certificate_named(opened: Any, request_id: str) -> dict[str, Any] | None:
    """The certificate of a request; None where there is none."""
    path = opened.settings.state / FOLDER / f"{request_id}.json"
    return json.loads(path.read_bytes()) if path.is_file() else None


def verify_certificate(certificate: Mapping[str, Any], *, key: str | None = None) -> None:
    """Raise ArtefactError unless it is as it was signed by the key that it names.

    key: the public key that was noted, in hexadecimal digits. Without it anybody may have signed it.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    body = {name: value for name, value in certificate.items() if name not in ("public_key", "signature")}
    try:
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(certificate["public_key"]))
        signer.verify(bytes.fromhex(certificate["signature"]), canonical(body))
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            "The certificate is not as it was signed.", where=str(certificate.get("request_id"))
        ) from error
    if key is not None and certificate["public_key"] != key.strip().lower():
        raise ArtefactError(
            "The certificate was signed by another key.",
            where=str(certificate.get("request_id")),
            fix="The key of this workspace: retinue audit checkpoint",
        )


def in_words(certificate: Mapping[str, Any]) -> str:
    """The certificate for a person to read."""
    lines = [
        f"Certificate of erasure {certificate['request_id']}",
        f"Asked {certificate['asked_at']}, erased {certificate['erased_at']}, on the list as "
        f"{certificate['erased']}.",
        "",
        "Erased:",
    ]
    lines += [
        f"- {one['place']}: {one['rows_before']:,} rows; {one['became']}" for one in certificate["places"]
    ]
    lines += ["", "Stays:", *(f"- {words}" for words in certificate["stays"])]
    if certificate["models"]:
        lines += ["", "Models that had seen the customer (they hold no rows; the next run trains without):"]
        lines += [f"- {one['model']} {one['sha256'][:12]}" for one in certificate["models"]]
    lines += ["", "Not reached by this:", *(f"- {words}" for words in certificate["not_reached"])]
    lines += ["", f"Signed by {certificate['public_key']}: {certificate['signature'][:32]}…"]
    return "\n".join(lines) + "\n"
