# Claim: whatever a migration does beside an application that locks rows and tables
# of its own, no statement of the application ends in a deadlock because of us; and
# the migration goes on by itself.
#
# The application works in small transactions on two tables, one of which refers
# to the other.  In the first mode all of them take their locks in one order, so
# that they have no deadlocks of their own: any is ours.  In the second they take
# them in random orders; theirs are forgiven, if nobody but them is in the circle
# that the server's log shows.
#
# Migrations fill, retype, rename, copy, update, delete, index and constrain these
# tables, one after the other, each completed or rolled back, for as long as there
# is time.
#
#   SECONDS=600 SEED=42     the long run
#   ONLY=copy MODE=random   migrations that match, one mode
#   TIMEOUT=200             deadlock_timeout of the application, in ms

use strict;
use warnings;

use GradualTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{SECONDS} || 24;
my $seed = $ENV{SEED} || time;
my $only = $ENV{ONLY} || '.';
my $timeout = $ENV{TIMEOUT} || 200;
my $rows = $ENV{ROWS} || 400;

# With more of them in random orders hardly a moment is left for a lock on both tables
my %clients = (ordered => 6, random => 4);

note "SECONDS=$seconds SEED=$seed";
srand $seed;

my $node = gradual_node('deadlocks', conf => <<"CONF");
log_line_prefix = '%p %b: '
log_connections = on
log_statement = none
log_autovacuum_min_duration = 0
deadlock_timeout = ${timeout}ms
CONF

sql($node, $_) foreach split /;\n/, <<"SQL";
CREATE TABLE a (id int PRIMARY KEY, s text NOT NULL, n int NOT NULL, twin int NOT NULL);
CREATE TABLE b (id bigserial PRIMARY KEY, a int NOT NULL REFERENCES a, other int NOT NULL, n int NOT NULL);
CREATE INDEX ON b (a);
INSERT INTO a SELECT i, 's' || i, i, i FROM generate_series(1, $rows) i;
INSERT INTO b (a, other, n) SELECT i, $rows + 1 - i, i FROM generate_series(1, $rows) i;
VACUUM ANALYZE;
SQL

# --- the application ---

# What a transaction does with row :k of a, or the rows of b that refer to it
my @deeds = (
	'UPDATE a SET n = n + 1 WHERE id = :k',
	"UPDATE a SET s = 'x' || :x WHERE id = :k",
	'SELECT s FROM a WHERE id = :k FOR UPDATE',
	'UPDATE b SET n = n + 1 WHERE a = :k AND id IN (SELECT id FROM b WHERE a = :k ORDER BY id FOR UPDATE)',
	'INSERT INTO b (a, other, n) VALUES (:k, :k, :x)',
	'DELETE FROM b WHERE id = (SELECT max(id) FROM b WHERE a = :k)',
	"INSERT INTO a (id, s, n, twin) VALUES (:k, 'u' || :x, 1, :k) ON CONFLICT (id) DO UPDATE SET s = EXCLUDED.s, n = a.n + 1",
	'WITH d AS (DELETE FROM b WHERE id = (SELECT min(id) FROM b WHERE a = :k) RETURNING *) INSERT INTO b SELECT * FROM d');
my @careless = (
	'SELECT n FROM a WHERE id = :k FOR SHARE',
	'SELECT n FROM b WHERE a = :k FOR SHARE',
	'UPDATE a SET n = n + 1 WHERE id IN (:k, :k + 7, :k - 7)');

# Locks are held for a while, without work for the machine
sub pause { return '\sleep ' . int(rand 3000) . " us\n"; }

