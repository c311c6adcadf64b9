/*
 * change.c
 *	  Analysis of one UPDATE or DELETE: may it run in batches, and what does it assign?
 *
 * It is tried on the rewritten query, where DEFAULT has become the expression that
 * it stands for.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "script/change.h"
#include "script/change_source.h"
#include "script/columns.h"
#include "script/not_null.h"
#include "script/reads.h"
#include "script/refute.h"
#include "script/row_text.h"
#include "script/target.h"

static Query *analyze_and_rewrite(RawStmt *raw, const char *source_text,
								  GradualTable *table);
static bool is_rewritten_elsewhere(Query *query, GradualChange *change,
								   GradualTable *table);
static void look_at_query(GradualChangeAnalysis *analysis);
static void collect_targets(GradualChangeAnalysis *analysis);
static Bitmapset *dependable_not_null(GradualChangeAnalysis *analysis);
static bool is_added(GradualTable *table, const char *name);
static bool spares_keys(Relation clone, GradualTable *table, List *assigned);
static void check_batchable(GradualChangeAnalysis *analysis);
static bool is_fill(GradualChangeAnalysis *analysis);
static bool is_unfilled(GradualTable *table, const char *name);
static bool are_values_not_null(GradualChangeAnalysis *analysis);
static void make_texts(GradualChangeAnalysis *analysis);
static char *row_text(GradualChangeAnalysis *analysis, Node *expr);
static bool is_computable(GradualChangeAnalysis *analysis);

GradualChange *
gradual_change_analyze(RawStmt *raw, const char *source_text,
					   GradualTable *table)
{
	GradualChangeAnalysis analysis = {0};
	GradualChange *change = palloc0(sizeof(GradualChange));

	change->is_delete = IsA(raw->stmt, DeleteStmt);
	change->est_rows = table->rows;
	analysis.table = table;
	analysis.change = change;

	PushActiveSnapshot(GetTransactionSnapshot());
	analysis.query = analyze_and_rewrite(raw, source_text, table);
	change->after_swap = change;
	change->unsteady = analysis.query != NULL &&
		gradual_depends_on_session((Node *) analysis.query);
	if (!is_rewritten_elsewhere(analysis.query, change, table))
		look_at_query(&analysis);
	PopActiveSnapshot();
	return change;
}

/*
 * NULL if a rule of the script's own has made something else of the statement.
 * A view is not rewritten: triggers that would replace the statement are no
 * part of its clone.
 */
static Query *
analyze_and_rewrite(RawStmt *raw, const char *source_text, GradualTable *table)
{
	List	   *queries;

	raw = copyObject(raw);
	if (table->relkind == RELKIND_VIEW)
		return parse_analyze_fixedparams(raw, source_text, NULL, 0, NULL);
	queries = pg_analyze_and_rewrite_fixedparams(raw, source_text, NULL, 0, NULL);
	return list_length(queries) == 1 ? linitial_node(Query, queries) : NULL;
}

/* Does the query change other rows than those of the table that it names? */
static bool
is_rewritten_elsewhere(Query *query, GradualChange *change, GradualTable *table)
{
	if (table->relkind == RELKIND_VIEW)
		gradual_target_refuse(change,
							  psprintf("%s is a view", table->qualified),
							  "Change the view's table instead.");
	else if (query == NULL ||
			 query->commandType != (change->is_delete ? CMD_DELETE : CMD_UPDATE) ||
			 rt_fetch(query->resultRelation, query->rtable)->relid != table->clone)
		gradual_target_refuse(change,
							  psprintf("%s has a rule for %s", table->qualified,
									   change->is_delete ? "DELETE" : "UPDATE"),
							  NULL);
	return change->not_batchable != NULL;
}

static void
look_at_query(GradualChangeAnalysis *analysis)
{
	Query	   *query = analysis->query;
	Query		without_returning = *query;
	GradualChange *change = analysis->change;

	analysis->varno = query->resultRelation;
	analysis->clone = table_open(analysis->table->clone, NoLock);
	analysis->not_null = dependable_not_null(analysis);
	collect_targets(analysis);
	analysis->quals = gradual_columns_expand(query->jointree->quals,
											 analysis->clone, analysis->varno);

	analysis->alone = list_length(query->rtable) == 1 &&
		query->cteList == NIL && !query->hasSubLinks;
	without_returning.returningList = NIL;
	analysis->values = gradual_steadiness((Node *) analysis->targets);
	analysis->condition = gradual_steadiness(analysis->quals);
	analysis->whole = gradual_steadiness((Node *) &without_returning);

	change->fill = is_fill(analysis);
	change->spares_keys = !change->is_delete &&
		spares_keys(analysis->clone, analysis->table, analysis->written);
	change->not_null = are_values_not_null(analysis);
	change->spares_no_null = analysis->alone &&
		gradual_refute_spares_no_null(analysis->quals, analysis->targets,
									  analysis->varno, analysis->table->clone);
	check_batchable(analysis);
	make_texts(analysis);
	gradual_change_source(analysis);
	table_close(analysis->clone, NoLock);
}

