/*
 * convert.h
 *	  A new type that not every value converts to.  Pure.
 */
#ifndef GRADUAL_RECIPE_CONVERT_H
#define GRADUAL_RECIPE_CONVERT_H

#include "recipe/steps.h"

/*
 * Count the rows that do not convert before ready; after complete refuse new
 * ones, and go on only when there are none.
 */
extern void gradual_convert_check(GradualRecipeState *state, const GradualCommand *command);

/* After that of the last of a table's columns: what is not converted yet, by then. */
extern void gradual_convert_rest(GradualRecipeState *state, const GradualCommand *command);

/* At the end of the script, when the triggers are known: the strict ones. */
extern void gradual_convert_strict(GradualRecipeState *state);

/* .. and the wait for snapshots that are older than the values, last in prepare. */
extern void gradual_convert_wait(GradualRecipeState *state);

#endif							/* GRADUAL_RECIPE_CONVERT_H */
