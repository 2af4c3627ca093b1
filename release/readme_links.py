"""Makes the relative links of README absolute for the package index, which shows the page only."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PICTURES = {".avif", ".gif", ".jpg", ".jpeg", ".png", ".svg", ".webp"}
_FENCE = re.compile(r"^ *(```|~~~)")
_CODE = re.compile(r"(`+[^`]+`+)")
_TARGET = re.compile(r"(\]\()(?![a-z][a-z0-9+.-]*:|#|/)([^()\s]+)(?=[)\s])", re.IGNORECASE)


def absolute_links(text: str, repository: str, revision: str) -> str:
    """Return Markdown with links to the files of this revision; `repository`: URL of its page, as GitHub serves it.

    Links within the page and absolute ones stay as they are, and so does code.
    """
    root, fenced, lines = repository.rstrip("/"), False, []
    for line in text.splitlines(keepends=True):
        is_fence = bool(_FENCE.match(line))
        if is_fence or fenced:
            fenced ^= is_fence
            lines.append(line)
            continue
        parts = _CODE.split(line)
        parts[::2] = [_TARGET.sub(lambda match: _absolute(match, root, revision), part) for part in parts[::2]]
        lines.append("".join(parts))
    return "".join(lines)


def _absolute(match: re.Match[str], root: str, revision: str) -> str:
    target = match[2].removeprefix("./")
    path = PurePosixPath(target.partition("#")[0])
    view = "raw" if path.suffix.lower() in PICTURES else "blob"
    return f"{match[1]}{root}/{view}/{revision}/{target}"
