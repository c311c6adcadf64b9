# Claim: whatever moment a worker is killed at, one of several that share a
# backfill or the only one, and whatever the application writes meanwhile, at the
# end every row is exactly right, and each row that a backfill changed was changed
# once and counted once.
#
# Two migrations run side by side.  "names" fills a column that it adds, in
# physical order, with a sync trigger; each write of the application also writes
# in column "expect" what has to be in the new column afterwards.  "counters"
# adds one to every row, by key, once; the application adds tens only, so the
# last digit tells how often the migration was there.
#
# "names" has three workers, "counters" one or three.
#
#   KILLS=200 ROWS=1000000 SEED=42 WORKERS=3     the long run

use strict;
use warnings;

use GradualTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use RandomKills;
use Test::More;

my $kills = $ENV{KILLS} || 12;
my $rows = $ENV{ROWS} || 100_000;
my $seed = $ENV{SEED} || time;
my $workers = $ENV{WORKERS} || 3;

srand $seed;
my $counting = int(rand 2) ? $workers : 1;
note "SEED=$seed KILLS=$kills ROWS=$rows WORKERS=$workers, of the counters $counting";

my $node = gradual_node('kills', conf => "gradual.max_workers = " . 2 * $workers . "\ngradual.nice = 10\nlog_min_messages = log\n");

sql($node, <<"SQL");
CREATE TABLE tally (writer int PRIMARY KEY, inserted int DEFAULT 0, deleted int DEFAULT 0, done int DEFAULT 0);
INSERT INTO tally SELECT i FROM generate_series(0, 99) i;

CREATE SEQUENCE account_key START @{[ $rows + 1 ]};
CREATE TABLE account (id bigint PRIMARY KEY DEFAULT nextval('account_key'), email text, expect text, touched int DEFAULT 0);
INSERT INTO account (id, email, expect) SELECT i, 'u' || i || '\@example.org', 'u' || i FROM generate_series(1, $rows) i;

-- what the worker changed; the application says that it is the application
CREATE TABLE audit (id bigint);

CREATE SEQUENCE counter_key START @{[ $rows + 1 ]};
CREATE TABLE counter (id bigint PRIMARY KEY, n int DEFAULT 0, v int, born text DEFAULT 'new');
INSERT INTO counter SELECT i, 0, 0, 'start' FROM generate_series(1, $rows) i;

CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit SELECT id FROM new_rows; RETURN NULL; END';
CREATE TRIGGER audit AFTER UPDATE ON account REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
	WHEN (current_setting('application_name') <> 'writer') EXECUTE FUNCTION audit();
VACUUM ANALYZE;
SQL

# The application.  No two of its values are equal: an UPDATE that leaves the old
# column as it was would leave the new one, too.

my $email = "'w' || :writer || '_' || :x || '\@example.org'";
my %old_shape = (
	email => "UPDATE account SET email = $email, expect = 'w' || :writer || '_' || :x WHERE id = :id;",
	touch => "UPDATE account SET touched = touched + 1 WHERE id = :id;",
	insert => "WITH i AS (INSERT INTO account (email, expect) VALUES ($email, 'w' || :writer || '_' || :x) RETURNING 1)
		UPDATE tally SET inserted = inserted + 1 WHERE writer = :writer;",
	delete => "WITH d AS (DELETE FROM account WHERE id = :id RETURNING 1)
		UPDATE tally SET deleted = deleted + (SELECT count(*) FROM d) WHERE writer = :writer;",
	upsert => "WITH u AS (INSERT INTO account (id, email, expect) VALUES (:id, $email, 'w' || :writer || '_' || :x)
			ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email, expect = EXCLUDED.expect RETURNING xmax = 0 AS fresh)
		UPDATE tally SET inserted = inserted + (SELECT count(*) FROM u WHERE fresh) WHERE writer = :writer;",
	count_v => "UPDATE counter SET v = v + 1 WHERE id = :id;",
	count_n => "UPDATE counter SET n = n + 10 WHERE id = :id;",
	count_insert => "INSERT INTO counter (id, v) VALUES (nextval('counter_key'), 1);",
	count_upsert => "INSERT INTO counter (id, v) SELECT id, 1 FROM counter WHERE id = :id ON CONFLICT (id) DO UPDATE SET v = counter.v + 1, n = counter.n + 10;",
	count_delete => "WITH d AS (DELETE FROM counter WHERE id = :id RETURNING n)
		UPDATE tally SET done = done + (SELECT coalesce(sum(n % 10), 0) FROM d) WHERE writer = :writer;");
