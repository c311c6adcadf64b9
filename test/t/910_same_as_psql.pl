# Claim: a script that runs as a migration leaves the same schema and the same
# rows as psql -1 does; one that psql rejects is rejected, too, and undone; one
# that cannot run is refused by define with 0A000; and a rollback leaves what
# was there before.
#
# Random scripts (test/RandomScript.pm) run in two copies of a database, each
# script in a schema of its own.  Script n is made from the seed SEED + n, so
# that CASES=1 repeats a single one.
#
#   SEED=42 CASES=5000       the long run
#   SHOW=1                   print the scripts

use strict;
use warnings;

use GradualTest;
use List::Util qw(max min);
use PostgreSQL::Test::Utils;
use RandomScript;
use SameAsPsql;
use Test::More;

my $cases = $ENV{CASES} || 40;
# the same scripts each time: what is red is red for everybody
my $seed = $ENV{SEED} || 1;
my %count;

note "SEED=$seed CASES=$cases";

my $node = gradual_node('oracle', conf => "log_statement = none\nlog_min_messages = fatal\nlog_lock_waits = off\n");
sql($node, 'CREATE ROLE oracle_owner; CREATE ROLE oracle_reader');

# Short forms for the one server
sub file_of { return psql_file($node, @_); }
sub psql { return run_psql($node, @_); }

# --- what there is, as text ---

# Without what the plan says that a rollback leaves
sub without_lasting
{
	my ($dump) = @_;
	$dump =~ s/^GRANT .*? TO oracle_reader.*\n?//gm;
	$dump =~ s/^    'value\d+',?\n//gm;
	$dump =~ s/^    ('\w+'),$/    $1/gm;
	$dump =~ s/\n\n+/\n/g;
	$dump =~ s/\s+\z//;
	return $dump;
}

# --- one script ---

sub complain
{
	my ($case, $what) = @_;
	my $short = join "\n", grep { !/^(?:LOCATION|\s*$)/ } split /\n/, $what;

	diag("$short\nSEED=$case->{seed} CASES=1, by $case->{way}\n--- before\n"
		  . join('', map { "$_;\n" } @{ $case->{setup} }) . "--- script\n" . join('', map { "$_;\n" } @{ $case->{script} }));
	$case->{complaints}++;
	$count{complaints}++;
	return;
}

# Ways to run what is defined.  Each returns the errors, '' if there was none.

sub by_run
{
	my ($case, $settings) = @_;
	my (undef, undef, $err) = psql('gradual', $case->{schema}, '-c', $settings, '-c', "CALL gradual.run('$case->{schema}')");
	return $err;
}

sub status { return sql($node, "SELECT status FROM gradual.ledger WHERE name = '$_[0]{schema}'", dbname => 'gradual'); }

sub by_batches
{
	my ($case, $settings) = @_;
	my $name = $case->{schema};
	my @go = ('-c', $settings, '-c', "CALL same.drive('$name')");
	my @complete = ('-c', "SELECT gradual.complete('$name')");

	foreach my $stop (1 .. 2)
	{
		my (undef, undef, $err) = psql('gradual', $name, $stop == 2 ? @complete : (), @go);
		if (sqlstate($err) eq '25001')
		{
			# what refuses a transaction block is for a worker
			my $call = $err =~ /HINT:  .*?SELECT gradual\.(\w+)/ ? $1 : 'none';
			@go = ('-c', "CALL gradual.wait('$name')");
			(undef, undef, $err) = psql('gradual', $name, '-c', $settings, '-c', "SELECT gradual.$call('$name')", @go);
		}
		return $err if $err ne '' || status($case) ne 'ready';
	}
	return 'still not completed';
}

