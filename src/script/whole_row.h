/*
 * whole_row.h
 *	  Constraints and indexes over whole rows of a table.
 */
#ifndef GRADUAL_SCRIPT_WHOLE_ROW_H
#define GRADUAL_SCRIPT_WHOLE_ROW_H

#include "script/rehearsal.h"

/*
 * Refuses a statement that would need a clone of a table that has one: the server
 * copies none, and a column of ours would change what it gives.
 */
extern void gradual_whole_row_refuse(GradualRehearsal *rehearsal, const GradualRelation *relation);

#endif							/* GRADUAL_SCRIPT_WHOLE_ROW_H */
