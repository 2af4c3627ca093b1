"""One address under several names: asked once in a run, and the answer given to all who wait for it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from aggregator.errors import FetchError
from aggregator.http.origins import identity
from aggregator.http.response import Response, Validators
from aggregator.text.urls import absolute

Headers = frozenset[tuple[str, str]]


class Outcome(msgspec.Struct, frozen=True):
    """An answer, and what was learned on the way to it: see `Http`."""

    response: Response
    moved_to: str | None
    cut: FetchError | None


class Shared:
    """An address that several sources have. `validators`: what all of them would ask with; `names`: how many there
    are."""

    def __init__(self) -> None:
        self.names = 0
        self.validators = Validators()
        self._asked: dict[Headers, asyncio.Task[Outcome]] = {}

    def expect(self, validators: Validators) -> None:
        """One more has it. Where they do not know the same, the answer must be whole."""
        self.validators = validators if validators == self.validators or not self.names else Validators()
        self.names += 1

    async def answer(self, headers: Headers, ask: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """The answer, which the first to come asks for. Raises what that request raises."""
        task = self._asked.get(headers)
        if task is None:
            task = self._asked[headers] = asyncio.ensure_future(ask())
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to see it
        # It goes on for the others when one is given up.
        return await asyncio.shield(task)

    def close(self) -> None:
        """Forget the answers, and end what is still asked."""
        for task in self._asked.values():
            task.cancel()
        self._asked.clear()


class Twins:
    """The addresses that are shared, of those that a run will ask."""

    def __init__(self, wanted: Iterable[tuple[str, Validators]] = ()) -> None:
        shared: defaultdict[str, Shared] = defaultdict(Shared)
        for url, validators in wanted:
            shared[identity(url)].expect(validators)
        self._shared = {url: one for url, one in shared.items() if one.names > 1}

    def find(self, url: str) -> Shared | None:
        """What is shared of this address, if others have it, too."""
        if not self._shared:
            return None
        target = absolute(url)
        return self._shared.get(identity(target)) if target else None

    def leave(self, url: str) -> None:
        """One who has it is done; with the last, the answer is forgotten."""
        if shared := self.find(url):
            shared.names -= 1
            if not shared.names:
                shared.close()

    def close(self) -> None:
        """The run is over."""
        for one in self._shared.values():
            one.close()
