"""A company's own authority and proxy work for both services; an untrusted server gets nothing."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sfvtui.config import Auth, NetworkSettings
from sfvtui.errors import Unreachable
from tests.remotes.scripted import Server

COUNT = {"totalSize": 3, "done": True, "records": []}
QUERY = "/services/data/v62.0/query"
HOST = "acme.example"


def signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> bytes:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: Any) -> Path:
    """A folder with an authority (ca.pem) and a server's certificate and key (server.pem)."""
    folder: Path = tmp_path_factory.mktemp("tls")
    own, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "ca.pem").write_bytes(signed("our CA", own, "our CA", own, authority=True))
    key = server.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(key + signed(HOST, server, "our CA", own, authority=False))
    return folder


@pytest.fixture
def secure(server: Server, certificates: Path) -> Server:
    """The server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    inner = server._server
    inner.socket = context.wrap_socket(inner.socket, server_side=True)
    server.on("GET", QUERY, COUNT)
    server.on("GET", "/resources/customFields", [])
    return server


class Proxy:
    """A proxy that tunnels every CONNECT to one port of loopback; `asked` says to where.

    With a `login` (`user:password`) it takes no other; with `tls` it is itself spoken to in TLS.
    """

    def __init__(self, port: int, login: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._wanted = base64.b64encode(login.encode()).decode().lower() if login else ""
        self._tls = tls
        self.asked: list[str] = []
        self.headers: list[str] = []
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return self.url_for("")

    def url_for(self, login: str) -> str:
        """Its address with a login (`user:password`), as a config has it."""
        scheme = "https" if self._tls else "http"
        at = f"{login}@" if login else ""
        return f"{scheme}://{at}127.0.0.1:{self._listening.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._tls:
                    client = self._tls.wrap_socket(client, server_side=True)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(4096)
                self.asked.append(head.split(b" ")[1].decode())
                self.headers.append(head.decode().lower())
                if f"basic {self._wanted}" not in self.headers[-1] and self._wanted:
                    client.sendall(
                        b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                        b"Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
                    )
                    client.close()
                    continue
                target = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, target]
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for one, other in ((client, target), (target, client)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def close(self) -> None:
        for one in (*self._open, self._listening):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def proxy(secure: Server) -> Iterator[Proxy]:
    running = Proxy(secure._server.server_address[1])
    yield running
    running.close()


def ask(client: Any) -> Any:
    if hasattr(client, "count"):
        return client.count("SELECT COUNT() FROM Contact")
    return client.custom_fields()


@pytest.fixture(params=["salesforce", "vitally"])
def client(request: Any, salesforce: Any, vitally: Any) -> Any:
    """Makes a client of either service for an address and a network."""

    def make(url: str, network: NetworkSettings) -> Any:
        if request.param == "vitally":
            return vitally(network, base_url=url)
        return salesforce(
            network, instance_url=url, auth=Auth.ACCESS_TOKEN, access_token="env:TOKEN"
        )

    return make


def test_a_companys_own_authority_is_trusted_besides_the_systems(secure, certificates, client):
    url = secure.url.replace("http://", "https://")
    network = NetworkSettings(ca_file=str(certificates / "ca.pem"))
    assert ask(client(url, network)) in (3, [])


def test_the_environments_authorities_are_trusted(secure, certificates, client, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    url = secure.url.replace("http://", "https://")
    assert ask(client(url, NetworkSettings())) in (3, [])


def test_an_untrusted_server_gets_nothing_and_is_not_asked_again(secure, client, sleeps):
    url = secure.url.replace("http://", "https://")
    with pytest.raises(Unreachable, match="not trusted") as caught:
        ask(client(url, NetworkSettings()))
    assert "network.ca_file" in caught.value.mend
    assert not secure.requests
    assert not sleeps


@pytest.mark.parametrize("from_environment", [True, False])
def test_a_proxy_tunnels_and_sees_no_secret(
    secure, certificates, proxy, client, monkeypatch, from_environment
):
    if from_environment:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    network = NetworkSettings(
        proxy="" if from_environment else proxy.url, ca_file=str(certificates / "ca.pem")
    )
    assert ask(client(f"https://{HOST}", network)) in (3, [])
    assert proxy.asked == [f"{HOST}:443"]
    assert "authorization" not in proxy.headers[0]


LOGIN, TYPED = "kim:p@ss:w/rd", "kim:p%40ss%3Aw%2Frd"


@pytest.mark.parametrize("from_environment", [True, False])
def test_a_proxy_that_wants_a_login_gets_it_and_the_service_does_not(
    secure, certificates, client, monkeypatch, from_environment
):
    proxy = Proxy(secure._server.server_address[1], LOGIN)
    if from_environment:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url_for(TYPED))
    network = NetworkSettings(
        proxy="" if from_environment else proxy.url_for(TYPED),
        ca_file=str(certificates / "ca.pem"),
    )
    assert ask(client(f"https://{HOST}", network)) in (3, [])
    assert proxy.asked == [f"{HOST}:443"]
    assert "proxy-authorization" not in str(secure.requests).lower()
    proxy.close()


def test_a_proxy_that_refuses_the_login_is_named_without_it(secure, certificates, client):
    proxy = Proxy(secure._server.server_address[1], LOGIN)
    network = NetworkSettings(
        proxy=proxy.url_for("kim:wr0ng"), ca_file=str(certificates / "ca.pem")
    )
    with pytest.raises(Unreachable, match="proxy wants another login") as caught:
        ask(client(f"https://{HOST}", network))
    told = f"{caught.value} {caught.value.mend} {caught.value.__cause__}"
    assert "wr0ng" not in told
    assert not secure.requests
    proxy.close()


def test_a_proxy_may_be_spoken_to_in_tls(secure, certificates, client):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    proxy = Proxy(secure._server.server_address[1], tls=context)
    network = NetworkSettings(proxy=proxy.url, ca_file=str(certificates / "ca.pem"))
    assert ask(client(f"https://{HOST}", network)) in (3, [])
    assert proxy.asked == [f"{HOST}:443"]
    proxy.close()


def test_a_host_of_no_proxy_is_asked_directly(secure, certificates, proxy, client, monkeypatch):
    port = secure._server.server_address[1]
    known = socket.getaddrinfo

    def here(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return known("127.0.0.1" if name == HOST else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", f"elsewhere.example, {HOST}")
    network = NetworkSettings(ca_file=str(certificates / "ca.pem"))
    assert ask(client(f"https://{HOST}:{port}", network)) in (3, [])
    assert proxy.asked == []


def test_the_wrong_authority_is_said_to_be_none_that_is_trusted(
    secure, certificates, client, tmp_path
):
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "other.pem").write_bytes(signed("another", other, "another", other, authority=True))
    url = secure.url.replace("http://", "https://")
    with pytest.raises(Unreachable, match="not trusted") as caught:
        ask(client(url, NetworkSettings(ca_file=str(tmp_path / "other.pem"))))
    assert "network.ca_file" in caught.value.mend
    assert not secure.requests


def test_a_proxy_that_is_down_means_not_sent(secure, certificates, proxy, client):
    proxy.close()
    network = NetworkSettings(proxy=proxy_address(), ca_file=str(certificates / "ca.pem"))
    with pytest.raises(Unreachable):
        ask(client(f"https://{HOST}", network))
    assert not secure.requests


def proxy_address() -> str:
    """An address of loopback at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"
