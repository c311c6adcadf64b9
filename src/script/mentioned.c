/*
 * mentioned.c
 *	  Functions whose text names a table or column.
 *
 * PostgreSQL keeps no track of what the body of a function uses, if that is a
 * text: it fails when the name is gone, in the middle of somebody's statement.
 * A word in a text proves nothing, so this is for notes alone.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/spi.h"
#include "script/lookup.h"
#include "script/mentioned.h"

/* So many are named */
#define MOST "10"

/* Of a column of the table, which has the only name; or of the names, without one */
static char *
find(List *names, Oid table, const char *column)
{
	GradualArgs args = {0};
	GradualRow *row;
	int			level;

	gradual_args_text_list(&args, names);
	gradual_args_text(&args, column);
	gradual_args_oid(&args, OIDOID, table);
	level = gradual_lookup_pin_path();
	row = gradual_spi_row("WITH word AS (SELECT format('(^|[^[:alnum:]_$])(%s)($|[^[:alnum:]_$])', string_agg(regexp_replace(n, '[^[:alnum:]_]', '\\\\\\&', 'g'), '|')) AS relation,"
						  "  format('(^|[^[:alnum:]_$])%s($|[^[:alnum:]_$])', regexp_replace($2, '[^[:alnum:]_]', '\\\\\\&', 'g')) AS attribute"
						  "  FROM unnest($1) n),"
						  " found AS (SELECT p.oid::regprocedure::text AS name FROM word, pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace"
						  "  WHERE l.lanname NOT IN ('internal', 'c') AND p.prosqlbody IS NULL AND n.nspname !~ '^(pg_.*|information_schema|gradual)$'"
						  "  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"
						  "  AND CASE WHEN $2 IS NULL THEN p.prosrc ~* relation ELSE p.prosrc ~* attribute AND (p.prosrc ~* relation"
						  "   OR EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid AND g.tgrelid = $3)) END)"
						  " SELECT string_agg(name, ', ' ORDER BY name) FILTER (WHERE place <= " MOST ") || CASE WHEN count(*) > " MOST " THEN format(' and %s more', count(*) - " MOST ") ELSE '' END"
						  " FROM (SELECT name, row_number() OVER (ORDER BY name) AS place FROM found) x", &args);
	AtEOXact_GUC(true, level);
	return gradual_row_text(row, 1);
}

char *
gradual_mentioned_tables(List *names)
{
	return names == NIL ? NULL : find(names, InvalidOid, NULL);
}

char *
gradual_mentioned_column(Oid table, const char *column)
{
	return !OidIsValid(table) ? NULL : find(list_make1(get_rel_name(table)), table, column);
}