sub by_steps
{
	my ($case, $settings) = @_;
	my $name = $case->{schema};
	my @start = ('-c', $settings, '-c', "SELECT gradual.start('$name')", '-c', "CALL gradual.wait('$name')");
	my @complete = ('-c', "SELECT gradual.complete('$name')", '-c', "CALL gradual.wait('$name')");
	my %dump = dump_of($node, 'gradual', '-n', $name);
	my $rows = rows_of($node, 'gradual', $name);
	my (undef, undef, $err) = psql('gradual', $name, @start);

	return $err if $err ne '' || status($case) ne 'ready';

	# what a trigger did in the rows of a fill is not undone
	my $has_trigger = "@{ $case->{setup} }" =~ /CREATE TRIGGER .* BEFORE (?:INSERT OR )?UPDATE/;
	(undef, undef, $err) = psql('gradual', $name, '-c', "SELECT gradual.rollback('$name')", '-c', "CALL gradual.wait('$name')")
	  if !$has_trigger;
	if ($err eq '' && !$has_trigger)
	{
		my %after = dump_of($node, 'gradual', '-n', $name);
		my $rows_after = rows_of($node, 'gradual', $name);
		$count{'rolled back'}++;
		$_ = without_lasting($_) foreach $dump{$name}, $after{$name};
		$after{$name} = $dump{$name} if "@{ $case->{script} }" =~ /VALIDATE CONSTRAINT/;
		complain($case, "another schema after the rollback:\n" . difference($dump{$name}, $after{$name}))
		  if $dump{$name} ne $after{$name};
		complain($case, "other rows after the rollback:\n" . difference($rows, $rows_after)) if $rows ne $rows_after;
		# a value of an enum stays, and cannot be added twice
		$case->{undone} = $case->{lasting} = 1 if "@{ $case->{script} }" =~ /ADD VALUE '/;
		return '' if $case->{lasting};
		(undef, undef, $err) = psql('gradual', $name, @start);
		return $err if $err ne '' || status($case) eq 'completed';
	}
	elsif ($err ne '' && sqlstate($err) ne '55000')
	{
		return $err;
	}
	(undef, undef, $err) = psql('gradual', $name, @complete);
	return $err;
}

# A migration that failed is undone, as far as it can be
sub undo
{
	my ($case) = @_;
	my $name = $case->{schema};
	$case->{undone} = status($case) eq 'defined';
	return if $case->{undone};
	my (undef, undef, $err) = psql('gradual', $name, '-c', "SELECT gradual.rollback('$name')", '-c', "CALL gradual.wait('$name')");

	# rows were changed, or the swap is over
	(undef, undef, $err) = psql('gradual', $name, '-c', "SELECT gradual.rollback('$name', force => true)", '-c', "CALL gradual.wait('$name')")
	  if sqlstate($err) eq '55000';
	complain($case, "rollback after the failure:\n$err") if $err ne '' && $err !~ /After the swap there is only forward/;
	$case->{undone} = status($case) eq 'rolled_back';
	return;
}

# NOT NULL and indexes come after all changes of the rows, DROP DEFAULT of what is
# NOT NULL after complete, so one that is in the way of a plain run may be no
# problem.  And an unvalidated foreign key is only looked at where one transaction
# changes a row twice.
sub cured
{
	my ($plain) = @_;
	return $plain =~ /23502: column .* contains null values/
	  || $plain =~ /23502: null value in column/
	  || $plain =~ /23505: could not create unique index/
	  || $plain =~ /23503: insert or update on table .* "f\d+"$/m;
}

# ADD COLUMN with a volatile default rewrites a table without looking at its
# constraints; a migration updates the rows, which must not violate any.
sub is_default_beside_violation
{
	my ($run) = @_;
	return $run =~ /new row .* violates check constraint/ && $run =~ /fill vol\w|SET vol\w+ =/;
}

