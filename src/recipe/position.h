/*
 * position.h
 *	  Statements that go by the order of a table's columns.  Pure.
 */
#ifndef GRADUAL_RECIPE_POSITION_H
#define GRADUAL_RECIPE_POSITION_H

#include "recipe/steps.h"

/*
 * When the steps are made: raises 0A000 for a statement which would take one column
 * for another, since they come to stand in another order than without us.
 */
extern void gradual_position_check(const GradualRecipeState *state);

#endif							/* GRADUAL_RECIPE_POSITION_H */
