"""The checks of e-books: a valid book passes both, and each broken rule is found."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from epub_checker import check_epub, check_with_epubcheck
from epub_rules import epub_problems

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005000"
    "1a5f645400000000049454e44ae426082"
)
PAGE = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{}</title><link rel="stylesheet" href="../style.css"/></head><body>{}</body></html>"""
BOOK = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>",
    "book/package.opf": """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="uid">urn:uuid:00000000-0000-5000-8000-000000000001</dc:identifier>
<dc:title id="title">Daily</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2026-11-24T12:30:00Z</meta><meta refines="#title" property="title-type">main</meta>
</metadata><manifest>
<item id="nav" href="text/nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="style.css" media-type="text/css"/>
<item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>
</manifest><spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>""",
    "book/text/nav.xhtml": PAGE.format(
        "Contents",
        '<nav epub:type="toc"><h1>Contents</h1><ol><li><a href="one.xhtml">One</a></li>'
        '<li><span>More</span><ol><li><a href="two.xhtml#b">Two</a></li></ol></li></ol></nav>',
    ),
    "book/text/one.xhtml": PAGE.format("One", '<h1 id="a">One</h1><p><a href="https://a.example/">A</a></p>'),
    "book/text/two.xhtml": PAGE.format(
        "Two", '<h1 id="b">Two</h1><p><a href="one.xhtml#a">One</a><img src="../cover.png" alt=""/></p>'
    ),
    "book/style.css": "p { background: url(cover.png) }",
}


