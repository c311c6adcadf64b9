/*
 * scheduler.h
 *	  What comes next in a migration: reads the ledger's rows, touches nothing.
 */
#ifndef GRADUAL_SCHEDULER_H
#define GRADUAL_SCHEDULER_H

#include "ledger/migration.h"
#include "ledger/step.h"

typedef enum GradualNext
{
	GRADUAL_NEXT_STEPS,			/* run these steps, in one transaction */
	GRADUAL_NEXT_UNDO,			/* undo this step */
	GRADUAL_NEXT_CONTRACT,		/* auto_complete: go on past ready */
	GRADUAL_NEXT_READY,			/* ready is reached */
	GRADUAL_NEXT_FALL_BACK,		/* what prepare had done is undone: ready
								 * again */
	GRADUAL_NEXT_COMPLETED,
	GRADUAL_NEXT_ROLLED_BACK
} GradualNext;

typedef struct GradualUnit
{
	GradualNext next;
	List	   *steps;			/* of GradualStep *: one, or one transaction's */
} GradualUnit;

extern GradualUnit gradual_scheduler_next(const GradualMigration *migration, List *steps);

/*
 * A step that has run, changed rows and cannot be undone; NULL if there is
 * none.  What rollback and reset refuse to lose.
 */
extern GradualStep *gradual_scheduler_irreversible(int32 migration, List *steps);

#endif							/* GRADUAL_SCHEDULER_H */
