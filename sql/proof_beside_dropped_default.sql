-- A DROP DEFAULT that waits for complete keeps no proof about the column back: rows
-- that violate a constraint are found while the migration can still be rolled back.
\pset format unaligned
\pset tuples_only on
CREATE TABLE states (name text PRIMARY KEY);
CREATE TABLE jobs (id int PRIMARY KEY, note text);
INSERT INTO jobs SELECT i, 'n' || i FROM generate_series(1, 10) i;

SELECT phase, action FROM gradual.explain($$
    ALTER TABLE jobs ADD COLUMN state text DEFAULT 'new' NOT NULL;
    ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;
    ALTER TABLE jobs ADD CONSTRAINT of_state FOREIGN KEY (state) REFERENCES states;
    ALTER TABLE jobs ADD CHECK (state <> '');
    ALTER TABLE jobs ADD UNIQUE (state, id)
$$);
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE jobs ALTER COLUMN note SET DEFAULT '';
    ALTER TABLE jobs ALTER COLUMN note DROP DEFAULT;
    ALTER TABLE jobs ALTER COLUMN note SET NOT NULL
$$);

SELECT gradual.define('m', $$
    ALTER TABLE jobs ADD COLUMN state text DEFAULT 'new' NOT NULL;
    ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;
    ALTER TABLE jobs ADD CONSTRAINT of_state FOREIGN KEY (state) REFERENCES states
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, phase, error FROM gradual.ledger;
INSERT INTO states VALUES ('new');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conname = 'of_state';
SELECT attname, attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND attname = 'state';
DROP TABLE jobs, states;
