"""Pictures from the web: against real servers on this machine that are slow, endless, lying or gone."""

import io
import shutil
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from test_images import sentence

from segtutor.errors import UserError
from segtutor.images import fetch as fetch_module
from segtutor.images import load_image
from segtutor.images.fetch import is_public

buffer = io.BytesIO()
Image.new("RGB", (4, 3), (10, 20, 30)).save(buffer, "PNG")
PICTURE = buffer.getvalue()


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, dict]] = []

    def do_GET(self):
        self.seen.append((self.path, dict(self.headers)))
        name = self.path.split("?")[0].strip("/").replace("-", "_")
        getattr(self, f"answer_{name}", self.answer_missing)()

    def reply(self, content=b"", status=200, **headers):
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(content)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def answer_picture(self):
        self.reply(PICTURE)

    def answer_missing(self):
        self.reply(b"no", 404)

    def answer_broken(self):
        self.reply(b"", 599)

    def answer_page(self):
        self.reply(b"<!doctype html><html><body>A page about the picture")

    def answer_empty(self):
        self.reply(b"")

    def answer_packed(self):
        self.reply(PICTURE, Content_Encoding="gzip")

    def answer_short(self):
        self.reply(PICTURE[:20], Content_Length=str(len(PICTURE)))

    def answer_promises_much(self):
        self.reply(b"", Content_Length=str(10**12))

    def answer_endless(self):  # no length: only counting helps
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(65536))

    def answer_drips(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(600):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def answer_drips_headers(self):
        for _ in range(600):
            self.wfile.write(b"H")
            time.sleep(0.1)

    def answer_silent(self):
        time.sleep(60)

    def answer_garbage(self):
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def answer_nothing(self):
        pass

    def answer_chunks(self):
        chunks = [PICTURE[:30], PICTURE[30:]]
        content = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(content)

    def answer_bad_chunks(self):
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"zz\r\n")

    def answer_hop(self):
        left = int(self.path.partition("?")[2])
        self.reply(status=302, Location=f"/hop?{left - 1}" if left else "picture")

    def answer_loop(self):
        self.reply(status=301, Location="/loop")

    def answer_to(self):
        self.reply(status=307, Location=self.path.partition("?")[2])

    def answer_redirect_nowhere(self):
        self.reply(status=302)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):  # clients that give up are what these tests are about
        pass


def started(server) -> Server:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def server():
    running = started(Server(("127.0.0.1", 0), Handler))
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


GOOD = ["picture", "picture?size=large#part", "chunks", "hop?0", "hop?4"]


@pytest.mark.parametrize("path", GOOD)
def test_good(server, path):
    image = load_image(f"{server}/{path}", allow_private=True)
    assert image.shape == (3, 4, 3)
    assert (image == (10, 20, 30)).all()


# id, path, options, fragment of the sentence
BAD = [
    ("404", "missing", {}, "404 (Not Found)"),
    ("unknown status", "broken", {}, "599 (unknown status)"),
    ("web page", "page", {}, "copy the address of the picture itself"),
    ("empty", "empty", {}, "is empty"),
    ("packed", "packed", {}, "packed as 'gzip'"),
    ("connection breaks", "short", {}, f"20 of {len(PICTURE)} bytes"),
    ("too large by its own word", "promises-much", {}, "more than 100 MB"),
    ("endless", "endless", {"max_bytes": 10**6}, "more than 1 MB"),
    ("silent", "silent", {"timeout": 0.4}, "within 0.4 seconds"),
    ("content byte by byte", "drips", {"timeout": 0.4}, "within 0.4 seconds"),
    ("headers byte by byte", "drips-headers", {"timeout": 0.4}, "within 0.4 seconds"),
    ("not HTTP", "garbage", {}, "did not answer"),
    ("hangs up", "nothing", {}, "RemoteDisconnected"),
    ("bad chunks", "bad-chunks", {}, "did not answer"),
    ("redirect loop", "loop", {}, "more than 5 redirects"),
    ("six redirects", "hop?5", {}, "more than 5 redirects"),
    ("redirect without a goal", "redirect-nowhere", {}, "302 (Found)"),
    ("redirect to a file", "to?file:///etc/passwd", {}, "http:// or https://"),
    ("redirect with a password", "to?http://me:secret@127.0.0.1/", {}, "user name or password"),
    ("plain server, asked for https", "to?https://{host}/picture", {}, "not secure"),
    ("nobody listens", "to?http://127.0.0.1:1/", {}, "Connection refused"),
]


