-- PostgreSQL drops before it sets, in whatever order an ALTER TABLE says it.  One
-- that has to be taken apart, so that a part of it waits for complete, is refused
-- if that would make a difference; in a statement of its own each takes its turn.
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 1, m int DEFAULT 1);
INSERT INTO users SELECT i FROM generate_series(1, 10) i;

SELECT * FROM gradual.explain('ALTER TABLE users ALTER n DROP DEFAULT, ALTER n SET DEFAULT 2');
SELECT * FROM gradual.explain('ALTER TABLE users ALTER n SET DEFAULT 2, ALTER m SET DEFAULT 2, ALTER n DROP DEFAULT');
SELECT * FROM gradual.explain('ALTER TABLE users ALTER m SET NOT NULL, ALTER m DROP NOT NULL');

-- Of different columns
SELECT step, phase, action FROM gradual.explain('ALTER TABLE users ALTER n DROP DEFAULT, ALTER m SET DEFAULT 2') ORDER BY step;

-- All in one phase: as written
SELECT step, phase, action FROM gradual.explain('ALTER TABLE users ALTER m SET DEFAULT 2, ALTER m DROP DEFAULT') ORDER BY step;

-- One after the other
SELECT step, phase, action FROM gradual.explain('ALTER TABLE users ALTER n DROP DEFAULT; ALTER TABLE users ALTER n SET DEFAULT 2') ORDER BY step;
