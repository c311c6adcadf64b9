# Claim: a server that dies in the middle of a backfill, and again, twice, while it
# recovers from that, goes on with the migration: what the application was told is
# written is there, no row is missed and none changed twice.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Writers;

my $rows = 6000;

# The whole of the WAL is replayed each time
my $node = gradual_node('recovery', conf => "checkpoint_timeout = 1h\nmax_wal_size = 10GB\ngradual.max_workers = 4\n");

sql($node, <<"SQL");
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, v text);
INSERT INTO t SELECT i, 0, 'start' FROM generate_series(1, $rows) i;
CREATE TABLE wide (id int PRIMARY KEY, a int, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT i, i, repeat('x', 3500) FROM generate_series(1, $rows) i;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 50);
SELECT gradual.define('wide', 'ALTER TABLE wide ADD COLUMN b int; UPDATE wide SET b = -a', batch_size => 20, workers => 2);
CREATE TABLE wal (filler text);
CHECKPOINT;
SQL

# So that the replay takes its time
sub fill_wal
{
	sql($node, "INSERT INTO wal SELECT repeat('x', 100) FROM generate_series(1, 400000)");
	return;
}

fill_wal();

sql($node, "SET gradual.nice = 100; SELECT gradual.start('t'), gradual.start('wide')");
wait_sql($node, "min(processed) > 0 FROM gradual.ledger");
my @writers = start_writers(
	name => 'writer', first => 0, count => 2, of => 2, rows => $rows, dir => $node->basedir,
	connection => $node->connstr('postgres'),
	statements => [
		{ sql => 'UPDATE t SET v = %v WHERE id = %k', effect => sub { $_[0]{v} = $_[1] } },
		{ sql => 'INSERT INTO t (id, v) VALUES (%k, %v)', key => 'new', effect => sub { $_[0]{v} = $_[1] } },
		{ sql => 'DELETE FROM t WHERE id = %k', deletes => 1 } ]);
wait_sql($node, "count(*) > 200 FROM t WHERE v <> 'start'");

# How often the replay of the WAL has begun and not come to its end
sub unfinished_replays
{
	my $said = slurp_file($node->logfile);
	return (() = $said =~ /redo starts at/g) - (() = $said =~ /redo done at/g);
}

# Those that a process has started, as Linux tells
sub children_of
{
	my ($parent) = @_;
	my @children;

	foreach my $stat (glob '/proc/[0-9]*/stat')
	{
		open my $file, '<', $stat or next;
		push @children, $1 if (<$file> // '') =~ /^(\d+) \(.*\) \S (\d+)/ && $2 == $parent;
	}
	return @children;
}

# Starts the server and kills it as soon as the WAL is replayed, with all its processes:
# the one that does that would go on for a moment, and if it were killed alone others
# could wait for ever for a lock that it held.  It may have been too quick, or not have
# started because some process of the one before was not gone yet.
sub die_in_recovery
{
	my $log = -s $node->logfile;
	my $said = '';

	system_log('pg_ctl', '-W', '-D', $node->data_dir, '-l', $node->logfile, 'start');
	for (my $until = time + $PostgreSQL::Test::Utils::timeout_default; time < $until; pace(0.002))
	{
		$said = slurp_file($node->logfile, $log);
		last if $said =~ /redo starts at|ready to accept connections|FATAL:  (?:lock file|pre-existing)/;
	}
	if ($said =~ /FATAL:  (?:lock file|pre-existing)/)
	{
		pace(0.1);
		return;
	}
	fill_wal() if $said !~ /redo starts at/;
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	kill 'KILL', $postmaster, children_of($postmaster);
	return;
}

$node->kill9;
for (1 .. 100)
{
	die_in_recovery();
	last if unfinished_replays() >= 2;
}
start_again($node);
cmp_ok(unfinished_replays(), '>=', 2, 'the server died twice while it recovered');
my $standing = sql($node, "SELECT string_agg(status, ' ') FROM gradual.ledger");
unlike($standing, qr/completed|ready|failed/, 'in the middle of the backfills');

sql($node, "SELECT gradual.alter(name, nice => 0, batch_size => 0) FROM gradual.ledger");
wait_status($node, 't', 'completed');
wait_status($node, 'wide', 'ready');
stop_writers(@writers);
wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgbench')");

# What the writers know
my %row = map { $_ => { v => 'start' } } 1 .. $rows;
my $known = acknowledged(\%row, @writers);
my %there = map { split /\|/, $_, 2 } split /\n/, sql($node, 'SELECT id, v FROM t');
delete $there{$_} foreach keys %{ $known->{doubt} };
cmp_ok($known->{ok}, '>', 100, 'the application has written');
is_deeply($known->{complaints}, [], 'each of its writes has found its row');
is_deeply(\%there, { map { $_ => $row{$_}{v} } keys %row }, 'what was acknowledged is there, and nothing else');

is(sql($node, "SELECT count(*) FROM t WHERE id <= $rows AND n <> 1"), 0, 'each row was changed once');
is(sql($node, "SELECT count(*) FROM t WHERE id > $rows AND n <> 0"), 0, 'none that came later');
is(sql($node, 'SELECT count(*) FROM wide WHERE b IS DISTINCT FROM -a'), 0, 'each row is filled by the two workers');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'wide'"), $rows, 'and counted once');

$node->stop;
done_testing();
