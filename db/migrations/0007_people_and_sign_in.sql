-- People, who signs in, with which right in which account: sessions, one-time codes, passkeys, mail that
-- waits, the log of security events, and answers of the control API that can be given again.
--
-- Nothing here can be replayed by whoever reads it: tokens and ids of challenges are hashes, codes and
-- addresses are keyed hashes, mail that waits is sealed; the keys are outside the database.

alter table account add column region text check (region ~ '^[A-Z]{2}$');

-- Who did it, where a person did it in a session instead of a program with a key.
alter table account_status_change add column actor_person_id text collate "C"
  check (actor_person_id like 'usr\_%');

-- People -----------------------------------------------------------------------------------------

create table person (
  created_at timestamptz not null,
  id text collate "C" primary key check (id ~ '^usr_[0-9A-Za-z]{1,64}$'),
  -- The canonical form: one person for each.
  email text collate "C" not null constraint person_email_unique unique
    check (length(email) between 3 and 254 and email like '_%@_%' and email = lower(email)),
  display_name text not null check (length(display_name) between 1 and 100),
  locale text check (length(locale) <= 35),
  -- What the person stated at sign-up; null for those whom an operator made.
  age_statement text check (age_statement in ('adult', 'consent_age'))
);

create table policy_acceptance (
  accepted_at timestamptz not null,
  person_id text collate "C" not null references person (id) on delete cascade,
  document text not null check (document in ('privacy')),
  version text not null check (length(version) between 1 and 40),
  primary key (person_id, document, version)
);

create table membership (
  created_at timestamptz not null,
  account_id text collate "C" not null references account (id),
  person_id text collate "C" not null references person (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'developer', 'billing', 'viewer')),
  primary key (account_id, person_id)
);

create index membership_person on membership (person_id);

-- Sessions ---------------------------------------------------------------------------------------

create table session (
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  ended_at timestamptz,
  stepped_up_at timestamptz,
  id text collate "C" primary key check (id ~ '^ses_[0-9A-Za-z]{1,64}$'),
  person_id text collate "C" not null references person (id) on delete cascade,
  authenticated_by text not null check (authenticated_by in ('code', 'passkey')),
  -- What the last fresh proof was for; it counts for nothing else.
  stepped_up_for text,
  network text check (length(network) <= 64),
  device text not null check (length(device) <= 100),
  -- SHA-256 of the token. A new proof replaces it, so that the token before opens nothing any more.
  token_hash bytea not null constraint session_token_unique unique
    check (octet_length(token_hash) = 32),
  constraint session_step_up_is_whole check ((stepped_up_at is null) = (stepped_up_for is null))
);

create index session_person on session (person_id, created_at);

-- Codes ------------------------------------------------------------------------------------------

-- Also the counters: how many codes an address or a network was sent, and how many tries were made, is
-- counted from these rows, so that no counter can drift from what happened.
create table sign_in_challenge (
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  failed_count int4 not null default 0 check (failed_count between 0 and 100),
  is_short boolean not null,
  from_known_network boolean not null,
  purpose text not null,
  person_id text collate "C" references person (id) on delete cascade,
  -- Null once the code is too old to be used.
  email text collate "C",
  network text not null check (length(network) <= 64),
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  address_hash bytea not null check (octet_length(address_hash) = 32),
  code_hash bytea not null check (octet_length(code_hash) = 32)
);

create index sign_in_challenge_address on sign_in_challenge (address_hash, created_at);
create index sign_in_challenge_network on sign_in_challenge (network, created_at);
create index sign_in_challenge_age on sign_in_challenge (created_at);

-- Passkeys ---------------------------------------------------------------------------------------

create table passkey (
  sign_count int8 not null check (sign_count >= 0),
  created_at timestamptz not null,
  last_used_at timestamptz,
  is_synced boolean not null,
  id text collate "C" primary key check (id ~ '^pk_[0-9A-Za-z]{1,64}$'),
  person_id text collate "C" not null references person (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  transports jsonb not null check (jsonb_typeof(transports) = 'array'),
  credential_id bytea not null constraint passkey_credential_unique unique
    check (octet_length(credential_id) between 1 and 1023),
  public_key bytea not null check (octet_length(public_key) between 1 and 4096)
);

create index passkey_person on passkey (person_id, created_at);

create table passkey_challenge (
  created_at timestamptz not null,
  expires_at timestamptz not null,
  purpose text not null,
  person_id text collate "C" references person (id) on delete cascade,
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  challenge bytea not null check (octet_length(challenge) = 32)
);

create index passkey_challenge_expiry on passkey_challenge (expires_at);

-- Changes of address -----------------------------------------------------------------------------

create table email_change (
  changed_at timestamptz not null,
  undo_until timestamptz not null,
  undone_at timestamptz,
  id text collate "C" primary key check (id ~ '^emc_[0-9A-Za-z]{1,64}$'),
  person_id text collate "C" not null references person (id) on delete cascade,
  old_email text collate "C" not null,
  new_email text collate "C" not null,
  undo_hash bytea not null constraint email_change_undo_unique unique
    check (octet_length(undo_hash) = 32)
);

create index email_change_person on email_change (person_id, changed_at);
create index email_change_old on email_change (old_email, undo_until);

-- Mail -------------------------------------------------------------------------------------------

create table mail (
  created_at timestamptz not null,
  -- When it may be sent, or tried again; a process that sends it moves it on first.
  due_at timestamptz not null,
  -- After this it is of no use to anyone and is thrown away.
  expires_at timestamptz not null,
  attempt_count int4 not null default 0,
  id text collate "C" primary key check (id ~ '^mail_[0-9A-Za-z]{1,64}$'),
  kind text not null check (length(kind) <= 40),
  last_error text check (length(last_error) <= 500),
  -- Address, subject and text, sealed: it may hold a code.
  sealed bytea not null
);

create index mail_due on mail (due_at);

-- Security events --------------------------------------------------------------------------------

create table security_event (
  id int8 generated always as identity primary key,
  happened_at timestamptz not null,
  kind text not null check (length(kind) <= 40),
  person_id text collate "C",
  account_id text collate "C",
  session_id text collate "C",
  key_id text collate "C",
  request_id text,
  -- The address; after 30 days only the network part.
  client_ip text check (length(client_ip) <= 64),
  device text check (length(device) <= 100),
  detail text check (length(detail) <= 300)
);

create index security_event_person on security_event (person_id, id) where person_id is not null;
create index security_event_account on security_event (account_id, id) where account_id is not null;
create index security_event_age on security_event (happened_at);

-- Answers of the control API ---------------------------------------------------------------------

create table control_answer (
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Null while the request is under way.
  status int4 check (status between 100 and 599),
  -- The person or the key that asked.
  actor_id text collate "C" not null,
  key_hash bytea not null check (octet_length(key_hash) = 32),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  -- Sealed: it may hold the secret of a new key.
  sealed bytea,
  primary key (actor_id, key_hash),
  constraint control_answer_is_whole check ((status is null) = (sealed is null))
);

create index control_answer_expiry on control_answer (expires_at);
