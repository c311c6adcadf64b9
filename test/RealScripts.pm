# The upgrade scripts of real products, from packages of Debian that are
# downloaded when a test wants them, unpacked, and thrown away with it.
#
# A product ships its newest schema and the scripts that led there.  So the
# tables are turned back as the scripts need it: what a script is about to make
# and is there already goes, what it needs and is gone comes back, as psql's
# error says.  What cannot be turned back so is left out, and counted.

package RealScripts;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use SameAsPsql;

our @EXPORT = qw(products fetch_product repair_of);

sub by_version
{
	my ($x, $y) = map { [ /(\d+|[a-z]+)/g ] } map { s/\.sql$//r =~ s|.*/||r } @_;
	while (@$x && @$y)
	{
		my ($p, $q) = (shift @$x, shift @$y);
		my $order = $p =~ /^\d/ && $q =~ /^\d/ ? $p <=> $q : $p cmp $q;
		return $order if $order;
	}
	return @$x <=> @$y;
}

sub in_folder
{
	my ($folder) = @_;
	return sort { by_version($a, $b) } glob "$folder/*.sql";
}

# As a file says: "!" means that it may fail
sub in_load_order
{
	my ($folder) = @_;
	return map { "$folder/" . s/^!//r } grep { /\S/ && !/^#/ } split /\n/, slurp_file("$folder/LOADORDER");
}

sub products
{
	return (
		{
			name => 'icinga', packages => ['icinga2-ido-pgsql'],
			base => ['usr/share/icinga2-ido-pgsql/schema/pgsql.sql'],
			scripts => sub { in_folder("$_[0]/usr/share/icinga2-ido-pgsql/schema/upgrade") },
		},
		{
			name => 'tt_rss', packages => ['tt-rss'],
			base => ['usr/share/tt-rss/schema/ttrss_schema_pgsql.sql'],
			scripts => sub { in_folder("$_[0]/usr/share/tt-rss/schema/versions/pgsql") },
		},
		{
			name => 'davical', packages => [ 'davical', 'libawl-php' ],
			base => [ (map { "usr/share/awl/dba/$_.sql" } qw(awl-tables schema-management)),
				(map { "usr/share/davical/dba/$_.sql" } qw(davical rrule_functions caldav_functions base-data)) ],
			scripts => sub { in_folder("$_[0]/usr/share/davical/dba/patches") },
		},
		{
			name => 'ledgersmb', packages => ['ledgersmb'],
			base => ['usr/share/ledgersmb/sql/Pg-database.sql'],
			scripts => sub { in_load_order("$_[0]/usr/share/ledgersmb/sql/changes") },
		},);
}

# Downloads and unpacks; returns why it could not
sub fetch_product
{
	my ($product, $folder) = @_;
	foreach my $package (@{ $product->{packages} })
	{
		my ($out, $err) = ('', '');
		my $deb = (glob "$folder/${package}_*.deb")[0];
		if (!$deb)
		{
			IPC::Run::run([ 'sh', '-c', "cd '$folder' && timeout 60 apt-get download $package" ], '<', \undef, '>', \$out, '2>', \$err)
			  or return "$package cannot be downloaded: " . (split /\n/, $err)[-1];
			$deb = (glob "$folder/${package}_*.deb")[0] or return "$package was not downloaded";
		}
		IPC::Run::run([ 'dpkg-deb', '-x', $deb, "$folder/$product->{name}" ], '<', \undef, '>', \$out, '2>', \$err)
		  or return "$package cannot be unpacked: $err";
	}
	return '';
}

# --- turning back ---

sub names { return map { s/"//gr =~ s/.*\.//r } @_; }

sub drop_any
{
	my ($name) = @_;
	return <<SQL;
DO \$do\$
DECLARE k text;
BEGIN
	SELECT CASE relkind WHEN 'i' THEN 'INDEX' WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END
	INTO k FROM pg_class WHERE oid = '"$name"'::regclass;
	EXECUTE format('DROP %s "$name" CASCADE', k);
END \$do\$
SQL
}

# What to do first, so that a script no longer fails in this way; undef if
# nothing helps.
my @repairs = (
	[ qr/42701: column "(.*)" of relation "(.*)" already exists/ => sub { qq(ALTER TABLE "$_[1]" DROP COLUMN "$_[0]" CASCADE) } ],
	[ qr/42P07: relation "(.*)" already exists/ => sub { drop_any($_[0]) } ],
	[ qr/42710: constraint "(.*)" for relation "(.*)" already exists/ => sub { qq(ALTER TABLE "$_[1]" DROP CONSTRAINT "$_[0]" CASCADE) } ],
	[ qr/42710: trigger "(.*)" for relation "(.*)" already exists/ => sub { qq(DROP TRIGGER "$_[0]" ON "$_[1]") } ],
	[ qr/42710: type "(.*)" already exists/ => sub { qq(DROP TYPE "$_[0]" CASCADE) } ],
	[ qr/42723: function "(.*)" already exists/ => sub { qq(DROP ROUTINE "$_[0]" CASCADE) } ],
	[ qr/42P13: cannot change (?:name of input parameter|return type).*\n(?:DETAIL.*\n)?HINT:  Use DROP FUNCTION (.*) first/ => sub { "DROP FUNCTION $_[0] CASCADE" } ],
	[ qr/42P16: cannot (?:drop columns from|change).* view(?:.*\n)*?SCHEMA NAME:.*\nTABLE NAME:  (.*)/ => sub { qq(DROP VIEW "$_[0]" CASCADE) } ],
	[ qr/42P16: multiple primary keys for table "(.*)" are not allowed/ =>
		  sub { "DO \$do\$ BEGIN EXECUTE (SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'p' AND conrelid = '\"$_[0]\"'::regclass); END \$do\$" } ],
	[ qr/23505: duplicate key value.*\nDETAIL:  Key \((.*)\)=\((.*)\) already exists(?:.*\n)*?TABLE NAME:  (.*)/ => sub {
			my ($columns, $values, $table) = @_;
			my @columns = split /, /, $columns;
			my @values = map { s/'/''/gr } split /, /, $values, scalar @columns;
			return qq(SET session_replication_role = replica; DELETE FROM "$table" WHERE ) . join(' AND ', map { "($columns[$_])::text = '$values[$_]'" } 0 .. $#columns) . '; RESET session_replication_role';
		} ],
	[ qr/23503: insert or update.*violates foreign key constraint "(.*)"(?:.*\n)*?TABLE NAME:  (.*)/ => sub { qq(ALTER TABLE "$_[1]" DROP CONSTRAINT "$_[0]") } ],
	[ qr/23502: column "(.*)" of relation "(.*)" contains null values/ => sub { qq(SET session_replication_role = replica; DELETE FROM "$_[1]" WHERE "$_[0]" IS NULL; RESET session_replication_role) } ],
	[ qr/42703: column "(.*)" of relation "(.*)" does not exist/ => sub { my ($c, $t) = names(@_); qq(ALTER TABLE "$t" ADD COLUMN "$c" @{[ $c =~ m/id$|^num|count/ ? 'integer' : 'text' ]}) } ],
	[ qr/42704: constraint "(.*)" of relation "(.*)" does not exist/ => sub { qq(ALTER TABLE "$_[1]" ADD CONSTRAINT "$_[0]" CHECK (true)) } ],
	[ qr/42704: index "(.*)" does not exist/ => sub { qq(CREATE TABLE IF NOT EXISTS indexed (id integer); CREATE INDEX "$_[0]" ON indexed (id)) } ],
	[ qr/42704: role "(.*)" does not exist/ => sub { qq(CREATE ROLE "$_[0]") } ],
	[ qr/42704: trigger "(.*)" for table "(.*)" does not exist/ =>
		  sub { qq(CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER "$_[0]" BEFORE UPDATE ON "$_[1]" FOR EACH ROW EXECUTE FUNCTION nothing()) } ],
	[ qr/(?:42P01: (?:relation "(.*_seq)"|sequence "(.*)") does not exist|42809: "(.*)" is not a sequence)/ =>
		  sub { my ($s) = names(grep { defined } @_); qq(DROP TABLE IF EXISTS "$s"; CREATE SEQUENCE "$s") } ],
	[ qr/(?:42P01: view "(.*)" does not exist|42809: "(.*)" is not a view)/ =>
		  sub { my ($v) = names(grep { defined } @_); qq(DROP TABLE IF EXISTS "$v" CASCADE; CREATE VIEW "$v" AS SELECT 1 AS one) } ],
	[ qr/42P01: (?:relation|table) "(.*)" does not exist/ => sub { my ($t) = names(@_); qq(CREATE TABLE "$t" (id integer)) } ],
	[ qr/23514: check constraint "(.*)" of relation "(.*)" is violated by some row/ => sub { qq(SET session_replication_role = replica; DELETE FROM "$_[1]"; RESET session_replication_role) } ],
	[ qr/23503: .*violates foreign key constraint "(.*)" on table "(.*)"/ => sub { qq(ALTER TABLE "$_[1]" DROP CONSTRAINT "$_[0]") } ],
	[ qr/42830: there is no unique constraint matching given keys for referenced table "(.*)"/ =>
		  sub { my ($t) = @_; "DO \$do\$ BEGIN EXECUTE (SELECT format('ALTER TABLE \"$t\" ADD PRIMARY KEY (%I)', attname) FROM pg_attribute WHERE attrelid = '\"$t\"'::regclass AND attnum = 1); END \$do\$" } ],
	[ qr/42883: function (\w+)\(\) does not exist/ => sub { "CREATE FUNCTION $_[0]() RETURNS integer LANGUAGE sql AS 'SELECT 1'" } ],
	[ qr/Database (?:revisions after|has not been upgraded to) (\d+)\.(\d+)\.(\d+)/ =>
		  sub { "DELETE FROM awl_db_revision; INSERT INTO awl_db_revision (schema_id, schema_major, schema_minor, schema_patch, schema_name) VALUES (1, $_[0], $_[1], $_[2], 'x')" } ],);

sub repair_of
{
	my ($err) = @_;
	foreach my $repair (@repairs)
	{
		my @found = $err =~ $repair->[0] or next;
		return $repair->[1]->(@found);
	}
	return;
}

1;