static void
collect_targets(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	ListCell   *cell;

	if (change->is_delete)
		return;
	foreach(cell, analysis->query->targetList)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (target->resjunk)
			continue;
		target = flatCopyTargetEntry(target);
		target->expr = (Expr *)
			gradual_columns_expand((Node *) target->expr, analysis->clone,
								   analysis->varno);
		analysis->targets = lappend(analysis->targets, target);
		change->assigns = lappend(change->assigns,
								  get_attname(analysis->table->clone,
											  target->resno, false));
	}
	analysis->written = gradual_columns_written(analysis->clone, change->assigns);
}

/*
 * The clone is ahead of the real table: SET NOT NULL comes only after the
 * backfills, and so may the NOT NULL of a column that the script adds.  What
 * counts is what holds on both.
 */
static Bitmapset *
dependable_not_null(GradualChangeAnalysis *analysis)
{
	GradualTable *table = analysis->table;
	Bitmapset  *columns = gradual_not_null_columns(analysis->clone);
	Bitmapset  *on_real;
	Relation	real;
	int			i;

	if (!OidIsValid(table->oid))
		return columns;

	real = table_open(table->oid, AccessShareLock);
	on_real = gradual_not_null_columns(real);
	for (i = 1; i <= RelationGetNumberOfAttributes(analysis->clone); i++)
	{
		char	   *name = get_attname(table->clone, i, true);
		AttrNumber	number = name ? get_attnum(table->oid, name) : InvalidAttrNumber;

		if (number == InvalidAttrNumber || is_added(table, name) ||
			!bms_is_member(number - FirstLowInvalidHeapAttributeNumber, on_real))
			columns = bms_del_member(columns,
									 i - FirstLowInvalidHeapAttributeNumber);
	}
	table_close(real, NoLock);
	return columns;
}

static bool
is_added(GradualTable *table, const char *name)
{
	ListCell   *cell;

	foreach(cell, table->added)
	{
		GradualColumn *column = lfirst(cell);

		if (!column->existed && strcmp(column->name, name) == 0)
			return true;
	}
	return false;
}

/* The clone has the names of now, the real table the keys that are there; triggers may set any. */
static bool
spares_keys(Relation clone, GradualTable *table, List *assigned)
{
	Bitmapset  *written = gradual_columns_numbers(table->clone, assigned);
	List	   *kept = NIL;
	ListCell   *cell;
	Relation	real;
	bool		spares;

	if (!OidIsValid(table->oid) || table->has_triggers ||
		bms_overlap(written, RelationGetIndexAttrBitmap(clone, INDEX_ATTR_BITMAP_KEY)))
		return false;
	foreach(cell, assigned)
	{
		if (is_added(table, lfirst(cell)))
			continue;
		if (get_attnum(table->oid, lfirst(cell)) == InvalidAttrNumber)
			return false;
		kept = lappend(kept, lfirst(cell));
	}
	real = table_open(table->oid, AccessShareLock);
	spares = !bms_overlap(gradual_columns_numbers(table->oid, kept),
						  RelationGetIndexAttrBitmap(real, INDEX_ATTR_BITMAP_KEY));
	table_close(real, NoLock);
	return spares;
}

bool
gradual_change_upsert_spares_keys(RawStmt *raw, const char *source_text, GradualTable *table)
{
	Query	   *query = parse_analyze_fixedparams(copyObject(raw), source_text, NULL, 0, NULL);
	Relation	clone;
	List	   *assigned = NIL;
	ListCell   *cell;
	bool		spares;

	if (query->onConflict == NULL || query->onConflict->action != ONCONFLICT_UPDATE)
		return true;
	if (table->relkind == RELKIND_VIEW)
		return false;
	clone = table_open(table->clone, NoLock);
	foreach(cell, query->onConflict->onConflictSet)
		assigned = lappend(assigned, get_attname(table->clone, lfirst_node(TargetEntry, cell)->resno, false));
	spares = spares_keys(clone, table, gradual_columns_written(clone, assigned));
	table_close(clone, NoLock);
	return spares;
}

