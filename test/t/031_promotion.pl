# Claim: after the promotion of a standby migrations go on there: in the middle
# of a backfill, and from ready to completed.  Before it the ledger can be read
# on the standby, and nothing starts there.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = gradual_node('primary', init => [ allows_streaming => 1 ]);

sql($primary, <<'SQL');
CREATE TABLE half (id int PRIMARY KEY, n int);
INSERT INTO half SELECT i, 0 FROM generate_series(1, 3000) i;
CREATE TABLE account (id int PRIMARY KEY, email text);
INSERT INTO account SELECT i, 'u' || i || '@example.org' FROM generate_series(1, 500) i;
SELECT gradual.define('half', 'UPDATE half SET n = n + 1', batch_size => 10);
SELECT gradual.define('name', $$
	ALTER TABLE account ADD COLUMN name text;
	UPDATE account SET name = split_part(email, '@', 1);
	ALTER TABLE account ALTER COLUMN name SET NOT NULL;
$$);
SELECT gradual.start('name');
SQL
wait_status($primary, 'name', 'ready');

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

sql($primary, "SET gradual.nice = 100; SELECT gradual.start('half')");
wait_sql($primary, "processed > 100 FROM gradual.ledger WHERE name = 'half'");
$primary->wait_for_catchup($standby);
is(sql($standby, "SELECT name, processed > 0, worker FROM gradual.ledger ORDER BY name"),
	"half|t|{}\nname|t|{}", 'the ledger can be read on the standby');
is(sqlstate_of($standby, "SELECT gradual.pause('half')"), '25006', 'but not changed');
is(sql($standby, "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'gradual%'"),
	0, 'nothing of ours runs there');

# Fail over
$primary->stop('immediate');
$standby->promote;
worker_of($standby, 'half');
cmp_ok(sql($standby, "SELECT processed FROM gradual.ledger WHERE name = 'half'"), '<', 3000,
	'it was promoted in the middle');
sql($standby, "SELECT gradual.alter('half', nice => 0)");
wait_status($standby, 'half', 'completed');
is(sql($standby, 'SELECT count(*), min(n), max(n) FROM half'), '3000|1|1', 'each row once');
is(sql($standby, "SELECT processed FROM gradual.ledger WHERE name = 'half'"), 3000, 'and counted once');

# What was ready on the primary is ready, with its sync trigger
is(status_of($standby, 'name'), 'ready', 'ready is still ready');
sql($standby, "INSERT INTO account VALUES (0, 'new\@example.org')");
is(sql($standby, 'SELECT name FROM account WHERE id = 0'), 'new', 'the trigger works');
sql($standby, "SELECT gradual.complete('name')");
wait_status($standby, 'name', 'completed');
is(sql($standby, "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'account'::regclass AND attname = 'name'"),
	't', 'and can be completed');

$standby->stop;
done_testing();
