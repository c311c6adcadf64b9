/*
 * undo_created.h
 *	  What undoes a change of a table or type that the script itself creates.  Pure.
 */
#ifndef GRADUAL_RECIPE_UNDO_CREATED_H
#define GRADUAL_RECIPE_UNDO_CREATED_H

#include "recipe/steps.h"

/* The command is an ALTER TABLE of such a table.  Sets undo, if it needs any. */
extern void gradual_undo_created(GradualStep *step, const GradualRecipeState *state,
								 const GradualCommand *command);

/* The same of ALTER DOMAIN, or ALTER TYPE of a composite type. */
extern void gradual_undo_created_type(GradualStep *step, const GradualCommand *command);

#endif							/* GRADUAL_RECIPE_UNDO_CREATED_H */
