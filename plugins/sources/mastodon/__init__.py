"""Reads posts of an account, a hashtag, a timeline or a list from Mastodon or a server with the same API.

    [[sources]]
    plugin = "mastodon"
    account = "@someone@social.example"
    boosts = true                        # include posts of others

    [[sources]]
    plugin = "mastodon"
    name = "#london"
    hashtag = "london"
    instance = "social.example"          # host that receives the requests

    [[sources]]
    plugin = "mastodon"
    name = "My list"
    list = "4711"
    instance = "social.example"
    token = { env = "MASTODON_TOKEN" }   # required for lists, which are private

Servers with the same API are, for example, Pleroma, GoToSocial and Pixelfed.

Set one of `account`, `hashtag`, `timeline` and `list`. Requests for an account go to its own instance, unless
`instance` names another. Some instances show hashtags and timelines only to members and require a `token`, which
members create under Preferences, Development.

Posts have no headline: the title is the content warning, or else the first sentence. Pictures and recordings become
enclosures; the page of a preview card becomes a related page.

Limits: the newest 40 posts per request. Only public posts are read, whatever the token permits. Replies to others and
boosts are left out by default.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from msgspec import Meta

from aggregator import Channel, FetchError, Http, Item, Reading, Register, SourceError, hookimpl
from aggregator.text.urls import absolute

PAGE_SIZE = 40
"""Posts per request, the maximum of the API."""
MEMBERS_ONLY = "the instance shows this to members only; set a `token`"
REASONS = {401: MEMBERS_ONLY, 403: MEMBERS_ONLY, 422: MEMBERS_ONLY, 404: "not found on this instance"}
"""Meaning of HTTP statuses of the API."""
GONE = frozenset({404, 410})

GetApi = Callable[..., Awaitable[Any]]
"""Sends a request to the API of an instance: `get(path, params, main=...)`."""

_ACCOUNT = re.compile(r"@?([\w.-]+)@([\w.-]+(?::\d+)?)")


async def mastodon(  # noqa: PLR0913 - one parameter per option
    http: Http,
    state: dict[str, Any],
    *,
    account: Annotated[str, Meta(description='Account, such as "@someone@social.example".')] = "",
    hashtag: Annotated[str, Meta(description="Hashtag.")] = "",
    timeline: Annotated[
        Literal["", "local", "federated"],
        Meta(description="Posts of the instance, or of all instances it follows."),
    ] = "",
    list: Annotated[str, Meta(description="Number of one of your lists, from its address.")] = "",
    instance: Annotated[str, Meta(description="Host that receives the requests.")] = "",
    token: Annotated[str, Meta(description="Access token of the instance, for content for members only.")] = "",
    boosts: Annotated[bool, Meta(description="Include boosts.")] = False,
    replies: Annotated[bool, Meta(description="Include replies to others.")] = False,
) -> AsyncIterator[Channel | Item | Reading]:
    """Reads posts of a Mastodon account, hashtag, timeline or list."""
    from .posts import read_posts  # slow to import

    if sum(map(bool, (account, hashtag, timeline, list))) != 1:
        raise SourceError("mastodon: set one of `account`, `hashtag`, `timeline` and `list`")
    base = _base_address(instance or _split_account(account)[1])
    get = partial(_get, http, f"{base}/api/v1/", {"Authorization": f"Bearer {token}"} if token else {})
    if account:
        selection = {"exclude_replies": _flag(not replies), "exclude_reblogs": _flag(not boosts)}
        response = await _get_posts(get, account, base, selection, state)
    else:
        path, params, title = _timeline(hashtag.removeprefix("#"), timeline, list)
        response = await get(f"timelines/{path}", params, main=True)
        yield Channel(title=f"{title} ({urlsplit(base).netloc})", url=base)
    yield Reading(read_posts, response.body, bool(account), boosts, replies)


def _timeline(hashtag: str, timeline: str, list: str) -> tuple[str, dict[str, str], str]:
    """Return path, parameters and title of a hashtag, timeline or list."""
    if hashtag:
        return f"tag/{quote(hashtag, safe='')}", {}, f"#{hashtag}"
    if timeline:
        return "public", {"local": _flag(timeline == "local")}, f"{timeline} timeline"
    return f"list/{quote(list, safe='')}", {}, f"list {list}"


async def _get_posts(get: GetApi, account: str, base: str, selection: dict[str, str], state: dict[str, Any]) -> Any:
    """Request the posts of an account.

    `state`: caches the account's id, which is looked up again when the instance no longer has an account of this id.
    """
    from .posts import account_id

    key = f"{account} {base}"
    if number := state.get(key):
        try:
            return await get(f"accounts/{number}/statuses", selection, main=True)
        except FetchError as error:
            if error.status not in GONE:
                raise
    user, host = _split_account(account)
    acct = user if host == urlsplit(base).netloc else f"{user}@{host}"
    number = quote(account_id((await get("accounts/lookup", {"acct": acct})).body), safe="")
    response = await get(f"accounts/{number}/statuses", selection, main=True)
    state.clear()
    state[key] = number
    return response


async def _get(  # noqa: PLR0913 - the first three are bound once
    http: Http, api: str, headers: dict[str, str], path: str, params: dict[str, str], *, main: bool = False
) -> Any:
    """Send a request to the API. Raises FetchError, with an explanation for known statuses."""
    try:
        return await http.get(api + path, headers=headers, params=params | {"limit": str(PAGE_SIZE)}, main=main)
    except FetchError as error:
        if error.status not in REASONS:
            raise
        reason = f"{error.url}: HTTP {error.status}: {REASONS[error.status]}"
        raise FetchError(reason, url=error.url, kind=error.kind, status=error.status) from error


def _split_account(account: str) -> tuple[str, str]:
    """Return name and host of an account."""
    match = _ACCOUNT.fullmatch(account)
    if account and not match:
        raise SourceError(f'mastodon: account = "{account}": must have the form "@someone@social.example"')
    return (match[1], match[2]) if match else ("", "")


def _base_address(instance: str) -> str:
    if not instance:
        raise SourceError("mastodon: `instance` is required, the host that receives the requests")
    base = absolute(instance if "://" in instance else f"https://{instance}")
    if base is None:
        raise SourceError(f'mastodon: instance = "{instance}": is not a host')
    return base.rstrip("/")


def _flag(value: bool) -> str:
    return "true" if value else "false"


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source; another plugin of this name takes precedence."""
    register(mastodon, spare=True)
