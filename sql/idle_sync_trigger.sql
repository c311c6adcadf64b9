-- A batch does not call the sync trigger where it would find nothing to do, and
-- calls it where it has; triggers of users fire for each row as ever.

CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text, total bigint);
INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 500) g;
SET track_functions = 'all';

CREATE FUNCTION called(function text) RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_xact_user_functions WHERE funcname = function
$$;

-- runs up to completed; says what the batches have called
CREATE FUNCTION calls(name text, script text, OUT sync bigint, OUT more bigint) LANGUAGE plpgsql AS $$
BEGIN
    sync := called('sync');
    more := called('more');
    PERFORM gradual.define(name, script);
    WHILE NOT (SELECT is_done FROM gradual.run_batch(name)) LOOP
    END LOOP;
    sync := called('sync') - sync;
    more := called('more') - more;
    PERFORM gradual.complete(name);
    WHILE NOT (SELECT is_done FROM gradual.run_batch(name)) LOOP
    END LOOP;
END
$$;

-- nothing to do: the column, its default, the new name, the new type are assigned
SELECT * FROM calls('fill', 'ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = a + 1');
SELECT * FROM calls('default', 'ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid()');
SELECT * FROM calls('rename', 'ALTER TABLE t RENAME COLUMN b TO bb');
SELECT * FROM calls('type', 'ALTER TABLE t ALTER COLUMN a TYPE bigint');
SELECT count(*) FROM t WHERE c = a + 1 AND u IS NOT NULL AND bb = 'b' || id;

-- a value that may not convert is left to it
SELECT * FROM calls('may_fail', 'ALTER TABLE t ALTER COLUMN bb TYPE varchar(4)');
SELECT count(*), max(bb) FROM t;

-- a row that is written for the one column has to get the other one, too
SELECT * FROM calls('two', 'ALTER TABLE t ADD COLUMN d int, ADD COLUMN e int; UPDATE t SET d = id; UPDATE t SET e = id * 2');
SELECT count(*) FROM t WHERE d = id AND e = id * 2;

-- the trigger of a user fires
CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.total := coalesce(NEW.total, 0) + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER more BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION more();
SELECT * FROM calls('users', 'ALTER TABLE t ADD COLUMN f int; UPDATE t SET f = id');
SELECT count(*) FROM t WHERE f = id AND total = 1;

-- of one that is disabled nothing is seen
ALTER TABLE t DISABLE TRIGGER more;
SELECT * FROM calls('disabled', 'ALTER TABLE t ADD COLUMN g int; UPDATE t SET g = id');
SELECT count(*) FROM t WHERE g = id AND total = 1;

-- rows of the application are the trigger's, as before
SELECT gradual.define('app', 'ALTER TABLE t ADD COLUMN h int; UPDATE t SET h = id', batch_size => 100);
SELECT is_done FROM gradual.run_batch('app');
SELECT processed FROM gradual.run_batch('app');
UPDATE t SET a = a + 1;
SELECT count(*) FROM t WHERE h = id;