# One order: tables (not in that of their OIDs), then rows of a by their key, and rows of b only under the
# lock of the row that they refer to.
sub ordered
{
	my ($lock) = @_;
	my $script = "\\set k 0\nBEGIN;\nLOCK TABLE b, a IN $lock MODE;\n";

	for (1 .. 2 + int rand 4)
	{
		$script .= "\\set k 1 + :k + random(0, $rows / 8)\n\\set k least(:k, $rows)\n\\set x random(1, 1000000)\nSELECT FROM a WHERE id = :k FOR UPDATE;\n";
		$script .= $deeds[rand @deeds] . ";\n" for 0 .. rand 3;
		$script .= pause();
	}
	return "${script}COMMIT;\n";
}

sub random_order
{
	my ($lock) = @_;
	my $script = "BEGIN;\n";
	my @all = (@deeds, @careless);
	my $count = 2 + int rand 5;
	my $when = int rand $count;

	for my $i (1 .. $count)
	{
		$script .= "\\set k random(1, $rows)\n\\set x random(1, 1000000)\n";
		$script .= $all[rand @all] . ";\n" . pause();
		$script .= 'LOCK TABLE ' . (qw(a b))[rand 2] . " IN $lock MODE;\n" if $lock && $i == $when;
	}
	return "${script}COMMIT;\n";
}

# Files with scripts, and what they are of; a table lock is rare
sub scripts_of
{
	my ($mode) = @_;
	my @files;

	foreach my $number (1 .. 40)
	{
		my $file = $node->basedir . "/$mode$number.sql";
		my $strong = $number == 1 ? 'SHARE ROW EXCLUSIVE' : $number == 2 ? 'SHARE UPDATE EXCLUSIVE' : '';

		append_to_file($file, $mode eq 'ordered' ? ordered($strong || 'ROW EXCLUSIVE') : random_order($strong));
		push @files, '-f', $file;
	}
	return @files;
}

# --- the migrations: script, and how it ends ---

my $wide = 0;
my @migrations = (
	[ fill => sub { 'ALTER TABLE a ADD x text; UPDATE a SET x = upper(s); CREATE INDEX ON a (x)' }, 'complete' ],
	[ drop => sub { 'ALTER TABLE a DROP x' }, 'complete' ],
	[ retype => sub { my $type = $wide++ % 2 ? 'int' : 'bigint'; "ALTER TABLE a ALTER id TYPE $type, ALTER n TYPE $type; ALTER TABLE b ALTER a TYPE $type" }, 'complete' ],
	[ copy => sub { 'CREATE TABLE c (id bigint PRIMARY KEY, s text, n int); INSERT INTO c SELECT id, s, n FROM a' }, 'complete', 'DROP TABLE c' ],
	[ rename => sub { 'ALTER TABLE a RENAME s TO title; ALTER TABLE b RENAME a TO a_id' }, 'rollback' ],
	[ change => sub { 'UPDATE a SET n = n + 1 WHERE n < 1000000; UPDATE b SET n = 0 WHERE n <> 0; DELETE FROM b WHERE id % 50 = 1' }, 'complete' ],
	[ constrain => sub { 'ALTER TABLE b ADD CONSTRAINT b_other FOREIGN KEY (other) REFERENCES a; ALTER TABLE a ADD CONSTRAINT a_n CHECK (n > -1); ALTER TABLE a ADD CONSTRAINT a_twin UNIQUE (twin); CREATE INDEX b_n ON b (n)' }, 'complete' ],
	[ free => sub { 'ALTER TABLE b DROP CONSTRAINT b_other; ALTER TABLE a DROP CONSTRAINT a_n; ALTER TABLE a DROP CONSTRAINT a_twin; DROP INDEX b_n' }, 'complete' ],
);

sub stopped_at
{
	my ($name) = @_;
	wait_sql($node, "NOT EXISTS (SELECT FROM gradual.ledger WHERE name = '$name' AND status IN ('queued', 'running', 'interrupted'))");
	return status_of($node, $name);
}

