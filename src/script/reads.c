/*
 * reads.c
 *	  Does a statement read its own target a second time?
 *
 * One statement sees the table as it was before; a batch sees what the batches
 * before it have written.  That is the same only for columns that the statement
 * does not write, and only as long as nothing depends on how many rows there
 * are, or in which order they are found.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/columns.h"
#include "script/reads.h"

typedef struct ReadsContext
{
	/* Info */
	Oid			clone;
	Oid			real;
	List	   *family;			/* of OIDs: the tree below the real table, and
								 * what is above it if it is a partition */
	List	   *written;		/* of char *; NIL = whole rows */

	/* State */
	RangeTblEntry *target;		/* not a second read */
	bool		with_reads;		/* some WITH query reads the table */
	bool		reads;			/* what was walked last does */
	char	   *conflict;		/* the result */
} ReadsContext;

static bool walk(Node *node, void *context);
static void look_at_query(Query *query, ReadsContext *context);
static void look_at_entry(Query *query, RangeTblEntry *entry,
						  ReadsContext *context);
static bool is_same_table(Oid relid, ReadsContext *context);
static bool reads_written(Query *query, RangeTblEntry *entry,
						  ReadsContext *context);
static bool depends_on_all_rows(Query *query);

char *
gradual_reads_conflict(Query *query, const GradualTable *table, List *written)
{
	ReadsContext context = {0};

	context.clone = table->clone;
	context.real = table->oid;
	context.written = written;
	context.target = rt_fetch(query->resultRelation, query->rtable);
	if (OidIsValid(table->oid))
	{
		context.family = find_all_inheritors(table->oid, NoLock, NULL);
		if (get_rel_relispartition(table->oid))
			context.family = list_concat(context.family,
										 get_partition_ancestors(table->oid));
	}

	look_at_query(query, &context);
	return context.conflict;
}

static bool
walk(Node *node, void *context)
{
	ReadsContext *reads = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;
		bool		outer_reads = reads->reads;

		reads->reads = false;
		look_at_query(query, reads);
		if (reads->reads && reads->conflict == NULL &&
			depends_on_all_rows(query))
			reads->conflict = "it reads its own table in a sub-select with"
				" DISTINCT, LIMIT, an aggregate, a window function or a set"
				" operation, whose result changes from batch to batch";
		reads->reads |= outer_reads;
		return reads->conflict != NULL;
	}
	return expression_tree_walker(node, walk, context);
}

/* WITH queries first, so that it is known what a reference to them reads. */
static void
look_at_query(Query *query, ReadsContext *context)
{
	ListCell   *cell;

	foreach(cell, query->cteList)
	{
		walk(lfirst_node(CommonTableExpr, cell)->ctequery, context);
		context->with_reads |= context->reads;
	}
	foreach(cell, query->rtable)
		look_at_entry(query, lfirst_node(RangeTblEntry, cell), context);
	query_tree_walker(query, walk, context, QTW_IGNORE_CTE_SUBQUERIES);
}

static void
look_at_entry(Query *query, RangeTblEntry *entry, ReadsContext *context)
{
	if (entry->rtekind == RTE_CTE)
		context->reads |= context->with_reads;
	if (entry->rtekind != RTE_RELATION || entry == context->target ||
		!is_same_table(entry->relid, context))
		return;

	context->reads = true;
	if (context->conflict != NULL)
		return;
	if (context->written == NIL)
		context->conflict = "it reads rows of its own table to decide which"
			" ones to delete, and batches have deleted some of them before";
	else if (reads_written(query, entry, context))
		context->conflict = "it reads columns that it writes from other rows"
			" of its own table, and batches have written some of them before";
}

/* The clone of another table of the tree is known by its name only. */
static bool
is_same_table(Oid relid, ReadsContext *context)
{
	ListCell   *cell;
	char	   *name;

	if (relid == context->clone || list_member_oid(context->family, relid))
		return true;
	if (!isAnyTempNamespace(get_rel_namespace(relid)))
		return OidIsValid(context->real) && has_subclass(relid) &&
			list_member_oid(find_all_inheritors(relid, NoLock, NULL),
							context->real);

	name = get_rel_name(relid);
	foreach(cell, context->family)
	{
		if (lfirst_oid(cell) != context->real &&
			strcmp(get_rel_name(lfirst_oid(cell)), name) == 0)
			return true;
	}
	return false;
}

/* Whole rows hold every column, and system columns but tableoid change too. */
static bool
reads_written(Query *query, RangeTblEntry *entry, ReadsContext *context)
{
	Bitmapset  *read = gradual_compat_columns_read(query, entry);
	int			number;

	if (bms_overlap(read, gradual_columns_numbers(entry->relid,
												  context->written)))
		return true;
	for (number = FirstLowInvalidHeapAttributeNumber + 1; number <= 0; number++)
		if (number != TableOidAttributeNumber &&
			bms_is_member(number - FirstLowInvalidHeapAttributeNumber, read))
			return true;
	return false;
}

static bool
depends_on_all_rows(Query *query)
{
	return query->setOperations != NULL || query->hasAggs ||
		query->groupClause != NIL || query->groupingSets != NIL ||
		query->hasWindowFuncs || query->distinctClause != NIL ||
		query->limitCount != NULL || query->limitOffset != NULL;
}
