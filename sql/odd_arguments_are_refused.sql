-- What makes no sense as a name, a column or an index gets an error of its own,
-- and neither reads nor changes anything.
\set VERBOSITY sqlstate
CREATE TABLE t (id int PRIMARY KEY, word text);
CREATE INDEX t_word ON t (word);
CREATE TABLE u (id int PRIMARY KEY);
CREATE VIEW v AS SELECT * FROM t;

-- the name of a system column, which a table always has
SELECT gradual.explain('ALTER TABLE t ADD COLUMN xmin text');
SELECT gradual.explain('ALTER TABLE t ADD COLUMN IF NOT EXISTS xmin text');
SELECT gradual.explain('ALTER TABLE t ADD COLUMN IF NOT EXISTS ctid tid, ADD COLUMN IF NOT EXISTS word text');

-- the functions that steps call
SELECT gradual.copy_privileges('t', 'u');
SELECT gradual.copy_privileges('public.t', 'a.b.c');
SELECT gradual.copy_privileges('public.t', '');
SELECT gradual.refuse_dependents('nothing');
SELECT gradual.refuse_dependents('public.nothing');
SELECT gradual.replace_index('t', 't_word');
SELECT gradual.replace_index('t_word', 'v');
SELECT gradual.replace_index('t_word', 'u_pkey');
SELECT gradual.replace_index(4294967295::oid, 't_word');
SELECT gradual.move_marks(4294967295::oid, 'id', 'word');
SELECT gradual.move_marks('v', 'id', 'word');
SELECT gradual.move_identity('t', 'id', 'ctid');
SELECT gradual.move_identity('t', 'ctid', 'id');
SELECT gradual.move_identity('t_word', 'id', 'word');
SELECT gradual.unconvertible(0, 'word', '1');
SELECT gradual.unconvertible('v', 'word', '1');
SELECT gradual.unconvertible('t', 'ctid', '1');
SELECT gradual.unconvertible('t', 'nothing', '1');
SELECT gradual.require_convertible('t', 'word', '');
SELECT gradual.require_convertible('t', 'word', '*');
SELECT gradual.require_convertible('t', 'word', 'generate_series(1, 2)');
SELECT gradual.settle_foreign_key(0, 'x');
SELECT gradual.settle_foreign_key('t_word', 'x');
SELECT gradual.name_parts(0, 'x', 'y');
SELECT gradual.name_parts('t', 'x', 'y');
SELECT gradual.follow_foreign_key(0, 'x', 'y');
SELECT gradual.follow_foreign_key('t', 't_pkey', 't_pkey');
-- what would make a constraint of an index that cannot keep it
CREATE UNIQUE INDEX t_partial ON t (word) WHERE id > 3;
CREATE UNIQUE INDEX t_expression ON t (lower(word));
CREATE UNIQUE INDEX t_nullable ON t (word, id);
SELECT gradual.constrain_index('t', false, false, false);
SELECT gradual.constrain_index('t_word', false, false, false);
SELECT gradual.constrain_index('t_partial', false, false, false);
SELECT gradual.constrain_index('t_expression', false, false, false);
SELECT gradual.constrain_index('t_pkey', false, false, false);
SELECT gradual.constrain_index('t_nullable', true, false, false);
SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype IN ('u', 'p');
SELECT gradual.carry_refused(0, 0, 't');
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN x int');
SELECT gradual.carry_refused(id, 1, 4294967295::oid) FROM gradual.migration;
SELECT gradual.carry_refused(id, 1, 't_word') FROM gradual.migration;
SELECT gradual.carry_refused(id, 1, 't') FROM gradual.migration;
SELECT gradual.forget('m');
SELECT gradual.worker_alive(-1, -1);
SELECT count(*) FROM gradual.ledger;
DROP VIEW v;
DROP TABLE t, u;
