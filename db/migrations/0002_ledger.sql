-- The double-entry ledger: transactions and entries that never change, the balances, grants and leases
-- that are their sums, and one row for each charge.
--
-- The rules stand in src/domain/ledger; this file holds what the database itself refuses. Nothing here
-- refers to `account`: money outlives the person, and a settlement must never fail because a row is gone.
--
-- Ids are compared byte by byte (collate "C"): that is cheap, and orders locks the same way everywhere.
-- Checks of hot tables use like: they run again on every update, and a regular expression costs a hundred
-- times as much.

-- Nodes ------------------------------------------------------------------------------------------

create table node (
  raised_at timestamptz not null default now(),
  -- Raised by every start. A lease of an earlier epoch can only be settled and closed.
  epoch int4 not null check (epoch >= 1),
  id text collate "C" primary key check (id like 'node\_%')
);

-- Transactions and entries -----------------------------------------------------------------------

create table ledger_transaction (
  id int8 generated always as identity primary key,
  posted_at timestamptz not null default now(),
  kind text collate "C" not null,
  account_id text collate "C" not null,
  lease_id text collate "C",
  -- The same effect is never posted twice, whoever tries.
  effect_key text collate "C" not null,
  constraint ledger_transaction_effect_key unique (effect_key),
  constraint ledger_transaction_kind check (
    kind in ('settle', 'lease', 'give_back', 'reclaim', 'grant', 'expiry', 'overrun', 'late')
  ),
  constraint ledger_transaction_owner check (account_id like 'acct\_%' and lease_id like 'lease\_%'),
  constraint ledger_transaction_key_length check (length(effect_key) between 1 and 200)
);

create index ledger_transaction_account on ledger_transaction (account_id, id);

create table ledger_entry (
  transaction_id int8 not null,
  -- Above zero is a credit, below zero a debit.
  amount_nano_usd int8 not null check (amount_nano_usd <> 0),
  position int4 not null check (position >= 1),
  book text collate "C" not null,
  -- The grant whose credit this entry adds or uses.
  grant_id text collate "C",
  primary key (transaction_id, position),
  constraint ledger_entry_book check (
    book in (
      'held', 'revenue', 'available', 'stripe_clearing', 'promo_expense', 'breakage', 'bad_debt',
      'dispute'
    )
  ),
  constraint ledger_entry_grant check (grant_id is null or book in ('available', 'held'))
);

-- Balances, grants, leases: sums of entries ------------------------------------------------------

create table ledger_balance (
  available_nano_usd int8 not null default 0,
  held_nano_usd int8 not null default 0 check (held_nano_usd >= 0),
  stripe_clearing_nano_usd int8 not null default 0,
  promo_expense_nano_usd int8 not null default 0,
  revenue_nano_usd int8 not null default 0,
  breakage_nano_usd int8 not null default 0,
  bad_debt_nano_usd int8 not null default 0,
  dispute_nano_usd int8 not null default 0,
  -- What overruns and late settlements took from `available`, in all.
  labelled_nano_usd int8 not null default 0 check (labelled_nano_usd >= 0),
  account_id text collate "C" primary key check (account_id like 'acct\_%'),
  constraint ledger_balance_conserves_money check (
    available_nano_usd + held_nano_usd + stripe_clearing_nano_usd + promo_expense_nano_usd
    + revenue_nano_usd + breakage_nano_usd + bad_debt_nano_usd + dispute_nano_usd = 0
  )
) with (fillfactor = 60);

create table credit_grant (
  amount_nano_usd int8 not null check (amount_nano_usd > 0),
  -- What was not spent yet; what nodes hold counts as not spent.
  remaining_nano_usd int8 not null default 0,
  -- Milliseconds, because the rules of spending order compare milliseconds.
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  -- Lower is spent first.
  priority int4 not null check (priority between 0 and 1000),
  is_live boolean not null generated always as (remaining_nano_usd > 0) stored,
  id text collate "C" primary key check (id like 'grant\_%'),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  kind text collate "C" not null check (kind in ('paid', 'promotional', 'trial')),
  effect_key text collate "C" not null,
  note text check (length(note) <= 1000),
  constraint credit_grant_effect_key unique (effect_key),
  constraint credit_grant_remaining check (remaining_nano_usd between 0 and amount_nano_usd)
) with (fillfactor = 80);

-- `is_live` changes once in the life of a grant, so spending from it touches no index.
create index credit_grant_live on credit_grant (account_id) where is_live;
create index credit_grant_expiry on credit_grant (expires_at) where is_live and expires_at is not null;
create index credit_grant_account on credit_grant (account_id, id);

