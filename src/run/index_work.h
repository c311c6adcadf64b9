/*
 * index_work.h
 *	  One command for an index: asked for, or run here; and what an undo has to know.
 *
 * What returns true has nothing to do; else the tick says what is done or waited for.
 */
#ifndef GRADUAL_INDEX_WORK_H
#define GRADUAL_INDEX_WORK_H

#include "run/run.h"

extern bool gradual_index_is_valid(Oid index);
extern bool gradual_index_is_index(Oid relid);

/* Ask for a command that refuses a transaction block, if nobody is in the way. */
extern bool gradual_index_ask(GradualRun *run, GradualStep *step, char *command,
							  GradualTick *tick);

/*
 * Run a short command in this transaction, with a table locked first, or those of the
 * step.
 */
extern bool gradual_index_run_on(GradualRun *run, GradualStep *step, char *table,
								 const char *lock_mode, const char *command,
								 GradualTick *tick);
extern bool gradual_index_run_here(GradualRun *run, GradualStep *step, const char *lock_mode,
								   const char *command, GradualTick *tick);

/* Drop an index; or what has the name, with the constraint that it serves. */
extern bool gradual_index_drop(GradualRun *run, GradualStep *step, Oid index,
							   GradualTick *tick);
extern bool gradual_index_drop_named(GradualRun *run, GradualStep *step, const char *index,
									 GradualTick *tick);

/*
 * Has a DROP INDEX CONCURRENTLY failed because an event trigger wrote something
 * before it could begin?  From then on this run drops indexes in a transaction.
 */
extern bool gradual_index_refused_drop(GradualRun *run, const GradualTick *tick,
									   const ErrorData *error);

/* Put a text into the undo of the step, which outlives the tick; NULL = none. */
extern void gradual_index_remember(GradualRun *run, GradualStep *step, const char *command);

/*
 * The same for an index, qualified, that is about to be built on a partition; which one
 * such a text is about, NULL = it is another text; is it recorded there?
 */
extern void gradual_index_record(GradualRun *run, GradualStep *step, const char *index);
extern const char *gradual_index_recorded(const char *command);
extern bool gradual_index_is_recorded(GradualStep *step, Oid index);

/* While a published table has no replica identity its UPDATE and DELETE fail. */
extern bool gradual_index_move_identity(GradualRun *run, GradualStep *step, Oid from, Oid to,
										GradualTick *tick);

/* Once the whole is gone: the copies take the places of those that went with it. */
extern bool gradual_index_name_copies(GradualRun *run, GradualStep *step, GradualTick *tick);

#endif							/* GRADUAL_INDEX_WORK_H */
