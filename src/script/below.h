/*
 * below.h
 *	  Columns that go from the tables below with that of their parent.
 */
#ifndef GRADUAL_BELOW_H
#define GRADUAL_BELOW_H

#include "script/rehearsal.h"

/*
 * Before DROP COLUMN runs on the clone of a table that others inherit from: notes
 * which of them lose it too, and takes it from their clones, which have no parent.
 */
extern void gradual_below_drop_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
									  const char *column);

#endif							/* GRADUAL_BELOW_H */
