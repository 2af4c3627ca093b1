"""Formulas in MathML, as HTML that any reader shows."""

from __future__ import annotations

import pytest

from aggregator.text.html_tokens import tokens
from aggregator.text.mathml import math_html


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("<mi>x</mi>", "x"),
        ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E = mc<sup>2</sup>"),
        ("<msub><mi>H</mi><mn>2</mn></msub><mi>O</mi>", "H<sub>2</sub>O"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a + b)/c"),
        ("<msqrt><mi>x</mi></msqrt>", "√(x)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "<sup>3</sup>√(x)"),
        ("<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>", "∫<sub>0</sub><sup>1</sup>"),
        ("<mtable><mtr><mtd>a</mtd><mtd>b</mtd></mtr><mtr><mtd>c</mtd></mtr></mtable>", "a b; c"),
        ("<semantics><mi>x</mi><annotation>\\x</annotation></semantics>", "x"),
        ("<mi>a</mi><mo>&lt;</mo><mi>b</mi>", "a &lt; b"),
        ("<mi>f</mi><mo>&ApplyFunction;</mo><mi>x</mi>", "fx"),
        ("<msup><mi>x</mi></msup>", "x"),
        ("<mi>x</mi><script>alert(1)</script>", "x"),
        ("<mtext><img src=x onerror=y></mtext>", ""),
        ("<mi>&lt;img src=x&gt;</mi>", "&lt;img src=x&gt;"),
        ("<mrow/><mi>x", "x"),
        ("<mrow>" * 1000 + "<mi>x</mi>", "x"),
    ],
)
def test_math_html(formula: str, expected: str) -> None:
    assert math_html(list(tokens(formula))) == expected
