/*
 * below.h
 *	  Columns that go from the tables below with that of their parent.
 */
#ifndef GRADUAL_BELOW_H
#define GRADUAL_BELOW_H

#include "script/rehearsal.h"

/*
 * Before DROP COLUMN runs on the clone of a table that others inherit from: notes
 * which of them lose it too.  Returns the real ones, of GradualRelation *, some of
 * which the script may not have met.
 */
extern List *gradual_below_drop_column(GradualRehearsal *rehearsal,
									   const GradualRelation *relation, const char *column);

/*
 * Notes the names of the indexes and constraints that go with a column of a table
 * or clone: what takes them has to wait for the command.
 */
extern void gradual_below_free_names(GradualRehearsal *rehearsal, Oid table, const char *column);

/* Takes it from the clones of these, which have no parent. */
extern void gradual_below_take_column(GradualRehearsal *rehearsal, List *tables,
									  const char *column);

#endif							/* GRADUAL_BELOW_H */
