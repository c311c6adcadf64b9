# Claim: where a dump is restored in a single transaction, which is then that of all
# indexes and partitions, a rollback still knows which indexes the partitions had of
# their own.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('dumped');
my $indexes = "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'part'::regclass ORDER BY indexrelid::regclass::text";

sql($node, <<'SQL');
CREATE TABLE whole (id int, day int, n int) PARTITION BY LIST (day);
CREATE TABLE part PARTITION OF whole DEFAULT;
INSERT INTO whole SELECT i, 1, i FROM generate_series(1, 20) i;
CREATE INDEX part_n ON part (n);
ALTER TABLE part ADD UNIQUE (id, day);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
SELECT gradual.define('m', $$
	CREATE INDEX whole_n ON whole (n);
	ALTER TABLE whole ADD UNIQUE (id, day);
	ALTER TABLE bad ALTER n SET NOT NULL;
$$);
SELECT gradual.start('m');
SQL
wait_status($node, 'm', 'ready');

my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dump');
sql($node, 'CREATE DATABASE restored TEMPLATE template0');
system_or_bail('psql', '-X1q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $dump, $node->connstr('restored'));
my %opt = (dbname => 'restored');

sql($node, "SELECT gradual.rollback('m')", %opt);
wait_status($node, 'm', 'rolled_back', %opt);
is(sql($node, $indexes, %opt), "part_id_day_key\npart_n", 'as before the migration');

done_testing();
