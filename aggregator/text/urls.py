"""Make URLs absolute and canonical, so that an article has the same URL wherever it is linked.

The canonical URL identifies an article, and readers follow it: so only parts that never distinguish two pages are
removed, and the result still works. See RFC 3986 6.2 (syntax-based normalisation) and `hosts` for international names.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit, urlunsplit

from aggregator.text.hosts import ascii_host

LONGEST = 4000
"""Characters of a URL at most; RFC 9110 4.1 recommends support for 8,000 octets."""

TRACKING = re.compile(
    r"""utm_\w+|utm|at_(?:medium|campaign|custom\d|link_\w+|format|ptr_name|bbc_team|campaign_type)|mtm_\w+|pk_(?:campaign|kwd|source|medium|content)
    |piwik_\w+|matomo_\w+|hsa_\w+|_hs(?:enc|mi)|__hs\w+|mc_[ce]id|ns_(?:mchannel|source|campaign|linkname|fee)|wt_?\.?(?:mc|zmc|rss|srch)(?:_\w+)?|wt\.[a-z_]+
    |fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mkt_tok|vero_(?:conv|id)|oly_(?:anon|enc)_id
    |_ga|_gl|_openstat|ga_(?:source|medium|campaign|term|content|place)|cmpid|cmp|icid|ito|ocid|ncid|xtor|xtref|sr_share|feature_src|guccounter|guce_referr\w*
    |s_cid|s_campaign|campaign_id|cid_source|rss_?source|rssfeed|fromrss|from_rss|ref_?src|ref_url|partner_ref|smid|smtyp|share_source|wprov|trk|trkcampaign
    |spm|scm|_unique_id|ftag|taid|traffic_source|sc_cid|sc_(?:campaign|channel|content|medium|outcome|geo|country)|soc_(?:src|trk)|mbid|ceid|emc|asgtbl""",
    re.IGNORECASE | re.VERBOSE,
)
"""Query parameters that record where a reader came from, and never select the page."""

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
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")  # browsers remove them, too (WHATWG URL 4.4)
_ABSOLUTE = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
# The form of nearly all URLs, which need no further check. A host whose last label begins with a letter is a name.
_PLAIN = re.compile(
    rf"https?://(?:(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*|{_ADDRESS})(?::[0-9]{{1,4}})?(?:[/?#][!-~]*)?"
)
_CANONICAL = re.compile(
    rf"(https?://((?:[a-z0-9-]+\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?|{_ADDRESS})"
    r"(?::(?!0|80/|443/)[0-9]{1,4})?/"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?)(?:\?([A-Za-z0-9._~=&-]*))?"
)
_HOST = re.compile(r"[a-z0-9._~-]+")
_ORIGIN = re.compile(
    rf"https?://(?:(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*|{_ADDRESS})(?::[0-9]{{1,4}})?(?=[/?#]|\Z)"
)
_FROM_ROOT = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?(?:\?[A-Za-z0-9._~=&%+-]+)?")
"""The form of most references that begin with a slash: no part of the base but its origin counts."""
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def absolute(url: str, base: str | None = None) -> str | None:
    """Return a URL resolved against `base`, with its host in ASCII; None unless it is http or https and valid."""
    if _PLAIN.fullmatch(url):
        return url if len(url) <= LONGEST else None
    if base is not None and url[:1] == "/" and len(url) <= LONGEST and _FROM_ROOT.fullmatch(url):
        origin = _origin(base)
        if origin:
            return origin + url
    url = _UNSAFE.sub("", url).strip()
    if not url or len(url) > LONGEST:
        return None
    try:
        joined = url if base is None or _ABSOLUTE.match(url) else urljoin(base, url)
        parts = urlsplit(joined)
        if parts.scheme.lower() not in _PORTS or not parts.hostname:
            return None
        return _with_ascii_host(joined, parts)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _origin(base: str) -> str | None:
    """Return the beginning of a usual base up to its path; None for another one."""
    match = _ORIGIN.match(base)
    return match[0] if match and _PLAIN.fullmatch(base) else None


def _with_ascii_host(url: str, parts: SplitResult) -> str:
    """Return a URL with its host in ASCII, unchanged if it is. Raises ValueError for an invalid host or port."""
    port, host = parts.port, ascii_host(parts.hostname or "")
    if host == parts.hostname:
        return url
    credentials, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{credentials}{at}{host}" + ("" if port is None else f":{port}")))


def invalid_host(url: str) -> str | None:
    """Return why the host of an http or https URL is not valid; None if it is, and for any other URL."""
    if not _ABSOLUTE.match(url):
        return None
    try:
        parts = urlsplit(url)
        _with_ascii_host(url, parts)
    except ValueError as error:
        return str(error)
    return None


def has_path(url: str) -> bool:
    """Return whether a URL has a path; without one it is that of a site, to which some feeds link all articles."""
    return url.partition("://")[2].partition("/")[2] != ""


def without_www(host: str) -> str:
    """Return the host without a leading "www.": with and without it, a host is nearly always the same site."""
    return host.removeprefix("www.")


def address_key(url: str) -> str:
    """Return a text that is equal for addresses that differ only in scheme, "www." and a trailing slash."""
    return without_www((absolute(url) or url).partition("://")[2]).rstrip("/") or url


@lru_cache(maxsize=4096)
def canonical(url: str, base: str | None = None) -> str | None:
    """Return the canonical form of a URL, absolute; None unless it is http or https. Idempotent; never raises.

    Unwraps redirectors that contain their target (Google News and AMP, FeedBurner, Facebook, Bing), lowercases scheme
    and host, removes credentials, default ports, fragments, tracking parameters and AMP suffixes, and normalises dot
    segments and percent-encoding.
    """
    return _canonical_if_simple(url) or _canonical(url, base)


def _canonical_if_simple(url: str) -> str | None:
    """Return the canonical form of a URL that needs no change other than removed parameters; else None."""
    match = _CANONICAL.fullmatch(url)
    if not match or len(url) > LONGEST or match[1].endswith(("/amp", "/amp/")) or _may_wrap(match[2]):
        return None
    query = "&".join([part for part in match[3].split("&") if part and not _is_tracking(part)]) if match[3] else ""
    return f"{match[1]}?{query}" if query else match[1]


def _may_wrap(host: str) -> bool:
    return host in _WRAPPERS or host.endswith(("google.com", ".ampproject.org"))


def _canonical(url: str, base: str | None) -> str | None:
    address = absolute(url, base)
    for _ in range(5):  # a redirector may lead to another
        if address is None:
            return None
        cleaned = _clean(address)
        target = cleaned and _redirect_target(cleaned)
        if target is None:
            return cleaned
        address = absolute(target) or cleaned
        if address == cleaned:
            return cleaned
    return address and _clean(address)


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
    authority = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
    path = _escape(_without_dots(parts.path), _SAFE_PATH) or "/"
    query = _query(parts.query)
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # "#!" names a page (AJAX crawling scheme)
    return urlunsplit((scheme, authority, _without_amp(path), query, _escape(fragment, _SAFE_QUERY)))


def _host(host: str) -> str:
    """Return a host as it is written in a canonical URL. Raises ValueError."""
    host = ascii_host(host).rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return host if _HOST.fullmatch(host) else ""


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986 5.2.4)."""
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
    """Normalise percent-encoding: uppercase, and only where it is needed (RFC 3986 6.2.2.1-2)."""
    if text.isascii() and "%" not in text and text.replace("/", "").replace("-", "").isalnum():
        return text
    decoded = _ESCAPE.sub(_escaped, text)
    return re.sub(r"%(?![0-9A-F]{2})", "%25", quote(decoded, safe=safe + "%", errors="replace"))


