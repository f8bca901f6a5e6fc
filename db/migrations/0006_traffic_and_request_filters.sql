-- How requests went, summed up as their lines are written, and one index for every filter of the request log.

-- Histograms -------------------------------------------------------------------------------------

-- A histogram is one count for each band of sizes: see src/domain/traffic/histogram.ts.
create function histogram_add(left_counts int8[], right_counts int8[]) returns int8[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) order by band), '{}')
  from unnest(left_counts, right_counts) with ordinality as pair (a, b, band)
$$;

create aggregate histogram_sum(int8[]) (sfunc = histogram_add, stype = int8[], initcond = '{}');

-- Traffic ----------------------------------------------------------------------------------------

-- The requests of an account in the UTC hour of their ids. Empty text: no model, nobody asked.
create table traffic_by_hour (
  hour timestamptz not null,
  request_count int8 not null check (request_count >= 1),
  refused_count int8 not null check (refused_count >= 0),
  failed_count int8 not null check (failed_count >= 0),
  gone_count int8 not null check (gone_count >= 0),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  model text collate "C" not null,
  provider text collate "C" not null,
  latency_counts int8[] not null,
  first_token_counts int8[] not null,
  primary key (account_id, hour, model, provider),
  constraint traffic_by_hour_parts check (
    refused_count + failed_count + gone_count <= request_count
  )
) with (fillfactor = 70);

-- How one endpoint answered everybody within five minutes. About no person.
create table endpoint_traffic (
  slot timestamptz not null,
  attempt_count int8 not null check (attempt_count >= 1),
  failure_count int8 not null check (failure_count between 0 and attempt_count),
  provider text collate "C" not null,
  upstream_model text collate "C" not null,
  latency_counts int8[] not null,
  first_token_counts int8[] not null,
  throughput_counts int8[] not null,
  primary key (slot, provider, upstream_model)
) with (fillfactor = 70);

-- Requests ---------------------------------------------------------------------------------------

-- Whatever is filtered and sorted by stands in the index itself: a list reads the lines of its page from
-- the table, and nothing else, however rare its lines are. It takes the place of the narrower index.
create index generation_filter on generation (account_id, created_at, id) include (
  day, cost_nano_usd, status, latency_ms, prompt_tokens, completion_tokens, streamed, key_id,
  requested_model, resolved_model, provider, outcome
);
drop index generation_account;

-- An index answers alone only for pages that were vacuumed since they were written.
alter table generation set (
  autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0.02
);
