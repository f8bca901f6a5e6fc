-- Invitations of addresses to accounts: who is asked to join as what, until they do.
--
-- Only the hash of a token is here: whoever reads this table cannot accept anything.

create table invitation (
  created_at timestamptz not null,
  last_sent_at timestamptz not null,
  expires_at timestamptz not null,
  -- When it was accepted or withdrawn; null while it is open.
  ended_at timestamptz,
  sent_count int4 not null default 1 check (sent_count between 1 and 100),
  id text collate "C" primary key check (id ~ '^inv_[0-9A-Za-z]{1,64}$'),
  account_id text collate "C" not null references account (id) on delete cascade,
  -- The canonical form of the address.
  email text collate "C" not null check (length(email) between 3 and 254 and email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'developer', 'billing', 'viewer')),
  -- The id of a person or of a key. No reference: it outlives who did it.
  invited_by text not null check (length(invited_by) between 1 and 100),
  token_hash bytea not null constraint invitation_token_unique unique
    check (octet_length(token_hash) = 32)
);

create unique index invitation_open on invitation (account_id, email) where ended_at is null;
create index invitation_address on invitation (email, last_sent_at);
create index invitation_age on invitation (expires_at);
