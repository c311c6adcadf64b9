/*
 * use.h
 *	  Does anybody still use the tables that a migration is about to drop?
 */
#ifndef GRADUAL_USE_H
#define GRADUAL_USE_H

#include "ledger/ledger.h"

/* What PostgreSQL has counted for a table since the migration became ready. */
typedef struct GradualUse
{
	char	   *table;			/* quoted, qualified */
	int64		scans;			/* of the table and of its indexes */
	int64		inserted;
	int64		updated;
	int64		deleted;
} GradualUse;

/* The migration becomes ready: note what has been counted so far. */
extern void gradual_use_record(const GradualMigration *migration);

/* The first of its tables that somebody has used since; NULL if there is none. */
extern GradualUse *gradual_use_find(const GradualMigration *migration);

#endif							/* GRADUAL_USE_H */
