/*
 * closure.h
 *	  What goes with objects that the script drops, in the schema as the
 *	  statements before have left it.
 */
#ifndef GRADUAL_CLOSURE_H
#define GRADUAL_CLOSURE_H

#include "nodes/parsenodes.h"

#include "script/member.h"

/* Add a root to a list of them; part: a column's number, or 0. */
extern List *gradual_closure_add_root(List *roots, Oid catalog, Oid oid, int part);

/*
 * The roots (of ObjectAddress *, real objects and clones) and all that goes with
 * them, of GradualMember *, the roots first.  Raises what PostgreSQL raises if
 * others depend on them, unless the script drops those before; with CASCADE
 * they are among the members.  A root that belongs to something that stays is
 * refused too.
 */
extern List *gradual_closure_find(GradualRehearsal *rehearsal, List *roots,
								  DropBehavior behavior);

/*
 * Is a member, which depends on another object, not there any more when that is
 * dropped, or does it not count, since it is the original of a clone's part?
 */
extern bool gradual_closure_is_out(GradualRehearsal *rehearsal, const GradualMember *member,
								   const ObjectAddress *of);

/* Note an object that the script drops. */
extern void gradual_closure_gone(GradualRehearsal *rehearsal, const ObjectAddress *object);

#endif							/* GRADUAL_CLOSURE_H */
