"""Calling an address that somebody else chose, and ending up nowhere but where it was allowed to lead.

A name is looked up once. Everything it leads to is judged, and the call goes to those very addresses: who rules
the name's DNS can't answer otherwise in between (DNS rebinding). TLS and Host still speak of the name.
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import httpx

from aboveboard.errors import AccountError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECTING, ANSWERING = 5.0, 10.0  # seconds until an address is given up, and for each step of the call
TRIED = 4  # addresses of one name at most, so that a call ends within a hook's lease
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 as networks without it write it. Source: RFC 6052, 2.1


class Way(NamedTuple):
    """An address of the web, and the addresses of machines that its name led to when it was judged."""

    url: httpx.URL
    found: tuple[Address, ...]


def find_way(url: str, *, private: bool = False) -> Way:
    """Look a web address up and return where it leads.

    Raises AccountError where it isn't encrypted, where its name leads nowhere, and unless `private` where any of
    what it leads to is this machine or inside of a private network.
    """
    asked = _parsed(url)
    host = asked.raw_host.decode("ascii")
    try:
        answers = socket.getaddrinfo(host, asked.port or 443, type=socket.SOCK_STREAM)
        found = tuple(dict.fromkeys(ipaddress.ip_address(str(answer[4][0])) for answer in answers))
    except (OSError, ValueError):  # ValueError holds UnicodeError: a label that no DNS could have
        raise AccountError(f"{host}: this name leads nowhere.") from None
    if problem := _unfit(asked.scheme, host, found, private):
        raise AccountError(problem)
    return Way(asked, found)


def open_client() -> httpx.Client:
    """Return what calls: no redirects, no proxy, and no connection kept that another name could come to share."""
    return httpx.Client(
        verify=_trusted(),
        timeout=httpx.Timeout(ANSWERING, connect=CONNECTING),
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        trust_env=False,
    )


def post(client: httpx.Client, way: Way, content: str, headers: Mapping[str, str]) -> int:
    """Send to the first address found that can be reached; return the status of the answer, which isn't read.

    Raises httpx.HTTPError where none can be reached, or the answer breaks off.
    """
    host = way.url.raw_host.decode("ascii")
    told = dict(headers) | {"host": way.url.netloc.decode("ascii")}
    failed: httpx.HTTPError = httpx.ConnectError("no address")
    for address in way.found[:TRIED]:
        there = way.url.copy_with(host=str(address))
        asked = {"content": content, "headers": told, "extensions": {"sni_hostname": host}}
        try:
            with client.stream("POST", there, **asked) as answer:  # type: ignore[arg-type]
                return answer.status_code
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed = error
    raise failed


def _parsed(url: str) -> httpx.URL:
    wrong = AccountError(f"'{url[:80]}' is no address for a webhook. Write https://example.org/path.")
    try:
        asked = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise wrong from None
    if asked.scheme not in ("https", "http") or not asked.host or asked.userinfo:
        raise wrong
    return asked


def _unfit(scheme: str, host: str, found: tuple[Address, ...], private: bool) -> str:
    """Return why an address may not be called, or nothing."""
    if all(one.is_loopback for one in found):
        return "" if private else f"{host} is this machine. Set webhooks_private = true to allow it."
    if scheme == "http":
        return f"{host}: http can be read on the way. Give an https address."
    if not private and not all(_public(one) for one in found):
        return f"{host} is inside of a private network. Set webhooks_private = true to allow it."
    return ""


def _public(address: Address) -> bool:
    """Whether an address is one of the open internet, and so is the IPv4 address that it may hold within."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if within:
            return _public(within)
        if address.teredo:
            return False
    return address.is_global and not address.is_multicast


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
