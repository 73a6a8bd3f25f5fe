"""How long the first page of the explorer takes at ten million events on PostgreSQL, filtered by anything.

Run: python bench/explorer.py [events] [--server postgres://postgres@127.0.0.1:5432]
Makes a database of its own (about 1.7 KB an event with its indexes), asks, and drops it again.
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
CHUNK = 500_000
DAYS = 90
ROUNDS = 5
# A burst of 30 events of one key in one minute, as programs work; everything else follows from the key.
EVENTS = """
INSERT INTO audit_event (
  id, leaf_index, schema_version, occurred_at, ingested_at, category, type, outcome, retention_class, organisation_id,
  actor_type, actor_id, actor_name, actor_roles, on_behalf_of, key_id, key_prefix, team_id, project_id, target_type,
  target_id, target_name, request_id, session_id, trace_id, span_id, src_ip, user_agent, http_method, http_path,
  http_status, error_code, provider, model_requested, model_served, tokens_in, tokens_out, cost_nano, ttft_us,
  duration_us, cache_status, guardrail_verdict, policy_version, reason, ticket, excerpt, attrs, raw, leaf_hash)
SELECT
  (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(g %% 4096), 3, '0') || '8' || lpad(to_hex(g), 15, '0'))::uuid,
  g, 1, to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0), 'proxy', kind, outcome, 'proxy', 'org' || key %% 20,
  'api_key', 'key:' || key, 'Key ' || key, '[]', '', 'k' || key, 'gh_' || key, 'team' || key %% 100, '', '', '', '',
  'req_' || g / 2, 's' || g / 30, '', '', ('10.' || key %% 256 || '.0.1')::inet, 'openai-python/2.0', 'POST',
  '/v1/chat/completions', CASE WHEN outcome = 'success' THEN 200 ELSE 502 END,
  CASE WHEN outcome = 'success' THEN '' ELSE 'provider_error' END, 'provider' || key %% 5, model, model, 812, 120,
  1250000, 182000, 2150000, '', '', '', '', '', CASE WHEN g %% 1000003 = 7 THEN 'the needle' ELSE '' END,
  '{"endpoint": "chat", "stream": true}', convert_to(repeat('x', 600), 'UTF8'), decode(repeat('00', 32), 'hex')
FROM (
  SELECT g, %(first)s + (g / 30) * 30 * %(span)s / %(events)s + g %% 30 AS ms, (g / 30 * 7919) %% 500 AS key,
    CASE WHEN g %% 2 = 0 THEN 'proxy.request.started' ELSE
      CASE WHEN (g / 2) %% 50 = 0 THEN 'proxy.request.failed' ELSE 'proxy.request.completed' END END AS kind,
    CASE WHEN g %% 2 = 1 AND (g / 2) %% 50 = 0 THEN 'failure' ELSE 'success' END AS outcome,
    CASE WHEN g %% 2000003 = 5 THEN 'rare-model' ELSE 'model' || (g / 30 * 7919) %% 500 %% 30 END AS model
  FROM generate_series(%(from)s::bigint, %(to)s::bigint) g
) made
"""
ROLL_UPS = """
INSERT INTO audit_rollup (
  id, width, start, organisation_id, team_id, key_id, actor_id, provider, model, type, outcome, error_code, events,
  tokens_in, tokens_out, tokens_cached, tokens_reasoning, cost_nano, priced)
SELECT gen_random_uuid(), %(width)s, to_timestamp(floor(extract(epoch FROM occurred_at) / %(width)s) * %(width)s),
  organisation_id, team_id, key_id, actor_id, provider, model_requested, type, outcome, error_code, count(*),
  sum(tokens_in), sum(tokens_out), 0, 0, sum(cost_nano), count(*)
FROM audit_event GROUP BY 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""
QUESTIONS = (
    "", "range=7d", "range=90d", "range=90d&type=proxy.request.failed", "range=90d&outcome=failure",
    "range=90d&organisation=org7", "range=90d&team=team42", "range=90d&key=k123", "range=90d&actor=key:321",
    "range=90d&model=model3", "range=90d&model=rare-model", "range=90d&provider=provider2",
    "range=90d&error=provider_error", "range=90d&request=req_2500000", "range=90d&session=s12345",
    "range=90d&status=5xx", "range=90d&ip=10.7.0.1", "range=90d&text=needle", "range=90d&text=nowhere",
    "range=90d&cost=9", "range=90d&tokens=500", "range=90d&team=team42&outcome=failure&status=502",
    "range=90d&category=auth", "range=90d&model=no-such-model",
)  # fmt: skip


