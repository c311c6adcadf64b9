-- Claim: an index finds the rows of a WHERE in whatever words it is written, and
-- the table is as the plain statement leaves it, each matching row looked at once.

CREATE TABLE job (id int PRIMARY KEY, state text, at timestamptz, "Due" date, pad text)
    WITH (autovacuum_enabled = off);
INSERT INTO job
SELECT n, CASE WHEN n % 400 = 0 THEN 'new' WHEN n % 401 = 0 THEN NULL ELSE 'done' END,
    now() + (n - 1000) * interval '1 minute', date '2024-01-01' + n / 50, repeat('x', 60)
FROM generate_series(1, 20000) n;
CREATE INDEX ON job (state);
CREATE INDEX ON job (lower(state)) WHERE state <> 'done';
CREATE INDEX ON job (at);
CREATE INDEX ON job ("Due", id);
CREATE TABLE plain AS TABLE job;
VACUUM ANALYZE job;
CREATE PROCEDURE compare(statement text) LANGUAGE plpgsql AS $$
DECLARE
    name text := 'm' || (SELECT count(*) FROM gradual.ledger);
BEGIN
    PERFORM gradual.define(name, statement);
    PERFORM gradual.start(name);
    EXECUTE replace(statement, 'job', 'plain');
END
$$;
CREATE VIEW result AS
SELECT status, processed > 0 AND scanned = processed AS only_those,
    (SELECT count(*) FROM (TABLE job EXCEPT TABLE plain) x)
    + (SELECT count(*) FROM (TABLE plain EXCEPT TABLE job) x) AS differences
FROM gradual.step ORDER BY substr(name, 2)::int DESC LIMIT 1;

CALL compare('DELETE FROM job WHERE at < now() - interval ''900 minutes''');
CALL gradual.wait('m0');
TABLE result;
CALL compare('UPDATE public.job AS "J" SET state = ''open'' WHERE "J".state IS NULL');
CALL gradual.wait('m1');
TABLE result;
CALL compare('UPDATE public.job SET state = ''done'' WHERE lower(public.job.state) = ''new'' AND state <> ''done''');
CALL gradual.wait('m2');
TABLE result;
CALL compare('DELETE FROM ONLY job WHERE "Due" < ''2024-01-05'' AND id NOT IN (300, 301)');
CALL gradual.wait('m3');
TABLE result;
-- no row at all
CALL compare('DELETE FROM job WHERE state = ''nowhere''');
CALL gradual.wait('m4');
SELECT status, processed, scanned FROM gradual.step WHERE name = 'm4';

-- a trigger that puts the old value back: five sweeps, and a word about it
CREATE FUNCTION put_back() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.state := OLD.state; NEW.pad := NEW.pad || 1; RETURN NEW; END';
CREATE TRIGGER put_back BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION put_back();
CALL gradual.run('back', $$UPDATE job SET state = 'closed' WHERE state = 'open'$$);
SELECT detail FROM gradual.event WHERE name = 'back' AND event = 'note';
SELECT count(*), min(substr(pad, 61)), max(substr(pad, 61)) FROM job WHERE state = 'open';
