/*
 * redirect.h
 *	  Rewriting the names in raw trees, so that a statement meets the clones.
 *
 * All functions change the tree in place: it is the rehearsal's own copy.  What
 * has no clone gets its schema, since a clone in pg_temp may shadow it.
 */
#ifndef GRADUAL_REDIRECT_H
#define GRADUAL_REDIRECT_H

#include "script/rehearsal.h"

/*
 * An expression, a query, or a list of such.  The target of INSERT, UPDATE,
 * DELETE or MERGE gets a clone (a twin, if it is a view), after a check of the
 * current user's right.  Row locks are left out: they would be table locks.
 */
extern void gradual_redirect(GradualRehearsal *rehearsal, Node *node);

/* A relation that DDL acts on, or refers to: it gets a clone. */
extern GradualRelation *gradual_redirect_relation(GradualRehearsal *rehearsal, RangeVar *name);

/* A relation that the statement creates: into pg_temp, under its clone's name. */
extern void gradual_redirect_created(const GradualRelation *relation, RangeVar *name);

/* Columns, constraints and LIKE clauses of a table; subcommands of ALTER TABLE. */
extern void gradual_redirect_elements(GradualRehearsal *rehearsal, List *elements);
extern void gradual_redirect_subcommand(GradualRehearsal *rehearsal, AlterTableCmd *command);

/* OWNED BY table.column among the options of a sequence. */
extern void gradual_redirect_owned_by(GradualRehearsal *rehearsal, List *options);

/* The types of an ObjectWithArgs, a TypeName, .. in the place of an object's name. */
extern void gradual_redirect_object(GradualRehearsal *rehearsal, Node *object);

#endif							/* GRADUAL_REDIRECT_H */
