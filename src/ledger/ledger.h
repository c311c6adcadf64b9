/*
 * ledger.h
 *	  The ledger: migrations, their steps, the cursors of their backfills and the
 *	  audit log.  Only the files of this folder read or write our tables.
 *
 * All functions need an open transaction.  They run as the owner of the
 * extension, with a safe search_path, whoever calls: the caller has checked
 * who may.  Results live in the caller's memory context.
 *
 * Fencing: each start of a worker counts the migration's incarnation up.  Every
 * write of a worker names its incarnation in the WHERE; no row means that it
 * is not the worker any more: the function returns false, and the worker leaves.
 *
 * Lock order: the row of the migration, then its steps, then its cursors.
 * State changes take the row FOR NO KEY UPDATE, fenced writes to steps and new
 * cursors FOR KEY SHARE, a claim FOR UPDATE.  So a claim waits for what its
 * predecessor has not yet committed, while a request of a user in an open
 * transaction never makes a worker wait that holds locks on the user's tables.
 */
#ifndef GRADUAL_LEDGER_H
#define GRADUAL_LEDGER_H

#include "ledger/migration.h"

/*
 * By name: with for_update its row is locked against other state changes.
 * Missing: NULL, or 42704 with a hint if !missing_ok.  With for_update and
 * missing_ok the name itself is locked to the end of the transaction, so that
 * of two sessions that define the same name the second finds the first's.
 */
extern GradualMigration *gradual_ledger_find(const char *name, bool for_update, bool missing_ok);

/* By id; NULL if it was forgotten. */
extern GradualMigration *gradual_ledger_get(int32 id);

/*
 * What a worker has to know before each batch, and wait() while it waits: one
 * look by a saved plan.  'changed' moves whenever anything else in the row may
 * have changed: then gradual_ledger_get() reads it all.  false = forgotten.
 */
typedef struct GradualGlance
{
	GradualStatus status;
	GradualGoal goal;
	int64		incarnation;
	TimestampTz changed;
} GradualGlance;

extern bool gradual_ledger_glance(int32 id, GradualGlance *glance);

/*
 * Ids (an integer list) of queued and running migrations that a worker of this
 * cluster and database has to run, oldest start first: not of tracked ones, nor
 * of those that run_batch drives.
 */
extern List *gradual_ledger_unfinished(void);

/*
 * Insert a definition (id = 0) or replace one in place, without the steps and
 * cursors that it had; returns the id.  Stores the settings of define, owner,
 * script, tables; status defined; writes the event 'define'.  Refuses an empty
 * name and one of more than 500 bytes.
 */
extern int32 gradual_ledger_define(const GradualMigration *migration);

/*
 * Store what start took from its caller: settings, goal, auto_complete, force,
 * foreground, restart, session_role, tables; and that it runs in this database.
 */
extern void gradual_ledger_store_start(const GradualMigration *migration);

/* Store settings changed by alter: batch_size, batch_time, workers, nice. */
extern void gradual_ledger_store_settings(const GradualMigration *migration);
extern void gradual_ledger_set_foreground(int32 id, bool foreground);

/* The role that its workers connect as. */
extern void gradual_ledger_set_session_role(int32 id, Oid role);

/* Remove its steps, cursors and all else, but its row and its events. */
extern void gradual_ledger_delete_parts(int32 id);

/* Remove it with all of that; writes the event 'forget', which stays. */
extern void gradual_ledger_forget(int32 id);

/* Add to the rows processed of a tracked migration; START sets them to 0. */
extern void gradual_ledger_track_progress(int32 id, int64 processed);

/*
 * The other unfinished migration that holds one of these tables; NULL if none.
 * To the end of the transaction another session's call for one of the same
 * tables waits: else two starts at the same time would not see each other.
 */
extern char *gradual_ledger_holder_of(int32 id, List *tables, char **table);

/* The first of depends_on that is not completed; NULL if all are. */
extern char *gradual_ledger_open_dependency(List *depends_on);

/* Does one of depends_on wait, itself or by others, for the migration of that name? */
extern bool gradual_ledger_is_circular(const char *name, List *depends_on);

#endif							/* GRADUAL_LEDGER_H */
