-- Credentials for providers that customers bring, and what the request log says of their use.
--
-- The secret is sealed with the account's data key and bound to its row; see src/adapters/vault.

create table own_credential (
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  tested_at timestamptz,
  key_version int4 not null check (key_version >= 1),
  is_enabled boolean not null default true,
  id text collate "C" primary key check (id ~ '^cred_[0-9A-Za-z]{1,64}$'),
  account_id text collate "C" not null references account (id),
  provider text not null check (provider ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  label text not null check (length(label) between 1 and 100),
  secret_kind text not null
    check (secret_kind in ('api_key', 'aws', 'google_service_account', 'none')),
  last_four text not null check (length(last_four) in (0, 4)),
  base_url text check (length(base_url) between 9 and 500 and base_url like 'https://%'),
  protocol text check (length(protocol) between 1 and 40),
  region text check (region ~ '^[a-z0-9-]{1,40}$'),
  use text not null check (use in ('first', 'only', 'last')),
  -- The id of a person or of a key. No reference: it outlives who did it.
  created_by text check (length(created_by) between 1 and 100),
  test_outcome text
    check (test_outcome in ('works', 'refused', 'limited', 'unreachable', 'failed')),
  test_detail text check (length(test_detail) <= 1000),
  -- Null: every model of the provider, every key of the account.
  models jsonb constraint own_credential_models_is_list check (jsonb_typeof(models) = 'array'),
  key_ids text[],
  sealed bytea not null check (octet_length(sealed) between 28 and 65536),
  constraint own_credential_test_is_whole
    check ((tested_at is null) = (test_outcome is null) and (tested_at is null) = (test_detail is null))
);

create index own_credential_account on own_credential (account_id, created_at, id);

alter table own_credential alter column sealed set storage external;

-- A credential is known with the keys of its account, so a change of one is a change of the account.
create function own_credential_mark_change() returns trigger language plpgsql as $$
begin
  update account set changed_xid = pg_current_xact_id() where id = coalesce(new.account_id, old.account_id);
  return null;
end $$;

create trigger own_credential_changed after insert or update or delete on own_credential
  for each row execute function own_credential_mark_change();

-- Null: the list price was charged, with a credential of this installation.
alter table generation add column credential_id text;
alter table generation add column own_fee_parts_per_million int4;
alter table generation add column upstream_nano_usd int8;
alter table generation add constraint generation_own_is_whole check (
  (credential_id is null) = (own_fee_parts_per_million is null)
  and (credential_id is null) = (upstream_nano_usd is null)
) not valid;
