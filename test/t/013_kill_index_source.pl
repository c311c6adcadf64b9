# Claim: a worker that is killed while an index finds the rows of a backfill, at
# the list or at a batch, before or after the commit, does each row once.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('kill_index_source');

sql($node, <<'SQL');
CREATE TABLE done_to (name text, id int);
CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO done_to VALUES (TG_TABLE_NAME, OLD.id); RETURN NULL; END';
SQL

my $tables = 0;

sub kill_one
{
	my ($point, $nth, $statement) = @_;
	my $t = 't' . ++$tables;
	my $log = -s $node->logfile;

	$statement =~ s/\bt\b/$t/;
	sql($node, <<"SQL");
CREATE TABLE $t (id int PRIMARY KEY, state text, pad text);
INSERT INTO $t SELECT n, CASE WHEN n % 100 = 0 THEN 'new' ELSE 'done' END, repeat('x', 100)
FROM generate_series(1, 10000) n;
CREATE INDEX ON $t (state);
CREATE TRIGGER note_row AFTER UPDATE OR DELETE ON $t FOR EACH ROW EXECUTE FUNCTION note_row();
SQL
	sql($node, "VACUUM ANALYZE $t");
	sql($node, <<"SQL");
SELECT gradual.define('$t', \$\$$statement\$\$, batch_size => 20);
SELECT gradual_test.kill_at('$point', $nth);
SQL
	# the crash may come before the answer
	$node->psql('postgres', "SELECT gradual.start('$t')");
	wait_status($node, $t, 'completed');
	like(slurp_file($node->logfile, $log), qr/was terminated by signal 9/, "killed at $point, arrival $nth");
	is(sql($node, "SELECT count(*), count(DISTINCT id), sum(id) FROM done_to WHERE name = '$t'"),
		'100|100|505000', 'each row is changed once');
	is(sql($node, "SELECT processed, scanned FROM gradual.step WHERE name = '$t'"),
		'100|100', 'and counted once');
	is(sql($node, "SELECT count(*) FROM $t WHERE state = 'new'"), 0, 'none is left');
	return;
}

foreach my $nth (1, 2, 4)
{
	foreach my $point (qw(before-batch before-batch-commit after-commit))
	{
		kill_one($point, $nth, $nth == 2 ? "DELETE FROM t WHERE state = 'new'" :
			"UPDATE t SET state = 'open' WHERE state = 'new'");
	}
}
$node->stop;
done_testing();
