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
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "script/by_index.h"

/* Reading everything has to cost at least this many times as much, */
#define MIN_GAIN 2.0

/* and a table of fewer pages is read anyway. */
#define MIN_PAGES 64

typedef struct RealContext
{
	Relation	clone;
	Relation	real;
	Index		varno;
	bool		missing;		/* a column that the real table has not */
} RealContext;

bool
gradual_by_index_pays(double cost, double rows, double pages, double all_rows)
{
	return pages >= MIN_PAGES && rows <= GRADUAL_BY_INDEX_ROWS &&
		cost * MIN_GAIN <= pages * seq_page_cost + all_rows * cpu_tuple_cost;
}

/* The column of the real table that a column of the clone stands for; 0 = none */
static AttrNumber
real_column(const RealContext *context, AttrNumber number)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(context->clone), number - 1);
	AttrNumber	real = get_attnum(RelationGetRelid(context->real), NameStr(attribute->attname));

	if (real <= 0 ||
		TupleDescAttr(RelationGetDescr(context->real), real - 1)->atttypid != attribute->atttypid)
		return InvalidAttrNumber;
	return real;
}

static Node *
to_real(Node *node, void *arg)
{
	RealContext *context = arg;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = copyObject((Var *) node);
		AttrNumber	number = var->varattno > 0 ? real_column(context, var->varattno) : 0;

		if (number == InvalidAttrNumber || var->varno != context->varno)
			context->missing = true;
		var->varno = 1;
		var->varattno = number;
		return (Node *) var;
	}
	return expression_tree_mutator(node, to_real, arg);
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
	RealContext context = {.clone = clone,.varno = varno};
	PlannedStmt *planned;
	Query	   *query;

	if (!OidIsValid(table->oid) || quals == NULL || table->pages < MIN_PAGES)
		return -1;
	context.real = table_open(table->oid, AccessShareLock);
	quals = to_real(quals, &context);
	table_close(context.real, NoLock);
	if (context.missing)
		return -1;

	query = query_of(table);
	query->jointree->quals = quals;
	planned = pg_plan_query(query, "", 0, NULL);
	if (!gradual_by_index_pays(planned->planTree->total_cost, planned->planTree->plan_rows,
							   table->pages, table->rows))
		return -1;
	return planned->planTree->plan_rows;
}
