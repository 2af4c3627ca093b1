"""`python -m aggregator`."""

from aggregator.cli import console

console()
