# Claim: a row that crashes the server does not crash it for ever: after three
# starts in a row that ended in the same place the migration is failed, and
# start tries again.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('crash_loop');

# Code of the user that kills its own process while a row of the table says so
sql($node, <<'SQL');
CREATE TABLE settings (bad int);
INSERT INTO settings VALUES (50);
CREATE TABLE item (id int PRIMARY KEY, n int);
INSERT INTO item SELECT i, 0 FROM generate_series(1, 400) i;
CREATE TABLE other (LIKE item INCLUDING ALL);
INSERT INTO other TABLE item;

CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id = (SELECT bad FROM settings) THEN
		PERFORM gradual_test.kill_at('before-batch-commit', 1);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER boom BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION boom();

SELECT gradual.define('loop', 'UPDATE item SET n = n + 1', batch_size => 100);
SQL

my $log = -s $node->logfile;
$node->psql('postgres', "SELECT gradual.start('loop')");
$node->wait_for_log(qr/was terminated by signal 9/, $log);
wait_status($node, 'loop', 'failed');

my @crashes = substr(slurp_file($node->logfile), $log) =~ /was terminated by signal 9/g;
is(scalar @crashes, 3, 'the server crashed three times, no more');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'loop'"),
	sql($node, 'SELECT count(*) FROM item WHERE n = 1'), 'batches are kept or lost with their rows');
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 'loop'"),
	qr/the worker vanished in step 1 on 3 starts in a row/, 'the error says why');
is(sql($node, "SELECT s.status, s.error = l.error FROM gradual.step s JOIN gradual.ledger l USING (name) WHERE name = 'loop'"),
	'failed|t', 'the step has it too');
is(sql($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker'"),
	0, 'no worker is left');

# Other migrations are not affected
sql($node, "SELECT gradual.define('calm', 'UPDATE other SET n = n + 1'), gradual.start('calm')");
wait_status($node, 'calm', 'completed');

# Start tries again: three times, as before
$log = -s $node->logfile;
$node->psql('postgres', "SELECT gradual.start('loop')");
$node->wait_for_log(qr/was terminated by signal 9/, $log);
wait_status($node, 'loop', 'failed');
@crashes = substr(slurp_file($node->logfile), $log) =~ /was terminated by signal 9/g;
is(scalar @crashes, 3, 'start tries again, and gives up again');

# With the row mended it goes on from the cursor
sql($node, 'DELETE FROM settings');
sql($node, "SELECT gradual.start('loop')");
wait_status($node, 'loop', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM item'), '400|1|1', 'each row was changed once');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'loop'"), 400, 'and counted once');

# Several workers: those that are well go on between the crashes of another one.
# It has to be that one which dies; what is armed at a point hits who comes first.
sql($node, <<'SQL');
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id = (SELECT bad FROM settings) THEN
		EXECUTE format('COPY (SELECT) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid());
	END IF;
	RETURN NEW;
END $$;
CREATE TABLE wide (id int PRIMARY KEY, n int, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT i, 0, repeat('x', 3500) FROM generate_series(1, 2200) i;
INSERT INTO settings VALUES (1500);
CREATE TRIGGER die BEFORE UPDATE ON wide FOR EACH ROW EXECUTE FUNCTION die();
SELECT gradual.define('several', 'UPDATE wide SET n = 1 WHERE n = 0', batch_size => 10, workers => 3);
SQL
$log = -s $node->logfile;
$node->psql('postgres', "SET gradual.nice = 2; SELECT gradual.start('several')");
$node->wait_for_log(qr/was terminated by signal 9/, $log);
wait_status($node, 'several', 'failed');
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 'several'"),
	qr/the worker vanished in step 1 on 3 starts in a row/, 'a range counts the crashes of its own workers');
is(sql($node, 'SELECT count(*) > 0 FROM wide WHERE n = 1 AND id < 600'), 't', 'though the others went on');
sql($node, 'DELETE FROM settings');
sql($node, "SELECT gradual.alter('several', nice => 0), gradual.start('several')");
wait_status($node, 'several', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM wide'), '2200|1|1', 'each row was changed');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'several'"), 2200, 'and counted once');

# Several steps in one transaction: which of them it was, nobody knows
sql($node, <<'SQL');
CREATE TABLE entry (id int PRIMARY KEY);
CREATE FUNCTION boom_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id = (SELECT bad FROM settings) THEN
		PERFORM gradual_test.kill_at('after-command', 1);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER boom BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION boom_at_once();
INSERT INTO settings VALUES (1);
SELECT gradual.define('together', $$
	ALTER TABLE item ADD COLUMN m int;
	INSERT INTO entry VALUES (1);
	ALTER TABLE other ADD COLUMN m int;
$$);
SQL
$log = -s $node->logfile;
$node->psql('postgres', "SELECT gradual.start('together')");
$node->wait_for_log(qr/was terminated by signal 9/, $log);
wait_status($node, 'together', 'failed');
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 'together'"),
	qr/the worker vanished in steps 1 to 3, which are one transaction, on 3 starts in a row/, 'the error names all steps of the transaction');
is(sql($node, "SELECT string_agg(status, ' ' ORDER BY step) FROM gradual.step WHERE name = 'together'"),
	'failed pending pending', 'the first one stands for them');
sql($node, 'DELETE FROM settings');
sql($node, "SELECT gradual.start('together')");
wait_status($node, 'together', 'completed');
is(sql($node, 'SELECT count(*) FROM entry'), 1, 'and they are done once');

$node->stop;
done_testing();
