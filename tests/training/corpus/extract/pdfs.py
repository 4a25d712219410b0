"""Writes tiny PDF files: lines of Latin text on pages, with a password if asked (RC4, 40 bits)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_FILE_ID = b"0123456789abcdef"


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", password: str | None = None) -> bytes:
    """A PDF with these lines on its pages; an empty page has no text at all."""
    objects: list[bytes] = []
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    lock = None if password is None else _Lock(password)
    for index, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * index} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        stream = _content(lines)
        if lock:
            stream = lock.encrypt(stream, 5 + 2 * index)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    trailer = f"/Size {len(objects) + 3} /Root 1 0 R"
    if title:
        objects.append(f"<< /Title ({title}) >>".encode())
        trailer += f" /Info {len(objects)} 0 R"
    if lock:
        objects.append(lock.dictionary())
        trailer += f" /Encrypt {len(objects)} 0 R /ID [<{_FILE_ID.hex()}> <{_FILE_ID.hex()}>]"
    return _file(objects, trailer)


def _content(lines: Sequence[str]) -> bytes:
    drawn = []
    for number, line in enumerate(lines):
        escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        drawn.append(f"BT /F1 11 Tf 50 {800 - 16 * number} Td ({escaped}) Tj ET")
    return "\n".join(drawn).encode("cp1252")


def _file(objects: list[bytes], trailer: str) -> bytes:
    data = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        data += b"%010d 00000 n \n" % offset
    data += f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(data)


class _Lock:
    """The standard security handler, revision 2 (PDF 1.7, section 7.6.3)."""

    def __init__(self, password: str) -> None:
        user = (password.encode() + _PADDING)[:32]
        owner_key = hashlib.md5((b"owner" + _PADDING)[:32]).digest()[:5]
        self.owner = _rc4(owner_key, user)
        permissions = (-4 & 0xFFFFFFFF).to_bytes(4, "little")
        self.key = hashlib.md5(user + self.owner + permissions + _FILE_ID).digest()[:5]
        self.user = _rc4(self.key, _PADDING)

    def encrypt(self, data: bytes, number: int) -> bytes:
        salted = self.key + number.to_bytes(3, "little") + b"\0\0"
        return _rc4(hashlib.md5(salted).digest()[:10], data)

    def dictionary(self) -> bytes:
        keys = f"/O <{self.owner.hex()}> /U <{self.user.hex()}>"
        return f"<< /Filter /Standard /V 1 /R 2 /P -4 {keys} >>".encode()


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