sub run_case
{
	my ($case) = @_;
	my $schema = $case->{schema};
	# in a transaction it does not make a difference
	my $file = file_of(map { s/ CONCURRENTLY//r } @{ $case->{script} });
	my (undef, undef, $plain) = psql('plain', $schema, '-1', '-f', $file);
	$file = file_of(@{ $case->{script} });
	my (undef, undef, $defined) = psql('gradual', $schema, '-c', $case->{settings},
		'-c', "SELECT gradual.define('$schema', \$script\$" . slurp_file($file) . '$script$)');
	my $run = '';

	$case->{accepted} = sqlstate($plain) eq '00000';
	$count{ $case->{accepted} ? 'accepted by psql' : 'rejected by psql' }++;
	if ($defined ne '')
	{
		my $fine = $defined =~ /0A000|script has no statement to run/;
		$count{ !$case->{accepted} ? 'rejected by both: by define' : $fine ? 'refused' : 'wrongly rejected' }++;
		note "SEED=$case->{seed}: $defined" if $ENV{SHOW};
		$count{refusals}{ refusal($defined) }++ if $case->{accepted} && $fine;
		complain($case, "psql accepts it, define says:\n$defined") if $case->{accepted} && !$fine;
		$case->{refused} = 1;
		return;
	}
	$run = $case->{run}->($case, $case->{settings});
	if ($run eq '')
	{
		complain($case, "it is completed, but psql says:\n$plain") if !$case->{accepted} && !cured($plain);
		$count{ $case->{accepted} ? 'completed by both' : 'cured by a later statement' }++;
		$case->{completed} = !$case->{lasting};
		return;
	}
	my $fine = !$case->{accepted} || is_default_beside_violation($run);
	$count{ $fine ? 'rejected by both: later' : 'wrongly failed' }++;
	complain($case, "psql accepts it, the migration says:\n$run") if !$fine;
	undo($case);
	return;
}

# --- all of them: forty share a pair of databases ---

my %ways = (
	'run' => \&by_run,
	'run, default settings' => \&by_run,
	'run_batch' => \&by_batches,
	'start, rollback, start' => \&by_steps);

sub make_case
{
	my ($its_seed) = @_;
	my $case = { seed => $its_seed, schema => "s$its_seed" };

	srand $its_seed;
	$case->{way} = (sort keys %ways)[ rand 4 ];
	$case->{run} = $ways{ $case->{way} };
	$case->{settings} = 'SET gradual.direct_pages = ' . ($case->{way} =~ /default/ ? 128 : 0);
	$case->{setup} = [ random_schema($case->{schema}) ];
	$case->{script} = [ random_script() ];
	note join("\n", "SEED=$its_seed", @{ $case->{setup} }, '---', @{ $case->{script} }) if $ENV{SHOW};
	return $case;
}

sub make_databases
{
	my (@cases) = @_;

	sql($node, 'CREATE DATABASE before');
	sql($node, 'CREATE EXTENSION pg_gradual', dbname => 'before');
	install_same($node, 'before');
	foreach my $case (@cases)
	{
		my ($status, undef, $err) = psql('before', 'public', '-f', file_of(@{ $case->{setup} }));
		$count{'setups that failed half way'}++ if $err ne '';
		note "SEED=$case->{seed}: $err" if $err ne '' && $ENV{SHOW};
	}
	sql($node, "CREATE DATABASE $_ TEMPLATE before") foreach qw(plain gradual);
	return;
}

sub compare
{
	my (@cases) = @_;
	my %plain = dump_of($node, 'plain');
	my %gradual = dump_of($node, 'gradual');
	my %before = (grep { $_->{refused} || $_->{undone} } @cases) ? dump_of($node, 'before') : ();

	foreach my $case (@cases)
	{
		my $schema = $case->{schema};
		my $should = $case->{accepted} && $case->{completed} ? \%plain : $case->{refused} || $case->{undone} ? \%before : undef;

		# a constraint stays validated
		$should = undef if $case->{undone} && "@{ $case->{script} }" =~ /VALIDATE CONSTRAINT/;
		next if !$should || $case->{complaints};
		my ($wanted, $got) = ($should->{$schema}, $gradual{$schema});
		$_ = without_lasting($_) foreach $case->{undone} ? ($wanted, $got) : ();
		complain($case, "another schema:\n" . difference($wanted, $got)) if $wanted ne $got;
		next if $case->{undone};
		my ($rows, $rows_gradual) = map { rows_of($node, $_, $schema) } ($case->{refused} ? 'before' : 'plain', 'gradual');
		complain($case, "other rows:\n" . difference($rows, $rows_gradual)) if $rows ne $rows_gradual;
	}
	return;
}

for (my $next = 0; $next < $cases; $next += 40)
{
	my @cases = map { make_case($seed + $_) } $next .. min($next + 40, $cases) - 1;

	make_databases(@cases);
	run_case($_) foreach @cases;
	compare(@cases);
	is(sql($node, "SELECT count(*) FROM gradual.ledger WHERE status NOT IN ('defined', 'completed', 'rolled_back', 'failed', 'ready')",
			dbname => 'gradual'), 0, 'no migration is left under way');
	sql($node, "DROP DATABASE $_ WITH (FORCE)") foreach qw(gradual plain before);
}

my $refusals = delete $count{refusals} || {};
note join "\n", map { "$refusals->{$_} times refused: $_" } sort { $refusals->{$b} <=> $refusals->{$a} || $a cmp $b } keys %$refusals;
note join ', ', map { "$count{$_} $_" } sort keys %count;
note sprintf '%d %% of what psql accepts is refused', 100 * ($count{refused} || 0) / max(1, $count{'accepted by psql'} || 0);
is($count{complaints} || 0, 0, 'every migration is the same as psql');

$node->stop;
done_testing();
