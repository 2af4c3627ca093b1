"""Packs the files of an e-book into its container (EPUB 3.3, section 4), the same files into the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO

import msgspec

FOLDER = "EPUB/"
PACKAGE = f"{FOLDER}package.opf"
_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of all files, so that the bytes depend on the edition only; the first that ZIP can state."""
_READABLE = 0o644 << 16
_UNIX = 3
_PACKED = frozenset(("image/jpeg", "image/png", "image/webp"))
_CONTAINER = f"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="{PACKAGE}" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


class Resource(msgspec.Struct, frozen=True):
    """A file of the book. `name`: relative to the package document; `id`, `properties`: in its manifest."""

    id: str
    name: str
    type: str
    body: bytes
    properties: str = ""


def pack(package: bytes, resources: Iterable[Resource]) -> bytes:
    """Return the bytes of a book. `package`: its package document; `resources`: all other files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        _add(book, "mimetype", b"application/epub+zip", stored=True)  # first, and as it is: programs look for it there
        _add(book, "META-INF/container.xml", _CONTAINER.encode())
        _add(book, PACKAGE, package)
        for resource in resources:
            _add(book, f"{FOLDER}{resource.name}", resource.body, stored=resource.type in _PACKED)
    return buffer.getvalue()


def _add(book: zipfile.ZipFile, name: str, body: bytes, *, stored: bool = False) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.external_attr = _READABLE
    info.create_system = _UNIX
    book.writestr(info, body)
