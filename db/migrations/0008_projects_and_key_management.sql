-- Projects: parts of an account with keys and limits of their own. And what keys may do, who made them, the
-- secrets that were replaced, and when each key was last used.

create table project (
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  changed_xid xid8 not null default pg_current_xact_id(),
  id text collate "C" primary key check (id ~ '^proj_[0-9A-Za-z]{1,64}$'),
  account_id text collate "C" not null references account (id),
  name text not null check (length(name) between 1 and 100),
  limits jsonb constraint project_limits_is_object check (jsonb_typeof(limits) = 'object')
);

create index project_account on project (account_id, created_at, id);
create index project_changed on project (changed_xid);

-- A change of a project changes what its keys may do, so nodes hear of it as of a change of a key.
create trigger project_mark_change before insert or update on project
  for each row execute function directory_mark_change();
create trigger project_announce_change after insert or update or delete on project
  for each statement execute function directory_announce_change();

-- Keys from before there were scopes keep what they could do.
alter table api_key add column scopes text[] not null default '{inference,read_usage}'
  constraint api_key_scopes check (scopes <@ '{inference,read_usage,manage_keys}'::text[]);
alter table api_key add column project_id text collate "C" references project (id);
-- The id of a person or of a key. No reference: it outlives who did it.
alter table api_key add column created_by text
  constraint api_key_created_by check (length(created_by) between 1 and 100);
alter table api_key add column old_secrets_end_at timestamptz;

create index api_key_project on api_key (project_id) where project_id is not null;

-- Secrets that were replaced: they work until they end.
create table api_key_old_secret (
  ends_at timestamptz not null,
  key_id text collate "C" not null references api_key (id),
  hash bytea primary key check (octet_length(hash) = 32)
);

create index api_key_old_secret_key on api_key_old_secret (key_id);

-- Moved with the lines of the request log, so no request waits for it. Not in `api_key`, whose every change
-- is announced to all nodes.
create table api_key_use (
  last_used_at timestamptz not null,
  key_id text collate "C" primary key check (key_id like 'key\_%'),
  account_id text collate "C" not null check (account_id like 'acct\_%')
);

create index api_key_use_account on api_key_use (account_id);

alter table budget_lease drop constraint budget_lease_owner_id_check;
alter table budget_lease add constraint budget_lease_owner check (
  owner_id like 'key\_%' or owner_id like 'proj\_%' or owner_id like 'acct\_%'
);
