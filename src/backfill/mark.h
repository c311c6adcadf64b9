/*
 * mark.h
 *	  Which files a table consists of at the moment when a column comes.
 */
#ifndef GRADUAL_MARK_H
#define GRADUAL_MARK_H

#include "ledger/migration.h"
#include "ledger/step.h"

/* The marks of the leaves' files, as texts. */
extern List *gradual_marks(List *leaves);

/*
 * What the columns of the leaves that have a default hold in rows from before
 * them: name and value by turns.
 */
extern List *gradual_presets(List *leaves);

/*
 * In the transaction that has added the proof column of a backfill: create its
 * cursor, with nothing but marks and presets.  Does nothing if the column is not there
 * yet, or the cursor is.
 */
extern void gradual_marks_store(const GradualMigration *migration, const GradualStep *step);

/*
 * The backfill is undone: nothing is left of its cursor but that, if there was
 * one, since the column may stay.
 */
extern void gradual_marks_keep(const GradualMigration *migration, const GradualStep *step);

#endif							/* GRADUAL_MARK_H */
