# Claim: where the disk of a table, of an index, of the ledger or of the WAL is
# full, a migration fails with PostgreSQL's words, or waits where not even that
# can be written down; once there is space it goes on, and each row is changed and
# counted once.  It is no row's fault: none is quarantined.

use strict;
use warnings;

use GradualTest;
use SmallDisk table => 24, ledger => 24, wal => 64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('disk_full',
	init => [ extra => [ '--waldir', SmallDisk::disk('wal') . '/wal', '--wal-segsize=1' ] ],
	conf => "max_wal_size = 1GB\ncheckpoint_timeout = 1h\n");

sql($node, "CREATE TABLESPACE small_$_ LOCATION '" . SmallDisk::disk($_) . "'") foreach qw(table ledger);

sub make
{
	my ($name, $rows, $more) = @_;

	sql($node, <<"SQL");
CREATE TABLE $name (id int PRIMARY KEY, n int, filler text NOT NULL) $more;
ALTER TABLE $name ALTER filler SET STORAGE plain;
INSERT INTO $name SELECT i, 0, repeat('x', 500) FROM generate_series(1, $rows) i;
SQL
	return;
}

sub ledger
{
	my ($name, $columns) = @_;
	return sql($node, "SELECT $columns FROM gradual.ledger WHERE name = '$name'");
}

# The disk of the table
make('item', 4000, 'TABLESPACE small_table');
SmallDisk::fill_disk('table', 400);
sql($node, <<'SQL');
SELECT gradual.define('table', $$
	ALTER TABLE item ADD COLUMN copy text;
	UPDATE item SET copy = repeat(id::text, 200), n = n + 1;
$$, on_error => 'quarantine', batch_size => 100);
SELECT gradual.start('table', auto_complete => true);
SQL
wait_status($node, 'table', 'failed');
like(ledger('table', 'error'), qr/could not extend file .*: No space left on device \(SQLSTATE 53100\)\nHINT: Check free disk space/,
	'the disk of the table is full: it fails and says so');
is(sql($node, 'SELECT count(*) FROM gradual.quarantined'), 0, 'no row is made responsible');
is(ledger('table', 'processed'), sql($node, 'SELECT count(*) FROM item WHERE n = 1'), 'what was done is kept and counted');
SmallDisk::free_disk('table');
sql($node, "SELECT gradual.start('table')");
wait_status($node, 'table', 'completed');
is(sql($node, "SELECT count(*) FROM item WHERE n = 1 AND copy = repeat(id::text, 200)"), 4000, 'started again it changes the rest');
is(ledger('table', 'processed'), 4000, 'and counts each row once');

# The disk of an index that is built
SmallDisk::fill_disk('table', 40);
sql($node, <<'SQL');
SELECT gradual.define('index', 'CREATE INDEX item_filler ON item (filler, id) TABLESPACE small_table'),
       gradual.start('index');
SQL
wait_status($node, 'index', 'failed');
like(ledger('index', 'error'), qr/No space left on device \(SQLSTATE 53100\)/, 'the disk of an index is full: it fails and says so');
SmallDisk::free_disk('table');
sql($node, "SELECT gradual.start('index')");
wait_status($node, 'index', 'completed');
is(sql($node, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'item_filler'::regclass"), 't', 'started again it builds the index');
is(sql($node, "SELECT count(*) FROM pg_index WHERE indrelid = 'item'::regclass"), 2, 'and that alone');

# The disk of the ledger, with an old snapshot that keeps all versions of its rows
make('counter', 3000, '');
sql($node, "ALTER TABLE gradual.$_ SET TABLESPACE small_ledger") foreach qw(migration migration_step migration_cursor migration_event);
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
sql($node, "SELECT gradual.define('ledger', 'UPDATE counter SET n = n + 1', batch_size => 1)");
SmallDisk::fill_disk('ledger', 16);
sql($node, "SELECT gradual.start('ledger')");
wait_status($node, 'ledger', 'failed');
like(ledger('ledger', 'error'), qr/could not extend file .*: No space left on device \(SQLSTATE 53100\)\nHINT: Check free disk space/,
	'the disk of the ledger is full: it fails and says so');
is(ledger('ledger', 'processed'), sql($node, 'SELECT count(*) FROM counter WHERE n = 1'), 'what was done is kept and counted');

# .. up to its last byte, so that the failure cannot be noted either
SmallDisk::free_disk('ledger');
my $control = $node->background_psql('postgres');
$control->query_safe("SELECT gradual_test.hold('before-batch-commit')");
sql($node, "SELECT gradual.start('ledger')");
$control->query_safe("SELECT gradual_test.await('before-batch-commit')");
SmallDisk::fill_disk('ledger', 0);
foreach my $write ('UPDATE gradual.migration SET nice = nice', 'UPDATE gradual.migration_cursor SET rate = rate',
	'UPDATE gradual.migration_step SET attempts = attempts', "INSERT INTO gradual.migration_event (name, owner, by_role, event) VALUES ('', 'postgres', 'postgres', '')")
{
	1 while sqlstate_of($node, $write) eq '00000';
}
my $log = -s $node->logfile;
$control->query_safe("SELECT gradual_test.release('before-batch-commit')");
$node->wait_for_log(qr/LOG:  migration \d+ failed, which cannot be recorded: /, $log);
$node->wait_for_log(qr/LOG:  no worker can take migration \d+ over: .*No space left on device/, $log);
wait_status($node, 'ledger', 'interrupted');
pass('without a byte for the ledger no worker can be at work');
SmallDisk::free_disk('ledger');
$reader->quit;
wait_status($node, 'ledger', 'completed');
is(sql($node, 'SELECT count(*) FROM counter WHERE n = 1'), 3000, 'it goes on by itself, and each row was changed once');
is(ledger('ledger', 'processed'), 3000, 'and counted once');

# The disk of the WAL: PostgreSQL gives up, and does not come back before there is
# space.  Its worker does with it.
$control->quit;
make('wal', 4000, '');
sql($node, "SELECT gradual.define('wal', 'UPDATE wal SET n = n + 1', batch_size => 20)");
# no checkpoint shall make room meanwhile
SmallDisk::fill_disk('wal', 200);
$log = -s $node->logfile;
$node->psql('postgres', "SET gradual.nice = 1; SELECT gradual.start('wal')");
$node->wait_for_log(qr/PANIC: .*No space left on device/, $log);
$node->stop('immediate', fail_ok => 1);
SmallDisk::free_disk('wal');
start_again($node);
wait_sql($node, "status IN ('completed', 'failed') FROM gradual.ledger WHERE name = 'wal'");
is(ledger('wal', 'status || coalesce(error, \'\')'), 'completed', 'the disk of the WAL was full: with the server the migration comes back');
is(sql($node, 'SELECT count(*) FROM wal WHERE n = 1'), 4000, 'each row was changed once');
is(ledger('wal', 'processed'), 4000, 'and counted once');

$node->stop;
done_testing();
