/*
 * bring.h
 *	  Which step brings the table, or the columns, that another one writes to.
 *	  Pure.
 */
#ifndef GRADUAL_BRING_H
#define GRADUAL_BRING_H

#include "recipe/steps.h"

/*
 * Set step->taken_by, if the command changes rows of a table, or columns, that
 * the script has made before, and if running it twice would not be the same as
 * once.
 */
extern void gradual_bring_find(const GradualRecipeState *state, const GradualCommand *command,
							   GradualStep *step);

#endif							/* GRADUAL_BRING_H */
