"""Languages: stated and detected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.languages import contradicts_script, detect_language, detect_source_language, normalise_language

GERMAN = "Die Brücke über den Fluss ist nach neunzehn Monaten wieder offen, und die Fähren fahren seltener als zuvor."
ENGLISH = "The bridge across the river is open again after nineteen months, and the ferries will run less often."
FRENCH = "Le pont sur le fleuve est de nouveau ouvert après dix-neuf mois, et les bateaux passent moins souvent."


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_us", "en-US"),
        ("en-GB", "en-GB"),
        ("zh-hans-cn", "zh-Hans-CN"),
        (" de ", "de"),
        ("English", "en"),
        ("und", None),
        ("", None),
        ("not a language", None),
        ("x", None),
    ],
)
def test_normalise_language(stated: str, expected: str | None) -> None:
    assert normalise_language(stated) == expected


@pytest.mark.parametrize(("text", "expected"), [(GERMAN, "de"), (ENGLISH, "en"), (FRENCH, "fr"), ("12:30", None)])
def test_detect_language(text: str, expected: str | None) -> None:
    assert detect_language(text) == expected


def test_the_language_of_a_source_is_detected_from_its_texts() -> None:
    assert detect_source_language([GERMAN, "Kurz", GERMAN]) == "de"
    assert detect_source_language([]) is None
    assert detect_source_language(["", "?"]) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    normalise_language(text)


SCRIPTS = {
    "Latn": ENGLISH,
    "Cyrl": "Мост через реку снова открыт после девятнадцати месяцев, и паромы будут ходить реже.",
    "Grek": "Η γέφυρα πάνω από τον ποταμό άνοιξε ξανά μετά από δεκαεννέα μήνες και τα πλοία.",
    "Arab": "أعيد فتح الجسر فوق النهر بعد تسعة عشر شهرا، وستعمل العبارات بوتيرة أقل من ذي قبل",
    "Hebr": "הגשר מעל הנהר נפתח מחדש לאחר תשעה עשר חודשים, והמעבורות יפעלו בתדירות נמוכה יותר",
    "Thai": "สะพานข้ามแม่น้ำเปิดอีกครั้งหลังจากสิบเก้าเดือน และเรือข้ามฟากจะวิ่งน้อยลงกว่าเดิม",
    "Deva": "नदी पर बना पुल उन्नीस महीने बाद फिर से खुल गया है और नावें पहले से कम चलेंगी ऐसा महापौर ने कहा है और लोग खुश हैं",
    "Jpan": "川にかかる橋が十九か月ぶりに再び開通し、フェリーの運航は以前より少なくなると市長は述べた。市民は歓迎。",
    "Hans": "河上的大桥在十九个月后重新开放，轮渡的班次将比以前少，市长说。人们对此表示欢迎，并期待着新航线开通。",
    "Kore": "강을 가로지르는 다리가 열아홉 달 만에 다시 열렸고 여객선은 예전보다 덜 자주 운항할 것이라고 말했다.",
}
WRITTEN_IN = {
    "en": "Latn", "de-DE": "Latn", "fr": "Latn", "pl": "Latn", "tr": "Latn", "vi": "Latn", "id": "Latn", "ru": "Cyrl",
    "uk": "Cyrl", "bg-BG": "Cyrl", "el": "Grek", "ar": "Arab", "fa": "Arab", "he": "Hebr", "th": "Thai", "hi": "Deva",
    "ja": "Jpan", "zh": "Hans", "zh-TW": "Hans", "zh-Hant": "Hans", "zh-Latn": "Latn", "ko": "Kore", "sr": "Latn Cyrl",
    "sr-Latn": "Latn", "uz": "Latn Cyrl Arab", "uz-Cyrl": "Cyrl", "kk": "Latn Cyrl Arab", "az": "Latn Cyrl Arab",
    "ku": "Latn Cyrl Arab",
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("language", WRITTEN_IN)
def test_a_script_contradicts_the_languages_that_are_not_written_in_it(language: str, script: str) -> None:
    assert contradicts_script(language, SCRIPTS[script]) is (script not in WRITTEN_IN[language].split())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", SCRIPTS["Cyrl"][:20]),
        ("en", "2026-11-29 12:30 – 15:45 → 100 % " * 10),
        ("en", f"{ENGLISH} {SCRIPTS['Cyrl']}"),
        ("ru", f"{SCRIPTS['Cyrl']} Apple iPhone MacBook Google Android Microsoft Windows Linux"),
        ("tlh", SCRIPTS["Cyrl"]),
        ("qaa", ENGLISH),
        ("xx-Zzzz", ENGLISH),
        ("en", "𝓣𝓱𝓮 𝓫𝓻𝓲𝓭𝓰𝓮 𝓲𝓼 𝓸𝓹𝓮𝓷 𝓪𝓰𝓪𝓲𝓷 𝓪𝓯𝓽𝓮𝓻 𝓷𝓲𝓷𝓮𝓽𝓮𝓮𝓷 𝓶𝓸𝓷𝓽𝓱𝓼 𝓸𝓯 𝔀𝓸𝓻𝓴"),
        ("ja", f"{SCRIPTS['Jpan']} Apple Google"),
        ("en", ""),
    ],
)
def test_short_mixed_and_unknown_texts_contradict_nothing(language: str, text: str) -> None:
    assert not contradicts_script(language, text)


@given(st.text(), st.text())
def test_no_text_contradicts_with_an_exception(language: str, text: str) -> None:
    assert contradicts_script(language, text * 5) in (True, False)
