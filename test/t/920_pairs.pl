# Claim: every form of a statement, alone and after every other form, leaves what
# psql -1 leaves, or is refused by define with 0A000; one that psql rejects is
# rejected; and a rollback from ready leaves what was before.
#
#   SEED=7 CASES=500 TIME_LIMIT=60    so many of all cases, chosen by the seed
#   CASES=all TIME_LIMIT=100000       all of them
#   SEED=7 CASE=1234 SHOW=1        a single one, with its script
#   FORM='rename column'           those in which the form is (a pattern)
#   REPORT=file                    writes the result as Markdown, below the build directory

use strict;
use warnings;

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

my $node = gradual_node('pairs', conf => "log_statement = none\nlog_min_messages = fatal\nlog_lock_waits = off\nshared_buffers = 64MB\njit = off\n");
sql($node, 'CREATE ROLE pairs_owner; CREATE ROLE pairs_reader; CREATE ROLE pairs_writer');
foreach my $db (qw(pairs1 pairs2))
{
	sql($node, "CREATE DATABASE $db");
	sql($node, 'CREATE EXTENSION pg_gradual', dbname => $db);
	install_same($node, $db);
}

srand $seed;
my $form = $ENV{FORM} // '';
my @cases = grep { my $case = $_; $form eq '' || grep { $_->{name} =~ /$form/ } @{ $case->{forms} } } map { make_case($seed, $_) } @numbers;
srand $seed;
@cases = shuffle(@cases);
@cases = @cases[ 0 .. min($cases, scalar @cases) - 1 ] if $cases ne 'all';
note 'SEED=' . $seed . ' CASES=' . @cases;

my $begin = Time::HiRes::time();
run_cases($node->installed_command('psql'), [ map { $node->connstr($_) } qw(pairs1 pairs2) ], $node->basedir, time + $seconds, @cases);
my $took = Time::HiRes::time() - $begin;

# --- what came out ---

my %count;
my %by_form;
my %refusals;
my @wrong;
my $ok = qr/^(?:same|rejected|refused|cured|not run)$/;

foreach my $case (@cases)
{
	my ($verdict, $what) = judge($case);
	my $names = join ' + ', map { $_->{name} } @{ $case->{forms} };

	$count{$verdict}++;
	$by_form{ $_->{name} }{$verdict}++ foreach @{ $case->{forms} };
	my $by_design = grep { $_->{refused} } @{ $case->{forms} };
	$count{'refused, as DESIGN says'}++ if $verdict eq 'refused' && $by_design;
	push @{ $refusals{$what} }, $names if $verdict eq 'refused';
	push @wrong, "SEED=$seed CASE=$case->{number} $verdict: $names ($case->{variant}, by $case->{way})\n$case->{script};\n$what" if $verdict !~ $ok;
	note "SEED=$seed CASE=$case->{number} $verdict: $names ($case->{variant}, $case->{way})\n$case->{script};\n$what"
	  . join '', map { $case->{said}{$_} eq '' ? '' : "\@$_\n$case->{said}{$_}" } sort keys %{ $case->{said} || {} }
	  if $ENV{SHOW};
}

my $ran = @cases - ($count{'not run'} || 0);
my $should = ($count{same} || 0) + ($count{refused} || 0) - ($count{'refused, as DESIGN says'} || 0) + @wrong;
my $refused = ($count{refused} || 0) - ($count{'refused, as DESIGN says'} || 0);
my $summary = sprintf "%d cases in %d s: %s; %.1f %% of what psql accepts and DESIGN does not refuse are refused",
  $ran, $took, join(', ', map { "$count{$_} $_" } sort keys %count), 100 * $refused / max(1, $should);

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
	close $out;
	return;
}
report("$ENV{TESTDIR}/$ENV{REPORT}") if $ENV{REPORT};

note "$summary";
note join "\n", map { scalar(@{ $refusals{$_} }) . " times refused: $_ ($refusals{$_}[0])" } sort { @{ $refusals{$b} } <=> @{ $refusals{$a} } } keys %refusals;
diag(join "\n\n", @wrong) if @wrong;
is(scalar @wrong, 0, "every pair of $ran is the same as psql");

$node->stop;
done_testing();
