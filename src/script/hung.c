/*
 * hung.c
 *	  What hangs on a column of a real table, and would go with it.
 *
 * Read once when the plan is made, and again in the swap that drops the column:
 * what others have made in between has no successor on the new one.  NOT NULL has
 * constraints from 18 on, which are part of the column's state here.
 *
 * If we crash here nothing has happened: it only reads.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/guc.h"

#include "base/spi.h"
#include "script/hung.h"
#include "script/lookup.h"

static GradualArgs
column_args(Oid table, const char *column)
{
	GradualArgs args = {0};

	gradual_args_oid(&args, OIDOID, table);
	gradual_args_text(&args, column);
	return args;
}

List *
gradual_hung_find(Oid table, const char *column)
{
	GradualArgs args = column_args(table, column);
	int			level = gradual_lookup_pin_path();
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, gradual_spi_rows("SELECT DISTINCT coalesce(r.relname, k.conname, s.stxname), pg_describe_object(d.classid, d.objid, d.objsubid)"
								 " FROM (SELECT $1 AS relid UNION SELECT relid FROM pg_partition_tree($1)) t"
								 " JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = $2::name AND NOT a.attisdropped"
								 " JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relid AND d.refobjsubid = a.attnum"
								 " LEFT JOIN pg_class r ON d.classid = 'pg_class'::regclass AND r.oid = d.objid"
								 " LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid"
								 " LEFT JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid"
								 " LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid"
								 " LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid"
								 " WHERE d.deptype <> 'P'"
								 " AND (r.oid IS NULL OR (r.oid <> t.relid AND NOT r.relispartition))"
								 " AND (k.oid IS NULL OR (k.contype <> 'n' AND k.coninhcount = 0 AND k.conparentid = 0))"
								 " AND (e.oid IS NULL OR (e.adrelid, e.adnum) <> (t.relid, a.attnum))"
								 " AND (g.oid IS NULL OR g.tgparentid = 0)"
								 " AND coalesce(r.relname, k.conname, s.stxname, g.tgname, '') !~ '^[!~]?_gradual_'"
								 " ORDER BY 2", &args))
	{
		GradualHung *hung = palloc0(sizeof(GradualHung));

		hung->name = gradual_row_text(lfirst(lc), 1);
		hung->description = gradual_row_text(lfirst(lc), 2);
		found = lappend(found, hung);
	}
	AtEOXact_GUC(true, level);
	return found;
}

char *
gradual_hung_state(Oid table, const char *column)
{
	GradualArgs args = column_args(table, column);
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	row = gradual_spi_row("SELECT concat_ws(', ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attidentity <> '' THEN 'identity' ELSE 'default ' || pg_get_expr(e.adbin, e.adrelid) END,"
						  " CASE WHEN a.attnotnull THEN 'NOT NULL' END,"
						  " (SELECT 'NOT VALID' FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),"
						  " 'statistics target ' || nullif(a.attstattarget, -1), (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o WHERE o LIKE 'n\\_distinct%'),"
						  " (SELECT string_agg(format('partition %s: %s', x.relid::regclass, x.own), ', ' ORDER BY x.relid::regclass::text) FROM ("
						  "   SELECT t.relid, concat_ws(', ', CASE WHEN pg_get_expr(f.adbin, f.adrelid) IS DISTINCT FROM pg_get_expr(e.adbin, e.adrelid) THEN 'default ' || pg_get_expr(f.adbin, f.adrelid) END,"
						  "    CASE WHEN p.attnotnull AND NOT a.attnotnull THEN 'NOT NULL' END,"
						  "    CASE WHEN p.attstattarget IS DISTINCT FROM a.attstattarget THEN 'statistics target ' || nullif(p.attstattarget, -1) END) AS own"
						  "   FROM pg_partition_tree($1) t JOIN pg_attribute p ON p.attrelid = t.relid AND p.attname = a.attname"
						  "   LEFT JOIN pg_attrdef f ON f.adrelid = p.attrelid AND f.adnum = p.attnum WHERE t.level > 0) x WHERE x.own <> ''))"
						  " FROM pg_attribute a LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum"
						  " WHERE a.attrelid = $1 AND a.attname = $2::name AND NOT a.attisdropped", &args);
	AtEOXact_GUC(true, level);
	return row == NULL ? NULL : gradual_row_text(row, 1);
}
