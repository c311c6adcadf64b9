# Claim: every form of a statement, alone and after every other form, leaves what
# psql -1 leaves, or is refused by define with 0A000; one that psql rejects is
# rejected; and a rollback from ready leaves what was before.
#
#   SEED=7 CASES=500 TIME_LIMIT=60    so many of all cases, chosen by the seed
#   CASES=all TIME_LIMIT=100000       all of them
#   SEED=7 CASE=1234 SHOW=1        a single one, with its script
#   FORM='rename column'           those in which the form is (a pattern)
#   REPORT=file                    writes the result as Markdown

use strict;
use warnings;

use File::Temp;
use GradualTest;
use List::Util qw(max min shuffle sum0);
use Pairs;
use PostgreSQL::Test::Utils;
use SameAsPsql;
use Test::More;
use Time::HiRes;

my $seed = $ENV{SEED} || 1;
my $seconds = $ENV{TIME_LIMIT} || 45;
my $cases = $ENV{CASES} || 400;
my @numbers = defined $ENV{CASE} ? split(/,/, $ENV{CASE}) : case_numbers();

# Three for two processors, since a session now and then waits for a worker.
my @databases = map { "pairs$_" } 1 .. $ENV{SESSIONS} || 3;
my $node = gradual_node('pairs', conf => "log_statement = none\nlog_min_messages = fatal\nlog_lock_waits = off\nshared_buffers = 128MB\njit = off\nsynchronous_commit = off\nfull_page_writes = off\n");
sql($node, 'CREATE ROLE pairs_owner; CREATE ROLE pairs_reader; CREATE ROLE pairs_writer');

# Half of the time goes into making and removing files, which memory is faster at.
my $memory = -w '/dev/shm' ? File::Temp->newdir('pg_gradual_pairs_XXXXXX', DIR => '/dev/shm') : undef;
sql($node, "CREATE TABLESPACE memory LOCATION '$memory'") if $memory;
foreach my $db (@databases)
{
	sql($node, "CREATE DATABASE $db" . ($memory ? ' TABLESPACE memory' : ''));
	sql($node, 'CREATE EXTENSION pg_gradual', dbname => $db);
	install_same($node, $db);
}

srand $seed;
my $form = $ENV{FORM} // '';
my @cases = grep { my $case = $_; $form eq '' || grep { $_->{name} =~ /$form/ } @{ $case->{forms} } } map { make_case($seed, $_) } @numbers;
srand $seed;
@cases = shuffle(@cases);
@cases = @cases[ 0 .. min($cases, scalar @cases) - 1 ] if $cases ne 'all';
diag 'SEED=' . $seed . ' CASES=' . @cases;

# --- what came out ---

my $begin = Time::HiRes::time();
my %count;
my %by_form;
my %refusals;
my @wrong;
my ($ran, $summary);

sub judge_all
{
	%count = %by_form = %refusals = @wrong = ();
	foreach my $case (@cases)
	{
		my ($verdict, $what) = judge($case);
		my $names = join ' + ', map { $_->{name} } @{ $case->{forms} };

		$count{$verdict}++;
		$by_form{ $_->{name} }{$verdict}++ foreach @{ $case->{forms} };
		my $by_design = grep { $_->{refused} } @{ $case->{forms} };
		$count{'refused, as DESIGN says'}++ if $verdict eq 'refused' && $by_design;
		push @{ $refusals{$what} }, $names if $verdict eq 'refused';
		push @wrong, "SEED=$seed CASE=$case->{number} $verdict: $names ($case->{variant}, by $case->{way})\n$case->{script};\n$what"
		  if $verdict !~ /^(?:same|rejected|refused|cured|not run)$/;
	}
	$ran = @cases - ($count{'not run'} || 0);
	my $refused = ($count{refused} || 0) - ($count{'refused, as DESIGN says'} || 0);
	my $should = ($count{same} || 0) + $refused + @wrong;
	$summary = sprintf "%d of %d cases in %d s: %s; %.1f %% of what psql accepts and DESIGN does not refuse are refused",
	  $ran, scalar @cases, Time::HiRes::time() - $begin, join(', ', map { "$count{$_} $_" } sort keys %count), 100 * $refused / max(1, $should);
	return;
}

sub report
{
	my ($file) = @_;
	my @verdicts = grep { $_ ne 'not run' } sort keys %{ { map { %{ $by_form{$_} } } keys %by_form } };

	open my $out, '>', $file or die "$file: $!";
	print $out "PostgreSQL " . $node->pg_version . ", seed $seed: $summary.\n\n";
	print $out '| form | ' . join(' | ', @verdicts) . " |\n|---|" . ('---|' x @verdicts) . "\n";
	foreach my $name (sort keys %by_form)
	{
		print $out "| $name | " . join(' | ', map { $by_form{$name}{$_} // 0 } @verdicts) . " |\n";
	}
	print $out "\nRefusals:\n\n| times | reason | for example |\n|---|---|---|\n";
	foreach my $why (sort { @{ $refusals{$b} } <=> @{ $refusals{$a} } || $a cmp $b } keys %refusals)
	{
		print $out '| ' . scalar(@{ $refusals{$why} }) . " | $why | $refusals{$why}[0] |\n";
	}
	print $out "\nWrong:\n\n```\n" . join("\n\n", @wrong) =~ s/[ \t]+$//gmr . "\n```\n" if @wrong;
	close $out;
	return;
}

# Each minute, too: what came out so far outlives whatever ends the test.  prove
# keeps back what is not a diagnostic.
sub show
{
	judge_all();
	report($ENV{REPORT}) if $ENV{REPORT};
	diag($summary);
	return;
}

run_cases($node->installed_command('psql'), [ map { $node->connstr($_) } @databases ], $node->basedir, time + $seconds, \&show, @cases);
show();

foreach my $case ($ENV{SHOW} ? @cases : ())
{
	my ($verdict, $what) = judge($case);
	note "CASE=$case->{number} $verdict ($case->{variant}, $case->{way})\n$case->{script};\n$what"
	  . join '', map { $case->{said}{$_} eq '' ? '' : "\@$_\n$case->{said}{$_}" } sort keys %{ $case->{said} || {} };
}
note join "\n", map { scalar(@{ $refusals{$_} }) . " times refused: $_ ($refusals{$_}[0])" } sort { @{ $refusals{$b} } <=> @{ $refusals{$a} } } keys %refusals;
diag(join "\n\n", @wrong) if @wrong;
is(scalar @wrong, 0, "every pair of $ran is the same as psql");

$node->stop;
done_testing();
