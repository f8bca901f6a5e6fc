-- Accounts, API keys, the request log with its sealed content, data keys and prices.
--
-- Written for PostgreSQL 15; the embedded database is PostgreSQL 18. Money is int8 in nano-dollars.
-- Every column stands in the data map (src/domain/data-map), or a test fails.
--
-- Ids are compared byte by byte (collate "C"), so that they sort the same in every database and indexes
-- on them are cheap.

-- Accounts ---------------------------------------------------------------------------------------

create table account (
  id text collate "C" primary key check (id ~ '^acct_[0-9A-Za-z]{1,64}$'),
  role text not null check (role in ('customer', 'operator')),
  display_name text not null check (length(display_name) between 1 and 100),
  email text check (length(email) between 3 and 320 and email like '_%@_%'),
  status text not null default 'active'
    check (status in ('active', 'suspended', 'closing', 'closed')),
  status_reason text check (length(status_reason) <= 1000),
  content_mode text not null check (content_mode in ('none', 'metadata', 'full')),
  created_at timestamptz not null default now(),
  -- The transaction that last changed the row; the key store finds changes by it.
  changed_xid xid8 not null default pg_current_xact_id(),
  constraint account_reason_unless_active check (status <> 'active' or status_reason is null)
);

create index account_newest on account (created_at, id);
create index account_changed on account (changed_xid);

create table account_status_change (
  id int8 generated always as identity primary key,
  account_id text collate "C" not null references account (id),
  status text not null check (status in ('active', 'suspended', 'closing', 'closed')),
  reason text check (length(reason) <= 1000),
  -- No reference: the history outlives the keys of those who made it.
  actor_key_id text,
  changed_at timestamptz not null default now()
);

create index account_status_change_account on account_status_change (account_id, id);

-- API keys ---------------------------------------------------------------------------------------

create table api_key (
  id text collate "C" primary key check (id ~ '^key_[0-9A-Za-z]{1,64}$'),
  account_id text collate "C" not null references account (id),
  kind text not null check (kind in ('inference', 'operator')),
  name text not null check (length(name) between 1 and 100),
  prefix text not null check (length(prefix) between 1 and 16),
  last_four text not null check (length(last_four) = 4),
  -- SHA-256 of the secret. The secret itself is nowhere.
  hash bytea not null constraint api_key_hash_unique unique check (octet_length(hash) = 32),
  content_mode text check (content_mode in ('none', 'metadata', 'full')),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  changed_xid xid8 not null default pg_current_xact_id()
);

create index api_key_account on api_key (account_id, created_at, id);
create index api_key_changed on api_key (changed_xid);

-- What lets a request in must reach every node within seconds. The transaction id is the truth that
-- nodes poll; the notification only makes them poll sooner.

create function directory_mark_change() returns trigger language plpgsql as $$
begin
  new.changed_xid := pg_current_xact_id();
  return new;
end $$;

create function directory_announce_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('codelace_directory', '');
  return null;
end $$;

create trigger account_mark_change before insert or update on account
  for each row execute function directory_mark_change();
create trigger account_announce_change after insert or update or delete on account
  for each statement execute function directory_announce_change();
create trigger api_key_mark_change before insert or update on api_key
  for each row execute function directory_mark_change();
create trigger api_key_announce_change after insert or update or delete on api_key
  for each statement execute function directory_announce_change();

-- Request log ------------------------------------------------------------------------------------

