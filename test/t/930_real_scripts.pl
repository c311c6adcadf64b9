# Claim: the upgrade scripts of real products leave as migrations what they leave
# through psql -1, and hardly any is refused.
#
#   REAL=all            all scripts; else those that fit into TIME_LIMIT seconds
#   PRODUCT=davical     only those of one
#   SCRIPT=1.2.9        shows what became of one (a pattern)
#   DOWNLOADS=folder    keeps the packages there
#   REPORT=file         writes the result as Markdown

use strict;
use warnings;

use GradualTest;
use List::Util qw(max);
use Pairs;
use PostgreSQL::Test::Utils;
use RealScripts;
use SameAsPsql;
use Test::More;

my $all = ($ENV{REAL} // '') eq 'all';
my $deadline = time + ($ENV{TIME_LIMIT} || ($all ? 100_000 : 40));
my $downloads = $ENV{DOWNLOADS} || PostgreSQL::Test::Utils::tempdir();
my @products = grep { !$ENV{PRODUCT} || $_->{name} eq $ENV{PRODUCT} } products();
my %why_not = map { $_->{name} => fetch_product($_, $downloads) } @products;

note "$_: $why_not{$_}" foreach grep { $why_not{$_} ne '' } sort keys %why_not;
@products = grep { $why_not{ $_->{name} } eq '' } @products;
plan skip_all => 'the packages cannot be had: ' . join '; ', values %why_not if !@products;

my $node = gradual_node('real', conf => "log_statement = none\nlog_min_messages = fatal\nlog_lock_waits = off\njit = off\n");

my %count;
my @lines;
my @wrong;

# The errors of statements in one transaction, '' if there is none
sub try_it
{
	my ($db, $sql, @end) = @_;
	my ($status, undef, $err) = run_psql($node, $db, 'public', '-1', '-f', psql_file($node, without_block($sql), @end));
	$err =~ s/^psql:\S+: //gm;
	return $status ? $err : '';
}

# Turns the schema back until the script runs; returns psql's last error
sub prepare
{
	my ($db, $script) = @_;
	my $err;

	try_it($db, q(CALL same.fill('public')));
	foreach (1 .. 60)
	{
		$err = try_it($db, $script, 'DO $$ BEGIN RAISE EXCEPTION USING errcode = \'PT001\', message = \'it runs\'; END $$');
		return '' if $err =~ /ERROR:  PT001/;
		my $repair = repair_of($err) // last;
		last if try_it($db, $repair) ne '';
	}
	return $err;
}

sub run_script
{
	my ($db, $product, $file, $number) = @_;
	my $script = slurp_file($file);
	my $short = $file =~ s|.*/||r =~ s/\.sql$//r;
	my $case = { number => $number, schema => 'public', name => "$product->{name}_$number", way => 'start', script => $script };
	my $not = prepare($db, $script);

	if ($script =~ /^\\|FROM stdin/im)
	{
		$count{'not SQL alone'}++;
		push @lines, [ $product->{name}, $short, 'commands of psql', '' ];
		return;
	}
	my $out = $node->basedir . '/real.out';
	my $in = $node->basedir . '/real.sql';
	unlink $in;
	append_to_file($in, "SET client_min_messages = error;\n\\set VERBOSITY verbose\n" . psql_of($case));
	system(sprintf '"%s" -XAtq -d "%s" -f "%s" > /dev/null 2> "%s"', $node->installed_command('psql'), $node->connstr($db), $in, $out);
	read_output($out, { $number => $case });
	my ($verdict, $what) = judge($case);

	note join "\n", "$product->{name} $short: $verdict", $script, $what, map { "\@$_ $case->{said}{$_}" } sort keys %{ $case->{said} }
	  if $ENV{SCRIPT} && $short =~ /$ENV{SCRIPT}/;
	$count{$verdict}++;
	$what = (split /\n/, $not)[0] if $verdict eq 'rejected';
	push @lines, [ $product->{name}, $short, $verdict, $what ] if $verdict ne 'same';
	push @wrong, "$product->{name} $short $verdict:\n$what" if $verdict !~ /^(?:same|refused|rejected|cured)$/;
	# the next one builds on it
	try_it($db, $script) if $not eq '' && $verdict !~ /^(?:same|different|cured)$/;
	return;
}

my $number = 0;
PRODUCT: foreach my $product (@products)
{
	my $db = $product->{name};
	sql($node, "CREATE DATABASE $db");
	sql($node, 'CREATE EXTENSION pg_gradual', dbname => $db);
	install_same($node, $db);
	foreach my $base (@{ $product->{base} })
	{
		my ($status, undef, $err) = run_psql($node, $db, 'public', '-v', 'ON_ERROR_STOP=0', '-f', "$downloads/$product->{name}/$base");
		note "$product->{name} $base: $err" if $err ne '';
	}
	foreach my $file ($product->{scripts}->("$downloads/$product->{name}"))
	{
		last PRODUCT if time > $deadline;
		run_script($db, $product, $file, ++$number);
	}
}

my $usable = $number - ($count{'not SQL alone'} || 0) - ($count{rejected} || 0);
my $summary = sprintf '%d scripts: %s; %.1f %% of the %d that psql accepts are refused', $number, join(', ', map { "$count{$_} $_" } sort keys %count),
  100 * ($count{refused} || 0) / max(1, $usable), $usable;

if ($ENV{REPORT})
{
	open my $out, '>', $ENV{REPORT} or die $!;
	print $out 'PostgreSQL ' . $node->pg_version . ": $summary.\n\n| product | script | result | why |\n|---|---|---|---|\n";
	print $out '| ' . join(' | ', map { s/\n.*//sr } @$_) . " |\n" foreach @lines;
	close $out;
}
note join ' | ', map { s/\n.*//sr } @$_ foreach @lines;
note $summary;
diag(join "\n\n", @wrong) if @wrong;
is(scalar @wrong, 0, "each of $number scripts is the same as psql");

$node->stop;
done_testing();
