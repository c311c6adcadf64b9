/*
 * plan.h
 *	  From a script to the ordered steps of a migration.
 */
#ifndef GRADUAL_PLAN_H
#define GRADUAL_PLAN_H

#include "nodes/pg_list.h"

#include "ledger/migration.h"
#include "ledger/step.h"
#include "plan/order.h"
#include "script/script.h"

/*
 * Compile: parse, rehearse, recipes with the steps that close a plan (dropping
 * sync triggers, ANALYZE of new columns), then order by phase, number the steps
 * and join neighbouring instant steps of a phase into one transaction.
 *
 * In a transaction; runs as the migration's owner with its search_path, and
 * leaves its settings to the end of the transaction.  Takes direct_pages and
 * allow_blocking from the migration, and sets its tables (qualified names held
 * while unfinished) and waits_its_turn.  Returns the steps (GradualStep *) in
 * the caller's context.  Raises what rehearsal raises.
 */
extern List *gradual_plan_compile(GradualMigration *migration);

/*
 * Rows as the migration's changes of rows find and leave them, at most so many
 * for each statement (GradualPreviewRow *); see gradual_script_preview().
 * Changes nothing; in a transaction, with the same identity and settings as
 * compile.
 */
extern List *gradual_plan_preview(GradualMigration *migration, int rows, ErrorData **error);

/* order.h: gradual_plan_order(), gradual_plan_has_contract(), gradual_plan_differs() */

#endif							/* GRADUAL_PLAN_H */
