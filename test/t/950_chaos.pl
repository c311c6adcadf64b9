# Claim: whatever dies, whatever is typed, whatever runs beside it, no row is lost
# or done twice, no statement of the application fails because of us, and the
# schema is in the end what psql -1 makes of it.
#
# Random migrations (test/ChaosForms.pm) on tables of their own, each beside an
# application that knows what every row must hold (test/ChaosWriter.pm), while
# random faults strike (test/ChaosFaults.pm).
#
#   SECONDS=3600 SEED=42 LANES=3   the long run; the seed decides what is done, not what it meets
#   FORMS='fill|copy'              only these
#   FAULTS='kill|stop'             only these
#   PACE=1.5                       seconds between faults
#   LOG=all                        log_statement; the default of a run of more than 300 s is none
#   REPORT=file                    writes the figures as Markdown

use strict;
use warnings;

use Chaos;
use ChaosFaults;
use ChaosWriter;
use GradualTest;
use List::Util qw(max sum0);
use POSIX ();
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{SECONDS} || 40;
my $seed = $ENV{SEED} || 1 + int(time) % 1_000_000;
my $lanes = $ENV{LANES} || 2;
my $pace = $ENV{PACE} || 0.8;
my $begin = time;

diag("SEED=$seed SECONDS=$seconds LANES=$lanes");

my $node = gradual_node('chaos', conf => <<'CONF' =~ s/\@LOG\@/$ENV{LOG} || ($seconds > 300 ? 'none' : 'all')/er);
log_min_messages = warning
log_statement = @LOG@
log_line_prefix = '%m [%p] %b %a: '
checkpoint_timeout = 30s
statement_timeout = 0
max_connections = 100
max_prepared_transactions = 40
CONF
my $pinned = $node->pg_version >= 17 ? '-c transaction_timeout=0' : '';
my $dir = $node->basedir;

open my $log, '>', "$dir/chaos.log" or die $!;
$log->autoflush(1);
sub say_it { printf $log "%s %7.2f %s\n", POSIX::strftime('%H:%M:%S', gmtime), time - $begin, $_[0]; return; }

sql($node, 'CREATE ROLE chaos_app LOGIN; CREATE ROLE chaos_admin LOGIN; CREATE DATABASE plain');
sql($node, 'CREATE EXTENSION amcheck; GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean) TO public');
sql($node, "CREATE ROLE chaos_owner$_ " . ($_ == 2 ? 'NOLOGIN' : 'LOGIN') . "; GRANT chaos_owner$_ TO chaos_admin; GRANT CREATE ON DATABASE postgres, plain TO chaos_owner$_") foreach 1 .. $lanes;
sql($node, "GRANT USAGE ON SCHEMA gradual_test TO chaos_admin" . join '', map { ", chaos_owner$_" } 1 .. $lanes);
sql($node, 'CREATE EXTENSION pg_gradual; CREATE EXTENSION pg_gradual_test; GRANT USAGE ON SCHEMA gradual_test TO chaos_admin' . (join '', map { ", chaos_owner$_" } 1 .. $lanes), dbname => 'plain');

my $faults;
my @lanes = map { Chaos->new(number => $_, seed => $seed, node => $node, dir => $dir, pinned => $pinned, log => \&say_it, meanwhile => sub { $faults->cure }, leave => sub { $faults->leave($_[0]) }) } 1 .. $lanes;
$faults = new_faults(node => $node, lanes => \@lanes, seed => $seed & 0x7fffffff, pinned => $pinned, log => \&say_it);
my $watch = Session->new(connection => $node->connstr('postgres'), name => 'chaos watch', options => "$Chaos::pinned $pinned");

# What the ledger says of the migrations, by name
sub ledger
{
	my $answer = $watch->ask("SELECT concat_ws(E'\\t', name, status, coalesce(phase, ''), scanned, failed, coalesce(activity, ''), replace(coalesce(error, ''), E'\\n', ' ')) FROM gradual.ledger");
	return undef if !$answer->{ok};
	my %row;
	foreach my $line (split /\n/, $answer->{said})
	{
		my ($name, @rest) = split /\t/, $line;
		@{ $row{$name} }{qw(status phase scanned failed activity error)} = map { $_ // '' } @rest, '';
		$row{$name}{error} //= '';
	}
	return \%row;
}

sub turn
{
	my $rows = ledger() or return;
	$_->step($rows->{ $_->{name} // '' }) foreach @lanes;
	return;
}

sub figures
{
	my @kinds = sort keys %{ $faults->{count} };
	my %forms;
	$forms{$_}++ foreach map { @{ $_->{done} } } @lanes;
	my $sum = sub { my ($what) = @_; return sum0(map { $_->{$what} || 0 } @lanes) };

	return sprintf("PostgreSQL %s, seed %d: %d faults in %d s; %d migrations completed; %d writes acknowledged, %d reads by the application, %d writes in doubt; %d rows checked at the end; %d complaints.\n\n",
		$node->pg_version, $seed, $faults->{done}, time - $begin, $sum->('rounds_done'), $sum->('acknowledged'), $sum->('reads'), $sum->('doubts'), $sum->('checked'), sum0(map { scalar @{ $_->{complaints} } } @lanes))
	  . "| fault | times | in vain |\n|---|---|---|\n" . join('', map { sprintf "| %s | %d | %d |\n", $_, $faults->{count}{$_}{hit} || 0, $faults->{count}{$_}{missed} || 0 } @kinds)
	  . "\n| in a migration that was completed | times |\n|---|---|\n" . join('', map { "| $_ | $forms{$_} |\n" } sort keys %forms);
}

sub report
{
	append_to_file("$ENV{REPORT}.new", figures());
	rename "$ENV{REPORT}.new", $ENV{REPORT};
	return;
}

my $next = time + 2;
my $minute = time + 60;
eval {
	while (time < $begin + $seconds)
	{
		turn();
		$faults->cure;
		if (time >= $next)
		{
			$faults->strike;
			$next = time + $pace * (1 + $faults->number(100)) / 50;
		}
		$faults->strike_due;
		if (time > $minute)
		{
			diag((split /\n/, figures())[0]);
			$minute = time + 60;
		}
		select undef, undef, undef, 0.03;
	}
	# everything is let run to its end
	say_it('no more faults');
	$faults->cure('all');
	$_->{closing} = 1 foreach @lanes;
	while (grep { !$_->is_idle } @lanes)
	{
		turn();
		select undef, undef, undef, 0.03;
	}
};
my $died = $@;
set_mode($_->{here}, 'stop') foreach grep { $_->{here} } @lanes;
say_it("died: $died") if $died;

my @complaints = ((map { @{ $_->{complaints} } } @lanes), $died ? $died : ());
my %stops;
foreach my $lane (@lanes)
{
	$stops{$_} += $lane->{stops}{$_} foreach keys %{ $lane->{stops} };
	note "refused: $_ ($lane->{refused}{$_})" foreach sort keys %{ $lane->{refused} };
}
note "stopped $stops{$_} times: $_" foreach sort keys %stops;
note figures();
report() if $ENV{REPORT};
diag((split /\n/, figures())[0]);
diag("SEED=$seed; what was done when is in $dir/chaos.log\n" . join "\n", @complaints) if @complaints;
is(scalar @complaints, 0, 'nothing is lost, nothing done twice, nobody hurt');
if (!$died)
{
	wait_sql($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual worker')");
	is(sql($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 71"), 0, 'no worker and no lock is left');
	cmp_ok($faults->{done}, '>=', $seconds / 8, 'there were faults');
}
$_->{session}->drop foreach @lanes, $faults;
$watch->drop;
$node->stop;
done_testing();
