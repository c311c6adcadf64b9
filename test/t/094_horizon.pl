# Claim: a backfill that has waited for a session which held old row versions
# goes on at once when that session is over, also where nobody else writes.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('horizon');

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t SELECT i, 'u' || i || '@example.org' FROM generate_series(1, 5000) i;
SELECT gradual.define('t', $$
	ALTER TABLE t ADD COLUMN name text;
	UPDATE t SET name = split_part(email, '@', 1);
$$);
SQL

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
sql($node, "SELECT gradual.start('t')");
wait_activity($node, 't', 'waiting for old row versions, held back by pid [0-9]+');
pass('it waits and says for whom');
$holder->query_safe('COMMIT');
wait_status($node, 't', 'ready');
is(sql($node, "SELECT count(*) FROM gradual.event WHERE detail ~ 'going on without'"), 0,
	'its patience was not at its end');
is(sql($node, "SELECT count(*) FROM t WHERE name = 'u' || id"), 5000, 'every row is right');

$holder->quit;
$node->stop;
done_testing();
