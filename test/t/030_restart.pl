# Claim: a clean restart of the server loses nothing.  With the library preloaded
# unfinished migrations go on by themselves, in every database; without it they
# are shown as interrupted until the next call that changes something.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('restart');

# In two databases a migration that is held in the middle of its backfill
sub begin
{
	my ($dbname, $name) = @_;

	sql($node, "CREATE DATABASE $dbname") unless $dbname eq 'postgres';
	sql($node, 'CREATE EXTENSION IF NOT EXISTS pg_gradual', dbname => $dbname);
	sql($node, <<"SQL", dbname => $dbname);
CREATE TABLE $name (id int PRIMARY KEY, n int);
INSERT INTO $name SELECT i, 0 FROM generate_series(1, 3000) i;
SELECT gradual.define('$name', 'UPDATE $name SET n = n + 1', batch_size => 10);
SET gradual.nice = 100;
SELECT gradual.start('$name');
SQL
	wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = '$name'", dbname => $dbname);
	return;
}

sub is_done
{
	my ($dbname, $name, $how) = @_;

	sql($node, "SELECT gradual.alter('$name', nice => 0)", dbname => $dbname);
	wait_status($node, $name, 'completed', dbname => $dbname);
	is(sql($node, "SELECT count(*), min(n), max(n) FROM $name", dbname => $dbname),
		'3000|1|1', "$how: each row once in $dbname");
	is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = '$name'", dbname => $dbname),
		3000, "$how: and counted once");
	return;
}

# Preloaded
begin('postgres', 'a');
begin('second', 'a');
$node->restart;
is_done('postgres', 'a', 'restart');
is_done('second', 'a', 'restart');

begin('postgres', 'b');
begin('third', 'b');
power_cut($node);
is_done('postgres', 'b', 'power cut');
is_done('third', 'b', 'power cut');

begin('postgres', 'p');
begin('fourth', 'p');
kill_postmaster($node);
is_done('postgres', 'p', 'postmaster killed');
is_done('fourth', 'p', 'postmaster killed');

# Not preloaded
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
begin('postgres', 'c');
$node->restart;
wait_status($node, 'c', 'interrupted');
is(sql($node, "SELECT activity FROM gradual.ledger WHERE name = 'c'"),
	"interrupted: no worker; gradual.resume('c') to go on", 'the activity says what to do');
is(sql($node, "SELECT worker FROM gradual.ledger WHERE name = 'c'"), '{}', 'no worker is shown');
is(sql($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker'"),
	0, 'no worker is there: views start none');

# Whatever is called for another migration brings it back, too
sql($node, "SELECT gradual.define('d', 'CREATE TABLE d ()'), gradual.start('d')");
worker_of($node, 'c');
is(status_of($node, 'c'), 'running', 'the next call revives it');
is_done('postgres', 'c', 'restart without preload');
wait_status($node, 'd', 'completed');

# A crash needs no preload
begin('postgres', 'e');
kill_worker($node, 'e');
worker_of($node, 'e');
is_done('postgres', 'e', 'crash without preload');

$node->stop;
done_testing();
