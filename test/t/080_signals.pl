# Claim: pg_cancel_backend and pg_terminate_backend of a worker, and an
# administrator's reload, lose nothing: terminate steps aside and comes back.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('signals');

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 20000) i;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 10);
SET gradual.nice = 20;
SELECT gradual.start('t');
SQL
wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = 't'");

# Terminate: the postmaster starts it again
my $pid = worker_of($node, 't');
sql($node, "SELECT pg_terminate_backend($pid)");
wait_sql($node, "worker[1] <> $pid FROM gradual.ledger WHERE name = 't'");
is(status_of($node, 't'), 'running', 'terminated, it comes back');

# Three times in a row is no crash loop
foreach (1 .. 3)
{
	$pid = worker_of($node, 't');
	sql($node, "SELECT pg_terminate_backend($pid)");
	wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
	sql($node, "SELECT gradual.resume('t')");
	wait_sql($node, "worker[1] <> $pid FROM gradual.ledger WHERE name = 't'");
}
is(status_of($node, 't'), 'running', 'again and again');

# Reload: the worker's own settings follow
$pid = worker_of($node, 't');
$node->append_conf('postgresql.conf', "gradual.throttle_query = 'SELECT true'");
$node->reload;
wait_activity($node, 't', 'throttled: throttle_query says wait');
is(worker_of($node, 't'), $pid, 'a reload reaches the same worker');
$node->append_conf('postgresql.conf', "gradual.throttle_query = ''");
$node->reload;
wait_sql($node, "activity !~ 'throttled' FROM gradual.ledger WHERE name = 't'");

# Cancel: what the worker does now is over, and the ledger says whose will it was
$pid = worker_of($node, 't');
my ($ret, $out, $err) = $node->psql('postgres', "SELECT pg_cancel_backend($pid)");
wait_sql($node, "status IN ('running', 'failed') FROM gradual.ledger WHERE name = 't'");
sql($node, "SELECT gradual.alter('t', nice => 0)");
wait_sql($node, "status IN ('completed', 'failed') FROM gradual.ledger WHERE name = 't'");
if (status_of($node, 't') eq 'failed')
{
	like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 't'"), qr/57014/, 'cancelled');
	sql($node, "SELECT gradual.start('t')");
	wait_status($node, 't', 'completed');
}
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '20000|1|1', 'each row once');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 't'"), 20000, 'and counted once');

$node->stop;
done_testing();
