# A migration with steps in every phase, killed at test points of one's choice:
# it has to go on by itself and end as if nothing had happened.

package KillPoints;

use strict;
use warnings;

use Exporter 'import';
use GradualTest;
use Test::More;

our @EXPORT = qw(kill_everywhere kill_at_arrivals);

my $tables = 0;

sub define
{
	my ($node) = @_;
	my $t = 't' . ++$tables;

	sql($node, <<"SQL");
CREATE TABLE $t (id int PRIMARY KEY, email text, n int DEFAULT 0);
INSERT INTO $t SELECT i, 'u' || i || '\@example.org', i FROM generate_series(1, 500) i;
SELECT gradual.define('$t', \$\$
	ALTER TABLE $t ADD COLUMN name text;
	UPDATE $t SET name = split_part(email, '\@', 1);
	ALTER TABLE $t ALTER COLUMN name SET NOT NULL;
	UPDATE $t SET n = n + 1;
	CREATE INDEX ${t}_email ON $t (email);
	ALTER TABLE $t ALTER COLUMN email SET NOT NULL;
\$\$, batch_size => 100);
SQL
	return $t;
}

# Everything that the migration should have left, without the table's name
sub outcome
{
	my ($node, $t) = @_;
	my $all = sql($node, <<"SQL");
SELECT status, progress, processed, error FROM gradual.ledger WHERE name = '$t';
SELECT step, phase, status, processed FROM gradual.step WHERE name = '$t' ORDER BY step;
SELECT attname, atttypid::regtype, attnotnull FROM pg_attribute WHERE attrelid = '$t'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '$t'::regclass ORDER BY conname;
SELECT indexrelid::regclass, indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '$t'::regclass ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE tgrelid = '$t'::regclass;
SELECT count(*), sum(id), count(*) FILTER (WHERE name = 'u' || id), count(*) FILTER (WHERE n = id + 1) FROM $t;
SQL
	$all =~ s/\b${t}(_|\b)/T$1/g;
	return $all;
}

sub undisturbed
{
	my ($node, $settings) = @_;
	my $t = define($node);

	sql($node, 'SELECT gradual_test.reset()');
	sql($node, "$settings SELECT gradual.start('$t', auto_complete => true)");
	wait_status($node, $t, 'completed');
	my $outcome = outcome($node, $t);
	like($outcome, qr/^completed\|100\|1000\|\n/, 'the undisturbed migration is completed');
	like($outcome, qr/\n500\|125250\|500\|500$/, 'and has changed every row');
	return $outcome;
}

sub kill_one
{
	my ($node, $settings, $point, $nth, $expected) = @_;
	my $t = define($node);
	my $log = -s $node->logfile;

	sql($node, "SELECT gradual_test.kill_at('$point', $nth)");
	# the crash may come before the answer
	$node->psql('postgres', "$settings SELECT gradual.start('$t', auto_complete => true)");
	$node->wait_for_log(qr/was terminated by signal 9/, $log);
	$node->wait_for_log(qr/database system is ready to accept connections/, $log);
	wait_status($node, $t, 'completed');
	is(outcome($node, $t), $expected, "killed at $point, arrival $nth");
	return;
}

# At every arrival at each of the points, one migration each.  The updates run
# as one batch each, so that the number of arrivals is always the same.
sub kill_everywhere
{
	my ($node, @points) = @_;
	my $settings = 'SET gradual.direct_pages = 1000;';
	my $expected = undisturbed($node, $settings);
	my %arrivals = map { $_ => sql($node, "SELECT gradual_test.arrivals('$_')") } @points;

	foreach my $point (@points)
	{
		cmp_ok($arrivals{$point}, '>', 0, "$point is reached");
		kill_one($node, $settings, $point, $_, $expected) foreach 1 .. $arrivals{$point};
	}
	return;
}

# At the arrivals given, with the updates in batches
sub kill_at_arrivals
{
	my ($node, $points, @arrivals) = @_;
	my $expected = undisturbed($node, '');

	foreach my $point (@$points)
	{
		kill_one($node, '', $point, $_, $expected) foreach @arrivals;
	}
	return;
}

1;
