# Claim: what logical replication writes to a table under migration is kept right
# as what anybody writes: by the workers that apply changes, which are in replica
# role, and by the first copy, into plain and partitioned tables; nothing stops
# them until complete.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('subscriber', init => [ allows_streaming => 'logical' ]);
my $control = $node->background_psql('postgres');

# The publisher is another database of the same server.
my $tables = <<'SQL';
CREATE TABLE plain (id int PRIMARY KEY, email text, n int, wide text);
CREATE TABLE parted (id int PRIMARY KEY, email text, n int, wide text) %s;
SQL
sql($node, 'CREATE DATABASE publisher');
sql($node, sprintf($tables, ''), dbname => 'publisher');
sql($node, <<'SQL', dbname => 'publisher');
ALTER TABLE plain ALTER wide SET STORAGE EXTERNAL;
INSERT INTO plain SELECT i, 'user' || i || '@x', i, repeat('w', 5000) FROM generate_series(1, 20) i;
INSERT INTO parted SELECT i, 'user' || i || '@x', i, NULL FROM generate_series(1, 20) i;
ALTER TABLE parted REPLICA IDENTITY FULL;
CREATE PUBLICATION changes FOR TABLE plain, parted;
SELECT pg_create_logical_replication_slot('changes', 'pgoutput');
SQL
sql($node, sprintf($tables, 'PARTITION BY RANGE (id)'));
sql($node, <<'SQL');
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (wide text, gone int, n int, id int NOT NULL, email text);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (1000);
INSERT INTO plain SELECT i, 'own' || i || '@x', i, 'w' FROM generate_series(901, 910) i;
INSERT INTO parted TABLE plain;
SELECT gradual.define(t, format($$
	ALTER TABLE %1$I ADD COLUMN name text;
	UPDATE %1$I SET name = split_part(email, '@', 1);
	ALTER TABLE %1$I RENAME email TO mail;
	ALTER TABLE %1$I ALTER n TYPE numeric USING 100 / n;
$$, t), batch_size => 3) FROM unnest('{plain,parted}'::text[]) t;
SQL

sub caught_up
{
	my $end = sql($node, 'SELECT pg_current_wal_lsn()');

	wait_sql($node, "bool_and(srsubstate = 'r') FROM pg_subscription_rel");
	wait_sql($node, "confirmed_flush_lsn >= '$end' FROM pg_replication_slots WHERE slot_name = 'changes'");
	return;
}

# What the rows have to be, whatever came to them by which way
sub wrong
{
	return sql($node, <<'SQL');
SELECT coalesce(string_agg(t || id, ' ' ORDER BY t, id), '')
FROM (SELECT 'plain ' AS t, id, email, mail, name, wide FROM plain
      UNION ALL SELECT 'parted ', id, email, mail, name, 'w' FROM parted) r
WHERE mail IS DISTINCT FROM email OR name IS DISTINCT FROM split_part(email, '@', 1) OR wide IS NULL
SQL
}

my $change = <<'SQL';
UPDATE %1$s SET email = 'changed%2$d@x' WHERE id %% 4 = %2$d;
UPDATE %1$s SET n = n + 1 WHERE id %% 5 = %2$d;
UPDATE %1$s SET n = 0 WHERE id = 100 * %2$d;
INSERT INTO %1$s SELECT 100 * %2$d + i, 'new' || i || '@x', i, 'w' FROM generate_series(0, 5) i;
DELETE FROM %1$s WHERE id = 100 * %2$d + 1;
SQL

# The first copy comes while the batches stand still.
$control->query_safe("SELECT gradual_test.hold('before-batch')");
sql($node, "SELECT gradual.start(name) FROM gradual.ledger");
$control->query_safe("SELECT gradual_test.await('before-batch', 2)");
my $where = 'host=' . $node->host . ' port=' . $node->port . ' dbname=publisher';
sql($node, "CREATE SUBSCRIPTION changes CONNECTION '$where' PUBLICATION changes WITH (create_slot = false)");
caught_up();
sql($node, sprintf($change, $_, 1), dbname => 'publisher') for qw(plain parted);
caught_up();
$control->query_safe("SELECT gradual_test.release('before-batch')");
wait_status($node, $_, 'ready') for qw(plain parted);
is(wrong(), '', 'rows of the first copy and of changes beside the batches');

sql($node, sprintf($change, $_, 2), dbname => 'publisher') for qw(plain parted);
caught_up();
is(wrong(), '', 'changes at ready');
is( sql($node, 'SELECT sum(apply_error_count + sync_error_count) FROM pg_stat_subscription_stats'),
	'0', 'no change was refused');

# A value that does not convert keeps complete from swapping.
sql($node, "SELECT gradual.complete(name) FROM gradual.ledger");
wait_status($node, $_, 'ready') for qw(plain parted);
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = '$_'"), qr/do(?:es)? not convert/, "$_: a value does not convert")
  for qw(plain parted);
sql($node, "UPDATE $_ SET n = 7 WHERE n = 0", dbname => 'publisher') for qw(plain parted);
caught_up();
my $before = sql($node, "SELECT string_agg((id, mail, name, 100 / n)::text, ' ' ORDER BY id) FROM (SELECT id, mail, name, n FROM plain UNION ALL SELECT id + 1000, mail, name, n FROM parted) r");
sql($node, 'ALTER SUBSCRIPTION changes DISABLE');
sql($node, "SELECT gradual.complete(name) FROM gradual.ledger");
wait_status($node, $_, 'completed') for qw(plain parted);
is(sql($node, "SELECT string_agg((id, mail, name, n)::text, ' ' ORDER BY id) FROM (SELECT id, mail, name, n FROM plain UNION ALL SELECT id + 1000, mail, name, n FROM parted) r"),
	$before, 'completed with what was applied');

$control->quit;
sql($node, 'ALTER SUBSCRIPTION changes SET (slot_name = NONE); DROP SUBSCRIPTION changes');
$node->stop;
done_testing();