/* --- may it run in batches? --- */

static void
check_batchable(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	Query	   *query = analysis->query;
	char	   *conflict;

	if (analysis->quals && IsA(analysis->quals, CurrentOfExpr))
		gradual_target_refuse(change, "WHERE CURRENT OF means the row of a cursor",
							  "Name the row by its key.");
	if (query->hasModifyingCTE)
		gradual_target_refuse(change,
							  "a WITH query changes data, and every batch would do that again",
							  "Make a statement of its own of that WITH query.");
	gradual_target_check(change, analysis->table,
						 rt_fetch(query->resultRelation, query->rtable),
						 analysis->written);
	conflict = gradual_reads_conflict(query, analysis->table, analysis->written);
	if (conflict)
		gradual_target_refuse(change, conflict,
							  "Collect the keys in a table first: CREATE TABLE .. AS SELECT ..; then use that table here.");
}

/* --- what does it assign? --- */

static bool
is_fill(GradualChangeAnalysis *analysis)
{
	ListCell   *cell;

	foreach(cell, analysis->change->assigns)
	{
		if (!is_unfilled(analysis->table, lfirst(cell)))
			return false;
	}
	return analysis->change->assigns != NIL;
}

/* Is one of the two a partition of the other, at whatever depth? */
static bool
is_one_below(const GradualTable *table, const GradualTable *other)
{
	return table == other ||
		list_member_oid(get_partition_ancestors(table->oid), other->oid) ||
		list_member_oid(get_partition_ancestors(other->oid), table->oid);
}

/* Has no statement assigned it before in any row of the table? */
static bool
is_unassigned(const GradualTable *table, const GradualColumn *column)
{
	ListCell   *cell;

	if (column->assigned)
		return false;
	if (column->of == NULL)
		return column->parts == NIL;
	foreach(cell, column->of->parts)
	{
		if (is_one_below(table, lfirst(cell)))
			return false;
	}
	return !column->of->assigned;
}

/*
 * A default that has to be computed row by row is a fill of its own, and comes
 * first; a domain with constraints makes ADD COLUMN write every row anew.
 */
static bool
is_unfilled(GradualTable *table, const char *name)
{
	ListCell   *cell;

	foreach(cell, table->added)
	{
		GradualColumn *column = lfirst(cell);

		if (strcmp(column->name, name) == 0)
			return !column->existed && is_unassigned(table, column) &&
				!column->default_volatile &&
				!DomainHasConstraints(get_atttype(table->clone,
												  get_attnum(table->clone, name)));
	}
	return false;
}

static bool
are_values_not_null(GradualChangeAnalysis *analysis)
{
	ListCell   *cell;

	foreach(cell, analysis->targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (!gradual_not_null_prove((Node *) target->expr, analysis->varno,
									analysis->not_null))
			return false;
	}
	return analysis->targets != NIL;
}

/* --- texts for the trigger --- */

/*
 * Implicit casts are left out of the texts: who reads them back gets the same
 * ones from the types, and the cast to the column's type has to stay an
 * assignment (an explicit one would cut a string that is too long).
 */
static void
make_texts(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	ListCell   *cell;

	if (!is_computable(analysis))
		return;
	if (analysis->quals)
		change->where = row_text(analysis, analysis->quals);
	foreach(cell, analysis->targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		GradualAssignment *assignment = palloc(sizeof(GradualAssignment));

		assignment->column = get_attname(analysis->table->clone,
										 target->resno, false);
		assignment->expression = row_text(analysis, (Node *) target->expr);
		change->assignments = lappend(change->assignments, assignment);
	}
}

static char *
row_text(GradualChangeAnalysis *analysis, Node *expr)
{
	return gradual_row_expression(expr, analysis->clone, analysis->varno);
}

/*
 * Can a trigger do it: everything follows from the row's own columns, has a
 * text that means the same outside of the statement, and the WHERE does not
 * change its mind.
 */
static bool
is_computable(GradualChangeAnalysis *analysis)
{
	return analysis->alone &&
		analysis->condition != GRADUAL_UNSTEADY &&
		gradual_row_text_exists((Node *) analysis->targets, analysis->varno) &&
		gradual_row_text_exists(analysis->quals, analysis->varno);
}
