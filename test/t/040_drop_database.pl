# Claim: DROP DATABASE works without FORCE while a worker runs there, and DROP
# EXTENSION makes the worker leave in good order.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('drop');

sub begin
{
	my ($dbname) = @_;

	sql($node, "CREATE DATABASE $dbname");
	sql($node, 'CREATE EXTENSION pg_gradual', dbname => $dbname);
	sql($node, <<'SQL', dbname => $dbname);
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 5000) i;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 1);
SET gradual.nice = 1;
SELECT gradual.start('t');
SQL
	wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = 't'", dbname => $dbname);
	return;
}

sub workers
{
	return "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker'";
}

# A worker at work
begin('busy');
my $log = -s $node->logfile;
sql($node, 'DROP DATABASE busy');
pass('a database in which a worker is at work can be dropped');
is(sql($node, workers()), 0, 'its worker has left');

# A worker asleep
begin('asleep');
sql($node, "SELECT gradual.alter('t', nice => 100, batch_size => 1000)", dbname => 'asleep');
sql($node, 'DROP DATABASE asleep');
pass('a database in which a worker is asleep can be dropped');

# Its worker is started once more 5 s later, finds no database, and that is all
$node->wait_for_log(qr/FATAL:  database \d+ does not exist/, $log);
my $once = () = substr(slurp_file($node->logfile), $log) =~ /FATAL:  database \d+ does not exist/g;
cmp_ok($once, '<=', 2, 'no worker comes back for ever');

# DROP EXTENSION
begin('without');
$log = -s $node->logfile;
sql($node, 'DROP EXTENSION pg_gradual', dbname => 'without');
wait_sql($node, '(' . workers() . ') = 0');
my $text = substr(slurp_file($node->logfile), $log);
unlike($text, qr/terminated by signal|PANIC|TRAP/, 'the worker has left in good order');
cmp_ok(sql($node, 'SELECT count(*) FROM t WHERE n = 1', dbname => 'without'), '>', 0,
	'what was committed stays');
sql($node, 'CREATE EXTENSION pg_gradual', dbname => 'without');
is(sql($node, 'SELECT count(*) FROM gradual.ledger', dbname => 'without'), 0,
	'a new extension has an empty ledger');
$node->restart;
is(sql($node, workers()), 0, 'and nothing comes back after a restart');

$node->stop;
done_testing();
