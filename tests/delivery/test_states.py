"""The ledger as a state machine: whatever fails, is killed or dropped, nothing arrives twice and nothing is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aggregator.config.settings import Config, OutputSettings
from aggregator.delivery.deliver import deliver_pending
from aggregator.errors import DeliveryError, StoreError
from aggregator.model.delivery import Delivery
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.run import Run, RunOptions
from aggregator.store import Store

OUTCOMES = (
    "arrives",
    "fails",
    "never",
    "refused for all",
    "lost before",
    "lost after",
    "killed before",
    "killed after",
)


class Killed(BaseException):
    """The process was killed."""


class Deliveries(RuleBasedStateMachine):
    """Runs over one output whose deliver function has a scripted outcome. `arrived`: by key; `allowed`: how often."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = time_machine.travel("2026-11-24T12:00Z", tick=False)
        self.time = self.clock.start()
        self.path = Path(self.folder.name) / "store.db"
        self.store = Store.open(self.path)
        self.output = OutputSettings(plugin="test")
        self.config = Config(path=Path(self.folder.name) / "config.toml", store=self.path, outputs=(self.output,))
        self.registry = Registry()
        plugin = Plugin("output", "test", lambda edition: (), "tests", __file__)
        plugin.deliver, plugin.module = self.deliver, "aggregator_plugins.test"
        self.registry.outputs["test"] = plugin
        self.outcomes: list[str] = []
        self.arrived: Counter[str] = Counter()
        self.allowed: Counter[str] = Counter()
        self.added = 0

    def teardown(self) -> None:
        self.store.__exit__(None, None, None)
        self.clock.stop()
        self.folder.cleanup()

    def deliver(self, delivery: Delivery) -> None:
        outcome = self.outcomes.pop(0) if self.outcomes else "arrives"
        if outcome in ("arrives", "lost after", "killed after"):
            self.arrived[delivery.key] += 1
        failures: dict[str, Callable[[], BaseException]] = {
            "fails": lambda: DeliveryError("again"),
            "never": lambda: DeliveryError("no", permanent=True),
            "refused for all": lambda: DeliveryError("down", for_all=True, retry_after=600),
            "lost before": lambda: DeliveryError("lost", uncertain=True),
            "lost after": lambda: DeliveryError("lost", uncertain=True),
            "killed before": Killed,
            "killed after": Killed,
        }
        if outcome in failures:
            raise failures[outcome]()

    @rule(number=st.integers(1, 3))
    def compose(self, number: int) -> None:
        new = [Delivery(key=str(self.added + n), payload=b"x", stories=(str(n),)) for n in range(number)]
        self.added += number
        self.allowed.update(one.key for one in new)
        run = self.new_run()
        run.store.ledger.add("test", [(one, "pending") for one in new] * 2, (b"", ()), run.now)

    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=4), force=st.booleans())
    def run(self, outcomes: list[str], force: bool) -> None:
        self.outcomes = list(outcomes)
        try:
            deliver_pending(self.new_run(force=force), are_files_current=True)
        except Killed:
            self.store.__exit__(None, None, None)
            self.store = Store.open(self.path)

    @rule(minutes=st.sampled_from([1, 6, 60, 60 * 24 * 5]))
    def wait(self, minutes: int) -> None:
        self.time.shift(timedelta(minutes=minutes))

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        if listed := self.store.ledger.list():
            delivery = data.draw(st.sampled_from(listed))
            try:
                self.store.ledger.retry(delivery.id, self.new_run().now)
            except StoreError:
                return
            if delivery.state != "pending":
                self.allowed[delivery.key] += 1

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        if listed := self.store.ledger.list(states=("pending", "uncertain", "failed")):
            self.store.ledger.drop(data.draw(st.sampled_from(listed)).id, self.new_run().now)

    @invariant()
    def nothing_arrives_more_often_than_allowed(self) -> None:
        assert self.arrived <= self.allowed

    @invariant()
    def what_is_sent_has_arrived(self) -> None:
        for delivery in self.store.ledger.list():
            assert delivery.state != "sent" or self.arrived[delivery.key]
            assert delivery.payload is not None or delivery.state in ("sent", "dropped")

    @invariant()
    def nothing_is_lost(self) -> None:
        assert {one.key for one in self.store.ledger.list()} == {str(n) for n in range(self.added)}

    def new_run(self, *, force: bool = False) -> Run:
        return Run(self.config, self.registry, self.store, RunOptions(force=force), lambda done, total: None)


Deliveries.TestCase.settings = settings(
    max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
test_deliveries = Deliveries.TestCase
