/*
 * bridge.h
 *	  Columns of which both shapes live until the swap (GradualBridge): their
 *	  names on the clone, while texts are made for what runs before the swap.
 */
#ifndef GRADUAL_BRIDGE_H
#define GRADUAL_BRIDGE_H

#include "script/rehearsal.h"

/*
 * From here to gradual_bridge_leave() the clone's columns bear their physical
 * names, so that whatever is deparsed names those.  Returns false, and changes
 * nothing, if there is no bridge, or another column has such a name by now.
 */
extern bool gradual_bridge_enter(GradualRehearsal *rehearsal, const GradualRelation *relation);
extern void gradual_bridge_leave(GradualRehearsal *rehearsal, const GradualRelation *relation);

/* Has the relation a column with a bridge? */
extern bool gradual_bridge_exists(const GradualRelation *relation);

/* Did the script add that column, or is it the new shape of another one? */
extern bool gradual_bridge_is_new(const GradualTable *table, const char *column);

#endif							/* GRADUAL_BRIDGE_H */
