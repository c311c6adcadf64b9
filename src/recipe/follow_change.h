/*
 * follow_change.h
 *	  Up to which phase a change of rows has to follow one late statement.  Pure.
 */
#ifndef GRADUAL_RECIPE_FOLLOW_CHANGE_H
#define GRADUAL_RECIPE_FOLLOW_CHANGE_H

#include "recipe/late.h"

/* Expand = it need not wait. */
extern GradualPhase gradual_follow_change(const GradualLate *late,
										  const GradualCommand *command);

#endif							/* GRADUAL_RECIPE_FOLLOW_CHANGE_H */