@pytest.mark.parametrize(("path", "options", "fragment"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad(server, path, options, fragment):
    path = path.replace("{host}", server.removeprefix("http://"))
    begin = time.monotonic()
    with pytest.raises(UserError) as caught:
        load_image(f"{server}/{path}", allow_private=True, **options)
    assert time.monotonic() - begin < 30  # who waits for the end of it waits for a minute
    assert fragment in sentence(caught.value)
    assert "secret" not in str(caught.value)


def test_private_addresses_are_not_even_contacted(server):
    Handler.seen.clear()
    with pytest.raises(UserError, match="allow_private=True") as caught:
        load_image(f"{server}/picture")
    sentence(caught.value)
    assert Handler.seen == []


def resolve_to(monkeypatch, table, port=None):
    """Replace the name server. A list of answers is given one at a time, as an attacker's name server would."""
    asked = []

    def getaddrinfo(host, given_port, **options):
        asked.append(host)
        answer = table[host]
        addresses = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(addresses, float):
            time.sleep(addresses)
            addresses = "127.0.0.1"
        family = [socket.AF_INET6 if ":" in a else socket.AF_INET for a in addresses.split()]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port or given_port)) for f, a in zip(family, addresses.split())]  # noqa: B905

    monkeypatch.setattr(fetch_module.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("addresses", ["10.0.0.7", "93.184.215.14 10.0.0.7", "::ffff:192.168.0.1", "93.184.215.14 ::1"])
def test_names_of_private_addresses_are_refused(monkeypatch, addresses):
    resolve_to(monkeypatch, {"innocent.example": addresses})
    with pytest.raises(UserError, match="private or reserved") as caught:
        load_image("http://innocent.example/a.png")
    sentence(caught.value)


def test_redirect_from_a_public_to_a_private_address(monkeypatch, server):
    """The first host counts as public here, so that the second hop is what is refused."""
    port = int(server.rpartition(":")[2])
    resolve_to(monkeypatch, {"public.example": "127.0.0.1", "127.0.0.2": "127.0.0.2"}, port)
    monkeypatch.setattr(fetch_module, "is_public", lambda text: text == "127.0.0.1")
    assert load_image("http://public.example/picture").shape == (3, 4, 3)
    Handler.seen.clear()
    with pytest.raises(UserError, match=r"leads to 127\.0\.0\.2 in a private"):
        load_image("http://public.example/to?http://127.0.0.2/picture")
    assert [path for path, _ in Handler.seen] == ["/to?http://127.0.0.2/picture"]


def test_a_name_is_resolved_once(monkeypatch, server):
    """DNS rebinding: checked as a public address, then connected to as a private one. There is no second question."""
    port = int(server.rpartition(":")[2])
    asked = resolve_to(monkeypatch, {"rebind.example": ["127.0.0.1", "127.0.0.99"]}, port)
    monkeypatch.setattr(fetch_module, "is_public", lambda text: text == "127.0.0.1")
    assert load_image("http://rebind.example/picture").shape == (3, 4, 3)
    assert asked == ["rebind.example"]
    assert Handler.seen[-1][1]["Host"] == "rebind.example"


def test_the_second_address_of_a_host_is_tried(monkeypatch, server):
    port = int(server.rpartition(":")[2])
    resolve_to(monkeypatch, {"two.example": "127.0.0.9 127.0.0.1"}, port)
    assert load_image("http://two.example/picture", allow_private=True).shape == (3, 4, 3)


def test_a_slow_name_server_counts(monkeypatch):
    resolve_to(monkeypatch, {"slow.example": [60.0]})
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"within 0\.3 seconds"):
        load_image("http://slow.example/a.png", timeout=0.3)
    assert time.monotonic() - begin < 30


def test_unknown_name(monkeypatch):
    def fail(*arguments, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(fetch_module.socket, "getaddrinfo", fail)
    with pytest.raises(UserError, match="no network address") as caught:
        load_image("http://no-such-host.example/a.png")
    sentence(caught.value)


def test_proxies_of_the_environment_are_not_used(monkeypatch, server):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert load_image(f"{server}/picture", allow_private=True).shape == (3, 4, 3)


def test_what_the_server_is_told(server):
    load_image(f"{server}/picture?größe=1&b=%20", allow_private=True)
    path, headers = Handler.seen[-1]
    assert path == "/picture?gr%C3%B6%C3%9Fe=1&b=%20"
    assert headers["Host"] == server.removeprefix("http://")
    assert headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in headers
    assert "Cookie" not in headers


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """An HTTPS server whose certificate names pictures.example and is signed by nobody."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=pictures.example", "-addext", "subjectAltName=DNS:pictures.example"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str] = []
    context.sni_callback = lambda connection, name, original: names.append(name)
    running = Server(("127.0.0.1", 0), Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
    started(running)
    yield running.server_port, certificate, names
    running.shutdown()
    running.server_close()


def test_https_checks_the_certificate_of_the_name(monkeypatch, secure):
    port, certificate, names = secure
    resolve_to(monkeypatch, {"pictures.example": "127.0.0.1", "other.example": "127.0.0.1"}, port)
    with pytest.raises(UserError, match="self-signed") as caught:
        load_image("https://pictures.example/picture", allow_private=True)
    sentence(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # now it is trusted, but only under its name
    image = load_image("https://pictures.example/picture", allow_private=True)
    assert np.array_equal(image[0, 0], (10, 20, 30))
    assert names[-1] == "pictures.example"
    with pytest.raises(UserError, match="Hostname mismatch") as caught:
        load_image("https://other.example/picture", allow_private=True)
    sentence(caught.value)


PUBLIC = ["93.184.215.14", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"]
NOT_PUBLIC = """
0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.2.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1
192.0.0.9 192.0.0.10 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 168.63.129.16 3fff::1 5f00::1 2001:2::1
2606:4700::5efe:7f00:1 2606:4700::200:5efe:10.0.0.1 64:ff9b:1::1 2620:4f:8000::1 100:0:0:1::1 2001:20::1
::ffff:10.0.0.1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 100::1 2001:db8::1 2002:7f00:1::
2001:0:4136:e378:8000:63bf:f5ff:fffe fc00::1 fd12::1 fe80::1 fec0::1 ff02::1
"""


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text):
    assert is_public(text)


@pytest.mark.parametrize("text", NOT_PUBLIC.split())
def test_not_public(text):
    assert not is_public(text)
