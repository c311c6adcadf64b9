# Claim: the ledger does not grow with the number of batches: each of them
# updates the one row of its cursor, in place.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('ledger_size');

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 20000) i;
SELECT gradual.define('t', 'UPDATE t SET n = n + 1', batch_size => 4), gradual.start('t');
SQL
wait_status($node, 't', 'completed');

cmp_ok(sql($node, "SELECT pg_relation_size('gradual.migration_cursor') / 8192"), '<=', 40,
	'5000 batches fill few pages');
is(sql($node, 'SELECT count(*) FROM gradual.migration_cursor'), 1, 'there is one cursor');
cmp_ok(sql($node, "SELECT pg_relation_size('gradual.migration_cursor_key') / 8192"), '<=', 10,
	'its index stays small');
cmp_ok(sql($node, "SELECT pg_relation_size('gradual.migration') / 8192"), '<=', 3,
	'the wide table is written at transitions only');
cmp_ok(sql($node, "SELECT count(*) FROM gradual.event"), '<', 10, 'and so is the log');

$node->stop;
done_testing();
