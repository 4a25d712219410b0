"""Books and archives: 8 files."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile

from tests.hostile.case import Case, quarantined, refused
from tests.training.corpus.extract.test_archives import packed_zip
from tests.training.corpus.extract.test_epub import CONTAINER, OPF, book

_LAUGHS = (
    "<!DOCTYPE c [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
)  # fmt: skip
_LOCK = (
    "<encryption><EncryptedData><EncryptionMethod "
    'Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/></EncryptedData></encryption>'
)


def _member_bomb(chance: random.Random) -> bytes:
    """500 MiB in half a megabyte."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("zeros.txt", "w") as member,
    ):
        for _ in range(500):
            member.write(b"0" * ((1 << 20) - 1) + b"\n")
    return file.getvalue()


def _nested(chance: random.Random) -> bytes:
    data = b"words"
    for depth in range(6):
        data = packed_zip({f"{depth}.zip" if depth else "x.txt": data})
    return data


def _overlapping(chance: random.Random) -> bytes:
    """Two names in the list of members for one and the same bytes."""
    data = packed_zip({"a.txt": b"first words", "b.txt": b"second words"})
    second = data.rindex(b"PK\x01\x02")
    return data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]


def _link(chance: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.txt", "good words")
    return file.getvalue()


def _late_mimetype() -> bytes:
    """A book whose first member is packed and no ``mimetype``: still a book by its name."""
    return packed_zip(
        {
            "META-INF/container.xml": CONTAINER.encode(),
            "OEBPS/content.opf": OPF.encode(),
            "OEBPS/text/one.xhtml": b"<html><body><p>Words of it.</p></body></html>",
        }
    )


BOOKS = [
    Case("member-bomb.zip", _member_bomb, refused="longer than 64 MiB"),
    Case("nested.zip", _nested, refused="is an archive more than 2 deep"),
    Case("overlap.zip", _overlapping, fault="is damaged", num_faults=1, num_documents=1),
    quarantined(
        "names.zip",
        packed_zip({"../up.txt": b"evil", "/etc/abs.txt": b"evil", "good.txt": b"good words"}),
        "leads out of its archive", num_faults=2,
    ),
    Case("link.zip", _link, fault="is a link", num_faults=1, num_documents=1),
    quarantined("mimetype.epub", _late_mimetype(), "is not in the book"),
    refused("laughs.epub", book(**{"META-INF/container.xml": _LAUGHS + CONTAINER}), "declares XML"),
    refused("locked.epub", book(**{"META-INF/encryption.xml": _LOCK}), "is locked"),
]  # fmt: skip
