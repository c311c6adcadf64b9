/*
 * steady.h
 *	  Does an expression give the same result whenever it is evaluated during a
 *	  migration?
 */
#ifndef GRADUAL_STEADY_H
#define GRADUAL_STEADY_H

#include "nodes/nodes.h"

/* From the best to the worst; a tree is as steady as its worst function. */
typedef enum GradualSteadiness
{
	GRADUAL_STEADY,				/* immutable; or stable, and steady since the
								 * executor freezes now() and its like, and
								 * pins the settings */
	GRADUAL_MARKED_IMMUTABLE,	/* in a language where nobody checks the mark */
	GRADUAL_UNSTEADY			/* volatile, or stable for one statement only */
} GradualSteadiness;

/* Of an expression, a list or a whole query, sub-selects included; NULL is steady. */
extern GradualSteadiness gradual_steadiness(Node *node);

/*
 * May the result depend on settings of the session, or on the clock?  Also of
 * what the server calls immutable: 'float8::text'.  Errs on the side of 'yes'.
 */
extern bool gradual_depends_on_session(Node *node);

#endif							/* GRADUAL_STEADY_H */
