-- Limits of keys and accounts, what each key spent on each day, and the slices of what is left of a spend
-- limit that nodes hold.
--
-- The rules stand in src/domain/usage-limits.ts, spend-windows.ts and budgets.ts. Amounts are nano-dollars.

-- Amounts inside are text of whole nano-dollars: JSON numbers are not exact everywhere.
alter table account add column limits jsonb
  constraint account_limits_is_object check (jsonb_typeof(limits) = 'object');
alter table api_key add column limits jsonb
  constraint api_key_limits_is_object check (jsonb_typeof(limits) = 'object');

-- Whose request a charge was for. Charges from before there were limits name no key.
alter table usage_charge add column key_id text collate "C"
  constraint usage_charge_key check (key_id like 'key\_%');

-- Usage by day -----------------------------------------------------------------------------------

-- The sums of the charges of one key on one UTC day, moved in the transaction that records a charge.
-- `day` is the day in the id of the charge: the day on which its request began.
create table usage_by_key_day (
  day date not null,
  cost_nano_usd int8 not null check (cost_nano_usd >= 0),
  request_count int8 not null check (request_count >= 1),
  prompt_tokens int8 not null check (prompt_tokens >= 0),
  completion_tokens int8 not null check (completion_tokens >= 0),
  key_id text collate "C" not null check (key_id like 'key\_%'),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  primary key (key_id, day)
) with (fillfactor = 70);

create index usage_by_key_day_account on usage_by_key_day (account_id, day);

-- Slices of spend limits -------------------------------------------------------------------------

-- What one life of one node may spend of what the limits of an owner (a key or an account) leave for
-- charges of one day. No money: it only keeps several nodes from spending the same rest of a limit.
create table budget_lease (
  day date not null,
  granted_nano_usd int8 not null default 0,
  -- Charges that were recorded on it: they count as spent from then on, and no longer here.
  settled_nano_usd int8 not null default 0 check (settled_nano_usd >= 0),
  returned_nano_usd int8 not null default 0 check (returned_nano_usd >= 0),
  opened_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  epoch int4 not null check (epoch >= 1),
  -- The number of the last return: an earlier or equal one moves nothing.
  return_number int4 not null default 0,
  status text collate "C" not null default 'open' check (status in ('open', 'closed', 'reclaimed')),
  id text collate "C" primary key check (id ~ '^lease_[0-9A-Za-z]{1,64}$'),
  owner_id text collate "C" not null check (owner_id like 'key\_%' or owner_id like 'acct\_%'),
  node_id text collate "C" not null check (node_id like 'node\_%'),
  constraint budget_lease_covers_what_it_paid check (
    settled_nano_usd + returned_nano_usd <= granted_nano_usd
  ),
  constraint budget_lease_end check ((status = 'open') = (ended_at is null))
) with (fillfactor = 70);

create index budget_lease_open on budget_lease (owner_id, day) where status = 'open';
create index budget_lease_ended on budget_lease (ended_at) where status <> 'open';
