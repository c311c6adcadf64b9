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

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"

#include "ledger/state.h"
#include "ledger/step.h"

typedef struct GradualMigration
{
	/* Info */
	int32		id;
	char	   *name;
	bool		tracked;		/* work outside the database: no script */
	Oid			owner;			/* may be of a dropped role */
	char	   *script;
	char	   *search_path;	/* of the caller of define */
	char	   *reverse;		/* jsonb as text */
	List	   *depends_on;		/* of char * */
	List	   *tables;			/* of char *: quoted, qualified; held while
								 * unfinished */
	bool		waits_its_turn; /* only CREATE INDEX, VALIDATE: never refused
								 * for a held table, it waits */

	/* Settings: of define, start and alter */
	bool		quarantine;
	int64		max_errors;
	int			batch_size;		/* rows; 0 = adaptive */
	double		batch_time;		/* ms */
	int			workers;
	int			lock_wait;		/* ms */
	int			lock_patience;	/* ms */
	int			direct_pages;
	bool		allow_blocking;
	double		nice;
	double		define_batch_time;	/* ms, of define; < 0 = the setting at
									 * start */

	/* State */
	GradualStatus status;
	GradualPhase phase;
	GradualGoal goal;
	bool		auto_complete;
	bool		force;			/* of complete or rollback */
	bool		foreground;		/* driven by run_batch: start no worker */
	Oid			session_role;	/* the worker connects as */
	int64		incarnation;
	int			worker_pid;		/* of the last worker; alive only if the probe
								 * says so */
	int			vanished;		/* starts in a row whose predecessor vanished
								 * in the same step and batch, in user code */
	char	   *activity;
	char	   *error;
	bool		restart;		/* reset: start from scratch once rolled back */
	bool		fell_back;		/* prepare failed; its proofs are being undone */
	TimestampTz started_at;		/* what now() means in its statements; before
								 * the first start when it was defined */
	TimestampTz updated_at;
} GradualMigration;

/* --- migrations --- */

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

/* Remove it with its steps and cursors; writes the event 'forget', which stays. */
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

/*
 * Adopt the migrations of a restored dump (another system identifier or
 * database): queued and running ones become paused.  Cheap when there are none.
 * Called by every function that changes state and by worker and launcher at
 * start; not on a standby.
 */
extern void gradual_ledger_adopt_restored(void);

/* --- transitions --- */

/*
 * One transition: status, phase, goal and error, the event, and NOTIFY, all in
 * the caller's transaction.  Refused with 55000, detail and hint, if the table
 * of state.c does not allow request in the current status.  'step' 0 = none,
 * 'detail' and 'error' may be NULL (error NULL clears it, but while fell_back
 * only START and ROLLBACK do).  Updates *migration.
 *
 * Phase and goal are taken from *migration, except where the request says it
 * all: COMPLETE and ROLLBACK set the goal, a START from rolled_back clears it,
 * FALL_BACK sets it to ready; a ROLLBACK is phase rollback, reaching or falling
 * back to ready is phase ready, the other ends and a fresh START have no phase.
 * A fresh START (from defined or rolled_back) also drops cursors that are left
 * and sets started_at.
 *
 * fence: the caller's incarnation, or -1 for requests of users.  A fenced write
 * that finds another incarnation, or a status that changed meanwhile, returns
 * false and has written nothing.
 */
extern bool gradual_ledger_transition(GradualMigration *migration, GradualRequest request,
									  int64 fence, int step, const char *detail, const char *error);

/* The goal of the next run (start, complete, rollback), without changing status. */
extern void gradual_ledger_set_goal(GradualMigration *migration, GradualGoal goal, bool force);

/*
 * Prepare failed: the goal is ready again, the error is kept, and fell_back set
 * until the transition GRADUAL_FALL_BACK (which keeps the error) clears it.
 */
extern void gradual_ledger_fall_back(GradualMigration *migration, const char *error);