def packed(files: dict[str, str], *, first: str = "mimetype", method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        for name in sorted(files, key=lambda name: name != first):
            book.writestr(name, files[name], method if name == first else zipfile.ZIP_DEFLATED)
        book.writestr("book/cover.png", PNG)
    return buffer.getvalue()


def changed(name: str, old: str, new: str) -> Callable[[], bytes]:
    assert old in BOOK[name], (name, old)
    return lambda: packed(BOOK | {name: BOOK[name].replace(old, new)})


OPF, NAV, ONE, TWO = "book/package.opf", "book/text/nav.xhtml", "book/text/one.xhtml", "book/text/two.xhtml"
BROKEN: list[tuple[str, Callable[[], bytes]]] = [
    ("unreadable: BadZipFile", lambda: b"PDF"),
    ("unreadable: KeyError", lambda: packed({"mimetype": "application/epub+zip"})),
    ("container: the first file is not mimetype", lambda: packed(BOOK, first=ONE)),
    ("container: the first file is not mimetype", lambda: packed(BOOK, method=zipfile.ZIP_DEFLATED)),
    ("container: mimetype is b'application/epub+zip\\n'", changed("mimetype", "zip", "zip\n")),
    ("container: files that the manifest does not list", lambda: packed(BOOK | {"book/other.txt": "x"})),
    ("container: the file name", lambda: packed(BOOK | {"../book.txt": "x"})),
    ("container.xml: media-type", changed("META-INF/container.xml", "oebps-package+xml", "xml")),
    ("package: version 2.0", changed(OPF, 'version="3.0"', 'version="2.0"')),
    ("package: ids: repeated", changed(OPF, '"css"', '"cover"')),
    ("metadata: no dc:title", changed(OPF, ">Daily<", "> <")),
    ("metadata: no dc:identifier with the id", changed(OPF, 'unique-identifier="uid"', 'unique-identifier="isbn"')),
    ("metadata: dc:language 'english'", changed(OPF, ">en<", ">english<")),
    ("metadata: dcterms:modified ['2026-11-24T12:30:00+00:00']", changed(OPF, "12:30:00Z", "12:30:00+00:00")),
    ("metadata: dcterms:modified []", changed(OPF, "dcterms:modified", "dcterms:issued")),
    ("metadata: refines #titel", changed(OPF, '"#title"', '"#titel"')),
    ("manifest: book/none.css is not in the book", changed(OPF, "style.css", "none.css")),
    ("manifest: book/cover.png is not image/jpeg", changed(OPF, "image/png", "image/jpeg")),
    ("manifest: book/cover.png: image/bmp", changed(OPF, "image/png", "image/bmp")),
    ("manifest: href: repeated", changed(OPF, "text/two.xhtml", "text/one.xhtml")),
    ("manifest: 0 items with the property nav", changed(OPF, ' properties="nav"', "")),
    ("spine: an idref is not", changed(OPF, 'idref="two"', 'idref="three"')),
    ("spine: documents that are not in it", changed(OPF, '<itemref idref="one"/>', "")),
    ("navigation: not one nav", changed(NAV, '"toc"', '"landmarks"')),
    ("navigation: an entry of ['span']", changed(NAV, '<a href="one.xhtml">One</a>', "<span>One</span>")),
    ("navigation: an entry without text", changed(NAV, ">One<", "><")),
    ("navigation: links to what is not in the spine", changed(NAV, '"one.xhtml"', '"../style.css"')),
    ("navigation: links in another order", changed(NAV, '"two.xhtml#b"', '"nav.xhtml"')),
    (f"{NAV}: reference to two.xhtml#c: no element", changed(NAV, "#b", "#c")),
    ("unreadable: XMLSyntaxError", changed(ONE, "</p>", "<br></p>")),
    ("unreadable: XMLSyntaxError", changed(ONE, "</p>", "&nbsp;</p>")),
    (f"{ONE}: not an html element of XHTML with a title", changed(ONE, "<title>One", "<title>")),
    (f"{ONE}: document type", changed(ONE, "<!DOCTYPE html>", '<!DOCTYPE html SYSTEM "about:legacy-compat">')),
    (f"{ONE}: ids: repeated", changed(ONE, "<p>", '<p id="a">')),
    (f"{ONE}: element 'p'", changed(ONE, "<p>", '<p xmlns="">')),
    (f"{ONE}: script without the property scripted", changed(ONE, "<p>", "<script/><p>")),
    (f"{ONE}: attribute onclick", changed(ONE, "<p>", '<p onclick="x()">')),
    (f"{ONE}: language 'german'", changed(ONE, "<p>", '<p lang="german">')),
    (f"{ONE}: reference to javascript:x()", changed(ONE, "https://a.example/", "javascript:x()")),
    (f"{ONE}: reference to file:///etc/passwd", changed(ONE, "https://a.example/", "file:///etc/passwd")),
    (f"{TWO}: reference to https://a.example/a.png", changed(TWO, "../cover.png", "https://a.example/a.png")),
    (f"{TWO}: reference to ../none.png", changed(TWO, "../cover.png", "../none.png")),
    (f"{TWO}: img without alt", changed(TWO, ' alt=""', "")),
    ("book/style.css: reference to none.png", changed("book/style.css", "cover.png", "none.png")),
    ("book/style.css: reference to https://", changed("book/style.css", "cover.png", "https://a.example/a.png")),
]


def test_a_valid_book() -> None:
    check_epub(packed(BOOK))


def test_remote_sound_needs_a_property() -> None:
    sound = BOOK[ONE].replace("<p>", '<p><audio src="https://a.example/a.mp3" controls=""></audio>')
    assert epub_problems(packed(BOOK | {ONE: sound})) == [f"{ONE}: reference to https://a.example/a.mp3"]
    package = BOOK[OPF].replace('<item id="one"', '<item properties="remote-resources" id="one"')
    package = package.replace(
        "</manifest>", '<item id="mp3" href="https://a.example/a.mp3" media-type="audio/mpeg"/></manifest>'
    )
    check_epub(packed(BOOK | {ONE: sound, OPF: package}))


@pytest.mark.parametrize(("problem", "book"), BROKEN, ids=[problem for problem, _ in BROKEN])
def test_broken_books(problem: str, book: Callable[[], bytes]) -> None:
    found = epub_problems(book())
    assert any(line.startswith(problem) for line in found), found


@pytest.mark.e2e
@pytest.mark.slow
def test_epubcheck() -> None:
    broken = packed(BOOK | {ONE: BOOK[ONE].replace("https://a.example/", "none.xhtml")})
    with pytest.raises(AssertionError) as caught:
        check_with_epubcheck(broken)
    [heading, message] = str(caught.value).splitlines()  # and nothing of the rest, which is valid
    assert heading == "EPUBCheck found:"
    assert message.startswith(f"{ONE}:3: ERROR: RSC-007: ")
