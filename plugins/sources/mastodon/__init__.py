"""Mastodon, and what speaks as it does (Pleroma, GoToSocial, Pixelfed): an account, a hashtag, a timeline, a list.

    [[sources]]
    plugin = "mastodon"
    account = "@someone@social.example"
    boosts = true                        # posts of others, too

    [[sources]]
    plugin = "mastodon"
    name = "#london"
    hashtag = "london"
    instance = "social.example"          # whom to ask

    [[sources]]
    plugin = "mastodon"
    name = "My list"
    list = "4711"
    instance = "social.example"
    token = { env = "MASTODON_TOKEN" }   # lists are yours alone

Give one of `account`, `hashtag`, `timeline` and `list`. An account is asked for where it lives, unless `instance` says
otherwise. Some instances show hashtags and timelines to members only: they want a `token`. Members make one under
Preferences, Development.

A post has no headline: what its author warns of is its title, else its first sentence. Pictures and recordings are
enclosures; the page that a post shows a card of is listed as related.

Limits: the newest 40 posts of each answer. Only posts that everybody may read, whatever the token opens. Replies to
others and boosts are left out unless asked for.
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

NEWEST = 40
"""Posts asked for: as many as the API gives at once."""
MEMBERS = "the instance shows this to members only; give a `token`"
REASONS = {401: MEMBERS, 403: MEMBERS, 422: MEMBERS, 404: "the instance knows no such thing"}
"""What an instance means by a status."""
GONE = frozenset({404, 410})

Ask = Callable[..., Awaitable[Any]]

_ACCOUNT = re.compile(r"@?([\w.-]+)@([\w.-]+(?::\d+)?)")


async def mastodon(  # noqa: PLR0913 - one parameter per option
    http: Http,
    state: dict[str, Any],
    *,
    account: Annotated[str, Meta(description='An account, as "@someone@social.example".')] = "",
    hashtag: Annotated[str, Meta(description="A hashtag.")] = "",
    timeline: Annotated[
        Literal["", "local", "federated"], Meta(description="The posts of an instance, or all that it knows.")
    ] = "",
    list: Annotated[str, Meta(description="The number of one of your lists, from its address.")] = "",
    instance: Annotated[str, Meta(description="The host that is asked.")] = "",
    token: Annotated[str, Meta(description="An access token of the instance, for what it shows to members.")] = "",
    boosts: Annotated[bool, Meta(description="Also what was boosted.")] = False,
    replies: Annotated[bool, Meta(description="Also replies to others.")] = False,
) -> AsyncIterator[Channel | Item | Reading]:
    """Posts of a Mastodon account, hashtag, timeline or list."""
    from .posts import read_posts  # which takes its time to load

    if sum(map(bool, (account, hashtag, timeline, list))) != 1:
        raise SourceError("mastodon: give one of `account`, `hashtag`, `timeline` and `list`")
    base = _base(instance or _parts(account)[1])
    ask = partial(_ask, http, f"{base}/api/v1/", {"Authorization": f"Bearer {token}"} if token else {})
    if account:
        shown = {"exclude_replies": _said(not replies), "exclude_reblogs": _said(not boosts)}
        response = await _posts_of(ask, account, base, shown, state)
    else:
        path, params, title = _timeline(hashtag.removeprefix("#"), timeline, list)
        response = await ask(f"timelines/{path}", params, main=True)
        yield Channel(title=f"{title} ({urlsplit(base).netloc})", url=base)
    yield Reading(read_posts, response.body, bool(account), boosts, replies)


def _timeline(hashtag: str, timeline: str, list: str) -> tuple[str, dict[str, str], str]:
    """Path, parameters and name of what is not an account's."""
    if hashtag:
        return f"tag/{quote(hashtag, safe='')}", {}, f"#{hashtag}"
    if timeline:
        return "public", {"local": _said(timeline == "local")}, f"{timeline} timeline"
    return f"list/{quote(list, safe='')}", {}, f"list {list}"


async def _posts_of(ask: Ask, account: str, base: str, shown: dict[str, str], state: dict[str, Any]) -> Any:
    """`state`: the account's number, which is looked up once, and again where the instance knows it no more."""
    from .posts import account_id

    whose = f"{account} {base}"
    if number := state.get(whose):
        try:
            return await ask(f"accounts/{number}/statuses", shown, main=True)
        except FetchError as error:
            if error.status not in GONE:
                raise
    user, host = _parts(account)
    acct = user if host == urlsplit(base).netloc else f"{user}@{host}"
    number = quote(account_id((await ask("accounts/lookup", {"acct": acct})).body), safe="")
    response = await ask(f"accounts/{number}/statuses", shown, main=True)
    state.clear()
    state[whose] = number
    return response


async def _ask(  # noqa: PLR0913 - the first three are the same for all
    http: Http, api: str, headers: dict[str, str], path: str, params: dict[str, str], *, main: bool = False
) -> Any:
    """One request. Raises FetchError, with more words where the reason is known."""
    try:
        return await http.get(api + path, headers=headers, params=params | {"limit": str(NEWEST)}, main=main)
    except FetchError as error:
        if error.status not in REASONS:
            raise
        reason = f"{error.url}: HTTP {error.status}: {REASONS[error.status]}"
        raise FetchError(reason, url=error.url, kind=error.kind, status=error.status) from error


def _parts(account: str) -> tuple[str, str]:
    """Name and host."""
    found = _ACCOUNT.fullmatch(account)
    if account and not found:
        raise SourceError(f'mastodon: account = "{account}": is written like "@someone@social.example"')
    return (found[1], found[2]) if found else ("", "")


def _base(instance: str) -> str:
    if not instance:
        raise SourceError("mastodon: `instance` is needed, the host that is asked")
    base = absolute(instance if "://" in instance else f"https://{instance}")
    if base is None:
        raise SourceError(f'mastodon: instance = "{instance}": is no host')
    return base.rstrip("/")


def _said(value: bool) -> str:
    return "true" if value else "false"


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source; another plugin of this name takes precedence."""
    register(mastodon, spare=True)
