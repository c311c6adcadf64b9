/*
 * assigned.c
 *	  The columns that an UPDATE assigns, and rows in which nobody has filled them.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "backfill/assigned.h"
#include "backfill/rewrite.h"

List *
gradual_assigned_columns(const char *sql)
{
	RawStmt    *raw = gradual_rewrite_parse(sql);
	List	   *names = NIL;
	ListCell   *lc;

	if (!IsA(raw->stmt, UpdateStmt))
		return NIL;
	foreach(lc, ((UpdateStmt *) raw->stmt)->targetList)
		names = lappend(names, lfirst_node(ResTarget, lc)->name);
	return names;
}

/* In text, since not every type can be compared */
char *
gradual_assigned_unfilled(Relation rel, const char *alias, List *columns)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		const char *name = quote_identifier(lfirst(lc));
		AttrNumber	number = get_attnum(RelationGetRelid(rel), lfirst(lc));
		Node	   *preset = number > 0 ? build_column_default(rel, number) : NULL;

		if (sql.len > 0)
			appendStringInfoString(&sql, " AND ");
		if (preset == NULL)
			appendStringInfo(&sql, "%s.%s IS NULL", alias, name);
		else
			appendStringInfo(&sql, "%s.%s::pg_catalog.text IS NOT DISTINCT FROM (%s)::pg_catalog.text",
							 alias, name, deparse_expression(preset, NIL, false, false));
	}
	return sql.data;
}
