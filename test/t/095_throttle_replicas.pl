# Claim: a backfill waits while a standby is too far behind, in time or in bytes,
# and goes on by itself when it has caught up; a standby that
# gradual.throttle_standbys does not name does not count, one that it names and
# that is gone does; settings follow a reload while it is throttled.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = gradual_node('primary', init => [ allows_streaming => 1 ]);
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('near');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'wal_receiver_status_interval = 1');
$standby->start;

sub set
{
	my ($setting, $value) = @_;
	$primary->append_conf('postgresql.conf', "$setting = '$value'");
	$primary->reload;
	return;
}

sub activity
{
	return sql($primary, "SELECT activity FROM gradual.ledger WHERE name = 't'");
}

# Waits until it has changed more rows than now
sub goes_on
{
	my $before = sql($primary, "SELECT processed FROM gradual.ledger WHERE name = 't'");
	wait_sql($primary, "processed > $before FROM gradual.ledger WHERE name = 't'");
	return sql($primary, "SELECT activity !~ 'throttled' FROM gradual.ledger WHERE name = 't'");
}

# The owner is a plain role, which is not shown what standbys do
sql($primary, <<'SQL');
CREATE ROLE owner LOGIN;
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 5000) i;
ALTER TABLE t OWNER TO owner;
SQL
$primary->wait_for_catchup($standby);
sql($standby, 'SELECT pg_wal_replay_pause()');
sql($primary, 'INSERT INTO t SELECT i, 0 FROM generate_series(5001, 6000) i');
set('gradual.max_replica_lag_bytes', '16kB');
sql($primary, <<'SQL');
SET SESSION AUTHORIZATION owner;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 10);
SET gradual.nice = 50;
SELECT gradual.start('t');
SQL

wait_activity($primary, 't', 'throttled');
like(activity(), qr/^throttled: replica near \d+ (kB|MB) behind, gradual\.max_replica_lag_bytes is 16kB$/,
	'bytes behind');
is(sql($primary, "SELECT processed FROM gradual.ledger WHERE name = 't'"), 0, 'nothing is done');
my $worker = worker_of($primary, 't');

# The limit is taken away; then the time since the first batch counts
set('gradual.max_replica_lag_bytes', '0');
is(goes_on(), 't', 'without the limit it goes on');
set('gradual.max_replica_lag', '1s');
wait_activity($primary, 't', 'throttled');
like(activity(), qr/^throttled: replica near \d+ s behind, gradual\.max_replica_lag is 1s$/,
	'time behind');

# Another standby is to be looked at
set('gradual.throttle_standbys', 'far');
wait_activity($primary, 't', 'far');
is(activity(),
	'throttled: gradual.max_replica_lag cannot be read: standby far of gradual.throttle_standbys is not connected',
	'a standby that is not there cannot be read');
set('gradual.throttle_standbys', '"NEAR"');
wait_activity($primary, 't', 'replica near \d+ s behind');

# It has caught up
sql($standby, 'SELECT pg_wal_replay_resume()');
is(goes_on(), 't', 'released, it goes on');

# What a slot that nobody uses keeps
sql($primary, "SELECT pg_create_physical_replication_slot('unused', true)");
set('gradual.max_slot_wal', '8kB');
wait_activity($primary, 't', 'throttled');
like(activity(), qr/^throttled: replication slot unused keeps \d+ (kB|MB) of WAL, gradual\.max_slot_wal is 8kB$/,
	'WAL of a slot');
sql($primary, "SELECT pg_drop_replication_slot('unused')");
is(goes_on(), 't', 'dropped, it goes on');

# One byte a second is less than any batch writes
set('gradual.max_wal_rate', '1');
wait_activity($primary, 't', 'throttled');
like(activity(), qr/^throttled: \d+ (bytes|kB|MB) of WAL a second over \d+ s, gradual\.max_wal_rate is 1B$/,
	'WAL a second');
set('gradual.max_wal_rate', '1GB');
is(goes_on(), 't', 'with a higher limit it goes on');

is(worker_of($primary, 't'), $worker, 'all of it in the same worker');
sql($primary, "SELECT gradual.alter('t', nice => 0)");
wait_status($primary, 't', 'completed');
is(sql($primary, 'SELECT count(*), min(n), max(n) FROM t'), '6000|1|1', 'each row once');

$standby->stop;
$primary->stop;
done_testing();
