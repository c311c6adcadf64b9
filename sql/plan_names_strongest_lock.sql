-- The plan names the strongest lock that a step takes on what was there before,
-- and what that lock blocks: each form that runs as written is run up to its commit,
-- and compared with pg_locks.  Only differences are shown.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA locks;
SET search_path = locks, public;
SET client_min_messages = warning;
CREATE TABLE orgs (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, org int CONSTRAINT users_org REFERENCES orgs, n int DEFAULT 1,
    email text UNIQUE, given int NOT NULL DEFAULT 1, CONSTRAINT positive CHECK (n > 0));
ALTER TABLE users ADD CONSTRAINT even CHECK (id >= 0) NOT VALID;
CREATE INDEX users_n ON users (n);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW names AS SELECT id, email FROM users;
CREATE MATERIALIZED VIEW counts AS SELECT org, count(*) FROM users GROUP BY org;
CREATE SEQUENCE numbers;
CREATE TABLE visits (id int NOT NULL, at date NOT NULL, n int DEFAULT 1) PARTITION BY RANGE (at);
CREATE TABLE visits_24 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visits_rest PARTITION OF visits (CHECK (at < '2024-01-01')) DEFAULT;
CREATE TABLE files (id int, n int DEFAULT 1);
CREATE TABLE pictures () INHERITS (files);
CREATE TYPE mood AS ENUM ('sad', 'happy');
INSERT INTO orgs VALUES (1, 'one');
INSERT INTO users SELECT i, 1, i, 'u' || i FROM generate_series(1, 10) i;
INSERT INTO visits SELECT i, '2024-02-29' FROM generate_series(1, 10) i;
INSERT INTO visits VALUES (0, '2020-02-29');
INSERT INTO pictures VALUES (1);

CREATE TABLE public.known AS SELECT oid FROM pg_class WHERE relnamespace = 'locks'::regnamespace;
CREATE VIEW public.modes AS SELECT * FROM (VALUES
    (0, '', 'nothing'), (1, 'ACCESS SHARE', 'nothing'), (2, 'ROW SHARE', 'nothing'), (3, 'ROW EXCLUSIVE', 'nothing'),
    (4, 'SHARE UPDATE EXCLUSIVE', 'nothing'), (5, 'SHARE', 'writes'), (6, 'SHARE ROW EXCLUSIVE', 'writes'),
    (7, 'EXCLUSIVE', 'writes'), (8, 'ACCESS EXCLUSIVE', 'reads and writes')) AS m (level, mode, blocks);

-- A mode as pg_locks has it, in the words of the manual
CREATE FUNCTION public.mode_level(mode text) RETURNS int LANGUAGE sql AS $$
    SELECT level FROM public.modes m WHERE replace(initcap(m.mode), ' ', '') || 'Lock' = mode_level.mode
$$;

CREATE FUNCTION public.held() RETURNS int LANGUAGE sql AS $$
    SELECT max(public.mode_level(l.mode))
    FROM pg_locks l JOIN public.known k ON k.oid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.granted
$$;

