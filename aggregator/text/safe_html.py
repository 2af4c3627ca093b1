"""Sanitise HTML of publishers: an allow-list of elements and attributes, absolute addresses, no scripts."""

from __future__ import annotations

from functools import lru_cache

import nh3

from aggregator.text.urls import absolute
from aggregator.text.xml import DISCOURAGED

TAGS = set(
    """
    a abbr article aside audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div
    dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q rp rt ruby
    s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr tt u ul var
    video wbr
    """.split()
)
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": {"controls", "src"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"alt", "height", "src", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start"},
    "q": {"cite"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"controls", "height", "poster", "src", "width"},
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


def safe_html(html: str, base: str | None = None) -> str:
    """Return HTML without scripts, frames and addresses other than http and https.

    `base`: base of relative addresses; without it they are removed. The result is well-formed, without characters that
    XML forbids. Ammonia (https://docs.rs/ammonia) parses it as browsers do, then applies the allow-list.
    """
    return DISCOURAGED.sub("", _cleaner(base).clean(DISCOURAGED.sub("", html))).strip()


@lru_cache(maxsize=64)
def _cleaner(base: str | None) -> nh3.Cleaner:
    def filter_attribute(tag: str, attribute: str, value: str) -> str | None:
        return absolute(value, base) if attribute in _ADDRESSES else value

    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attribute_filter=filter_attribute,
        link_rel="nofollow noopener noreferrer",
        # The filter, which runs after this check, makes relative addresses absolute.
        url_schemes={"http", "https"},
        set_tag_attribute_values={"img": {"loading": "lazy"}},
    )