/*
 * A reset has undone everything: goal ready, tables as just compiled, started
 * now, no cursors.  Raises 55000 if fenced off.
 */
extern void gradual_ledger_restarted(GradualMigration *migration);

/* Phase and activity shown while running; fenced; cheap, not an event. */
extern bool gradual_ledger_set_phase(GradualMigration *migration, GradualPhase phase);
extern void gradual_ledger_set_activity(int32 id, const char *activity);

/*
 * A worker takes over: counts the incarnation up (also in the cursors), stores
 * its pid, and returns the row; NULL if the migration is not queued or running,
 * or failed here by the rule below.  The status stays what it was: BEGIN is a
 * transition of its own.  The commit is synchronous.
 *
 * A predecessor vanished if it left the status 'running' and its mark of user
 * code.  Three starts in a row whose predecessor vanished while nothing moved,
 * no step and no cursor, make the migration failed.
 */
extern GradualMigration *gradual_ledger_claim(int32 id, int pid);

/*
 * How many other migrations have a worker that is at work.  Until the end of
 * the transaction whoever else asks waits, so that two do not take the last
 * place at once.
 */
extern int	gradual_ledger_others_at_work(int32 id);

/*
 * User code is about to run in a step, or the worker leaves in good order
 * (running = false): for the crash-loop rule.  Once a step and worker, and at a
 * clean exit, not for each batch; not for steps whose end by a crash must not count.
 */
extern void gradual_ledger_mark_user_code(int32 id, int64 incarnation, int step, bool running);

/*
 * --- events: the role is the owner's in a worker, else the current user ---
 */
extern void gradual_ledger_event(const char *migration, const char *event, int step, const char *detail);

/* --- steps --- */

/*
 * Replace all steps of a migration.  Status, attempts and longest lock wait are
 * stored as given; cursors are left alone.
 */
extern void gradual_ledger_store_steps(int32 id, List *steps);
extern List *gradual_ledger_steps(int32 id);	/* GradualStep *, by step */
extern void gradual_ledger_store_undo(int32 id, const GradualStep *step);

/*
 * Fenced (-1: not); false = fenced off.  Sets started_at when it begins to run,
 * the end at done and failed; PENDING forgets both.  DONE makes the commit
 * synchronous.
 */
extern bool gradual_ledger_step_status(int32 id, int64 fence, int step, GradualStepStatus status,
									   const char *error);

/* An attempt at a step that had to wait for locks: counts it, keeps the longest. */
extern void gradual_ledger_step_attempt(int32 id, int step, double lock_wait_ms);

/* --- cursors of backfills --- */

/*
 * The state of one backfill, written with every batch.  'position' is the text
 * of the source: opaque here.  processed, scanned: totals of the step.
 */
typedef struct GradualCursor
{
	int32		migration;
	int			step;
	int64		incarnation;
	int64		processed;		/* rows changed */
	int64		scanned;
	int64		total;			/* estimate */
	int64		pages_done;		/* of pages_total: what progress weighs by */
	int64		pages_total;
	double		rate;			/* rows/s */
	int			batch_size;		/* rows of the last batch */
	char	   *position;
	ItemPointerData tid;		/* of the version last written: it is found by
								 * it */
} GradualCursor;

/* NULL if the step has none yet. */
extern GradualCursor *gradual_cursor_load(int32 migration, int step);

/* Insert it and set cursor->tid; raises 55000 if fenced off. */
extern void gradual_cursor_create(GradualCursor *cursor);

/*
 * Write the cursor in the transaction of its batch: by the ctid of the version
 * last written, else by key, always with cursor->incarnation in the WHERE.
 * Sets cursor->tid.  Returns false if fenced off: the caller must abort.
 */
extern bool gradual_cursor_save(GradualCursor *cursor);
extern void gradual_cursor_remove(int32 migration, int step);

#endif							/* GRADUAL_LEDGER_H */
