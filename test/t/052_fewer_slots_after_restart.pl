# Claim: after a restart with fewer worker slots a migration of three workers that was
# in the middle of its backfill goes on by itself with as many as there are, and says
# so; with none for it, it says what is missing, and goes on when there is one.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('fewer');
my $rows = 8800;

sql($node, <<"SQL");
CREATE TABLE t (id int PRIMARY KEY, a int, filler text NOT NULL);
ALTER TABLE t ALTER filler SET STORAGE plain;
INSERT INTO t SELECT g, g, repeat('x', 3500) FROM generate_series(1, $rows) g;
SELECT gradual.define('t', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = -a', batch_size => 10, workers => 3);
SET gradual.nice = 100;
SELECT gradual.start('t');
SQL
wait_sql($node, "cardinality(worker) = 3 AND processed > 0 FROM gradual.ledger");

# One slot is always the logical replication launcher's
sub restart_with
{
	my ($slots) = @_;
	$node->append_conf('postgresql.conf', "max_worker_processes = $slots");
	$node->restart;
	return;
}

restart_with(4);
wait_sql($node, 'cardinality(worker) = 3 FROM gradual.ledger');
pass('three of four: all of them');
restart_with(3);
wait_activity($node, 't', '^fill b on public.t, 2 of 3 workers: no free worker slot .max_worker_processes.$');
pass('two of three: it goes on with two and says so');

# The launcher has the second slot, and none is left for whom it sends
restart_with(2);
wait_status($node, 't', 'interrupted');
is(sql($node, "SELECT activity FROM gradual.ledger"), "interrupted: no worker; gradual.resume('t') to go on", 'none of three: its activity says what to do');
my ($ret, $out, $err) = $node->psql('postgres', "SELECT gradual.resume('t')");
like("$out $err", qr/^running .*WARNING:  no free worker slot.*HINT:  Raise max_worker_processes/s, 'and resume what is missing');

restart_with(8);
wait_sql($node, 'cardinality(worker) = 3 FROM gradual.ledger');
pass('with more of them all three are there again');
sql($node, "SELECT gradual.alter('t', nice => 0, batch_size => 0)");
wait_status($node, 't', 'ready');
is(sql($node, 'SELECT count(*) FROM t WHERE b IS DISTINCT FROM -a'), 0, 'no row is missed');
is(sql($node, 'SELECT processed FROM gradual.ledger'), $rows, 'and each is counted once');

$node->stop;
done_testing();
