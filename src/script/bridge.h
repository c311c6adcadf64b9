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

/* The same with the names that the real table has before the script. */
extern bool gradual_bridge_enter_original(GradualRehearsal *rehearsal,
										  const GradualRelation *relation);
extern void gradual_bridge_leave_original(GradualRehearsal *rehearsal,
										  const GradualRelation *relation);

/*
 * A column has a new name, or (shadow) a new type: add its bridge.  What earlier
 * ones it has are outdated by that.
 */
extern GradualBridge *gradual_bridge_add(GradualTable *table, int statement, const char *name,
										 const char *physical);

/* The script has given a column another name, without a bridge. */
extern void gradual_bridge_renamed(GradualTable *table, const char *from, char *to);

/* What a column is called in the real table; and the other way round. */
extern const char *gradual_bridge_original(const GradualTable *table, const char *column);
extern List *gradual_bridge_originals(const GradualTable *table, List *columns);
extern const char *gradual_bridge_now(const GradualTable *table, const char *original);

/* Is it the name of a column that a bridge will add to the table? */
extern bool gradual_bridge_takes(const GradualTable *table, const char *name);

/* Has the relation a column with a bridge? */
extern bool gradual_bridge_exists(const GradualRelation *relation);

/* Did the script add that column, or is it the new shape of another one? */
extern bool gradual_bridge_is_new(const GradualTable *table, const char *column);

/* The statement of the script that adds a constraint to the table; 0 = none. */
extern int	gradual_bridge_adding(const GradualRehearsal *rehearsal, const GradualTable *table,
								  const char *constraint);

/*
 * Does the script change the type of a column with one of these shadows before a
 * statement, or after it?  Sets what is so, and leaves the other as it is.
 */
extern void gradual_bridge_order(const GradualTable *table, List *shadows, int statement,
								 bool *before, bool *after);

#endif							/* GRADUAL_BRIDGE_H */
