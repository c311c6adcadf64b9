/*
 * backfill.c
 *	  A backfill: the source finds rows, the statement changes them, and the
 *	  cursor is written in the same transaction.
 *
 * Invariants:
 * - a transaction that changes rows saves the cursor; one that does not may
 *   leave it as it is, since reading the same pages again is harmless;
 * - nothing that was counted in memory is ahead of what was committed for
 *   longer than one batch: after an abort the caller throws us away;
 * - no lock on the table is stronger than ROW EXCLUSIVE, and no row is waited
 *   for longer than 50 ms.
 *
 * Lock order: the table and its leaves, rows in the order of their addresses or
 * keys, the row of the cursor last.
 *
 * If we crash here, the ledger's cursor says where to go on.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/namespace.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "backfill/backfill.h"
#include "backfill/divide.h"
#include "backfill/heap_target.h"
#include "backfill/known.h"
#include "backfill/listed.h"
#include "backfill/pace.h"
#include "backfill/quarantine.h"
#include "backfill/source.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/ident.h"
#include "base/lock.h"
#include "base/testpoint.h"
#include "ledger/cursor.h"
#include "ledger/migration.h"
#include "ledger/own.h"
#include "ledger/quarantine.h"

/* The rate shown is smoothed over about this time, or over all of it if that is less. */
#define RATE_SECONDS 5.0

struct GradualBackfill
{
	/* Info */
	GradualSourceInfo info;
	GradualRowSource *source;

	/* Settings */
	GradualMigration migration; /* a flat copy; of its texts only name is ours */

	/* State */
	GradualCursor *cursor;
	GradualPace pace;
	int64		scanned_before; /* of the cursor when we opened */
	int64		batch_rows;		/* of the batch that is not committed yet */
	int64		batch_changed;
	double		batch_search;	/* ms to find its rows */
	double		last_commit;	/* 0 = none yet */
	double		rated_seconds;	/* that the rate was learned in */

	/* Memory */
	MemoryContext context;		/* of all of it */
	MemoryContext batch_context;	/* reset by each batch */
};

/* --- opening --- */

Oid
gradual_backfill_find_table(const GradualStep *step, const RangeVar *walked)
{
	Oid			table = step->walks == NULL ? gradual_ident_find(step->target) :
	RangeVarGetRelid(walked, AccessShareLock, false);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("table %s does not exist any more", step->target),
				 errdetail("A statement of the migration runs on it in batches."),
				 errhint("Restore the table, then start the migration again.")));
	return table;
}

/* What of the step we need, in our own memory: the caller's may go sooner */
static const GradualStep *
copy_step(const GradualStep *step)
{
	GradualStep *copy = palloc(sizeof(GradualStep));

	if (list_length(step->commands) != 1)
		elog(ERROR, "backfill step %d has %d statements", step->step,
			 list_length(step->commands));
	*copy = *step;
	copy->target = pstrdup(step->target);
	copy->proof_column = step->proof_column ? pstrdup(step->proof_column) : NULL;
	copy->walks = step->walks ? pstrdup(step->walks) : NULL;
	copy->commands = list_make1(pstrdup(linitial(step->commands)));
	return copy;
}

static void
set_info(GradualBackfill *backfill, const GradualStep *step)
{
	GradualSourceInfo *info = &backfill->info;
	const char *walks = step->walks;
	RangeVar   *walked;
	RawStmt    *raw;

	info->step = copy_step(step);
	info->migration = &backfill->migration;
	info->sql = linitial(info->step->commands);
	info->context = backfill->context;
	raw = gradual_rewrite_parse(info->sql);
	info->alias = quote_identifier(gradual_rewrite_alias(raw, walks));
	walked = gradual_rewrite_walked(raw, walks);
	info->root = gradual_backfill_find_table(step, walked);
	info->with_children = walked->inh;
	info->leaves = gradual_leaves(info->root, info->with_children,
								  walks == NULL ? RowExclusiveLock : AccessShareLock);
}

