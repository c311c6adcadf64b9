/*
 * require.h
 *	  What may stand in the way of a start, a complete or a rollback.
 */
#ifndef GRADUAL_REQUIRE_H
#define GRADUAL_REQUIRE_H

#include "ledger/migration.h"
#include "ledger/step.h"

/* Raise 55006 if another migration holds one of the tables, unless it waits its turn. */
extern void gradual_require_tables(const GradualMigration *migration);

/* Raise if a migration that it depends on is not completed. */
extern void gradual_require_dependencies(const GradualMigration *migration);

/*
 * Raise if a step, found by gradual_scheduler_irreversible(), has changed rows
 * that a rollback could not bring back; NULL = none has.
 */
extern void gradual_require_reversible(const GradualMigration *migration,
									   const GradualStep *lost, const char *wish);

/* Before anything is undone: raise if the undo of a step would not succeed. */
extern void gradual_require_undoable(const GradualMigration *migration, List *steps);

/*
 * Raise if a rollback has stopped where the rows of a copy are left, but nothing
 * that carries changes over to them: whoever starts again would take them for true.
 */
extern void gradual_require_true_copies(const GradualMigration *migration, List *steps);

/*
 * Raise if rows are in the quarantine: of a change of type always, since the swap
 * would lose their values, of others unless forced.
 */
extern void gradual_require_no_quarantined(const GradualMigration *migration, bool force);

/* Raise if somebody has used a table that is about to be dropped. */
extern void gradual_require_unused(const GradualMigration *migration);

#endif							/* GRADUAL_REQUIRE_H */
