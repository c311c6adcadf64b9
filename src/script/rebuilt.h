/*
 * rebuilt.h
 *	  The keys of a clone while the server makes them anew.
 */
#ifndef GRADUAL_SCRIPT_REBUILT_H
#define GRADUAL_SCRIPT_REBUILT_H

#include "script/rehearsal.h"

/*
 * Around an ALTER TABLE of the clone that may rebuild its indexes.  Returns what
 * has to be handed back.
 */
extern List *gradual_rebuilt_begin(const GradualRelation *relation);
extern void gradual_rebuilt_end(GradualRehearsal *rehearsal, List *keys);

#endif							/* GRADUAL_SCRIPT_REBUILT_H */