/* What the step's source is called in a position; decided once, at its start */
static char *
choose_source(GradualBackfill *backfill)
{
	const GradualStep *step = backfill->info.step;
	double		rows;
	ListCell   *lc;

	/*
	 * One statement would also fill rows that the application has written
	 * since the column was added; with this proof they keep what they have.
	 */
	if (step->proof != GRADUAL_PROOF_ATTRIBUTES && !step->carries &&
		!backfill->migration.quarantine &&
		gradual_leaves_pages(backfill->info.leaves) < backfill->migration.direct_pages)
		return pstrdup("direct");
	foreach(lc, step->source == GRADUAL_SOURCE_HEAP ? backfill->info.leaves : NIL)
		gradual_heap_target_check_leaf(&backfill->info, lfirst(lc));
	if (step->source == GRADUAL_SOURCE_HEAP &&
		gradual_listed_suits(&backfill->info, &rows))
		return pstrdup("index");
	if (step->source != GRADUAL_SOURCE_HEAP && step->source != GRADUAL_SOURCE_KEY)
		elog(ERROR, "backfill step %d has no source", step->step);
	return pstrdup(step->source == GRADUAL_SOURCE_HEAP ? "heap" : "key");
}

static void
open_source(GradualBackfill *backfill, GradualPosition *position)
{
	const GradualSourceInfo *info = &backfill->info;

	if (strcmp(position->source, "direct") == 0)
		backfill->source = gradual_direct_open(info, position);
	else if (strcmp(position->source, "key") == 0)
		backfill->source = gradual_key_open(info, position);
	else
		backfill->source = gradual_heap_open(info, position);
}

/* Rows in the quarantine are known by the names of their leaves. */
static void
rename_in_quarantine(const GradualBackfill *backfill, List *known)
{
	List	   *olds = NIL;
	List	   *news = NIL;

	for (int i = 0; i < gradual_known_count(known); i++)
	{
		const GradualLeaf *leaf = list_nth(backfill->info.leaves, i);
		const char *name = gradual_known_name(known, i);

		if (strcmp(name, leaf->qualified) == 0)
			continue;
		olds = lappend(olds, pstrdup(name));
		news = lappend(news, leaf->qualified);
	}
	if (olds != NIL)
		gradual_quarantine_rename(backfill->migration.id, backfill->info.step->step,
								  gradual_position_join(olds), gradual_position_join(news));
}

/*
 * Give the leaves their numbers.  While a backfill is divided nobody learns new
 * ones: whoever goes on with the whole does.
 */
static void
number_leaves(GradualBackfill *backfill, GradualPosition *position, int range)
{
	GradualSourceInfo *info = &backfill->info;
	GradualLeaf *leaf;
	List	   *known = position->known;

	info->first_new = gradual_known_count(position->known);
	info->leaves = gradual_known_leaves(info->leaves, &position->known, range == 0,
										&info->stranger);
	if (known == NIL)
		info->first_new = list_length(info->leaves);
	if (backfill->migration.quarantine && range == 0)
		rename_in_quarantine(backfill, known);
	position->at = Min(position->at, info->first_new);
	if (position->leaf == NULL || position->at >= list_length(info->leaves))
		return;
	leaf = list_nth(info->leaves, position->at);
	position->leaf = leaf->qualified;
}

/* A cursor with nothing done yet */
static GradualCursor *
new_cursor(GradualBackfill *backfill)
{
	GradualCursor *cursor = palloc0(sizeof(GradualCursor));

	cursor->migration = backfill->migration.id;
	cursor->step = backfill->info.step->step;
	cursor->total = (int64) gradual_leaves_rows(backfill->info.leaves);
	cursor->pages_total = gradual_leaves_pages(backfill->info.leaves);
	return cursor;
}

