# What both oracles need that compare a migration with psql -1: errors in short,
# the dump of a database by schema, its rows, and the difference between two.

package SameAsPsql;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use IPC::Run;
use List::Util qw(min);
use PostgreSQL::Test::Utils;

our @EXPORT = qw(install_same psql_file run_psql sqlstate refusal dump_of rows_of difference);

# The functions of schema "same"
sub install_same
{
	my ($node, $dbname) = @_;
	$node->safe_psql($dbname, slurp_file(dirname(__FILE__) . '/same_as_psql.sql'));
	return;
}

# Statements that psql gets as they are
sub psql_file
{
	my ($node, @statements) = @_;
	my $file = $node->basedir . '/script.sql';
	unlink $file;
	append_to_file($file, join('', map { "$_;\n" } @statements));
	return $file;
}

# Returns exit status, output and errors
sub run_psql
{
	my ($node, $db, $schema, @arguments) = @_;
	my ($out, $err) = ('', '');
	local $ENV{PGOPTIONS} = "-c search_path=$schema -c client_min_messages=error";

	IPC::Run::run([ $node->installed_command('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1',
			'-v', 'VERBOSITY=verbose', '-d', $node->connstr($db), @arguments ],
		'<', \undef, '>', \$out, '2>', \$err);
	return ($?, $out, $err);
}

sub sqlstate { return $_[0] =~ /(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5})/ ? $1 : '00000'; }

# A refusal in words without names
sub refusal
{
	my ($err) = @_;
	my $form = $err =~ /ERROR: +\w+: +(?:statement \d+ )?(.*)/ ? $1 : $err;
	my $why = $err =~ /^DETAIL: +(.*)/m ? ": $1" : '';
	$why =~ s/\b[cs]\d+(?:_\w+)?\.(?:"(?:[^"]|"")*"|\w+)|(?<!\w)"(?:[^"]|"")*"/<name>/g;
	return $form . $why;
}

# The dump of a database by schema.  The order of columns does not count.
sub dump_of
{
	my ($node, $db, @arguments) = @_;
	my ($out, $err) = ('', '');
	my %dump;

	IPC::Run::run([ $node->installed_command('pg_dump'), '-s', @arguments, $node->connstr($db) ],
		'<', \undef, '>', \$out, '2>', \$err) or die "pg_dump: $err";
	foreach my $part (split /^--\n(?=-- Name: )/m, $out)
	{
		next unless $part =~ s/^-- Name: (.*); Type: (.*); Schema: (.*); Owner: .*\n--\n//;
		my ($name, $type, $in) = ($1, $2, $3);
		$in = $name =~ /^(?:SCHEMA )?(\S+)/ ? $1 : '' if $in eq '-';
		$part =~ s/^--.*\n//gm;
		$part =~ s/^SET default_.*\n//gm;
		$part =~ s/^\\(?:un)?restrict .*\n//gm;
		$part =~ s/\s+\z//;
		$part = join "\n", sort map { s/,$//r } split /\n/, $part if $type eq 'TABLE';
		push @{ $dump{$in} }, $part;
	}
	return map { $_ => join "\n", sort @{ $dump{$_} } } keys %dump;
}

# The rows of all tables of a schema, without regard to their order
sub rows_of
{
	my ($node, $db, $schema) = @_;
	my (undef, $out, $err) = run_psql($node, $db, $schema, '-c', "SELECT same.rows('$schema')");
	return join "\n", sort(split(/\n/, $out), $err);
}

# Lines that only one of two has
sub difference
{
	my ($plain, $gradual) = @_;
	my %seen;

	$seen{$_}++ foreach split /\n/, $plain;
	$seen{$_}-- foreach split /\n/, $gradual;
	my @lines = map { ($seen{$_} > 0 ? '-' : '+') . $_ } grep { $seen{$_} } sort keys %seen;
	return join "\n", @lines[ 0 .. min($#lines, 19) ];
}

1;
