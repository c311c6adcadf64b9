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

/* May a statement about rows give columns of the table their defaults? */
extern bool gradual_follow_change_gives_defaults(const GradualCommand *command,
												 const GradualTable *table);

#endif							/* GRADUAL_RECIPE_FOLLOW_CHANGE_H */
