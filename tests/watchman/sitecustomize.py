"""Refuses and writes down every attempt to leave this machine, in any process that has this folder on its path."""

import ipaddress
import os
import socket
import sys

LOG = os.environ.get("WATCHMAN_LOG", os.devnull)
HERE = {"", "localhost", socket.gethostname()}


def loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback or name in {"0.0.0.0", "::"}
    except ValueError:
        return name in HERE


def refused(how: str, host: object) -> OSError:
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"{how} {host} by {' '.join(sys.argv[:3])}\n")
    return OSError(f"the watchman lets nobody out: {how} {host}")


def guarded(name: str, place: int):
    plain = getattr(socket.socket, name)

    def call(self, *given):
        address = given[place] if name == "sendto" else given[0]
        if self.family in {socket.AF_INET, socket.AF_INET6} and not loopback(address[0]):
            raise refused(name, address[0])
        return plain(self, *given)

    return call


def resolving(name: str):
    plain = getattr(socket, name)

    def call(host, *given, **more):
        if not loopback(host):
            raise refused(name, host)
        return plain(host, *given, **more)

    return call


for method in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, method, guarded(method, -1))
for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
    setattr(socket, function, resolving(function))
