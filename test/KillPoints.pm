# A migration with steps in every phase, killed at test points of one's choice:
# it has to go on by itself and end as if nothing had happened.

package KillPoints;

use strict;
use warnings;

use Exporter 'import';
use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(kill_everywhere kill_at_arrivals);
our @EXPORT_OK = qw(outcome);

my $tables = 0;

sub define
{
	my ($node, $direct) = @_;
	my $t = 't' . ++$tables;
	my $where = $direct ? 'WHERE name IS NULL' : '';

	sql($node, <<"SQL");
CREATE TABLE $t (id int PRIMARY KEY, email text, n int DEFAULT 0);
INSERT INTO $t SELECT i, 'u' || i || '\@example.org', i FROM generate_series(1, 500) i;
SELECT gradual.define('$t', \$\$
	ALTER TABLE $t ADD COLUMN name text;
	UPDATE $t SET name = split_part(email, '\@', 1) $where;
	ALTER TABLE $t ALTER COLUMN name SET NOT NULL;
	UPDATE $t SET n = n + 1;
	CREATE INDEX ${t}_email ON $t (email);
	ALTER TABLE $t ALTER COLUMN email SET NOT NULL;
\$\$, batch_size => 100);
SQL
	return $t;
}

sub start_of
{
	my ($t, $direct) = @_;
	my $pages = $direct ? 1000 : 0;

	return "SET gradual.direct_pages = $pages; SELECT gradual.start('$t', auto_complete => true)";
}

# Everything that the migration should have left, without the table's name; with
# the number of rows for which more conditions hold
sub outcome
{
	my ($node, $t, @more) = @_;
	my $counts = join '', map { ", count(*) FILTER (WHERE $_)" } @more;
	my $all = sql($node, <<"SQL");
SELECT status, progress, processed, error FROM gradual.ledger WHERE name = '$t';
SELECT step, phase, status, processed FROM gradual.step WHERE name = '$t' ORDER BY step;
SELECT attname, atttypid::regtype, attnotnull FROM pg_attribute WHERE attrelid = '$t'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '$t'::regclass ORDER BY conname;
SELECT indexrelid::regclass, indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '$t'::regclass ORDER BY 1;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = '$t'::regclass;
SELECT count(*), sum(id), count(*) FILTER (WHERE name = 'u' || id), count(*) FILTER (WHERE n = id + 1)$counts FROM $t;
SQL
	$all =~ s/\b${t}(_|\b)/T$1/g;
	return $all;
}

sub undisturbed
{
	my ($node, $direct) = @_;
	my $t = define($node, $direct);

	sql($node, 'SELECT gradual_test.reset()');
	sql($node, start_of($t, $direct));
	wait_status($node, $t, 'completed');
	my $outcome = outcome($node, $t);
	like($outcome, qr/^completed\|100\|1000\|\n/, 'the undisturbed migration is completed');
	like($outcome, qr/\n500\|125250\|500\|500$/, 'and has changed every row');
	return $outcome;
}

sub kill_one
{
	my ($node, $direct, $point, $nth, $expected) = @_;
	my $t = define($node, $direct);
	my $log = -s $node->logfile;

	sql($node, "SELECT gradual_test.kill_at('$point', $nth)");
	# the crash may come before the answer
	$node->psql('postgres', start_of($t, $direct));
	$node->poll_query_until('postgres', "SELECT status = 'completed' FROM gradual.ledger WHERE name = '$t'")
	  or die "migration $t was not completed";
	if (slurp_file($node->logfile, $log) !~ /was terminated by signal 9/)
	{
		sql($node, "SELECT gradual_test.kill_at('$point', 0)");
		note "$point was reached less than $nth times";
		return;
	}
	is(outcome($node, $t), $expected, "killed at $point, arrival $nth");
	return;
}

# At the arrivals at each of the points, one migration each.  The updates run as
# one batch each, so that there are few arrivals; if something is waited for there
# are more, and from the twentieth on not each of them is taken.
sub kill_everywhere
{
	my ($node, @points) = @_;
	my $expected = undisturbed($node, 1);
	my %arrivals = map { $_ => sql($node, "SELECT gradual_test.arrivals('$_')") } @points;

	foreach my $point (@points)
	{
		cmp_ok($arrivals{$point}, '>', 0, "$point is reached");
		for (my $nth = 1; $nth <= $arrivals{$point}; $nth += 1 + int($nth / 20))
		{
			kill_one($node, 1, $point, $nth, $expected);
		}
	}
	return;
}

# At the arrivals given, with the updates in batches
sub kill_at_arrivals
{
	my ($node, $points, @arrivals) = @_;
	my $expected = undisturbed($node, 0);

	foreach my $point (@$points)
	{
		kill_one($node, 0, $point, $_, $expected) foreach @arrivals;
	}
	return;
}

1;
