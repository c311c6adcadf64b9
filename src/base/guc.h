/*
 * guc.h
 *	  The settings of pg_gradual: one variable for each, with its unit.
 */
#ifndef GRADUAL_GUC_H
#define GRADUAL_GUC_H

/* taken from the caller at start and stored with the migration */
extern int	gradual_batch_time; /* ms: target of one batch transaction */
extern int	gradual_lock_wait;	/* ms: longest stay of one attempt in lock
								 * queues */
extern int	gradual_lock_patience;	/* ms: total over all attempts */
extern int	gradual_direct_pages;	/* pages: smaller tables go directly */
extern double gradual_nice;		/* sleep as a multiple of batch time */
extern bool gradual_allow_blocking; /* run forms that have no online path */

/* read by the worker from role and database settings */
extern int	gradual_max_replica_lag;	/* ms; 0 = off, here and below */
extern double gradual_max_replica_lag_bytes;
extern char *gradual_throttle_standbys; /* names in a list; '' = all */
extern double gradual_max_wal_rate; /* bytes/s */
extern double gradual_max_slot_wal; /* bytes */
extern double gradual_min_free_disk;	/* bytes */
extern char *gradual_allowed_hours; /* ranges, as in hours.h; '' = always */
extern char *gradual_throttle_query;	/* true = wait */

/*
 * Internal, of a step: the columns that earlier statements of the script have
 * filled ("a, b", quoted where needed), which the sync trigger then leaves alone.
 */
extern char *gradual_settled_columns;

/* Internal: a step of a script is running in this transaction. */
extern bool gradual_script_writes;

/*
 * .. which is a backfill, of this statement; 0 = something else.  No setting: it
 * is of no account without the one before, which goes with the transaction.
 */
extern int	gradual_script_statement;

/* for the server */
extern int	gradual_max_workers;	/* a database; beyond it queued */

/* Defines all settings and reserves the prefix.  Called once, by _PG_init. */
extern void gradual_guc_define(void);

#endif							/* GRADUAL_GUC_H */
