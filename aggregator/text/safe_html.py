"""Sanitises HTML of publishers: an allow-list of elements and attributes, absolute addresses, no scripts."""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache

import nh3

from aggregator.text.lazy_images import LAZY_SETS, LAZY_SOURCES, safe_srcset
from aggregator.text.nesting import may_be_deep
from aggregator.text.repair_html import repair_html
from aggregator.text.tidy_html import tidy_html
from aggregator.text.urls import absolute
from aggregator.text.xml import DISCOURAGED

TAGS = set(
    """
    a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup dd del
    details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav
    ol p picture pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody td tfoot th
    thead time tr tt u ul var video wbr
    """.split()
)
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": {"src"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "height", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"media", "sizes", "src", "srcset", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"height", "poster", "src", "width"},
}
_ADDRESSES = {"href", "src", "cite", "poster"}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "iframe",
    "object",
    "noscript",
    "svg",
    "math",
    "form",
    "select",
    "textarea",
    "title",
}
_LONG = 200_000
"""Characters; a longer text may have tags with too many attributes."""
_WORDS = (
    *LAZY_SOURCES,
    *LAZY_SETS,
    "data-attrs",
    "data-poster",
    "<picture",
    "<amp-",
    "<noscript",
    "<input",
    "html:",
    "<h:",
)
_DAMAGED = re.compile(
    r"<(?:iframe|embed|object|m(?:ath|ml:|[inos]|row|text|frac|sqrt|root|su[bp]|under|over|table|style)|ns\d+:)\b"
    r"|<img\b(?![^>]{0,2000}\ssrc\s*=\s*[\"']?(?!data:)[^\s\"'>])"
    r"|<img\b[^>]{0,2000}?(?:\s(?:width|height)\s*=\s*[\"']?[01](?:px)?[\"'\s/>]|none\b|hidden\b|placeholder|(?:blank|spacer|pixel|1x1)[^\s>]{0,20}\.)"
    r"|<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)[a-z][^<>]{0,2000}/>"
)
"""With `_WORDS`, what `repair_html` changes, in lower case."""
_MANY_AMPERSANDS = 2000
_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")
"""An ampersand without a reference. Ammonia's parser takes quadratic time for them."""
_SPAN = re.compile(
    r"""<[sS][pP][aA][nN]\s(?:[\s/]|(?!(?i:dir|lang|title)\b)[^\s/=>"']++(?:=(?:"[^"]*+"|'[^']*+'))?+)*+(?!>)"""
)
"""A `span` that may have an attribute which is kept. Others are left out while parsing: faster than afterwards."""
_WITHOUT_ADDRESS = re.compile(r'<img(?: (?!src=)[\w-]+="[^"]*+")*+>|<source(?: (?!src)[\w-]+="[^"]*+")*+>')

_base: ContextVar[str | None] = ContextVar("base", default=None)
"""The base of relative addresses of the call. Making a sanitiser for each takes longer than sanitising a short text."""


def safe_html(html: str, base: str | None = None) -> str:
    """Return HTML without scripts, frames and addresses other than http and https.

    Lazily loaded pictures are shown, frames are replaced with links, formulas with text; images without an address and
    tracking pixels are removed, and so are elements that show nothing. `base`: base of relative addresses; without it
    they are removed. The result is well-formed, without characters that XML forbids. Ammonia
    (https://docs.rs/ammonia) parses it as browsers do, then applies the allow-list.
    """
    html = DISCOURAGED.sub("", html)
    if html.count("&") > _MANY_AMPERSANDS:
        html = _AMPERSAND.sub("&amp;", html)
    if _needs_repair(html):
        html = repair_html(html, base)
    # Ammonia writes attributes in one form, with "<" and ">" escaped, so that a pattern finds exactly the tags.
    token = _base.set(base)
    try:
        keeps_spans = ("<span" in html or "<SPAN" in html) and _SPAN.search(html) is not None
        cleaned = _cleaner(keeps_spans=keeps_spans).clean(html)
    finally:
        _base.reset(token)
    return tidy_html(_WITHOUT_ADDRESS.sub("", DISCOURAGED.sub("", cleaned)).strip()).strip()


def _needs_repair(html: str) -> bool:
    if len(html) > _LONG or may_be_deep(html):
        return True
    html = html.lower()
    return any(word in html for word in _WORDS) or _DAMAGED.search(html) is not None


@cache
def _cleaner(*, keeps_spans: bool) -> nh3.Cleaner:
    """Return the sanitiser. `keeps_spans`: false if no `span` has an attribute that is kept."""
    return nh3.Cleaner(
        tags=TAGS if keeps_spans else TAGS - {"span"},
        attributes=ATTRIBUTES,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attribute_filter=_filter_attribute,
        link_rel="nofollow noopener noreferrer",
        # The filter, which runs after this check, makes relative addresses absolute.
        url_schemes={"http", "https"},
        set_tag_attribute_values={"img": {"loading": "lazy"}, "audio": {"controls": ""}, "video": {"controls": ""}},
    )


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "srcset":
        return safe_srcset(value, _base.get())
    return absolute(value, _base.get()) if attribute in _ADDRESSES else value
