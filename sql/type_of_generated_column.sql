-- ALTER COLUMN TYPE of a generated column, whose values no other column can have:
-- of one that is computed when it is read it is a change of the catalog only, of a
-- stored one it is refused before anything runs.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE TABLE boxes (
    id int PRIMARY KEY,
    side int,
    area int GENERATED ALWAYS AS (side * side) STORED
);
INSERT INTO boxes (id, side) SELECT n, n FROM generate_series(1, 100) n;

-- the default kind from 18 on
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'ALTER TABLE boxes ADD COLUMN edges int GENERATED ALWAYS AS (side * 12)';
    ELSE
        EXECUTE 'ALTER TABLE boxes ADD COLUMN edges bigint GENERATED ALWAYS AS (side * 12) STORED';
    END IF;
END
$$;

SELECT FROM gradual.explain('ALTER TABLE boxes ALTER area TYPE bigint');
SELECT CASE WHEN current_setting('server_version_num')::int >= 180000
            THEN 'ALTER TABLE boxes ALTER edges TYPE bigint' ELSE 'ANALYZE boxes' END AS script \gset
CALL gradual.run('type_of_generated_column', :'script');
UPDATE boxes SET side = 100 WHERE id = 1;
SELECT *, pg_typeof(edges) FROM boxes WHERE id < 3 ORDER BY id;

-- a CHECK over it would be tried on all rows
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'ALTER TABLE boxes ADD COLUMN half int GENERATED ALWAYS AS (side / 2) CHECK (half >= 0)';
    ELSE
        EXECUTE 'ALTER TABLE boxes ADD COLUMN half int GENERATED ALWAYS AS (side / 2) STORED CHECK (half >= 0)';
    END IF;
END
$$;
SELECT FROM gradual.explain('ALTER TABLE boxes ALTER half TYPE bigint');

SELECT gradual.forget('type_of_generated_column');
DROP TABLE boxes;