-- `day` is the UTC day inside the id. It leads the primary key, so that the table can be partitioned by
-- day without changing what is unique. There are no references: a log line is written in bulk, after the
-- fact, and must never fail because something else was removed.
create table generation (
  day date not null,
  created_at timestamptz not null,
  cost_nano_usd int8 not null,
  status int4 not null,
  latency_ms int4 not null,
  time_to_first_token_ms int4,
  prompt_tokens int4 not null,
  completion_tokens int4 not null,
  cached_tokens int4 not null,
  cache_write_tokens int4 not null,
  cache_write_1h_tokens int4 not null,
  reasoning_tokens int4 not null,
  audio_prompt_tokens int4 not null,
  audio_completion_tokens int4 not null,
  image_prompt_tokens int4 not null,
  image_completion_tokens int4 not null,
  streamed boolean not null,
  id text collate "C" not null,
  account_id text collate "C" not null,
  key_id text not null,
  requested_model text,
  resolved_model text,
  provider text,
  upstream_model text,
  upstream_id text,
  routing_path jsonb not null,
  outcome text not null,
  fault_code text,
  usage_source text not null,
  finish_reason text,
  price_version_id text,
  client_ip text,
  user_agent text,
  content_mode text not null,
  primary key (day, id),
  constraint generation_day_is_in_id check (
    id like 'gen-__________-____________________'
    and day = date '1970-01-01' + (substr(id, 5, 10)::int8 / 86400)::int4
  ),
  constraint generation_owner check (account_id like 'acct\_%' and key_id like 'key\_%'),
  constraint generation_cost check (cost_nano_usd >= 0),
  constraint generation_status check (status between 100 and 599),
  constraint generation_times check (latency_ms >= 0 and time_to_first_token_ms >= 0),
  constraint generation_tokens check (
    least(
      prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens,
      reasoning_tokens, audio_prompt_tokens, audio_completion_tokens, image_prompt_tokens,
      image_completion_tokens
    ) >= 0
  ),
  constraint generation_routing_path check (jsonb_typeof(routing_path) = 'array'),
  constraint generation_outcome check (
    outcome in ('completed', 'refused', 'upstream_failed', 'client_gone')
  ),
  constraint generation_usage_source check (
    usage_source in ('upstream', 'estimated', 'orphan', 'none')
  ),
  constraint generation_content_mode check (content_mode in ('none', 'metadata', 'full')),
  constraint generation_none_is_anonymous check (
    content_mode <> 'none' or (client_ip is null and user_agent is null)
  )
);

-- Newest first for one account, and for all of them. Both directions of an index cost the same.
create index generation_account on generation (account_id, created_at, id);
create index generation_newest on generation (created_at, id);

create table generation_content (
  day date not null,
  created_at timestamptz not null,
  key_version int4 not null check (key_version >= 1),
  streamed boolean not null,
  id text collate "C" not null,
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  request bytea not null,
  response bytea not null,
  primary key (day, id),
  constraint generation_content_day_is_in_id check (
    id like 'gen-__________-____________________'
    and day = date '1970-01-01' + (substr(id, 5, 10)::int8 / 86400)::int4
  )
);

-- Sealed bytes are compressed and encrypted already: trying again only burns time.
alter table generation_content alter column request set storage external;
alter table generation_content alter column response set storage external;

-- Data keys --------------------------------------------------------------------------------------

-- Deleting an account's rows makes its sealed content unreadable, for ever.
create table account_key (
  account_id text collate "C" not null references account (id),
  version int4 not null check (version >= 1),
  master_key_id text not null check (length(master_key_id) between 1 and 200),
  wrapped bytea not null check (octet_length(wrapped) between 1 and 1024),
  created_at timestamptz not null default now(),
  primary key (account_id, version)
);

-- Prices -----------------------------------------------------------------------------------------

create table price_version (
  id text collate "C" primary key check (id ~ '^price_[0-9A-Za-z_-]{1,64}$'),
  -- Rates are whole pico-dollars as text: JSON numbers are not exact everywhere.
  sheet jsonb not null check (jsonb_typeof(sheet) = 'object'),
  created_at timestamptz not null default now()
);

create table price_change (
  id int8 generated always as identity primary key,
  endpoint text not null check (length(endpoint) between 3 and 400),
  version_id text collate "C" not null references price_version (id),
  effective_from timestamptz not null default now()
);

create index price_change_endpoint on price_change (endpoint, id);

create function price_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger price_version_is_immutable before update or delete on price_version
  for each row execute function price_refuse_change();
create trigger price_change_is_immutable before update or delete on price_change
  for each row execute function price_refuse_change();