def _escaped(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else f"%{match[1].upper()}"


def _query(query: str) -> str:
    if not query:
        return ""
    parameters = [part for part in query.split("&") if part and not _is_tracking(part)]
    return _escape("&".join(parameters), _SAFE_QUERY)


def _is_tracking(part: str) -> bool:
    name, _, value = part.partition("=")
    if _is_tracking_name(name):
        return True
    name = name.lower().removeprefix("amp;")
    if name == "amp" and value in ("", "1", "true"):
        return True
    if name == "outputtype" and value.lower() == "amp":
        return True
    pattern = _TRACKING_VALUES.get(name)
    return bool(pattern and pattern.fullmatch(value))


@lru_cache(maxsize=1024)
def _is_tracking_name(name: str) -> bool:
    return TRACKING.fullmatch(name.lower().removeprefix("amp;")) is not None


def _without_amp(path: str) -> str:
    """Remove AMP suffixes that are path segments of their own."""
    while len(path) > 12 and path.endswith(("/amp", "/amp/")):
        path = path.removesuffix("amp/").removesuffix("/amp")
    return path


def _redirect_target(url: str) -> str | None:
    """Return the target that a redirector's URL contains, or None."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _WRAPPERS:
        path, names = _WRAPPERS[host]
        if path.fullmatch(parts.path):
            query = dict(parse_qsl(parts.query))
            target = next((query[name] for name in names if query.get(name, "").startswith("http")), None)
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
    target = rest.removeprefix("s/")
    if "." not in target.split("/")[0]:
        return None
    return f"{scheme}://{target}" + (f"?{query}" if query else "")


def _google_news(path: str) -> str | None:
    """Return the target in an old Google News article id: base64 of a small protocol buffer with the URL."""
    match = re.match(r"/(?:rss/|__i/rss/rd/)?articles/(CB[\w-]+)", path)
    if not match:
        return None
    try:
        data = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))
    except (binascii.Error, ValueError):
        return None
    target = re.search(rb"https?://[\x21-\x7e]+", data)
    return target[0].decode("ascii") if target else None
