/*
 * published.c
 *	  Which publications a table is in.
 *
 * A column that is added to a published table goes to the subscribers with the
 * next row, and those that lack it stop: "missing replicated column".  Dropping
 * the column again does not heal that, since the row is in the WAL.  What helps
 * is a column list, set in the transaction that adds the column.
 *
 * Publications with a column list of their own show no new column.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/spi.h"
#include "script/lookup.h"
#include "script/published.h"

#define CANNOT_HIDE ", so a column cannot be hidden from its subscribers, who would stop for good"

/* The table and all below it: each may be published by itself. */
static const char members[] =
"WITH RECURSIVE family (oid) AS (VALUES ($1) UNION"
" SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid)"
" SELECT p.oid, pg_catalog.format('%I.%I', n.nspname, c.relname),"
" (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)"
"  FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
"  AND NOT a.attisdropped AND (a.attgenerated = '' OR a.attgenerated = 's'"
"   AND pg_catalog.to_jsonb(p) ->> 'pubgencols' = 's')),"
" pg_catalog.pg_get_expr(r.prqual, r.prrelid),"
" CASE WHEN NOT pg_catalog.pg_has_role(p.pubowner, 'USAGE')"
"   THEN 'belongs to another role" CANNOT_HIDE "'"
"  WHEN c.relreplident = 'f' AND (p.pubupdate OR p.pubdelete)"
"   THEN 'publishes updates with REPLICA IDENTITY FULL" CANNOT_HIDE "'"
"  WHEN c.relkind = 'p' AND NOT p.pubviaroot"
"   THEN 'publishes a partitioned table without publish_via_partition_root" CANNOT_HIDE "'"
"  WHEN p.pubupdate AND c.relreplident <> 'f' AND NOT EXISTS"
"   (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indimmediate"
"    AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END)"
"   THEN 'publishes updates of a table without replica identity, so its rows cannot be changed' END, p.pubname"
" FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid"
" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
" JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid AND r.prattrs IS NULL"
" JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid"
" UNION ALL SELECT p.oid, NULL, NULL, NULL,"
" CASE WHEN p.puballtables THEN 'is FOR ALL TABLES" CANNOT_HIDE "' ELSE 'is FOR TABLES IN SCHEMA" CANNOT_HIDE "' END, p.pubname"
" FROM pg_catalog.pg_publication p WHERE p.puballtables OR EXISTS"
" (SELECT FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_class c"
"  ON c.relnamespace = s.pnnspid JOIN family f ON f.oid = c.oid WHERE s.pnpubid = p.oid)"
" ORDER BY 6, 2";

static char *name_before(GradualRehearsal *rehearsal, Oid publication);
static GradualPublication *read_member(GradualRehearsal *rehearsal, const GradualRow *row);

void
gradual_published_find(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	GradualTable *table = relation->table;
	GradualArgs args = {0};
	List	   *rows;
	int			level;
	ListCell   *lc;

	if (table == NULL || !OidIsValid(relation->oid) || table->publications != NIL)
		return;
	gradual_args_oid(&args, OIDOID, relation->oid);
	level = gradual_lookup_pin_path();
	rows = gradual_spi_rows(members, &args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
	{
		GradualRow *row = lfirst(lc);
		char	   *impossible = gradual_row_text(row, 5);

		if (impossible == NULL)
			table->publications = lappend(table->publications, read_member(rehearsal, row));
		else if (table->unhidable == NULL)
			table->unhidable = psprintf("publication %s %s", name_before(rehearsal, gradual_row_oid(row, 1)),
										impossible);
	}
}

/* Quoted.  The script renames and drops publications in the swap, after what names them here. */
static char *
name_before(GradualRehearsal *rehearsal, Oid publication)
{
	Relation	catalog = table_open(PublicationRelationId, AccessShareLock);
	char	   *name = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_publication_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(publication));
	scan = systable_beginscan(catalog, PublicationObjectIndexId, true, rehearsal->before, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		name = pstrdup(NameStr(((Form_pg_publication) GETSTRUCT(tuple))->pubname));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	if (name == NULL)
		name = get_publication_name(publication, false);
	return pstrdup(quote_identifier(name));
}

static GradualPublication *
read_member(GradualRehearsal *rehearsal, const GradualRow *row)
{
	GradualPublication *member = palloc0(sizeof(GradualPublication));
	char	   *condition = gradual_row_text(row, 4);

	member->publication = name_before(rehearsal, gradual_row_oid(row, 1));
	member->member = gradual_row_text(row, 2);
	member->columns = gradual_row_text(row, 3);
	member->condition = condition == NULL ? "" : psprintf(" WHERE (%s)", condition);
	return member;
}
