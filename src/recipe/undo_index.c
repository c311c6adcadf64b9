/*
 * undo_index.c
 *	  What brings back an index that a step drops.
 *
 * The query runs right before the step, its texts at rollback.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "ledger/step.h"
#include "recipe/undo_index.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "undo_index.c must stay pure"
#endif

/*
 * What hangs on the index c, as rows of (n, needed, sql).  The server's text of
 * the definition leaves out the tablespace.
 */
static char *
parts_of(const char *index, const char *table)
{
	static const char *const parts =
	"VALUES (1, true, COALESCE((SELECT pg_catalog.substr(d.definition, 1, pg_catalog.length(d.definition) - pg_catalog.length(d.condition)) || ' TABLESPACE ' || pg_catalog.quote_ident(spcname) || d.condition FROM pg_catalog.pg_tablespace WHERE oid = c.reltablespace AND pg_catalog.right(d.definition, pg_catalog.length(d.condition)) = d.condition), d.definition)),"
	" (2, d.comment IS NOT NULL, pg_catalog.format('COMMENT ON INDEX %%s IS %%L', %1$s, d.comment)),"
	" (3, i.indisclustered, pg_catalog.format('ALTER TABLE %%s CLUSTER ON %%I', %2$s, c.relname)),"
	" (4, i.indisreplident, pg_catalog.format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', %2$s, c.relname))"
	" UNION ALL SELECT 5, true, pg_catalog.format('ALTER INDEX %%s ALTER COLUMN %%s SET STATISTICS %%s', %1$s, a.attnum, a.attstattarget)"
	" FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0";

	return psprintf(parts, index, table);
}

/*
 * The indexes of the partitions of c.  Concurrently they are built for it under
 * names that we choose, and get their own then; else they come first, from the
 * leaves up, and an index that is built above them takes them in.  Those of partitions
 * that are gone by then are not missed.
 */
static char *
parts_of_partitions(const char *index, bool concurrently)
{
	static const char *const rename =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER INDEX %%s RENAME TO %%I', i.indexrelid::pg_catalog.regclass, %1$L)"
	" FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(%2$L)) t JOIN pg_catalog.pg_index i ON i.indexrelid = t.relid"
	" JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
	" WHERE i.indrelid = pg_catalog.to_regclass(%3$L) AND x.relname <> %1$L";
	static const char *const parts =
	"SELECT p.n, true, p.sql"
	" FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_index k ON k.indexrelid = t.relid JOIN pg_catalog.pg_class x ON x.oid = t.relid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace,"
	" LATERAL (SELECT CASE WHEN %3$s THEN 6 ELSE - t.level END AS n,"
	" CASE WHEN %3$s THEN pg_catalog.format(%1$s, x.relname, %2$s, k.indrelid::pg_catalog.regclass) ELSE pg_catalog.format(%4$s, k.indrelid::pg_catalog.regclass, pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.oid), ' ON ONLY ', ' ON ')) END AS sql UNION ALL"
	" SELECT 7, pg_catalog.format(%4$s, k.indrelid::pg_catalog.regclass, pg_catalog.format('COMMENT ON INDEX %%I.%%I IS %%L', n.nspname, x.relname, pg_catalog.obj_description(x.oid, 'pg_class'))) WHERE pg_catalog.obj_description(x.oid, 'pg_class') IS NOT NULL) p"
	" WHERE c.relkind = 'I' AND t.level > 0";

	return psprintf(parts, quote_literal_cstr(rename), index, concurrently ? "true" : "false",
					quote_literal_cstr(GRADUAL_UNDO_IF_THERE));
}

char *
gradual_undo_index(const char *index, const char *table, bool concurrently)
{
	/*
	 * a partitioned index is built on all partitions, or is a shell for
	 * theirs
	 */
	static const char *const query =
	"SELECT t.sql FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid,"
	" LATERAL (SELECT pg_catalog.obj_description(c.oid, 'pg_class') AS comment,"
	" CASE WHEN c.relkind = 'i' AND %1$s THEN pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(c.oid), '^CREATE (UNIQUE )?INDEX ', 'CREATE \\1INDEX CONCURRENTLY ')"
	" WHEN c.relkind = 'i' OR %1$s THEN pg_catalog.pg_get_indexdef(c.oid)"
	" ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') END AS definition,"
	" COALESCE(' WHERE ' || pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS condition) d,"
	" LATERAL (%3$s UNION ALL %4$s) t (n, needed, sql)"
	" WHERE c.oid = pg_catalog.to_regclass(%2$s) AND t.needed ORDER BY t.n";
	char	   *name = quote_literal_cstr(index);

	return psprintf(query, concurrently ? "true" : "false", name,
					parts_of(name, quote_literal_cstr(table)),
					parts_of_partitions(name, concurrently));
}
