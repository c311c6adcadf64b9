/*
 * trigger.h
 *	  The sync trigger of a table whose added columns are filled.  Pure.
 */
#ifndef GRADUAL_RECIPE_TRIGGER_H
#define GRADUAL_RECIPE_TRIGGER_H

#include "recipe/steps.h"

/*
 * What the UPDATE that fills the column assigns to it, if a trigger can do the
 * same for a single row; else NULL.  Sets *change to what is known of that
 * UPDATE, if there is one.
 */
extern GradualAssignment *gradual_trigger_assignment(const GradualRecipeState *state,
													 const GradualTable *table,
													 const GradualColumn *column,
													 GradualChange **change);

/* The mode of a column whose value depends on settings, with those of the statement. */
extern char *gradual_trigger_mode(const char *mode, const GradualStatement *statement);

/*
 * Make the trigger anew with one more column, as part of the step that adds the
 * column: 'arguments' are the four of gradual.sync().  It fires for writers in
 * replica role too.
 */
extern void gradual_trigger_add(GradualRecipeState *state, GradualTable *table,
								GradualStep *step, List *arguments);

/*
 * Would a partition, and a table above or below it, both have such a trigger?  One
 * name is for one of them: then the fills of the partition are left without, and what
 * was made so far is wrong.
 */
extern bool gradual_trigger_yields(const GradualRecipeState *state);

/*
 * The same for a column that is there under two names, and where the table has
 * BEFORE triggers of users with one more trigger, which fires before them.
 */
extern void gradual_trigger_add_pair(GradualRecipeState *state, const GradualCommand *command,
									 GradualStep *step);

/*
 * All steps are there: each one makes the trigger with what is there when it
 * runs, which need not be the order of the script.
 */
extern void gradual_trigger_settle(const GradualRecipeState *state, const GradualFill *fill);

/*
 * A step that makes it anew, first thing in prepare, with shadows in strict mode:
 * a value that does not convert is an error for who writes it.
 */
extern void gradual_trigger_strict(GradualRecipeState *state, const GradualFill *fill);

/* Raises if it does not fire; also as long as it has to keep two columns alike. */
extern char *gradual_trigger_require(const GradualRecipeState *state, const GradualTable *table,
									 bool first);

/* A step that drops it, first thing in the swap. */
extern void gradual_trigger_drop(GradualRecipeState *state, const GradualFill *fill);

#endif							/* GRADUAL_RECIPE_TRIGGER_H */
