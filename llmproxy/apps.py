"""The gateway app: holds the process-wide run-time objects of the data plane."""

from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.apps import AppConfig, apps
from django.conf import settings
from prometheus_client import REGISTRY

from accounts.apps import AccountsConfig
from audit.apps import AuditConfig
from llmproxy.metrics import GatewayMetrics

if TYPE_CHECKING:
    from llmproxy.catalog import CatalogKeeper
    from llmproxy.health.spreading import Spreader
    from llmproxy.metering.bank import Bank
    from llmproxy.pipeline.admission import Admission
    from llmproxy.pipeline.runtime import Runtime


class LlmproxyConfig(AppConfig):
    """Run-time parts are made on first use, because models can be imported only after all apps are loaded."""

    # Said aloud, because accounts.apps, imported above, brings a second candidate into this module.
    default = True
    name = "llmproxy"
    verbose_name = "Gateway"

    @classmethod
    def current(cls) -> Self:
        """The app's configuration, typed. Raises LookupError before Django is set up."""
        config = apps.app_configs[cls.name]  # not by get_app_config, whose checks every call would pay for
        if not isinstance(config, cls):
            raise LookupError(cls.name)
        return config

    @cached_property
    def metrics(self) -> GatewayMetrics:
        """The data plane's metrics, in the process's default registry."""
        return GatewayMetrics(REGISTRY)

    @cached_property
    def catalog(self) -> "CatalogKeeper":
        """The keeper of the frozen configuration snapshot."""
        from llmproxy.catalog import CatalogKeeper  # models are behind it: not importable while apps load

        keeper = CatalogKeeper()
        AccountsConfig.current().watcher.subscribe(keeper.apply)
        return keeper

    @cached_property
    def spreader(self) -> "Spreader":
        """Tells the other processes of circuits and load, and hears of theirs."""
        from llmproxy.health.spreading import Spreader  # see `catalog`

        return Spreader(self.runtime.board, AccountsConfig.current().shared_store)

    @cached_property
    def runtime(self) -> "Runtime":
        """What the data plane works with."""
        from accounts.egress import EgressPolicy
        from accounts.seen_proofs import SeenProofs
        from llmproxy.caching.sealed import Sealer
        from llmproxy.caching.store import AnswerStore
        from llmproxy.gateway.client_address import TrustedProxies
        from llmproxy.idempotency.claims import Claims
        from llmproxy.pipeline.runtime import Runtime  # see `catalog`
        from llmproxy.simulator import answer
        from llmproxy.transport import Transport

        writing_kek = next(iter(settings.GATEHOUSE_KEKS.values()))
        return Runtime(
            catalog=self.catalog,
            watcher=AccountsConfig.current().watcher,
            transport=Transport(EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW), schemes={"simulator": answer}),
            metrics=self.metrics,
            proofs=SeenProofs(AccountsConfig.current().shared_store),
            stale_seconds=settings.GATEHOUSE_STALE_SECONDS,
            keep_alive_seconds=settings.GATEHOUSE_KEEP_ALIVE_SECONDS,
            most_parallel=settings.GATEHOUSE_MOST_PARALLEL_CALLS,
            answers=AnswerStore(AccountsConfig.current().shared_store, Sealer(writing_kek)),
            claims=Claims(AccountsConfig.current().shared_store, Sealer(writing_kek)),
            proxies=TrustedProxies(settings.GATEHOUSE_TRUSTED_PROXIES),
            admissions=self._admissions(),
            places=self._leased_from_the_shared_store(),
        )

    def _admissions(self) -> "tuple[Admission, ...]":
        """The rule books that let calls in."""
        from llmproxy.budgets.admission import BudgetAdmission  # see `catalog`
        from llmproxy.budgets.store import BudgetStore
        from llmproxy.limits.admission import LimitAdmission

        limits = self._leased_from_the_shared_store()
        budgets = BudgetStore(lambda: AuditConfig.current().recorder.writer().id)
        return LimitAdmission(self.catalog, limits), BudgetAdmission(self.catalog, budgets)

    def _leased_from_the_shared_store(self) -> "Bank":
        from llmproxy.limits.store import LimitStore  # see `catalog`
        from llmproxy.metering.bank import Bank

        shared = AccountsConfig.current().shared_store
        return Bank(LimitStore(shared, settling_seconds=settings.GATEHOUSE_SETTLING_SECONDS))
