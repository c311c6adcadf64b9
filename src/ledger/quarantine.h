/*
 * quarantine.h
 *	  Rows that raised an error in a backfill, which went on without them.
 *
 * A row is noted in a transaction of its own, once it stood alone; the backfill
 * passes it over for as long as the note is there.
 */
#ifndef GRADUAL_QUARANTINE_H
#define GRADUAL_QUARANTINE_H

#include "nodes/pg_list.h"

typedef struct GradualQuarantined
{
	int			step;
	char	   *leaf;			/* qualified, quoted */
	char	   *key;			/* in words: '(id)=(7)', 'ctid (0,7)' */
	char	   *row;			/* JSON, as it was when it raised */
	char	   *sqlstate;
	char	   *message;
} GradualQuarantined;

/* Note a row; one that is noted already gets its new error. */
extern void gradual_quarantine_add(int32 migration, const GradualQuarantined *row);

/* How many a migration has. */
extern int64 gradual_quarantine_count(int32 migration);

/* Those of a step, of one leaf or of all (NULL), in the order of their coming. */
extern List *gradual_quarantine_rows(int32 migration, int step, const char *leaf);

/*
 * Leaves of a step are called otherwise now: two text[] literals, old names and new
 * ones.  Leaves may have changed places.
 */
extern void gradual_quarantine_rename(int32 migration, int step, const char *olds, const char *news);

/* Strike one off, or all of a step. */
extern void gradual_quarantine_remove(int32 migration, const GradualQuarantined *row);
extern void gradual_quarantine_clear(int32 migration, int step);

#endif							/* GRADUAL_QUARANTINE_H */
