"""Reads an e-book as the EPUB 3.3 specification says, and reports what breaks its rules; see `epub_checker`.

Independent of what writes e-books here, and of EPUBCheck: container, package document, navigation document, content
documents, style sheets, and the references between them.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from urllib.parse import unquote, urlsplit

from feed_findings import LANGUAGE
from lxml import etree

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPE = "{http://www.idpf.org/2007/ops}type"
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
MODIFIED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
# What files of the core media types begin with
SIGNATURES = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    "image/svg+xml": rb"(?s).*<svg[\s>]",
    "application/xhtml+xml": rb"(?s).*<html[\s>]",
    "application/x-dtbncx+xml": rb"(?s).*<ncx[\s>]",
    "text/css": rb"(?!\s*<)",
    "font/woff2": rb"wOF2",
    "font/woff": rb"wOFF",
    "font/ttf": rb"\x00\x01\x00\x00",
    "font/otf": rb"OTTO",
    "audio/mpeg": rb"ID3|\xff[\xe0-\xff]",
}
RESOURCES = ("src", "poster", "data", "{http://www.w3.org/1999/xlink}href")
MEDIA = ("audio", "video", "source", "track")


def epub_problems(book: bytes) -> list[str]:
    """Return what is wrong with an e-book, one line each."""
    try:
        return [*Book(book).problems()]
    except (zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, IndexError) as error:
        return [f"unreadable: {error!r}"]


class Book:
    """An opened e-book. `items`: the elements of the manifest by path; `documents`: the content documents, parsed."""

    def __init__(self, book: bytes) -> None:
        self.zip = zipfile.ZipFile(BytesIO(book))
        self.names = self.zip.namelist()
        container = etree.fromstring(self.zip.read("META-INF/container.xml"))
        self.rootfile = container.findall(f"{CONTAINER}rootfiles/{CONTAINER}rootfile")[0]
        self.path = self.rootfile.get("full-path", "")
        self.package = etree.fromstring(self.zip.read(self.path))
        self.manifest = self.package.findall(f"{OPF}manifest/{OPF}item")
        self.items = {self.resolve(self.path, item.get("href", "")): item for item in self.manifest}
        self.documents = {
            path: etree.fromstring(self.zip.read(path), etree.XMLParser(resolve_entities=False, load_dtd=False))
            for path, item in self.items.items()
            if item.get("media-type") == "application/xhtml+xml" and path in self.names
        }
        by_id = {item.get("id"): path for path, item in self.items.items()}
        self.spine = [by_id.get(ref.get("idref"), "") for ref in self.package.findall(f"{OPF}spine/{OPF}itemref")]

    @staticmethod
    def resolve(base: str, href: str) -> str:
        """Return the path that a reference of a file means; a URL as it is."""
        if urlsplit(href).scheme:
            return href
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(urlsplit(href).path)))

    def problems(self) -> Iterator[str]:
        yield from self._container()
        yield from self._metadata()
        yield from self._manifest()
        yield from self._spine()
        yield from self._navigation()
        for path, document in self.documents.items():
            yield from (f"{path}: {problem}" for problem in self._document(path, document))
        for path, item in self.items.items():
            if item.get("media-type") == "text/css" and path in self.names:
                yield from self._style_sheet(path)

    def _container(self) -> Iterator[str]:
        first = self.zip.infolist()[0]
        if (first.filename, first.compress_type, first.extra) != ("mimetype", zipfile.ZIP_STORED, b""):
            yield "container: the first file is not mimetype, stored without extra field"
        elif self.zip.read(first) != b"application/epub+zip":
            yield f"container: mimetype is {self.zip.read(first)!r}"
        yield from repeated((name.casefold() for name in self.names), "container: files")
        for info in self.zip.infolist():
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield f"container: {info.filename} is encrypted or not deflated"
            if not re.fullmatch(r'(?!/)(?!(.*/)?\.\.?/)[^\\:*?"<>|\x00-\x1f\x7f]+(?<!\.)', info.filename):
                yield f"container: the file name {info.filename!r}"
        if self.rootfile.get("media-type") != "application/oebps-package+xml":
            yield f"container.xml: media-type {self.rootfile.get('media-type')}"
        listed = {"mimetype", self.path, *self.items}
        others = [n for n in self.names if n not in listed and not n.startswith("META-INF/") and not n.endswith("/")]
        if others:
            yield f"container: files that the manifest does not list: {others}"

    def _metadata(self) -> Iterator[str]:
        if self.package.get("version") != "3.0":
            yield f"package: version {self.package.get('version')}"
        metadata = self.package.findall(f"{OPF}metadata")[0]
        for name in ("identifier", "title", "language"):
            if not any((element.text or "").strip() for element in metadata.findall(f"{DC}{name}")):
                yield f"metadata: no dc:{name}"
        identifiers = {element.get("id") for element in metadata.findall(f"{DC}identifier")}
        if self.package.get("unique-identifier") not in identifiers:
            yield "metadata: no dc:identifier with the id that unique-identifier names"
        for language in metadata.findall(f"{DC}language"):
            if not LANGUAGE.match(language.text or ""):
                yield f"metadata: dc:language {language.text!r}"
        yield from self._properties(metadata.findall(f"{OPF}meta"))

    def _properties(self, metas: list[etree._Element]) -> Iterator[str]:
        modified = [meta.text or "" for meta in metas if meta.get("property") == "dcterms:modified"]
        if len(modified) != 1 or not MODIFIED.match(modified[0]):
            yield f"metadata: dcterms:modified {modified}"
        ids = {str(element.get("id")) for element in self.package.iter(etree.Element) if element.get("id")}
        for meta in metas:
            if not meta.get("name") and not (meta.get("property") and (meta.text or "").strip()):
                yield "metadata: a meta without property or text"
            if (meta.get("refines") or "#").removeprefix("#") not in ids | {""}:
                yield f"metadata: refines {meta.get('refines')}, which does not exist"

    def _manifest(self) -> Iterator[str]:
        ids = [str(element.get("id")) for element in self.package.iter(etree.Element) if element.get("id")]
        yield from repeated(ids, "package: ids")
        paths = [self.resolve(self.path, item.get("href", "")) for item in self.manifest]
        yield from repeated(paths, "manifest: href")
        for path, item in self.items.items():
            if not item.get("id") or "#" in item.get("href", "#"):
                yield f"manifest: {path}: no id, or a fragment in href"
            kind = item.get("media-type", "")
            if urlsplit(path).scheme:
                if not kind.startswith(("audio/", "video/")):
                    yield f"manifest: {path} is elsewhere, but not audio or video"
            elif path not in self.names:
                yield f"manifest: {path} is not in the book"
            elif kind not in SIGNATURES:
                yield f"manifest: {path}: {kind} is not a core media type"
            elif not re.match(SIGNATURES[kind], self.zip.read(path)[:2_000]):
                yield f"manifest: {path} is not {kind}"
        for name, most in (("nav", 1), ("cover-image", 1)):
            count = len(self._with_property(name))
            if count > most or (name == "nav" and count != 1):
                yield f"manifest: {count} items with the property {name}"

    def _with_property(self, name: str) -> list[str]:
        return [path for path, item in self.items.items() if name in item.get("properties", "").split()]

    def _spine(self) -> Iterator[str]:
        if not self.spine:
            yield "spine: empty"
        yield from repeated(self.spine, "spine")
        for path in self.spine:
            if path not in self.documents:
                yield f"spine: {path or 'an idref'} is not an XHTML document of the manifest"
        unread = set(self.documents) - set(self.spine) - set(self._with_property("nav"))
        if unread:
            yield f"spine: documents that are not in it: {sorted(unread)}"
        ncx = self.package.findall(f"{OPF}spine")[0].get("toc")
        kinds = {item.get("id"): item.get("media-type") for item in self.manifest}
        if ncx and kinds.get(ncx) != "application/x-dtbncx+xml":
            yield f"spine: toc {ncx} is not an NCX"

    def _navigation(self) -> Iterator[str]:
        for path in self._with_property("nav"):
            if (document := self.documents.get(path)) is None:
                yield f"navigation: {path} is not an XHTML document"
                continue
            contents = [nav for nav in document.iter(f"{XHTML}nav") if nav.get(TYPE) == "toc"]
            if len(contents) != 1 or len(contents[0].findall(f"{XHTML}ol")) != 1:
                yield "navigation: not one nav of the type toc with one ol"
                continue
            yield from self._contents(path, contents[0])

    def _contents(self, path: str, nav: etree._Element) -> Iterator[str]:
        """Check the table of contents: labels, nesting, and links in reading order."""
        for entry in nav.iter(f"{XHTML}li"):
            label = next(entry.iterchildren(etree.Element), None)
            children = [str(child.tag).removeprefix(XHTML) for child in entry.iterchildren(etree.Element)]
            if children not in (["a"], ["a", "ol"], ["span", "ol"]) or label is None:
                yield f"navigation: an entry of {children}"
            elif not "".join(map(str, label.itertext())).strip():
                yield "navigation: an entry without text"
        for ordered in nav.iter(f"{XHTML}ol"):
            if not len(ordered):
                yield "navigation: an empty ol"
        order = [self.resolve(path, link.get("href", "")) for link in nav.iter(f"{XHTML}a")]
        places = [self.spine.index(target) for target in order if target in self.spine]
        if len(places) < len(order):
            yield f"navigation: links to what is not in the spine: {sorted(set(order) - set(self.spine))}"
        if places != sorted(places):
            yield "navigation: links in another order than the spine"

    def _document(self, path: str, document: etree._Element) -> Iterator[str]:
        if document.tag != f"{XHTML}html" or not (document.findtext(f"{XHTML}head/{XHTML}title") or "").strip():
            yield "not an html element of XHTML with a title"
        doctype = document.getroottree().docinfo.doctype
        if doctype not in ("", "<!DOCTYPE html>"):
            yield f"document type {doctype}"
        elements = [*document.iter(etree.Element)]
        yield from repeated((str(e.get("id")) for e in elements if e.get("id") is not None), "ids")
        properties = self.items[path].get("properties", "").split()
        for element in elements:
            yield from self._element(path, element, properties)
        for name in ("svg", "math", "script"):
            used = any(str(element.tag).rpartition("}")[2] == name for element in elements)
            needed = {"svg": "svg", "math": "mathml", "script": "scripted"}[name]
            if used != (needed in properties):
                yield f"{name} {'without' if used else 'missing despite'} the property {needed} of the manifest"

    def _element(self, path: str, element: etree._Element, properties: list[str]) -> Iterator[str]:
        name = str(element.tag).rpartition("}")[2]
        if not str(element.tag).startswith("{") or name in ("base", "iframe", "object", "embed", "applet", "font"):
            yield f"element {element.tag!r}"
        if name == "img" and element.get("alt") is None:
            yield f"img without alt: {element.get('src')}"
        for attribute in map(str, element.attrib):
            if attribute.startswith("on"):
                yield f"attribute {attribute}"
        for language in (element.get("lang"), element.get("{http://www.w3.org/XML/1998/namespace}lang")):
            if language and not LANGUAGE.match(language):
                yield f"language {language!r}"
        yield from self._references(path, element, name, properties)

    def _references(self, path: str, element: etree._Element, name: str, properties: list[str]) -> Iterator[str]:
        for attribute in RESOURCES:
            if attribute in element.attrib:
                remote = name in MEDIA and "remote-resources" in properties
                yield from self._reference(path, element.get(attribute, ""), remote=remote)
        if name in ("a", "area") and "href" in element.attrib:
            yield from self._reference(path, element.get("href", ""), remote=True)
        if name == "link":
            yield from self._reference(path, element.get("href", ""), remote=False)

    def _reference(self, path: str, href: str, *, remote: bool) -> Iterator[str]:
        """Check that a reference leads to a file of the manifest, and its fragment to an element."""
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            if not remote or parts.scheme not in ("http", "https", "mailto", "tel"):
                yield f"reference to {href}"
            return
        if re.search(r'[\s<>"{}|\\^`\x00-\x1f]', href) or parts.query:
            yield f"reference {href!r}: characters that are not allowed, or a query"
        target = self.resolve(path, href) if parts.path else path
        if target not in self.items:
            yield f"reference to {href}, which is not in the manifest"
        elif parts.fragment:
            document = self.documents.get(target)
            ids = {element.get("id") for element in document.iter(etree.Element)} if document is not None else set()
            if unquote(parts.fragment) not in ids:
                yield f"reference to {href}: no element with this id"

    def _style_sheet(self, path: str) -> Iterator[str]:
        css = re.sub(r"(?s)/\*.*?\*/", "", self.zip.read(path).decode("utf-8"))
        addresses = re.findall(r"""url\(\s*["']?([^"')]*)""", css) + re.findall(r"""@import\s+["']([^"']*)""", css)
        for href in addresses:
            if not href.startswith("data:"):
                yield from (f"{path}: {problem}" for problem in self._reference(path, href, remote=False))
        if re.search(r"(?<![-\w])(direction|unicode-bidi)\s*:", css):
            yield f"{path}: direction and unicode-bidi are not allowed"


def repeated(values: Iterable[str], what: str) -> Iterator[str]:
    found = [value for value, count in Counter(values).items() if count > 1]
    if found:
        yield f"{what}: repeated: {found}"
