"""Addresses: absolute, and canonical, so that the same article has the same one wherever it is linked.

Identity is decided on the canonical address, and readers are sent there: so only what never tells two pages apart is
taken away, and what comes out still works. Sources: RFC 3986 6.2 (syntax-based normalisation), RFC 5890 (IDNA).
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

LONGEST = 4000
"""Characters of the longest address taken; RFC 9110 4.1 asks for 8,000 octets at most."""

TRACKING = re.compile(
    r"""utm_\w+|utm|at_(?:medium|campaign|custom\d|link_\w+|format|ptr_name|bbc_team|campaign_type)|mtm_\w+|pk_(?:campaign|kwd|source|medium|content)
    |piwik_\w+|matomo_\w+|hsa_\w+|_hs(?:enc|mi)|__hs\w+|mc_[ce]id|ns_(?:mchannel|source|campaign|linkname|fee)|wt_?\.?(?:mc|zmc|rss|srch)(?:_\w+)?|wt\.[a-z_]+
    |fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mkt_tok|vero_(?:conv|id)|oly_(?:anon|enc)_id
    |_ga|_gl|_openstat|ga_(?:source|medium|campaign|term|content|place)|cmpid|cmp|icid|ito|ocid|ncid|xtor|xtref|sr_share|feature_src|guccounter|guce_referr\w*
    |s_cid|s_campaign|campaign_id|cid_source|rss_?source|rssfeed|fromrss|from_rss|ref_?src|ref_url|partner_ref|smid|smtyp|share_source|wprov|trk|trkcampaign
    |spm|scm|_unique_id|ftag|taid|traffic_source|sc_cid|sc_(?:campaign|channel|content|medium|outcome|geo|country)|soc_(?:src|trk)|mbid|ceid|emc|asgtbl""",
    re.IGNORECASE | re.VERBOSE,
)
"""Query parameters that say how a reader came, and never what is read."""

_TRACKING_VALUES = {
    "ref": re.compile(
        r"rss|feed|rssfeed|home(?:page)?|most-?(?:read|popular)|trending|twitter|facebook|newsletter", re.I
    ),
    "source": re.compile(r"rss|feed", re.I),
} | dict.fromkeys(
    ("from", "src", "cid", "partner", "output", "medium"), re.compile(r"rss|rss\d|feed|rssfeed|feedburner", re.I)
)
_WRAPPERS: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    host: (re.compile(path), parameters)
    for hosts, path, parameters in (
        (("google.com", "www.google.com"), r"/url", ("url", "q")),
        (("news.google.com",), r"/news/url|/url", ("url",)),
        (("l.facebook.com", "lm.facebook.com", "www.facebook.com"), r"/l\.php", ("u",)),
        (("t.umblr.com",), r"/redirect", ("z",)),
        (("out.reddit.com",), r"/.*", ("url",)),
        (("www.bing.com", "bing.com"), r"/news/apiclick\.aspx", ("url",)),
        (("www.youtube.com",), r"/redirect", ("q",)),
        (("slashdot.org",), r"/exit", ("url",)),
        (("feedproxy.google.com", "feeds.feedburner.com"), r"/.*", ("url", "u")),
    )
    for host in hosts
}
_PORTS = {"http": 80, "https": 443}
_SAFE_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_QUERY = _SAFE_PATH + "?"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")  # browsers drop them, too (WHATWG URL 4.4)
_ABSOLUTE = re.compile(r"https?://[^/?#]", re.IGNORECASE)
# What nearly all addresses look like: nothing about these has to be taken apart to know that they are sound.
_PLAIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,4})?(?:[/?#][!-~]*)?")
_CANONICAL = re.compile(
    r"(https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?!0|80/|443/)[0-9]{1,4})?/"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?)(?:\?([A-Za-z0-9._~=&-]*))?"
)
_HOST = re.compile(r"[a-z0-9._~-]+")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def absolute(url: str, base: str | None = None) -> str | None:
    """The address, relative to `base` where it is relative; None unless it is one of the web (http, https)."""
    if _PLAIN.fullmatch(url):
        return url if len(url) <= LONGEST else None
    url = _UNSAFE.sub("", url).strip()
    if not url or len(url) > LONGEST:
        return None
    try:
        joined = url if base is None or _ABSOLUTE.match(url) else urljoin(base, url)
        parts = urlsplit(joined)
        if parts.scheme.lower() not in _PORTS or not parts.hostname:
            return None
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        return None
    return joined


def without_www(host: str) -> str:
    """Return the host without a leading "www.": with and without it, a host is nearly always the same site."""
    return host.removeprefix("www.")


def address_key(url: str) -> str:
    """Return a text that is equal for addresses that differ only in scheme, "www." and a trailing slash."""
    return without_www(url.partition("://")[2]).rstrip("/") or url


@lru_cache(maxsize=4096)
def canonical(url: str, base: str | None = None) -> str | None:
    """The canonical form of an address, absolute; None unless it is one of the web. Idempotent; never raises.

    Unwraps redirectors whose target is in the address (Google News and AMP, FeedBurner, Facebook, Bing), folds
    scheme and host, drops credentials, default ports, fragments, tracking parameters and AMP marks, and normalises
    dots and escapes.
    """
    return _quickly(url) or _canonical(url, base)


def _quickly(url: str) -> str | None:
    """The canonical form of an address of which no more than parameters have to be taken away."""
    found = _CANONICAL.fullmatch(url)
    if not found or len(url) > LONGEST or found[1].endswith(("/amp", "/amp/")) or _may_wrap(found[2]):
        return None
    query = "&".join([part for part in found[3].split("&") if part and not _is_tracking(part)]) if found[3] else ""
    return f"{found[1]}?{query}" if query else found[1]


def _may_wrap(host: str) -> bool:
    return host in _WRAPPERS or host.endswith(("google.com", ".ampproject.org"))


def _canonical(url: str, base: str | None) -> str | None:
    found = absolute(url, base)
    for _ in range(5):  # a wrapper may lie in a wrapper
        if found is None:
            return None
        cleaned = _clean(found)
        target = cleaned and _wrapped(cleaned)
        if target is None:
            return cleaned
        found = absolute(target) or cleaned
        if found == cleaned:
            return cleaned
    return found and _clean(found)


def _clean(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return None
    if not host:
        return None
    scheme = parts.scheme.lower()
    place = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
    path = _escape(_without_dots(parts.path), _SAFE_PATH) or "/"
    query = _query(parts.query)
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # "#!" names a page (AJAX crawling scheme)
    return urlunsplit((scheme, place, _without_amp(path), query, _escape(fragment, _SAFE_QUERY)))


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return host if _HOST.fullmatch(host) else ""


def _without_dots(path: str) -> str:
    """RFC 3986 5.2.4."""
    if "/." not in path:
        return path
    out: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            if len(out) > 1:
                out.pop()
        elif part != ".":
            out.append(part)
    if parts[-1] in (".", ".."):
        out.append("")
    return "/".join(out)


def _escape(text: str, safe: str) -> str:
    """Escapes in capitals, and only where they are needed (RFC 3986 6.2.2.1-2)."""
    if text.isascii() and "%" not in text and text.replace("/", "").replace("-", "").isalnum():
        return text
    kept = _ESCAPE.sub(_escaped, text)
    return re.sub(r"%(?![0-9A-F]{2})", "%25", quote(kept, safe=safe + "%", errors="replace"))


def _escaped(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else f"%{match[1].upper()}"


def _query(query: str) -> str:
    if not query:
        return ""
    kept = [part for part in query.split("&") if part and not _is_tracking(part)]
    return _escape("&".join(kept), _SAFE_QUERY)


def _is_tracking(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower().removeprefix("amp;")
    if TRACKING.fullmatch(name):
        return True
    if name == "amp" and value in ("", "1", "true"):
        return True
    if name == "outputtype" and value.lower() == "amp":
        return True
    pattern = _TRACKING_VALUES.get(name)
    return bool(pattern and pattern.fullmatch(value))


def _without_amp(path: str) -> str:
    """An article's address without its AMP mark, where the mark is a last part of its own."""
    while len(path) > 12 and path.endswith(("/amp", "/amp/")):
        path = path.removesuffix("amp/").removesuffix("/amp")
    return path


