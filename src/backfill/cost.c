/*
 * cost.c
 *	  The gate against batches that read another table from end to end.
 *
 * Two plans of one statement can be told apart before the first row is
 * touched: one that probes the other table for each row of the batch, and one
 * that reads it whole, batch after batch.
 */
#include "postgres.h"

#include "nodes/plannodes.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"

#include "base/errors.h"
#include "backfill/cost.h"
#include "script/mapping.h"

/* Everything beside the target may cost this many times the target's part, */
#define MAX_RATIO 10.0

/* and this much without being asked */
#define COST_FLOOR 1000.0

/* A target of so few pages may be read whole: so does the planner. */
#define SMALL_PAGES 1500

/* Which scan finds the rows of a batch */
typedef struct Wanted
{
	List	   *rtable;
	Oid			leaf;
	Index		target;			/* 0 = the first that reads the leaf */
} Wanted;

static bool
is_wanted(const Scan *scan, const Wanted *wanted)
{
	if (wanted->target > 0)
		return scan->scanrelid == wanted->target;
	return rt_fetch(scan->scanrelid, wanted->rtable)->relid == wanted->leaf;
}

/* That scan below a plan node, or NULL */
static Plan *
find_scan(Plan *plan, const Wanted *wanted)
{
	Plan	   *found;

	if (plan == NULL)
		return NULL;
	switch (nodeTag(plan))
	{
		case T_TidScan:
		case T_TidRangeScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_SeqScan:
			return is_wanted((Scan *) plan, wanted) ? plan : NULL;
		case T_SubqueryScan:
			return find_scan(((SubqueryScan *) plan)->subplan, wanted);
		default:
			break;
	}
	found = find_scan(outerPlan(plan), wanted);
	return found ? found : find_scan(innerPlan(plan), wanted);
}

static void
refuse(const GradualLeaf *leaf, const char *detail)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg("statement on %s would read a whole table in every batch",
					leaf->qualified),
			 errdetail("%s", detail),
			 errhint("CREATE INDEX on the joined columns of the other table, or SET gradual.allow_blocking = on and start again.")));
}

/* The query that joins the leaf with what else is read */
static Query *
reading_query(Query *query)
{
	Query	   *select = query->commandType == CMD_INSERT ? gradual_mapping_select(query) : NULL;

	return select ? select : query;
}

/* What a function gives costs what it costs, in one statement as in batches. */
static bool
reads_only_leaf(Query *query)
{
	int			sources = 0;
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RTEKind		kind = lfirst_node(RangeTblEntry, lc)->rtekind;

		if (kind == RTE_RELATION || kind == RTE_SUBQUERY || kind == RTE_CTE)
			sources++;
	}
	return sources == 1 && !query->hasSubLinks && query->cteList == NIL;
}

void
gradual_cost_check(GradualApply *apply, const GradualLeaf *leaf, const Datum *values)
{
	Query	   *query = gradual_apply_query(apply);
	Wanted		wanted = {.leaf = leaf->oid};
	PlannedStmt *planned;
	Plan	   *scan;
	double		others;

	if (reads_only_leaf(reading_query(query)))
		return;
	if (query->commandType != CMD_INSERT)
		wanted.target = query->resultRelation;
	planned = pg_plan_query(query, "", 0, gradual_apply_parameters(apply, values));
	wanted.rtable = planned->rtable;
	scan = find_scan(planned->planTree, &wanted);
	if (scan == NULL || (IsA(scan, SeqScan) && leaf->pages > SMALL_PAGES))
		refuse(leaf, "The rows of a batch are not found by their address or key, but by a scan.");

	others = planned->planTree->total_cost - scan->total_cost;
	if (others > COST_FLOOR && others > MAX_RATIO * scan->total_cost)
		refuse(leaf, psprintf("A batch of %d rows is expected to cost %.0f, of which %.0f find the rows themselves.",
							  GRADUAL_COST_ROWS, planned->planTree->total_cost,
							  scan->total_cost));
}