static void
open_cursor(GradualBackfill *backfill, int range)
{
	GradualCursor *cursor;
	GradualPosition *position;
	char	   *stored;
	char	   *facts;
	bool		is_new;

	cursor = gradual_cursor_load(backfill->migration.id, backfill->info.step->step, range);
	is_new = cursor == NULL;
	if (is_new)
		cursor = new_cursor(backfill);
	if (range == 0)
		cursor->incarnation = backfill->migration.incarnation;
	backfill->cursor = cursor;
	backfill->scanned_before = cursor->scanned;

	if (cursor->position && cursor->position[0] != '\0')
		position = gradual_position_decode(cursor->position);
	else
	{
		position = palloc0(sizeof(GradualPosition));
		position->source = "";
	}
	stored = gradual_cursor_facts(cursor->migration, cursor->step);
	gradual_position_decode_facts(position, stored);
	if (position->source[0] == '\0')
		position->source = choose_source(backfill);
	number_leaves(backfill, position, range);
	open_source(backfill, position);
	backfill->source->pages_done = Max(backfill->source->pages_done, cursor->pages_done);

	facts = gradual_position_encode_facts(position);
	if (is_new)
	{
		cursor->position = gradual_position_encode(position);
		cursor->facts = facts;
		gradual_cursor_create(cursor);
	}
	else if (range == 0 && (stored == NULL || strcmp(stored, facts) != 0))
		gradual_cursor_set_facts(cursor, facts);
}

GradualBackfill *
gradual_backfill_open(const GradualMigration *migration, const GradualStep *step, int range,
					  MemoryContext parent, bool foreground, TimestampTz frozen_now)
{
	MemoryContext context = AllocSetContextCreate(parent, "gradual backfill",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GradualBackfill *backfill = palloc0(sizeof(GradualBackfill));

	backfill->context = context;
	backfill->batch_context = AllocSetContextCreate(context, "gradual batch",
													ALLOCSET_DEFAULT_SIZES);
	backfill->migration = *migration;
	backfill->migration.name = pstrdup(migration->name);
	backfill->info.foreground = foreground;
	backfill->info.now = frozen_now;

	gradual_lock_timeouts(GRADUAL_ROW_LOCK_MS, GRADUAL_ROW_DEADLOCK_MS);
	PushActiveSnapshot(GetTransactionSnapshot());
	set_info(backfill, step);
	open_cursor(backfill, range);
	PopActiveSnapshot();

	gradual_pace_init(&backfill->pace, migration->batch_size, migration->batch_time,
					  backfill->cursor->batch_size);
	MemoryContextSwitchTo(old);
	return backfill;
}

/* --- a batch --- */

static void
save_position(GradualBackfill *backfill)
{
	GradualCursor *cursor = backfill->cursor;
	char	   *text = gradual_position_encode(backfill->source->position);

	if (cursor->position)
		pfree(cursor->position);
	cursor->position = MemoryContextStrdup(backfill->context, text);
}

/* Everything that the cursor shows, from what the source says now */
static void
update_cursor(GradualBackfill *backfill)
{
	GradualCursor *cursor = backfill->cursor;
	GradualRowSource *source = backfill->source;

	cursor->processed += backfill->batch_changed;
	cursor->scanned = backfill->scanned_before + source->scanned;
	cursor->pages_done = Max(cursor->pages_done, source->pages_done);
	cursor->pages_total = Max(cursor->pages_total, cursor->pages_done);
	cursor->batch_size = gradual_pace_rows(&backfill->pace);
	if (source->left >= 0)
		cursor->total = cursor->scanned + source->left;
	cursor->done = source->position->done;
	if (cursor->done)
	{
		cursor->pages_done = cursor->pages_total;
		if (cursor->range == 0)
			cursor->total = Max(cursor->scanned, cursor->processed);
	}
	save_position(backfill);
}

/* Find rows and change them; the cursor is not written yet. */
static void
run_statement(GradualBackfill *backfill, GradualSourceBatch *found)
{
	GradualRowSource *source = backfill->source;
	int			rows = gradual_pace_rows(&backfill->pace);
	instr_time	start,
				elapsed;

	if (source->suspects != NULL)
		rows = Min(rows, gradual_suspects_begin(source->suspects));
	INSTR_TIME_SET_CURRENT(start);
	source->routine->next(source, rows, backfill->migration.batch_time, found);
	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, start);
	backfill->batch_search = INSTR_TIME_GET_MILLISEC(elapsed);
	if (found->outcome != GRADUAL_SOURCE_ROWS)
		return;
	GRADUAL_TESTPOINT("backfill-rows-found");
	backfill->batch_rows = found->rows;
	backfill->batch_changed = gradual_apply_run(found->apply, found->values,
												found->idle_triggers);
	source->routine->applied(source, backfill->batch_changed);
	found->save = true;
}

