"""Download a picture from a public web address, without trusting the address, the name server or the server.

Each hop of a redirect goes through the same four steps: parse the address (http or https, no credentials), resolve
the name once, refuse addresses that are not public, and connect to exactly the address that was checked. A name
that resolves differently the second time ("DNS rebinding") gains nothing, because there is no second time.

Proxies of the environment (http_proxy, ...) are not used: a proxy resolves names by itself, which would make the
check void. Behind one, download the picture and pass its path.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
import urllib.parse
from http import HTTPStatus
from typing import Any, NamedTuple

from segtutor.errors import UserError
from segtutor.images.decode import shown

MAX_REDIRECTS = 5
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# IANA's special-purpose registries and what they leave out, beside what Python's is_global knows: some of it counts as
# global there, some depends on Python's version. 168.63.129.16 is a cloud's own, reached from its machines alone.
_NETWORKS = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
    "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 "
    "2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 "
)
_SPECIAL = [ipaddress.ip_network(text) for text in _NETWORKS.split()]
_ISATAP = (0x00005EFE, 0x02005EFE)  # an address within IPv6's last 64 bits, such as 2606:4700::5efe:7f00:1


class _Target(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str


def fetch(url: str, *, allow_private: bool, timeout: float, max_bytes: int) -> bytes:
    """Return what lies at an http(s) address.

    timeout: seconds for everything together: names, connections, redirects, content.
    allow_private: let the address lead into the local network, for a server of one's own.
    max_bytes: the download is given up as soon as it passes this size.
    Raises UserError, with one sentence, for whatever goes wrong.
    """
    deadline = _Deadline(timeout)
    try:
        for _ in range(MAX_REDIRECTS + 1):
            location_or_content = _one_hop(url, allow_private, deadline, max_bytes)
            if isinstance(location_or_content, bytes):
                return location_or_content
            url = location_or_content
    except TimeoutError:
        raise UserError(
            f"{_shown(url)} sent no complete answer within {timeout:g} seconds: try again, pass a larger timeout, or "
            "download the picture and pass its path"
        ) from None
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "no TLS"
        raise UserError(f"the connection to {_shown(url)} is not secure ({shown(reason)}): check the address") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserError(
            f"{_shown(url)} did not answer ({shown(reason)}): check the address and the network, or pass a local path"
        ) from None
    raise UserError(
        f"{_shown(url)} is the last of more than {MAX_REDIRECTS} redirects: pass the address where they should end"
    )


def _one_hop(url: str, allow_private: bool, deadline: _Deadline, max_bytes: int) -> bytes | str:
    """Request one address. Returns its content, or the address that it redirects to."""
    target = _parse(url)
    addresses = _resolve(target, deadline)
    if not allow_private:
        for address in addresses:
            _check_public(address, url)
    connection = _Connection(target, addresses, deadline)
    try:
        headers = {"User-Agent": "segtutor", "Accept": "image/*", "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("GET", target.path, headers=headers)
        response = connection.getresponse()
        location = response.getheader("Location")
        if response.status in (301, 302, 303, 307, 308) and location:
            # http.client reads headers as Latin-1, and servers send UTF-8.
            return urllib.parse.urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
        if response.status != 200:
            known = {status.value: status.phrase for status in HTTPStatus}
            phrase = known.get(response.status, "unknown status")
            raise UserError(
                f"{_shown(url)} answered {response.status} ({phrase}), not with a picture: check the address"
            )
        return _read_body(response, url, max_bytes)
    finally:
        connection.hang_up()


def _parse(url: str) -> _Target:
    """Take an address apart, or say why it is refused."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UserError(f"the address {_shown(url)} is malformed ({shown(error.args[0])})") from None
    if "@" in parts.netloc:
        raise UserError(
            f"the address {_shown(url)} must not contain a user name or password: download the picture and pass its "
            "path"
        )
    if parts.scheme not in ("http", "https"):
        do = "pass the path alone" if parts.scheme == "file" else "download the picture and pass its path"
        raise UserError(f"an address must begin with http:// or https://, got {_shown(url)}: {do}")
    if not host or "%" in host or re.search(r"[\x00-\x20\x7f]", url):
        raise UserError(f"an address must be http://host/path without spaces, got {_shown(url)}")
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UserError(f"the host name in the address {_shown(url)} is malformed") from None
    path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    secure = parts.scheme == "https"
    return _Target(parts.scheme, host, port or (443 if secure else 80), f"{path}?{query}" if query else path)


