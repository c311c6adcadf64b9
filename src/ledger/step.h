/*
 * step.h
 *	  A step: the flat row that a recipe makes, the plan orders, the ledger
 *	  stores and the executor runs.  Plain data, all of it text and numbers, so
 *	  that a dump carries it.
 */
#ifndef GRADUAL_STEP_H
#define GRADUAL_STEP_H

#include "nodes/pg_list.h"

#include "ledger/state.h"

/*
 * Between the texts of an undo: commit, and go on in another transaction, so
 * that no lock of the first part is held while the second part works.  As the
 * first of them: what stood before it is undone.
 */
#define GRADUAL_UNDO_COMMIT "COMMIT"

/* What stands between the texts of the undo query and those of the plan. */
#define GRADUAL_UNDO_PLANNED "PLANNED"

/* What the executor does with a step. */
typedef enum GradualStepKind
{
	GRADUAL_STEP_DDL,			/* commands in one transaction, under the
								 * manners of DDL */
	GRADUAL_STEP_STATEMENT,		/* as written, in one transaction: opaque
								 * code, rows into tables */
	GRADUAL_STEP_BACKFILL,		/* UPDATE, DELETE or INSERT .. SELECT in
								 * batches */
	GRADUAL_STEP_INDEX,			/* CREATE INDEX CONCURRENTLY */
	GRADUAL_STEP_DROP_INDEX,	/* DROP INDEX CONCURRENTLY */
	GRADUAL_STEP_REINDEX,		/* REINDEX CONCURRENTLY, repeated until it
								 * succeeds */
	GRADUAL_STEP_CONCURRENT,	/* another command that refuses a transaction
								 * block, repeated until it succeeds */
	GRADUAL_STEP_SCAN,			/* VALIDATE, ANALYZE: one transaction, a weak
								 * lock held for long */
	GRADUAL_STEP_WAIT			/* for transactions whose snapshots are older
								 * than the step */
} GradualStepKind;

typedef enum GradualSource
{
	GRADUAL_NO_SOURCE,
	GRADUAL_SOURCE_HEAP,		/* physical order, may visit a row again */
	GRADUAL_SOURCE_KEY			/* order of a unique key, one pass */
} GradualSource;

/* What proves that a row was not processed before (DESIGN 5.3). */
typedef enum GradualProof
{
	GRADUAL_NO_PROOF,			/* key source: each key once */
	GRADUAL_PROOF_ATTRIBUTES,	/* the row version has fewer attributes than
								 * proof_column's number */
	GRADUAL_PROOF_WHERE,		/* SET refutes the statement's own WHERE */
	GRADUAL_PROOF_DELETE		/* the row is gone */
} GradualProof;

/* What an undo query puts before a text that is an undo check. */
#define GRADUAL_UNDO_CHECK "/* check */ "

/*
 * What stands before a query among the texts of an undo, or of a step that no
 * statement asks for, whose rows are the commands; they are read before the first
 * of these texts runs.
 */
#define GRADUAL_UNDO_ROWS "/* rows */ "

/* For format() in SQL: the command $2, if the relation $1 is there then. */
#define GRADUAL_UNDO_IF_THERE \
	GRADUAL_UNDO_ROWS "SELECT %2$L WHERE pg_catalog.to_regclass(%1$L) IS NOT NULL"

/* How the action of a step that sets a sequence begins. */
#define GRADUAL_SET_SEQUENCE "set sequence "

