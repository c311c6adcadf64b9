/*
 * migration.h
 *	  A migration: the row of the ledger, as its readers get it.
 */
#ifndef GRADUAL_MIGRATION_H
#define GRADUAL_MIGRATION_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "ledger/state.h"

/* So many may share a backfill. */
#define GRADUAL_MAX_WORKERS 64

typedef struct GradualMigration
{
	/* Info */
	int32		id;
	char	   *name;
	bool		tracked;		/* work outside the database: no script */
	Oid			owner;			/* may be of a dropped role */
	char	   *script;
	char	   *search_path;	/* of the caller of define */
	List	   *settings;		/* of char *: SET LOCAL .., of the caller of
								 * start */
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
	double		own_batch_time; /* ms, of define or alter; < 0 = the setting
								 * at start */
	double		own_nice;		/* of alter; likewise */

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

#endif							/* GRADUAL_MIGRATION_H */