create table lease (
  granted_nano_usd int8 not null default 0,
  settled_nano_usd int8 not null default 0 check (settled_nano_usd >= 0),
  returned_nano_usd int8 not null default 0 check (returned_nano_usd >= 0),
  opened_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  epoch int4 not null check (epoch >= 1),
  status text collate "C" not null default 'open' check (status in ('open', 'closed', 'reclaimed')),
  id text collate "C" primary key check (id like 'lease\_%'),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  node_id text collate "C" not null check (node_id like 'node\_%'),
  constraint lease_covers_what_it_paid check (
    settled_nano_usd + returned_nano_usd <= granted_nano_usd
  ),
  constraint lease_ends_empty check (
    (status = 'open') = (ended_at is null)
    and (status = 'open' or settled_nano_usd + returned_nano_usd = granted_nano_usd)
  )
) with (fillfactor = 70);

create index lease_open on lease (account_id) where status = 'open';

-- Charges ----------------------------------------------------------------------------------------

-- `day` is the UTC day inside the id and leads the key, so that the table can be partitioned by day
-- without changing what is unique.
create table usage_charge (
  day date not null,
  cost_nano_usd int8 not null check (cost_nano_usd >= 0),
  settled_at timestamptz not null default now(),
  charge_id text collate "C" not null,
  account_id text collate "C" not null,
  lease_id text collate "C",
  node_id text collate "C" not null,
  price_version_id text collate "C" not null,
  usage_source text collate "C" not null,
  constraint usage_charge_counts_once primary key (day, charge_id),
  constraint usage_charge_day_is_in_id check (
    charge_id like 'gen-__________-%'
    and day = date '1970-01-01' + (substr(charge_id, 5, 10)::int8 / 86400)::int4
  ),
  constraint usage_charge_owner check (account_id like 'acct\_%'),
  constraint usage_charge_source check (
    usage_source in ('upstream', 'estimated', 'orphan', 'none')
  )
);

-- What the database refuses ----------------------------------------------------------------------

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: the ledger only grows', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger ledger_transaction_only_grows
  before update or delete or truncate on ledger_transaction
  for each statement execute function ledger_refuse_change();
create trigger ledger_entry_only_grows
  before update or delete or truncate on ledger_entry
  for each statement execute function ledger_refuse_change();
create trigger usage_charge_only_grows
  before update or delete or truncate on usage_charge
  for each statement execute function ledger_refuse_change();
create trigger ledger_balance_stays
  before delete or truncate on ledger_balance
  for each statement execute function ledger_refuse_change();
create trigger credit_grant_stays
  before delete or truncate on credit_grant
  for each statement execute function ledger_refuse_change();
create trigger credit_grant_only_shrinks
  before update of
    id, account_id, kind, amount_nano_usd, priority, created_at, expires_at, effect_key
  on credit_grant
  for each statement execute function ledger_refuse_change();

-- Once for each statement, over all its rows at once: entries arrive together with all the others of
-- their transaction, in the database transaction that made it, and sum to zero.
create function ledger_check_entries() returns trigger language plpgsql as $$
declare
  broken record;
begin
  select added.transaction_id, added.total into broken
  from (
    select transaction_id, sum(amount_nano_usd) as total from new_entry group by transaction_id
  ) as added
  where added.total <> 0
    or (
      -- A subquery for each row stays an index look-up, however long the table has become.
      select parent.xmin from ledger_transaction as parent where parent.id = added.transaction_id
    ) is distinct from pg_current_xact_id()::xid
  limit 1;
  if found then
    raise exception 'the entries added to ledger transaction % sum to %, or it is not a new one',
      broken.transaction_id, broken.total
      using errcode = 'check_violation', constraint = 'ledger_entry_balances';
  end if;
  return null;
end $$;

create trigger ledger_entry_balances after insert on ledger_entry
  referencing new table as new_entry
  for each statement execute function ledger_check_entries();

-- Only a labelled transaction takes `available` below zero, or further below. The condition is computed
-- without a call; the function runs when it is broken.
create function ledger_refuse_overdraft() returns trigger language plpgsql as $$
begin
  raise exception 'account % would have % nano-dollars without an overrun or a late settlement',
    new.account_id, new.available_nano_usd
    using errcode = 'check_violation', constraint = 'ledger_balance_overdraft';
end $$;

create trigger ledger_balance_overdraft before update on ledger_balance
  for each row when (
    new.available_nano_usd
      < least(old.available_nano_usd, 0) - (new.labelled_nano_usd - old.labelled_nano_usd)
  )
  execute function ledger_refuse_overdraft();
create trigger ledger_balance_starts_empty before insert on ledger_balance
  for each row when (new.available_nano_usd < 0)
  execute function ledger_refuse_overdraft();

create function lease_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'lease % is %: it never changes again', old.id, old.status
    using errcode = 'check_violation', constraint = 'lease_ended';
end $$;

create trigger lease_ended before update on lease
  for each row when (old.status <> 'open')
  execute function lease_refuse_change();
