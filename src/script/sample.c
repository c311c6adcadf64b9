/*
 * sample.c
 *	  A few rows of the real tables, in their clones.
 *
 * Texts run with search_path = pg_catalog, since a clone in pg_temp shadows its
 * original.
 *
 * If we crash here nothing is left: clones go with the transaction.
 */
#include "postgres.h"

#include "access/table.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/ident.h"
#include "base/spi.h"
#include "base/txn.h"
#include "script/sample.h"

/* What a table is called where rows of it are looked for. */
#define ROW "_gradual_row"

/* So many rows of any kind may stand for those that cannot be looked for yet. */
#define ROWS_OF_ANY_KIND 1000

/* Is there such a thing as this query, now?  Nothing is read. */
static void
analyze(void *arg)
{
	(void) gradual_spi_run(psprintf("%s LIMIT 0", (char *) arg), NULL);
}

static bool
is_valid(char *query)
{
	return gradual_txn_subtransaction(false, analyze, query) == NULL;
}

static void
append_wish(StringInfo sql, const GradualSample *sample, const GradualSampleWish *wish)
{
	char	   *all = psprintf("SELECT " ROW ".tableoid AS leaf, " ROW ".ctid AS place, " ROW " AS whole"
							   " FROM %s AS " ROW, gradual_ident_qualified(wish->oid));
	char	   *some = wish->where == NULL ? all : psprintf("%s WHERE %s", all, wish->where);

	appendStringInfoString(sql, sql->len > 0 ? " UNION ALL " : "");
	if (is_valid(some))
		appendStringInfo(sql, "(%s LIMIT %d)", some, sample->rows);
	else
		appendStringInfo(sql, "(%s LIMIT %d)", all, Max(sample->rows, ROWS_OF_ANY_KIND));
}

/* 'INSERT INTO clone (columns) OVERRIDING SYSTEM VALUE SELECT columns' */
static void
append_insert(StringInfo sql, Relation clone)
{
	TupleDesc	desc = RelationGetDescr(clone);
	StringInfoData columns;
	StringInfoData values;

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *name = quote_identifier(NameStr(attribute->attname));

		if (attribute->attisdropped || attribute->attgenerated != '\0')
			continue;
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", name);
		appendStringInfo(&values, "%s(s.whole).%s", values.len > 0 ? ", " : "", name);
	}
	if (columns.len > 0)
		appendStringInfo(sql, "INSERT INTO pg_temp.%s (%s) OVERRIDING SYSTEM VALUE SELECT %s",
						 quote_identifier(RelationGetRelationName(clone)), columns.data, values.data);
}

void
gradual_sample_load(const GradualSample *sample, Oid real, Oid clone)
{
	StringInfoData rows;
	StringInfoData sql;
	Relation	rel;
	ListCell   *lc;

	initStringInfo(&rows);
	initStringInfo(&sql);
	foreach(lc, sample->wishes)
	{
		GradualSampleWish *wish = lfirst(lc);

		if (wish->oid == real)
			append_wish(&rows, sample, wish);
	}
	rel = table_open(clone, NoLock);
	append_insert(&sql, rel);
	table_close(rel, NoLock);
	if (rows.len > 0 && sql.len > 0)
		(void) gradual_spi_run(psprintf("%s FROM (SELECT DISTINCT ON (u.leaf, u.place) u.whole FROM (%s) u) s",
										sql.data, rows.data), NULL);
}
