-- A BEFORE trigger of the user that returns NULL keeps rows as they were: the
-- migration fails and shows some of them, it neither loops nor calls it done.

CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IN (7, 77) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep();
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, phase, processed, error FROM gradual.ledger WHERE name = 'm';
SELECT id FROM t WHERE b IS NULL ORDER BY id;
-- without the trigger it goes on
ALTER TABLE t DISABLE TRIGGER keep;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed, error FROM gradual.ledger WHERE name = 'm';
SELECT count(*) FILTER (WHERE b = a), count(*) FROM t;
SELECT gradual.complete('m');
CALL gradual.wait('m');
-- without a fill, by key: as one statement, which passes over them
ALTER TABLE t ENABLE TRIGGER keep;
CALL gradual.run('n', 'UPDATE t SET a = a + 1000');
SELECT id FROM t WHERE a < 1000 ORDER BY id;
