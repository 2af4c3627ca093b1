"""Sends what is pending and due, one after the other, and records the outcome of each attempt before the next.

A delivery is marked as being sent before its attempt. If the process is killed during it, or if the connection breaks
after everything was handed over, nobody knows whether it has arrived: it is not sent again unless a user says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from aggregator.config.settings import OutputSettings
from aggregator.delivery.back_off import MUTED_ATTEMPTS, is_due, is_expired, next_attempt
from aggregator.errors import AggregateError, DeliveryError
from aggregator.run import Run
from aggregator.store import StoredDelivery
from aggregator.text.secrets import redact

if TYPE_CHECKING:
    from aggregator.delivery.send import Sender

MOST_REPORTED = 5
"""How many failed deliveries of an output a run reports one by one."""


class _Block(msgspec.Struct, frozen=True):
    """Why an output's other deliveries are not tried in this run. `held_until`: the end of a Retry-After."""

    error: str
    next_try: datetime
    held_until: datetime | None


def deliver_pending(run: Run, *, are_files_current: bool) -> None:
    """Send the deliveries of all outputs that are due; in a dry run, only list them.

    `are_files_current`: False keeps back what announces files, since the command that publishes them has failed.
    """
    ledger = run.store.ledger
    interrupted = ledger.recover(_now())
    outputs = {output.key: output for output in run.config.outputs}
    pending = [
        delivery
        for delivery in ledger.list(states=("pending",))
        if delivery.output in outputs
        and is_due(delivery, run.now, force=run.options.force)
        and (delivery.local or not run.options.offline)
        and (are_files_current or not delivery.supersedes)
    ]
    if run.options.dry_run:
        run.report.deliveries.planned += [_describe(delivery) for delivery in pending]
        return
    loop = _Loop(run, outputs)
    for delivery in interrupted:
        loop.report_uncertain(delivery, delivery.error or "")
    if pending:
        with ledger.durable():
            loop.send(pending)


class _Loop:
    """Sends deliveries one by one. `_blocks`: the outputs that send nothing more in this run."""

    def __init__(self, run: Run, outputs: Mapping[str, OutputSettings]) -> None:
        self._run = run
        self._ledger = run.store.ledger
        self._counts = run.report.deliveries
        self._outputs = outputs
        self._blocks: dict[str, _Block] = {}
        self._reported: Counter[str] = Counter()

    def send(self, pending: list[StoredDelivery]) -> None:
        from aggregator.delivery.send import Sender

        with Sender(self._run, self._outputs) as sender:
            for delivery in pending:
                if block := self._blocks.get(delivery.output):
                    self._postpone(delivery, block)
                else:
                    self._attempt(delivery, sender)

    def _attempt(self, delivery: StoredDelivery, sender: Sender) -> None:
        self._ledger.begin(delivery, _now())
        try:
            sender.send(delivery)
        except DeliveryError as error:
            self._failed(delivery, error)
        except AggregateError as error:
            self._failed(delivery, DeliveryError(str(error)))
        else:
            self._ledger.end(delivery, "sent", _now())
            self._counts.sent += 1

    def _failed(self, delivery: StoredDelivery, error: DeliveryError) -> None:
        now, text, attempts = _now(), redact(str(error)), delivery.attempts + 1
        held_until = now + timedelta(seconds=error.retry_after) if error.retry_after else None
        block = _Block(text, max(next_attempt(attempts, now), held_until or now), held_until)
        if error.for_all:
            self._blocks[delivery.output] = block
        if error.uncertain and not (delivery.supersedes or delivery.local):
            self._ledger.end(delivery, "uncertain", now, text)
            self.report_uncertain(delivery, text)
        elif error.permanent:
            self._give_up(delivery, text)
        elif self._postpone(delivery, self._kept_due(delivery, block)):
            self._report(delivery, f"{text}; it is tried again", muted=attempts <= MUTED_ATTEMPTS)

    def _kept_due(self, delivery: StoredDelivery, block: _Block) -> _Block:
        """An attempt by force does not push the next one away, which the back-off had planned."""
        if not self._run.options.force:
            return block
        return msgspec.structs.replace(block, next_try=max(delivery.next_try, block.held_until or delivery.next_try))

    def _postpone(self, delivery: StoredDelivery, block: _Block) -> bool:
        """Let a later run try a delivery again. Returns False if it is given up instead."""
        if is_expired(delivery, _now()):
            self._give_up(delivery, f"{block.error}; it has been given up")
            return False
        self._ledger.postpone(delivery, block.error, block.next_try, block.held_until)
        self._counts.postponed += 1
        return True

    def _give_up(self, delivery: StoredDelivery, text: str) -> None:
        self._ledger.end(delivery, "failed", _now(), text)
        self._counts.failed += 1
        self._report(delivery, text)

    def report_uncertain(self, delivery: StoredDelivery, text: str) -> None:
        """Report that nobody knows whether a delivery has arrived."""
        self._counts.uncertain += 1
        advice = f"it may have arrived; `aggregate deliveries retry {delivery.id}` sends it again"
        self._report(delivery, f"{text}; {advice}")

    def _report(self, delivery: StoredDelivery, text: str, *, muted: bool = False) -> None:
        report, output = self._run.report, delivery.output
        if not muted:
            report.output_failed = True
            self._reported[output] += 1
        if self._reported[output] <= MOST_REPORTED:
            report.fail(output, f"{_describe(delivery)}: {text}", muted=muted)
        else:
            report.fail(output, "further deliveries failed; `aggregate deliveries` lists them", muted=muted)


def _describe(delivery: StoredDelivery) -> str:
    label = delivery.label or delivery.key
    return f"{label} to {delivery.recipient}" if delivery.recipient else label


def _now() -> datetime:
    return datetime.now(UTC)