my %new_shape = (
	value => "UPDATE account SET display_name = 'a' || :writer || '_' || :x, expect = 'a' || :writer || '_' || :x WHERE id = :id;",
	null => "UPDATE account SET display_name = NULL, expect = NULL WHERE id = :id;",
	both => "UPDATE account SET email = $email, display_name = 'b' || :writer || '_' || :x, expect = 'b' || :writer || '_' || :x WHERE id = :id;",
	insert_value => "WITH i AS (INSERT INTO account (email, display_name, expect) VALUES ($email, 'c' || :writer || '_' || :x, 'c' || :writer || '_' || :x) RETURNING 1)
		UPDATE tally SET inserted = inserted + 1 WHERE writer = :writer;",
	upsert_value => "WITH u AS (INSERT INTO account (id, email, display_name, expect) VALUES (:id, $email, 'd' || :writer || '_' || :x, 'd' || :writer || '_' || :x)
			ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, expect = EXCLUDED.expect RETURNING xmax = 0 AS fresh)
		UPDATE tally SET inserted = inserted + (SELECT count(*) FROM u WHERE fresh) WHERE writer = :writer;");

# Runs the scripts over and over until the server goes away, or for ever
sub writers
{
	my ($first, %scripts) = @_;
	my @files;

	foreach my $name (sort keys %scripts)
	{
		my $file = $node->basedir . "/$name.sql";
		append_to_file($file, "\\set id random(1, @{[ $rows + 1000 ]})\n\\set x random(1, 2000000000)\n"
			. "\\set writer $first + :client_id\n$scripts{$name}\n") unless -e $file;
		push @files, '-f', $file;
	}
	return sub {
		my $output = '';
		local $ENV{PGAPPNAME} = 'writer';

		return IPC::Run::start(
			[ 'pgbench', '-n', '-c', 2, '-R', 150, '-T', 3600,
				'--random-seed', int(rand 2**31), @files, $node->connstr('postgres') ],
			'<', \undef, '>&', \$output);
	};
}

my @start = (writers(0, %old_shape), writers(10, %new_shape));
my @running;

sub start_writers { @running = map { $_->() } @start; return; }
sub stop_writers { $_->kill_kill(grace => 0) foreach @running; @running = (); return; }

sql($node, "SELECT gradual.define('names', 'ALTER TABLE account ADD COLUMN display_name text; UPDATE account SET display_name = split_part(email, ''\@'', 1)', batch_size => 300, workers => $workers)");
sql($node, "SELECT gradual.define('counters', 'UPDATE counter SET n = n + 1', batch_size => 300, workers => $counting)");
sql($node, "SELECT gradual.start('names'), gradual.start('counters')");
wait_sql($node, "EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'account'::regclass AND attname = 'display_name')");
start_writers();

kill_at_random(
	node => $node,
	kills => $kills,
	counter => 'processed',
	points => [qw(before-claim after-claim backfill-rows-found before-batch-commit after-commit)],
	signals => 2,
	parts => sub { 2 * $_[0] + 2 },
	restart => sub { stop_writers(); start_writers(); });
is(status_of($node, 'names'), 'ready', 'the fill is ready');
is(status_of($node, 'counters'), 'completed', 'the count is completed');
stop_writers();
wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'writer')");

# The oracle

is(sql($node, "SELECT count(*) FROM account WHERE display_name IS DISTINCT FROM expect"),
	0, 'every row has what it should have');
is(sql($node, "SELECT $rows + sum(inserted) - sum(deleted) = (SELECT count(*) FROM account) FROM tally"),
	't', 'no row is lost, none is there twice');
is(sql($node, "SELECT count(*) - count(DISTINCT id) FROM audit"),
	0, 'no row was filled twice');
is(sql($node, "SELECT processed - (SELECT count(*) FROM audit) FROM gradual.ledger WHERE name = 'names'"),
	0, 'each row that was filled is counted');
is(sql($node, "SELECT count(*) FROM counter WHERE born = 'start' AND n % 10 <> 1"),
	0, 'every row was counted exactly once');
is(sql($node, "SELECT count(*) FROM counter WHERE n % 10 > 1"),
	0, 'none that came later was counted more than once');
is(sql($node, "SELECT processed - (SELECT count(*) FROM counter WHERE n % 10 = 1) - (SELECT sum(done) FROM tally)"
		. " FROM gradual.ledger WHERE name = 'counters'"),
	0, 'processed is the number of these rows');
note sql($node, "SELECT format('%s: %s processed, %s scanned', name, processed, scanned) FROM gradual.ledger");
note sql($node, "SELECT format('%s rows touched by the application', count(*)) FROM account WHERE email LIKE 'w%' OR touched > 0 OR display_name ~ '^[a-d]' OR display_name IS NULL");

sql($node, "SELECT gradual.complete('names')");
wait_status($node, 'names', 'completed');
is(sql($node, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%gradual%'"), 0, 'nothing of ours is left');

$node->stop;
done_testing();
