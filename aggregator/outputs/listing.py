"""Marks outputs that list stories by time: whether they list all of them, and whether they show no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Output = TypeVar("Output", bound=Callable[..., Any])


def lists_all(output: Output) -> Output:
    """Mark an output function: readers of it expect each new story, on its first page or a further one.

    If stories have arrived since it was last written that are neither in `Edition.latest` nor, with a `url`, in
    `Edition.older`, the report of the run says how many.
    """
    output.lists_all = True  # type: ignore[attr-defined]
    return output


def only_lists(output: Output) -> Output:
    """Mark an output function that uses neither `Edition.stories` nor `Edition.sections`.

    A run leaves them empty if ranked stories are not among the newest, so that it need not read these, and
    `Edition.outlet_names` has only the outlets of its stories.
    """
    output.only_lists = True  # type: ignore[attr-defined]
    return output