def _shown(url: str) -> str:
    """An address for a sentence, without the password that it may contain."""
    return shown(re.sub(r"//[^/?#]*@", "//", url))


def _resolve(target: _Target, deadline: _Deadline) -> list[Any]:
    """All socket addresses of a host, in the system's order.

    The system's resolver also reads odd spellings (2130706433, 0177.1), so what is checked is its result, never the
    spelling. It knows no time-out, hence the thread.
    """
    answer: queue.Queue = queue.Queue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise UserError(
            f"the host {shown(target.host)} has no network address: check its spelling and the network, or pass a "
            "local path"
        )
    return found


def _check_public(address: Any, url: str) -> None:
    text = address[4][0].partition("%")[0]
    if not is_public(text):
        raise UserError(
            f"the address {_shown(url)} leads to {text} in a private or reserved network: pass allow_private=True if "
            "that is your own server"
        )


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the public internet; IPv4 addresses inside IPv6 ones are taken out first."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64 or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = [part for part in inner if part is not None]
        if inner:
            return all(is_public(str(part)) for part in inner)
    if any(address.version == network.version and address in network for network in _SPECIAL):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not special and not address.is_link_local


def _read_body(response: http.client.HTTPResponse, url: str, max_bytes: int) -> bytes:
    encoding = (response.getheader("Content-Encoding") or "identity").lower()
    if encoding != "identity":
        raise UserError(
            f"{_shown(url)} sent the picture packed as {shown(encoding)}, which is not read: pass a local path"
        )
    too_large = UserError(
        f"{_shown(url)} sent more than {max_bytes / 1e6:g} MB: pass a smaller picture, or a larger max_bytes"
    )
    promised = response.length
    if promised is not None and promised > max_bytes:
        raise too_large
    content = bytearray()
    while block := response.read(65536):
        content += block
        if len(content) > max_bytes:
            raise too_large
    if promised is not None and len(content) < promised:
        raise UserError(f"{_shown(url)} sent {len(content)} of {promised} bytes before the connection broke: try again")
    return bytes(content)


class _Deadline:
    """One moment for everything. A time-out for each read would let a server send one byte a second for ever."""

    def __init__(self, seconds: float):
        self.end = time.monotonic() + seconds

    def remaining(self) -> float:
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class _Connection(http.client.HTTPConnection):
    """HTTP(S) to addresses that were already resolved and checked; name and certificate stay those of the host."""

    def __init__(self, target: _Target, addresses: list[Any], deadline: _Deadline):
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.scheme == "https" else 80  # decides whether the Host header names the port
        self.target, self.addresses, self.deadline = target, addresses, deadline
        self.connected: socket.socket | None = None

    def connect(self) -> None:
        failure: OSError = OSError("no address")
        for number, (family, kind, protocol, _, address) in enumerate(self.addresses):
            self.connected = socket.socket(family, kind, protocol)
            try:
                # A host of several addresses, one of which is silent, must leave time for the others.
                self.connected.settimeout(self.deadline.remaining() / (len(self.addresses) - number))
                self.connected.connect(address)
                break
            except OSError as error:
                self.connected.close()
                failure = error
        else:
            raise failure
        if self.target.scheme == "https":
            self.connected.settimeout(self.deadline.remaining())
            context = ssl.create_default_context()
            self.connected = context.wrap_socket(self.connected, server_hostname=self.target.host)
        self.sock: Any = _Socket(self.connected, self.deadline)

    def hang_up(self) -> None:
        """Close the socket. http.client's close() comes too early: before the content, if the server closes too."""
        self.close()
        if self.connected is not None:
            self.connected.close()


class _Socket(io.RawIOBase):
    """A socket of which each read and write ends at the common deadline; http.client needs no more of a socket."""

    def __init__(self, connected: socket.socket, deadline: _Deadline):
        self.connected, self.deadline = connected, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.connected.settimeout(self.deadline.remaining())
        return self.connected.recv_into(buffer)

    def sendall(self, content: bytes) -> None:
        self.connected.settimeout(self.deadline.remaining())
        self.connected.sendall(content)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """Nothing: see `_Connection.hang_up`."""
