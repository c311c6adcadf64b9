# Helpers of the TAP tests: a server with the configuration of every test, and
# the ways to kill a part of it.  Runs with PostgreSQL::Test of 15 to 18.
#
# Nothing here sleeps for a fixed time and hopes: each helper waits until the
# server says that what it stands for has happened.

package GradualTest;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(
  gradual_node sql sqlstate_of wait_sql wait_status wait_activity status_of
  worker_of kill_worker crash power_cut kill_postmaster start_again
);

my $test_conf = dirname(__FILE__) . '/test.conf';

# A psql that finds the server in recovery is gone before IPC::Run has written
# the query to it, which dies of that; a poll just asks again.
{
	no warnings 'redefine';
	my $poll = \&PostgreSQL::Test::Cluster::poll_query_until;
	*PostgreSQL::Test::Cluster::poll_query_until = sub {
		my @arguments = @_;
		for my $attempt (1 .. 20)
		{
			my $result = eval { $poll->(@arguments) };
			return $result if $@ eq '';
			die $@ if $@ !~ /Broken pipe/ || $attempt == 20;
		}
	};
}

# A running server with the extension, and its hooks where they are installed.
#   conf      more configuration
#   init      arguments of init, e.g. [ allows_streaming => 1 ]
#   bare      without the extension
sub gradual_node
{
	my ($name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(@{ $opt{init} || [] });
	$node->append_conf('postgresql.conf', slurp_file($test_conf));
	$node->append_conf('postgresql.conf', $opt{conf}) if defined $opt{conf};
	$node->start;
	return $node if $opt{bare};

	sql($node, 'CREATE EXTENSION pg_gradual');
	sql($node, 'CREATE EXTENSION pg_gradual_test')
	  if sql($node,
		"SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_gradual_test'");
	return $node;
}

# The result of SQL, which must succeed
sub sql
{
	my ($node, $sql, %opt) = @_;
	return $node->safe_psql($opt{dbname} || 'postgres', $sql);
}

# The SQLSTATE with which SQL fails, 00000 if it does not
sub sqlstate_of
{
	my ($node, $sql, %opt) = @_;
	my ($ret, $out, $err) = $node->psql($opt{dbname} || 'postgres',
		"\\set VERBOSITY sqlstate\n$sql", on_error_stop => 1);

	return '00000' if $ret == 0;
	return $1 if $err =~ /(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5})/;
	return "psql exit $ret: $err";
}

# For who reads that a wait was in vain: where all migrations stand
sub say_why
{
	my ($node, %opt) = @_;
	my (undef, $ledger, $error) = $node->psql($opt{dbname} || 'postgres',
		'SELECT name, status, phase, worker, activity, error FROM gradual.ledger');

	diag(join "\n", grep { length } $ledger, $error);
	return;
}

# Waits until a condition is true
sub wait_sql
{
	my ($node, $condition, %opt) = @_;

	return if $node->poll_query_until($opt{dbname} || 'postgres', "SELECT $condition");
	say_why($node, %opt);
	die "timed out waiting for: $condition";
}

sub status_of
{
	my ($node, $name, %opt) = @_;
	return sql($node, "SELECT status FROM gradual.ledger WHERE name = '$name'", %opt);
}

# Waits until a migration has a status; shows where it stands if it never does
sub wait_status
{
	my ($node, $name, $status, %opt) = @_;

	return
	  if $node->poll_query_until($opt{dbname} || 'postgres',
		"SELECT status = '$status' FROM gradual.ledger WHERE name = '$name'");
	say_why($node, %opt);
	die "migration $name did not become $status";
}

sub wait_activity
{
	my ($node, $name, $pattern, %opt) = @_;
	wait_sql($node,
		"EXISTS (SELECT FROM gradual.ledger WHERE name = '$name' AND activity ~ '$pattern')",
		%opt);
	return;
}

# The process that works on a migration, once there is one
sub worker_of
{
	my ($node, $name, %opt) = @_;
	wait_sql($node,
		"EXISTS (SELECT FROM gradual.ledger WHERE name = '$name' AND worker[1] IS NOT NULL)",
		%opt);
	return sql($node,
		"SELECT worker[1] FROM gradual.ledger WHERE name = '$name'", %opt);
}

# kill -9 a process of the server: every session is lost, the server recovers
sub crash
{
	my ($node, $pid) = @_;
	my $log = -s $node->logfile;

	kill 'KILL', $pid or die "no process $pid";
	$node->wait_for_log(qr/was terminated by signal 9/, $log);
	$node->wait_for_log(qr/database system is ready to accept connections/, $log);
	return;
}

sub kill_worker
{
	my ($node, $name, %opt) = @_;
	crash($node, worker_of($node, $name, %opt));
	return;
}

# All processes gone at once, then a start with recovery
sub power_cut
{
	my ($node) = @_;
	$node->stop('immediate');
	$node->start;
	return;
}

# kill -9 the postmaster alone: its children notice and leave
sub kill_postmaster
{
	my ($node) = @_;
	$node->kill9;
	start_again($node);
	return;
}

# Start after the postmaster was killed.  It may still be dying, and start
# would then take its process for a running server.
sub start_again
{
	my ($node) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if $node->start(fail_ok => 1);
		$node->stop('fast', fail_ok => 1);
		select undef, undef, undef, 0.1;
	}
	die 'the server did not start again';
}

1;
