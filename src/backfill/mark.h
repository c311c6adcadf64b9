/*
 * mark.h
 *	  Which files a table consists of at the moment when a column comes.
 */
#ifndef GRADUAL_MARK_H
#define GRADUAL_MARK_H

#include "backfill/position.h"
#include "ledger/migration.h"
#include "ledger/step.h"

/*
 * Note in a position the leaves' files, and what a row reads as in which the proof
 * column is not stored.
 */
extern void gradual_marks_set(GradualPosition *position, List *leaves, const char *column);

/*
 * In the transaction that has added the proof column of a backfill: create its
 * cursor, with nothing but these.  Does nothing if the column is not there
 * yet, or the cursor is.
 */
extern void gradual_marks_store(const GradualMigration *migration, const GradualStep *step);

#endif							/* GRADUAL_MARK_H */
