/*
 * quarantine.c
 *	  Rows that raised an error in a backfill, which went on without them.
 *
 * If we crash here the note is not there; the row raises again, and is found
 * again.
 */
#include "postgres.h"

#include "base/spi.h"
#include "ledger/own.h"
#include "ledger/quarantine.h"

void
gradual_quarantine_add(int32 migration, const GradualQuarantined *row)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, row->step);
	gradual_args_text(&args, row->leaf);
	gradual_args_text(&args, row->key);
	gradual_args_text(&args, row->row);
	gradual_args_text(&args, row->sqlstate);
	gradual_args_text(&args, row->message);
	gradual_own_run("INSERT INTO gradual.migration_quarantined AS q"
					" (migration, step, leaf, key, row, sqlstate, message)"
					" VALUES ($1, $2, $3, $4, $5::pg_catalog.jsonb, $6, $7)"
					" ON CONFLICT (migration, step, leaf, key) DO UPDATE"
					" SET row = excluded.row, sqlstate = excluded.sqlstate,"
					" message = excluded.message, at = excluded.at", &args);
}

int64
gradual_quarantine_count(int32 migration)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	return gradual_row_bigint(gradual_own_row("SELECT pg_catalog.count(*) FROM gradual.migration_quarantined"
											  " WHERE migration = $1", &args), 1, 0);
}

List *
gradual_quarantine_rows(int32 migration, int step, const char *leaf)
{
	GradualArgs args = {0};
	List	   *result = NIL;
	ListCell   *lc;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_args_text(&args, leaf);
	foreach(lc, gradual_own_rows("SELECT step, leaf, key, row::pg_catalog.text, sqlstate, message"
								 " FROM gradual.migration_quarantined"
								 " WHERE migration = $1 AND step = $2 AND ($3 IS NULL OR leaf = $3)"
								 " ORDER BY at", &args))
	{
		GradualQuarantined *row = palloc0(sizeof(GradualQuarantined));

		row->step = gradual_row_int(lfirst(lc), 1, 0);
		row->leaf = gradual_row_text(lfirst(lc), 2);
		row->key = gradual_row_text(lfirst(lc), 3);
		row->row = gradual_row_text(lfirst(lc), 4);
		row->sqlstate = gradual_row_text(lfirst(lc), 5);
		row->message = gradual_row_text(lfirst(lc), 6);
		result = lappend(result, row);
	}
	return result;
}

/* A name begins with no '>': two rows of two leaves may have the same key. */
void
gradual_quarantine_rename(int32 migration, int step, const char *olds, const char *news)
{
	GradualArgs args = {0};
	GradualArgs of_step = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_args_text(&args, olds);
	gradual_args_text(&args, news);
	gradual_own_run("UPDATE gradual.migration_quarantined AS q SET leaf = '>' || n.new"
					" FROM ROWS FROM (pg_catalog.unnest($3::pg_catalog.text[]),"
					"  pg_catalog.unnest($4::pg_catalog.text[])) AS n (old, new)"
					" WHERE q.migration = $1 AND q.step = $2 AND q.leaf = n.old", &args);
	gradual_args_int(&of_step, migration);
	gradual_args_int(&of_step, step);
	gradual_own_run("UPDATE gradual.migration_quarantined SET leaf = pg_catalog.substr(leaf, 2)"
					" WHERE migration = $1 AND step = $2 AND leaf LIKE '>%'", &of_step);
}

void
gradual_quarantine_remove(int32 migration, const GradualQuarantined *row)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, row->step);
	gradual_args_text(&args, row->leaf);
	gradual_args_text(&args, row->key);
	gradual_own_run("DELETE FROM gradual.migration_quarantined"
					" WHERE migration = $1 AND step = $2 AND leaf = $3 AND key = $4", &args);
}

void
gradual_quarantine_clear(int32 migration, int step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_own_run("DELETE FROM gradual.migration_quarantined"
					" WHERE migration = $1 AND step = $2", &args);
}