static GradualBatchOutcome
outcome_of(const GradualBackfill *backfill, const GradualSourceBatch *found)
{
	if (backfill->source->position->done)
		return GRADUAL_BATCH_DONE;
	return found->outcome == GRADUAL_SOURCE_WAIT ? GRADUAL_BATCH_WAIT : GRADUAL_BATCH_MORE;
}

/* 'sweep 2, block 640 of public.users', 'up to (1000) of public.users' */
static char *
describe_position(const GradualPosition *position)
{
	const char *leaf = position->leaf ? position->leaf : "";

	if (position->done)
		return pstrdup("done");
	if (strcmp(position->source, "direct") == 0)
		return pstrdup("at the start");
	if (strcmp(position->source, "key") != 0 && position->leaf == NULL)
		return psprintf("sweep %d, at its start", position->sweep);
	if (strcmp(position->source, "key") != 0)
		return psprintf("sweep %d, block %u of %s", position->sweep, position->block, leaf);
	if (position->leaf == NULL)
		return psprintf("pass %d, between two tables", position->pass);
	return psprintf("pass %d, up to %s of %s", position->pass,
					gradual_position_join(position->lower), leaf);
}

/* Texts go to the caller's memory context */
static void
report(GradualBackfill *backfill, const GradualSourceBatch *found, MemoryContext caller,
	   GradualBatch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(caller);

	batch->outcome = outcome_of(backfill, found);
	batch->processed = backfill->batch_changed;
	batch->wait_ms = found->wait_ms;
	batch->activity = found->activity ? pstrdup(found->activity) : NULL;
	batch->event = found->event ? pstrdup(found->event) : NULL;
	batch->position = describe_position(backfill->source->position);
	batch->reopen = backfill->source->reopen;
	MemoryContextSwitchTo(old);
}

bool
gradual_backfill_batch(GradualBackfill *backfill, GradualBatch *batch)
{
	GradualSourceBatch found = {0};
	MemoryContext caller;
	bool		ours = true;

	MemoryContextReset(backfill->batch_context);
	caller = MemoryContextSwitchTo(backfill->batch_context);
	backfill->batch_rows = backfill->batch_changed = 0;

	gradual_lock_timeouts(GRADUAL_ROW_LOCK_MS, GRADUAL_ROW_DEADLOCK_MS);
	PushActiveSnapshot(GetTransactionSnapshot());
	run_statement(backfill, &found);
	PopActiveSnapshot();

	if (found.save)
	{
		update_cursor(backfill);
		ours = gradual_cursor_save(backfill->cursor);
	}
	report(backfill, &found, caller, batch);
	MemoryContextSwitchTo(caller);
	return ours;
}

bool
gradual_backfill_leave_out(GradualBackfill *backfill, const GradualSuspects *row,
						   int sqlstate, const char *message)
{
	GradualRowSource *source = backfill->source;
	MemoryContext caller;
	ItemPointerData tid;
	bool		ours;

	MemoryContextReset(backfill->batch_context);
	caller = MemoryContextSwitchTo(backfill->batch_context);
	backfill->batch_rows = backfill->batch_changed = 0;
	gradual_lock_timeouts(GRADUAL_ROW_LOCK_MS, GRADUAL_ROW_DEADLOCK_MS);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (source->routine->leave_out(source, row, &tid))
		(void) gradual_quarantine_note(backfill->migration.id, backfill->info.step->step,
									   &row->leaf, &tid, sqlstate, message);
	PopActiveSnapshot();
	update_cursor(backfill);
	ours = gradual_cursor_save(backfill->cursor);
	MemoryContextSwitchTo(caller);
	return ours;
}

