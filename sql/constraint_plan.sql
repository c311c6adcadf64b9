-- The plan of a new constraint says what is locked, what is scanned or built and
-- when, and what it means to the running application.
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on
CREATE TABLE r (id int PRIMARY KEY, u int UNIQUE);
CREATE TABLE t (id int CONSTRAINT t_key PRIMARY KEY, a int, b int NOT NULL, r int, CONSTRAINT t_a_check CHECK (a > 0));
INSERT INTO r SELECT n, n FROM generate_series(1, 10) n;
INSERT INTO t SELECT n, n, n, n FROM generate_series(1, 10) n;
CREATE FUNCTION steps(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format(E'%s %s, %s on %s: %s\n    %s, %s, reversible: %s\n    %s', step, phase, action, target, sql,
                  coalesce(nullif(lock_mode, ''), 'no lock'), cost, reversible, note)
    FROM gradual.explain(script) $$;

SELECT steps('ALTER TABLE t ADD CHECK (b > 0)');
SELECT steps('ALTER TABLE t ADD CHECK (b > 0) NOT VALID');
SELECT steps('ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES r ON DELETE CASCADE');
SELECT steps('ALTER TABLE t ADD UNIQUE (a) INCLUDE (b) DEFERRABLE');
SELECT steps('CREATE UNIQUE INDEX i ON t (b); ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i');
SELECT steps('ALTER TABLE r DROP CONSTRAINT r_u_key; CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD UNIQUE USING INDEX i');

-- what takes the place of another one
SELECT steps('ALTER TABLE t DROP CONSTRAINT t_a_check; ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > -5)');
SELECT steps('ALTER TABLE t DROP CONSTRAINT t_key; ALTER TABLE t ADD PRIMARY KEY (a)');

-- after the backfill of a column
SELECT steps('ALTER TABLE t ADD c int; UPDATE t SET c = b; ALTER TABLE t ADD CHECK (c > 0)');

-- without rows
CREATE TABLE nothing (id int);
SELECT steps('ALTER TABLE nothing ADD PRIMARY KEY (id), ADD CHECK (id > 0), ADD FOREIGN KEY (id) REFERENCES r');

-- what has no other way
\set VERBOSITY terse
SELECT steps('ALTER TABLE t ADD EXCLUDE (a WITH =)');
SET gradual.allow_blocking = on;
SELECT steps('ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)');

DROP FUNCTION steps(text);
DROP TABLE t, r, nothing;
