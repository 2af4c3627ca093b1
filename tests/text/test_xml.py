"""Characters that XML forbids or discourages."""

from __future__ import annotations

import sys

import pytest
from lxml import etree

from aggregator.text.xml import DISCOURAGED, FORBIDDEN


def test_forbidden_characters_are_those_that_a_parser_rejects() -> None:
    for number in (0, 8, 9, 10, 11, 13, 31, 32, 0x7F, 0x85, 0xD7FF, 0xE000, 0xFDD0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10FFFF):
        document = f"<a>&#{number};</a>"
        if FORBIDDEN.match(chr(number)):
            with pytest.raises(etree.XMLSyntaxError):
                etree.fromstring(document)
        else:
            etree.fromstring(document)


def test_every_forbidden_character_is_discouraged() -> None:
    characters = "".join(map(chr, range(sys.maxunicode + 1)))
    assert {*FORBIDDEN.findall(characters)} < {*DISCOURAGED.findall(characters)}
