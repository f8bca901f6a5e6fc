-- What the lines of an account have in common (key, model, provider, how they ended) as one number in each line. A
-- search then looks at a narrow index of numbers, and few distinct facets say which of them are meant.

-- Empty text: no model, nobody asked. The model is the one that answered, or else the one that was asked for.
create table request_facet (
  number int4 generated always as identity primary key,
  status int4 not null,
  streamed boolean not null,
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  key_id text collate "C" not null check (key_id like 'key\_%'),
  model text collate "C" not null,
  provider text collate "C" not null,
  outcome text collate "C" not null,
  constraint request_facet_once unique (account_id, key_id, model, provider, outcome, status, streamed)
);

insert into request_facet (status, streamed, account_id, key_id, model, provider, outcome)
select distinct status, streamed, account_id, key_id, coalesce(resolved_model, requested_model, ''),
  coalesce(provider, ''), outcome
from generation;

alter table generation add column facet int4;

update generation as line set facet = facet.number
from request_facet as facet
where (facet.account_id, facet.key_id, facet.outcome, facet.status, facet.streamed)
    = (line.account_id, line.key_id, line.outcome, line.status, line.streamed)
  and facet.model = coalesce(line.resolved_model, line.requested_model, '')
  and facet.provider = coalesce(line.provider, '');

alter table generation alter column facet set not null;

drop index generation_filter;
create index generation_search on generation (account_id, created_at, id) include (
  cost_nano_usd, facet, latency_ms, prompt_tokens, completion_tokens
);
-- Equal numbers share one entry: a fiftieth of the index above. It finds what is rare.
create index generation_facet on generation (facet);