typedef struct GradualStep
{
	/* Info: what plan() shows */
	int			step;			/* from 1, in the order of running */
	GradualPhase phase;
	int			statement;		/* from 1; 0 = ours */
	char	   *action;			/* 'add column display_name' */
	char	   *target;			/* 'public.users' */
	char	   *sql;			/* what runs, for people */
	char	   *lock_mode;		/* the strongest: 'ACCESS EXCLUSIVE', '' =
								 * none on a table */
	char	   *blocks;			/* 'nothing', 'writes', 'reads and writes' */
	char	   *cost;			/* 'instant', 'scan', 'batches', 'index build' */
	int64		est_rows;
	char	   *reversible;		/* 'yes', 'no', or the condition */
	char	   *note;

	/* Work */
	GradualStepKind kind;
	int			transaction;	/* neighbours with the same number > 0 run in
								 * one transaction */
	List	   *lock_tables;	/* of char *: quoted, qualified names to lock
								 * in OID order, before the commands */
	List	   *lock_modes;		/* of char *: the mode for each of them; NIL =
								 * lock_mode for all */
	List	   *undo_tables;	/* the names that lock_tables have when the
								 * step is undone; NIL = the same */
	List	   *commands;		/* of char *: SQL texts to run in order */
	List	   *undo;			/* of char *: SQL texts that undo them, in
								 * order */
	char	   *undo_query;		/* SQL that returns further undo texts, one a
								 * row, run before the commands; or NULL. What
								 * it returned is stored at the head of undo,
								 * up to GRADUAL_UNDO_PLANNED, until all is
								 * undone; texts with GRADUAL_UNDO_CHECK
								 * before them go to undo_checks */
	List	   *settings;		/* of char *: the script's SETs in effect
								 * here, as 'SET LOCAL ..' */
	List	   *undo_checks;	/* of char *: SQL that returns (count, sample
								 * keys) of rows with which the undo would
								 * fail; asked before a rollback begins */
	bool		undo_concurrently;	/* each undo text refuses a transaction
									 * block */
	int			goes_with;		/* the step whose undo takes along all that
								 * this one has done; 0 = none */
	struct GradualStep *taken_by;	/* the same, while the plan is made */
	List	   *empties;		/* of char *: quoted, qualified names of
								 * tables that the undo empties */

	/* Index: INDEX and DROP_INDEX */
	char	   *index;			/* quoted, qualified name */

	/* Backfill */
	GradualSource source;
	GradualProof proof;
	char	   *proof_column;	/* not quoted */
	bool		is_delete;
	bool		fill;			/* fills a column that the script adds */
	bool		chase;			/* fill without a sync trigger: one more pass
								 * over the rows above the start bound at its
								 * end */
	bool		quiet;			/* no trigger of users fires for its rows */
	char	   *walks;			/* INSERT .. SELECT: the table that the
								 * batches go through, as the SELECT calls it;
								 * not quoted */
	bool		carries;		/* a trigger carries over what changes in it */
	char	   *check;			/* SCAN: SQL that returns (count, sample keys
								 * text) of violators, for the error; or NULL */

	/* DROP */
	List	   *drops;			/* of char *: quoted, qualified names of
								 * tables that go: complete() asks whether
								 * anybody still uses them */

	/* State: kept by the executor */
	GradualStepStatus status;
	int			attempts;
	double		longest_lock_wait;	/* ms */
} GradualStep;

/*
 * Does it fill a column of ours that takes another's place in the swap?  Nobody
 * else writes that one, and what is missing in it would be lost.
 */
extern bool gradual_step_fills_hidden(const GradualStep *step);

/* What it does, and to what, for people: 'fill display_name on public.users' */
extern char *gradual_step_words(const GradualStep *step);

/* What undoes the step locks these, by the names that they have then. */
extern List *gradual_step_undo_tables(const GradualStep *step);

/* A new step in the current memory context: zeroed, texts '' or NULL as above. */
extern GradualStep *gradual_step_make(GradualStepKind kind, GradualPhase phase, int statement);

extern const char *gradual_step_kind_name(GradualStepKind kind);
extern GradualStepKind gradual_step_kind_parse(const char *name);
extern const char *gradual_source_name(GradualSource source);	/* NULL for none */
extern GradualSource gradual_source_parse(const char *name);
extern const char *gradual_proof_name(GradualProof proof);	/* NULL for none */
extern GradualProof gradual_proof_parse(const char *name);

/* Has the contract's swap happened?  From then on there is only forward. */
extern bool gradual_is_swapped(List *steps);

#endif							/* GRADUAL_STEP_H */
