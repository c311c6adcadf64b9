# Claim: where a dump is restored and a table gets the very OID and relfilenode
# that it had where it was dumped, its rows still are where they are, not where
# the ledger says: none is passed over, none is changed twice.  A fill, a change
# that its WHERE proves, and a table of which a part of the pages is done.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('dumped');
my $other = gradual_node('restored', bare => 1);

# In the order of a dump
sql($node, <<'SQL');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO public.touched VALUES (NEW.id); RETURN NEW; END';
CREATE TABLE changed (id int, state text, pad text);
CREATE TABLE filled (id int, email text, pad text);
CREATE TABLE touched (id int);
INSERT INTO changed SELECT i, NULL, repeat('x', 100) FROM generate_series(1, 3000) i;
INSERT INTO filled SELECT i, 'u' || i, repeat('x', 100) FROM generate_series(1, 3000) i;
CREATE TRIGGER touch AFTER UPDATE ON changed FOR EACH ROW EXECUTE FUNCTION touch();
SELECT gradual.define('fill', $$
	ALTER TABLE filled ADD COLUMN name text;
	UPDATE filled SET name = upper(email);
$$, batch_size => 50);
SELECT gradual.define('change', $$UPDATE changed SET state = 'new' WHERE state IS NULL$$, batch_size => 50);
SET gradual.nice = 100;
SELECT gradual.start('fill'), gradual.start('change');
SQL
wait_sql($node, "processed > 500 FROM gradual.ledger WHERE name = '$_'") foreach qw(fill change);
sql($node, "SELECT gradual.pause('fill'), gradual.pause('change')");
wait_sql($node, "worker = '{}' FROM gradual.ledger WHERE name = '$_'") foreach qw(fill change);
# so that what lies before the cursor is not what lies there after the restore
sql($node, "DELETE FROM filled WHERE name IS NOT NULL AND id % 2 = 0; DELETE FROM changed WHERE state IS NOT NULL AND id % 2 = 0");

my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dump');

# Restores it with a counter of OIDs that makes the tables come out with theirs: how
# many a restore takes before them is the same each time, but for some that are in
# use elsewhere.
my $oids = q{SELECT string_agg(oid || ' in ' || relfilenode, ', ' ORDER BY oid) FROM pg_class WHERE relname IN ('changed', 'filled')};
my $wanted = sql($node, $oids);
my $counter = 30000;
my $tries = 0;
my %opt;
do
{
	%opt = (dbname => 'try' . ++$tries);
	sql($other, "CREATE DATABASE $opt{dbname} TEMPLATE template0");
	$other->stop;
	system_or_bail('pg_resetwal', '-o', $counter, $other->data_dir);
	$other->start;
	system_or_bail('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $dump, $other->connstr($opt{dbname}));
	$counter += (split ' ', $wanted)[0] - (split ' ', sql($other, $oids, %opt))[0];
} while (sql($other, $oids, %opt) ne $wanted && $tries < 5);
is(sql($other, $oids, %opt), $wanted, 'restored with the same OIDs and file numbers');

my $left = sql($other, 'SELECT count(*) FROM changed WHERE state IS NULL', %opt);
cmp_ok($left, '>', 0, 'not all was done');
sql($other, 'TRUNCATE touched', %opt);
sql($other, "SELECT gradual.resume('fill'), gradual.resume('change')", %opt);
sql($other, "SELECT gradual.alter('fill', nice => 0), gradual.alter('change', nice => 0)", %opt);
wait_status($other, 'fill', 'ready', %opt);
wait_status($other, 'change', 'completed', %opt);
is(sql($other, 'SELECT count(*) FROM filled WHERE name IS DISTINCT FROM upper(email)', %opt), 0, 'each row is filled');
is(sql($other, "SELECT count(*) FROM changed WHERE state IS DISTINCT FROM 'new'", %opt), 0, 'each row is changed');
is(sql($other, 'SELECT count(*), count(DISTINCT id) FROM touched', %opt), "$left|$left", 'and those that were left, once');

$_->stop foreach $node, $other;
done_testing();
