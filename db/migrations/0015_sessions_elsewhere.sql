-- When the person was last told that a session shows up in another browser or network than it was proven in.
alter table session add column elsewhere_told_at timestamptz;
