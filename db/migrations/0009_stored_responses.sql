-- Responses that their clients may ask for again, go on from, or refer to (the Responses API, `store`).
--
-- The rules stand in src/ports/stored-responses.ts. A row lives as long as other content, at most.

create table stored_response (
  day date not null,
  created_at timestamptz not null,
  key_version int4 not null check (key_version >= 1),
  id text collate "C" not null,
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  -- The ids of the output items: a later request may name one instead of sending it again.
  item_ids text[] not null,
  -- The conversation up to the response, and the response: sealed with the account's data key.
  request bytea not null,
  response bytea not null,
  primary key (day, id),
  constraint stored_response_day_is_in_id check (
    id like 'gen-__________-____________________'
    and day = date '1970-01-01' + (substr(id, 5, 10)::int8 / 86400)::int4
  )
);

create index stored_response_items on stored_response using gin (item_ids);
create index stored_response_account on stored_response (account_id, created_at);
create index stored_response_age on stored_response (created_at);

-- Sealed bytes are compressed and encrypted already: trying again only burns time.
alter table stored_response alter column request set storage external;
alter table stored_response alter column response set storage external;
