# Claim: CALL gradual.wait and CALL gradual.run hold no snapshot while they wait,
# so that CREATE INDEX CONCURRENTLY, of others and of the migration itself, gets
# done beside them.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('wait');

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 1000) i;
CREATE TABLE other (id int);
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 10);
SET gradual.nice = 100;
SELECT gradual.start('t');
SQL

sub background
{
	my ($name, $call) = @_;
	my $psql = $node->background_psql('postgres');

	$psql->query_until(qr/started/, "SET application_name = '$name';\n\\echo started\n$call;\n\\echo finished\n");
	wait_sql($node, "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '$name' AND query LIKE 'CALL%' AND wait_event = 'Extension')");
	return $psql;
}

# Looks that hold a snapshot are short: most of the time there is none
my $waiter = background('waiter', "CALL gradual.wait('t')");
wait_sql($node, "backend_xmin IS NULL AND backend_xid IS NULL AND wait_event = 'Extension' FROM pg_stat_activity WHERE application_name = 'waiter'");
is(sql($node, "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE application_name = 'waiter' AND locktype = 'relation' AND wait_event = 'Extension'"),
	0, 'no snapshot and no lock on a table while it sleeps');
sql($node, 'CREATE INDEX CONCURRENTLY other_id ON other (id)');
is(status_of($node, 't'), 'running', 'CREATE INDEX CONCURRENTLY does not wait for it');
sql($node, "SELECT gradual.alter('t', nice => 0)");
$waiter->query_until(qr/finished/, "\n");
is(status_of($node, 't'), 'completed', 'wait ends when the migration is completed');
$waiter->quit;

# run, of a script that builds an index itself
sql($node, "CALL gradual.run('i', 'CREATE INDEX t_n ON t (n); UPDATE t SET n = n + 1')");
is(sql($node, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass"), 't',
	'run waits for its own index build');
is(sql($node, 'SELECT min(n), max(n) FROM t'), '2|2', 'and for the rest');

# A transaction that would keep its snapshot is refused
is(sqlstate_of($node, "BEGIN; CALL gradual.wait('t')"), '2D000', 'refused in a transaction block');

# The time that one is willing to wait
sql($node, "SELECT gradual.define('u', 'UPDATE t SET n = n + 1', batch_size => 10); SET gradual.nice = 100; SELECT gradual.start('u')");
is(sqlstate_of($node, "CALL gradual.wait('u', '100 ms')"), '57014', 'the timeout raises');
like(status_of($node, 'u'), qr/^(queued|running)$/, 'and leaves the migration alone');

# Interrupted: wait brings it back
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
wait_status($node, 'u', 'interrupted');
$waiter = background('reviver', "CALL gradual.wait('u')");
worker_of($node, 'u');
pass('wait revives an interrupted migration');
sql($node, "SELECT gradual.alter('u', nice => 0)");
$waiter->query_until(qr/finished/, "\n");
is(status_of($node, 'u'), 'completed', 'and waits for it');
$waiter->quit;

$node->stop;
done_testing();
