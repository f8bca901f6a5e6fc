-- Which app a key was made for, by its host, and the project that the key of an app joins.

alter table api_key add column app_host text check (length(app_host) between 1 and 300);

alter table auth_code add column app_host text check (length(app_host) between 1 and 300);
alter table auth_code
  add column project_id text collate "C" references project (id) on delete cascade;
