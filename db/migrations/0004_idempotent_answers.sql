-- What became of the requests that carried an `Idempotency-Key`: who is answering one, and the answer.
--
-- The rules stand in src/ports/idempotency.ts. A row lives for a day at most.

create table idempotent_answer (
  created_at timestamptz not null default now(),
  -- While `status` is null: when the claim ends by itself. Then: until when the answer is given again.
  expires_at timestamptz not null,
  -- The status that the client got; null while the request is under way.
  status int4 check (status between 100 and 599),
  key_version int4 check (key_version >= 1),
  account_id text collate "C" not null check (account_id like 'acct\_%'),
  generation_id text collate "C" not null check (generation_id like 'gen-%'),
  -- Who is answering, or answered.
  node_id text collate "C" not null check (node_id like 'node\_%'),
  -- SHA-256 of the key that the client chose. The key itself is nowhere.
  key_hash bytea not null check (octet_length(key_hash) = 32),
  -- SHA-256 of the request, so that another request with the same key is noticed.
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  headers jsonb check (jsonb_typeof(headers) = 'array'),
  -- Sealed with the account's data key. Null where the answer's text must not be kept, or is too long.
  proof bytea,
  body bytea,
  primary key (account_id, key_hash),
  constraint idempotent_answer_is_whole check ((status is null) = (headers is null)),
  constraint idempotent_answer_is_sealed check (
    (key_version is null) = (body is null) and (proof is null) = (body is null)
  ),
  constraint idempotent_claim_has_no_body check (status is not null or body is null)
);

create index idempotent_answer_expiry on idempotent_answer (expires_at);
