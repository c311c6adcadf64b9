/*
 * by_index.c
 *	  Are the rows of a WHERE few, and does an index find them?
 *
 * The planner is asked, since it knows the indexes, the statistics, and how the
 * rows lie in the table.  Whether it takes an index need not be looked for in
 * its plan: nothing else is that much cheaper than a scan of the whole.
 */
#include "postgres.h"

#include "access/table.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "script/by_index.h"
#include "script/counterpart.h"

/* Reading everything has to cost at least this many times as much, */
#define MIN_GAIN 2.0

/* and a table of fewer pages is read anyway. */
#define MIN_PAGES 64

bool
gradual_by_index_pays(double cost, double rows, double pages, double all_rows)
{
	return pages >= MIN_PAGES && rows <= GRADUAL_BY_INDEX_ROWS &&
		cost * MIN_GAIN <= pages * seq_page_cost + all_rows * cpu_tuple_cost;
}

/* SELECT FROM the real table; its WHERE is still to come */
static Query *
query_of(const GradualTable *table)
{
	char	   *sql = psprintf("SELECT FROM %s", table->qualified);
	List	   *parsed = raw_parser(sql, RAW_PARSE_DEFAULT);

	return parse_analyze_fixedparams(linitial_node(RawStmt, parsed), sql, NULL, 0, NULL);
}

double
gradual_by_index_rows(const GradualTable *table, Relation clone, Node *quals, Index varno)
{
	Relation	real;
	PlannedStmt *planned;
	Query	   *query;

	if (!OidIsValid(table->oid) || quals == NULL || table->pages < MIN_PAGES)
		return -1;
	real = table_open(table->oid, AccessShareLock);
	quals = gradual_counterpart(quals, varno, clone, real);
	table_close(real, NoLock);
	if (quals == NULL)
		return -1;

	query = query_of(table);
	query->jointree->quals = quals;
	planned = pg_plan_query(query, "", 0, NULL);
	if (!gradual_by_index_pays(planned->planTree->total_cost, planned->planTree->plan_rows,
							   table->pages, table->rows))
		return -1;
	return planned->planTree->plan_rows;
}
