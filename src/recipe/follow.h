/*
 * follow.h
 *	  Up to which phase DDL has to follow one late statement.  Pure.
 */
#ifndef GRADUAL_RECIPE_FOLLOW_H
#define GRADUAL_RECIPE_FOLLOW_H

#include "recipe/late.h"

/* DDL whose own phase is 'own'; expand = it need not wait. */
extern GradualPhase gradual_follow_ddl(const GradualLate *late, const GradualCommand *command,
									   GradualPhase own);

#endif							/* GRADUAL_RECIPE_FOLLOW_H */
