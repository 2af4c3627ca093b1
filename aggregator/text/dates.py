"""Parse dates in the forms that feeds use, as UTC. Missing parts are never made up.

See RFC 9110 5.6.7 and RFC 5322 3.3 (RSS), RFC 3339 and W3C-DTF (Atom, Dublin Core); the rest is what publishers send.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from aggregator.model import RoughDate

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates from here on are not dates of articles."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro januari ene gen janv stycznia styczeń ledna leden "
            "января январь янв січня ocak tammikuuta ianuarie janúar يناير جانفي Ιανουαρίου",
            "feb february februar février fevrier febrero febbraio fevereiro februari fev févr fevr lutego luty "
            "února únor февраля февраль фев лютого şubat helmikuuta februarie فبراير فيفري شباط Φεβρουαρίου",
            "mar march märz maerz mars marzo março marco maart mrz mär marca marzec března březen марта март мар "
            "березня mart maaliskuuta martie maret مارس آذار Μαρτίου",
            "apr april avril abril aprile avr abr kwietnia kwiecień dubna duben апреля апрель апр квітня nisan "
            "huhtikuuta aprilie أبريل ابريل إبريل أفريل نيسان Απριλίου",
            "may mai mayo maggio maio mei mag maja maj května květen мая май травня mayıs toukokuuta "
            "مايو ماي أيار Μαΐου",
            "jun june juni juin junio giugno junho giu czerwca czerwiec června červen июня июнь июн червня "
            "haziran kesäkuuta iunie يونيو يونيه جوان حزيران Ιουνίου",
            "jul july juli juillet julio luglio julho juil lug lipca lipiec července červenec июля июль июл липня "
            "temmuz heinäkuuta iulie يوليو يوليه جويلية تموز Ιουλίου",
            "aug august août aout agosto augustus ago sierpnia sierpień srpna srpen августа август авг серпня "
            "ağustos elokuuta agustus avgust أغسطس اغسطس أوت Αυγούστου",
            "sep sept september septembre septiembre settembre setembro set września wrzesień září сентября "
            "сентябрь сен вересня eylül syyskuuta septembrie سبتمبر أيلول Σεπτεμβρίου",
            "oct october oktober octobre octubre ottobre outubro okt ott out października październik října říjen "
            "октября октябрь окт жовтня ekim lokakuuta octombrie أكتوبر اكتوبر Οκτωβρίου",
            "nov november novembre noviembre novembro listopada listopad listopadu ноября ноябрь ноя листопада "
            "kasım marraskuuta noiembrie نوفمبر Νοεμβρίου",
            "dec december dezember décembre decembre diciembre dicembre dezembro dez déc dic grudnia grudzień "
            "prosince prosinec декабря декабрь дек грудня aralık joulukuuta decembrie desember ديسمبر Δεκεμβρίου",
        ),
        1,
    )
    for name in names.casefold().split()
}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "ist": 330, "west": 60, "cet": 60, "mez": 60, "cest": 120,
    "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "jst": 540, "kst": 540, "aest": 600,
    "aedt": 660, "acst": 570, "awst": 480, "nzst": 720, "nzdt": 780, "sgt": 480, "hkt": 480, "brt": -180, "art": -180,
}  # fmt: skip
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T\s]+(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d+)?)?\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_TIME = r"(?:[\s,]+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap]\.?m\.?)?)?\s*(.*)"
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th|er)?[.\s-]+(?:de\s+)?([^\W\d]+)\.?,?[\s-]+(?:de\s+)?(\d{4}|\d{2})"
    + _TIME,
    re.IGNORECASE | re.DOTALL,
)
_MONTH_FIRST = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _TIME, re.IGNORECASE | re.DOTALL
)
_ASCTIME = re.compile(r"[^\W\d]+\s+([^\W\d]+)\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:([^\W\d]+)\s+)?(\d{4})")
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+-])(\d{1,2}):?(\d{2})?(?:\s*\(.*\))?", re.IGNORECASE)
_EPOCH = re.compile(r"-?\d{9,13}(?:\.\d+)?")


def parse_date(value: RoughDate) -> datetime | None:
    """Return a date as a datetime in UTC, to the second; None if it cannot be parsed or is later than 2199.

    `value`: a datetime (UTC if naive), text, or epoch seconds or milliseconds. A date without a time is midnight in
    UTC.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return _bounded(value)
    if isinstance(value, int | float):
        return _from_epoch(value)
    return _parse_text(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _parse_text(text: str) -> datetime | None:
    text = text.strip()
    if not text or len(text) > 100:
        return None
    try:
        if text[10:11] == "T" and text[4] == "-":
            return _bounded(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return _parse_known_forms(text)
    except (ValueError, OverflowError):
        return None


def _parse_known_forms(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return _from_epoch(float(text))
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year, *rest = match.groups()
        return _Parts(_year(year), month, day, *rest).to_datetime()
    if match := _ISO.fullmatch(text):
        year, month, day, hour, minute, second, zone = match.groups()
        return _Parts(int(year), int(month), day, hour, minute, second, None, zone).to_datetime()
    if match := _YEAR_MONTH.fullmatch(text):
        return _Parts(int(match[1]), int(match[2] or 1), "1").to_datetime()
    if match := _MONTH_FIRST.fullmatch(text):
        month, day, year, *rest = match.groups()
        return _Parts(int(year), month, day, *rest).to_datetime()
    if match := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, zone, year = match.groups()
        return _Parts(int(year), month, day, hour, minute, second, None, zone).to_datetime()
    return _parse_with_dateutil(text)


class _Parts(NamedTuple):
    """The parts of a date as text. `half`: "am" or "pm"."""

    year: int
    month: str | int
    day: str
    hour: str | None = None
    minute: str | None = None
    second: str | None = None
    half: str | None = None
    zone: str | None = None

    def to_datetime(self) -> datetime | None:
        """Return the date in UTC, or None if a part is unknown. Raises ValueError or OverflowError."""
        month = self.month if isinstance(self.month, int) else _MONTHS.get(self.month.casefold())
        offset = _offset((self.zone or "").strip())
        if month is None or offset is None:
            return None
        hours, minutes, seconds = int(self.hour or 0), int(self.minute or 0), int(self.second or 0)
        if self.half:
            hours = hours % 12 + (12 if self.half[0] in "pP" else 0)
        # Hour 24 is midnight of the next day (ISO 8601); a leap second counts as the second after it.
        midnight = datetime(self.year, month, int(self.day), tzinfo=timezone(timedelta(minutes=offset)))
        if hours > 24 or minutes > 59 or seconds > 60:
            return None
        return _bounded(midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _offset(zone: str) -> int | None:
    """Return the offset of a time zone from UTC in minutes; None for an unknown zone."""
    if not zone:
        return 0
    if match := _OFFSET.fullmatch(zone):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return None if minutes > 15 * 60 else minutes if match[1] == "+" else -minutes
    return _ZONES.get(zone.casefold())


def _from_epoch(seconds: float) -> datetime | None:
    if abs(seconds) > 1e11:  # milliseconds, as in JavaScript
        seconds /= 1000
    try:
        return _bounded(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _parse_with_dateutil(text: str) -> datetime | None:
    """Parse rare forms with dateutil. It fills in missing parts: so two defaults must give the same result."""
    from dateutil import parser

    defaults = datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 2, 2, tzinfo=UTC)
    zones = {name.upper(): minutes * 60 for name, minutes in _ZONES.items()}
    try:
        dates = [parser.parse(text, default=default, tzinfos=zones) for default in defaults]
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None
    return _bounded(dates[0]) if dates[0] == dates[1] else None


def _bounded(value: datetime) -> datetime | None:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        utc = aware.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None
    return utc if utc < LATEST else None
