-- Work done outside the database is recorded in the same ledger: it starts once,
-- adds up, ends or fails and starts anew, and is steered by nobody else.

SELECT gradual.track_start('import');
SELECT status, phase, activity, progress, processed, started_at IS NOT NULL AS started, worker FROM gradual.ledger;
SELECT gradual.track_progress('import', 100);
SELECT gradual.track_progress('import', 23);
SELECT gradual.track_progress('import', 0);
SELECT gradual.track_progress('import', -1);
SELECT gradual.track_progress('import', NULL);
SELECT status, processed FROM gradual.ledger;
SELECT gradual.track_start('import');

SELECT gradual.track_fail('import', 'the file is cut short');
SELECT status, processed, error FROM gradual.ledger;
SELECT gradual.track_progress('import', 1);
SELECT gradual.track_complete('import');
SELECT gradual.has_run('import');

SELECT gradual.track_start('import');
SELECT status, processed, error FROM gradual.ledger;
SELECT gradual.track_progress('import', 7);
SELECT gradual.track_complete('import');
SELECT status, progress, processed, error, completed_at IS NOT NULL AS completed FROM gradual.ledger;
SELECT gradual.has_run('import');
SELECT gradual.track_start('import');
SELECT gradual.track_fail('import', 'too late');

-- it has no script, and a script has no outside
SELECT gradual.start('import');
SELECT gradual.rollback('import');
SELECT gradual.run_batch('import');
SELECT gradual.define('import', 'CREATE TABLE t ()');
SELECT gradual.define('script', 'CREATE TABLE t ()');
SELECT gradual.track_start('script');
SELECT gradual.track_complete('script');
SELECT gradual.track_complete('nobody');
SELECT gradual.track_start(NULL);

-- a migration can depend on it
SELECT gradual.track_start('export');
SELECT gradual.define('after', 'CREATE TABLE after ()', depends_on => '{export}');
\set VERBOSITY terse
SELECT gradual.start('after');
\set VERBOSITY default
SELECT gradual.track_complete('export');
CALL gradual.run('after');
SELECT name, status FROM gradual.ledger;

-- forgotten, it may run again; its events stay
SELECT gradual.forget('import');
SELECT gradual.has_run('import');
SELECT gradual.track_start('import');
SELECT event, from_status, to_status, detail FROM gradual.event WHERE name = 'import';
