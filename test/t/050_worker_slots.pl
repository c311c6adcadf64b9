# Claim: a migration that finds no worker slot stays queued with a WARNING and
# goes on later, when another leaves its own by itself, and no more than
# gradual.max_workers run in a database.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('slots', conf => "gradual.max_workers = 2\n");

sub define
{
	foreach my $name (@_)
	{
		sql($node, <<"SQL");
CREATE TABLE $name (id int PRIMARY KEY, n int);
INSERT INTO $name SELECT i, 0 FROM generate_series(1, 1000) i;
SELECT gradual.define('$name', 'UPDATE $name SET n = n + 1', batch_size => 10);
SQL
	}
	return;
}

sub start
{
	my ($name) = @_;
	my ($ret, $out, $err) =
	  $node->psql('postgres', "SET gradual.nice = 100; SELECT gradual.start('$name')");

	return "$out $err";
}

# gradual.max_workers
define(qw(a b c));
like(start('a'), qr/^queued $/, 'the first is started');
like(start('b'), qr/^queued $/, 'the second is started');
wait_status($node, $_, 'running') foreach qw(a b);
like(start('c'), qr/^queued $/, 'the third is started');
wait_activity($node, 'c', 'max_workers');
is(status_of($node, 'c'), 'queued', 'but waits');
is(sql($node, "SELECT activity FROM gradual.ledger WHERE name = 'c'"),
	'waiting for one of 2 workers (gradual.max_workers)', 'its activity says for what');
wait_sql($node, "count(*) = 2 FROM pg_stat_activity WHERE backend_type = 'gradual worker'");
sql($node, "SELECT gradual.alter('a', nice => 0)");
wait_status($node, 'a', 'completed');
wait_status($node, 'c', 'running');
pass('when one ends the next begins');
is(sql($node, "SELECT activity ~ 'max_workers' FROM gradual.ledger WHERE name = 'c'"), 'f',
	'and is no longer shown to wait');

# A worker that leaves for another reason makes room, too
define('d');
start('d');
wait_activity($node, 'd', 'max_workers');
sql($node, "SELECT gradual.pause('b')");
wait_status($node, 'd', 'running');
pass('pause makes room');

# After a restart no more than that many come back
sql($node, "SELECT gradual.resume('b')");
wait_activity($node, 'b', 'max_workers');
$node->restart;
wait_sql($node, "count(*) = 2 FROM gradual.ledger WHERE cardinality(worker) = 1");
sql($node, "SELECT gradual.alter(name, nice => 0) FROM gradual.ledger WHERE status <> 'completed'");
wait_status($node, $_, 'completed') foreach qw(b c d);

# max_worker_processes: the one slot is the logical replication launcher's
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nmax_worker_processes = 1");
$node->restart;
define('e');
like(start('e'), qr/WARNING:  no free worker slot: 1 migration stays queued/, 'a WARNING tells');
is(status_of($node, 'e'), 'queued', 'it stays queued');
wait_activity($node, 'e', 'max_worker_processes');
pass('its activity says why');
my ($ret, $out, $err) = $node->psql('postgres', "SELECT gradual.resume('e')");
like("$out $err", qr/^queued .*WARNING:  no free worker slot/s, 'resume tries again');
($ret, $out, $err) = $node->psql('postgres', "CALL gradual.wait('e', '5s')");
like($err, qr/^psql:[^\n]*WARNING:  no free worker slot[^\n]*\n[^\n]*HINT[^\n]*\n[^\n]*ERROR:  migration "e" did not get there/, 'wait tries again, and warns once');

# One free slot
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->restart;
define('f');
like(start('f'), qr/WARNING:  no free worker slot: 1 migration stays queued/, 'one of the two has the slot');
sql($node, "SELECT gradual.alter(name, nice => 0) FROM gradual.ledger WHERE status <> 'completed'");
wait_status($node, $_, 'completed') foreach qw(e f);
pass('it goes on to the other, and nobody has to ask for it');

# .. but not to that of an owner whom its role may not become any more
sql($node, 'CREATE ROLE app LOGIN; CREATE ROLE one; CREATE ROLE two; GRANT one, two TO app; GRANT CREATE ON SCHEMA public TO one, two');
foreach ([ 'first', 'one' ], [ 'revoked', 'two' ], [ 'last', 'one' ])
{
	my ($name, $owner) = @$_;

	$node->safe_psql('postgres', <<"SQL", extra_params => [ '-U', 'app' ]);
SET ROLE $owner;
CREATE TABLE $name (id int PRIMARY KEY, n int);
INSERT INTO $name SELECT i, 0 FROM generate_series(1, 1000) i;
SET gradual.nice = 100;
SELECT gradual.define('$name', 'UPDATE $name SET n = n + 1', batch_size => 1);
SELECT gradual.start('$name');
SQL
}
sql($node, "REVOKE two FROM app; SELECT gradual.alter(name, nice => 0) FROM gradual.ledger WHERE status <> 'completed'");
wait_status($node, $_, 'completed') foreach qw(first last);
is(status_of($node, 'revoked'), 'queued', 'it stays away from what its role may not run');
sql($node, 'GRANT two TO app');
sql($node, "CALL gradual.wait('revoked')");

$node->append_conf('postgresql.conf', 'max_worker_processes = 1');
$node->restart;
define('h');
start('h');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
is(status_of($node, 'h'), 'queued', 'still queued after a restart');
sql($node, "CALL gradual.wait('h')");
is(sql($node, 'SELECT count(*), min(n), max(n) FROM h'), '1000|1|1', 'wait brings it back');

$node->stop;
done_testing();
