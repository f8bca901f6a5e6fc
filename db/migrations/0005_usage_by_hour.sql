-- The sums of charges by hour, key, model and provider: what the usage pages are made of. They are moved in
-- the transaction that records a charge, and equal the ledger to the nano-dollar.

-- `hour` is the UTC hour in the id of the charge: the hour in which its request began. An unknown model or
-- provider is the empty text, because both are part of the name of a row.
create table usage_by_hour (
  hour timestamptz not null,
  cost_nano_usd int8 not null check (cost_nano_usd >= 0),
  request_count int8 not null check (request_count >= 1),
  prompt_tokens int8 not null check (prompt_tokens >= 0),
  completion_tokens int8 not null check (completion_tokens >= 0),
  cached_tokens int8 not null check (cached_tokens >= 0),
  reasoning_tokens int8 not null check (reasoning_tokens >= 0),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  key_id text collate "C" not null check (key_id like 'key\_%'),
  model text collate "C" not null,
  provider text collate "C" not null,
  primary key (account_id, hour, key_id, model, provider)
) with (fillfactor = 70);

-- Charges from before this table, with what their lines of the request log say of them.
insert into usage_by_hour (
  hour, cost_nano_usd, request_count, prompt_tokens, completion_tokens, cached_tokens,
  reasoning_tokens, account_id, key_id, model, provider
)
select
  to_timestamp(substr(charge_id, 5, 10)::int8 / 3600 * 3600), sum(charge.cost_nano_usd), count(*),
  coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
  coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0),
  charge.account_id, charge.key_id, coalesce(resolved_model, ''), coalesce(provider, '')
from usage_charge as charge
left join generation as line on line.day = charge.day and line.id = charge.charge_id
where charge.key_id is not null
group by 1, charge.account_id, charge.key_id, coalesce(resolved_model, ''), coalesce(provider, '');
