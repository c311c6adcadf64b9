# Claim: a VACUUM against wraparound of transaction ids, which gives way to nobody, is
# waited for outside the lock queue and named; the migration goes on when it is done.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('wraparound', conf => <<'CONF');
autovacuum_naptime = 1s
vacuum_freeze_min_age = 0
vacuum_freeze_table_age = 0
CONF

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int) WITH (autovacuum_freeze_max_age = 100000);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
SELECT gradual.define('m', 'ALTER TABLE t VALIDATE CONSTRAINT positive');
SQL

# A cursor on its page is what the VACUUM waits for.
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN; DECLARE page CURSOR FOR SELECT * FROM t; FETCH page;');
sql($node, <<'SQL');
CREATE TEMPORARY TABLE burnt (n int);
DO $$
BEGIN
	FOR i IN 1 .. 110000 LOOP
		BEGIN
			INSERT INTO burnt VALUES (i);
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
	END LOOP;
END
$$;
SQL
my $vacuum = "FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM %public.t (to prevent wraparound)' AND wait_event = 'BufferPin'";
wait_sql($node, "count(*) = 1 $vacuum");
my $pid = sql($node, "SELECT pid $vacuum");

sql($node, "SELECT gradual.start('m')");
wait_activity($node, 'm', "for lock on public.t held by pid $pid \\(autovacuum worker, active");
pass('its holder is named');
is(sql($node, 'SELECT count(*) FROM pg_locks WHERE NOT granted'), 0, 'nobody waits in the queue');
is(sql($node, "SELECT count(*) $vacuum"), 1, 'the VACUUM goes on');
$reader->query_safe('COMMIT');
wait_status($node, 'm', 'completed');
pass('and the migration after it');

$reader->quit;
$node->stop;
done_testing();