-- The migration takes the lock that is planned before it runs a command, so the
-- command alone is tried as well: it must not need less.
CREATE FUNCTION public.lock_differs(script text, plain boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    planned int;
    blocks_right boolean;
    held int;
BEGIN
    SELECT max(level), bool_and(m.level IS NOT NULL AND p.blocks = m.blocks)
    INTO planned, blocks_right
    FROM gradual.explain(script) p LEFT JOIN public.modes m ON m.mode = coalesce(p.lock_mode, '');
    BEGIN
        IF plain THEN
            EXECUTE script;
        ELSE
            PERFORM gradual.define('held', script);
            LOOP
                EXIT WHEN (SELECT is_done FROM gradual.run_batch('held'));
            END LOOP;
            IF (SELECT status FROM gradual.ledger WHERE name = 'held') = 'ready' THEN
                PERFORM gradual.complete('held');
                LOOP
                    EXIT WHEN (SELECT is_done FROM gradual.run_batch('held'));
                END LOOP;
            END IF;
        END IF;
        held := public.held();
        RAISE EXCEPTION USING ERRCODE = 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
        NULL;
    END;
    -- up to ROW SHARE nobody is in anybody's way
    IF blocks_right AND (held = planned OR greatest(held, planned) <= 2) THEN
        RETURN;
    END IF;
    RETURN NEXT format('%s: planned %s, held %s, blocks right: %s', script,
                       (SELECT mode FROM public.modes WHERE level = planned),
                       (SELECT mode FROM public.modes WHERE level = held), blocks_right);
END
$$;

CREATE TEMP TABLE form (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO form (script) VALUES
    ('ALTER TABLE users ADD z int'), ('ALTER TABLE users ADD z int NOT NULL DEFAULT 5'),
    ('ALTER TABLE visits ADD z int'), ('ALTER TABLE files ADD z int'), ('ALTER TABLE pictures ADD z int'),
    ('ALTER TABLE users ALTER n SET DEFAULT 2'), ('ALTER TABLE users ALTER n DROP DEFAULT'),
    ('ALTER TABLE visits ALTER n SET DEFAULT 2'), ('ALTER TABLE ONLY files ALTER n SET DEFAULT 2'),
    ('ALTER TABLE users ALTER given DROP NOT NULL'), ('ALTER TABLE users ALTER n SET STATISTICS 10'),
    ('ALTER TABLE users ALTER n SET (n_distinct = 5)'), ('ALTER TABLE users ALTER n RESET (n_distinct)'),
    ('ALTER TABLE users ALTER email SET STORAGE PLAIN'), ('ALTER TABLE users ALTER email SET COMPRESSION pglz'),
    ('ALTER TABLE users SET (fillfactor = 80)'), ('ALTER TABLE users SET (user_catalog_table = true)'),
    ('ALTER TABLE users SET (parallel_workers = 2), ALTER n SET STATISTICS 10'),
    ('ALTER TABLE users RESET (fillfactor)'), ('ALTER TABLE users OWNER TO CURRENT_USER'),
    ('ALTER TABLE users CLUSTER ON users_pkey'), ('ALTER TABLE users SET WITHOUT CLUSTER'),
    ('ALTER TABLE users REPLICA IDENTITY FULL'), ('ALTER TABLE users ENABLE TRIGGER touch'),
    ('ALTER TABLE users ENABLE ALWAYS TRIGGER touch'), ('ALTER TABLE users ENABLE TRIGGER ALL'),
    ('ALTER TABLE users DROP CONSTRAINT positive'), ('ALTER TABLE users DROP CONSTRAINT users_org'),
    ('ALTER TABLE users DROP CONSTRAINT users_email_key'), ('ALTER TABLE users VALIDATE CONSTRAINT even'),
    ('ALTER TABLE users RENAME CONSTRAINT positive TO above_zero'), ('ALTER INDEX users_n RENAME TO by_n'),
    ('ALTER TABLE users ADD z int, ALTER n SET DEFAULT 3'),
    ('CREATE TABLE z (id int)'), ('CREATE TABLE z (id int REFERENCES users)'), ('CREATE TABLE z (LIKE users INCLUDING ALL)'),
    ('CREATE TABLE z (id int) INHERITS (files)'), ('CREATE TABLE z PARTITION OF visits FOR VALUES FROM (''2025-01-01'') TO (''2026-01-01'')'),
    ('CREATE TABLE z (id int); ALTER TABLE z ADD FOREIGN KEY (id) REFERENCES users'),
    ('CREATE TABLE z AS SELECT * FROM users'),
    ('CREATE VIEW z AS SELECT * FROM users'), ('CREATE OR REPLACE VIEW names AS SELECT id, email FROM users WHERE n > 1'),
    ('CREATE MATERIALIZED VIEW z AS SELECT * FROM users'), ('CREATE MATERIALIZED VIEW z AS SELECT * FROM users WITH NO DATA'),
    ('CREATE TRIGGER z AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch()'),
    ('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()'),
    ('CREATE CONSTRAINT TRIGGER z AFTER INSERT ON users FROM orgs FOR EACH ROW EXECUTE FUNCTION touch()'),
    ('CREATE TRIGGER z AFTER INSERT ON visits FOR EACH ROW EXECUTE FUNCTION touch()'),
    ('CREATE RULE z AS ON DELETE TO orgs DO ALSO NOTIFY orgs'), ('CREATE POLICY z ON users USING (true)'),
    ('CREATE STATISTICS z ON n, email FROM users'), ('CREATE SEQUENCE z OWNED BY users.n'), ('CREATE SEQUENCE z'),
    ('ALTER SEQUENCE numbers INCREMENT BY 2'), ('ALTER SEQUENCE numbers OWNED BY users.n'),
    ('CREATE TYPE z AS (a int)'), ('CREATE TYPE z AS ENUM (''a'')'), ('CREATE DOMAIN z AS int'), ('CREATE SCHEMA z'),
    ('ALTER TYPE mood ADD VALUE ''angry'''), ('CREATE FUNCTION z() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END'''),
    ('COMMENT ON TABLE users IS ''z'''), ('COMMENT ON COLUMN users.n IS ''z'''), ('COMMENT ON INDEX users_n IS ''z'''),
    ('COMMENT ON CONSTRAINT positive ON users IS ''z'''), ('COMMENT ON TRIGGER touch ON users IS ''z'''),
    ('COMMENT ON VIEW names IS ''z'''), ('COMMENT ON SEQUENCE numbers IS ''z'''), ('COMMENT ON TYPE mood IS ''z'''),
    ('GRANT SELECT ON users TO PUBLIC'), ('GRANT USAGE ON SEQUENCE numbers TO PUBLIC'),
    ('INSERT INTO users (id, email) VALUES (100, ''z'')'), ('INSERT INTO orgs VALUES (2, ''two'')'),
    ('ANALYZE users'), ('ANALYZE visits');
-- each in a transaction of its own: some locks on sequences are kept to its end
SELECT format('SELECT public.lock_differs(%L, %L)', script, plain)
FROM form, (VALUES (false), (true)) AS way (plain) ORDER BY plain, n \gexec
SELECT count(*) > 70 AS tried FROM form;

RESET search_path;
DROP SCHEMA locks CASCADE;
DROP FUNCTION lock_differs(text, boolean), held(), mode_level(text);
DROP VIEW modes;
DROP TABLE known, form;
