# A psql that is asked one statement after another, and whose answer is waited
# for: so the one who asks knows of each statement whether it was acknowledged,
# refused, or lost with the server.
#
#   my $answer = $session->ask('UPDATE t SET n = 1');
#   ok        it succeeded
#   lost      the connection is gone; whether the statement took effect is unknown,
#             unless the server said FATAL first
#   state     SQLSTATE of the failure
#   rows      rows of the result or changed
#   said      the result, or the error with all its lines
#
# The next statement after a loss opens a new connection.

package Session;

use strict;
use warnings;

use IO::Select;
use IPC::Open2;
use Time::HiRes qw(time);

#   connection   connection string
#   name         application_name
#   options      settings of the session, as for PGOPTIONS
#   first        statements to run in each new connection
#   timeout      seconds until an answer counts as never
sub new
{
	my ($class, %opt) = @_;
	return bless { timeout => 90, first => [], options => '', asked => 0, opened => 0, %opt }, $class;
}

sub opened { return $_[0]{opened}; }

sub is_open { return defined $_[0]{in}; }

sub start
{
	my ($self) = @_;
	local $ENV{PGAPPNAME} = $self->{name};
	local $ENV{PGOPTIONS} = "-c client_min_messages=error $self->{options}";
	local $ENV{PGCONNECT_TIMEOUT} = 30;

	$self->{pid} = open2($self->{out}, $self->{in}, 'sh', '-c', 'exec psql -XAtq -d "$0" -f - 2>&1', $self->{connection});
	$self->{in}->autoflush(1);
	$self->{buffer} = '';
	$self->{opened}++;
	return;
}

sub open
{
	my ($self) = @_;

	return 1 if $self->is_open;
	$self->start;
	foreach my $sql (@{ $self->{first} })
	{
		return 0 if !$self->exchange($sql)->{ok};
	}
	return 1;
}

# Its last statement may go on in the server
sub drop
{
	my ($self) = @_;

	return if !$self->is_open;
	close delete $self->{in};
	kill 'TERM', $self->{pid};
	close delete $self->{out};
	waitpid delete $self->{pid}, 0;
	return;
}

sub lost
{
	my ($self, $said) = @_;

	$self->drop;
	return { ok => 0, lost => 1, refused => scalar($said =~ /FATAL: /), state => '', rows => 0, said => $said };
}

# Sends a statement; the answer is for receive().  psql leaves :ERROR as it was if
# the connection goes before there is any result.
sub send
{
	my ($self, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';

	$self->{asked}++;
	# what follows the rows of a COPY would be another statement, with another result
	$sql .= ";\n" if $sql !~ /\n\\\.\n$/;
	return $self->{in}->print("\\set ERROR none\n$sql\\echo =$self->{asked}= :ERROR :SQLSTATE :ROW_COUNT\n");
}

sub receive
{
	my ($self) = @_;
	my $until = time + $self->{timeout};
	my $mark = qr/^=$self->{asked}= (true|false|none) (\w+) (\d+)\n/m;
	my $select = IO::Select->new($self->{out});

	while ($self->{buffer} !~ $mark)
	{
		# a signal ends it early, too
		if (!$select->can_read(1))
		{
			next if time < $until;
			my $lost = $self->lost("no answer in $self->{timeout} s\n$self->{buffer}");
			return { %$lost, hung => 1 };
		}
		return $self->lost($self->{buffer}) if !sysread $self->{out}, $self->{buffer}, 65536, length $self->{buffer};
	}
	$self->{buffer} =~ $mark;
	return $self->lost($self->{buffer}) if $1 eq 'none';
	my %answer = (ok => $1 eq 'false', lost => 0, state => $2, rows => $3, said => substr($self->{buffer}, 0, $-[0]));
	$self->{buffer} = '';
	chomp $answer{said};
	$answer{said} =~ s/^psql:<stdin>:\d+: //mg;
	return \%answer;
}

sub exchange
{
	my ($self, $sql) = @_;

	return $self->send($sql) ? $self->receive : $self->lost($self->{buffer});
}

sub ask
{
	my ($self, $sql) = @_;

	return $self->open ? $self->exchange($sql) : { %{ $self->lost('no connection') }, refused => 1 };
}

# Several statements in one transaction
sub ask_all
{
	my ($self, @statements) = @_;
	return $self->ask(join ' \\; ', @statements);
}

1;
