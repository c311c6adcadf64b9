/*
 * change_source.c
 *	  From which source the batches of an UPDATE or DELETE get their rows, and what
 *	  proves that a row was not processed yet.
 *
 * Three proofs let the heap source visit a row twice:
 *
 *	- attributes: SET assigns columns that the script adds.  A row version with
 *	  fewer attributes than that has been written by nobody since, if a trigger
 *	  can do to every version written from then on what the statement says; so
 *	  everything has to be computable from the row.
 *	- where: what SET assigns makes the statement's own WHERE untrue.
 *	- delete: the row is gone.
 *
 * Everything else takes the key source, which visits each key once.  When in
 * doubt it is the key: a wrong proof would overwrite what the application wrote.
 */
#include "postgres.h"

#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "script/by_index.h"
#include "script/change_source.h"
#include "script/refute.h"
#include "script/row_text.h"
#include "script/target.h"

/*
 * Of several columns the last one that was added: a row version written in
 * between may lack only that, and must not be passed over.
 */
static void
use_attributes(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	AttrNumber	last = InvalidAttrNumber;
	ListCell   *cell;

	foreach(cell, analysis->targets)
		last = Max(last, lfirst_node(TargetEntry, cell)->resno);

	change->source = GRADUAL_SOURCE_HEAP;
	change->proof = GRADUAL_PROOF_ATTRIBUTES;
	change->proof_column = get_attname(analysis->table->clone, last, false);
	change->reason = psprintf("rows are found by their physical order: a row written before column %s was added is not done yet, and every other one is",
							  quote_identifier(change->proof_column));
}

/*
 * A fill that no trigger can follow is left to the key source: that knows which
 * rows are new since it began.
 */
static bool
use_where(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	Node	   *conjunct;

	if (change->is_delete || change->fill || analysis->whole == GRADUAL_UNSTEADY)
		return false;
	conjunct = gradual_refute_where(analysis->quals, analysis->targets,
									analysis->varno, analysis->table->clone,
									analysis->not_null);
	if (conjunct == NULL)
		return false;

	change->source = GRADUAL_SOURCE_HEAP;
	change->proof = GRADUAL_PROOF_WHERE;
	change->reason = psprintf("rows are found by their physical order: SET makes \"%s\" untrue, so a row that is done is never a candidate again",
							  gradual_row_text_shorten(gradual_row_expression(conjunct, analysis->clone,
																			  analysis->varno)));
	return true;
}

static char *
key_reason(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;

	if (analysis->condition != GRADUAL_STEADY)
		return "WHERE calls a function that may change its mind about a row";
	if (change->is_delete)
		return "which rows go depends on other rows";
	if (!analysis->alone)
		return "the change depends on other rows, and nothing in a row shows that it was done";
	if (change->assignments != NIL)
	{
		GradualAssignment *first = linitial(change->assignments);

		return psprintf("%s = %s must not run twice on a row",
						quote_identifier(first->column),
						gradual_row_text_shorten(first->expression));
	}
	return "nothing in a row shows that it was done";
}

static void
use_key(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;

	change->source = GRADUAL_SOURCE_KEY;
	change->proof = GRADUAL_NO_PROOF;
	change->reason = psprintf("each key once, in key order: %s",
							  key_reason(analysis));
	if (change->not_batchable == NULL)
		gradual_target_check_key(change, analysis->table,
								 rt_fetch(analysis->varno, analysis->query->rtable),
								 analysis->written);
}

static void
choose_source(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;

	if (change->fill && change->assignments != NIL)
		use_attributes(analysis);
	else if (change->is_delete && analysis->alone &&
			 analysis->condition == GRADUAL_STEADY)
	{
		change->source = GRADUAL_SOURCE_HEAP;
		change->proof = GRADUAL_PROOF_DELETE;
		change->reason = "rows are found by their physical order: a row that is done is gone";
	}
	else if (!use_where(analysis))
		use_key(analysis);
}

/* Another one for after the swap, where it is its own. */
static GradualChange *
copy_for_after_swap(const GradualChange *change)
{
	GradualChange *copy = palloc(sizeof(GradualChange));

	*copy = *change;
	copy->after_swap = copy;
	return copy;
}

/*
 * After the swap no trigger does to other rows what the statement says, so a
 * fill is a change like any other there.
 */
static void
choose_source_after_swap(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;

	change->after_swap = change;
	if (!change->fill)
		return;
	change->after_swap = copy_for_after_swap(change);
	change->after_swap->fill = false;
	analysis->change = change->after_swap;
	choose_source(analysis);
	analysis->change = change;
}

static void
check_key_after_swap(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;

	if (!gradual_target_loses_key(change->after_swap, analysis->clone, analysis->written))
		return;
	if (change->after_swap == change)
		change->after_swap = copy_for_after_swap(change);
	gradual_target_refuse(change->after_swap,
						  psprintf("by the time it runs %s has lost its last unique NOT NULL key by which to visit each row once",
								   analysis->table->qualified),
						  "Write it before the statement that takes the key away, or leave that to a later migration.");
}

/* Are the rows few, and found by an index?  Asked again when the step begins. */
static void
expect_index(GradualChangeAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	double		rows;

	if (change->source != GRADUAL_SOURCE_HEAP || !analysis->alone)
		return;
	rows = gradual_by_index_rows(analysis->table, analysis->clone, analysis->quals,
								 analysis->varno);
	if (rows < 0)
		return;
	change->est_rows = rows;
	change->by_index = true;
	if (change->after_swap->source == GRADUAL_SOURCE_HEAP)
	{
		change->after_swap->est_rows = rows;
		change->after_swap->by_index = true;
	}
}

void
gradual_change_source(GradualChangeAnalysis *analysis)
{
	choose_source_after_swap(analysis);
	choose_source(analysis);
	check_key_after_swap(analysis);
	expect_index(analysis);
}