def main() -> int:
    """0 if every first page came within 300 ms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("events", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432")
    options = parser.parse_args()
    name = f"gatehouse_bench_{os.getpid()}"
    with psycopg.connect(f"{options.server}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            return measured(f"{options.server}/{name}", options.events)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def measured(url: str, events: int) -> int:
    """Fill the database, ask."""
    data = tempfile.mkdtemp(prefix="gatehouse-bench-")
    os.environ |= {"DATABASE_URL": url, "GATEHOUSE_DATA": data, "DJANGO_SETTINGS_MODULE": "config.settings",
                   "GATEHOUSE_REQUIRE_MFA": "off", "GATEHOUSE_PUBLIC_URL": "http://testserver"}  # fmt: skip
    import django

    logging.disable()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(url, events)
    return ask(events)


def fill(url: str, events: int) -> None:
    """The events without indexes, then the indexes, then the roll-ups."""
    from audit import partitions
    from audit.event_ids import first_id

    now = int(time.time() * 1000)
    about = {"first": now - DAYS * 86_400_000, "span": DAYS * 86_400_000, "events": events}
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '512MB'")
        present = {one.name for one in partitions.partitions("default")}
        import datetime as dt

        since = first_id(dt.datetime.fromtimestamp(about["first"] / 1000, dt.UTC))
        for month in partitions.months_between(since, first_id(dt.datetime.now(dt.UTC))):
            if partitions.name_of(month) not in present:
                partitions.make(cursor, month)
        rows = cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_event'").fetchall()
        indexes = [(index, definition) for index, definition in rows if not index.endswith("_pkey")]
        for index, _ in indexes:
            cursor.execute(f"DROP INDEX {index}")
        cursor.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey")
        for first in range(0, events, CHUNK):
            cursor.execute(EVENTS, {**about, "from": first, "to": min(events, first + CHUNK) - 1})
            print(f"{min(events, first + CHUNK):,} events, {time.perf_counter() - began:.0f} s", flush=True)
        cursor.execute("ALTER TABLE audit_event ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id)")
        for index, definition in indexes:
            cursor.execute(definition.replace(" ON ONLY ", " ON "))
            print(f"index {index}, {time.perf_counter() - began:.0f} s", flush=True)
        for width in (60, 3600, 86_400):
            cursor.execute(ROLL_UPS, {"width": width})
        cursor.execute("INSERT INTO audit_tree (id, size, frontier, pruned_below) VALUES (1, %s, '', 0) "
                       "ON CONFLICT (id) DO UPDATE SET size = excluded.size", [events])  # fmt: skip
        cursor.execute("VACUUM ANALYZE audit_event")
        cursor.execute("VACUUM ANALYZE audit_rollup")
        size, rollups = cursor.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())), (SELECT count(*) FROM audit_rollup)"
        ).fetchone()
        print(f"{events:,} events, {rollups:,} roll-ups, {size}, {time.perf_counter() - began:.0f} s", flush=True)


def ask(events: int) -> int:
    """The page by the whole of Django: query, facets, histogram, template."""
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client()
    client.force_login(
        User.objects.create_superuser("bench", password="x"), "django.contrib.auth.backends.ModelBackend"
    )
    client.get("/admin/evidence/events/")  # templates and modules are loaded
    worst = 0.0
    print(
        f"\n| filter | events on the page | first time, ms | median of {ROUNDS}, ms | API, ms |\n|---|---|---|---|---|"
    )
    for question in QUESTIONS:
        took: list[float] = []
        reset_queries()
        with CaptureQueriesContext(connection) as sent:
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = client.get(f"/admin/evidence/events/?{question}")
                took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.status_code
        began = time.perf_counter()
        listed = client.get(f"/api/v1/audit/events?{question}")
        api = (time.perf_counter() - began) * 1000
        assert listed.status_code == 200, listed.content
        shown = len(listed.json()["items"])
        for query in sent.captured_queries:
            text = query["sql"].upper()
            assert "COUNT(*)" not in text and " OFFSET " not in text, text
        worst = max(worst, statistics.median(took), api)
        print(
            f"| {question or 'none'} | {shown} | {took[0]:.0f} | {statistics.median(took):.0f} | {api:.0f} |",
            flush=True,
        )
    print(f"\n{events:,} events: worst median {worst:.0f} ms; no COUNT(*), no OFFSET in any statement")
    return 0 if worst <= 300 else 1


if __name__ == "__main__":
    sys.exit(main())
