# Ways in which an application says one and the same change of a row: what stands
# in the SQL differs, what the row holds afterwards does not.
#
# Values in the SQL are still '%v', the key is '%k'.

package ChaosWays;

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Exporter 'import';

our @EXPORT = qw(as_copy as_upsert as_merge as_prepared);

# undef: not without an expression
sub as_copy
{
	my ($table, $columns, $values) = @_;
	my @values = split /, /, $values;

	return undef if grep { !/^(?:%k|'?\w*%v'?|\d+)$/ } @values;
	return "COPY $table ($columns) FROM STDIN;\n" . join("\t", map { s/'//gr } @values) . "\n\\.\n";
}

# In DO UPDATE a column's name alone could be that of the row that was not inserted
sub as_upsert
{
	my ($table, $columns, $values, $set) = @_;
	my $qualified = $set =~ s/= (\w+) \+/= person.$1 +/gr;

	return "INSERT INTO $table AS person ($columns) VALUES ($values) ON CONFLICT (id) DO UPDATE SET $qualified";
}

sub as_merge
{
	my ($table, $set) = @_;
	return "MERGE INTO $table AS person USING (VALUES (%k)) AS wanted (k) ON id = k WHEN MATCHED THEN UPDATE SET $set WHEN NOT MATCHED THEN DO NOTHING";
}

# What prepares it, and what executes it; nothing if a literal has the type of its
# column, which a parameter of a statement prepared before the swap would keep.
sub as_prepared
{
	my ($sql) = @_;
	my $text = $sql =~ s/'(\w+)%v'/concat('$1', \$2)/gr =~ s/(?<!')%v/\$2/gr =~ s/%k/\$1/gr;
	return () if $text =~ /%v/;
	my $name = 'way_' . substr md5_hex($text), 0, 16;

	return ($name, "PREPARE $name (bigint, bigint) AS $text", "EXECUTE $name (%k, " . ($text =~ /\$2/ ? '%v' : 'NULL') . ')');
}

1;
