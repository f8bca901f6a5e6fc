-- Codes that apps exchange for keys, after a person consented (OAuth with PKCE): good once, for ten minutes.

create table auth_code (
  created_at timestamptz not null,
  expires_at timestamptz not null,
  key_expires_at timestamptz,
  account_id text collate "C" not null references account (id) on delete cascade,
  person_id text collate "C" not null references person (id) on delete cascade,
  key_name text not null check (length(key_name) between 1 and 100),
  limits jsonb check (jsonb_typeof(limits) = 'object'),
  challenge text not null check (length(challenge) between 43 and 128),
  challenge_method text not null check (challenge_method in ('S256', 'plain')),
  -- SHA-256 of the code: whoever reads this table can exchange nothing.
  code_hash bytea primary key check (octet_length(code_hash) = 32)
);

create index auth_code_person on auth_code (person_id, expires_at);
create index auth_code_age on auth_code (expires_at);
