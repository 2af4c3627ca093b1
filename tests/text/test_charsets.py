"""Charsets: stated in a header or a document, missing, wrong, or not charsets at all."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.text.charsets import (
    codec_name,
    decode_body,
    decode_html,
    decode_labelled,
    decode_unlabelled,
    header_label,
    xml_to_utf8,
)

ZURICH = "Zürich – “Züri”"


@pytest.mark.parametrize("label", ["nonsense", "hex", "punycode", "undefined", "", "utf-8\0"])
def test_labels_that_are_not_charsets(label: str) -> None:
    with pytest.raises(LookupError):
        codec_name(label)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=ISO-8859-1", "iso8859-1"),
        ('text/xml; charset="utf-8"', "utf-8"),
        ("a\nb; charset=utf-8", "utf-8"),
    ],
)
def test_charset_of_a_header(content_type: str, expected: str) -> None:
    assert codec_name(header_label(content_type) or "") == expected


def test_header_without_charset() -> None:
    assert header_label("text/xml") is None


@pytest.mark.parametrize("charset", ["nonsense", "hex", "punycode"])
def test_a_body_whose_header_states_no_real_charset_is_utf8(charset: str) -> None:
    assert decode_body(ZURICH.encode("utf-8-sig"), f"text/plain; charset={charset}") == ZURICH


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ZURICH.encode("utf-8-sig"), "text/html; charset=windows-1252"),
        (ZURICH.encode("utf-16"), "text/html"),
        (ZURICH.encode("utf-32"), "text/html"),
        (ZURICH.encode("windows-1252"), "text/html; charset=iso-8859-1"),
        (ZURICH.encode("windows-1252"), "text/html"),
        (ZURICH.encode(), "text/html"),
        (ZURICH.encode(), "text/html; charset=hex"),
    ],
)
def test_html(body: bytes, content_type: str) -> None:
    assert decode_html(body, content_type) == ZURICH


def test_html_states_its_charset() -> None:
    page = '<meta charset="windows-1251"><p>Новости'
    assert decode_html(page.encode("windows-1251")) == page


@pytest.mark.parametrize("text", ["日本語" * 10, "é"])
def test_html_that_was_cut_within_a_character_is_utf8(text: str) -> None:
    assert decode_html(text.encode()[:-1]) == text[:-1] + "\ufffd"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "hex", "nonsense"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_xml_that_states_a_wrong_charset(encoding: str, charset: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><a>{ZURICH}</a>'
    assert xml_to_utf8(document.encode(charset), "") == f'<?xml version="1.0"?><a>{ZURICH}</a>'.encode()


@pytest.mark.parametrize("end", ["", " "])
def test_xml_that_states_utf16_in_ascii_is_not_utf16(end: str) -> None:
    document = f'<?xml version="1.0" encoding="utf-16"?><a>{ZURICH}</a>{end}'
    assert xml_to_utf8(document.encode(), "") == f'<?xml version="1.0"?><a>{ZURICH}</a>{end}'.encode()


def test_text_with_a_few_broken_bytes_stays_utf8() -> None:
    assert decode_unlabelled("é".encode() * 20 + b"\xff") == "é" * 20 + "\ufffd"
    assert decode_unlabelled(b"caf\xe9") == "café"


def test_text_labelled_as_latin_is_tried_as_utf8() -> None:
    assert decode_labelled(ZURICH.encode(), "iso-8859-1") == ZURICH
    assert decode_labelled(ZURICH.encode("windows-1252"), "us-ascii") == ZURICH
    assert decode_labelled("Новости".encode("koi8-r"), "koi8-r") == "Новости"


TEXTS = {
    "de": ("Die Brücke über den Fluss ist wieder geöffnet, und die Fähren fahren häufiger für die Bürger.", ["cp1252"]),
    "fr": ("Le pont a été rouvert après dix-neuf mois ; l’été dernier, il était fermé à côté de la forêt.", ["cp1252"]),
    "es": ("El año pasado se cerró el puente; según el alcalde costó más de un millón. ¿Y mañana?", ["cp1252"]),
    "pl": (
        "Most nad rzeką został ponownie otwarty po dziewiętnastu miesiącach, a łodzie będą kursować rzadziej.",
        ["iso-8859-2", "windows-1250"],
    ),
    "cs": (
        "Most přes řeku je po devatenácti měsících znovu otevřen a přívozy budou jezdit méně často než dříve.",
        ["iso-8859-2", "windows-1250"],
    ),
    "ru": (
        "Мост через реку снова открыт после девятнадцати месяцев, и паромы будут ходить реже, чем раньше.",
        ["windows-1251", "koi8-r", "iso-8859-5"],
    ),
    "el": (
        "Η γέφυρα πάνω από τον ποταμό άνοιξε ξανά μετά από δεκαεννέα μήνες και τα πλοία θα περνούν πιο σπάνια.",
        ["windows-1253", "iso-8859-7"],
    ),
    "tr": ("Nehrin üzerindeki köprü on dokuz ay sonra yeniden açıldı, dedi şehrin başkanı.", ["windows-1254"]),
    "he": ("הגשר מעל הנהר נפתח מחדש לאחר תשעה עשר חודשים, והמעבורות יפעלו בתדירות נמוכה יותר מבעבר", ["windows-1255"]),
    "ar": ("أعيد فتح الجسر فوق النهر بعد تسعة عشر شهرا، وستعمل العبارات بوتيرة أقل من ذي قبل", ["windows-1256"]),
    "ja": (
        "川にかかる橋が十九か月ぶりに再び開通し、フェリーの運航は以前より少なくなると市長は述べた。",
        ["shift_jis", "euc-jp"],
    ),
    "zh": ("河上的大桥在十九个月后重新开放，轮渡的班次将比以前少，市长说。人们对此表示欢迎。", ["gb18030"]),
    "zh-Hant": ("河上的大橋在十九個月後重新開放，渡輪的班次將比以前少，市長說。人們對此表示歡迎。", ["big5"]),
    "ko": ("강을 가로지르는 다리가 열아홉 달 만에 다시 열렸고 여객선은 예전보다 덜 자주 운항할 것이다.", ["euc-kr"]),
}
ENCODED = [(text, charset) for text, charsets in TEXTS.values() for charset in charsets]
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
FALSE_LABELS = ["utf-8", "utf8", "UTF-16", "unicode", "ucs-2", "nonsense", "", "hex"]


def read_as_xml(text: str, charset: str, header: str, declared: str) -> str:
    document = f'<?xml version="1.0" encoding="{declared}"?><rss><title>{text}</title></rss>'
    decoded = xml_to_utf8(document.encode(charset), header and f"text/xml; charset={header}").decode()
    return decoded.partition("<title>")[2].partition("</title>")[0]


def read_as_html(text: str, charset: str, header: str, declared: str) -> str:
    document = f'<html><meta charset="{declared}"><title>{text}</title></html>'
    decoded = decode_html(document.encode(charset), header and f"text/html; charset={header}")
    return decoded.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize("label", FALSE_LABELS)
@pytest.mark.parametrize(("text", "charset"), ENCODED)
def test_a_label_that_the_bytes_disprove_is_not_used(text: str, charset: str, label: str) -> None:
    for read in (read_as_xml, read_as_html):
        assert read(text, charset, "", label) == text
        assert read(text, charset, label, label) == text
        assert read(text, charset, label, charset) == text


@pytest.mark.parametrize(
    "label", [*FALSE_LABELS, "us-ascii", "iso-8859-1", "windows-1251", "shift_jis", "gb2312", "utf-32"]
)
@pytest.mark.parametrize("charset", UNICODE)
@pytest.mark.parametrize("text", [text for text, _ in TEXTS.values()])
def test_unicode_proves_itself(text: str, charset: str, label: str) -> None:
    for read in (read_as_xml, read_as_html):
        assert read(text, charset, "", label) == text
        assert read(text, charset, label, "") == text


@pytest.mark.parametrize(("text", "charset"), ENCODED)
def test_a_true_label_is_used(text: str, charset: str) -> None:
    for read in (read_as_xml, read_as_html):
        assert read(text, charset, charset, charset) == read(text, charset, "", charset) == text
        assert read(text[:3], charset, "", charset) == text[:3]
    assert decode_labelled(text.encode(charset), charset) == text
    assert decode_body(text.encode(charset), f"text/plain; charset={charset}") == text


@pytest.mark.parametrize(
    ("text", "charset", "label"),
    [
        ("丂镕碁 – 一", "gbk", "gb2312"),
        ("㐀𠀀 – 一", "gb18030", "gb2312"),
        ("①髙﨑", "cp932", "x-sjis"),
        ("①髙﨑", "cp932", "Shift_JIS"),
        ("똠방각하", "cp949", "ks_c_5601-1987"),
        ("嘅咁喺", "big5hkscs", "big5"),
        ("“Züri” – 5 €", "cp1252", "iso-8859-1"),
        ("ไทย “ก”", "cp874", "tis-620"),
        ("Привет", "cp1251", "win-1251"),
        ("日本語", "iso-2022-jp", "iso-2022-jp"),
        ("日本語", "utf-16-be", "utf-16"),
        ("日本語", "utf-16-le", "utf-16"),
        ("Новости дня", "utf-16-be", "utf-16"),
        ("一", "gbk", "gbk"),
    ],
)
def test_labels_mean_what_browsers_mean(text: str, charset: str, label: str) -> None:
    assert decode_labelled(text.encode(charset), label) == text
    assert decode_body(text.encode(charset), f"text/plain; charset={label}") == text


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "windows-1251", "gbk", "", "utf-16"])
def test_one_broken_byte_does_not_change_the_charset(label: str) -> None:
    text = TEXTS["ru"][0]
    broken = text.encode()[:41] + b"\xff" + text.encode()[41:]
    assert decode_labelled(broken, label) in (
        f"{broken[:41].decode(errors='replace')}\ufffd{text[22:]}",
        broken.decode(errors="replace"),
    )
    german = TEXTS["de"][0]
    broken = german.encode("cp1252") + "“".encode()
    assert decode_labelled(broken, "" if label in ("windows-1251", "gbk") else label).startswith(german)
    chinese = TEXTS["zh"][0]
    assert decode_labelled(chinese.encode("gbk") + b"\xff!", "gbk") == f"{chinese}\ufffd!"


def test_a_byte_order_mark_that_is_wrong() -> None:
    page = f"<p>{ZURICH}</p>"
    assert decode_html(b"\xff\xfe" + page.encode()) == page
    assert decode_html(b"\xef\xbb\xbf" + page.encode("cp1252")) == page
    assert xml_to_utf8(b"\xfe\xff" + page.encode("cp1252"), "") == page.encode()


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_zero_bytes_between_the_characters(charset: str) -> None:
    page = f"<html><p>{ZURICH}</p><p>It is open again after nineteen months.</p></html>"
    body = page.encode(charset)
    assert decode_html(body[:9] + b"\0" + body[9:30] + b"\0\0" + body[30:]) == page


ALPHABETS = {
    "windows-1252": "äöüéèàçñøåœ", "windows-1250": "ąćęłńóśźżčřšžů", "iso-8859-2": "ąćęłńóśźżčřšžů", "windows-1251":
    "абвгдежзийклмнопрстуфхцчшщъыьэюя", "koi8-r": "абвгдежзийклмнопрстуфхцчшщъыьэюя", "iso-8859-5":
    "абвгдежзийклмнопрстуфхцчшщъыьэюя", "windows-1253": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ", "windows-1255":
    "אבגדהוזחטיכלמנסעפצקרשת", "windows-1256": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "shift_jis": "日本語のニュース記事は、今日。",
    "euc-jp": "日本語のニュース記事は、今日。", "gb18030": "新闻今天中国的一是不了在人有我",
    "gb2312": "新闻今天中国的一是不了在人有我",
    "big5": "新聞今天中國的一是不了在人有我", "euc-kr": "한국어뉴스오늘의기사", "iso-2022-jp": "日本語のニュース記事",
}  # fmt: skip


@given(st.sampled_from(sorted(ALPHABETS)), st.data())
def test_text_is_read_back_in_its_declared_charset(charset: str, data: st.DataObject) -> None:
    letters = st.text(st.sampled_from(ALPHABETS[charset] + " abc,."), max_size=60)
    text = data.draw(letters, label=charset).strip()
    for read in (read_as_xml, read_as_html):
        assert read(text, charset, charset, "") == read(text, charset, "", charset) == text


@given(
    st.text(max_size=80), st.sampled_from(UNICODE), st.sampled_from(["", "utf-8", "utf-16", "iso-8859-1", "nonsense"])
)
def test_unicode_is_read_back(text: str, charset: str, label: str) -> None:
    assume(not set(text) & set("\0<>\ufeff\ufffd") and not any(0x7F < ord(c) < 0xA0 for c in text))
    for read in (read_as_xml, read_as_html):
        assert read(text, charset, label, label) == text


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_decode(body: bytes, label: str) -> None:
    header = f"text/html; charset={label}"
    for text in (decode_body(body, header), decode_html(body, header), decode_labelled(body, label)):
        assert isinstance(text, str)
    xml_to_utf8(body, header).decode()
