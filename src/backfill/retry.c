/*
 * retry.c
 *	  Another try at a row in the quarantine.
 *
 * Nobody but us changes it by the statement, since batches pass it over; so what
 * is left to be asked is whether the application has filled it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/guc.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/txn.h"
#include "backfill/apply.h"
#include "backfill/assigned.h"
#include "backfill/backfill.h"
#include "backfill/known.h"
#include "backfill/position.h"
#include "backfill/quarantine.h"
#include "backfill/retry.h"
#include "ledger/cursor.h"

typedef struct Retry
{
	const GradualMigration *migration;
	const GradualStep *step;
	const GradualQuarantined *row;
} Retry;

static void
set_leaf(GradualLeaf *leaf, Oid oid)
{
	memset(leaf, 0, sizeof(GradualLeaf));
	leaf->oid = oid;
	leaf->schema = get_namespace_name(get_rel_namespace(oid));
	leaf->name = get_rel_name(oid);
	leaf->qualified = quote_qualified_identifier(leaf->schema, leaf->name);
	leaf->lock = RowExclusiveLock;
}

static void
change_row(const Retry *retry, const GradualLeaf *leaf, Relation rel, ItemPointer tid)
{
	const GradualStep *step = retry->step;
	const char *sql = linitial(step->commands);
	RawStmt    *raw = gradual_rewrite_parse(sql);
	const char *alias = quote_identifier(gradual_rewrite_alias(raw, step->walks));
	Oid			types[1] = {TIDOID};
	Datum		values[1] = {PointerGetDatum(tid)};
	GradualApplyShape shape = {.ntypes = 1,.types = types,.walks = step->walks};

	shape.condition = psprintf("%s.ctid OPERATOR(pg_catalog.=) $1", alias);
	if (step->proof == GRADUAL_PROOF_ATTRIBUTES || step->chase)
		shape.condition = psprintf("%s AND %s", shape.condition,
								   gradual_assigned_unfilled(rel, alias,
															 gradual_assigned_columns(sql)));
	(void) gradual_apply_run(gradual_apply_make(sql, leaf, &shape, retry->migration->started_at),
							 values, false);
}

/*
 * By the name that it had when the backfill knew it last, as the row is noted under;
 * InvalidOid: the partition is gone
 */
static Oid
find_leaf(const Retry *retry)
{
	const GradualStep *step = retry->step;
	GradualPosition position = {0};
	const GradualLeaf *stranger;
	RangeVar   *walked = gradual_rewrite_walked(gradual_rewrite_parse(linitial(step->commands)),
												step->walks);
	Oid			root = gradual_backfill_find_table(step, walked);
	GradualLeaf table;
	List	   *known;
	List	   *leaves;

	set_leaf(&table, root);
	gradual_leaf_refuse_hidden(&table);
	gradual_position_decode_facts(&position, gradual_cursor_facts(retry->migration->id, step->step));
	known = position.known;
	if (step->walks == NULL && known != NIL)
	{
		leaves = gradual_known_leaves(gradual_leaves(root, true, RowExclusiveLock),
									  &position.known, false, &stranger);
		for (int i = 0; i < list_length(leaves); i++)
		{
			if (strcmp(gradual_known_name(known, i), retry->row->leaf) == 0)
				return ((GradualLeaf *) list_nth(leaves, i))->oid;
		}
	}
	return gradual_ident_find(retry->row->leaf);
}

static void
find_and_change(const Retry *retry)
{
	Oid			oid = find_leaf(retry);
	GradualLeaf leaf;
	Relation	rel;
	ItemPointerData tid;

	if (!OidIsValid(oid))
		return;
	set_leaf(&leaf, oid);
	rel = gradual_leaf_open(&leaf);
	if (gradual_quarantine_find(retry->row, &leaf, rel, &tid))
		change_row(retry, &leaf, rel, &tid);
	relation_close(rel, NoLock);
}

static void
try_row(void *arg)
{
	Retry	   *retry = arg;
	GradualIdentity identity;

	gradual_identity_enter_role(&identity, retry->migration->owner);
	gradual_identity_pin_transaction(retry->migration->search_path, retry->step->settings);
	gradual_script_statement = retry->step->statement;
	if (retry->step->quiet)
		gradual_identity_silence_triggers();
	PushActiveSnapshot(GetTransactionSnapshot());
	find_and_change(retry);
	PopActiveSnapshot();
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	gradual_quarantine_remove(retry->migration->id, retry->row);
}

ErrorData *
gradual_retry(const GradualMigration *migration, const GradualStep *step,
			  const GradualQuarantined *row)
{
	Retry		retry = {migration, step, row};

	return gradual_txn_subtransaction(true, try_row, &retry);
}
