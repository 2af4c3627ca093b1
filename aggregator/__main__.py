"""`python -m aggregator`."""

from aggregator.cli.main import console

console()
