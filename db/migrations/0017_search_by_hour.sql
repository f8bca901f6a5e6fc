-- The search index once more, by the hour of a line. A page of an index that fills up in the middle is cut in halves,
-- and the older half stays half empty for good, since lines come in the order of time. Where all entries of a page are
-- equal it is left full instead: so is nearly every page of an account with many lines an hour. The other columns have
-- the wide one last, where it does not slow down the reading of numbers.
drop index generation_search;
create index generation_search on generation (
  account_id, date_bin('1 hour', created_at, timestamptz '1970-01-01 00:00:00+00')
) include (
  created_at, cost_nano_usd, latency_ms, facet, prompt_tokens, completion_tokens, id
);
