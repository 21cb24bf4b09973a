"""The business's figures as Prometheus' families, made only when somebody asks."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from bot import VERSION
from bot.business import Business
from bot.figures import Spread
from bot.supervision import Supervisor
from storage.queues import Waiting

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
Labelled = Mapping[str, float] | Mapping[tuple[str, str], float] | Mapping[tuple[str, str, str], float]
HEALTH = ("ok", "degraded", "cannot store")


class Families(Collector):
    """A registry of one business's own. What only the database and the health page know is put in first."""

    def __init__(self, business: Business, supervisor: Supervisor) -> None:
        self._business, self._supervisor = business, supervisor
        self.waiting: Mapping[tuple[str, str], Waiting] = {}
        self.health = ""
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def write(self) -> bytes:
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Family]:
        return ()

    def collect(self) -> Iterator[Family]:
        yield _gauge("svar_info", "The version that runs", ("version",), {VERSION: 1})
        states = {state: float(state == self.health) for state in HEALTH}
        yield _gauge("svar_health", "1 for the state that the health page tells", ("state",), states)
        yield from self._way_in()
        yield from self._queues()
        yield from self._way_out()
        yield from self._channels()
        yield from self._answers()
        yield from self._process()
        yield from self._storage()

    def _way_in(self) -> Iterator[Family]:
        figures = self._business.figures
        yield _counter(
            "svar_updates",
            "Updates by what became of them: stored, repeated, unreadable",
            ("channel", "kind", "outcome"),
            figures.updates,
        )
        yield _counter(
            "svar_posts_refused", "Posts that were not the platform's", ("channel",), self._business.rejected
        )
        yield _counter(
            "svar_posts_not_stored",
            "Posts and polls that could not be stored",
            ("channel",),
            figures.not_stored,
        )
        yield _histogram(
            "svar_stored_seconds", "From a post's last byte until it was on disk", figures.stored
        )

    def _queues(self) -> Iterator[Family]:
        now = self._business.clock.now()
        lengths = {names: float(waiting.count) for names, waiting in self.waiting.items()}
        ages = {names: max(0, now - (waiting.since or now)) / 1000 for names, waiting in self.waiting.items()}
        labels = ("queue", "channel")
        yield _gauge("svar_queue_length", "What waits, counted up to 10,000", labels, lengths)
        yield _gauge("svar_queue_oldest_seconds", "For how long the oldest of it waits", labels, ages)

    def _way_out(self) -> Iterator[Family]:
        figures, now = self._business.figures, self._business.clock.monotonic()
        yield _counter(
            "svar_sends",
            "Calls by what came of them: sent, later, refused, unsure, moved",
            ("channel", "result", "reason"),
            figures.sends,
        )
        yield _histogram(
            "svar_answered_seconds",
            "From a customer's message until the platform took our answer",
            figures.answered,
        )
        held = {name: max(0.0, until - now) for name, until in figures.held_until.items()}
        yield _gauge("svar_held_seconds", "For how long a channel may not be sent to", ("channel",), held)
        left = figures.budget_left()
        yield _gauge("svar_budget_left", "Calls that a channel may take at this moment", ("channel",), left)

    def _channels(self) -> Iterator[Family]:
        channels, desk = self._business.channels, self._business.desk
        up = {name: float(not channel.last_error) for name, channel in channels.items()}
        yield _gauge("svar_channel_up", "Whether the last call went well", ("channel",), up)
        ok = {name: channel.last_ok / 1000 for name, channel in channels.items() if channel.last_ok}
        yield _gauge("svar_channel_last_ok_timestamp_seconds", "When a call last went well", ("channel",), ok)
        yield _counter(
            "svar_orders_refused",
            "What only looked like an order of staff, by why nothing was done",
            ("why",),
            self._business.figures.refused_orders,
        )
        yield GaugeMetricFamily("svar_desk_open", "Whether staff can be reached", value=float(desk.open))

    def _answers(self) -> Iterator[Family]:
        figures, model = self._business.figures, self._business.answerer.model
        passages = self._business.library.summary().passages
        yield GaugeMetricFamily("svar_passages", "Passages that can answer", value=passages)
        yield _counter(
            "svar_turns",
            "Decisions by how they ended: done, again, silenced, failed, given_up",
            ("outcome",),
            figures.turns,
        )
        yield _counter(
            "svar_questions",
            "Questions by what came of them: answered, clarified, escalated, refused",
            ("outcome",),
            figures.questions,
        )
        yield _counter(
            "svar_handed_over", "Requests for a person by the reason", ("reason",), figures.handed_over
        )
        calls: Labelled = model.calls if model else {}
        yield _counter("svar_model_calls", "Calls to the language model by result", ("result",), calls)
        tokens = {way: float(model.tokens[way]) for way in ("in", "out")} if model else {}
        yield _counter("svar_model_tokens", "Tokens that the language model read and wrote", ("way",), tokens)
        yield CounterMetricFamily(
            "svar_model_cost",
            "What it cost, in the money of the prices",
            value=model.tokens["cost"] / 1e6 if model else 0,
        )
        left_alone = float(model is not None and model.left_alone)
        yield GaugeMetricFamily(
            "svar_model_left_alone", "1 while it is given time after failed calls", value=left_alone
        )

    def _process(self) -> Iterator[Family]:
        figures, kept = self._business.figures, self._supervisor.kept
        yield _histogram("svar_loop_lag_seconds", "By how much the loop came late", {"": figures.lag})
        yield CounterMetricFamily("svar_loop_stalls", "How often the loop stood still", value=figures.stalls)
        yield _counter(
            "svar_task_restarts", "How often a task died and was started again", ("task",), figures.restarts
        )
        sound = {one.name: float(not one.trouble) for one in kept}
        yield _gauge("svar_task_sound", "0 for a task that died within the last minute", ("task",), sound)
        yield _counter(
            "svar_jobs_failed", "Jobs that did not run to their end", ("job",), figures.jobs_failed
        )
        yield _counter("svar_log_lines", "Lines written, by level", ("level",), figures.log_lines)
        yield _counter("svar_mishaps", "Errors that nobody caught", ("where",), figures.mishaps)

    def _storage(self) -> Iterator[Family]:
        tally = self._business.db.tally
        yield CounterMetricFamily("svar_storage_groups", "Commits", value=tally.groups)
        yield CounterMetricFamily(
            "svar_storage_transactions", "Transactions; so many in a group", value=tally.transactions
        )
        yield CounterMetricFamily(
            "svar_storage_errors", "Transactions that could not be stored", value=tally.errors
        )


def _counter(name: str, words: str, labels: tuple[str, ...], found: Labelled) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=labels)
    for names, value in list(found.items()):  # other threads log, too
        family.add_metric([names] if isinstance(names, str) else names, value)
    return family


def _gauge(name: str, words: str, labels: tuple[str, ...], found: Labelled) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for names, value in found.items():
        family.add_metric([names] if isinstance(names, str) else names, value)
    return family


def _histogram(name: str, words: str, found: Mapping[str, Spread]) -> HistogramMetricFamily:
    """By channel; the name "" stands for one without labels."""
    family = HistogramMetricFamily(name, words, labels=() if "" in found else ("channel",))
    for channel, spread in found.items():
        buckets, below = [], 0
        for bound, count in zip((*map(str, spread.bounds), "+Inf"), spread.counts, strict=True):
            below += count
            buckets.append((bound, float(below)))
        family.add_metric([channel] if channel else [], buckets, spread.total)
    return family
