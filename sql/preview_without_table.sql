-- A preview shows no row of a view, whose rows are those of another table, and copes
-- with an INSERT whose rows come from no table that could be walked.
CREATE TABLE t (id int PRIMARY KEY, word text);
INSERT INTO t SELECT g, 'word ' || g FROM generate_series(1, 3) g;
CREATE TABLE u (id int PRIMARY KEY, word text DEFAULT 'new');
CREATE VIEW v AS SELECT id, word FROM t;
SELECT gradual.define('update a view', 'UPDATE v SET word = ''seen''');
SELECT * FROM gradual.preview('update a view');
SELECT gradual.define('delete from a view', 'DELETE FROM v WHERE id = 1');
SELECT * FROM gradual.preview('delete from a view');
SELECT gradual.define('insert into a view', 'INSERT INTO v SELECT id + 10, word FROM t');
SELECT * FROM gradual.preview('insert into a view');
SELECT gradual.define('a common table expression', 'WITH w AS (SELECT id FROM t) INSERT INTO u SELECT id + 10 FROM w');
SELECT * FROM gradual.preview('a common table expression');
SELECT gradual.define('a union', 'INSERT INTO u SELECT id FROM t UNION ALL SELECT id + 10 FROM t');
SELECT * FROM gradual.preview('a union', 2);
SELECT gradual.define('changed in WITH', 'WITH w AS (DELETE FROM t RETURNING id) INSERT INTO u SELECT id FROM w');
SELECT count(*) FROM gradual.preview('changed in WITH');
SELECT count(*) FROM t;
SELECT count(*) FROM u;
SELECT gradual.forget(name) FROM gradual.ledger;
DROP VIEW v;
DROP TABLE t, u;
