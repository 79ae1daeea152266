"""Tokens for applications, taken back again, and the documents by which others find and check them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from retinue.api.deps import Door, Service, caller, signing_in, taken
from retinue.api.forms import form_of
from retinue.errors import RequestError
from retinue.security import PERMISSIONS
from retinue.security.authorize import FLOW_SCOPES
from retinue.security.server import GrantError, Server
from retinue.security.signing import ALGORITHM
from retinue.telemetry import logger

__all__ = ["router"]

router = APIRouter(tags=["sign-in"])
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/json": {"schema": _ERROR}}}
    for status, said in (
        (400, "Refused, as RFC 6749 says it."),
        (401, "The application did not prove itself."),
    )
}
_WAYS = ["none", "client_secret_basic", "client_secret_post"]


@router.post("/oauth/token", responses=_REFUSED)
async def token(request: Request, door: Service) -> JSONResponse:
    """Tokens for a code, a refresh token, or a machine (RFC 6749, 7636). Errors are those of RFC 6749."""

    def answer(server: Server, form: dict[str, str], client_id: str, secret: str | None) -> dict[str, Any]:
        found = server.answer(form, client_id, secret, door.clock())
        if form.get("grant_type") == "client_credentials":  # nothing is kept of it, and it may come often
            door.counted.add(client_id, "token.issued", "client", client_id, "machine")
        return found

    return await _answered(request, door, answer)


@router.post("/oauth/revoke", responses=_REFUSED)
async def revoke(request: Request, door: Service) -> JSONResponse:
    """Take a refresh or access token back (RFC 7009); 200 also for one that is not known."""

    def done(server: Server, form: dict[str, str], client_id: str, secret: str | None) -> dict[str, Any]:
        server.revoke(form, client_id, secret, door.clock())
        return {}

    return await _answered(request, door, done)


@router.get("/oauth/jwks")
def keys(door: Service) -> JSONResponse:
    """The public keys of our signatures (RFC 7517)."""
    found = signing_in(door).keys.published(door.clock())
    return JSONResponse({"keys": found}, headers={"Cache-Control": "public, max-age=300"})


@router.get("/.well-known/openid-configuration")
@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)  # the same document
def metadata(door: Service) -> JSONResponse:
    """Where everything is (OpenID Connect Discovery, RFC 8414)."""
    issuer = signing_in(door).server.tokens.issuer
    found = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": _WAYS,
        "revocation_endpoint_auth_methods_supported": _WAYS,
        "scopes_supported": [*FLOW_SCOPES, *PERMISSIONS],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["sub", "iss", "aud", "auth_time", "nonce", "preferred_username", "roles"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
    return JSONResponse(found, headers={"Cache-Control": "public, max-age=300"})


async def _answered(request: Request, door: Door, answer: Callable[..., dict[str, Any]]) -> JSONResponse:
    sign_in = signing_in(door)
    try:
        form = await form_of(request)
        client = _client(request, form)
        found = await run_in_threadpool(
            _limited, request, door, lambda: answer(sign_in.server, form, *client)
        )
    except GrantError as error:
        return _refused(error, basic="authorization" in request.headers)
    except RequestError as error:
        if error.status == 429:
            raise
        return _refused(GrantError("invalid_request"), basic=False)
    return _json(found, 200)


def _limited(request: Request, door: Door, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    now, address = door.clock().timestamp(), caller(request, door)
    taken(door.access.addresses, address, now)
    wait = door.access.failures.wait(address, now)
    if wait > 0:
        raise RequestError("Too many requests.", status=429, fix="Wait, then try again.", after=wait)
    try:
        return answer()
    except GrantError as error:
        door.access.failures.take(address, now)
        logger("api").warning("token.refused", reason=error.error)
        door.refused("token.refused", address, error.error)
        raise


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str | None]:
    """Id and secret, from the header or the form but not from both. Raises GrantError."""
    given = request.headers.getlist("authorization")
    if not given:
        if not form.get("client_id"):
            raise GrantError("invalid_client", status=401)
        return form["client_id"], form.get("client_secret")
    scheme, _, text = given[0].partition(" ")
    if len(given) > 1 or "client_secret" in form:
        raise GrantError("invalid_request")
    try:
        name, found, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except ValueError:
        name, found, secret = "", "", ""
    name = unquote_plus(name)
    if scheme.lower() != "basic" or not found or form.get("client_id", name) != name:
        raise GrantError("invalid_client", status=401)
    return name, unquote_plus(secret)


def _refused(error: GrantError, *, basic: bool) -> JSONResponse:
    answer = _json({"error": error.error}, error.status)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Basic" if basic else "Bearer"
    return answer


def _json(body: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