bool
gradual_backfill_divide(GradualBackfill *backfill)
{
	if (backfill->migration.workers == 1 || backfill->info.foreground ||
		!gradual_divide_pays(backfill->source))
		return false;
	update_cursor(backfill);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (!gradual_divide(backfill->cursor, backfill->source, backfill->migration.workers))
		gradual_own_fenced(backfill->migration.id);
	PopActiveSnapshot();
	return true;
}

bool
gradual_backfill_is_current(const GradualBackfill *backfill)
{
	const GradualCursor *ours = backfill->cursor;
	GradualCursor *stored = gradual_cursor_load(ours->migration, ours->step, ours->range);

	return stored != NULL && stored->incarnation == ours->incarnation &&
		stored->processed == ours->processed && stored->scanned == ours->scanned &&
		stored->position != NULL && strcmp(stored->position, ours->position) == 0;
}

/* Rows a second between two commits, smoothed over a few seconds */
static void
learn_rate(GradualBackfill *backfill)
{
	double		now = gradual_clock_ms();
	GradualCursor *cursor = backfill->cursor;
	double		seconds = (now - backfill->last_commit) / 1000.0;
	double		rate;
	double		weight;

	/* what the worker before this one has learned counts on */
	if (backfill->last_commit == 0 && cursor->rate > 0)
		backfill->rated_seconds = RATE_SECONDS;
	if (backfill->last_commit != 0 && seconds > 0)
	{
		backfill->rated_seconds += seconds;
		rate = backfill->batch_changed / seconds;
		weight = cursor->rate > 0 ?
			1 - exp(-seconds / Min(RATE_SECONDS, backfill->rated_seconds)) : 1;
		cursor->rate += weight * (rate - cursor->rate);
	}
	backfill->last_commit = now;
}

double
gradual_backfill_committed(GradualBackfill *backfill, double elapsed_ms)
{
	learn_rate(backfill);
	if (backfill->source->suspects == NULL)
		elapsed_ms = gradual_pace_learn(&backfill->pace, backfill->batch_rows, elapsed_ms,
										backfill->batch_search);
	backfill->batch_rows = backfill->batch_changed = 0;
	return elapsed_ms;
}

void
gradual_backfill_shrink(GradualBackfill *backfill)
{
	gradual_pace_shrink(&backfill->pace);
}

GradualSuspects *
gradual_backfill_suspects(const GradualBackfill *backfill, MemoryContext parent)
{
	GradualRowSource *source = backfill->source;
	GradualSuspects *suspects;

	if (source->routine->suspects == NULL)
		return NULL;
	suspects = gradual_suspects_make(parent);
	source->routine->suspects(source, suspects);
	if (suspects->count > 0)
		return suspects;
	gradual_suspects_free(suspects);
	return NULL;
}

void
gradual_backfill_suspect(GradualBackfill *backfill, GradualSuspects *suspects)
{
	backfill->source->suspects = suspects;
}

void
gradual_backfill_settings(GradualBackfill *backfill, const GradualMigration *migration)
{
	backfill->migration.batch_size = migration->batch_size;
	backfill->migration.batch_time = migration->batch_time;
	backfill->migration.workers = migration->workers;
	backfill->migration.lock_patience = migration->lock_patience;
	gradual_pace_set(&backfill->pace, migration->batch_size, migration->batch_time);
}

void
gradual_backfill_close(GradualBackfill *backfill)
{
	MemoryContextDelete(backfill->context);
}

void
gradual_backfill_chase(GradualBackfill *backfill)
{
	if (backfill->source->routine->chase)
		backfill->source->routine->chase(backfill->source);
}
