/*
 * late.h
 *	  Statements that have an effect later than expand, as later ones have to know
 *	  them.  Pure.
 */
#ifndef GRADUAL_RECIPE_LATE_H
#define GRADUAL_RECIPE_LATE_H

#include "recipe/steps.h"

/* A column that comes, goes or changes its shape later than expand. */
typedef struct GradualLateColumn
{
	GradualTable *table;
	char	   *name;
	GradualBridge *bridge;		/* it has a physical column before; or NULL */
} GradualLateColumn;

/* A statement that has an effect later than expand. */
typedef struct GradualLate
{
	GradualStatement *statement;
	GradualPhase phase;			/* from when on its effect is there */
	GradualPhase rows;			/* the last that changes rows; expand = none */
	GradualPhase until;			/* as long it needs what it mentions as it is */
	List	   *names;			/* of char *: that it creates, changes, drops */
	List	   *columns;		/* of GradualLateColumn *: the same for
								 * columns */
	List	   *indexed;		/* of GradualTable *: it only builds indexes
								 * on these */
	List	   *hooked;			/* of GradualTable *: what it creates or drops
								 * acts on changes of these */
	List	   *released;		/* of GradualTable *: a foreign key that it
								 * drops refers to these */
	GradualTable *renamed;		/* that it only gives another name */
	bool		opaque;			/* nobody knows what it needs */
	bool		everything;		/* what comes after may mean something else */
	bool		carries;		/* a trigger carries changes over to what it
								 * fills */
} GradualLate;

/* Is it code that we cannot look into? */
extern bool gradual_late_is_opaque(const GradualStatement *statement);

/* Does it take a partition or a child from its parent, or give it one? */
extern bool gradual_late_moves_child(const GradualStatement *statement);

/* Remember a statement, whose steps are those from position 'first' on. */
extern void gradual_late_remember(GradualRecipeState *state, GradualStatement *statement,
								  int first);

#endif							/* GRADUAL_RECIPE_LATE_H */
