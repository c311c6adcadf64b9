/*
 * retry.h
 *	  Another try at a row in the quarantine.
 */
#ifndef GRADUAL_RETRY_H
#define GRADUAL_RETRY_H

#include "ledger/migration.h"
#include "ledger/quarantine.h"
#include "ledger/step.h"

/*
 * Run the step's statement for the row alone, as the migration's owner, unless
 * somebody has filled it or it is gone, and strike it off.  In a transaction;
 * the settings pinned for it last to its end.  NULL if that went well; else it
 * is undone, and a copy of its error returned, in the caller's context.
 */
extern ErrorData *gradual_retry(const GradualMigration *migration, const GradualStep *step,
								const GradualQuarantined *row);

#endif							/* GRADUAL_RETRY_H */
