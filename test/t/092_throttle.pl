# Claim: while gradual.throttle_query returns true a backfill waits between its
# batches, with the reason shown, and goes on when it does not; nice makes it
# sleep, and can be changed while it does.  Who waited for a row of a batch goes
# first.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('throttle');

sql($node, <<'SQL');
CREATE ROLE owner LOGIN;
CREATE TABLE hold (wait boolean, asked name);
INSERT INTO hold VALUES (true);
GRANT SELECT ON hold TO owner;
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 1000) i;
ALTER TABLE t OWNER TO owner;
CREATE FUNCTION busy() RETURNS boolean STABLE LANGUAGE sql AS
	'SELECT wait AND current_user = ''owner'' FROM public.hold';
ALTER ROLE owner SET gradual.throttle_query = 'SELECT public.busy()';
SET SESSION AUTHORIZATION owner;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 50);
SELECT gradual.start('t');
SQL

wait_activity($node, 't', 'throttled');
is(sql($node, "SELECT activity FROM gradual.ledger WHERE name = 't'"),
	'throttled: throttle_query says wait', 'it waits and says why');
is(sql($node, "SELECT status, processed FROM gradual.ledger WHERE name = 't'"), 'running|0',
	'and does nothing');
is(sql($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker' AND (backend_xmin IS NOT NULL OR state LIKE 'idle in%')"),
	0, 'without a snapshot');

# Pause does not wait for the throttle
sql($node, "SELECT gradual.pause('t')");
wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual worker')");
sql($node, "SELECT gradual.resume('t')");
wait_activity($node, 't', 'throttled');

sql($node, 'UPDATE hold SET wait = false');
wait_status($node, 't', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '1000|1|1', 'released, it goes on');

# One that fails holds it, too, and says so
sql($node, <<'SQL');
UPDATE hold SET wait = true;
ALTER ROLE owner SET gradual.throttle_query = 'SELECT 1 / (NOT wait)::int > 1 FROM public.hold';
SET SESSION AUTHORIZATION owner;
SELECT gradual.define('u', 'UPDATE t SET n = n + 1'), gradual.start('u');
SQL
wait_activity($node, 'u', 'throttled');
is(sql($node, "SELECT activity FROM gradual.ledger WHERE name = 'u'"),
	'throttled: gradual.throttle_query cannot be read: division by zero', 'a query that fails is shown');
sql($node, 'UPDATE hold SET wait = false');
wait_status($node, 'u', 'completed');

# What ALTER ROLE and ALTER DATABASE say reaches a worker by a reload
sql($node, <<'SQL2');
UPDATE hold SET wait = true;
ALTER ROLE owner SET gradual.throttle_query = 'SELECT public.busy()';
SET SESSION AUTHORIZATION owner;
SELECT gradual.define('r', 'UPDATE t SET n = n + 1'), gradual.start('r');
SQL2
wait_activity($node, 'r', 'throttled: throttle_query says wait');
sql($node, q{ALTER ROLE owner IN DATABASE postgres SET gradual.throttle_query = 'SELECT 1 / 0 = 1'});
sql($node, "SELECT pg_reload_conf()");
wait_activity($node, 'r', 'division by zero');
sql($node, q{ALTER ROLE owner IN DATABASE postgres SET gradual.throttle_query = ''});
sql($node, "SELECT pg_reload_conf()");
wait_status($node, 'r', 'completed');
is(sql($node, "SELECT count(*) FROM gradual.event WHERE name = 'r' AND event = 'begin'"), 1,
	'settings of the role follow a reload');
sql($node, 'ALTER ROLE owner IN DATABASE postgres RESET gradual.throttle_query; UPDATE hold SET wait = false');

# nice: a worker that sleeps 100 times as long as it works is seen asleep
sql($node, "SET SESSION AUTHORIZATION owner; SELECT gradual.define('v', 'UPDATE t SET n = n + 1', batch_size => 10); SET gradual.nice = 100; SELECT gradual.start('v')");
wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = 'v'");
wait_sql($node, "wait_event = 'Extension' AND backend_xmin IS NULL FROM pg_stat_activity WHERE backend_type = 'gradual worker'");
is(status_of($node, 'v'), 'running', 'nice sleeps between batches');
sql($node, "SELECT gradual.alter('v', nice => 0)");
wait_status($node, 'v', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '1000|4|4', 'and can be changed on the way');

# The application waits for a row of a batch, which is about to commit
my $control = $node->background_psql('postgres');
my $application = $node->background_psql('postgres');
my @held = ('before-batch-commit', 'at-rest');
$control->query_safe("SELECT gradual_test.hold('$_')") foreach @held;
sql($node, "SET SESSION AUTHORIZATION owner; SELECT gradual.define('w', 'UPDATE t SET n = n + 1', batch_size => 10), gradual.start('w')");
$control->query_safe("SELECT gradual_test.await('before-batch-commit')");
$application->query_until(qr/go/, "\\echo go\nUPDATE t SET n = n + 10 WHERE id = 3;\n");
wait_sql($node, "EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted)");
$control->query_safe("SELECT gradual_test.release('before-batch-commit')");
$control->query_safe("SELECT gradual_test.await('at-rest')");
is(sql($node, "SELECT activity, processed FROM gradual.ledger WHERE name = 'w'"),
	'throttled: another session waited for rows of the last batch|10', 'it gives way');
$control->query_safe("SELECT gradual_test.release('at-rest')");
wait_status($node, 'w', 'completed');
$_->quit foreach $application, $control;
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '1000|5|15', 'and goes on');

$node->stop;
done_testing();