sub migrate
{
	my ($name, $script, $end, $after) = @_;
	my $status;

	sql($node, "SELECT gradual.define('$name', \$s\$$script\$s\$, batch_size => 40)");
	sql($node, "SELECT gradual.start('$name')");
	$status = stopped_at($name);
	if ($status eq 'ready')
	{
		sql($node, "SELECT gradual.$end('$name')");
		$status = stopped_at($name);
	}
	sql($node, $after) if $after;
	return if $status =~ /^(?:completed|rolled_back)$/;
	return "$name is $status: " . sql($node, "SELECT error FROM gradual.ledger WHERE name = '$name'");
}

# --- what came of it ---

# Deadlocks that the server reported to the application since a position of its
# log: those with nobody but the application in the circle, and the others
sub deadlocks
{
	my ($position) = @_;
	my (%application, %own, @ours);
	my ($waiter, $circle);

	open my $log, '<', $node->logfile or die $!;
	my @lines = <$log>;
	close $log;
	/^(\d+) .*connection authorized: .* application_name=pgbench/ and $application{$1} = 1 foreach @lines;
	my $at = 0;
	foreach my $line (@lines)
	{
		$at += length $line;
		next if $at < $position;
		if ($line =~ /^(\d+) .*ERROR:  deadlock detected/) { ($waiter, $circle) = ($1, ''); }
		elsif (defined $waiter && $line =~ /^$waiter .*DETAIL:  |^\t/) { $circle .= $line; }
		elsif (defined $waiter)
		{
			my @others = grep { !$application{$_} } $circle =~ /rocess (\d+)/g;
			if (@others) { push @ours, $circle; } else { $own{$waiter}++; push @{ $own{circles} }, $circle; }
			undef $waiter;
		}
	}
	return ($own{circles} || [], \@ours);
}

# Not those after which pgbench tries again
sub failures
{
	my ($output) = @_;
	return join '', map { "$_\n" } grep { /ERROR|aborted/ && !/deadlock detected/ } split /\n/, $output;
}

sub run_mode
{
	my ($mode) = @_;
	my $file = $node->basedir . "/$mode.out";
	my $position = -s $node->logfile;
	my $until = time + $seconds / 2;
	local $ENV{PGAPPNAME} = 'pgbench';
	my $writers = IPC::Run::start(
		[ 'pgbench', '-n', '-c', $clients{$mode}, '-T', 7200, '-P', 1, '--max-tries', 1000, '--random-seed', int(rand 2**31), scripts_of($mode), $node->connstr('postgres') ],
		'<', \undef, '>', $file, '2>&1');
	my ($count, @failed) = (0);

	# at least once each
	my @left = grep { $_->[0] =~ /$only/ } @migrations;
	while ((@left || time < $until) && !@failed)
	{
		@left = grep { $_->[0] =~ /$only/ } @migrations if !@left;
		my ($name, $script, $end, $after) = @{ shift @left };
		@failed = grep { defined } migrate($mode . '_' . $name . '_' . ++$count, $script->(), $end, $after);
	}
	$writers->kill_kill(grace => 0);
	my $output = slurp_file($file);
	my ($own, $ours) = deadlocks($position);
	my $attempts = sql($node, "SELECT coalesce(sum(greatest(attempts - 1, 0)), 0) FROM gradual.step WHERE name ~ '^$mode'");
	my $done = 0;
	$done += $1 while $output =~ /^progress: .*? ([0-9.]+) tps/mg;

	note "$mode: $count migrations, " . int($done) . ' transactions, ' . @$own . " deadlocks of their own; $attempts steps tried again";
	is("@failed", '', "$mode: each migration got through");
	is(failures($output), '', "$mode: no statement failed");
	is(join("\n", @$ours), '', "$mode: no deadlock with us");
	is(join("\n", @$own), '', "$mode: no deadlock at all") if $mode eq 'ordered';
	cmp_ok($done, '>', 100, "$mode: the application worked");
	return;
}

my $modes = $ENV{MODE} || "."; run_mode($_) foreach grep { /$modes/ } qw(ordered random);

$node->stop;
done_testing();
