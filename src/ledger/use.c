/*
 * use.c
 *	  Does anybody still use the tables that a migration is about to drop?
 *
 * The statistics of tables and their indexes tell, as they do in
 * pg_stat_user_tables; VACUUM and ANALYZE are not among them.  Our own work on a
 * table was done before the migration became ready, but may not have reached
 * the shared counters yet: what this session still keeps is added, here and
 * when the numbers are compared.  Others who worked for us have reported theirs:
 * a worker does before it lets go, and for its helpers the leader waits.
 *
 * A counter that is smaller than what had been reported by then was reset: then
 * all of it is new.  If it is not, but smaller than what was kept with it, that has
 * not been reported yet, and nothing is new.
 */
#include "postgres.h"

#include "base/spi.h"
#include "ledger/own.h"
#include "ledger/use.h"

/* Four counters of the table c, shared ('') or of this session ('xact_'). */
#define COUNTERS_OF(whose) \
	"ARRAY[(SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_stat_get_" whose "numscans(r.oid)), 0)" \
	"  FROM (SELECT c.oid UNION ALL SELECT i.indexrelid FROM pg_catalog.pg_index i" \
	"   WHERE i.indrelid = c.oid) r)," \
	" pg_catalog.pg_stat_get_" whose "tuples_inserted(c.oid)," \
	" pg_catalog.pg_stat_get_" whose "tuples_updated(c.oid)," \
	" pg_catalog.pg_stat_get_" whose "tuples_deleted(c.oid)]::bigint[]"

/* Those of each table; a partitioned one has none, its partitions do. */
#define COUNTERS \
	"SELECT t.name, " COUNTERS_OF("") " AS reported, " COUNTERS_OF("xact_") " AS kept" \
	" FROM (SELECT DISTINCT pg_catalog.unnest(s.drops) AS name" \
	"  FROM gradual.migration_step s WHERE s.migration = $1) t" \
	" JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)" \
	"  ON pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.'," \
	"   pg_catalog.quote_ident(c.relname)) = t.name"

static void
forget_snapshot(void)
{
	gradual_own_rows("SELECT pg_catalog.pg_stat_clear_snapshot()", NULL);
}

void
gradual_use_record(const GradualMigration *migration)
{
	GradualArgs args = {0};

	forget_snapshot();
	gradual_args_int(&args, migration->id);
	gradual_own_run("UPDATE gradual.migration SET uses = (SELECT pg_catalog.jsonb_object_agg("
					" u.name, pg_catalog.jsonb_build_object('reported', u.reported, 'kept', u.kept))"
					" FROM (" COUNTERS ") u)"
					" WHERE id = $1 AND EXISTS (SELECT FROM gradual.migration_step s"
					"  WHERE s.migration = $1 AND s.drops <> '{}')", &args);
}

GradualUse *
gradual_use_find(const GradualMigration *migration)
{
	GradualArgs args = {0};
	GradualRow *row;
	GradualUse *use;

	forget_snapshot();
	gradual_args_int(&args, migration->id);
	row = gradual_own_row("SELECT u.name, d.counters[1], d.counters[2], d.counters[3], d.counters[4]"
						  " FROM gradual.migration m, LATERAL (" COUNTERS ") u, LATERAL (SELECT"
						  "  ARRAY(SELECT CASE WHEN c.reported < b.reported THEN c.reported + c.kept"
						  "    ELSE greatest(0, c.reported + c.kept - b.reported - b.kept) END"
						  "   FROM ROWS FROM (pg_catalog.unnest(u.reported), pg_catalog.unnest(u.kept))"
						  "    WITH ORDINALITY c (reported, kept, n)"
						  "   JOIN LATERAL (SELECT (m.uses -> u.name -> 'reported' ->> (c.n - 1)::int)::bigint,"
						  "    (m.uses -> u.name -> 'kept' ->> (c.n - 1)::int)::bigint) b (reported, kept)"
						  "    ON true ORDER BY c.n) AS counters) d"
						  " WHERE m.id = $1 AND 0 < ANY (d.counters) ORDER BY u.name LIMIT 1", &args);
	if (row == NULL)
		return NULL;
	use = palloc(sizeof(GradualUse));
	use->table = gradual_row_text(row, 1);
	use->scans = gradual_row_bigint(row, 2, 0);
	use->inserted = gradual_row_bigint(row, 3, 0);
	use->updated = gradual_row_bigint(row, 4, 0);
	use->deleted = gradual_row_bigint(row, 5, 0);
	return use;
}