def _wrapped(url: str) -> str | None:
    """The address that this one only leads to, where it holds it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _WRAPPERS:
        path, names = _WRAPPERS[host]
        if path.fullmatch(parts.path):
            given = dict(parse_qsl(parts.query))
            target = next((given[name] for name in names if given.get(name, "").startswith("http")), None)
            if target:
                return target
    if host == "news.google.com":
        return _google_news(parts.path)
    if host in ("www.google.com", "google.com") and parts.path.startswith("/amp/"):
        return _amp_target(parts.path.removeprefix("/amp/"), parts.query)
    if host.endswith(".cdn.ampproject.org"):
        return _amp_target(re.sub(r"^/[a-z]/", "", parts.path), parts.query)
    return None


def _amp_target(rest: str, query: str) -> str | None:
    scheme = "https" if rest.startswith("s/") else "http"
    place = rest.removeprefix("s/")
    if "." not in place.split("/")[0]:
        return None
    return f"{scheme}://{place}" + (f"?{query}" if query else "")


def _google_news(path: str) -> str | None:
    """The target in the older, self-contained form of a Google News article id: base64 of a small protocol buffer."""
    match = re.match(r"/(?:rss/|__i/rss/rd/)?articles/(CB[\w-]+)", path)
    if not match:
        return None
    try:
        data = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))
    except (binascii.Error, ValueError):
        return None
    found = re.search(rb"https?://[\x21-\x7e]+", data)
    return found[0].decode("ascii") if found else None
