/*
 * part.h
 *	  Triggers, rules and policies of a relation, as the script has left them.
 *
 * Clones come without those of the real relation: what the script makes is on
 * the clone, what was there before is on the original, unless it is noted here
 * as gone.
 */
#ifndef GRADUAL_PART_H
#define GRADUAL_PART_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/* Is there such a part? */
extern bool gradual_part_exists(GradualRehearsal *rehearsal, const GradualRelation *relation,
								ObjectType type, const char *name);

/* The same, raising what PostgreSQL raises if there is none. */
extern void gradual_part_require(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 ObjectType type, const char *name);

/* Raise that there is one of that name already. */
extern void gradual_part_taken(const GradualRelation *relation, ObjectType type,
							   const char *name);

/* The part on the clone (or the created relation); InvalidOid = none. */
extern Oid	gradual_part_on_clone(const GradualRelation *relation, ObjectType type,
								  const char *name);

/* The part on the original, if the script has not dropped it; InvalidOid = none. */
extern Oid	gradual_part_on_original(GradualRehearsal *rehearsal,
									 const GradualRelation *relation, ObjectType type,
									 const char *name);

/* The script drops a part of a real relation. */
extern void gradual_part_drop(GradualRehearsal *rehearsal, Oid relation, ObjectType type,
							  const char *name);

/* The script gives a part of a real relation, that is there, a new name. */
extern void gradual_part_rename(GradualRehearsal *rehearsal, Oid relation, ObjectType type,
								const char *from, const char *to);
extern bool gradual_part_is_gone(GradualRehearsal *rehearsal, Oid relation, ObjectType type,
								 const char *name);

/* The script takes a child away from its parent, both of them real. */
extern void gradual_part_leave(GradualRehearsal *rehearsal, Oid child, Oid parent);
extern bool gradual_part_has_left(GradualRehearsal *rehearsal, Oid child, Oid parent);

/* From how many of the parents that it has left has it the column, or the CHECK? */
extern int	gradual_part_left_with(GradualRehearsal *rehearsal, Oid child, const char *name,
								   bool is_check);

#endif							/* GRADUAL_PART_H */
