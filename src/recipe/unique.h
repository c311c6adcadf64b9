/*
 * unique.h
 *	  UNIQUE and PRIMARY KEY.  Pure.
 */
#ifndef GRADUAL_RECIPE_UNIQUE_H
#define GRADUAL_RECIPE_UNIQUE_H

#include "recipe/steps.h"

/* Its index concurrently, then the constraint with it; on a table with rows. */
extern void gradual_unique_add(GradualRecipeState *state, GradualCommand *command,
							   const GradualConstraint *constraint);

#endif							/* GRADUAL_RECIPE_UNIQUE_H */
