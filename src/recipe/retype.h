/*
 * retype.h
 *	  The swap of columns that get another type.  Pure.
 */
#ifndef GRADUAL_RECIPE_RETYPE_H
#define GRADUAL_RECIPE_RETYPE_H

#include "recipe/steps.h"

/*
 * The shadow takes the place of the command's column, with everything that hangs
 * on it and not on another column that comes later.
 */
extern void gradual_retype_swap(GradualRecipeState *state, const GradualCommand *command);

/* Does another command give the same column a type, too?  'other' does. */
extern bool gradual_retype_is_of_same(const GradualCommand *command, const GradualCommand *other);

#endif							/* GRADUAL_RECIPE_RETYPE_H */
