# Small file systems for tests of a disk that is full, made without root: the test
# runs itself again in a mount namespace of its own, in which each of them is a
# tmpfs; with the process they are gone.  Where the kernel gives no such
# namespace the test is skipped.

package SmallDisk;

use strict;
use warnings;

use File::Temp;
use Test::More;

my %disks;

# use SmallDisk name => megabytes, ..: before the program has begun, and before
# PostgreSQL::Test::Utils has taken its output away
sub import
{
	my ($class, %megabytes) = @_;
	my @names = sort keys %megabytes;
	my $dir = $ENV{GRADUAL_SMALL_DISKS} ||= File::Temp->newdir(CLEANUP => 0) . '';

	if (!$ENV{GRADUAL_IN_NAMESPACE})
	{
		my $mounts = join ' && ', map { "mount -t tmpfs -o size=$megabytes{$_}m,mode=700 none '$dir/$_'" } @names;
		my @as_root = ('unshare', '--map-root-user', '--mount', 'sh', '-c');
		# back to a user that PostgreSQL takes for another one than root
		my $as_before = "unshare --map-user=$< --map-group=" . int($();

		mkdir "$dir/$_" foreach @names;
		plan skip_all => 'the kernel gives no namespace in which to mount small file systems'
		  if system(@as_root, "exec 2> /dev/null; $mounts && $as_before true") != 0;
		$ENV{GRADUAL_IN_NAMESPACE} = 1;
		exec @as_root, "$mounts && exec $as_before \"\$0\" \"\$@\"", $^X, (map { "-I$_" } @INC), $0;
	}
	foreach my $name (@names)
	{
		$disks{$name} = "$dir/$name";
		mkdir "$dir/$name/here";
	}
	return;
}

# An empty directory there
sub disk { return "$disks{$_[0]}/here"; }

# Leaves so many kB of it
sub fill_disk
{
	my ($name, $leave) = @_;
	my ($free) = `df --output=avail -k '$disks{$name}'` =~ /(\d+)\s*$/;

	open my $out, '>', "$disks{$name}/filler" or die "cannot fill $name: $!";
	print $out 'x' x 1024 for 1 .. $free - $leave;
	close $out or die "cannot fill $name: $!";
	return;
}

sub free_disk
{
	my ($name) = @_;
	unlink "$disks{$name}/filler" or die "cannot free $name: $!";
	return;
}

1;
