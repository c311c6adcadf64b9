/*
 * clone.h
 *	  Structural clones of relations in pg_temp, and running statements on them.
 */
#ifndef GRADUAL_CLONE_H
#define GRADUAL_CLONE_H

#include "script/on_clone.h"

/* The grammar's spelling for the schema of temporary relations. */
#define GRADUAL_CLONE_SCHEMA "pg_temp"

/*
 * See to it that a relation has a clone; for an index, that its table has one,
 * with all its indexes.  A clone has the columns, defaults, CHECKs, keys and
 * indexes of the real table under their names, and no rows; a foreign key is
 * stood in for by a constraint of its name.
 */
extern void gradual_clone_ensure(GradualRehearsal *rehearsal, GradualRelation *relation);

/*
 * The relation that a statement alters, with a clone, noted as what the command
 * is about; raises unless the current user owns it.  NULL: IF EXISTS, and there
 * is none.
 */
extern GradualRelation *gradual_clone_altered(GradualRehearsal *rehearsal, const RangeVar *name,
											  bool missing_ok);

/*
 * The relation of that name (gradual_lookup_find), with a clone if a statement about
 * a table above it has changed it.
 */
extern GradualRelation *gradual_clone_find(GradualRehearsal *rehearsal, const RangeVar *name,
										   bool missing_ok);

/* The clone's name as a RangeVar. */
extern RangeVar *gradual_clone_name(const GradualRelation *relation);

/*
 * An empty table with a view's columns, for statements that change the view:
 * their analysis would lock the tables below it.
 */
extern RangeVar *gradual_clone_twin(GradualRehearsal *rehearsal, GradualRelation *view);

/* A created relation's clone was made under its clone_name: note its OID. */
extern void gradual_clone_created(GradualRehearsal *rehearsal, GradualRelation *relation);

/*
 * Give a constraint of a clone a name.  The index that it has gets the same one
 * if that is free among the clones: a namesake of the table in another schema
 * may have it.
 */
extern void gradual_clone_name_constraint(GradualRehearsal *rehearsal,
										  const GradualRelation *relation, Oid constraint,
										  const char *name);

/* Give a column of a clone another name. */
extern void gradual_clone_rename_column(GradualRehearsal *rehearsal,
										const GradualRelation *relation, const char *from,
										const char *to);

/* Does a table that the script has made inherit from it? */
extern bool gradual_clone_has_children(const GradualRelation *relation);

#endif							/* GRADUAL_CLONE_H */
