/*
 * reindexed.c
 *	  The indexes that a step's REINDEX CONCURRENTLY makes.
 *
 * REINDEX CONCURRENTLY makes a new index, i_ccnew, in one transaction, builds it in
 * others, and then one exchanges its name with that of the old one, which
 * becomes i_ccold, is invalid from there on, and goes at last.  So what can be left
 * is the new index, known by its OID, while it is still called ccnew; or, once the
 * new one is valid under the name of the old one, the old one, which was there
 * beside the new one when that was made.  Both are invalid.
 *
 * What somebody else's REINDEX left is none of it: its new index is not noted
 * here, and an index that it put aside was not replaced by one of ours.
 *
 * Invariant: a row is committed with the index that it is about, or not at all.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "ledger/own.h"
#include "ledger/reindexed.h"

/* How PostgreSQL names what it makes and what it puts aside. */
#define IS_NEW "~ '_ccnew[0-9]*$'"
#define IS_OLD "~ '_ccold[0-9]*$'"

/* 'o' was put aside under a name made of that of 'n', which was cut if it is long. */
#define IS_NAMED_AFTER \
	"(CASE WHEN pg_catalog.octet_length(n.relname::text) < 48 THEN n.relname::text = o.base" \
	" ELSE pg_catalog.starts_with(n.relname::text, o.base) END)"

#define LEFT_OVER \
	"WITH made AS (SELECT r.index, r.beside FROM gradual.migration_reindexed r" \
	"  WHERE r.migration = $1 AND r.step = $2)," \
	" invalid AS (SELECT c.oid, c.relname, i.indrelid," \
	"  pg_catalog.regexp_replace(c.relname::text, '_ccold[0-9]*$', '') AS base" \
	"  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid" \
	"  WHERE NOT i.indisvalid)" \
	" SELECT o.oid FROM invalid o JOIN made m ON m.index = o.oid WHERE o.relname " IS_NEW \
	" UNION SELECT o.oid FROM invalid o JOIN made m ON o.oid = ANY (m.beside)" \
	"  JOIN pg_catalog.pg_index v ON v.indexrelid = m.index AND v.indrelid = o.indrelid" \
	"   AND v.indisvalid" \
	"  JOIN pg_catalog.pg_class n ON n.oid = v.indexrelid" \
	"  WHERE o.relname " IS_OLD " AND " IS_NAMED_AFTER

/* What else is made meanwhile, as by an event trigger, is noted too: it does no harm. */
void
gradual_reindexed_add(int32 migration, int64 fence, int step, Oid relation)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_bigint(&args, fence);
	gradual_args_int(&args, step);
	gradual_args_oid(&args, OIDOID, relation);
	if (gradual_own_run("INSERT INTO gradual.migration_reindexed (migration, step, index, beside)"
						" SELECT m.id, $3, $4, ARRAY(SELECT i.indexrelid FROM pg_catalog.pg_index i"
						"  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
						"  WHERE i.indrelid = (SELECT n.indrelid FROM pg_catalog.pg_index n"
						"   WHERE n.indexrelid = $4)"
						"  AND NOT c.relname " IS_NEW " AND NOT c.relname " IS_OLD ")"
						" FROM (SELECT id FROM gradual.migration"
						"  WHERE id = $1 AND incarnation = $2 FOR KEY SHARE) m", &args) == 0)
		gradual_own_fenced(migration);
}

Oid
gradual_reindexed_left(int32 migration, int step)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	row = gradual_own_row(LEFT_OVER " ORDER BY 1 LIMIT 1", &args);
	return row == NULL ? InvalidOid : gradual_row_oid(row, 1);
}

bool
gradual_reindexed_is_left(int32 migration, int step, Oid index)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_args_oid(&args, OIDOID, index);
	return gradual_own_row("SELECT FROM (" LEFT_OVER ") l WHERE l.oid = $3", &args) != NULL;
}

void
gradual_reindexed_forget(int32 migration, int step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_own_run("DELETE FROM gradual.migration_reindexed WHERE migration = $1 AND step = $2",
					&args);
}
