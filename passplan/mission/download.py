"""One download over HTTP: bounded in time and size, kept to one host, and told in one line when it fails.

Only ``mission/refresh.py`` may use this file: it is the one place of the house that can reach a network.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from importlib.metadata import version
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from passplan.errors import InputError
from passplan.units import seconds_between

MAX_BYTES = 100_000_000  # 40 times the active catalogue of 2026 as CSV
MAX_TOTAL_S = 300.0
MAX_RETRY_AFTER_S = 7 * 86_400.0  # a longer pause than a week is taken for a fault of the header
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ENDS = (b"\n", b"]", b"}", b">")  # of a table, JSON, a page: what may close a text that came without its length
_PIECE_BYTES = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one request.

    status        : HTTP status, or None when nothing came
    body          : the whole body, unpacked; empty when there is a fault
    etag, last_modified : what a later conditional request may quote, or empty
    retry_after_s : pause the server asks for [s], or None
    fault         : why there is no whole body, in one line; empty when there is one
    """

    status: int | None
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    retry_after_s: float | None = None
    fault: str = ""


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect to the same scheme, host and port only; any other ends as an error with its status."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _AnyStatus(HTTPErrorProcessor):
    """Hands on every status but a redirect: 403 or 500 are answers too."""

    def http_response(self, request: Request, response: Any) -> Any:
        return super().http_response(request, response) if response.code in _REDIRECTS else response

    https_response = http_response


def check_address(url: str, *, what: str) -> SplitResult:
    """Parts of an address that may be asked.

    Raises
    ------
    InputError
        Unless it is https (http only to this very machine) and carries neither a user nor a password.
    """
    parts = urlsplit(url)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not allowed or not parts.hostname:
        raise InputError(f"{what} is {_bare(parts)!r}, must begin with https:// and a host")
    if "@" in parts.netloc:
        raise InputError(f"{what} carries a user or a password, must not: it would be written to the record of fetches")
    return parts


def new_session(base_url: str) -> OpenerDirector:
    """What one run talks through: cookies of its own, no redirect to elsewhere, the system's proxy but for loopback."""
    handlers: list[Any] = [_SameHost(), _AnyStatus(), HTTPCookieProcessor(CookieJar())]
    if check_address(base_url, what="address").hostname in _LOOPBACK:
        handlers.append(ProxyHandler({}))
    session = build_opener(*handlers)
    session.addheaders = [("User-Agent", f"passplan/{version('passplan')}"), ("Accept-Encoding", "gzip")]
    return session


def fetch(
    session: OpenerDirector,
    url: str,
    *,
    now: datetime,
    timeout_s: float,
    form: Mapping[str, str] | None = None,
    conditions: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Ask for one address and read the answer whole; a network's faults are told in the answer, never raised.

    Parameters
    ----------
    session : OpenerDirector
        Of `new_session`.
    url : str
        Address; see `check_address`.
    now : datetime
        Aware; a date in Retry-After is counted from here.
    timeout_s : float
        Longest silence [s]; the whole may take ``MAX_TOTAL_S``.
    form : mapping, optional
        Fields to post.
    conditions : mapping, optional
        Headers such as If-None-Match.
    max_bytes : int
        Largest body [byte], packed and unpacked.

    Raises
    ------
    InputError
        For an address that must not be asked.
    """
    host = check_address(url, what="address").netloc
    data = urlencode(form).encode() if form is not None else None
    request = Request(url, data=data, headers=dict(conditions or {}))
    try:
        with session.open(request, timeout=timeout_s) as response:
            return _read(response, host, now, max_bytes)
    except HTTPError as error:
        with error:
            return Answer(status=error.code, fault=_redirect_fault(error, url))
    except (URLError, OSError, HTTPException) as error:
        return Answer(status=None, fault=f"{host} {_network_fault(error, timeout_s)}")


def _read(response: Any, host: str, now: datetime, max_bytes: int) -> Answer:
    """Answer of an open response; a body that is cut short or too long is a fault."""
    heading = {
        "status": response.status,
        "etag": response.headers.get("ETag", ""),
        "last_modified": response.headers.get("Last-Modified", ""),
        "retry_after_s": _retry_after_s(response.headers.get("Retry-After"), now),
    }
    too_long = Answer(**heading, fault=f"{host} sends more than {max_bytes:,} bytes: not taken")
    told = _told_length(response)
    raw, begun_s = bytearray(), time.monotonic()
    try:
        while piece := response.read(_PIECE_BYTES):
            raw += piece
            if len(raw) > max_bytes:
                return too_long
            if time.monotonic() - begun_s > MAX_TOTAL_S:
                return Answer(**heading, fault=f"{host} was still sending after {MAX_TOTAL_S:g} s: not taken")
    except (OSError, HTTPException):
        return Answer(**heading, fault=f"{host} broke off after {len(raw):,} bytes: half a body is not taken")
    if told is not None and len(raw) != told:
        return Answer(**heading, fault=f"{host} sent {len(raw):,} of {told:,} bytes: half a body is not taken")
    if response.headers.get("Content-Encoding", "").lower() != "gzip":
        if told is None and not response.chunked and raw and raw.rstrip(b" ")[-1:] not in _ENDS:
            return Answer(**heading, fault=f"{host} sent a text with neither a length nor an end: not taken")
        return Answer(**heading, body=bytes(raw))
    return _unpacked(bytes(raw), heading, host, too_long, max_bytes)


def _unpacked(raw: bytes, heading: dict[str, Any], host: str, too_long: Answer, max_bytes: int) -> Answer:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(raw, max_bytes + 1)
    except zlib.error:
        return Answer(**heading, fault=f"{host} sent what cannot be unpacked: not taken")
    if len(body) > max_bytes:
        return too_long
    if raw and not unpacker.eof:
        return Answer(**heading, fault=f"{host} sent a packed body without its end: half a body is not taken")
    return Answer(**heading, body=body)


def _told_length(response: Any) -> int | None:
    text = response.headers.get("Content-Length")
    return int(text) if text and text.isdigit() and not response.chunked else None


def _retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3); None when unreadable."""
    if not text:
        return None
    if text.strip().isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(seconds_between(now, when), 0.0), MAX_RETRY_AFTER_S)


def _redirect_fault(error: HTTPError, url: str) -> str:
    target = urljoin(url, error.headers.get("Location") or "")
    here = urlsplit(url).netloc
    return f"{here} sends us on ({error.code}) to {_bare(urlsplit(target))}: only {here} itself may answer"


def _network_fault(error: Exception, timeout_s: float) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return f"says nothing for {timeout_s:g} s"
    if isinstance(reason, socket.gaierror):
        return "is not found: no network, or a wrong name"
    if isinstance(reason, ssl.SSLError):
        return f"has no certificate that can be trusted: {reason.reason or 'unknown reason'}"
    if isinstance(reason, ConnectionRefusedError):
        return "refuses the connection"
    if isinstance(reason, OSError) and reason.strerror:
        return f"cannot be reached: {reason.strerror}"
    return f"broke off before it answered ({type(reason).__name__})"


def _bare(parts: SplitResult) -> str:
    """Scheme and host of an address, without user, password, path and query."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
