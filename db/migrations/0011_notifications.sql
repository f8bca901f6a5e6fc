-- What people want to be told about accounts, and what they were told.

create table notification_setting (
  changed_at timestamptz not null,
  -- Null: not to be told of a low balance.
  low_balance_nano_usd int8 check (low_balance_nano_usd >= 0),
  error_spikes boolean not null,
  by_mail boolean not null,
  budget_percents int8[] not null check (budget_percents <@ '{50,80,100}'::int8[]),
  person_id text collate "C" not null references person (id) on delete cascade,
  account_id text collate "C" not null references account (id) on delete cascade,
  primary key (account_id, person_id)
);

create index notification_setting_person on notification_setting (person_id);
create index notification_setting_changed on notification_setting (changed_at);

create table notification (
  id int8 generated always as identity primary key,
  created_at timestamptz not null,
  -- When it stopped to be so; null: it is so still.
  ended_at timestamptz,
  read_at timestamptz,
  person_id text collate "C" not null references person (id) on delete cascade,
  account_id text collate "C" not null references account (id) on delete cascade,
  effect_key text collate "C" not null check (length(effect_key) between 1 and 200),
  facts jsonb not null check (jsonb_typeof(facts) = 'object')
);

-- A person is told of one effect once, until it is over.
create unique index notification_effect on notification (person_id, account_id, effect_key)
  where ended_at is null;
create index notification_list on notification (person_id, account_id, id);
create index notification_open on notification (account_id) where ended_at is null;
create index notification_age on notification (ended_at) where ended_at is not null;
