# Claim: pause, cancel, alter and DROP DATABASE reach all workers of a backfill;
# without a free slot, or within gradual.max_workers, it goes on with fewer of
# them and says so; a helper that is gone is replaced, and with its leader it goes.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('several', conf => "gradual.max_workers = 4\n");

# Two to a page; enough of them to last on a fast machine
my $rows = 8800;

sub define
{
	my ($name, %opt) = @_;
	sql($node, <<"SQL", %opt);
CREATE TABLE $name (id int PRIMARY KEY, a int, filler text NOT NULL);
ALTER TABLE $name ALTER filler SET STORAGE plain;
INSERT INTO $name SELECT g, g, repeat('x', 3500) FROM generate_series(1, $rows) g;
SELECT gradual.define('$name', 'ALTER TABLE $name ADD COLUMN b int; UPDATE $name SET b = -a', batch_size => 10, workers => 3);
SQL
	return;
}

# Each batch is followed by a long rest
sub start
{
	my ($name, %opt) = @_;
	return sql($node, "SET client_min_messages = error; SET gradual.nice = 100; SELECT gradual.start('$name')", %opt);
}

sub workers
{
	my ($name, $count) = @_;
	wait_sql($node, "cardinality(worker) = $count FROM gradual.ledger WHERE name = '$name'");
	return;
}

my $all = "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker')";

sub finish
{
	my ($name) = @_;
	sql($node, "SELECT gradual.alter('$name', nice => 0, batch_size => 0)");
	wait_status($node, $name, 'ready');
	is(sql($node, "SELECT count(*) FROM $name WHERE b IS DISTINCT FROM -a"), 0, "$name: every row is right");
	is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = '$name'"), $rows, 'and counted once');
	return;
}

# alter, pause, resume, cancel
define('a');
start('a');
workers('a', 3);
is(sql($node, "SELECT $all"), 3, 'there are three workers');
sql($node, "SELECT gradual.alter('a', workers => 4)");
workers('a', 4);
pass('alter adds one');
sql($node, "SELECT gradual.alter('a', workers => 2)");
workers('a', 2);
wait_sql($node, "$all = 2");
pass('alter takes two away');
sql($node, "SELECT gradual.pause('a')");
wait_sql($node, "$all = 0");
my $processed = sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'a'");
cmp_ok($processed, '>', 0, 'pause stops all of them');
sql($node, "SELECT gradual.resume('a')");
workers('a', 2);
sql($node, "SELECT gradual.cancel('a')");
wait_sql($node, "$all = 0");
pass('cancel stops all of them');
start('a');
workers('a', 2);

# A helper that is terminated is replaced; with the leader all leave
my $helper = sql($node, "SELECT worker[2] FROM gradual.ledger WHERE name = 'a'");
sql($node, "SELECT pg_terminate_backend($helper)");
wait_sql($node, "worker[2] <> $helper FROM gradual.ledger WHERE name = 'a'");
pass('a helper that was terminated is replaced');
my $leader = sql($node, "SELECT worker[1] FROM gradual.ledger WHERE name = 'a'");
sql($node, "SELECT pg_terminate_backend($leader)");
wait_sql($node, "worker[1] <> $leader AND cardinality(worker) = 2 FROM gradual.ledger WHERE name = 'a'");
pass('a leader that was terminated comes back with a helper');
is(sql($node, "SELECT status || coalesce(error, '') FROM gradual.ledger WHERE name = 'a'"), 'running', 'and nothing has failed');

# gradual.max_workers counts all of them
sql($node, "SELECT gradual.alter('a', workers => 3)");
workers('a', 3);
define('b');
start('b');
wait_activity($node, 'b', '^fill b on public.b, 1 of 3 workers: gradual.max_workers$');
is(sql($node, "SELECT $all"), 4, 'gradual.max_workers counts helpers');
define('c');
start('c');
wait_activity($node, 'c', 'max_workers');
is(status_of($node, 'c'), 'queued', 'another migration waits');
sql($node, "SELECT gradual.alter('a', workers => 2)");
wait_status($node, 'c', 'running');
pass('until a helper leaves');
finish('a');
workers('b', 2);
is(sql($node, "SELECT status FROM gradual.ledger WHERE name = 'b'"), 'running', 'which makes room for helpers of others');
finish('b');
finish('c');

# No free slot: max_worker_processes leaves one beside the logical replication launcher
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nmax_worker_processes = 2");
$node->restart;
define('d');
start('d');
wait_activity($node, 'd', '^fill b on public.d, 1 of 3 workers: no free worker slot .max_worker_processes.$');
pass('without a free slot it goes on alone and says so');
finish('d');
is(sql($node, "SELECT activity FROM gradual.ledger WHERE name = 'd'"), "waiting for gradual.complete('d')", 'which is forgotten at the end');

# DROP DATABASE
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
sql($node, 'CREATE DATABASE other');
sql($node, 'CREATE EXTENSION pg_gradual', dbname => 'other');
define('e', dbname => 'other');
start('e', dbname => 'other');
wait_sql($node, "cardinality(worker) = 3 FROM gradual.ledger WHERE name = 'e'", dbname => 'other');
sql($node, "SELECT gradual.alter('e', nice => 1)", dbname => 'other');
sql($node, 'DROP DATABASE other');
is(sql($node, "SELECT $all"), 0, 'a database can be dropped from under all of them');

$node->stop;
done_testing();
