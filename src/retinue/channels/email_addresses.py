"""E-mail addresses and headers that are safe to write into a message.

>>> checked_address("ann@bücher.example")
'ann@xn--bcher-kva.example'
>>> unsubscribe_headers("https://shop.example/u?d={delivery_id}", "D 1")["List-Unsubscribe"]
'<https://shop.example/u?d=D%201>'
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from retinue.channels.base import Refused

__all__ = ["checked_address", "checked_line", "good_address", "good_unsubscribe_url", "unsubscribe_headers"]

_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]{1,64}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


def checked_address(email: str | None) -> str:
    """One address, its domain in lower case and in ASCII (IDNA 2008), its local part as it is.

    Raises Refused, which does not repeat it, when it is none or more than one.
    """
    local, at, domain = (email or "").strip().rpartition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    ascii_domain = _ascii(domain)
    if not at or dots or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise Refused("the customer has no e-mail address that could be written to")
    return f"{unicodedata.normalize('NFC', local)}@{ascii_domain}"


def checked_line(text: str, what: str) -> str:
    """Text for one header. Raises Refused when it holds a line break or another control character."""
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in text):
        raise Refused(f"the {what} holds a line break or a control character")
    return text


def good_address(address: str | None) -> str | None:
    """The address, for a settings class to check by. ValueError when it is none."""
    if address is not None:
        try:
            return checked_address(address)
        except Refused:
            pass
        raise ValueError("this is no e-mail address")
    return None


def good_unsubscribe_url(template: str | None) -> str | None:
    """The template, for a settings class to check by. ValueError when it will not do."""
    if template is not None:
        checks = template.startswith("https://") and "{delivery_id}" in template
        if not checks or not re.fullmatch(r"[\x21-\x7e]+", template) or re.search(r"[<>]", template):
            raise ValueError("write it as https://…, in ASCII, with {delivery_id} in it")
    return template


def unsubscribe_headers(template: str | None, key: str) -> dict[str, str]:
    """The headers by which a mail program offers to unsubscribe with one click (RFC 2369, RFC 8058).

    template: an https address, in which `{delivery_id}` may stand for the delivery; it must unsubscribe on
    POST and ask on GET. No headers where it is None or not https, which mail programs do not take.
    """
    if template is None or not re.fullmatch(r"https://[\x21-\x3b\x3d\x3f-\x7e]+", template):
        return {}
    url = template.replace("{delivery_id}", quote(key, safe=""))
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _ascii(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
