# Claim: whatever moment a worker is killed at while it copies a table, alone or
# as one of three, and whatever the application writes to that meanwhile, the copy
# has at the end each row once, as the source has it; no write of the application
# fails.
#
#   KILLS=100 ROWS=1000000 SEED=42     the long run

use strict;
use warnings;

use GradualTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use RandomKills;
use Test::More;

my $kills = $ENV{KILLS} || 8;
my $rows = $ENV{ROWS} || 100_000;
my $seed = $ENV{SEED} || time;

srand $seed;
my $workers = int(rand 2) ? 3 : 1;
note "SEED=$seed KILLS=$kills ROWS=$rows, $workers workers";

my $node = gradual_node('copies', conf => "gradual.nice = 10\nlog_min_messages = log\n");

sql($node, <<"SQL");
CREATE SEQUENCE source_key START @{[ $rows + 1 ]};
CREATE TABLE source (id bigint PRIMARY KEY DEFAULT nextval('source_key'), a text, b int);
INSERT INTO source SELECT i, 'row ' || i, i % 10 FROM generate_series(1, $rows) i;
VACUUM ANALYZE;
SQL

# The application

my %scripts = (
	update => "UPDATE source SET a = 'u' || :x WHERE id = :id;",
	touch => "UPDATE source SET b = b + 1 WHERE id = :id;",
	hide => "UPDATE source SET b = -1 WHERE id = :id;",
	show => "UPDATE source SET b = 1 WHERE id = :id AND b < 0;",
	insert => "INSERT INTO source (a, b) VALUES ('i' || :x, :x % 10);",
	refill => "INSERT INTO source VALUES (:id, 'r' || :x, :x % 10) ON CONFLICT (id) DO UPDATE SET a = excluded.a;",
	delete => "DELETE FROM source WHERE id = :id;",
	move => "UPDATE source s SET id = nextval('source_key') WHERE id = :id;",
	back => "UPDATE source s SET id = :id WHERE id = :id + 1 AND NOT EXISTS (SELECT FROM source WHERE id = :id);",
	several => "BEGIN; UPDATE source SET a = 's' || :x WHERE id BETWEEN :id AND :id + 5; DELETE FROM source WHERE id = :id + 2; UPDATE source SET b = 3 WHERE id = :id + 4; COMMIT;",
	undone => "BEGIN; UPDATE source SET a = 'never' WHERE id BETWEEN :id AND :id + 5; DELETE FROM source WHERE id = :id + 7; ROLLBACK;");
my @files;
foreach my $name (sort keys %scripts)
{
	my $file = $node->basedir . "/$name.sql";

	append_to_file($file, "\\set id random(1, @{[ $rows + 500 ]})\n\\set x random(1, 2000000000)\n$scripts{$name}\n");
	push @files, '-f', $file;
}
my ($running, $output) = (undef, '');
my $failures = '';

# A deadlock among the writers, a key that two of them want: not of our making
sub start_writers
{
	$output = '';
	$running = IPC::Run::start(
		[ 'pgbench', '-n', '-c', 4, '-R', 300, '-T', 3600, '--max-tries', 10,
			'--random-seed', int(rand 2**31), @files, $node->connstr('postgres') ],
		'<', \undef, '>&', \$output);
	return;
}

sub stop_writers
{
	$running->kill_kill(grace => 0) if defined $running;
	$running = undef;
	$failures .= join '', map { "$_\n" }
	  grep { /ERROR/ && !/terminat|recovery|shutting|duplicate key value violates unique constraint "source_pkey"/ } split /\n/, $output;
	return;
}

sql($node, "SELECT gradual.define('copy', 'CREATE TABLE target (serial bigserial, key bigint PRIMARY KEY, a text, c int); INSERT INTO target (key, a, c) SELECT id, upper(a), b * 2 FROM source WHERE b >= 0', batch_size => 200, workers => $workers)");
start_writers();
sql($node, "SELECT gradual.start('copy')");
wait_sql($node, "EXISTS (SELECT FROM gradual.step WHERE action = 'copy rows' AND processed > 0)");

kill_at_random(
	node => $node,
	kills => $kills,
	counter => 'scanned',
	points => [qw(before-claim copy-rows-chosen backfill-rows-found before-batch-commit after-commit)],
	signals => 1.5,
	parts => sub { $_[0] + 1 },
	restart => sub { stop_writers(); start_writers(); });
is(status_of($node, 'copy'), 'ready', 'the copy is ready');
stop_writers();
wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgbench')");
is($failures, '', 'no write of the application failed because of us');

# The oracle

is(sql($node, "SELECT count(*) FROM gradual.migration_refused"), 0, 'no change was refused');
is(sql($node, "SELECT count(*) FROM (SELECT id, upper(a) AS a, b * 2 AS c FROM source WHERE b >= 0) s"
		. " FULL JOIN target t ON t.key = s.id WHERE s.id IS NULL OR t.key IS NULL OR s.a IS DISTINCT FROM t.a OR s.c IS DISTINCT FROM t.c"),
	0, 'the copy has each row, as it is');
note sql($node, "SELECT format('%s rows, %s of them not copied, %s touched by the application', count(*), count(*) FILTER (WHERE b < 0), count(*) FILTER (WHERE a !~ '^row')) FROM source");

sql($node, "SELECT gradual.complete('copy')");
wait_status($node, 'copy', 'completed');
is(sql($node, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%gradual%'"), 0, 'nothing of ours is left');

$node->stop;
done_testing();
