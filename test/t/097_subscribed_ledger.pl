# Claim: a database that subscribes to all tables of another one keeps its own
# ledger: what the other one's ledger says comes neither with the first copy nor
# later, stops nothing, and what applied changes make us note is noted.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('subscribed_ledger', init => [ allows_streaming => 'logical' ]);

# The publisher is another database of the same server.
my $table = 'CREATE TABLE t (id int PRIMARY KEY, n int)';
sql($node, 'CREATE DATABASE publisher');
sql($node, <<"SQL", dbname => 'publisher');
$table;
INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
CREATE EXTENSION pg_gradual;
SELECT gradual.define('m', 'UPDATE t SET n = n + 1');
CREATE PUBLICATION everything FOR ALL TABLES;
SELECT pg_create_logical_replication_slot('everything', 'pgoutput');
SQL

# A copy that refuses what is applied.  This ledger counts from 1 as well.
sql($node, <<"SQL");
$table;
INSERT INTO t VALUES (1000, 1);
SELECT gradual.define('m', 'CREATE TABLE kept (id int PRIMARY KEY, n int CHECK (n < 1000)); INSERT INTO kept TABLE t');
SELECT gradual.start('m');
SQL
wait_status($node, 'm', 'ready');
my $own = sql($node, 'SELECT * FROM gradual.ledger');
my $events = sql($node, 'SELECT count(*) FROM gradual.event');

sub caught_up
{
	my $end = sql($node, 'SELECT pg_current_wal_lsn()');

	wait_sql($node, "bool_and(srsubstate = 'r') FROM pg_subscription_rel");
	wait_sql($node, "confirmed_flush_lsn >= '$end' FROM pg_replication_slots WHERE slot_name = 'everything'");
	return;
}

my $where = 'host=' . $node->host . ' port=' . $node->port . ' dbname=publisher';
sql($node, "CREATE SUBSCRIPTION everything CONNECTION '$where' PUBLICATION everything WITH (create_slot = false)");
caught_up();
is(sql($node, 'SELECT * FROM gradual.ledger'), $own, 'the first copy changes no migration');

sql($node, "CALL gradual.run('m')", dbname => 'publisher');
sql($node, 'UPDATE t SET n = 1000 WHERE id = 7', dbname => 'publisher');
sql($node, "SELECT gradual.forget('m')", dbname => 'publisher');
caught_up();
is(sql($node, 'SELECT * FROM gradual.ledger'), $own, 'nor does what comes later');
is(sql($node, 'SELECT count(*) FROM gradual.event'), $events, '.. nor adds to the audit log');
is(sql($node, "SELECT sum(n) FROM t"), '6143', 'the rows are those of the publisher');
is( sql($node, 'SELECT sum(apply_error_count + sync_error_count) FROM pg_stat_subscription_stats'),
	'0', 'no change was refused');

sql($node, "SELECT gradual.complete('m')");
wait_sql($node, "status = 'ready' AND error IS NOT NULL FROM gradual.ledger");
like(sql($node, 'SELECT error FROM gradual.ledger'), qr/\b7\b/, 'the copy that refused an applied change was noted');

sql($node, 'ALTER SUBSCRIPTION everything DISABLE; ALTER SUBSCRIPTION everything SET (slot_name = NONE); DROP SUBSCRIPTION everything');
$node->stop;
done_testing();
