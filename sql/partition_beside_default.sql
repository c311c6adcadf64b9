-- A new partition is refused where PostgreSQL would go through the rows of another
-- table under ACCESS EXCLUSIVE: those of a default partition without a constraint
-- that excludes them, or those of the table to be attached.
\pset format unaligned
\pset tuples_only on
CREATE TABLE visits (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
\set next 'CREATE TABLE visits_25 PARTITION OF visits FOR VALUES FROM (''2025-01-01'') TO (''2026-01-01'')'

-- No rows there
SELECT action, lock_mode, cost, note FROM gradual.explain(:'next');

INSERT INTO visits SELECT i, '2020-01-01' FROM generate_series(1, 10) i;
SELECT FROM gradual.explain(:'next');
SET gradual.allow_blocking = on;
SELECT action, lock_mode, cost, note FROM gradual.explain(:'next');
RESET gradual.allow_blocking;
SET gradual.direct_pages = 100;
SELECT action, lock_mode, cost, note FROM gradual.explain(:'next');
RESET gradual.direct_pages;

-- The constraint that the hint asks for; one that does not say enough.
ALTER TABLE visits_rest ADD CONSTRAINT before_26 CHECK (at < '2026-01-01');
SELECT FROM gradual.explain(:'next');
ALTER TABLE visits_rest ADD CONSTRAINT before_25 CHECK (at < '2025-01-01');
SELECT action, lock_mode, cost, note FROM gradual.explain(:'next');
CALL gradual.run('visits_25', :'next');
SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'visits_25';

-- Beside no default partition; of a table that the script makes
SELECT action, lock_mode, cost, note FROM gradual.explain($$
    CREATE TABLE calls (at date) PARTITION BY RANGE (at);
    CREATE TABLE calls_25 PARTITION OF calls FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE calls_rest (at date);
    ALTER TABLE calls ATTACH PARTITION calls_rest DEFAULT;
$$);

-- A table with rows, attached to one that the script makes
CREATE TABLE calls_24 (at date);
INSERT INTO calls_24 VALUES ('2024-02-29');
SELECT phase, action, target, lock_mode FROM gradual.explain($$
    CREATE TABLE calls (at date) PARTITION BY RANGE (at);
    ALTER TABLE calls ATTACH PARTITION calls_24 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
$$);

SELECT FROM gradual.explain('CREATE TABLE calls (at date) ON COMMIT DROP');

SELECT gradual.forget('visits_25');
DROP TABLE visits, calls_24;
