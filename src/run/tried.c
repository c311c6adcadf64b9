/*
 * tried.c
 *	  What a trial of a migration has found so far, and what it leaves out.
 *
 * Left out is what cannot run in a transaction, or not on a few rows of a large
 * table; and what would only stumble over a step that was not done.
 */
#include "postgres.h"

#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/spi.h"
#include "run/tried.h"

const char *
gradual_tried_result_name(GradualTrialResult result)
{
	switch (result)
	{
		case GRADUAL_TRIAL_OK:
			return "ok";
		case GRADUAL_TRIAL_PARTLY:
			return "partly";
		case GRADUAL_TRIAL_FAILED:
			return "failed";
		case GRADUAL_TRIAL_SKIPPED:
			break;
	}
	return "not rehearsed";
}

void
gradual_tried_find(const GradualTrial *trial, GradualTrialStep *one, const char *words)
{
	const char *before = one->finding;
	MemoryContext old = MemoryContextSwitchTo(trial->context);

	if (before == NULL)
		one->finding = pstrdup(words);
	else
		one->finding = psprintf("%s%s %s", before,
								before[strlen(before) - 1] == '.' ? "" : ";", words);
	MemoryContextSwitchTo(old);
}

/* The name of the relation whose rows a step goes through; NULL if there is none. */
static const char *
table_name(const GradualStep *step)
{
	bool		is_target = step->kind == GRADUAL_STEP_BACKFILL ||
	step->kind == GRADUAL_STEP_REINDEX || step->kind == GRADUAL_STEP_CONCURRENT;

	if (step->lock_tables != NIL)
		return linitial(step->lock_tables);
	return is_target ? step->target : NULL;
}

/* InvalidOid if there is none, yet.  Names may be as in the script. */
static Oid
table_of(const GradualStep *step)
{
	const char *name = table_name(step);
	Oid			relid;

	if (name == NULL)
		return InvalidOid;
	relid = RangeVarGetRelid(makeRangeVarFromNameList(stringToQualifiedNameList(name, NULL)),
							 NoLock, true);
	return get_rel_relkind(relid) == RELKIND_INDEX ? IndexGetRelation(relid, true) : relid;
}

static bool
has_more_rows(Oid relid, int64 limit)
{
	char		relkind = get_rel_relkind(relid);
	GradualRow *row;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_MATVIEW)
		return false;
	row = gradual_spi_row(psprintf("SELECT pg_catalog.count(*) FROM (SELECT FROM %s LIMIT " INT64_FORMAT ") AS r",
								   gradual_ident_qualified(relid), limit + 1), NULL);
	return gradual_row_bigint(row, 1, 0) > limit;
}

bool
gradual_tried_is_small(const GradualTrial *trial, const GradualStep *step,
					   const GradualMigration *migration)
{
	GradualIdentity identity;
	bool		more;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, step->settings);
	more = has_more_rows(table_of(step), trial->max_rows);
	gradual_identity_leave(&identity);
	return !more;
}

static char *
too_many_rows(const GradualTrial *trial, const GradualStep *step, const char *why)
{
	const char *name = table_name(step);

	return psprintf("%s, and %s has more than " INT64_FORMAT " rows (max_rows)", why,
					name != NULL ? name : step->target, trial->max_rows);
}

/* Before ready such rows are only counted. */
bool
gradual_tried_only_looks(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_SCAN && step->commands == NIL;
}

/* What an earlier step of the same statement, or of its table's rows, has left undone. */
static char *
why_after_earlier(const GradualTrial *trial, const GradualTrialStep *one)
{
	const GradualStep *step = one->step;
	bool		looks_at_rows = step->kind == GRADUAL_STEP_SCAN || step->kind == GRADUAL_STEP_INDEX;
	ListCell   *lc;

	foreach(lc, trial->steps)
	{
		const GradualTrialStep *earlier = lfirst(lc);
		const GradualStep *other = earlier->step;

		if (!earlier->tried || earlier == one || earlier->result == GRADUAL_TRIAL_OK)
			continue;
		if (looks_at_rows && other->kind == GRADUAL_STEP_BACKFILL &&
			strcmp(other->target, step->target) == 0)
			return psprintf("step %d has not changed all rows", other->step);
		if (step->statement > 0 && other->statement == step->statement &&
			earlier->result == GRADUAL_TRIAL_FAILED)
			return psprintf("step %d of the same statement failed", other->step);
		if (step->statement > 0 && other->statement == step->statement &&
			earlier->result == GRADUAL_TRIAL_SKIPPED && !gradual_tried_only_looks(other) &&
			other->kind != GRADUAL_STEP_WAIT)
			return psprintf("step %d of the same statement was not rehearsed", other->step);
	}
	return NULL;
}

/* Does it set a sequence that was there before the script? */
static bool
is_sequence_of_others(const GradualStep *step)
{
	return strcmp(step->reversible, "no") == 0 &&
		strncmp(step->action, GRADUAL_SET_SEQUENCE, strlen(GRADUAL_SET_SEQUENCE)) == 0;
}

/*
 * Why the step cannot be rehearsed; NULL if it can.  A small table is changed as
 * the migration would do it, a larger one in batches, which can end early.
 */
char *
gradual_tried_why_not(const GradualTrial *trial, const GradualTrialStep *one,
					  const GradualMigration *migration)
{
	const GradualStep *step = one->step;
	char	   *reason = why_after_earlier(trial, one);

	if (reason != NULL)
		return reason;
	switch (step->kind)
	{
		case GRADUAL_STEP_WAIT:
			return "it waits for transactions that are older than itself";
		case GRADUAL_STEP_INDEX:
		case GRADUAL_STEP_DROP_INDEX:
		case GRADUAL_STEP_REINDEX:
		case GRADUAL_STEP_CONCURRENT:
			if (gradual_tried_is_small(trial, step, migration))
				return NULL;
			return too_many_rows(trial, step, "CONCURRENTLY cannot run in a transaction");
		case GRADUAL_STEP_STATEMENT:
			if (is_sequence_of_others(step))
				return "a sequence keeps what it is set to, whatever is undone";
			if (step->est_rows <= trial->max_rows &&
				(strcmp(step->cost, "scan") != 0 || gradual_tried_is_small(trial, step, migration)))
				return NULL;
			return too_many_rows(trial, step, "it is one statement");
		case GRADUAL_STEP_BACKFILL:
			if (step->source != GRADUAL_NO_SOURCE || gradual_tried_is_small(trial, step, migration))
				return NULL;
			return too_many_rows(trial, step, "it is one statement");
		case GRADUAL_STEP_DDL:
		case GRADUAL_STEP_SCAN:
			break;
	}
	return NULL;
}

const GradualTrialStep *
gradual_tried_trouble(const GradualTrial *trial, const GradualStep *step)
{
	for (int i = step->step - 2; i >= 0; i--)
	{
		const GradualTrialStep *earlier = list_nth(trial->steps, i);

		if (earlier->result != GRADUAL_TRIAL_OK && earlier->step->kind != GRADUAL_STEP_WAIT &&
			!gradual_tried_only_looks(earlier->step))
			return earlier;
	}
	return NULL;
}

void
gradual_tried_stop(GradualTrial *trial)
{
	MemoryContext old = MemoryContextSwitchTo(trial->context);

	trial->stopped = psprintf("stopped after %g s (max_time)", trial->max_time / 1000.0);
	MemoryContextSwitchTo(old);
}
