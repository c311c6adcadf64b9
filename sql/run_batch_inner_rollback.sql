-- A batch that the session itself drives goes on after a subtransaction inside
-- it was rolled back: that of a value that does not convert, or that of a
-- user's trigger.  A trigger cannot drive the migration that fires it.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION drive(name text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    batch record;
BEGIN
    LOOP
        SELECT * INTO batch FROM gradual.run_batch(name);
        RETURN NEXT batch.processed;
        EXIT WHEN batch.is_done;
    END LOOP;
END
$$;

CREATE TABLE users (code text);
INSERT INTO users SELECT CASE WHEN i % 10 = 0 THEN 'x' ELSE i::text END FROM generate_series(1, 30) i;
SELECT gradual.define('inner', 'ALTER TABLE users ALTER code TYPE int USING code::int');
SELECT sum(drive) FROM drive('inner');
SELECT code, _gradual_code FROM users WHERE code LIKE '_0' OR code > '28' ORDER BY code;
SELECT detail FROM gradual.event WHERE name = 'inner' AND event = 'note';
SELECT gradual.rollback('inner');
CALL gradual.wait('inner');

CREATE FUNCTION careful() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM NEW.code::int;
    RETURN NEW;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NEW;
END
$$;
CREATE TRIGGER careful BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION careful();
SELECT gradual.define('trigger', 'UPDATE users SET code = code || ''!'' WHERE code NOT LIKE ''%!''');
SELECT sum(drive) FROM drive('trigger');
SELECT count(*), count(*) FILTER (WHERE code LIKE '%!') FROM users;
DROP TRIGGER careful ON users;

CREATE FUNCTION drives() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.run_batch('recursion');
    RETURN NEW;
END
$$;
CREATE TRIGGER drives BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION drives();
SELECT gradual.define('recursion', 'UPDATE users SET code = ''1'' WHERE code <> ''1''');
\set VERBOSITY terse
SELECT * FROM drive('recursion');
DROP TRIGGER drives ON users;
SELECT sum(drive) FROM drive('recursion');
SELECT DISTINCT code FROM users;
DROP TABLE users;
DROP FUNCTION drive, careful, drives;
