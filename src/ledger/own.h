/*
 * own.h
 *	  Statements run as the owner of the extension, with a search_path that no
 *	  user can write to: on our own tables, for src/ledger only, and on views of
 *	  the server that hide things from plain roles.
 */
#ifndef GRADUAL_OWN_H
#define GRADUAL_OWN_H

#include "executor/spi.h"

#include "base/compat.h"
#include "base/spi.h"

/*
 * As gradual_spi_run, gradual_spi_rows and gradual_spi_row.  The texts have to
 * qualify our tables with the schema.
 */
extern uint64 gradual_own_run(const char *sql, GradualArgs *args);
extern List *gradual_own_rows(const char *sql, GradualArgs *args);
extern GradualRow *gradual_own_row(const char *sql, GradualArgs *args);

/*
 * The first row of a SELECT, NULL if there is none, as the tables are now, also in
 * a transaction that keeps an older snapshot: for what a lock was waited for.
 */
extern GradualRow *gradual_own_latest_row(const char *sql, GradualArgs *args);

/* A statement that is planned once a session: for what runs in every batch. */
typedef struct GradualSaved
{
	const char *sql;
	SPIPlanPtr	plan;			/* NULL before its first use */
} GradualSaved;

/*
 * Run a saved statement and return its first row, NULL if there is none.  The
 * arguments must have the same types at every call.
 */
extern GradualRow *gradual_own_saved(GradualSaved *saved, GradualArgs *args);

/*
 * Lock a word (the name of a migration or of a table) against other sessions
 * that lock it, to the end of the transaction.  Two words may share a lock.
 */
extern void gradual_own_lock(const char *word);

/* Raise that another worker has taken over: for writes that return nothing. */
pg_noreturn extern void gradual_own_fenced(int32 migration);

#endif							/* GRADUAL_OWN_H */
